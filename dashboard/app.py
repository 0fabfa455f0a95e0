"""The app factory: storage, use cases, Dash, API, live socket and scheduler behind one wall."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import dash
from dash.backends._fastapi import FastAPIDashServer
from dash.exceptions import DependencyException
from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import WebSocketRoute

from callbacks import pages as page_callbacks
from callbacks import review as review_callbacks
from callbacks import session as session_callbacks
from callbacks import settings as settings_callbacks
from callbacks import trail as trail_callbacks
from dashboard import api, pages, problems
from dashboard.anchoring import AnchorKeeper
from dashboard.api_document import documented
from dashboard.callback_door import is_callback
from dashboard.health import health_routes
from dashboard.live import Hub, LiveSocket
from dashboard.offline import offline_routes
from dashboard.scheduler import EverySite
from dashboard.settings import Settings
from dashboard.signing_api import Signing
from dashboard.trail_notes import TrailKeeper, refusals
from dashboard.wall import CookieNames, Wall
from layouts.root import root
from models.clinic import Clinic
from models.errors import ChairsideError
from models.feed import Feed
from models.moments import utc_now
from models.protocol import STANDARD
from models.sealed import SEALING
from models.signing_in import SignIn
from models.store.anchoring import Anchoring
from models.store.chain import Keys, derive_key
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.people import PeopleStore
from models.store.places import PlaceStore
from models.store.protocols import ProtocolStore
from models.store.record import RecordStore

LOG = logging.getLogger("chairside")

ASSETS: Final = Path(__file__).parents[1] / "assets"
_CALLBACKS: Final = (
    page_callbacks,
    review_callbacks,
    session_callbacks,
    settings_callbacks,
    trail_callbacks,
)
_INDEX: Final = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>"""


class Backend(FastAPIDashServer):
    """Dash's FastAPI backend without what we do ourselves: its socket, its index and its catch-all route."""

    websocket_capability = False

    def setup_index(self, dash_app: dash.Dash) -> None:
        """Leave the index to our own pages."""

    def serve_callback(self, dash_app: dash.Dash) -> Callable[[Request], Any]:
        """Answer 400 to what none of our pages would send, before Dash trips over it."""
        dispatch = super().serve_callback(dash_app)

        async def checked(request: Request) -> Response:
            body = getattr(request.state, "json_body", None)
            if not is_callback(body, dash_app.callback_map):
                return problems.document(400, "Cannot be read", "This is not a callback of this page.")
            answered: Response = await dispatch(request)
            return answered

        return checked

    def _setup_catchall(self) -> None:
        """Answer 404 to unknown paths."""

    def serve_component_suites(self, *asked: Any, **more: Any) -> Any:  # noqa: ANN401  # Dash's own arguments
        """Serve a file of a component library; what is none is 404, where Dash itself would fail."""
        try:
            return super().serve_component_suites(*asked, **more)
        except (DependencyException, OSError) as error:
            raise HTTPException(404) from error


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is kept, on one database."""

    database: Database
    records: RecordStore
    places: PlaceStore
    people: PeopleStore
    site: str


def open_stores(settings: Settings, *, now: datetime | None = None) -> Stores:
    """Open the database, bring it to the newest form, and make sure of a site and a protocol.

    Raises:
        UnsafeStorageError: the database could lose what it acknowledged.
    """
    database = Database(settings.database_url)
    migrate(database)
    records = RecordStore(database, Keys.of(settings.secret_key).chain)
    places = PlaceStore(database)
    site = places.default_site()
    ProtocolStore(database).seed(site, STANDARD, now or utc_now())
    return Stores(database, records, places, PeopleStore(database), site)


@dataclass(frozen=True, slots=True)
class Chairside:
    """The running product: ``asgi`` is served, the rest is for commands and tests."""

    asgi: Wall
    server: FastAPI
    dash: dash.Dash
    clinic: Clinic
    hub: Hub
    stores: Stores
    sign_in: SignIn
    settings: Settings


def create_app(
    settings: Settings,
    *,
    stores: Stores | None = None,
    clock: Callable[[], datetime] = utc_now,
    background: Callable[[Clinic], Any] | None = None,
) -> Chairside:
    """Put the product together.

    Args:
        settings: what the environment decides.
        stores: an open database; opened from the settings when missing.
        clock: where the present moment comes from.
        background: a coroutine function run beside the server for as long as it lives (the demo's patients).
    """
    stores = stores or open_stores(settings)
    clinic = Clinic(stores.records, stores.places, Feed(), zone=settings.zone, clock=clock)
    sealing = derive_key(settings.secret_key, SEALING)
    sign_in = SignIn(stores.people, key=sealing, idle=settings.idle, clock=clock)
    cookies = CookieNames.where(secure=settings.secure)
    hub = Hub(clinic)
    scheduler = EverySite(clinic)
    trail = TrailKeeper(clinic.trail)
    anchoring = Anchoring(stores.database, settings.anchor, Keys.of(settings.secret_key).anchor)
    keeper = AnchorKeeper(anchoring, clock)
    stores.records.on_signature = keeper.signed
    server = FastAPI(
        title="Chairside",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan(hub, scheduler, keeper, trail, clinic, background),
    )
    server.openapi = documented(server)  # type: ignore[method-assign]  # FastAPI's own way to say it differently
    _add_errors(server)
    dash_app = _dash(settings)
    server.include_router(api.router(api.Services(clinic, Signing(clinic, sign_in, cookies, secure=settings.secure))))
    server.include_router(health_routes(stores.database, hub, keeper, trail, sign_in))
    server.include_router(offline_routes(ASSETS / "worker"))
    pages.add(server, dash_app, clinic, demo=settings.demo)
    wall: list[Wall] = []
    server.router.routes.append(WebSocketRoute("/live", _endpoint(LiveSocket(hub, lambda: wall[0]))))
    dash_app.init_app(server)
    for callbacks in _CALLBACKS:
        callbacks.register(dash_app, clinic)
    # Eagerly, since the first deep link would else be served without assets.
    cast("Any", dash_app)._setup_server()  # noqa: SLF001  # Dash has no public way
    wall.append(
        Wall(
            server,
            sign_in,
            cookies=cookies,
            public_origin=settings.public_origin,
            script_hashes=dash_app.csp_hashes,
            proxies=settings.proxies,
            note=refusals(clinic.trail),
        )
    )
    return Chairside(wall[0], server, dash_app, clinic, hub, stores, sign_in, settings)


def _dash(settings: Settings) -> dash.Dash:
    app = dash.Dash(
        "chairside",
        server=False,
        backend=Backend,
        assets_folder=str(ASSETS),
        assets_path_ignore=["vendor", "worker"],
        external_stylesheets=["/assets/vendor/bootstrap.min.css", "/assets/vendor/inter/inter.css"],
        external_scripts=["/assets/vendor/plotly-address.js"],
        index_string=_INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        title="Chairside",
        update_title=cast("str", None),  # None keeps the title while callbacks run
        suppress_callback_exceptions=True,
        add_log_handler=False,
        csrf_token_name=CookieNames.where(secure=settings.secure).csrf,
        csrf_header_name="X-CSRF-Token",
        on_error=_log_callback_error,
    )
    app.layout = root(demo=settings.demo)
    return app


def _log_callback_error(error: Exception) -> None:
    LOG.error("A callback failed", exc_info=error)
    raise error


def _endpoint(socket: LiveSocket) -> Callable[[WebSocket], Any]:
    async def live(websocket: WebSocket) -> None:
        await socket(websocket)

    return live


def _add_errors(server: FastAPI) -> None:
    @server.exception_handler(ChairsideError)
    async def refused(_request: Request, error: ChairsideError) -> Response:
        return problems.problem(error)

    @server.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        title = {404: "Not found", 405: "Method not allowed"}.get(error.status_code, "Refused")
        headers = dict(error.headers or {})
        return problems.document(error.status_code, title, f"{title}.", headers)

    @server.exception_handler(RequestValidationError)
    async def invalid(_request: Request, _error: RequestValidationError) -> Response:
        return problems.document(422, "Not stored", "The request has wrong parameters.")

    @server.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        LOG.error("A request to %s failed", _pattern(request), exc_info=error)
        return problems.document(500, "Failed", "Something went wrong on the server. Nothing is known to be stored.")


def _pattern(request: Request) -> str:
    """Return the address as its pattern: what somebody typed into it may be a name."""
    return str(getattr(request.scope.get("route"), "path", "an unknown address"))


def _lifespan(  # noqa: PLR0913, PLR0917  # everything that lives as long as the server
    hub: Hub,
    scheduler: EverySite,
    keeper: AnchorKeeper,
    trail: TrailKeeper,
    clinic: Clinic,
    background: Callable[[Clinic], Any] | None,
) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_server: FastAPI) -> AsyncIterator[None]:
        hub.start()
        jobs = [hub.draw_for_ever(), scheduler.run_for_ever(), keeper.run_for_ever(), trail.run_for_ever()]
        if background is not None:
            jobs.append(background(clinic))
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            yield
        finally:
            hub.stop()
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await asyncio.to_thread(trail.stop)
            await asyncio.to_thread(keeper.stop)

    return lifespan
