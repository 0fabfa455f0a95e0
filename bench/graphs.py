"""A board as it is usually built: 24 ``dcc.Graph`` with the full bundle, drawn when the page is opened.

Run as ``python -m bench.graphs PORT DATA_DIR DATABASE_URL``. Same database, same words, same small figures; no sign-in.
"""

from __future__ import annotations

from pathlib import Path

import dash
from dash import dcc, html
from dash.development.base_component import Component

from bench.clinic import NURSE, settings_in
from bench.naive import card, serve
from dashboard.app import open_stores
from layouts.attributes import attributes
from layouts.ids import Family
from layouts.trend import card_figure
from models.clinic import ChairNow, Clinic
from models.feed import Feed

GRAPH = Family("graph")


def with_graph(one: ChairNow) -> Component:
    """Draw one chair as text, and its trend as a graph of its own."""
    figure = {} if one.view is None else card_figure(one.view)
    graph = dcc.Graph(id=GRAPH.of(one.chair.name), figure=figure, config={"displayModeBar": False})
    return html.Div([card(one), html.Div(graph, **attributes({"data-testid": "card-trend"}))])


def create(data_dir: Path, database_url: str) -> dash.Dash:
    """Return the app."""
    stores = open_stores(settings_in(data_dir, database_url))
    account = stores.people.account(NURSE)
    assert account is not None, "the bench's clinic is furnished first"
    nurse, clinic = account.person, Clinic(stores.records, stores.places, Feed())
    app = dash.Dash("graphs", backend="fastapi", serve_locally=True, update_title="")
    app.layout = lambda: html.Div([with_graph(one) for one in clinic.board(nurse)])
    app._setup_server()  # type: ignore[no-untyped-call]  # noqa: SLF001  # else the first page comes without scripts
    return app


if __name__ == "__main__":
    serve(create)
