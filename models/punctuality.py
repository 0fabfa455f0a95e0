"""Were the checks done in time: what fell due in a session, what was kept, and what lapsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.moments import MIN
from models.protocol import Intervals
from models.schedule import Check, Lateness, lateness


@dataclass(frozen=True, slots=True)
class Lapse:
    """A check that became very late: due, when that made it critical, and what ended it and when that was known."""

    due_at: datetime
    opened_at: datetime
    closed_by: datetime | None = None
    known_closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class OnTime:
    """How many of the checks that fell due were done by the end of the grace."""

    kept: int
    of: int

    @property
    def percent(self) -> int | None:
        """Return the share in whole percent; ``None`` where nothing fell due."""
        return round(100 * self.kept / self.of) if self.of else None


@dataclass(slots=True)
class Punctuality:
    """Follows the next check through a session; the fold tells it whenever that changes."""

    intervals: Intervals
    check: Check | None
    kept: int = 0
    of: int = 0
    lapses: list[Lapse] = field(default_factory=list)

    def moves(self, after: Check | None, at: datetime, known_at: datetime, *, done: bool) -> None:
        """Take in that the next check is now ``after``; ``done`` says that a complete set was charted at ``at``."""
        before, self.check = self.check, after
        if before is None:
            return
        state = lateness(before, self.intervals, at)
        if done or (after is None or after.at > before.at):
            self._count(state, done=done)
        opened_at = before.at + before.interval
        if state is Lateness.CRITICAL and at > opened_at and (after is None or after.at != before.at):
            self.lapses.append(Lapse(before.at, opened_at, at, known_at))

    def _count(self, state: Lateness, *, done: bool) -> None:
        late = state in {Lateness.CAUTION, Lateness.CRITICAL}
        self.of += done or late
        self.kept += done and not late

    def by(self, now: datetime) -> OnTime:
        """Return what was kept by ``now``; a check that is late and not done counts as missed."""
        missed = self.check is not None and now > self.check.at + self.intervals.grace * MIN
        return OnTime(self.kept, self.of + missed)


def running_lapse(check: Check | None, intervals: Intervals, now: datetime) -> Lapse | None:
    """Return the check that is very late at ``now``, if the next one is."""
    if check is None or lateness(check, intervals, now) is not Lateness.CRITICAL:
        return None
    return Lapse(check.at, check.at + check.interval)
