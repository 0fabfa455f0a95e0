"""The large panel of one session, in the manner of an anaesthesia chart: one time axis under a lane for each thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from layouts.bands import Band, Edge, band_in_force
from layouts.marks import Mark, marks
from layouts.theme import dim
from layouts.trend import (
    Figure,
    Shape,
    Trace,
    Window,
    charted,
    hatched,
    held,
    ink,
    late_stretch,
    stamp,
    window,
    with_pressure,
)
from models.entries import Reading
from models.infusion import PumpState, Segment
from models.moments import MIN, clock, minutes_between
from models.rules import Severity, Stage
from models.session import Judged, SessionView
from models.vitals import BY_KEY, CHARTED, PRESSURE, Vital

LEFT: Final = 60
RIGHT: Final = 112
ABOVE: Final = 24
BELOW: Final = 36
NOMINAL: Final = 600
"""Pixels of the time axis on the tablet: what is too close to be told apart there is thinned or stacked."""
SHORT: Final = {"dissociation": "Dissoc."}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How high the lanes are, in pixels."""

    pressure: int
    rate: int
    score: int
    events: int
    due: int = 14


CHAIR: Final = Sizes(pressure=160, rate=44, score=24, events=46)
RECORD: Final = Sizes(pressure=136, rate=34, score=20, events=42)


@dataclass(frozen=True, slots=True)
class Lane:
    """One strip of the panel: where it lies (pixels from the top of the first lane) and the numbers it spans."""

    key: str
    axis: str
    top: int
    height: int
    low: float
    high: float

    @property
    def bottom(self) -> int:
        """Return where it ends."""
        return self.top + self.height

    def y(self, value: float) -> float:
        """Return how many pixels below the top of the first lane a value lies."""
        return self.bottom - (value - self.low) / (self.high - self.low) * self.height


@dataclass(frozen=True, slots=True)
class Sheet:
    """A view on paper: its window, its lanes and how many pixels a minute has."""

    view: SessionView
    zone: tzinfo
    sizes: Sizes
    window: Window
    lanes: tuple[Lane, ...]

    @property
    def height(self) -> int:
        """Return the pixels from the top of the first lane to the end of the last."""
        return self.lanes[-1].bottom

    @property
    def minute_px(self) -> float:
        """Return the pixels of a minute at the nominal width."""
        return NOMINAL / self.window.minutes

    def lane(self, key: str) -> Lane:
        """Return the lane of a vital, of the events or of the checks."""
        return next(lane for lane in self.lanes if lane.key == key)

    def px(self, moment: datetime) -> float:
        """Return the pixels from the left edge at the nominal width."""
        return minutes_between(self.window.since, moment) * self.minute_px


def panel_figure(
    view: SessionView, zone: tzinfo, *, record: bool = False, last_time: SessionView | None = None
) -> Figure:
    """Draw the panel of a session.

    Args:
        view: the session.
        zone: the clinic's time zone, for the clock under the axis.
        record: the smaller lanes of the record page.
        last_time: the infusion before, drawn as faint dots where there was one.

    Returns:
        A figure as plain data; its x axes are dates in UTC, so that a minute is as wide everywhere.
    """
    sheet = _sheet(view, zone, record=record)
    data = [
        *_late(sheet),
        *_pressure_bands(sheet),
        *_rate_bands(sheet),
        *_last_time(sheet, last_time),
        *_pressures(sheet),
        *_heart_rate(sheet),
        *(trace for lane in _digit_lanes(sheet) for trace in _digits(sheet, lane)),
        *_dose(sheet),
        *_numbered(sheet),
        *_checks(sheet),
    ]
    return {"data": [trace for trace in data if trace["x"]], "layout": _layout(sheet)}


def panel_height(view: SessionView, *, record: bool = False) -> int:
    """Return the height of the figure in pixels."""
    return ABOVE + _sheet(view, view.zone, record=record).height + BELOW


def more_vitals(view: SessionView, *, record: bool = False) -> tuple[Vital, ...]:
    """Return the vitals beyond the core that get a lane: on the record all that were charted.

    At the chair, where the form needs the room, only those of which a value was out of range.
    """
    beyond = (vital for vital in CHARTED if not vital.core)
    return tuple(vital for vital in beyond if _wanted(view, vital.key, record=record))


def _wanted(view: SessionView, vital: str, *, record: bool) -> bool:
    pairs = charted(view, vital)
    return bool(pairs) and (record or any(one.severity_of(vital) for one, _ in pairs))


# The sheet: lanes and axes.


def _sheet(view: SessionView, zone: tzinfo, *, record: bool) -> Sheet:
    sizes = RECORD if record else CHAIR
    scores = [vital for vital in CHARTED if vital.core and vital.is_score]
    digit_lanes = [*scores, *more_vitals(view, record=record)]
    pressure, rate = BY_KEY["sbp"].axis, BY_KEY["hr"].axis
    wanted: list[tuple[str, int, int, float, float]] = [
        ("bp", 0, sizes.pressure, pressure.low, pressure.high),
        ("hr", 10, sizes.rate, rate.low, rate.high),
        *((vital.key, 8 if n == 0 else 4, sizes.score, 0, 1) for n, vital in enumerate(digit_lanes)),
        ("events", 8, sizes.events, 0, _peak(view) / _DOSE_SHARE),
        ("due", 0, sizes.due, 0, 1),
    ]
    lanes: list[Lane] = []
    for number, (key, gap, height, low, high) in enumerate(wanted, 1):
        top = gap + (lanes[-1].bottom if lanes else 0)
        lanes.append(Lane(key, "y" if number == 1 else f"y{number}", top, height, low, high))
    return Sheet(view, zone, sizes, window(view), tuple(lanes))


_DOSE_SHARE: Final = 0.5
"""How much of the events lane the highest rate fills; the numbers stand above it."""


def _peak(view: SessionView) -> float:
    rates = [float(segment.rate_mg_h) for segment in view.pump.segments]
    return max([*rates, view.opening.plan.rate_mg_h, 1.0])


def _layout(sheet: Sheet) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "height": ABOVE + sheet.height + BELOW,
        "margin": {"l": LEFT, "r": RIGHT, "t": ABOVE, "b": BELOW, "pad": 0},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": dim("plot"),
        "showlegend": False,
        "hovermode": False,
        "font": {"family": "Inter, sans-serif", "size": 13, "color": dim("text-2")},
        "template": {"layout": {"annotationdefaults": {"showarrow": False, "xref": "x", "yref": "paper"}}},
        "xaxis": _time_axis(sheet),
        "shapes": _time_lines(sheet) + _not_done(sheet),
        "annotations": [
            *_lane_names(sheet),
            *_time_words(sheet),
            *_limit_words(sheet),
            *_pressure_numbers(sheet),
            *_rate_numbers(sheet),
        ],
    }
    for lane in sheet.lanes:
        layout[lane.axis.replace("y", "yaxis")] = _lane_axis(sheet, lane)
    return layout


def _lane_axis(sheet: Sheet, lane: Lane) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "range": [lane.low, lane.high],
        "domain": [_share(sheet, lane.bottom), _share(sheet, lane.top)],
        "fixedrange": True,
        "zeroline": False,
        "showgrid": False,
        "showticklabels": False,
    }
    if lane.key != "bp":
        return axis
    ticks = {"tickvals": [60, 100, 140, 180], "gridcolor": dim("raised")}
    return axis | ticks | {"showgrid": True, "showticklabels": True, "tickcolor": dim("plot")}


def _share(sheet: Sheet, px: float) -> float:
    """Return pixels below the top of the first lane as the share of paper that lies below them."""
    return round(1 - px / sheet.height, 5)


def _time_axis(sheet: Sheet) -> dict[str, Any]:
    zero = sheet.view.started_at or sheet.window.since
    step, fine = _steps(sheet.window.minutes)
    coarse = list(_ticks(sheet, zero, step))
    return {
        "type": "date",
        "range": [stamp(sheet.window.since), stamp(sheet.window.until)],
        "anchor": sheet.lanes[-1].axis,
        "tickvals": [stamp(moment) for moment in coarse],
        "ticktext": [_tick_text(sheet, moment) for moment in coarse],
        "tickangle": 0,
        "showgrid": True,
        "gridcolor": dim("line"),
        "zeroline": False,
        "fixedrange": True,
        "minor": {
            "tickvals": [stamp(moment) for moment in _ticks(sheet, zero, fine) if moment not in coarse],
            "showgrid": True,
            "gridcolor": dim("raised"),
        },
    }


def _steps(minutes: float) -> tuple[int, int]:
    """Return the minutes between labelled lines and between fine ones."""
    return next((steps for most, steps in _STEPS if minutes <= most), (120, 60))


_STEPS: Final = ((160, (15, 5)), (300, (30, 15)), (600, (60, 30)))


def _ticks(sheet: Sheet, zero: datetime, step: int) -> Iterable[datetime]:
    """Return the moments of a grid that begins at ``zero``, within the window."""
    back = int(minutes_between(sheet.window.since, zero) // step)
    moment = zero - back * step * MIN
    while moment <= sheet.window.until:
        yield moment
        moment += step * MIN


def _tick_text(sheet: Sheet, moment: datetime) -> str:
    """Return minutes over clock time; before the start there is only the clock."""
    time = clock(moment, sheet.zone)
    minute = sheet.view.minute(moment)
    return time if minute is None else f"<b>{_signed(round(minute))}</b><br>{time}"


def _signed(number: int) -> str:
    return f"−{-number}" if number < 0 else str(number)


# Words in the gutters and above.


def _word(text: str, **where: object) -> dict[str, Any]:
    return {"text": text} | where


def _lane_names(sheet: Sheet) -> list[dict[str, Any]]:
    names = {"hr": "HR", "events": "mg/h"}
    named = [(lane, names.get(lane.key) or _short(lane.key)) for lane in sheet.lanes[1:-1]]
    gutter = {"xref": "paper", "x": 0, "xanchor": "left", "xshift": -LEFT + 6}
    found = [
        _word(name, y=_share(sheet, lane.top + lane.height / 2), yanchor="middle", **gutter) for lane, name in named
    ]
    unit = _word("BP mmHg", y=1, yanchor="bottom", yshift=4, **gutter)
    minutes = [] if sheet.view.started_at is None else [_word("min", y=0, yanchor="top", yshift=-2, **gutter)]
    return [unit, *found, *minutes]


def _short(vital: str) -> str:
    return SHORT.get(vital, BY_KEY[vital].short)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment that gets a line through all lanes and a word above it."""

    at: datetime
    text: str
    colour: str
    dash: str | None = None


def _moments(sheet: Sheet) -> list[_Moment]:
    """Return the moments with a line, the most important first."""
    view = sheet.view
    found = []
    if view.stage is not Stage.CLOSED:
        minute = view.minute(view.now)
        text = "now" if minute is None else f"now, min {_signed(int(minute))}"
        found.append(_Moment(view.now, text, "accent"))
    if view.pump.stopped_at is not None:
        stopped = view.pump.stopped_at
        found.append(_Moment(stopped, f"stop {clock(stopped, sheet.zone)}", "text-2", "dash"))
    elif view.planned_end is not None:
        found.append(_Moment(view.planned_end, "planned end", "text-2", "dash"))
    if view.started_at is not None and sheet.sizes is RECORD:
        found.append(_Moment(view.started_at, f"start {clock(view.started_at, sheet.zone)}", "text-2", "dash"))
    return found


def _time_lines(sheet: Sheet) -> list[Shape]:
    return [
        {
            "type": "line",
            "yref": "paper",
            "x0": stamp(moment.at),
            "x1": stamp(moment.at),
            "y0": _share(sheet, sheet.lane("events").bottom),
            "y1": 1,
            "line": {
                "color": dim(moment.colour),
                "width": 1.5 if moment.dash else 2,
                "dash": moment.dash or "solid",
            },
        }
        for moment in _moments(sheet)
        if moment.at in sheet.window
    ]


def _time_words(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the words above the lines; two that would collide lean away from each other."""
    words = []
    moments = _moments(sheet)
    for moment in moments:
        near = [other for other in moments if other is not moment and abs(_apart(sheet, moment, other)) < _ROOM]
        anchor = "center"
        if near:
            anchor = "right" if all(_apart(sheet, moment, other) < 0 for other in near) else "left"
        at, text = moment.at, moment.text
        if at > sheet.window.until:
            at, anchor, text = sheet.window.until, "right", f"{text} ▸"
        words.append(
            _word(
                f"<b>{text}</b>" if moment.colour == "accent" else text,
                x=stamp(at),
                y=1,
                xanchor=anchor,
                yanchor="bottom",
                yshift=4,
                font={"color": dim(moment.colour)},
            )
        )
    return words


_ROOM: Final = 90


def _apart(sheet: Sheet, one: _Moment, other: _Moment) -> float:
    apart = sheet.px(one.at) - sheet.px(other.at)
    return apart or (-1.0 if one.colour == "accent" else 1.0)


def _limit_words(sheet: Sheet) -> list[dict[str, Any]]:
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
    rates = [
        _limit(rate, hr.caution_high, "▲", "caution"),
        _limit(rate, hr.caution_low, "▼", "caution", low=True),
    ]
    return [
        _word(
            f"<b>{text}</b>" if colour != "text-2" else text,
            xref="paper",
            x=1,
            xanchor="left",
            xshift=6,
            y=_share(sheet, px),
            yanchor="middle",
            font={"color": dim(colour)},
        )
        for lane, group in ((pressure, words), (rate, rates))
        for px, text, colour in _spread([word for word in group if word], lane)
    ]


_Placed = tuple[float, str, str]


def _limit(
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


# Limits as bands and lines: what counted when, so the gate ends where the infusion starts.


def _periods(sheet: Sheet, vital: str) -> list[tuple[str, str, Band]]:
    """Return the stretches of the window with the limits that are in force in them."""
    since, until, start = sheet.window.since, sheet.window.until, sheet.view.started_at
    before = band_in_force(sheet.view, vital, started=False)
    if start is None:
        return [(stamp(since), stamp(until), before)]
    after = band_in_force(sheet.view, vital, started=True)
    if after == before:
        return [(stamp(since), stamp(until), after)]
    return [(stamp(since), stamp(start), before), (stamp(start), stamp(until), after)]


def _pressure_bands(sheet: Sheet) -> list[Trace]:
    lane = sheet.lane("bp")
    periods = _periods(sheet, "sbp")
    baseline = sheet.view.baseline.values.get("sbp") if sheet.view.baseline else None
    straddle = [
        _edge_line(lane, periods, "caution_low", "text-3", 1.2, dash="dot", name="SBP low"),
        _edge_line(lane, _periods(sheet, "dbp"), "caution_high", "text-3", 1.2, dash="dot", name="DBP high"),
    ]
    if straddle[0]["y"] == straddle[1]["y"]:
        straddle.pop()
    return [
        *_bands(lane, periods, high=True),
        *straddle,
        _level(sheet, lane, baseline, name="baseline", line={"color": dim("text-2"), "dash": "7px,5px"}),
    ]


def _rate_bands(sheet: Sheet) -> list[Trace]:
    lane, periods = sheet.lane("hr"), _periods(sheet, "hr")
    return [*_bands(lane, periods, high=True), *_bands(lane, periods, high=False)]


def _bands(lane: Lane, periods: Sequence[tuple[str, str, Band]], *, high: bool) -> list[Trace]:
    """Return amber and red of one side of a lane, each with the line where it begins."""
    side = "high" if high else "low"
    end = lane.high if high else lane.low
    caution, critical = _area(lane, f"caution {side}", "caution-band"), _area(lane, f"critical {side}", "critical-band")
    critical["fillpattern"] = {
        "shape": "/",
        "fgcolor": dim("critical-band"),
        "bgcolor": dim("critical-band"),
        "size": 8,
        "solidity": 0.35,
    }
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
        _edge_line(lane, periods, f"critical_{side}", "critical", 2, name=f"critical {side} limit"),
    ]


def _on(lane: Lane, edge: Edge | None, end: float) -> float:
    return end if edge is None else min(max(edge.value, lane.low), lane.high)


def _area(lane: Lane, name: str, colour: str) -> Trace:
    return {
        "type": "scatter",
        "name": name,
        "mode": "none",
        "yaxis": lane.axis,
        "x": [],
        "y": [],
        "fill": "toself",
        "fillcolor": dim(colour),
        "hoverinfo": "skip",
    }


def _edge_line(  # noqa: PLR0913  # which edge, where, and how it looks
    lane: Lane,
    periods: Sequence[tuple[str, str, Band]],
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
    return _plain(lane, name, "lines", x if drawn else [], y if drawn else []) | {"line": line}


def _level(sheet: Sheet, lane: Lane, value: float | None, *, name: str, line: dict[str, Any]) -> Trace:
    ends = [stamp(sheet.window.since), stamp(sheet.window.until)]
    x = [] if value is None else ends
    return _plain(lane, name, "lines", x, [] if value is None else [held(value, "sbp")] * 2) | {
        "line": {"width": 1.5} | line
    }


def _plain(lane: Lane, name: str, mode: str, x: Sequence[str | None], y: Sequence[float | None]) -> Trace:
    """Return the parts that every trace has."""
    return {
        "type": "scatter",
        "name": name,
        "mode": mode,
        "yaxis": lane.axis,
        "x": list(x),
        "y": list(y),
        "hoverinfo": "skip",
    }


def _late(sheet: Sheet) -> list[Trace]:
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


def _last_time(sheet: Sheet, last: SessionView | None) -> list[Trace]:
    """Return the systolic pressures of the infusion before, laid on this one's start."""
    start = sheet.view.started_at
    if last is None or last.started_at is None or start is None:
        return []
    moved = [(start + (one.at - last.started_at), sbp) for one, sbp, _ in with_pressure(last)]
    shown = [(at, sbp) for at, sbp in moved if at in sheet.window]
    lane = sheet.lane("bp")
    return [
        _plain(lane, "last infusion", "lines", [stamp(at) for at, _ in shown], [held(sbp, "sbp") for _, sbp in shown])
        | {"line": {"color": dim("ghost"), "width": 1.5, "dash": "1.5px,3.5px"}}
    ]


# Pressures and heart rate.


def _pressures(sheet: Sheet) -> list[Trace]:
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
        *_ghosts(sheet, lane, PRESSURE),
        _carets(lane, "SBP", [(one, "sbp", sbp) for one, sbp, _ in sets], last),
        _carets(lane, "DBP", [(one, "dbp", dbp) for one, _, dbp in bars], last),
    ]


def _bars(lane: Lane, bars: Sequence[tuple[Judged, float, float]], name: str, line: dict[str, Any]) -> Trace:
    x: list[str | None] = []
    y: list[float | None] = []
    for one, sbp, dbp in bars:
        x += [stamp(one.at), stamp(one.at), None]
        y += [held(sbp, "sbp"), held(dbp, "dbp"), None]
    return _plain(lane, name, "lines", x[:-1], y[:-1]) | {"line": line}


def _carets(lane: Lane, name: str, points: Sequence[tuple[Judged, str, float]], last: Judged) -> Trace:
    """Return the carets of one pressure, tip on the value; one out of range is filled.

    The stylesheet breaks the stroke of the symbol into an open caret, found by ``uid``.
    """
    severities = [one.severity_of(vital) for one, vital, _ in points]
    colours = [ink(severity) for severity in severities]
    return _plain(
        lane,
        name,
        "markers",
        [stamp(one.at) for one, _, _ in points],
        [held(value, vital) for _, vital, value in points],
    ) | {
        "uid": f"caret{name.lower()}",
        "marker": {
            "symbol": ["arrow-wide" if severity else "arrow-wide-open" for severity in severities],
            "angle": 180 if name == "SBP" else 0,
            "size": 10,
            "opacity": 1,
            "color": colours,
            "line": {"color": colours, "width": [3 if one is last else 2.2 for one, _, _ in points]},
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
        _plain(lane, "corrected", "markers", [stamp(at) for at, _ in shown], [value for _, value in shown])
        | {
            "marker": {
                "symbol": "x-thin-open",
                "size": 7,
                "opacity": 1,
                "color": dim("ghost"),
                "line": {"color": dim("ghost"), "width": 1.5},
            },
        }
    ]


def _replaced(new: object, at: datetime, was_at: datetime, vital: str, value: float) -> bool:
    return not isinstance(new, Reading) or new.values.get(vital) != value or at != was_at


def _heart_rate(sheet: Sheet) -> list[Trace]:
    lane, pairs = sheet.lane("hr"), charted(sheet.view, "hr")
    if not pairs:
        return _ghosts(sheet, lane, ("hr",))
    colours = [ink(one.severity_of("hr"), "hr") for one, _ in pairs]
    sizes = [7.0] * (len(pairs) - 1) + [9.0]
    dots = _plain(
        lane,
        "HR",
        "lines+markers",
        [stamp(one.at) for one, _ in pairs],
        [held(value, "hr") for _, value in pairs],
    ) | {
        "line": {"color": dim("hr"), "width": 1.5},
        "marker": {"size": sizes, "opacity": 1, "color": colours, "line": {"width": 0}},
        "cliponaxis": False,
    }
    return [*_ghosts(sheet, lane, ("hr",)), dots]


@dataclass(frozen=True, slots=True)
class _Number:
    """A value that is written beside its mark; ``rank`` decides who gives way where two would collide."""

    at: datetime
    value: float
    severity: Severity
    px: float
    shift: int
    rank: tuple[bool, int, float]
    plain: str = "text"


_NUMBER: Final = (30, 17)
"""Width and height of a three-digit number in its box, in pixels."""


def _pressure_numbers(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the numbers of the last set and of every pressure out of range, as far as they fit side by side."""
    sets = with_pressure(sheet.view)
    lane = sheet.lane("bp")
    found = []
    for one, sbp, dbp in sets:
        last = one is sets[-1][0]
        for vital, value in (("sbp", sbp), ("dbp", dbp)):
            severity = one.severity_of(vital)
            if value is not None and (last or severity):
                rank = (last, int(severity), abs(value - 100))
                px = lane.y(held(value, vital))
                shift = _beside(lane, px, above=vital == "sbp")
                found.append(_Number(one.at, value, severity, px, shift, rank))
    return [_number(sheet, one) for one in _fitting(sheet, found)]


def _beside(lane: Lane, px: float, *, above: bool) -> int:
    """Return how far above (positive) its value a number stands: outside the caret, inside where there is no room."""
    outside, inside = 17, 12
    if above:
        return outside if px - lane.top > outside + _NUMBER[1] / 2 - 4 else -inside
    return -outside if lane.bottom - px > outside + _NUMBER[1] / 2 - 4 else inside


def _rate_numbers(sheet: Sheet) -> list[dict[str, Any]]:
    pairs = charted(sheet.view, "hr")
    lane = sheet.lane("hr")
    found = []
    for one, value in pairs:
        last, severity = one is pairs[-1][0], one.severity_of("hr")
        if last or severity:
            px = lane.y(held(value, "hr"))
            shift = 13 if px - lane.top > _NUMBER[1] else -13
            found.append(_Number(one.at, value, severity, px, shift, (last, int(severity), value), "hr"))
    return [_number(sheet, one) for one in _fitting(sheet, found)]


def _fitting(sheet: Sheet, numbers: Sequence[_Number]) -> list[_Number]:
    """Return the numbers that can be written without covering a more important one."""
    kept: list[_Number] = []
    width, height = _NUMBER
    for one in sorted(numbers, key=lambda number: number.rank, reverse=True):
        if all(
            abs(sheet.px(one.at) - sheet.px(other.at)) >= width
            or abs((one.px - one.shift) - (other.px - other.shift)) >= height
            for other in kept
        ):
            kept.append(one)
    return sorted(kept, key=lambda number: (number.at, number.px))


def _number(sheet: Sheet, one: _Number) -> dict[str, Any]:
    critical = one.severity is Severity.CRITICAL
    return _word(
        f"<b>{one.value:g}</b>",
        x=stamp(one.at),
        y=_share(sheet, one.px),
        yanchor="middle",
        yshift=one.shift,
        font={"color": dim("on-fill") if critical else ink(one.severity, one.plain), "size": 14},
        bgcolor=dim("critical-fill" if critical else "plot"),
        borderpad=1,
    )


# Scores and further vitals: the digit in a cell.


def _digit_lanes(sheet: Sheet) -> list[Lane]:
    return [lane for lane in sheet.lanes if lane.key in BY_KEY and lane.key != "hr"]


def _digits(sheet: Sheet, lane: Lane) -> list[Trace]:
    vital, pairs = BY_KEY[lane.key], charted(sheet.view, lane.key)
    if not pairs:
        return []
    severities = [one.severity_of(vital.key) for one, _ in pairs]
    fills = [_fill(vital, value, severity) for (_, value), severity in zip(pairs, severities, strict=True)]
    outlines = [
        ink(severity) if severity is Severity.CAUTION else fill
        for severity, fill in zip(severities, fills, strict=True)
    ]
    return [
        _plain(lane, vital.short, "markers+text", [stamp(one.at) for one, _ in pairs], [0.5] * len(pairs))
        | {
            "uid": f"digits{vital.key}",
            "text": [f"<b>{value:g}</b>" for _, value in pairs],
            "textfont": {
                "size": 14,
                "color": [
                    dim("on-fill") if severity is Severity.CRITICAL else ink(severity) for severity in severities
                ],
            },
            "marker": {
                "symbol": "square",
                "size": lane.height - 5,
                "opacity": 1,
                "color": fills,
                "line": {"color": outlines, "width": 2},
            },
            "cliponaxis": False,
        }
    ]


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


def _not_done(sheet: Sheet) -> list[Shape]:
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


# Dose, numbered marks and checks.


def _dose(sheet: Sheet) -> list[Trace]:
    lane = sheet.lane("events")
    return [
        *_pauses(sheet, lane),
        _steps_of_rate(sheet, lane),
        *_beyond_plan(sheet, lane),
        _rate_words(sheet, lane),
        _planned_rate(sheet, lane),
    ]


def _ended(sheet: Sheet, segment: Segment) -> datetime:
    until = segment.until or sheet.view.now
    return min(max(until, segment.since), sheet.window.until)


def _steps_of_rate(sheet: Sheet, lane: Lane) -> Trace:
    """Return the charted rate as a stepped area, in mg/h."""
    x: list[str] = []
    y: list[float] = []
    open_until: datetime | None = None
    for segment in sheet.view.pump.segments:
        rate, until = float(segment.rate_mg_h), _ended(sheet, segment)
        if open_until is not None and open_until < segment.since:
            x, y = [*x, stamp(open_until), stamp(segment.since)], [*y, 0, 0]
        if open_until is None:
            x, y = [stamp(segment.since)], [0]
        x, y = [*x, stamp(segment.since), stamp(until)], [*y, rate, rate]
        open_until = until
    if open_until is not None:
        x, y = [*x, stamp(open_until)], [*y, 0]
    return _plain(lane, "mg/h", "lines", x, y) | {
        "line": {"color": dim("text-2"), "width": 1.5},
        "fill": "tozeroy",
        "fillcolor": dim("line"),
    }


def _rate_words(sheet: Sheet, lane: Lane) -> Trace:
    """Return the number of mg/h in each step that is wide enough for it; the last one always has its number."""
    segments = sheet.view.pump.segments
    wide = [
        segment
        for n, segment in enumerate(segments, 1)
        if n == len(segments) or sheet.px(_ended(sheet, segment)) - sheet.px(segment.since) >= _NUMBER[0]
    ]
    return _plain(lane, "rates", "text", [stamp(one.since) for one in wide], [0] * len(wide)) | {
        "text": [f" <b>{one.rate_mg_h:g}</b>" for one in wide],
        "textposition": "top right",
        "textfont": {"color": dim("text"), "size": 12},
        "cliponaxis": False,
    }


def _planned_rate(sheet: Sheet, lane: Lane) -> Trace:
    """Return the running rate as dashes to the planned end."""
    view, end = sheet.view, sheet.view.planned_end
    rate = float(view.pump.rate)
    going = view.pump.state is PumpState.RUNNING and end is not None and end > view.now
    x = [stamp(view.now), stamp(end), stamp(end)] if going and end is not None else []
    return _plain(lane, "planned", "lines", x, [rate, rate, 0] if x else []) | {
        "line": {"color": dim("text-3"), "width": 1.5, "dash": "4px,4px"}
    }


def _pauses(sheet: Sheet, lane: Lane) -> list[Trace]:
    return [
        _hatched_dose(sheet, lane, since, until or sheet.view.now, name="paused")
        for since, until in sheet.view.pump.pauses
    ]


def _beyond_plan(sheet: Sheet, lane: Lane) -> list[Trace]:
    """Hatch what is charted as running past the planned end: nobody has said that it does."""
    end = sheet.view.planned_end
    if not sheet.view.stop_not_charted or end is None or end >= sheet.view.now:
        return []
    return [_hatched_dose(sheet, lane, end, sheet.view.now, name="stop not charted")]


def _hatched_dose(sheet: Sheet, lane: Lane, since: datetime, until: datetime, *, name: str) -> Trace:
    end = min(until, sheet.window.until)
    top = lane.high * _DOSE_SHARE
    x = [stamp(since), stamp(since), stamp(end), stamp(end)]
    return hatched(x, [0, top, top, 0], name=name, colour="edge") | {"yaxis": lane.axis}


def _numbered(sheet: Sheet) -> list[Trace]:
    lane = sheet.lane("events")
    placed = _stacked(sheet, [mark for mark in marks(sheet.view) if mark.at <= sheet.window.until])
    return [_badges(sheet, lane, placed, event=False), _badges(sheet, lane, placed, event=True)]


def _stacked(sheet: Sheet, found: Sequence[Mark]) -> list[tuple[Mark, int]]:
    """Give each mark a row, 0 the upper one: the lower one where the upper is taken by a neighbour."""
    taken = [-99.0, -99.0]
    placed = []
    for mark in found:
        px = sheet.px(max(mark.at, sheet.window.since))
        row = 0 if px - taken[0] >= _BADGE + 2 or taken[0] < taken[1] else 1
        taken[row] = px
        placed.append((mark, row))
    return placed


_BADGE: Final = 17


def _badges(sheet: Sheet, lane: Lane, placed: Sequence[tuple[Mark, int]], *, event: bool) -> Trace:
    chosen = [(mark, row) for mark, row in placed if mark.event is event]
    rows = (1 - (_BADGE / 2 + 2) / lane.height, 1 - (_BADGE * 1.5 + 3) / lane.height)
    look: dict[str, Any] = {"size": _BADGE, "opacity": 1}
    if event:
        look |= {"symbol": "square", "color": dim("text"), "line": {"color": dim("text"), "width": 1}}
    else:
        look |= {"symbol": "circle", "color": dim("plot"), "line": {"color": dim("text-2"), "width": 1.5}}
    return _plain(
        lane,
        "adverse events" if event else "infusion",
        "markers+text",
        [stamp(max(mark.at, sheet.window.since)) for mark, _ in chosen],
        [lane.high * rows[row] for _, row in chosen],
    ) | {
        "uid": "marksevent" if event else "marksaction",
        "text": [f"<b>{mark.number}</b>" for mark, _ in chosen],
        "textfont": {"color": dim("plot" if event else "text"), "size": 12},
        "marker": look,
        "cliponaxis": False,
    }


def _checks(sheet: Sheet) -> list[Trace]:
    """Return a solid tick for each complete set and an open one for each check to come."""
    done = [one.at for one in sheet.view.readings if one.complete]
    coming = [at for at in _coming(sheet) if at in sheet.window]
    first = ink(sheet.view.due.severity, "text-2")
    colours = [first] + [dim("text-3")] * (len(coming) - 1)
    return [
        _ticks_of(sheet, "checks done", done, "triangle-up", dim("text-2")),
        _ticks_of(sheet, "checks due", coming, "triangle-up-open", colours if coming else []),
    ]


def _ticks_of(sheet: Sheet, name: str, at: Sequence[datetime], symbol: str, colour: str | list[str]) -> Trace:
    lane = sheet.lane("due")
    return _plain(lane, name, "markers", [stamp(moment) for moment in at], [0.5] * len(at)) | {
        "marker": {
            "symbol": symbol,
            "size": 9,
            "opacity": 1,
            "color": colour,
            "line": {"width": 1.5, "color": colour},
        },
    }


def _coming(sheet: Sheet) -> list[datetime]:
    """Return the next check and those that follow it to the end of the window, should each be done on time."""
    view = sheet.view
    if view.due.at is None:
        return []
    found = [view.due.at]
    intervals = view.protocol.intervals
    minutes = {Stage.INFUSION: intervals.infusion, Stage.PAUSED: intervals.infusion, Stage.RECOVERY: intervals.recovery}
    step: timedelta | None = minutes[view.stage] * MIN if view.stage in minutes else None
    end = view.planned_end if view.stage is Stage.INFUSION else sheet.window.until
    while step is not None and end is not None and max(found[-1], view.now) + step <= end:
        found.append(max(found[-1], view.now) + step)
    return found
