"""The review: every adverse event and every session, those that need a look first, with filters and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.record_parts import peak_change
from layouts.record_words import (
    action_text,
    day_text,
    dose_text,
    grade_text,
    minute_text,
    outcome_text,
    person_text,
    pressure_text,
    serious_text,
)
from layouts.theme import dim
from layouts.ticking import marked
from layouts.words import SILENT, STAGES, arrows
from models.moments import clock
from models.review import Count, EventFilter, EventLine, Look, Peak, ReviewSummary, SessionLine, duration
from models.session import Event, SessionView
from models.terms import GRADES, TERMS

MOST: Final = 100
"""How many lines of a list are drawn: more of them and nobody reads, but everybody waits."""
ANY: Final = "any"
TYPING: Final = 400
"""Milliseconds of rest after which the lists follow what was typed."""
NO_EVENTS: Final = "No adverse event in these days with this term and severity."
NO_SESSIONS: Final = "No session in these days."
LOOKS: Final = {
    Look.OPEN_EVENT: "event open",
    Look.CRITICAL: "was critical",
    Look.DISPUTED: "disputed entry",
    Look.UNCONFIRMED: "value not confirmed",
    Look.AFTER_SIGNING: "entry after signing",
    Look.UNSIGNED: "not signed",
}
EVENT_HEADS: Final = (
    "onset",
    "term",
    "severity",
    "min",
    "dose",
    "last BP",
    "action",
    "outcome",
    "patient",
    "record",
    "chair",
)
SESSION_HEADS: Final = (
    "start",
    "patient",
    "record",
    "chair",
    "needs a look",
    "state",
    "time",
    "dose",
    "peak SBP",
    "events",
    "signed by",
)
_CHART_HEIGHT: Final = 150
_FEW: Final = 5
_GRADED: Final = "severe or worse"
_OTHER: Final = "milder or not graded"


def review_page(summary: ReviewSummary, now: datetime, zone: tzinfo) -> Component:
    """Return the review: filters that stay, and below them what they let through."""
    return html.Main(
        [
            html.Header(
                [html.H1("Review"), _filters(summary.filter), html.P(as_at(now, zone), className="review__at")],
                className="review__head",
            ),
            html.P(id=ids.Review.SAID, role="alert", className="record-error review__said"),
            html.Div(
                [
                    html.Div(counts(summary), id=ids.Review.COUNTS, className="record-part review__counts"),
                    html.Section(
                        [
                            dcc.Graph(
                                id=ids.Review.CHART,
                                figure=chart(summary),
                                config={"staticPlot": True, "displayModeBar": False, "responsive": True},
                                className="review__chart",
                            ),
                            dcc.Store(id=ids.Review.DRAWN),
                        ],
                        className="record-part",
                        **attributes({"aria-label": "Adverse events by minute of the infusion"}),
                    ),
                ],
                className="review__top",
            ),
            html.Div(events_list(summary, zone), id=ids.Review.EVENTS, className="record-part"),
            html.Div(sessions_list(summary, zone), id=ids.Review.SESSIONS, className="record-part"),
        ],
        className="review",
    )


def as_at(now: datetime, zone: tzinfo) -> str:
    """Say of which moment the lists are: the page does not follow the sessions."""
    return f"As at {clock(now, zone)}, {day_text(now, zone)}"


# Filters.


def _filters(wanted: EventFilter) -> html.Div:
    terms = html.Datalist([html.Option(value=term.label) for term in TERMS], id=ids.Review.TERMS)
    return html.Div(
        [
            _filter("From", _day_input(ids.Review.FROM, wanted.since), "review-from"),
            _filter("To", _day_input(ids.Review.UNTIL, wanted.until), "review-to"),
            _filter("Term", _term_input(wanted.term), "review-term"),
            _filter("Severity", _grade_input(wanted.grade), "review-grade"),
            terms,
        ],
        className="review__filters",
        role="search",
    )


def _filter(label: str, control: Component, testid: str) -> html.Label:
    name = html.Span(label, className="review__label")
    return html.Label([name, html.Div(control, **marked(testid))], className="review__filter")


def _day_input(name: str, day: date | datetime | None) -> dbc.Input:
    said = None if day is None else (day.date() if isinstance(day, datetime) else day).isoformat()
    return dbc.Input(id=name, type="date", value=said, debounce=TYPING, className="record-input")


def _term_input(term: str | None) -> dbc.Input:
    more = {"list": ids.Review.TERMS}
    return dbc.Input(
        id=ids.Review.TERM,
        type="text",
        value=term or "",
        placeholder=ANY,
        autocomplete="off",
        maxlength=120,
        debounce=TYPING,
        className="record-input",
        **more,
    )


def _grade_input(grade: int | None) -> dbc.Select:
    options = [{"label": ANY, "value": ANY}, *({"label": grade_text(one), "value": str(one)} for one in GRADES)]
    chosen = ANY if grade is None else str(grade)
    return dbc.Select(id=ids.Review.GRADE, options=options, value=chosen, className="record-input")


# Counts.


def counts(summary: ReviewSummary) -> list[Component]:
    """Return how much there is: sessions and those that need a look, events, and events per term and grade."""
    total = len(summary.events)
    head = html.Div(
        [
            _count(total, "adverse event", _grades_text(summary), ids.Review.EVENTS),
            _count(len(summary.sessions), "session", f"{summary.to_look_at} need a look", ids.Review.SESSIONS),
        ],
        className="record-numbers",
    )
    terms = html.Ul([_term(count) for count in summary.per_term], className="review__terms")
    return [head, terms] if summary.per_term else [head]


def _count(number: int, noun: str, below: str, anchor: str) -> html.Div:
    plural = noun if number == 1 else f"{noun}s"
    link = html.A(plural, href=f"#{anchor}", className="record-numbers__unit")
    words: list[Component | str] = [html.Span(str(number), className="record-numbers__value"), " ", link]
    return html.Div([html.Div(words), html.Div(below, className="record-numbers__line")])


def _grades_text(summary: ReviewSummary) -> str:
    named = [
        f"{number} {'not graded' if grade is None else GRADES[grade]}" for grade, number in summary.per_grade.items()
    ]
    return ", ".join(named) or "none in these days"


def _term(count: Count) -> html.Li:
    severe = [html.Span(f"{count.severe} severe", className="review__severe")] if count.severe else []
    return html.Li([html.B(str(count.all)), f" {count.label} ", *severe], className="review__term")


def chart(summary: ReviewSummary) -> dict[str, Any]:
    """Return the events by minute of the infusion, as a figure: the severe ones are hatched as well as red."""
    labels = [count.label for count in summary.per_minute]
    other = [count.all - count.severe for count in summary.per_minute]
    severe = [count.severe for count in summary.per_minute]
    axis = {"fixedrange": True, "tickfont": {"size": 12, "color": dim("text-3")}, "zeroline": False}
    title = {"text": "minute of the infusion", "font": {"size": 12, "color": dim("text-3")}, "standoff": 4}
    return {
        "data": [
            _bars(labels, severe, _GRADED, {"color": dim("critical"), "pattern": {"shape": "/", "solidity": 0.4}}),
            _bars(labels, other, _OTHER, {"color": dim("text-3")}),
        ],
        "layout": {
            "barmode": "stack",
            "bargap": 0.25,
            "height": _CHART_HEIGHT,
            "margin": {"l": 34, "r": 8, "t": 24, "b": 38},
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "font": {"family": "Inter, sans-serif", "color": dim("text-2")},
            "showlegend": any(severe),
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            "hovermode": False,
            "xaxis": axis | {"type": "category", "title": title, "showgrid": False},
            "yaxis": axis | {"gridcolor": dim("line"), "rangemode": "tozero"} | _ticks(summary.per_minute),
            "annotations": [] if labels else [_nothing()],
        },
    }


def _bars(labels: Sequence[str], values: Sequence[int], name: str, marker: dict[str, Any]) -> dict[str, Any]:
    bars = {"type": "bar", "name": name, "x": list(labels), "y": list(values), "marker": marker}
    return bars | {"hoverinfo": "skip"}


def _ticks(found: Iterable[Count]) -> dict[str, Any]:
    """Return how the axis is divided: into whole events, by about four lines."""
    return {"dtick": 1} if max((count.all for count in found), default=0) <= _FEW else {"nticks": 5}


def _nothing() -> dict[str, Any]:
    font = {"size": 13, "color": dim("text-3")}
    return {"text": "no event", "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "font": font}


# Lists.


def events_list(summary: ReviewSummary, zone: tzinfo) -> list[Component]:
    """Return the adverse events, newest first."""
    title = html.H2("Adverse events")
    if not summary.events:
        return [title, html.P(NO_EVENTS, className="record__none")]
    rows = [_event_row(line, zone) for line in summary.events[:MOST]]
    return [title, _table(EVENT_HEADS, rows), *_rest(len(summary.events))]


def _event_row(line: EventLine, zone: tzinfo) -> html.Tr:
    event, view = line.event, line.view
    ended = None if event.resolved_at is None else view.minute(event.resolved_at)
    cells = (
        short_moment(event.onset_at, view, zone),
        html.B(event.term),
        _severity(line),
        minute_text(event.minutes_from_start),
        dose_text(event) or SILENT,
        pressure_text(event),
        action_text(event),
        [*_outcome(event, ended), *_below(event.note)],
        _patient(view),
        view.patient.mrn,
        view.chair.name,
    )
    look = "review-list__row review-list__row--open" if event.open else "review-list__row"
    return _list_row(cells, EVENT_HEADS, look, "event-row")


def _outcome(event: Event, ended: float | None) -> list[Component | str]:
    """Return how an event ended; one that has not stands out in its line."""
    said = outcome_text(event, ended)
    if not event.open:
        return [said or SILENT]
    rest = said.removesuffix("open").removesuffix(", ")
    return [html.Span("open", className="review-look review-look--open_event"), f" {rest}" if rest else ""]


def _severity(line: EventLine) -> str:
    serious = serious_text(line.event)
    return ", ".join(text for text in (grade_text(line.event.grade), serious) if text)


def _below(text: str | None) -> list[Component]:
    return [html.Span(text, className="review-list__below")] if text else []


def short_moment(moment: datetime, view: SessionView, zone: tzinfo) -> str:
    """Return day and time for a list, like ``22 Nov 14:44``, with the year where it is not this one."""
    local, now = moment.astimezone(zone), view.now.astimezone(zone)
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def _patient(view: SessionView) -> html.A:
    return html.A(view.patient.name, href=f"/session/{view.id}", className="review-list__link")


def sessions_list(summary: ReviewSummary, zone: tzinfo) -> list[Component]:
    """Return the sessions, those that need a look first, then newest first."""
    title = html.H2("Sessions")
    if not summary.sessions:
        return [title, html.P(NO_SESSIONS, className="record__none")]
    rows = [_session_row(line, zone) for line in summary.sessions[:MOST]]
    return [title, _table(SESSION_HEADS, rows), *_rest(len(summary.sessions))]


def _session_row(line: SessionLine, zone: tzinfo) -> html.Tr:
    view = line.view
    start = view.started_at or view.arrived_at
    cells = (
        short_moment(start, view, zone),
        _patient(view),
        view.patient.mrn,
        view.chair.name,
        [html.Span(LOOKS[look], className=f"review-look review-look--{look.value}") for look in line.looks] or SILENT,
        [state_text(view), *_below(late_entries_text(view))],
        SILENT if (minutes := duration(view)) is None else f"{int(minutes)} min",
        SILENT if view.started_at is None else f"{view.delivered_mg:.1f} mg",
        _peak(line.peak),
        _terms(view),
        _signed(view),
    )
    look = "review-list__row review-list__row--look" if line.looks else "review-list__row"
    return _list_row(cells, SESSION_HEADS, look, "session-row")


def state_text(view: SessionView) -> str:
    """Return where a session stands, in a word or two."""
    if view.cancelled:
        return "Cancelled"
    return "Signed" if view.signed is not None else STAGES[view.stage]


def late_entries_text(view: SessionView) -> str:
    """Return how many entries were typed late; empty where none was."""
    late = sum(entry.late for entry in view.record.entries)
    return f"{late} typed late" if late else ""


def _peak(found: Peak | None) -> list[Component | str] | str:
    if found is None:
        return SILENT
    value = html.B(
        f"{found.value:g} {arrows(found.severity)}".strip(), className=f"review-list__peak--{found.severity.word}"
    )
    when = "" if found.minute is None else f" at {minute_text(found.minute)} min"
    return [value, f" {peak_change(found)}{when}"]


def _terms(view: SessionView) -> str:
    return ", ".join(dict.fromkeys(event.term for event in view.events)) or SILENT


def _signed(view: SessionView) -> str:
    return SILENT if view.signed is None else person_text(view.signed.author)


def _table(heads: Sequence[str], rows: Sequence[html.Tr]) -> html.Table:
    return html.Table(
        [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(list(rows))],
        className="review-list",
    )


def _list_row(cells: Sequence[Any], heads: Sequence[str], look: str, testid: str) -> html.Tr:
    named = zip(cells, heads, strict=True)
    return html.Tr(
        [html.Td(cell, **attributes({"data-head": head})) for cell, head in named], className=look, **marked(testid)
    )


def _rest(number: int) -> list[Component]:
    """Say how many lines are not drawn."""
    if number <= MOST:
        return []
    return [html.P(f"{number - MOST} more. Narrow the days to see them.", className="record__none")]
