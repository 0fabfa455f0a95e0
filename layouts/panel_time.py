"""The time axis of the panel, the lines of now, start and end, and the words above them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from layouts.panel_sheet import RECORD, Sheet, signed, trace, word
from layouts.theme import dim
from layouts.trend import Shape, Trace, stamp
from models.moments import MIN, clock, minutes_between
from models.rules import Stage


def time_axis(sheet: Sheet) -> dict[str, Any]:
    """Return the one time axis: dates in UTC, minutes from the start over the clock of the clinic."""
    zero = sheet.view.started_at or sheet.window.since.astimezone(sheet.zone).replace(minute=0, second=0, microsecond=0)
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
        "minor": {
            "tickvals": [stamp(moment) for moment in _ticks(sheet, zero, fine) if moment not in coarse],
            "showgrid": True,
            "gridcolor": dim("raised"),
        },
    }


_STEPS: Final = ((210, (15, 5)), (400, (30, 15)), (800, (60, 30)))


def _steps(minutes: float) -> tuple[int, int]:
    """Return the minutes between labelled lines and between fine ones."""
    return next((steps for most, steps in _STEPS if minutes <= most), (120, 60))


def _ticks(sheet: Sheet, zero: datetime, step: int) -> Iterable[datetime]:
    """Return the moments of a grid that begins at ``zero``, within the window."""
    back = int(minutes_between(sheet.window.since, zero) // step)
    moment = zero.astimezone(UTC) - back * step * MIN
    while moment <= sheet.window.until:
        yield moment
        moment += step * MIN


def _tick_text(sheet: Sheet, moment: datetime) -> str:
    """Return minutes over clock time; before the start there is only the clock."""
    time = clock(moment, sheet.zone)
    minute = sheet.view.minute(moment)
    return time if minute is None else f"<b>{signed(round(minute))}</b><br>{time}"


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment that gets a line through all lanes and a word above it."""

    at: datetime
    text: str
    colour: str
    dash: str | None = None

    @property
    def line(self) -> dict[str, Any]:
        """Return how its line looks."""
        look = {"color": dim(self.colour), "width": 2}
        return look if self.dash is None else look | {"dash": self.dash, "width": 1.5}


def _moments(sheet: Sheet) -> list[_Moment]:
    """Return the moments with a line, the most important first."""
    view = sheet.view
    found = []
    if view.stage is not Stage.CLOSED:
        minute = view.minute(view.now)
        text = "now" if minute is None else f"now, min {signed(int(minute))}"
        found.append(_Moment(view.now, text, "accent"))
    if view.pump.stopped_at is not None:
        stopped = view.pump.stopped_at
        found.append(_Moment(stopped, f"stop {clock(stopped, sheet.zone)}", "text-2", "6px,4px"))
    elif view.planned_end is not None:
        found.append(_Moment(view.planned_end, "planned end", "text-2", "6px,4px"))
    if view.started_at is not None and sheet.sizes is RECORD:
        found.append(_Moment(view.started_at, f"start {clock(view.started_at, sheet.zone)}", "text-2", "6px,4px"))
    return found


def time_lines(sheet: Sheet) -> list[Shape]:
    """Return the line of now through the gaps between the lanes; broken lines need none, their dashes would meet."""
    ends = {"yref": "paper", "y0": sheet.share(sheet.lane("events").bottom), "y1": 1, "layer": "below"}
    shown = [moment for moment in _moments(sheet) if moment.at in sheet.window and moment.dash is None]
    return [
        {"type": "line", "x0": stamp(moment.at), "x1": stamp(moment.at), "line": moment.line} | ends for moment in shown
    ]


def time_traces(sheet: Sheet) -> list[Trace]:
    """Return the lines of now, start and end over the grid of each lane, where the values that follow cover them."""
    return [
        trace(lane, moment.text, "lines", [stamp(moment.at)] * 2, [lane.low, lane.high]) | {"line": moment.line}
        for moment in _moments(sheet)
        if moment.at in sheet.window
        for lane in sheet.lanes[:-1]
    ]


def time_words(sheet: Sheet) -> list[dict[str, Any]]:
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
            word(
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


_ROOM: Final = 130


def _apart(sheet: Sheet, one: _Moment, other: _Moment) -> float:
    apart = sheet.px(one.at) - sheet.px(other.at)
    return apart or (-1.0 if one.colour == "accent" else 1.0)
