"""A board as it is usually built: a Dash callback every two seconds that draws all cards again.

Run as ``python -m bench.naive PORT DATA_DIR DATABASE_URL``. Same database, same use case, same backend; no sign-in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import dash
import uvicorn
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from bench.clinic import NURSE, settings_in
from dashboard.app import open_stores
from layouts.attributes import attributes
from layouts.ids import Family
from models.clinic import ChairNow, Clinic
from models.feed import Feed

EVERY_MS = 2000
CARDS = Family("naive")


def card(one: ChairNow) -> Component:
    """Draw one chair as text."""
    view = one.view
    latest = {} if view is None else {key: f"{found.value:g}" for key, found in view.latest.items()}
    why = [] if view is None else [flag.text(view.now) for flag in view.flags]
    cells = [
        html.Span(latest.get(vital, "—"), **attributes({"data-testid": f"card-{vital}"}))
        for vital in ("sbp", "dbp", "hr", "dissociation", "nausea")
    ]
    words = html.Span(", ".join(why) or "In range")
    marks = attributes({"data-testid": "chair-card", "data-chair": one.chair.name})
    return html.Div([html.B(one.chair.name), *cells, words], **marks)


def create(data_dir: Path, database_url: str) -> dash.Dash:
    """Return the app."""
    stores = open_stores(settings_in(data_dir, database_url))
    account = stores.people.account(NURSE)
    assert account is not None, "the bench's clinic is furnished first"
    nurse, clinic = account.person, Clinic(stores.records, stores.places, Feed())
    app = dash.Dash("naive", backend="fastapi", serve_locally=True, update_title="")
    app.layout = html.Div([html.Div(id=CARDS.of("all")), dcc.Interval(id=CARDS.of("clock"), interval=EVERY_MS)])

    @app.callback(Output(CARDS.of("all"), "children"), Input(CARDS.of("clock"), "n_intervals"))
    def draw(_times: int | None) -> list[Component]:
        return [card(one) for one in clinic.board(nurse)]

    app._setup_server()  # type: ignore[no-untyped-call]  # noqa: SLF001  # else the first page comes without scripts
    return app


def serve(create_board: Callable[[Path, str], dash.Dash]) -> None:
    """Serve a board to measure against, as the command line says: port, data directory, database."""
    port, data_dir, database_url = sys.argv[1:]
    app = create_board(Path(data_dir), database_url)
    uvicorn.run(app.server, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    serve(create)
