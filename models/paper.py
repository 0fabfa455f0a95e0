"""Charting on paper while nothing else works: at which minutes a set is wanted, and what is asked then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from models.moments import MIN
from models.protocol import Protocol
from models.rules import Stage
from models.session import SessionView
from models.vitals import CHARTED

RECOVERY_MIN: Final = 60
"""For how long a form goes on after the end of the infusion: the time before which nobody is discharged."""
LONGEST_MIN: Final = 8 * 60
USUAL_MIN: Final = 60
BEFORE_START: Final = 15 * MIN
DAY: Final = timedelta(days=1)
HALF_A_DAY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Slot:
    """One line of a form: its minute from the start, the phase, and the vitals that are asked for then."""

    minute: int
    stage: Stage
    asked: tuple[str, ...]

    def at(self, start: datetime) -> datetime:
        """Return when this line is due, given the start of the infusion."""
        return start + self.minute * MIN


def slots(protocol: Protocol, duration_min: int) -> tuple[Slot, ...]:
    """Return the lines of a form by the intervals of a protocol: before, during and after the infusion."""
    every = protocol.intervals
    before = range(-every.before_first, 0, every.before_again)
    during = range(every.infusion, duration_min + 1, every.infusion)
    after = range(duration_min + every.recovery, duration_min + RECOVERY_MIN + 1, every.recovery)
    return (
        *(Slot(minute, Stage.BEFORE, protocol.sets["before"]) for minute in before),
        *(Slot(minute, Stage.INFUSION, protocol.sets["infusion"]) for minute in during),
        *(Slot(minute, Stage.RECOVERY, protocol.sets["recovery"]) for minute in after),
    )


def asked_in(protocol: Protocol) -> tuple[str, ...]:
    """Return the vitals that a form has a column for: the core first, then what else is asked in some phase."""
    asked = {vital for stage in ("before", "infusion", "recovery") for vital in protocol.sets[stage]}
    columns = [vital for vital in CHARTED if vital.core or vital.key in asked]
    return tuple(vital.key for vital in sorted(columns, key=lambda vital: not vital.core))


def planned_minutes(view: SessionView) -> int:
    """Return the planned length of an infusion, in whole minutes that a form can hold."""
    return min(LONGEST_MIN, max(1, round(view.opening.plan.duration_min)))


def start_of(view: SessionView) -> datetime:
    """Return the start of the infusion; where none is charted yet, the first that the arrival allows."""
    return view.started_at or view.arrived_at + BEFORE_START


def start_today(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return when the clinic's clock shows ``text``, from 12 hours back to 12 ahead; ``None`` where it is no time."""
    try:
        wanted = time.fromisoformat(text.strip().rjust(5, "0"))
    except ValueError:
        return None
    found = datetime.combine(now.astimezone(zone).date(), wanted.replace(tzinfo=None), zone)
    if found < now - HALF_A_DAY:
        found += DAY
    elif found > now + HALF_A_DAY:
        found -= DAY
    return found.astimezone(UTC)
