"""When the next complete set is due, and how late it is: one rule for board, chair and record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from models.moments import MIN, clock, minutes_between
from models.protocol import Intervals
from models.rules import SCHEDULE, Flag, Severity, Stage


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


def due(facts: Facts, intervals: Intervals, now: datetime) -> Due:
    """Say when the next complete set is due and how late it is at ``now``.

    The earlier of last complete set + interval and trigger + 5 min, where the trigger lies after or in that set.
    """
    candidates = list(_candidates(facts, intervals))
    if not candidates:
        return Due(None, Lateness.NOT_DUE, timedelta(), _asked(facts.stage))
    at, interval, asked = min(candidates, key=lambda one: one[0])
    return Due(at, _lateness(now - at, interval, intervals.grace * MIN), interval, asked)


def _lateness(late: timedelta, interval: timedelta, grace: timedelta) -> Lateness:
    if late < timedelta():
        return Lateness.NOT_DUE
    if late >= interval and late > grace:
        return Lateness.CRITICAL
    return Lateness.CAUTION if late > grace else Lateness.DUE


def _asked(stage: Stage) -> str:
    return {Stage.BEFORE: "before", Stage.RECOVERY: "recovery"}.get(stage, "infusion")


def _candidates(facts: Facts, intervals: Intervals) -> list[tuple[datetime, timedelta, str]]:
    if facts.stage is Stage.CLOSED:
        return []
    found = []
    if facts.stage is Stage.BEFORE:
        if facts.complete is None:
            first = intervals.before_first * MIN
            found.append((facts.arrived_at + first, first, "before"))
        elif facts.over_gate:
            again = intervals.before_again * MIN
            found.append((facts.complete + again, again, "before"))
        since = facts.complete
    else:
        minutes = intervals.recovery if facts.stage is Stage.RECOVERY else intervals.infusion
        started = facts.started_at or facts.arrived_at
        since = max(started, facts.complete or started)
        found.append((since + minutes * MIN, minutes * MIN, _asked(facts.stage)))
    soon = intervals.after_trigger * MIN
    found += [(at + soon, soon, "after_trigger") for at in facts.triggers if since is None or at >= since]
    return found


def overdue_flag(facts: Facts, state: Due, now: datetime, zone: tzinfo) -> Flag | None:
    """Return the OVERDUE flag where a set is more than the grace late; never part of the answer to an entry."""
    if state.at is None or not state.severity:
        return None
    since = facts.complete if facts.complete is not None else (facts.started_at or facts.arrived_at)
    minutes = int(minutes_between(since, now))
    return Flag(
        rule="OVERDUE",
        vital=SCHEDULE,
        severity=state.severity,
        value=int(minutes_between(state.at, now)),
        limit=None,
        sentence=f"No full set for {minutes} min, due {clock(state.at, zone)}",
        entry_id=None,
        measured_at=state.at,
    )
