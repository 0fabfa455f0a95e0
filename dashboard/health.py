"""Health: is the process alive, is the database usable, and a few counts for Prometheus."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from callbacks.threads import Threads
from dashboard import problems
from dashboard.anchoring import AnchorKeeper
from dashboard.live import Hub
from dashboard.proxy import is_loopback
from dashboard.trail_notes import TrailKeeper
from models.errors import ChairsideError, NotStoredNowError
from models.signing_in import SignIn
from models.store.engine import Database
from models.store.migrate import current_revision, newest_revision
from models.store.trouble import Trouble

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def health_routes(database: Database, hub: Hub, keeper: AnchorKeeper, trail: TrailKeeper, sign_in: SignIn) -> APIRouter:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""
    routes = APIRouter()
    threads = Threads(1)  # its own: it answers also when all others are held up

    @routes.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return PlainTextResponse("alive\n")

    @routes.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            why = await threads.run(not_ready, database)
        except NotStoredNowError as error:  # the thread itself is held up
            why = _said(error)
        return PlainTextResponse("ready\n") if why is None else PlainTextResponse(why + "\n", 503, {"Retry-After": "2"})

    @routes.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        if not _is_from_here(request) and not await threads.run(_has_token, request, sign_in):
            said = "Metrics are read from this machine itself, or with a device token."
            return problems.document(401, "Not signed in", said)
        lines = [
            "# TYPE chairside_live_subscribers gauge",
            f"chairside_live_subscribers {len(hub.subscribers)}",
            "# TYPE chairside_live_pushes_total counter",
            f"chairside_live_pushes_total {hub.pushes}",
            *_anchor_lines(keeper),
            *trail.metrics(),
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    return routes


def _is_from_here(request: Request) -> bool:
    """Say whether a request was made on this machine, and not passed on by a server in front."""
    forwarded = any(name in request.headers for name in _FORWARDED)
    return request.client is not None and is_loopback(request.client.host) and not forwarded


def _has_token(request: Request, sign_in: SignIn) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        return scheme.lower() == "bearer" and bool(sign_in.device(token.strip()))
    except ChairsideError:
        return False


def _anchor_lines(keeper: AnchorKeeper) -> list[str]:
    age = keeper.age_seconds()
    lines = ["# TYPE chairside_anchor_failing gauge", f"chairside_anchor_failing {int(keeper.failing())}"]
    if age is None:
        return lines
    return [*lines, "# TYPE chairside_anchor_age_seconds gauge", f"chairside_anchor_age_seconds {age:.0f}"]


def not_ready(database: Database) -> str | None:
    """Say in a word, and then in a sentence, why nothing would be stored now; ``None`` when all is well."""
    try:
        with database.read() as connection:
            found = current_revision(connection)
        wanted = newest_revision()
        if found != wanted:
            said = f"the database is at revision {found}, {wanted} is needed: run chairside migrate"
            return f"{Trouble.WRONG_REVISION}: {said}"
        database.try_to_write()
    except NotStoredNowError as error:
        return _said(error)
    return None


def _said(error: NotStoredNowError) -> str:
    why = Trouble(error.why)
    return f"{why}: {why.sentence}"
