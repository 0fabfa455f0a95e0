"""What every trend shares (time, window, colours by severity), and the small trend of a card on the board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from layouts.bands import Band, Edge, band_in_force
from layouts.theme import dim
from models.moments import MIN, minutes_between
from models.rules import Severity, Stage
from models.session import Judged, SessionView
from models.vitals import BY_KEY, PRESSURE

Figure = dict[str, Any]
Trace = dict[str, Any]
Shape = dict[str, Any]
Minute = Callable[[datetime], float]

AFTER_LAST: Final = 90
"""Minutes of silence that are still drawn to scale; a session left open longer does not squeeze its readings."""


def stamp(moment: datetime) -> str:
    """Return a moment for a date axis: UTC, so that a change of the clocks bends nothing."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return text.removesuffix(":00")


def ink(severity: Severity, plain: str = "text") -> str:
    """Return the colour of a value by how it was judged."""
    return dim({Severity.CAUTION: "caution", Severity.CRITICAL: "critical"}.get(severity, plain))


def held(value: float, vital: str) -> float:
    """Return where a value sits on its axis: one outside stays at the edge, and its number tells."""
    axis = BY_KEY[vital].axis
    return min(max(value, axis.low), axis.high)


def packed(values: list[Any]) -> Any:  # noqa: ANN401  # whatever a marker has one of for each point
    """Return one value for all points where they are alike: figures travel, and lists are long."""
    return values[0] if values and all(value == values[0] for value in values) else values


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time a trend shows."""

    since: datetime
    until: datetime

    @property
    def minutes(self) -> float:
        """Return its length in minutes."""
        return minutes_between(self.since, self.until)

    def __contains__(self, moment: datetime) -> bool:
        """Say whether a moment lies in it."""
        return self.since <= moment <= self.until


def window(view: SessionView) -> Window:
    """Return the stretch to show: everything charted, what is planned, and a margin on both sides."""
    charted = [one.at for one in view.readings] + [action.at for action in view.pump.actions]
    charted += [event.onset_at for event in view.events if event.onset_at >= view.arrived_at]
    if view.started_at is None:
        return _window_before(view, charted)
    first = min([view.started_at - 7 * MIN, *charted])
    ends = [moment + 5 * MIN for moment in charted]
    ends += [_present(view, charted)] if view.stage is not Stage.CLOSED else []
    if view.planned_end is not None and view.pump.stopped_at is None:
        ends.append(view.planned_end + 10 * MIN)
    return Window(first - 3 * MIN, max(ends))


def _window_before(view: SessionView, charted: Sequence[datetime]) -> Window:
    since = min([view.arrived_at, *charted])
    ends = [since + 30 * MIN, *(moment + 10 * MIN for moment in charted)]
    if view.stage is not Stage.CLOSED:
        ends.append(_present(view, [since, *charted]))
    return Window(since - 3 * MIN, max(ends))


def _present(view: SessionView, charted: Sequence[datetime]) -> datetime:
    """Return how far the present reaches: now and the next check, but not hours after the last entry."""
    ends = [view.now + 10 * MIN]
    if view.due.at is not None:
        ends.append(view.due.at + 3 * MIN)
    return min(max(ends), max([*charted]) + AFTER_LAST * MIN)


def late_stretch(view: SessionView) -> tuple[datetime, datetime] | None:
    """Return the time nobody knows about, from the last complete set to now, once the next one is late."""
    if not view.due.severity:
        return None
    last = view.last_set
    since = last.at if last else (view.started_at or view.arrived_at)
    return (since, view.now) if since < view.now else None


def with_pressure(view: SessionView) -> list[tuple[Judged, float, float | None]]:
    """Return the readings that hold a systolic pressure, with it and the diastolic (``None`` after a palpation)."""
    found = []
    for one in view.readings:
        values = one.reading.values if one.reading else {}
        if "sbp" in values:
            found.append((one, values["sbp"], values.get("dbp")))
    return found


def charted(view: SessionView, vital: str) -> list[tuple[Judged, float]]:
    """Return the readings that hold a value of ``vital``, in order of their moments."""
    pairs = ((one, one.reading.values.get(vital)) for one in view.readings if one.reading)
    return [(one, value) for one, value in pairs if value is not None]


def empty_figure(height: int) -> Figure:
    """Return what stands where a trend will be drawn: nothing, in the right size."""
    hidden = {"visible": False, "fixedrange": True}
    return {"data": [], "layout": _bare(height) | {"xaxis": hidden, "yaxis": hidden}}


def _bare(height: int | None) -> dict[str, Any]:
    bare: dict[str, Any] = {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "showlegend": False,
        "hovermode": False,
    }
    return bare if height is None else bare | {"height": height}


# The card: pressures above, heart rate below, one bar for the time. No words, so it costs little and reads at 3 m.

_HR_ROOM: Final = (0.1, 0.34)
_BP_ROOM: Final = (0.32, 1.0)
_BAR_AT: Final = 0.03
_BP_AXIS: Final = BY_KEY["sbp"].axis
_HR_AXIS: Final = BY_KEY["hr"].axis


def card_figure(view: SessionView) -> Figure:
    """Draw the trend of one card, in minutes from the start of the infusion (from the arrival before that)."""
    zero = view.started_at or view.arrived_at
    shown = window(view)

    def minute(moment: datetime) -> float:
        minutes = round(minutes_between(zero, moment), 1)
        return int(minutes) if minutes == int(minutes) else minutes

    left, right = minute(shown.since), minute(shown.until)
    now = min(minute(view.now), right)
    data = [*_card_late(view, minute), *_card_pressures(view, minute), _card_rate(view, minute)]
    shapes = [*_card_bands(view, left, right), *_card_bar(view, now, minute)]
    if view.stage is not Stage.CLOSED:
        shapes.append(_line((now, now), (_BAR_AT, 1), "text-3", 1.5))
    axis = {"visible": False, "fixedrange": True}
    layout = _bare(None) | {
        "shapes": shapes,
        "xaxis": axis | {"range": [left, right]},
        "yaxis": axis | {"range": [_BP_AXIS.low, _BP_AXIS.high], "domain": list(_BP_ROOM)},
        "yaxis2": axis | {"range": [_HR_AXIS.low, _HR_AXIS.high], "domain": list(_HR_ROOM)},
    }
    return {"data": [trace for trace in data if trace["x"]], "layout": layout}


def _card_pressures(view: SessionView, minute: Minute) -> list[Trace]:
    """Return a bar for each pair of pressures and a triangle for each pressure, its tip on the value."""
    x: list[float | None] = []
    y: list[float | None] = []
    tips: list[tuple[float, float, int, str]] = []
    sets = with_pressure(view)
    for one, *pair in sets:
        plain = "text" if one is sets[-1][0] else "text-2"
        for vital, value, angle in zip(PRESSURE, pair, (180, 0), strict=True):
            if value is not None:
                tips.append((minute(one.at), held(value, vital), angle, ink(one.severity_of(vital), plain)))
        if pair[1] is not None:
            x += [tips[-1][0], tips[-1][0], None]
            y += [tips[-2][1], tips[-1][1], None]
    bars = {"name": "bars", "mode": "lines", "x": x[:-1], "y": y[:-1], "line": {"color": dim("text-3"), "width": 2}}
    marker = {
        "symbol": "triangle-up",
        "size": 9,
        "angle": [angle for _, _, angle, _ in tips],
        "standoff": 4.5,
        "color": packed([colour for _, _, _, colour in tips]),
        "opacity": 1,
        "line": {"width": 0},
    }
    points = {"x": [at for at, _, _, _ in tips], "y": [value for _, value, _, _ in tips]}
    return [bars, {"name": "BP", "mode": "markers", **points, "marker": marker, "cliponaxis": False}]


def _card_rate(view: SessionView, minute: Minute) -> Trace:
    pairs = charted(view, "hr")
    sizes = [4] * len(pairs)
    sizes[-1:] = [8] * bool(pairs)
    return {
        "name": "HR",
        "yaxis": "y2",
        "mode": "lines+markers",
        "x": [minute(one.at) for one, _ in pairs],
        "y": [held(value, "hr") for _, value in pairs],
        "line": {"color": dim("hr"), "width": 1.5},
        "marker": {
            "size": sizes,
            "color": packed([ink(one.severity_of("hr"), "hr") for one, _ in pairs]),
            "opacity": 1,
            "line": {"width": 0},
        },
        "cliponaxis": False,
    }


def _card_late(view: SessionView, minute: Minute) -> list[Trace]:
    stretch = late_stretch(view)
    if stretch is None:
        return []
    since, until = (minute(moment) for moment in stretch)
    return [
        hatched([since, since, until, until], [_BP_AXIS.low, _BP_AXIS.high, _BP_AXIS.high, _BP_AXIS.low], name="late")
    ]


def hatched(x: Sequence[object], y: Sequence[float], *, name: str, colour: str = "hatch") -> Trace:
    """Return a hatched area: time that nobody knows about, or that nothing ran in."""
    return {
        "name": name,
        "mode": "none",
        "x": list(x),
        "y": list(y),
        "fill": "toself",
        "fillcolor": "rgba(0, 0, 0, 0)",
        "fillpattern": {"shape": "/", "fgcolor": dim(colour), "size": 8, "solidity": 0.25},
    }


def _card_bands(view: SessionView, left: float, right: float) -> list[Shape]:
    """Return the high limits of the systolic pressure, coloured only where a pressure is what needs someone."""
    band = band_in_force(view, "sbp", started=view.started_at is not None)
    coloured = any(flag.vital in PRESSURE and flag.severity for flag in view.flags)
    shapes = _coloured_bands(band, left, right) if coloured else _plain_band(band, left, right)
    low = band.caution_low
    if low is not None:
        shapes.append(_line((left, right), (_level(low), _level(low)), "edge", 1, dash="dot"))
    return shapes


def _plain_band(band: Band, left: float, right: float) -> list[Shape]:
    if band.caution_high is None:
        return []
    low = _level(band.caution_high)
    return [_box((left, right), (low, 1), "raised"), _line((left, right), (low, low), "line", 1.5)]


def _coloured_bands(band: Band, left: float, right: float) -> list[Shape]:
    caution, critical = _level(band.caution_high), _level(band.critical_high)
    shapes = []
    if critical < 1:
        shapes.append(_box((left, right), (critical, 1), "critical-band"))
    if caution < critical:
        shapes.append(_box((left, right), (caution, critical), "caution-band"))
        shapes.append(_line((left, right), (caution, caution), "caution", 1))
    return shapes


def _level(edge: Edge | None) -> float:
    """Return where a systolic limit lies as a share of the card's height; without one at the top."""
    if edge is None:
        return 1
    low, high = _BP_ROOM
    share = (held(edge.value, "sbp") - _BP_AXIS.low) / (_BP_AXIS.high - _BP_AXIS.low)
    return round(low + share * (high - low), 4)


def _card_bar(view: SessionView, now: float, minute: Minute) -> list[Shape]:
    if view.started_at is None or view.planned_end is None:
        return []
    end = minute(view.planned_end)
    given = minute(view.pump.stopped_at) if view.pump.stopped_at else min(now, end)
    bar = [_line((0, end), (_BAR_AT, _BAR_AT), "line", 3)] if given < end else []
    return [*bar, _line((0, given), (_BAR_AT, _BAR_AT), "edge", 3)]


def _line(
    x: tuple[float, float], y: tuple[float, float], colour: str, width: float, *, dash: str | None = None
) -> Shape:
    look: dict[str, Any] = {"color": dim(colour), "width": width}
    if dash is not None:
        look["dash"] = dash
    ends = {"type": "line", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1], "yref": "paper"}
    return ends | {"line": look, "layer": "below"}


def _box(x: tuple[float, float], y: tuple[float, float], colour: str) -> Shape:
    corners = {"type": "rect", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1], "yref": "paper"}
    return corners | {"fillcolor": dim(colour), "line": {"width": 0}, "layer": "below"}
