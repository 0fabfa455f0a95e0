"""What was charted last on this chair, each line with a way to correct it; the lines are drawn once and filled anew."""

from __future__ import annotations

import json
from datetime import tzinfo
from typing import Any, Final

from dash import html

from layouts import ids
from layouts.form_fields import action_button
from models.moments import clock, iso
from models.session import Event, Judged, SessionView
from models.terms import GRADES, SYMPTOM_BY_KEY
from models.vitals import BY_KEY

Properties = list[tuple[str, dict[str, Any]]]

ROWS: Final = 6
HIDDEN: Final = "lines__row lines__row--none"
SHOWN: Final = "lines__row"


def reading_words(one: Judged) -> str:
    """Return a reading in one line: ``164/98 · HR 88 · Dissociation 6 · distressing``."""
    reading = one.reading
    if reading is None:
        return ""
    values = dict(reading.values)
    parts = []
    if {"sbp", "dbp"} <= values.keys():
        parts.append(f"{values.pop('sbp'):g}/{values.pop('dbp'):g}")
    parts += [f"{BY_KEY[key].short} {value:g}" for key, value in values.items()]
    if reading.distress is not None:
        parts.append("distressing" if reading.distress else "not distressing")
    if reading.symptoms is not None:
        parts.append(", ".join(SYMPTOM_BY_KEY[key].label.lower() for key in reading.symptoms) or "no symptoms")
    if reading.resting:
        parts.append("resting, not roused")
    parts += [f"{BY_KEY[key].short} not done: {reason}" for key, reason in (reading.not_done or {}).items()]
    return " · ".join(parts)


def event_words(event: Event, zone: tzinfo) -> str:
    """Return an open effect in one line: ``Dizziness, mild, since 14:20``."""
    grade = GRADES.get(event.grade or 0)
    return ", ".join(part for part in (event.term, grade, f"since {clock(event.onset_at, zone)}") if part)


def last_entries(view: SessionView, zone: tzinfo) -> html.Section:
    """Return the open effects and the last readings, each with its buttons."""
    props = dict(entry_properties(view, zone))
    return html.Section(
        [
            html.Div(
                [html.H2("Open effects"), *(_event_row(n, props) for n in range(ROWS))],
                id=ids.ChairPage.OPEN_EVENTS,
                **props[ids.ChairPage.OPEN_EVENTS],
            ),
            html.Div(
                [html.H2("Last readings, newest saved first"), *(_reading_row(n, props) for n in range(ROWS))],
                className="lines",
            ),
        ],
        className="form-card last",
    )


def entry_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return the text of every line, and what its buttons would load into a form."""
    readings = sorted(view.readings, key=_saved, reverse=True)[:ROWS]
    events = [event for event in view.events if event.open][:ROWS]
    found: Properties = [(ids.ChairPage.OPEN_EVENTS, {"className": "lines" if events else "lines lines--none"})]
    for n in range(ROWS):
        reading = _reading_row_properties(readings[n], zone) if n < len(readings) else _EMPTY
        event = _event_row_properties(events[n], zone) if n < len(events) else _EMPTY
        found += [
            (ids.READING_ROW.of(str(n)), reading[0]),
            (ids.READING_ROW_WORDS.of(str(n)), reading[1]),
            (ids.EVENT_ROW.of(str(n)), event[0]),
            (ids.EVENT_ROW_WORDS.of(str(n)), event[1]),
        ]
    return found


def _saved(one: Judged) -> int:
    """Return the place in the record of what was saved last about a reading: itself, or its correction."""
    corrected = one.effective.corrected_by
    return max(one.entry.seq, corrected.seq if corrected else 0)


Row = tuple[dict[str, Any], dict[str, Any]]
_EMPTY: Final[Row] = ({"className": HIDDEN, "data-entry": "", "data-body": ""}, {"children": ""})


def _reading_row_properties(one: Judged, zone: tzinfo) -> Row:
    corrected = one.effective.corrected_by
    who = f"{one.entry.author}, corrected by {corrected.author}" if corrected else one.entry.author
    row = {
        "className": SHOWN,
        "data-entry": one.entry.id,
        "data-author": one.entry.author,
        "data-body": json.dumps(one.effective.written.body()),
    }
    late = f", saved {clock(one.entry.recorded_at, zone)}" if one.entry.late else ""
    words = [html.B(clock(one.at, zone)), f" {reading_words(one)} ", html.Span(f"{who}{late}", className="lines__who")]
    return row, {"children": words}


def _event_row_properties(event: Event, zone: tzinfo) -> Row:
    body = {
        "event_id": event.id,
        "term": event.term,
        "onset_at": iso(event.onset_at),
        "grade": event.grade,
        "action_taken": event.action_taken,
        "interventions": list(event.interventions),
        "outcome": event.outcome,
        "note": event.note,
    }
    row = {"className": SHOWN, "data-entry": event.id, "data-body": json.dumps(body)}
    return row, {"children": event_words(event, zone)}


def _reading_row(n: int, props: dict[str, dict[str, Any]]) -> html.Div:
    row, words = ids.READING_ROW.of(str(n)), ids.READING_ROW_WORDS.of(str(n))
    return html.Div(
        [
            html.Div(id=words, className="lines__words", **props[words]),
            action_button("Correct", "correct", "press--small", "entry-correct"),
        ],
        id=row,
        **props[row],
    )


def _event_row(n: int, props: dict[str, dict[str, Any]]) -> html.Div:
    row, words = ids.EVENT_ROW.of(str(n)), ids.EVENT_ROW_WORDS.of(str(n))
    return html.Div(
        [
            html.Div(id=words, className="lines__words", **props[words]),
            action_button("Edit", "event-edit", "press--small", "event-edit"),
            action_button("Resolved", "event-resolved", "press--small", "event-resolved"),
        ],
        id=row,
        **props[row],
    )
