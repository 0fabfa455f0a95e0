"""The pages over HTTP: explicit routes, so that an unknown path is 404 and a forbidden page is 403."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast
from urllib.parse import quote

import dash
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from callbacks.pages import PAGES, Page, draw_page, home
from callbacks.threads import in_thread
from dashboard.wall import unanswered
from layouts.document import Files, document
from layouts.sign_in import forbidden_page, missing_page, sign_in_page
from models.clinic import Clinic
from models.errors import NotFoundError, NotStoredNowError

_Answer = Callable[[Request], Response]
_STYLE: Final = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_SCRIPT: Final = re.compile(r'<script src="(/assets/[^"]+)">')


def add(server: FastAPI, app: dash.Dash, clinic: Clinic, *, demo: bool) -> None:
    """Give every page a route of its own, before Dash adds its own."""
    for page in PAGES:
        server.add_api_route(page.path, _page(page, app, clinic, demo=demo), methods=["GET"], include_in_schema=False)
    server.add_api_route("/sign-in", _sign_in, methods=["GET"], include_in_schema=False)


def _page(page: Page, app: dash.Dash, clinic: Clinic, *, demo: bool) -> Callable[..., Response]:
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
        index = _index(app, request)
        if not page.plain:
            return HTMLResponse(index)
        drawn = await in_thread(draw_page, clinic, quote(request.url.path), f"?{request.url.query}")
        return HTMLResponse(await in_thread(partial(document, drawn, files(index), demo=demo)))

    return draw  # type: ignore[return-value]  # an async endpoint, which FastAPI takes as well


def _index(app: dash.Dash, request: Request) -> str:
    """Return the document in which Dash draws a page in the browser."""
    marked = cast("Any", set_current_request)(request)
    try:
        return str(cast("Any", app).index())
    finally:
        cast("Any", reset_current_request)(marked)


def files(index: str) -> Files:
    """Return the styles and scripts of ours that Dash gives to its pages; what it brings itself is left out."""
    return Files(styles=tuple(_STYLE.findall(index)), scripts=tuple(_SCRIPT.findall(index)))


async def _sign_in(request: Request) -> Response:
    wanted = request.query_params.get("next", "/")
    return HTMLResponse(sign_in_page(wanted if _is_ours(wanted) else "/"))


def _is_ours(wanted: str) -> bool:
    """Say whether an address stays on this server, also for a browser that drops tabs and line ends from it."""
    return wanted.isprintable() and wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
