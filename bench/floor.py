"""The floor: the same durable insert, then the same bytes on a bare socket to a page that changes one text.

Run as ``python -m bench.floor PORT DATA_DIR DATABASE_URL MESSAGE``, where the file MESSAGE holds what the product
pushed for one reading. No checks, no fold, no layout, no sign-in.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import orjson
import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.clinic import NURSE, settings_in
from dashboard.app import open_stores
from models.clinic import Clinic
from models.entries import parse_entry
from models.feed import Feed
from models.moments import utc_now
from models.session import SessionView

PAGE = """<!doctype html><meta charset="utf-8"><title>floor</title>
<p data-testid="chair-card" data-chair="1"><b data-testid="card-sbp">-</b></p>
<script>
const place = document.querySelector("b");
const socket = new WebSocket(`ws://${location.host}/live`);
socket.onmessage = ({data}) => { place.textContent = JSON.parse(data)[0]; };
</script>"""


class Floor:
    """What a reading costs at the least."""

    def __init__(self, data_dir: Path, database_url: str, pushed: str) -> None:
        """Open the furnished clinic and prepare the bytes to push."""
        self.stores = open_stores(settings_in(data_dir, database_url))
        account = self.stores.people.account(NURSE)
        assert account is not None, "the bench's clinic is furnished first"
        self.nurse = account.person
        clinic = Clinic(self.stores.records, self.stores.places, Feed())
        views = (one.view for one in clinic.board(self.nurse))
        self.views = {view.id: view for view in views if view is not None}
        self.pushed = pushed
        self.sockets: dict[WebSocket, None] = {}

    def insert(self, session: str, body: object) -> None:
        """Store one entry durably, unjudged."""
        draft = parse_entry(body)
        view: SessionView = self.views[session]
        self.stores.records.append(
            self.nurse.site,
            session,
            draft,
            author=self.nurse.name,
            device=None,
            now=utc_now(),
            check=lambda _record: draft.content,
            see=lambda _record: view,
        )

    async def post(self, request: Request) -> Response:
        """Store, push, answer."""
        body = orjson.loads(await request.body())
        await to_thread.run_sync(self.insert, request.path_params["session"], body)
        message = f'["{body["values"]["sbp"]}",{self.pushed}]'
        for socket in list(
            self.sockets
        ):  # the browser came first and is served first: the floor is the lowest there is
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_text(message)
        return Response(status_code=201)

    async def live(self, socket: WebSocket) -> None:
        """Keep one page until it leaves."""
        await socket.accept()
        self.sockets[socket] = None
        try:
            await socket.send_text('["-"]')
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self.sockets.pop(socket, None)


async def _page(_request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def main() -> None:
    """Run from the command line."""
    port, data_dir, database_url, message = sys.argv[1:]
    floor = Floor(Path(data_dir), database_url, Path(message).read_text("utf-8"))
    routes = [
        Route("/", _page),
        Route("/api/v1/sessions/{session}/entries", floor.post, methods=["POST"]),
        WebSocketRoute("/live", floor.live),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
