"""When the next complete set is due, and how late it is: one rule for board, chair and record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from typing import Final

from models.moments import MIN, clock, minutes_between
from models.protocol import Intervals
from models.rules import SCHEDULE, Flag, Severity, Stage


@cache
def minutes(many: int) -> timedelta:
    """Return a span of whole minutes; the fold asks for the same few again and again."""
    return many * MIN


class Lateness(StrEnum):
    """How the next set stands at a moment."""

    NOT_DUE = "not_due"
    DUE = "due"
    CAUTION = "caution"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Due:
    """The next complete set: when (``None`` where nothing is due), how late, and which set is asked for."""

    at: datetime | None
    state: Lateness
    interval: timedelta
    asked: str

    @property
    def severity(self) -> Severity:
        """Return how bad the lateness is."""
        return {Lateness.CAUTION: Severity.CAUTION, Lateness.CRITICAL: Severity.CRITICAL}.get(
            self.state, Severity.NORMAL
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the schedule needs to know of a record.

    ``complete`` is the last complete set of all, ``triggers`` the moments after which a check is wanted sooner,
    ``gate_set`` the last complete set before the start where it was over the gate.
    """

    stage: Stage
    arrived_at: datetime
    started_at: datetime | None
    complete: datetime | None
    triggers: Sequence[datetime]
    over_gate: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A check that is wanted: when, the interval that set it, and which set is asked for."""

    at: datetime
    interval: timedelta
    asked: str


def due(facts: Facts, intervals: Intervals, now: datetime) -> Due:
    """Say when the next complete set is due and how late it is at ``now``."""
    check = next_check(facts, intervals)
    if check is None:
        return Due(None, Lateness.NOT_DUE, timedelta(), _asked(facts.stage))
    return Due(check.at, lateness(check, intervals, now), check.interval, check.asked)


def lateness(check: Check, intervals: Intervals, now: datetime) -> Lateness:
    """Say how late a check is at ``now``: caution after the grace, critical by the interval that set it."""
    late, grace = now - check.at, minutes(intervals.grace)
    if late < timedelta():
        return Lateness.NOT_DUE
    if late >= check.interval and late > grace:
        return Lateness.CRITICAL
    return Lateness.CAUTION if late > grace else Lateness.DUE


_ASKED: Final = {Stage.BEFORE: "before", Stage.RECOVERY: "recovery"}


def _asked(stage: Stage) -> str:
    return _ASKED.get(stage, "infusion")


def next_check(facts: Facts, intervals: Intervals) -> Check | None:
    """Return the next check: the earlier of last complete set + interval, and trigger + 5 min.

    A trigger counts where it lies after or in that set. ``None`` where nothing is wanted.
    """
    if facts.stage is Stage.CLOSED:
        return None
    if facts.stage is Stage.BEFORE:
        regular, since = _before_start(facts, intervals), facts.complete
    else:
        started = facts.started_at or facts.arrived_at
        since = started if facts.complete is None else max(started, facts.complete)
        span = minutes(intervals.recovery if facts.stage is Stage.RECOVERY else intervals.infusion)
        regular = Check(since + span, span, _asked(facts.stage))
    first = min([at for at in facts.triggers if since is None or at >= since], default=None)
    if first is None:
        return regular
    soon = minutes(intervals.after_trigger)
    if regular is not None and regular.at <= first + soon:
        return regular
    return Check(first + soon, soon, "after_trigger")


def _before_start(facts: Facts, intervals: Intervals) -> Check | None:
    """Return the check before the start: once after the arrival, and again after a set over the gate."""
    if facts.complete is None:
        span = minutes(intervals.before_first)
        return Check(facts.arrived_at + span, span, "before")
    span = minutes(intervals.before_again)
    return Check(facts.complete + span, span, "before") if facts.over_gate else None


def overdue_flag(facts: Facts, state: Due, now: datetime, zone: tzinfo, on_hold: str | None = None) -> Flag | None:
    """Return the OVERDUE flag where a set is more than the grace late; never part of the answer to an entry.

    A hold goes on counting: it is only said.
    """
    if state.at is None or not state.severity:
        return None
    since = facts.complete if facts.complete is not None else (facts.started_at or facts.arrived_at)
    waited = int(minutes_between(since, now))
    held = f", on hold: {on_hold}" if on_hold else ""
    return Flag(
        rule="OVERDUE",
        vital=SCHEDULE,
        severity=state.severity,
        value=int(minutes_between(state.at, now)),
        limit=None,
        sentence=f"No full set for {waited} min, due {clock(state.at, zone)}{held}",
        entry_id=None,
        measured_at=state.at,
    )
