"""The review: what is asked for in the filters decides which events and sessions are listed and counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final
from urllib.parse import parse_qs

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks.threads import in_thread
from layouts import ids
from layouts.review import events_list, ignored_text, sessions_list
from layouts.review_charts import chart
from layouts.review_filters import ALL
from layouts.review_rates import counts, rates
from models import acting
from models.clinic import Clinic
from models.review import ReviewSummary

Drawn = tuple[Any, Any, Any, Any, Any, Any]
FIELDS: Final = {
    "from": ids.Review.FROM,
    "to": ids.Review.UNTIL,
    "term": ids.Review.TERM,
    "grade": ids.Review.GRADE,
    "chair": ids.Review.CHAIR,
    "nurse": ids.Review.NURSE,
    "serious": ids.Review.SERIOUS,
    "protocol": ids.Review.PROTOCOL,
    "rule": ids.Review.RULE,
    "look": ids.Review.LOOK,
}
"""The filters that can be chosen on the page, by their name in the address."""
NARROWED: Final = ("dose", "base", "minute")
"""Those that only a bar or a number sets."""


def asked_for(search: object, *values: object) -> Mapping[str, object]:
    """Return what is asked for: what is chosen on the page, and what the address narrows it to."""
    query = parse_qs(search.lstrip("?")) if isinstance(search, str) else {}
    chosen = {name: None if value == ALL else value for name, value in zip(FIELDS, values, strict=True)}
    return chosen | {name: query[name][0] for name in NARROWED if name in query}


def draw(summary: ReviewSummary, zone: tzinfo) -> Drawn:
    """Return what a filter changes on the page: what was left out, counts, chart, the two lists, rates."""
    return (
        ignored_text(summary),
        counts(summary),
        chart(summary),
        events_list(summary, zone),
        sessions_list(summary, zone),
        rates(summary),
    )


def register(app: Dash, clinic: Clinic) -> None:
    """Let the reviewer narrow both lists, and open what is behind a bar."""

    @app.callback(
        Output(ids.Review.SAID, "children"),
        Output(ids.Review.COUNTS, "children"),
        Output(ids.Review.DRAWN, "data"),
        Output(ids.Review.EVENTS, "children"),
        Output(ids.Review.SESSIONS, "children"),
        Output(ids.Review.RATES, "children"),
        *(Input(name, "value") for name in FIELDS.values()),
        State(ids.Shell.LOCATION, "search"),
        prevent_initial_call=True,
    )
    async def narrow(*given: object) -> Drawn:
        *values, search = given
        summary = await in_thread(clinic.review, acting.person(), asked_for(search, *values))
        return await in_thread(draw, summary, clinic.zone)

    # The browser shows the figure in its own theme, which the server does not know, and keeps the address in step.
    app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash leaves this method untyped
        ClientsideFunction("chairside_review", "shown"),
        Output(ids.Review.CHART, "figure"),
        Input(ids.Review.DRAWN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]  # as above
        ClientsideFunction("chairside_review", "open"),
        Input(ids.Review.CHART, "clickData"),
        prevent_initial_call=True,
    )
