"""What lets a page open without a network: the service worker, served where it may look after every page."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response


def offline_routes(folder: Path) -> APIRouter:
    """Return the route of the service worker; from ``/assets/`` it could look after nothing but assets."""
    routes = APIRouter()

    @routes.get("/service-worker.js", include_in_schema=False)
    async def service_worker() -> Response:
        return FileResponse(folder / "service_worker.js", media_type="text/javascript")

    return routes
