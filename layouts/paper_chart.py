"""The chart of a session for paper: what is drawn, as plain numbers; minutes count from the start of the infusion."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Final

from layouts.bands import Edge, band_in_force
from layouts.marks import marks
from models.moments import MIN, clock, minutes_between
from models.session import Judged, SessionView
from models.vitals import BY_KEY

Json = dict[str, Any]
SCORES: Final = ("dissociation", "nausea")
_STEPS: Final = ((90, 10), (210, 15), (400, 30))
_LONG_STEP: Final = 60


def paper_chart(view: SessionView, zone: tzinfo) -> Json | None:
    """Return the chart, or nothing where nothing was measured."""
    if not view.readings:
        return None
    zero = view.started_at or view.arrived_at
    since, until = _window(view)
    return {
        "since": minutes_between(zero, since),
        "until": minutes_between(zero, until),
        "ticks": _ticks(view, zone, zero, since, until),
        "axes": {key: [BY_KEY[key].axis.low, BY_KEY[key].axis.high] for key in ("sbp", "hr")},
        "limits": _limits(view),
        "baseline": view.baseline.values.get("sbp") if view.baseline else None,
        "readings": [_reading(one, zero) for one in view.readings],
        "rates": _rates(view, zero),
        "marks": [
            {"x": minutes_between(zero, one.at), "number": one.number, "text": one.text, "event": one.event}
            for one in marks(view)
        ],
    }


def _window(view: SessionView) -> tuple[datetime, datetime]:
    """Return what the chart covers: everything that is drawn on it, with some air."""
    moments = [one.at for one in view.readings] + [one.at for one in marks(view)]
    for one in view.pump.segments:
        moments += [one.since, one.until or view.dosed_until]
    return min(moments) - 3 * MIN, max(moments) + 3 * MIN


def _ticks(view: SessionView, zone: tzinfo, zero: datetime, since: datetime, until: datetime) -> list[Json]:
    length = minutes_between(since, until)
    step = next((wide for most, wide in _STEPS if length <= most), _LONG_STEP)
    first = -int(minutes_between(since, zero) // step)
    found = []
    for minute in range(first * step, int(minutes_between(zero, until)) + 1, step):
        told = f"{minute}".replace("-", "−") if view.started_at is not None else ""
        found.append({"x": minute, "minute": told, "clock": clock(zero + minute * MIN, zone)})
    return found


def _limits(view: SessionView) -> list[Json]:
    """Return the limits of the systolic in force at the end, in words."""
    band = band_in_force(view, "sbp", started=view.started_at is not None)
    edges: list[tuple[Edge | None, str, bool]] = [
        (band.critical_high, "▲▲", False),
        (band.caution_high, "▲", False),
        (band.caution_low, "▼", True),
    ]
    return [
        {"y": edge.value, "text": f"{sign} {edge.words(low=low)}", "critical": sign == "▲▲"}
        for edge, sign, low in edges
        if edge is not None
    ]


def _reading(one: Judged, zero: datetime) -> Json:
    values = one.reading.values if one.reading else {}
    told: Json = {"x": minutes_between(zero, one.at)}
    for key in ("sbp", "dbp", "hr", *SCORES):
        if key in values:
            told[key] = {"value": values[key], "severity": one.severity_of(key).word}
    return told


def _rates(view: SessionView, zero: datetime) -> list[Json]:
    return [
        {
            "since": minutes_between(zero, one.since),
            "until": minutes_between(zero, one.until or view.dosed_until),
            "rate": float(one.rate_mg_h),
        }
        for one in view.pump.segments
    ]
