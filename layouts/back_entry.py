"""Typing in what was charted on paper: the lines of the form as a grid, one session, made for the keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.markup import to_html
from layouts.record_words import told
from layouts.session import identity_text
from layouts.ticking import marked
from layouts.unseen import unseen
from models.corrections import Effective
from models.entries import Reading
from models.moments import MIN, clock, iso
from models.paper import Slot, asked_in, planned_minutes, slots, start_of
from models.people import Person
from models.session import SessionView
from models.terms import SCREENING, TERMS
from models.vitals import BY_KEY

NEAR: Final = timedelta(minutes=2)
SPARE: Final = 3
HOW: Final = (
    "Tab goes across a line, Enter saves it and goes to the next. Leave empty what is empty on paper; where a value "
    "was not done, type the reason in its place (asleep, declined). A line is saved only when it says so."
)
OTHER_HOW: Final = (
    "A rate in mg/h, a bolus in mg, a medicine like “4 mg IV”; its name, the effect or the reason in words."
)
CLOSED: Final = (
    "This record is signed. What was measured before the signature can be typed in; it stands outside what was signed."
)
WHATS: Final = (
    ("", "what"),
    ("screening", "screened, all no"),
    ("start", "start"),
    ("rate", "rate"),
    ("pause", "pause"),
    ("resume", "resume"),
    ("bolus", "bolus"),
    ("stop", "stop"),
    ("medication", "medicine"),
    ("adverse_event", "effect"),
    ("note", "note"),
)


def back_entry_page(view: SessionView, zone: tzinfo, person: Person) -> Component:
    """Return the page on which one session is typed in; the script puts the fields into the cells."""
    return html.Main(
        [
            html.Div(
                id=ids.BackEntry.PAGE,
                className="back-entry__page",
                **attributes({"data-markup": to_html(_page(view, zone))}),
            )
        ],
        className="back-entry",
        **attributes(
            {
                "data-back-entry": view.id,
                "data-session": view.id,
                "data-arrived": iso(view.arrived_at),
                "data-person": person.name,
                "data-columns": json.dumps(_columns(view)),
                "data-known": json.dumps([entry.id for entry in view.record.entries]),
                "data-whats": json.dumps(WHATS),
                "data-terms": json.dumps([term.label for term in TERMS]),
                "data-screening": json.dumps(dict.fromkeys(SCREENING, "no")),
            }
        ),
    )


def _columns(view: SessionView) -> list[dict[str, str]]:
    asked = [{"key": key, "label": BY_KEY[key].label} for key in asked_in(view.protocol)]
    return [*asked, {"key": "distress", "label": "Distressing, y or n"}]


def _page(view: SessionView, zone: tzinfo) -> list[Component]:
    signed = [html.P(CLOSED, className="back-entry__note")] if view.signed else []
    return [
        html.H1(f"From paper: chair {view.chair.name}, {view.patient.name}"),
        html.P(f"{identity_text(view)} · arrived {clock(view.arrived_at, zone)}", className="back-entry__who"),
        *signed,
        html.P(HOW, className="back-entry__note"),
        html.Div(className="back-entry__pending", **attributes({"data-pending": "", "data-testid": "pending-count"})),
        html.Div(_readings(view, zone), className="back-entry__scroll"),
        html.H2("Pump, medicines, effects, notes"),
        html.P(OTHER_HOW, className="back-entry__note"),
        html.Div(_others(view), className="back-entry__scroll"),
        html.P([html.A("Open the record", href=f"/session/{view.id}"), " · ", html.A("Paper forms", href="/paper")]),
    ]


# Readings.


def _readings(view: SessionView, zone: tzinfo) -> html.Table:
    heads: list[str | Component] = [
        "time",
        *(BY_KEY[key].short for key in asked_in(view.protocol)),
        "distress",
        unseen("saved"),
    ]
    rows = [*_charted(view, zone, len(heads)), *_wanted(view, zone)]
    rows.sort(key=lambda row: row[0])
    body = [row for _at, row in rows] + [_empty("reading", _last(rows, view), zone) for _ in range(SPARE)]
    return html.Table(
        [html.Thead(html.Tr([html.Th(head) for head in heads])), html.Tbody(body)],
        className="back-table",
        **attributes({"data-grid": "reading"}),
    )


def _wanted(view: SessionView, zone: tzinfo) -> Iterable[tuple[datetime, html.Tr]]:
    """Return a line for each set of the form that nobody has charted yet and whose time has come."""
    start, taken = start_of(view), [one.at for one in _readings_of(view)]
    for slot in slots(view.protocol, planned_minutes(view)):
        at = slot.at(start)
        if view.arrived_at <= at <= view.now and not any(abs(at - one) <= NEAR for one in taken):
            yield at, _line(slot, at, zone)


def _line(slot: Slot, at: datetime, zone: tzinfo) -> html.Tr:
    data = {
        "data-line": "reading",
        "data-at": iso(at),
        "data-clock": clock(at, zone),
        "data-asked": " ".join(slot.asked),
    }
    return html.Tr(className="back-line", **(marked("back-line") | attributes(data)))


def _charted(view: SessionView, zone: tzinfo, width: int) -> Iterable[tuple[datetime, html.Tr]]:
    for one in _readings_of(view):
        yield one.at, _said(one, zone, width)


def _readings_of(view: SessionView) -> list[Effective]:
    """Return the readings that are in the record, those that arrived after the signature included."""
    late = [one for one in view.arrived_after if one.kind == Reading.kind and not one.struck]
    return [*(one.effective for one in view.readings), *late]


def _said(one: Effective, zone: tzinfo, width: int) -> html.Tr:
    """Return a line that is in the record already, so that nobody types it twice."""
    words = told(one.written, zone)
    data = {"data-said": words, "data-width": str(width - 2)}
    return html.Tr(
        [html.Td(clock(one.at, zone)), html.Td("charted", className="back-line__charted")],
        className="back-line back-line--charted",
        **(marked("back-charted") | attributes(data)),
    )


def _empty(kind: str, at: datetime, zone: tzinfo) -> html.Tr:
    data = {"data-line": kind, "data-at": iso(at), "data-clock": clock(at, zone), "data-spare": ""}
    return html.Tr(className="back-line", **(marked(f"back-{kind}") | attributes(data)))


def _last(rows: Sequence[tuple[datetime, html.Tr]], view: SessionView) -> datetime:
    return rows[-1][0] if rows else min(view.now, view.arrived_at + MIN)


# The rest of the form.


def _others(view: SessionView) -> html.Table:
    heads = ("time", "what", "amount", "in words", unseen("saved"))
    body = [_empty("other", start_of(view), view.zone) for _ in range(SPARE)]
    return html.Table(
        [html.Thead(html.Tr([html.Th(head) for head in heads])), html.Tbody(body)],
        className="back-table back-table--others",
        **attributes({"data-grid": "other"}),
    )
