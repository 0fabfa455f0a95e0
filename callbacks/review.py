"""The review: what is asked for in the filters decides which events and sessions are listed and counted."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, no_update

from callbacks.threads import in_thread
from layouts import ids
from layouts.review import ANY, chart, counts, events_list, sessions_list
from models import acting
from models.clinic import Clinic
from models.errors import RefusedError
from models.review import EventFilter, ReviewSummary

Drawn = tuple[Any, Any, Any, Any, Any]


def draw(summary: ReviewSummary, zone: tzinfo) -> Drawn:
    """Return what a filter changes on the page: no complaint, counts, chart and the two lists."""
    return "", counts(summary), chart(summary), events_list(summary, zone), sessions_list(summary, zone)


def refuse(error: RefusedError) -> Drawn:
    """Return the complaint, and leave what is shown."""
    return str(error), no_update, no_update, no_update, no_update


def register(app: Dash, clinic: Clinic) -> None:
    """Let the reviewer narrow both lists by day, term and severity."""

    @app.callback(
        Output(ids.Review.SAID, "children"),
        Output(ids.Review.COUNTS, "children"),
        Output(ids.Review.DRAWN, "data"),
        Output(ids.Review.EVENTS, "children"),
        Output(ids.Review.SESSIONS, "children"),
        Input(ids.Review.FROM, "value"),
        Input(ids.Review.UNTIL, "value"),
        Input(ids.Review.TERM, "value"),
        Input(ids.Review.GRADE, "value"),
        prevent_initial_call=True,
    )
    async def narrow(since: object, until: object, term: object, grade: object) -> Drawn:
        try:
            wanted = EventFilter.parse(
                {"from": since, "to": until, "term": term, "grade": None if grade == ANY else grade}
            )
        except RefusedError as error:
            return refuse(error)
        summary = await in_thread(clinic.review, acting.person(), wanted)
        return await in_thread(draw, summary, clinic.zone)

    # The browser shows the figure in its own theme, which the server does not know.
    app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash leaves this method untyped
        ClientsideFunction("chairside_review", "shown"),
        Output(ids.Review.CHART, "figure"),
        Input(ids.Review.DRAWN, "data"),
        prevent_initial_call=True,
    )
