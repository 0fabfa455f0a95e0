"""Paper forms: one sheet a chair, pre-timed, for charting while nothing else works; black on white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.markup import to_html
from layouts.record_words import day_text
from layouts.ticking import Properties, marked
from layouts.words import SILENT
from models.clinic import ChairNow
from models.moments import clock
from models.paper import USUAL_MIN, Slot, asked_in, planned_minutes, slots, start_of
from models.protocol import Limits, Protocol
from models.rules import Stage
from models.session import SessionView
from models.terms import SCREENING
from models.vitals import BY_KEY, CHARTED, PRESSURE, Vital

SPARE_LINES: Final = 2
OTHER_LINES: Final = 8
WHAT_TO_DO: Final = (
    "Print these before they are needed and keep them in a drawer, one for each chair. When charting works again, "
    "type them in: every line is stored at the time written on paper and marked as typed late."
)
OTHERS: Final = (
    "Start, change of rate, pause, resume, bolus, stop · medicine with dose and route · effect with its end · note"
)
NOT_A_TIME: Final = "is not a time: give the start like 14:05, or leave it empty."
_STAGES: Final = {Stage.BEFORE: "before", Stage.INFUSION: "infusion", Stage.RECOVERY: "recovery"}
_BLANKS: Final = (
    ("Name", "wide"),
    ("Born", ""),
    ("Record no.", ""),
    ("Weight, kg", "short"),
    ("Planned dose, mg", ""),
    ("over, min", "short"),
    ("Allergies", "wide"),
    ("Date", ""),
    ("Arrived", "short"),
    ("Start", "short"),
    ("Stop", "short"),
)


@dataclass(frozen=True, slots=True)
class PaperWish:
    """Which sheets are wanted: of one chair or all, from which start (none: blank times), how long, for whom."""

    chair: str | None = None
    start: datetime | None = None
    minutes: int | None = None
    blank: bool = False
    wrong: str = ""


def paper_page(board: Sequence[ChairNow], protocol: Protocol, wish: PaperWish, zone: tzinfo) -> Component:
    """Return the page that prints the sheets and leads to typing them in."""
    shown = [one for one in board if wish.chair in {None, one.chair.name}]
    sheets = [sheet(one, protocol, wish, zone) for one in shown]
    return html.Main(
        [
            html.Div(
                [html.H1("Paper forms"), html.P(WHAT_TO_DO), _wishes(board, wish, zone), _back(board, zone)],
                className="paper-head",
            ),
            html.Div(id=ids.PaperPage.SHEETS, className="paper-sheets", **attributes({"data-markup": to_html(sheets)})),
        ],
        className="paper",
    )


# What is wanted.


def _wishes(board: Sequence[ChairNow], wish: PaperWish, zone: tzinfo) -> Component:
    at = "" if wish.start is None else clock(wish.start, zone)
    rooms = [("", "all chairs"), *((one.chair.name, f"chair {one.chair.name}") for one in board)]
    chosen = [html.Option(words, value=value, selected=value == (wish.chair or "")) for value, words in rooms]
    filled = [
        html.Option("with the patient", value=""),
        html.Option("without a name", value="1", selected=wish.blank),
    ]
    return html.Form(
        [
            html.Label(["For ", html.Select(chosen, name="chair", className="paper-input")]),
            html.Label(["Start ", _input("start", ids.PaperPage.START, at, "hh:mm")]),
            html.Label(["Minutes ", _input("minutes", ids.PaperPage.MINUTES, str(wish.minutes or ""), "as planned")]),
            html.Label(["Filled in ", html.Select(filled, name="blank", className="paper-input")]),
            html.Button("Show", type="submit", className="button"),
            html.Button("Print", type="button", className="button button--strong", **_print()),
            html.P(f"{wish.wrong} {NOT_A_TIME}" if wish.wrong else "", className="paper-wrong", role="alert"),
        ],
        method="get",
        action="/paper",
        className="paper-wishes",
    )


def _input(name: str, component: str, value: str, hint: str) -> Component:
    return dcc.Input(id=component, name=name, value=value, type="text", placeholder=hint, autoComplete="off")


def _print() -> Properties:
    return attributes({"data-paper": "print", "data-testid": "paper-print"})


def _back(board: Sequence[ChairNow], zone: tzinfo) -> Component:
    lines = [html.Li(_back_link(one, zone)) for one in board]
    return html.Details(
        [html.Summary("Type in from paper", className="button"), html.Ul(lines, className="paper-back")],
        **marked("paper-back"),
    )


def _back_link(one: ChairNow, zone: tzinfo) -> list[Component | str]:
    chair = f"Chair {one.chair.name}: "
    if one.view is None:
        seat = html.A("seat the patient first", href=f"/chair/{quote(one.chair.name)}")
        return [chair, seat, ", arrived by the clock as on paper (up to 24 hours back)"]
    words = f"{one.view.patient.name}, arrived {clock(one.view.arrived_at, zone)}"
    return [chair, html.A(words, href=f"/back-entry/{one.view.id}")]


# A sheet.

_TYPED: Final = (("Typed in, date and time", "wide"), ("by", "wide"))


def sheet(one: ChairNow, protocol: Protocol, wish: PaperWish, zone: tzinfo) -> html.Section:
    """Return the sheet of one chair; filled in with what is known unless it is wanted blank."""
    view = None if wish.blank else one.view
    pinned = view.protocol if view else protocol
    minutes = wish.minutes or (planned_minutes(view) if view else USUAL_MIN)
    start = wish.start or (start_of(view) if view else None)
    return html.Section(
        [
            _top(one.chair.name, view, zone),
            _screening() if view is None or view.screening is None else None,
            _readings(slots(pinned, minutes), asked_in(pinned), start, zone),
            html.P(_scales(asked_in(pinned)), className="paper-sheet__small"),
            html.P(f"Call the clinician: {_critical(pinned)}", className="paper-sheet__small paper-sheet__critical"),
            _others(),
            html.Div([_blank(label, "", size) for label, size in _TYPED], className="paper-sheet__who"),
        ],
        className="paper-sheet",
        **marked("paper-sheet"),
    )


def _top(chair: str, view: SessionView | None, zone: tzinfo) -> html.Div:
    title = html.H2([html.B(f"Chair {chair}"), " Ketamine infusion, charted on paper"], className="paper-sheet__title")
    if view is None:
        blanks = [_blank(label, "", size) for label, size in _BLANKS]
        return html.Div([title, html.Div(blanks, className="paper-sheet__who")])
    patient = view.patient
    known = {
        "Name": patient.name,
        "Born": f"{patient.born.day} {patient.born:%b %Y}",
        "Record no.": patient.mrn,
        "Weight, kg": f"{view.opening.weight_kg:g}",
        "Planned dose, mg": f"{view.opening.plan.dose_mg:g}",
        "over, min": f"{view.opening.plan.duration_min:g}",
        "Date": day_text(view.arrived_at, zone).partition(" ")[2],
        "Arrived": clock(view.arrived_at, zone),
        "Start": clock(view.started_at, zone) if view.started_at else "",
    }
    blanks = [_blank(label, known.get(label, ""), size) for label, size in _BLANKS]
    return html.Div([title, html.Div(blanks, className="paper-sheet__who")])


def _blank(label: str, known: str, size: str) -> html.Span:
    look = f"paper-sheet__blank paper-sheet__blank--{size}" if size else "paper-sheet__blank"
    return html.Span([html.Small(label), html.B(known)], className=look)


def _screening() -> html.P:
    asked = [html.Span(f"{words} □ no □ yes", className="paper-sheet__asked") for words in SCREENING.values()]
    return html.P([html.B("Screening "), *asked], className="paper-sheet__small")


def _readings(found: Sequence[Slot], asked: Sequence[str], start: datetime | None, zone: tzinfo) -> html.Table:
    heads = ["min", "time", "BP mmHg", *(_head(BY_KEY[key]) for key in asked if key not in PRESSURE), "distress", "by"]
    rows = [_line(slot, asked, start, zone) for slot in found]
    rows += [html.Tr([html.Td() for _ in heads], className="paper-sheet__line") for _ in range(SPARE_LINES)]
    return html.Table(
        [html.Thead(html.Tr([html.Th(head) for head in heads])), html.Tbody(rows)], className="paper-sheet__table"
    )


def _head(vital: Vital) -> str:
    if vital.is_score:
        return f"{vital.short} {vital.digits[0]}–{vital.digits[-1]}"
    return f"{vital.short} {vital.unit}"


def _line(slot: Slot, asked: Sequence[str], start: datetime | None, zone: tzinfo) -> html.Tr:
    minute = f"{'+' if slot.minute > 0 else '−'}{abs(slot.minute)}"
    at = "" if start is None else clock(slot.at(start), zone)
    cells = [html.Td("" if key in slot.asked else SILENT) for key in asked if key not in PRESSURE]
    return html.Tr(
        [
            html.Td([minute, html.Small(f" {_STAGES[slot.stage]}")], className="paper-sheet__minute"),
            html.Td(at, className="paper-sheet__time"),
            html.Td("/", className="paper-sheet__bp"),
            *cells,
            html.Td("no / yes", className="paper-sheet__choice"),
            html.Td(),
        ],
        className=f"paper-sheet__line paper-sheet__line--{_STAGES[slot.stage]}",
    )


def _scales(asked: Sequence[str]) -> str:
    return " · ".join(f"{BY_KEY[key].short}: {_words(BY_KEY[key])}" for key in asked if BY_KEY[key].is_score)


def _words(vital: Vital) -> str:
    spans = (f"{one.low:g}" if one.low == one.high else f"{one.low:g}–{one.high:g}" for one in vital.words)
    return ", ".join(f"{span} {one.text}" for span, one in zip(spans, vital.words, strict=True))


def _critical(protocol: Protocol) -> str:
    """Return the critical limits, which on paper nobody else watches."""
    told = [_beyond(vital, protocol.limits_of(vital.key)) for vital in CHARTED]
    red = "any red sign (chest pain, breathless, focal deficit, seizure, syncope, apnoea, anaphylaxis)"
    gate = f"before the start SBP ≥ {protocol.gate.sbp_critical} or DBP ≥ {protocol.gate.dbp_critical}"
    return "; ".join([*filter(None, told), gate, red])


def _beyond(vital: Vital, limits: Limits) -> str:
    low = "" if limits.critical_low is None else f"≤ {limits.critical_low:g}"
    high = "" if limits.critical_high is None else f"≥ {limits.critical_high:g}"
    both = " or ".join(filter(None, (low, high)))
    return f"{vital.short} {both}" if both else ""


def _others() -> html.Table:
    heads = ("time", "what", "amount, unit, route", "in words", "by")
    rows = [html.Tr([html.Td() for _ in heads], className="paper-sheet__line") for _ in range(OTHER_LINES)]
    title = html.Tr([html.Th(head) for head in heads])
    return html.Table(
        [html.Caption(OTHERS), html.Thead(title), html.Tbody(rows)],
        className="paper-sheet__table paper-sheet__table--others",
    )
