"""Pressures and heart rate on the panel: carets joined by a bar, dots joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from layouts.panel_sheet import Lane, Sheet, trace
from layouts.theme import dim
from layouts.trend import Trace, charted, hatched, held, ink, late_stretch, packed, stamp, with_pressure
from models.entries import Reading
from models.session import Judged, SessionView
from models.vitals import PRESSURE


def late(sheet: Sheet) -> list[Trace]:
    """Hatch what nobody knows about: from the last complete set to now, once the next one is late."""
    stretch = late_stretch(sheet.view)
    if stretch is None:
        return []
    since, until = stretch[0], min(stretch[1], sheet.window.until)
    x = [stamp(since), stamp(since), stamp(until), stamp(until)]
    lanes = [lane for lane in sheet.lanes if lane.key not in {"events", "due"}]
    return [
        hatched(x, [lane.low, lane.high, lane.high, lane.low], name="late") | {"yaxis": lane.axis} for lane in lanes
    ]


def last_infusion(sheet: Sheet, last: SessionView | None) -> list[Trace]:
    """Return the systolic pressures of the infusion before, laid on this one's start."""
    start = sheet.view.started_at
    if last is None or last.started_at is None or start is None:
        return []
    moved = [(start + (one.at - last.started_at), sbp) for one, sbp, _ in with_pressure(last)]
    shown = [(at, sbp) for at, sbp in moved if at in sheet.window]
    lane = sheet.lane("bp")
    return [
        trace(lane, "last infusion", "lines", [stamp(at) for at, _ in shown], [held(sbp, "sbp") for _, sbp in shown])
        | {"line": {"color": dim("ghost"), "width": 1.5, "dash": "1.5px,3.5px"}}
    ]


def pressures(sheet: Sheet) -> list[Trace]:
    """Return bars and carets, the last set heavier, a set that was typed later with a broken bar."""
    lane = sheet.lane("bp")
    sets = with_pressure(sheet.view)
    if not sets:
        return _ghosts(sheet, lane, PRESSURE)
    last = sets[-1][0]
    bars = [(one, sbp, dbp) for one, sbp, dbp in sets if dbp is not None]
    timely = [bar for bar in bars if not bar[0].entry.late and bar[0] is not last]
    late = [bar for bar in bars if bar[0].entry.late]
    newest = [bar for bar in bars if bar[0] is last and not bar[0].entry.late]
    return [
        _bars(lane, timely, "BP", {"color": dim("text-3"), "width": 2}),
        _bars(lane, late, "BP typed later", {"color": dim("text-3"), "width": 2, "dash": "3px,3px"}),
        _bars(lane, newest, "BP last", {"color": dim("text"), "width": 3}),
        _late_tails(sheet, lane, sets),
        *_ghosts(sheet, lane, PRESSURE),
        _carets(lane, "SBP", [(one, "sbp", sbp) for one, sbp, _ in sets], last),
        _carets(lane, "DBP", [(one, "dbp", dbp) for one, _, dbp in bars], last),
    ]


def _late_tails(sheet: Sheet, lane: Lane, sets: Sequence[tuple[Judged, float, float | None]]) -> Trace:
    """Return a dotted tail from each set that was typed later to the moment it was typed, or to the edge."""
    x: list[str | None] = []
    y: list[float | None] = []
    for one, sbp, _ in sets:
        if one.entry.late and one.at in sheet.window:
            x += [stamp(one.at), stamp(min(one.entry.recorded_at, sheet.window.until)), None]
            y += [held(sbp, "sbp")] * 2 + [None]
    return trace(lane, "measured to typed", "lines+markers", x[:-1], y[:-1]) | {
        "line": {"color": dim("text-3"), "width": 1.5, "dash": "1.5px,3.5px"},
        "marker": {
            "symbol": "line-ns-open",
            "size": [0, 8, 0] * len(sets),
            "color": dim("text-3"),
            "line": {"width": 2},
        },
    }


def _bars(lane: Lane, bars: Sequence[tuple[Judged, float, float]], name: str, line: dict[str, Any]) -> Trace:
    x: list[str | None] = []
    y: list[float | None] = []
    for one, sbp, dbp in bars:
        x += [stamp(one.at), stamp(one.at), None]
        y += [held(sbp, "sbp"), held(dbp, "dbp"), None]
    return trace(lane, name, "lines", x[:-1], y[:-1]) | {"line": line}


def _carets(lane: Lane, name: str, points: Sequence[tuple[Judged, str, float]], last: Judged) -> Trace:
    """Return the carets of one pressure, tip on the value; one out of range is filled.

    The stylesheet breaks the stroke of the symbol into an open caret, found by ``uid``.
    """
    severities = [one.severity_of(vital) for one, vital, _ in points]
    colours = [ink(severity) for severity in severities]
    return trace(
        lane,
        name,
        "markers",
        [stamp(one.at) for one, _, _ in points],
        [held(value, vital) for _, vital, value in points],
    ) | {
        "uid": f"caret{name.lower()}",
        "marker": {
            "symbol": packed(["arrow-wide" if severity else "arrow-wide-open" for severity in severities]),
            "angle": 180 if name == "SBP" else 0,
            "size": 10,
            "opacity": 1,
            "color": packed(colours),
            "line": {"color": packed(colours), "width": [3 if one is last else 2.2 for one, _, _ in points]},
        },
        "cliponaxis": False,
    }


def _ghosts(sheet: Sheet, lane: Lane, vitals: Sequence[str]) -> list[Trace]:
    """Return a small cross where a value stood that was corrected or struck."""
    found = [
        (one.entry.measured_at, held(value, vital))
        for one in sheet.view.effective
        if isinstance(one.entry.content, Reading) and one.corrected_by is not None
        for vital in vitals
        if (value := one.entry.content.values.get(vital)) is not None
        and (one.struck or _replaced(one.written.content, one.at, one.entry.measured_at, vital, value))
    ]
    shown = [(at, value) for at, value in found if at in sheet.window]
    return [
        trace(lane, "corrected", "markers", [stamp(at) for at, _ in shown], [value for _, value in shown])
        | {
            "marker": {
                "symbol": "x-thin-open",
                "size": 7,
                "opacity": 1,
                "color": dim("ghost"),
                "line": {"color": dim("ghost"), "width": 1.5},
            },
            "cliponaxis": False,
        }
    ]


def _replaced(new: object, at: datetime, was_at: datetime, vital: str, value: float) -> bool:
    return not isinstance(new, Reading) or new.values.get(vital) != value or at != was_at


def heart_rate(sheet: Sheet) -> list[Trace]:
    """Return the heart rate as dots on a line, the last one larger."""
    lane, pairs = sheet.lane("hr"), charted(sheet.view, "hr")
    if not pairs:
        return _ghosts(sheet, lane, ("hr",))
    colours = [ink(one.severity_of("hr"), "hr") for one, _ in pairs]
    sizes = [7.0] * (len(pairs) - 1) + [9.0]
    dots = trace(
        lane,
        "HR",
        "lines+markers",
        [stamp(one.at) for one, _ in pairs],
        [held(value, "hr") for _, value in pairs],
    ) | {
        "line": {"color": dim("hr"), "width": 1.5},
        "marker": {"size": sizes, "opacity": 1, "color": packed(colours), "line": {"width": 0}},
        "cliponaxis": False,
    }
    return [*_ghosts(sheet, lane, ("hr",)), dots]
