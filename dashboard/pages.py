"""The pages over HTTP: explicit routes, so that an unknown path is 404 and a forbidden page is 403."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import dash
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from callbacks.pages import PAGES, Page, home
from callbacks.threads import in_thread
from dashboard.wall import unanswered
from layouts.sign_in import forbidden_page, missing_page, sign_in_page
from models.clinic import Clinic
from models.errors import NotFoundError, NotStoredNowError

_Answer = Callable[[Request], Response]


def add(server: FastAPI, app: dash.Dash, clinic: Clinic) -> None:
    """Give every page a route of its own, before Dash adds its own."""
    for page in PAGES:
        server.add_api_route(page.path, _page(page, app, clinic), methods=["GET"], include_in_schema=False)
    server.add_api_route("/sign-in", _sign_in, methods=["GET"], include_in_schema=False)


def _page(page: Page, app: dash.Dash, clinic: Clinic) -> Callable[..., Response]:
    async def draw(request: Request) -> Response:
        person = request.scope["state"]["passed"].person
        if not person.may(page.right):
            if request.url.path == "/" and (own := home(person)) != "/":
                return RedirectResponse(own, 303)
            return HTMLResponse(forbidden_page(person.role.value, page.title), 403)
        if page.find is not None:
            try:
                await in_thread(page.find, clinic, person, next(iter(request.path_params.values())))
            except NotFoundError as error:
                return HTMLResponse(missing_page(str(error)), 404)
            except NotStoredNowError as error:
                return unanswered(error, request.headers)
        marked = cast("Any", set_current_request)(request)
        try:
            return HTMLResponse(cast("Any", app).index())
        finally:
            cast("Any", reset_current_request)(marked)

    return draw  # type: ignore[return-value]  # an async endpoint, which FastAPI takes as well


async def _sign_in(request: Request) -> Response:
    wanted = request.query_params.get("next", "/")
    return HTMLResponse(sign_in_page(wanted if _is_ours(wanted) else "/"))


def _is_ours(wanted: str) -> bool:
    """Say whether an address stays on this server, also for a browser that drops tabs and line ends from it."""
    return wanted.isprintable() and wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
