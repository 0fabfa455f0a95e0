"""The limits on the panel: bands and lines where they are in force, and words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from layouts.bands import Band, Edge, band_in_force
from layouts.panel_sheet import Lane, Sheet, trace, word
from layouts.theme import dim
from layouts.trend import Trace, held, stamp
from layouts.words import NO_BASELINE


def pressure_bands(sheet: Sheet) -> list[Trace]:
    """Return the high limits of the systolic as bands, the lines a bar should straddle, and the baseline."""
    lane = sheet.lane("bp")
    periods = _periods(sheet, "sbp")
    baseline = sheet.view.baseline.values.get("sbp") if sheet.view.baseline else None
    return [
        *_bands(lane, periods, high=True),
        _edge_line(lane, _split(sheet, "sbp"), "caution_low", "text-3", 1.2, dash="dot", name="SBP low"),
        _edge_line(lane, _apart_from_sbp(sheet), "caution_high", "text-3", 1.2, dash="1.5px,6px", name="DBP high"),
        _level(sheet, lane, baseline, name="baseline", line={"color": dim("text-2"), "dash": "7px,5px"}),
    ]


def rate_bands(sheet: Sheet) -> list[Trace]:
    """Return the limits of the heart rate on both sides of its own lane."""
    lane, periods = sheet.lane("hr"), _periods(sheet, "hr")
    return [*_bands(lane, periods, high=True), *_bands(lane, periods, high=False)]


_Period = tuple[str, str, Band]


def _split(sheet: Sheet, vital: str) -> list[_Period]:
    """Return the time before and after the start with the limits that are in force in each."""
    since, until, start = stamp(sheet.window.since), stamp(sheet.window.until), sheet.view.started_at
    before = band_in_force(sheet.view, vital, started=False)
    if start is None:
        return [(since, until, before)]
    return [(since, stamp(start), before), (stamp(start), until, band_in_force(sheet.view, vital, started=True))]


def _periods(sheet: Sheet, vital: str) -> list[_Period]:
    """Return the same in one piece where the start changes nothing."""
    split = _split(sheet, vital)
    return [(split[0][0], split[-1][1], split[0][2])] if split[0][2] == split[-1][2] else split


def _apart_from_sbp(sheet: Sheet) -> list[_Period]:
    """Return the limits of the diastolic without those that share the line of the systolic."""
    pairs = zip(_split(sheet, "sbp"), _split(sheet, "dbp"), strict=True)
    return [
        (since, until, Band() if _same(sbp.caution_low, dbp.caution_high) else dbp)
        for (since, until, sbp), (_, _, dbp) in pairs
    ]


def _same(one: Edge | None, other: Edge | None) -> bool:
    return one is not None and other is not None and one.value == other.value


_CRITICAL_HATCH: Final = {
    "shape": "/",
    "fgcolor": dim("critical-band"),
    "bgcolor": dim("critical-band"),
    "size": 8,
    "solidity": 0.3,
}


def _bands(lane: Lane, periods: Sequence[_Period], *, high: bool) -> list[Trace]:
    """Return amber and red of one side of a lane, each with the line where it begins."""
    side, width = "high" if high else "low", 2 if lane.key == "bp" else 1
    end = lane.high if high else lane.low
    caution, critical = _area(lane, f"caution {side}", "caution-band"), _area(lane, f"critical {side}", "critical-band")
    critical["fillpattern"] = _CRITICAL_HATCH
    for since, until, band in periods:
        amber = _on(lane, getattr(band, f"caution_{side}"), end)
        red = _on(lane, getattr(band, f"critical_{side}"), end)
        for area, inner, outer in ((caution, amber, red), (critical, red, end)):
            if (outer > inner) if high else (outer < inner):
                area["x"] += [None] * bool(area["x"]) + [since, until, until, since]
                area["y"] += [None] * bool(area["y"]) + [inner, inner, outer, outer]
    return [
        caution,
        critical,
        _edge_line(lane, periods, f"caution_{side}", "caution", 1.5, name=f"caution {side} limit"),
        _edge_line(lane, periods, f"critical_{side}", "critical", width, name=f"critical {side} limit"),
    ]


def _on(lane: Lane, edge: Edge | None, end: float) -> float:
    return end if edge is None else min(max(edge.value, lane.low), lane.high)


def _area(lane: Lane, name: str, colour: str) -> Trace:
    return {
        "name": name,
        "mode": "none",
        "yaxis": lane.axis,
        "x": [],
        "y": [],
        "fill": "toself",
        "fillcolor": dim(colour),
    }


def _edge_line(  # noqa: PLR0913  # which edge, where, and how it looks
    lane: Lane,
    periods: Sequence[_Period],
    edge: str,
    colour: str,
    width: float,
    *,
    name: str,
    dash: str | None = None,
) -> Trace:
    """Return one limit as a line that steps where another comes into force; none where it lies off the lane."""
    x: list[str | None] = []
    y: list[float | None] = []
    for since, until, band in periods:
        found: Edge | None = getattr(band, edge)
        inside = found is not None and lane.low < found.value < lane.high
        x += [since, until]
        y += [found.value, found.value] if found is not None and inside else [None, None]
    line: dict[str, Any] = {"color": dim(colour), "width": width}
    line |= {} if dash is None else {"dash": dash}
    drawn = any(value is not None for value in y)
    return trace(lane, name, "lines", x if drawn else [], y if drawn else []) | {"line": line}


def _level(sheet: Sheet, lane: Lane, value: float | None, *, name: str, line: dict[str, Any]) -> Trace:
    ends = [stamp(sheet.window.since), stamp(sheet.window.until)]
    x = [] if value is None else ends
    return trace(lane, name, "lines", x, [] if value is None else [held(value, "sbp")] * 2) | {
        "line": {"width": 1.5} | line
    }


def limit_words(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the limits in words, beside their lanes: those in force now."""
    pressure, rate = sheet.lane("bp"), sheet.lane("hr")
    sbp, dbp, hr = (_band_now(sheet, vital) for vital in ("sbp", "dbp", "hr"))
    words = [
        _limit(pressure, sbp.critical_high, "▲▲", "critical"),
        _limit(pressure, sbp.caution_high, "▲", "caution"),
        _limit(pressure, sbp.caution_low, "▼", "text-2", name="SBP ", low=True),
        _limit(pressure, dbp.caution_high, "▲", "text-2", name="DBP "),
    ]
    baseline = sheet.view.baseline.values.get("sbp") if sheet.view.baseline else None
    if baseline is not None:
        words.append((pressure.y(held(baseline, "sbp")), f"baseline {baseline:g}", "text-2"))
    elif sheet.view.started_at is not None:
        words.append((pressure.top + pressure.height / 2, NO_BASELINE, "text-2"))
    rates = [
        _limit(rate, hr.caution_high, "▲", "caution"),
        _limit(rate, hr.caution_low, "▼", "caution", low=True),
    ]
    return [
        word(
            f"<b>{text}</b>" if colour != "text-2" else text,
            xref="paper",
            x=1,
            xanchor="left",
            align="left",
            xshift=6,
            y=sheet.share(px),
            yanchor="middle",
            font={"color": dim(colour)},
        )
        for lane, group in ((pressure, words), (rate, rates))
        for px, text, colour in _spread([word for word in group if word], lane)
    ]


_Placed = tuple[float, str, str]


def _limit(  # noqa: PLR0913  # which edge, and how it is said
    lane: Lane, edge: Edge | None, arrow: str, colour: str, *, name: str = "", low: bool = False
) -> _Placed | None:
    if edge is None:
        return None
    value = min(max(edge.value, lane.low), lane.high)
    return lane.y(value), f"{name}{arrow} {edge.words(low=low)}", colour


_LINE: Final = 16


def _spread(words: Sequence[_Placed], lane: Lane) -> list[_Placed]:
    """Move words apart that would cover each other, each as little as possible, and keep them beside their lane."""
    placed = sorted(words, key=lambda word: word[0])
    spots = [word[0] for word in placed]
    for _ in range(len(spots) * 4):
        for n in range(len(spots) - 1):
            short = _LINE - (spots[n + 1] - spots[n])
            if short > 0:
                spots[n] -= short / 2
                spots[n + 1] += short / 2
    last = max(lane.bottom - _LINE / 2, lane.top + _LINE * (len(spots) - 0.5))
    for n in range(len(spots)):
        above = spots[n - 1] + _LINE if n else lane.top + _LINE / 2 - 2
        spots[n] = min(max(spots[n], above), last - _LINE * (len(spots) - 1 - n))
    return [(spot, text, colour) for spot, (_, text, colour) in zip(spots, placed, strict=True)]


def _band_now(sheet: Sheet, vital: str) -> Band:
    return band_in_force(sheet.view, vital, started=sheet.view.started_at is not None)
