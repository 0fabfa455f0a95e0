"""The review: every adverse event and every session, those that need a look first, with filters and counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

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
from layouts.review_charts import chart
from layouts.review_filters import filters
from layouts.review_rates import LOOKS, counts, rates
from layouts.ticking import marked
from layouts.words import SILENT, STAGES, arrows
from models.moments import clock
from models.review import MOST, EventLine, ReviewSummary, SessionLine
from models.review_facts import EventFacts, Peak, Reason, SessionFacts
from models.rules import Stage

NO_EVENTS: Final = "No adverse event in these days with this term and severity."
NO_SESSIONS: Final = "No session in these days."
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


def review_page(summary: ReviewSummary, now: datetime, zone: tzinfo) -> Component:
    """Return the review: filters that stay, what needs a look, and below it counts and rates over all of it."""
    return html.Main(
        [
            html.Header(
                [html.H1("Review"), filters(summary), html.P(as_at(now, zone), className="review__at")],
                className="review__head",
            ),
            html.P(ignored_text(summary), id=ids.Review.SAID, role="alert", className="record-error review__said"),
            html.Div(counts(summary), id=ids.Review.COUNTS, className="record-part review__counts"),
            _charts(summary),
            html.Div(sessions_list(summary, zone), id=ids.Review.SESSIONS, className="record-part"),
            html.Div(events_list(summary, zone), id=ids.Review.EVENTS, className="record-part"),
            html.Div(rates(summary), id=ids.Review.RATES, className="record-part review__rates"),
        ],
        className="review",
    )


def ignored_text(summary: ReviewSummary) -> str:
    """Return what of the filter made no sense; empty where all of it did."""
    return " ".join(f"{one[:1].upper()}{one[1:]}" if one.startswith("a ") else one for one in summary.ignored)


def _charts(summary: ReviewSummary) -> html.Section:
    graph = dcc.Graph(
        id=ids.Review.CHART,
        figure=chart(summary),
        config={"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False},
        className="review__chart",
    )
    words = "Adverse events by minute, grade, dose and pressure before the start; a bar opens the sessions behind it"
    return html.Section(
        [graph, dcc.Store(id=ids.Review.DRAWN)], className="record-part", **attributes({"aria-label": words})
    )


def as_at(now: datetime, zone: tzinfo) -> str:
    """Say of which moment the lists are: the page does not follow the sessions."""
    return f"As at {clock(now, zone)}, {day_text(now, zone)}"


# Lists.


def sessions_list(summary: ReviewSummary, zone: tzinfo) -> list[Component]:
    """Return the sessions, those that need a look first, then newest first."""
    title = html.H2("Sessions")
    if not summary.sessions:
        return [title, html.P(NO_SESSIONS, className="record__none")]
    rows = [_session_row(line, zone) for line in summary.sessions[:MOST]]
    return [title, _table(SESSION_HEADS, rows), *_rest(summary.session_count)]


def _session_row(line: SessionLine, zone: tzinfo) -> html.Tr:
    facts = line.facts
    cells = (
        short_moment(facts.started_at or facts.arrived_at, zone),
        _patient(line),
        line.patient.mrn,
        facts.chair,
        _looks(line) or SILENT,
        [state_text(facts), *_below(late_entries_text(facts))],
        SILENT if facts.duration_min is None else f"{int(facts.duration_min)} min",
        SILENT if facts.started_at is None else f"{facts.delivered_mg:.1f} mg",
        _peak(facts.peak),
        ", ".join(dict.fromkeys(event.term for event in facts.events)) or SILENT,
        SILENT if facts.signed_by is None else person_text(facts.signed_by),
    )
    look = "review-list__row review-list__row--look" if facts.reasons else "review-list__row"
    return _list_row(cells, SESSION_HEADS, look, "session-row")


def _looks(line: SessionLine) -> list[Component | str]:
    """Return each reason to look in words: what it is, and what it was."""
    return [_look(reason) for reason in line.facts.reasons]


def _look(reason: Reason) -> html.Div:
    name = html.Span(LOOKS[reason.look], className=f"review-look review-look--{reason.look.value}")
    return html.Div([name, f" {reason.words}" if reason.words else ""], className="review-look__line")


def state_text(facts: SessionFacts) -> str:
    """Return where a session stands, in a word or two."""
    if facts.cancelled:
        return "Cancelled"
    return "Signed" if facts.state == "signed" else STAGES[Stage(facts.stage)]


def late_entries_text(facts: SessionFacts) -> str:
    """Return how many entries were typed late; empty where none was."""
    return f"{facts.late_entries} typed late" if facts.late_entries else ""


def _peak(found: Peak | None) -> list[Component | str] | str:
    if found is None:
        return SILENT
    value = html.B(
        f"{found.value:g} {arrows(found.severity)}".strip(), className=f"review-list__peak--{found.severity.word}"
    )
    when = "" if found.minute is None else f" at {minute_text(found.minute)} min"
    return [value, f" {peak_change(found)}{when}"]


def events_list(summary: ReviewSummary, zone: tzinfo) -> list[Component]:
    """Return the adverse events, newest first."""
    title = html.H2("Adverse events")
    if not summary.events:
        return [title, html.P(NO_EVENTS, className="record__none")]
    rows = [_event_row(line, zone) for line in summary.events[:MOST]]
    return [title, _table(EVENT_HEADS, rows), *_rest(summary.event_count)]


def _event_row(line: EventLine, zone: tzinfo) -> html.Tr:
    event, session = line.event, line.session
    cells = (
        short_moment(event.onset_at, zone),
        html.B(event.term),
        _severity(event),
        minute_text(event.minutes_from_start),
        dose_text(event) or SILENT,
        pressure_text(event),
        action_text(event),
        [*_outcome(event), *_below(event.note)],
        _patient(session),
        session.patient.mrn,
        session.facts.chair,
    )
    look = "review-list__row review-list__row--open" if event.open else "review-list__row"
    return _list_row(cells, EVENT_HEADS, look, "event-row")


def _outcome(event: EventFacts) -> list[Component | str]:
    """Return how an event ended; one that has not stands out in its line."""
    said = outcome_text(event, event.ended_minute)
    if not event.open:
        return [said or SILENT]
    rest = said.removesuffix("open").removesuffix(", ")
    return [html.Span("open", className="review-look review-look--open_event"), f" {rest}" if rest else ""]


def _severity(event: EventFacts) -> str:
    return ", ".join(text for text in (grade_text(event.grade), serious_text(event)) if text)


def _below(text: str | None) -> list[Component]:
    return [html.Span(text, className="review-list__below")] if text else []


def short_moment(moment: datetime, zone: tzinfo) -> str:
    """Return day and time for a list, like ``22 Nov 2026 14:44``."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M}"


def _patient(line: SessionLine) -> html.Span:
    """Return the name, which opens the session, and the way to the patient's series."""
    session = html.A(line.patient.name, href=f"/session/{line.facts.session}", className="review-list__link")
    series = html.A("series", href=f"/patient/{line.facts.patient_id}", className="review-list__series")
    return html.Span([session, " ", series])


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
