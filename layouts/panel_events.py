"""The lower lanes of the panel: what ran, what was done and felt, and the checks done and due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from layouts.marks import Mark, marks
from layouts.panel_sheet import DOSE_SHARE, NUMBER, Lane, Sheet, trace
from layouts.theme import dim
from layouts.trend import Trace, hatched, ink, stamp
from models.infusion import PumpState, Segment
from models.moments import MIN
from models.rules import Stage

_BADGE: Final = 17
_Place = tuple[Mark, datetime, int]
"""A mark, the moment at which it is drawn, and its row."""


def dose(sheet: Sheet) -> list[Trace]:
    """Return what ran by the record: rate in steps, pauses hatched, the plan dashed."""
    lane = sheet.lane("events")
    return [
        *_pauses(sheet, lane),
        _steps_of_rate(sheet, lane),
        *_beyond_plan(sheet, lane),
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
    return trace(lane, "mg/h", "lines", x, y) | {
        "line": {"color": dim("text-2"), "width": 1.5},
        "fill": "tozeroy",
        "fillcolor": dim("line"),
    }


def _rate_words(sheet: Sheet, lane: Lane, placed: Sequence[_Place]) -> Trace:
    """Return the number of mg/h in each step that is wide enough for it; the last one always has its number."""
    lower = [sheet.px(moment) for _, moment, row in placed if row == 1]
    segments = sheet.view.pump.segments
    wide = [
        segment
        for n, segment in enumerate(segments, 1)
        if n == len(segments) or sheet.px(_ended(sheet, segment)) - sheet.px(segment.since) >= NUMBER[0]
    ]
    rates = [float(one.rate_mg_h) for one in wide]
    feet = [0.0 if rate >= lane.high / lane.height * _RATE_TEXT else rate for rate in rates]
    return trace(lane, "rates", "text", [stamp(_beside(sheet, one.since, lower)) for one in wide], feet) | {
        "text": [f" {float(one.rate_mg_h):g}" for one in wide],
        "textposition": "top right",
        "textfont": {"color": dim("text"), "size": 12, "weight": 600},
        "cliponaxis": False,
    }


def _beside(sheet: Sheet, since: datetime, badges: Sequence[float]) -> datetime:
    """Return where the number of a step begins: at the step, or right of the badges that would cover it."""
    px = sheet.px(since)
    for badge in sorted(badges):
        if -_BADGE < badge - px < NUMBER[0]:
            px = badge + _BADGE / 2
    return since + (px - sheet.px(since)) / sheet.minute_px * MIN


_RATE_TEXT: Final = 15
"""Height of the number in a step: in a lower step it stands on the line, so that nothing runs through it."""


def _planned_rate(sheet: Sheet, lane: Lane) -> Trace:
    """Return the running rate as dashes to the planned end."""
    view, end = sheet.view, sheet.view.planned_end
    rate = float(view.pump.rate)
    going = view.pump.state is PumpState.RUNNING and end is not None and end > view.now
    x = [stamp(view.now), stamp(end), stamp(end)] if going and end is not None else []
    return trace(lane, "planned", "lines", x, [rate, rate, 0] if x else []) | {
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
    top = lane.high * DOSE_SHARE
    x = [stamp(since), stamp(since), stamp(end), stamp(end)]
    return hatched(x, [0, top, top, 0], name=name, colour="edge") | {"yaxis": lane.axis}


def numbered(sheet: Sheet) -> list[Trace]:
    """Return mg/h in each step, then the numbered marks: actions in circles, adverse events in squares."""
    lane = sheet.lane("events")
    placed = _placed(sheet, [mark for mark in marks(sheet.view) if mark.at <= sheet.window.until])
    return [_rate_words(sheet, lane, placed), _badges(lane, placed, event=False), _badges(lane, placed, event=True)]


def _placed(sheet: Sheet, found: Sequence[Mark]) -> list[_Place]:
    """Give each mark its moment and a row, 0 the upper one.

    One that would cover a neighbour goes into the lower row; where that is taken too, just beside its moment.
    """
    taken: list[tuple[float, int]] = []
    places = []
    room = _BADGE + 2
    for mark in found:
        at = max(mark.at, sheet.window.since)
        tries = ((at + n * room / sheet.minute_px * MIN, row) for n in range(len(found)) for row in (0, 1))
        moment, row = next(
            (moment, row)
            for moment, row in tries
            if all(row != other or abs(sheet.px(moment) - px) >= room - 0.5 for px, other in taken)
        )
        taken.append((sheet.px(moment), row))
        places.append((mark, moment, row))
    return places


def _badges(lane: Lane, placed: Sequence[_Place], *, event: bool) -> Trace:
    chosen = [(mark, moment, row) for mark, moment, row in placed if mark.event is event]
    rows = (1 - (_BADGE / 2 + 2) / lane.height, 1 - (_BADGE * 1.5 + 3) / lane.height)
    look: dict[str, Any] = {"size": _BADGE, "opacity": 1}
    if event:
        look |= {"symbol": "square", "color": dim("text"), "line": {"color": dim("text"), "width": 1}}
    else:
        look |= {"symbol": "circle", "color": dim("plot"), "line": {"color": dim("text-2"), "width": 1.5}}
    return trace(
        lane,
        "adverse events" if event else "infusion",
        "markers+text",
        [stamp(moment) for _, moment, _ in chosen],
        [lane.high * rows[row] for _, _, row in chosen],
    ) | {
        "uid": "marksevent" if event else "marksaction",
        "text": [str(mark.number) for mark, _, _ in chosen],
        "textfont": {"color": dim("plot" if event else "text"), "size": 12, "weight": 700},
        "marker": look,
        "cliponaxis": False,
    }


def checks(sheet: Sheet) -> list[Trace]:
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
    return trace(lane, name, "markers", [stamp(moment) for moment in at], [0.5] * len(at)) | {
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
