"""Virtual time: what is to happen when, one thing after another. Nothing here waits."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

SECOND = 1000
MINUTE = 60 * SECOND
Work = Callable[[], None]


@dataclass(order=True)
class Appointment:
    """Something that happens at a moment, unless it is cancelled before."""

    at: int
    number: int
    work: Work = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class Agenda:
    """The clock of the whole world, in whole milliseconds since 1970; it moves only from one event to the next."""

    def __init__(self, start: datetime) -> None:
        self.start = self.now = int(start.timestamp() * SECOND)
        self._numbers = count()
        self._due: list[Appointment] = []

    def after(self, ms: float, work: Work) -> Work:
        """Do ``work`` in ``ms``; the answer cancels it."""
        appointment = Appointment(self.now + max(0, round(ms)), next(self._numbers), work)
        heapq.heappush(self._due, appointment)

        def cancel() -> None:
            appointment.cancelled = True

        return cancel

    def step(self, until: int) -> bool:
        """Let the next thing happen that falls due by ``until``; say whether there was one."""
        while self._due and self._due[0].at <= until:
            appointment = heapq.heappop(self._due)
            if not appointment.cancelled:
                self.now = appointment.at
                appointment.work()
                return True
        self.now = max(self.now, until)
        return False

    def moment(self) -> datetime:
        """Return the present moment."""
        return datetime.fromtimestamp(self.now / SECOND, UTC)
