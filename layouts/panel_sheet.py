"""The paper of the panel: its lanes in pixels, its window in time, and the parts every mark is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from layouts.trend import Trace, Window, charted, window
from models.moments import minutes_between
from models.session import SessionView
from models.vitals import BY_KEY, CHARTED, Vital

LEFT: Final = 60


RIGHT: Final = 116


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

    def share(self, px: float) -> float:
        """Return pixels below the top of the first lane as the share of the paper that lies below them."""
        return round(1 - px / self.height, 5)

    def px(self, moment: datetime) -> float:
        """Return the pixels from the left edge at the nominal width."""
        return minutes_between(self.window.since, moment) * self.minute_px


def lay_out(view: SessionView, zone: tzinfo, *, record: bool) -> Sheet:
    """Give every lane its place: pressures, heart rate, scores, vitals beyond the core, events, checks."""
    sizes = RECORD if record else CHAIR
    scores = [vital for vital in CHARTED if vital.core and vital.is_score]
    digit_lanes = [*scores, *more_vitals(view, record=record)]
    pressure, rate = BY_KEY["sbp"].axis, BY_KEY["hr"].axis
    wanted: list[tuple[str, int, int, float, float]] = [
        ("bp", 0, sizes.pressure, pressure.low, pressure.high),
        ("hr", 10, sizes.rate, rate.low, rate.high),
        *((vital.key, 8 if n == 0 else 4, sizes.score, 0, 1) for n, vital in enumerate(digit_lanes)),
        ("events", 8, sizes.events, 0, _peak(view) / DOSE_SHARE),
        ("due", 0, sizes.due, 0, 1),
    ]
    lanes: list[Lane] = []
    for number, (key, gap, height, low, high) in enumerate(wanted, 1):
        top = gap + (lanes[-1].bottom if lanes else 0)
        lanes.append(Lane(key, "y" if number == 1 else f"y{number}", top, height, low, high))
    return Sheet(view, zone, sizes, window(view), tuple(lanes))


DOSE_SHARE: Final = 0.5
"""How much of the events lane the highest rate fills; the numbers stand above it."""


def _peak(view: SessionView) -> float:
    rates = [float(segment.rate_mg_h) for segment in view.pump.segments]
    return max([*rates, view.opening.plan.rate_mg_h, 1.0])


def more_vitals(view: SessionView, *, record: bool = False) -> tuple[Vital, ...]:
    """Return the vitals beyond the core that get a lane: on the record all that were charted.

    At the chair, where the form needs the room, only those of which a value was out of range.
    """
    beyond = (vital for vital in CHARTED if not vital.core)
    return tuple(vital for vital in beyond if _wanted(view, vital.key, record=record))


def _wanted(view: SessionView, vital: str, *, record: bool) -> bool:
    pairs = charted(view, vital)
    return bool(pairs) and (record or any(one.severity_of(vital) for one, _ in pairs))


def short_name(vital: str) -> str:
    """Return the name of a vital as the gutter has room for it."""
    return SHORT.get(vital, BY_KEY[vital].short)


NUMBER: Final = (30, 17)
"""Width and height of a three-digit number in its box, in pixels."""


def trace(lane: Lane, name: str, mode: str, x: Sequence[str | None], y: Sequence[float | None]) -> Trace:
    """Return the parts that every trace has."""
    return {
        "name": name,
        "mode": mode,
        "yaxis": lane.axis,
        "x": list(x),
        "y": list(y),
    }


def word(text: str, **where: object) -> dict[str, Any]:
    """Return words on the paper; the template knows that they have no arrow."""
    return {"text": text} | where


def signed(number: int) -> str:
    """Return a whole number with a true minus sign."""
    return f"−{-number}" if number < 0 else str(number)
