"""Health: is the process alive, is the database usable, and a few counts for Prometheus."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from callbacks.threads import in_thread
from dashboard import problems
from dashboard.anchoring import AnchorKeeper
from dashboard.live import Hub
from models.errors import ChairsideError
from models.store.engine import Database
from models.store.migrate import current_revision, newest_revision

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "testclient"})
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def health_routes(database: Database, hub: Hub, keeper: AnchorKeeper) -> APIRouter:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""
    routes = APIRouter()

    @routes.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return PlainTextResponse("alive\n")

    @routes.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        why = await in_thread(not_ready, database)
        return PlainTextResponse("ready\n") if why is None else PlainTextResponse(why + "\n", 503)

    @routes.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        forwarded = any(name in request.headers for name in _FORWARDED)
        if request.client is None or request.client.host not in _LOOPBACK or forwarded:
            return problems.document(401, "Not signed in", "Metrics are read from this machine only.")
        lines = [
            "# TYPE chairside_live_subscribers gauge",
            f"chairside_live_subscribers {len(hub.subscribers)}",
            "# TYPE chairside_live_pushes_total counter",
            f"chairside_live_pushes_total {hub.pushes}",
            *_anchor_lines(keeper),
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    return routes


def _anchor_lines(keeper: AnchorKeeper) -> list[str]:
    age = keeper.age_seconds()
    lines = ["# TYPE chairside_anchor_failing gauge", f"chairside_anchor_failing {int(keeper.failing())}"]
    if age is None:
        return lines
    return [*lines, "# TYPE chairside_anchor_age_seconds gauge", f"chairside_anchor_age_seconds {age:.0f}"]


def not_ready(database: Database) -> str | None:
    """Say why the database cannot be used; ``None`` when it can."""
    try:
        with database.read() as connection:
            found = current_revision(connection)
    except ChairsideError:
        return "the database does not answer"
    wanted = newest_revision()
    return (
        None if found == wanted else f"the database is at revision {found}, {wanted} is needed: run chairside migrate"
    )
