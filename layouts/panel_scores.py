"""Scores and further vitals on the panel: one digit in a cell, hatched where it was not done."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from layouts.panel_sheet import Lane, Sheet, trace
from layouts.theme import dim
from layouts.trend import Shape, Trace, charted, ink, packed, stamp
from models.rules import Severity
from models.vitals import BY_KEY, PRESSURE, Vital


def digit_lanes(sheet: Sheet) -> list[Lane]:
    """Return the lanes that hold digits in cells."""
    return [lane for lane in sheet.lanes if lane.key in BY_KEY and lane.key != "hr"]


def digits(sheet: Sheet, lane: Lane) -> list[Trace]:
    """Return the charted values of one lane, each digit in its cell."""
    vital, pairs = BY_KEY[lane.key], charted(sheet.view, lane.key)
    if not pairs:
        return []
    severities = [one.severity_of(vital.key) for one, _ in pairs]
    fills = [_fill(vital, value, severity) for (_, value), severity in zip(pairs, severities, strict=True)]
    widths = [2 if severity else 4 for severity in severities]
    outlines = [ink(severity) if severity else fill for severity, fill in zip(severities, fills, strict=True)]
    return [
        trace(lane, vital.short, "markers+text", [stamp(one.at) for one, _ in pairs], [0.5] * len(pairs))
        | {
            "uid": f"digits{vital.key}",
            "text": [f"{value:g}" for _, value in pairs],
            "textfont": {
                "size": packed([_digit_size(lane, value) for _, value in pairs]),
                "weight": 600,
                "color": packed([_digit_ink(severity) for severity in severities]),
            },
            "marker": {
                "symbol": "square",
                "size": packed([lane.height - 3 - width for width in widths]),
                "opacity": 1,
                "color": packed(fills),
                "line": {
                    "color": packed(outlines),
                    "width": packed(widths),
                },
            },
            "cliponaxis": False,
        }
    ]


def _digit_ink(severity: Severity) -> str:
    return dim("on-fill") if severity is Severity.CRITICAL else ink(severity)


def _digit_size(lane: Lane, value: float) -> int:
    """Return a size at which the number stays in its cell: a score has one digit, most other vitals two."""
    return (14 if value < 10 else 12) - (lane.height < _ROOMY)  # noqa: PLR2004  # two digits


_ROOMY: Final = 22


def _fill(vital: Vital, value: float, severity: Severity) -> str:
    """Return the surface of a cell: greyer with the score, amber outlined, red filled."""
    if severity is Severity.CRITICAL:
        return dim("critical-fill")
    if severity is Severity.CAUTION:
        return dim("caution-bg")
    if not vital.is_score:
        return dim("raised")
    span = vital.axis.high - vital.axis.low
    share = (value - vital.axis.low) / span
    worse = 1 - share if vital.lower_is_worse else share
    return dim("raised" if worse == 0 else "line" if worse < _MODERATE else "hatch")


_MODERATE: Final = 0.4


def not_done(sheet: Sheet) -> list[Shape]:
    """Return a hatched cell for each vital that was left undone with a reason."""
    found = []
    for one in sheet.view.readings:
        assert one.reading is not None  # noqa: S101  # that is what readings are
        for lane in sheet.lanes:
            keys = PRESSURE if lane.key == "bp" else (lane.key,)
            if all(one.reading.undone(key) for key in keys):
                half = min(lane.height - 5, 19) // 2
                middle = (lane.low + lane.high) / 2 if lane.key in BY_KEY else lane.low + 16
                found.append(_hatched_cell(one.at, lane, middle, half))
    return found


def _hatched_cell(at: datetime, lane: Lane, middle: float, half: int) -> Shape:
    h = half
    frame = f"M{-h},{-h}H{h}V{h}H{-h}Z"
    strokes = f"M{-h},0L0,{-h}M{-h},{h}L{h},{-h}M0,{h}L{h},0"
    return {
        "type": "path",
        "path": frame + strokes,
        "yref": lane.axis,
        "xsizemode": "pixel",
        "ysizemode": "pixel",
        "xanchor": stamp(at),
        "yanchor": middle,
        "line": {"color": dim("text-3"), "width": 1},
    }
