"""The next half hour: which checks fall due on which chair, which of them collide, and what is overdue already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from models.moments import MIN
from models.rules import Stage
from models.schedule import Lateness
from models.session import SessionView

AHEAD: Final = 30 * MIN
COLLIDE: Final = 2 * MIN
"""Checks of two chairs that lie closer than this cannot both be done in time by one nurse (local)."""
_LATE: Final = (Lateness.CRITICAL, Lateness.CAUTION)


@dataclass(frozen=True, slots=True)
class Planned:
    """A check that falls due: when, on which chair, how it stands now, and the chairs it collides with."""

    at: datetime
    chair: str
    session: str
    state: Lateness
    collides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The checks until ``until`` in order of time, and those that are overdue, worst first."""

    until: datetime
    checks: tuple[Planned, ...]
    overdue: tuple[Planned, ...]


def upcoming(views: Iterable[SessionView], now: datetime) -> Upcoming:
    """Return the checks of the next half hour over all sessions.

    A check that is due or late is expected now; each further one lies an interval after the one before, as long as
    the phase stays what it is.
    """
    listed = list(views)
    until = now + AHEAD
    checks = sorted((one for view in listed for one in _checks(view, now, until)), key=lambda one: (one.at, one.chair))
    first = [_first(view) for view in listed]
    late = [one for one in first if one is not None and one.state in _LATE]
    return Upcoming(until, _collided(checks, now), tuple(sorted(late, key=_worst_first)))


def _first(view: SessionView) -> Planned | None:
    return None if view.due.at is None else Planned(view.due.at, view.chair.name, view.id, view.due.state)


def _checks(view: SessionView, now: datetime, until: datetime) -> Iterable[Planned]:
    first = _first(view)
    if first is None or first.at > until:
        return
    yield first
    if view.stage is Stage.BEFORE:
        return
    interval = _interval(view)
    at = max(first.at, now) + interval
    while at <= until:
        yield replace(first, at=at, state=Lateness.NOT_DUE)
        at += interval


def _interval(view: SessionView) -> timedelta:
    intervals = view.protocol.intervals
    return (intervals.recovery if view.stage is Stage.RECOVERY else intervals.infusion) * MIN


def _collided(checks: Sequence[Planned], now: datetime) -> tuple[Planned, ...]:
    """Mark each check with the other chairs whose checks lie too close; what is late lies at this moment."""

    def collides(one: Planned, other: Planned) -> bool:
        return one.chair != other.chair and abs(max(one.at, now) - max(other.at, now)) < COLLIDE

    return tuple(
        replace(one, collides=tuple(sorted({other.chair for other in checks if collides(one, other)})))
        for one in checks
    )


def _worst_first(one: Planned) -> tuple[int, datetime, str]:
    return _LATE.index(one.state), one.at, one.chair
