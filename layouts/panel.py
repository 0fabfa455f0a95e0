"""The large trend as a page shows it: legend, graph, and the same facts as a table for those who listen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Final

import orjson
from dash import html
from dash.development.base_component import Component

from layouts.ids import PANEL_BOX, PANEL_LEGEND, PANEL_TABLE
from layouts.marks import Mark, marks
from layouts.panel_figure import panel_figure
from layouts.panel_sheet import more_vitals
from layouts.trend import with_pressure
from layouts.words import arrows, is_low
from models.corrections import Effective
from models.entries import Correction, Reading
from models.moments import clock
from models.rules import Flag, Severity
from models.session import Judged, SessionView
from models.vitals import BY_KEY, CHARTED

__all__ = ["panel", "panel_changes", "panel_figure", "panel_legend", "panel_table"]

_MARKED: Final[dict[str, Any]] = {"data-testid": "trend-panel", "data-fades": ""}
NEWEST: Final = 6
"""How many numbered marks the legend at the chair tells; the table has them all."""


def panel(
    view: SessionView, zone: tzinfo, graph_id: str, *, record: bool = False, last_time: SessionView | None = None
) -> Component:
    """Return the panel: what the marks mean, the graph, and a table of the same for screen readers.

    The graph is an empty element that carries its figure; ``assets/plain.js`` draws it once the words are there.
    """
    figure: dict[str, Any] = {
        "data-figure": orjson.dumps(panel_figure(view, zone, record=record, last_time=last_time)).decode()
    }
    graph = html.Div(id=graph_id, className="trend__graph", **figure)
    return html.Div(
        [
            html.Div(
                _legend(view, zone, record=record, last_time=last_time),
                id=PANEL_LEGEND.of(graph_id),
                className="trend__legend",
            ),
            html.Div(graph, id=PANEL_BOX.of(graph_id), className=_box_class(view, record=record)),
            html.Div(_table(view, zone), id=PANEL_TABLE.of(graph_id), className="visually-hidden"),
        ],
        className="trend",
        **_MARKED,
    )


def panel_changes(
    view: SessionView, zone: tzinfo, graph_id: str, *, record: bool = False, last_time: SessionView | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Return what a change sets on an open page beside the figure: legend, table and height."""
    return [
        (PANEL_LEGEND.of(graph_id), {"children": _legend(view, zone, record=record, last_time=last_time)}),
        (PANEL_BOX.of(graph_id), {"className": _box_class(view, record=record)}),
        (PANEL_TABLE.of(graph_id), {"children": _table(view, zone)}),
    ]


def panel_legend(view: SessionView, zone: tzinfo, *, record: bool = False) -> Component:
    """Return the legend alone: the marks in words, then the numbered actions and events."""
    return html.Div(_legend(view, zone, record=record), className="trend__legend")


def panel_table(view: SessionView, zone: tzinfo) -> Component:
    """Return the table alone, as those see it who listen to the page."""
    return html.Div(_table(view, zone), className="visually-hidden")


def _box_class(view: SessionView, *, record: bool) -> str:
    """Return the class that gives the graph its height, and says which end a narrow screen shows first."""
    more = len(more_vitals(view, record=record))
    newest = " trend__box--newest" if view.pump.stopped_at else ""
    return f"trend__box trend__box--{'record' if record else 'chair'} trend__box--more-{more}{newest}"


# The legend.


def _legend(view: SessionView, zone: tzinfo, *, record: bool, last_time: SessionView | None = None) -> list[Component]:
    found = marks(view)
    earlier = () if record else found[:-NEWEST]
    told = [_told(mark, zone) for mark in found[len(earlier) :]]
    more = [html.Span(f"{len(earlier)} earlier", className="trend__more")] if earlier else []
    keys = [_key(name, words) for name, words in _keys(view, last_time, record=record)]
    return [html.Span(keys, className="trend__keys"), html.Span([*more, *told], className="trend__marks")]


def _keys(view: SessionView, last_time: SessionView | None, *, record: bool) -> Iterable[tuple[str, str]]:
    yield from (("sbp", "SBP"), ("dbp", "DBP"), ("hr", "HR"))
    if view.baseline and "sbp" in view.baseline.values:
        yield "baseline", "baseline"
    if last_time is not None and last_time.started_at is not None and view.started_at is not None:
        yield "last", "last infusion"
    if record and view.pump.pauses:
        yield "paused", "paused"
    if any(one.entry.late for one, _, _ in with_pressure(view)):
        yield "late", "typed later"
    if any(one.kind == "reading" and one.corrected_by for one in view.effective):
        yield "corrected", "corrected"


def _key(name: str, words: str) -> Component:
    return html.Span([html.I(className=f"trend__sign trend__sign--{name}"), words], className="trend__key")


def _told(mark: Mark, zone: tzinfo) -> Component:
    kind = "event" if mark.event else "action"
    state = " trend__mark--open" if mark.open else ""
    return html.Span(
        [html.B(str(mark.number), className=f"trend__number trend__number--{kind}"), mark.text],
        className=f"trend__mark{state}",
        title=clock(mark.at, zone),
    )


# The table.


def _table(view: SessionView, zone: tzinfo) -> Component:
    heads = ("Measured", "BP mmHg", "HR /min", "Scores and more", "Remarks")
    rows = [_row(one, view, zone) for one in view.readings]
    rows += [_struck_row(one, zone) for one in view.effective if one.struck and one.kind == "reading"]
    rows += [_mark_row(mark, view, zone) for mark in marks(view)]
    return html.Table(
        [
            html.Caption("Readings, infusion and adverse events of this session"),
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody(rows),
        ]
    )


def _row(one: Judged, view: SessionView, zone: tzinfo) -> Component:
    assert one.reading is not None  # noqa: S101  # rows are made of readings
    values = one.reading.values
    pressure = _pressure_text(one)
    rate = _value_text(one, "hr") if "hr" in values else _undone_text(one.reading, "hr")
    others = [_other_text(one, vital.key) for vital in CHARTED if vital.key not in {"sbp", "dbp", "hr"}]
    cells = (pressure, rate, ", ".join(text for text in others if text), _remarks(one, zone))
    return html.Tr([html.Th(_when(view, one, zone), scope="row"), *(html.Td(cell) for cell in cells)])


def _when(view: SessionView, one: Judged | Mark, zone: tzinfo) -> str:
    minute = view.minute(one.at)
    return clock(one.at, zone) if minute is None else f"min {round(minute)}, {clock(one.at, zone)}".replace("-", "−")


def _pressure_text(one: Judged) -> str:
    assert one.reading is not None  # noqa: S101  # rows are made of readings
    values = one.reading.values
    if "sbp" not in values:
        return _undone_text(one.reading, "sbp")
    below = f"{values['dbp']:g}" if "dbp" in values else "not done"
    worst = max(one.severity_of("sbp"), one.severity_of("dbp"))
    return f"{values['sbp']:g}/{below}{_severity_text(worst)}"


def _value_text(one: Judged, vital: str) -> str:
    assert one.reading is not None  # noqa: S101  # rows are made of readings
    return f"{one.reading.values[vital]:g}{_severity_text(one.severity_of(vital))}"


def _severity_text(severity: Severity) -> str:
    return f", {severity.word}" if severity else ""


def _other_text(one: Judged, vital: str) -> str:
    assert one.reading is not None  # noqa: S101  # rows are made of readings
    name = BY_KEY[vital].short
    if vital in one.reading.values:
        return f"{name} {_value_text(one, vital)}"
    undone = _undone_text(one.reading, vital)
    return f"{name} {undone}" if undone else ""


def _undone_text(reading: Reading, vital: str) -> str:
    reason = (reading.not_done or {}).get(vital) or ("resting" if reading.undone(vital) else "")
    return f"not done, {reason}" if reason else ""


def _remarks(one: Judged, zone: tzinfo) -> str:
    said = [_flag_text(flag) for flag in one.flags]
    if one.entry.late:
        said.append(f"Late entry, typed {clock(one.entry.recorded_at, zone)}")
    if one.effective.corrected_by is not None:
        said.append(f"{_corrected_text(one.effective, zone)}; was {_was(one.effective)}")
    return ". ".join(said)


def _flag_text(flag: Flag) -> str:
    return f"{arrows(flag.severity, low=is_low(flag))} {flag.sentence}"


def _corrected_text(one: Effective, zone: tzinfo) -> str:
    by = one.corrected_by
    reason = by.content.reason if by is not None and isinstance(by.content, Correction) else ""
    verb = "Entered in error, struck" if one.struck else "Corrected"
    return f"{verb} {clock(by.recorded_at, zone)}, {by.author}: {reason}" if by is not None else verb


def _was(one: Effective) -> str:
    content = one.entry.content
    values = content.values if isinstance(content, Reading) else {}
    return ", ".join(f"{BY_KEY[key].short} {value:g}" for key, value in values.items())


def _struck_row(one: Effective, zone: tzinfo) -> Component:
    text = f"{_corrected_text(one, zone)}; was {_was(one)}"
    return html.Tr([html.Th(clock(one.at, zone), scope="row"), html.Td(text, colSpan=4)])


def _mark_row(mark: Mark, view: SessionView, zone: tzinfo) -> Component:
    kind = "adverse event" if mark.event else "infusion"
    return html.Tr(
        [html.Th(_when(view, mark, zone), scope="row"), html.Td(f"{mark.number}, {kind}: {mark.text}", colSpan=4)]
    )
