"""What was given: segments of constant rate, boluses, pauses, the dose at any moment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from models.entries import Infusion, Plan
from models.moments import MIN
from models.rules import Stage

_CENT: Final = Decimal("0.01")
_HOUR_US: Final = Decimal(3_600_000_000)
_LONGEST: Final = 7 * 24
"""Hours after which an end is too far away to be told."""
RATE_UNITS: Final = ("mg/h", "mL/h", "mg/min", "mcg/kg/min", "mg/kg/h")
_NUMBER: Final = r"(\d{1,6}(?:[.,]\d{1,6})?)"
_ENTERED: Final = re.compile(
    rf"{_NUMBER} ({'|'.join(map(re.escape, RATE_UNITS))})(?: at {_NUMBER} mg/mL)?(?:, [\d.]+ kg)?"
)


class PumpState(StrEnum):
    """What the pump is doing according to the record."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of constant rate (mg/h); ``until`` is ``None`` while it runs."""

    since: datetime
    rate_mg_h: Decimal
    until: datetime | None = None
    concentration_mg_ml: Decimal | None = None

    def dose(self, now: datetime) -> Decimal:
        """Return the mg given in this stretch up to ``now``."""
        return self.run(now) / _HOUR_US

    def run(self, now: datetime) -> Decimal:
        """Return rate times time up to ``now``, in mg/h times microseconds: exact, where a division would round."""
        end = now if self.until is None else min(self.until, now)
        if end <= self.since:
            return Decimal(0)
        return self.rate_mg_h * Decimal((end - self.since) // timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Bolus:
    """A dose given at once, in mg."""

    at: datetime
    dose_mg: Decimal
    concentration_mg_ml: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One entry about the pump as it took effect.

    ``rate_before`` is the last rate above 0 that ran, ``raises_rate`` says that a higher one began to run here (the
    start is no rise), ``disputed`` why the action does not fit what came before.
    """

    entry_id: str
    at: datetime
    author: str
    content: Infusion
    rate_before: Decimal
    rate_after: Decimal
    disputed: str | None = None
    raises_rate: bool = False


@dataclass(slots=True)
class Pump:
    """The infusion so far; the fold feeds it the actions in the order in which they happened."""

    state: PumpState = PumpState.NOT_STARTED
    rate: Decimal = Decimal(0)
    running_rate: Decimal = Decimal(0)
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    segments: list[Segment] = field(default_factory=list)
    boluses: list[Bolus] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    concentration: Decimal | None = None

    @property
    def stage(self) -> Stage:
        """Return the phase of the session as far as the pump decides it."""
        return _STAGES[self.state]

    def act(self, entry_id: str, at: datetime, author: str, content: Infusion, planned_rate: float) -> Action:
        """Take in one action; one that does not fit is kept, marked, and does what it plainly says."""
        before = self.running_rate
        if content.concentration_mg_ml is not None:
            self.concentration = decimal(content.concentration_mg_ml)
        given = None if content.rate_mg_h is None else decimal(content.rate_mg_h)
        disputed = getattr(self, f"_{content.action}")(at, given, content, decimal(planned_rate))
        opened = bool(self.segments) and self.segments[-1].until is None and self.segments[-1].since == at
        rises = opened and 0 < before < self.rate
        self.running_rate = self.rate if opened and self.rate > 0 else before
        action = Action(entry_id, at, author, content, before, self.rate, disputed, rises)
        self.actions.append(action)
        return action

    def dispute(self, why: str) -> None:
        """Mark the newest action as one that a check spoke against."""
        last = self.actions[-1]
        if last.disputed is None:
            self.actions[-1] = replace(last, disputed=why)

    def delivered(self, now: datetime) -> Decimal:
        """Return the dose given by ``now`` in mg, halves up to 0.01."""
        return rounded(self._delivered(now))

    def delivered_ml(self, now: datetime) -> Decimal | None:
        """Return the volume given by ``now`` in mL; ``None`` where a concentration is not known."""
        parts = [(one.dose(now), one.concentration_mg_ml) for one in self.segments]
        parts += [(one.dose_mg, one.concentration_mg_ml) for one in self.boluses if one.at <= now]
        volume = Decimal(0)
        for dose, concentration in parts:
            if concentration is None:
                return None
            volume += dose / concentration
        return rounded(volume) if parts else None

    def mg_per_kg(self, now: datetime, weight_kg: float) -> Decimal:
        """Return the dose given by ``now`` per kg of body weight, halves up to 0.01."""
        return rounded(self._delivered(now) / decimal(weight_kg))

    def rate_at(self, at: datetime) -> Decimal:
        """Return the rate that ran at ``at`` in mg/h; 0 where nothing ran."""
        for segment in self.segments:
            if segment.since <= at and (segment.until is None or at < segment.until):
                return segment.rate_mg_h
        return Decimal(0)

    def planned_end(self, plan: Plan, now: datetime) -> datetime | None:
        """Return when the infusion ends as it runs; ``None`` before the start, and where the rate never gets there.

        While it runs at the planned rate that is the start plus the planned duration plus every pause; after a
        change of rate or a bolus, the moment at which the planned dose is reached at the charted rate.
        """
        if self.started_at is None:
            return None
        if not self._as_planned(plan):
            return self.reaches(decimal(plan.dose_mg), now)
        paused = sum(((until or now) - since for since, until in self.pauses), timedelta())
        return self.started_at + plan.duration_min * MIN + max(paused, timedelta())

    def reaches(self, dose_mg: Decimal, now: datetime) -> datetime | None:
        """Return when a dose is reached, in what was given or going on at the rate that runs (or was set)."""
        given, rate, at = Decimal(0), Decimal(0), now
        for moment, new_rate, bolus in self._changes():
            run = rate * Decimal((moment - at) // timedelta(microseconds=1)) / _HOUR_US if rate else Decimal(0)
            if rate and given + run >= dose_mg:
                return _after(at, dose_mg - given, rate)
            given, at = given + run + bolus, moment
            rate = rate if new_rate is None else new_rate
            if bolus and given >= dose_mg:
                return moment
        since, rate = self._goes_on(at, now)
        return _after(since, dose_mg - given, rate)

    def _as_planned(self, plan: Plan) -> bool:
        """Say whether nothing but pauses came between the record and the plan."""
        rates = {one.rate_mg_h for one in self.segments} | ({self.rate} if self.state is PumpState.PAUSED else set())
        starts = sum(action.content.action == "start" for action in self.actions)
        return starts == 1 and not self.boluses and rates <= {decimal(plan.rate_mg_h)}

    def _changes(self) -> list[tuple[datetime, Decimal | None, Decimal]]:
        """Return what changed the flow, in order: moment, new rate (``None`` where it stays) and bolus in mg."""
        found: list[tuple[datetime, Decimal | None, Decimal]] = []
        for one in self.segments:
            found.append((one.since, one.rate_mg_h, Decimal(0)))
            if one.until is not None:
                found.append((one.until, Decimal(0), Decimal(0)))
        found += [(one.at, None, one.dose_mg) for one in self.boluses]
        return sorted(found, key=lambda one: one[0])

    def _goes_on(self, last: datetime, now: datetime) -> tuple[datetime, Decimal]:
        """Return from when and at which rate it goes on: a pause ends now at the earliest."""
        if self.state is PumpState.STOPPED:
            return self.stopped_at or last, self.running_rate
        return (now, self.rate) if self.state is PumpState.PAUSED else (last, self.rate)

    def paused_since(self) -> datetime | None:
        """Return when the running pause began."""
        return self.pauses[-1][0] if self.state is PumpState.PAUSED else None

    def _delivered(self, now: datetime) -> Decimal:
        run = sum((segment.run(now) for segment in self.segments), Decimal(0))
        return run / _HOUR_US + sum((bolus.dose_mg for bolus in self.boluses if bolus.at <= now), Decimal(0))

    def _open_segment(self, at: datetime, rate: Decimal) -> None:
        self._close_segment(at)
        self.rate = rate
        self.segments.append(Segment(at, rate, None, self.concentration))

    def _close_segment(self, at: datetime) -> None:
        if self.segments and self.segments[-1].until is None:
            last = self.segments[-1]
            self.segments[-1] = Segment(last.since, last.rate_mg_h, at, last.concentration_mg_ml)

    def _end_pause(self, at: datetime) -> None:
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1] = (self.pauses[-1][0], at)

    def _start(self, at: datetime, given: Decimal | None, _content: Infusion, planned: Decimal) -> str | None:
        disputed = None if self.state is PumpState.NOT_STARTED else f"started while {self.state.replace('_', ' ')}"
        self.started_at = self.started_at or at
        self.stopped_at = None
        self._end_pause(at)
        self._open_segment(at, planned if given is None else given)
        self.state = PumpState.RUNNING
        return disputed

    def _rate(self, at: datetime, given: Decimal | None, _content: Infusion, _planned: Decimal) -> str | None:
        rate = self.rate if given is None else given
        if self.state is PumpState.RUNNING:
            self._open_segment(at, rate)
            return None
        if self.state is PumpState.PAUSED:
            self.rate = rate
            return None
        return f"rate changed while {self.state.replace('_', ' ')}"

    def _pause(self, at: datetime, _given: Decimal | None, _content: Infusion, _planned: Decimal) -> str | None:
        if self.state is not PumpState.RUNNING:
            return f"paused while {self.state.replace('_', ' ')}"
        self._close_segment(at)
        self.pauses.append((at, None))
        self.state = PumpState.PAUSED
        return None

    def _resume(self, at: datetime, given: Decimal | None, _content: Infusion, _planned: Decimal) -> str | None:
        if self.state is PumpState.PAUSED:
            self._end_pause(at)
            self._open_segment(at, self.rate if given is None else given)
            self.state = PumpState.RUNNING
            return None
        if self.state is PumpState.RUNNING and given is not None:
            self._open_segment(at, given)
        return f"resumed while {self.state.replace('_', ' ')}"

    def _bolus(self, at: datetime, _given: Decimal | None, content: Infusion, _planned: Decimal) -> str | None:
        self.boluses.append(Bolus(at, decimal(content.dose_mg or 0), self.concentration))
        if self.state in {PumpState.RUNNING, PumpState.PAUSED}:
            return None
        return f"bolus while {self.state.replace('_', ' ')}"

    def _stop(self, at: datetime, _given: Decimal | None, _content: Infusion, _planned: Decimal) -> str | None:
        if self.state not in {PumpState.RUNNING, PumpState.PAUSED}:
            return f"stopped while {self.state.replace('_', ' ')}"
        self._close_segment(at)
        self._end_pause(at)
        self.stopped_at = at
        self.state = PumpState.STOPPED
        return None


_STAGES: Final = {
    PumpState.NOT_STARTED: Stage.BEFORE,
    PumpState.RUNNING: Stage.INFUSION,
    PumpState.PAUSED: Stage.PAUSED,
    PumpState.STOPPED: Stage.RECOVERY,
}


def decimal(value: float | Decimal) -> Decimal:
    """Return the number as it was written, without binary noise."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _after(at: datetime, dose_mg: Decimal, rate: Decimal) -> datetime | None:
    """Return when ``dose_mg`` has run at ``rate``; ``None`` where it never does, or in more than a week."""
    if rate <= 0 or dose_mg / rate > _LONGEST:
        return None
    micros = (dose_mg / rate * _HOUR_US).to_integral_value(ROUND_HALF_UP)
    return at + timedelta(microseconds=int(micros))


@dataclass(frozen=True, slots=True)
class EnteredRate:
    """A rate as somebody typed it, in its unit; the concentration (mg/mL) where it was typed beside it."""

    value: Decimal
    unit: str
    concentration_mg_ml: Decimal | None = None


def to_mg_h(rate: EnteredRate, weight_kg: Decimal, concentration: Decimal | None = None) -> Decimal | None:
    """Return a rate in mg/h; ``None`` where mL/h has no concentration.

    The concentration that was typed with the rate comes before ``concentration``, the one in the pump.
    """
    per_ml = rate.concentration_mg_ml or concentration
    match rate.unit:
        case "mL/h":
            return None if per_ml is None else rate.value * per_ml
        case "mg/min":
            return rate.value * 60
        case "mcg/kg/min":
            return rate.value * weight_kg * 60 / 1000
        case "mg/kg/h":
            return rate.value * weight_kg
        case _:
            return rate.value


def entered_rate(text: str) -> EnteredRate | None:
    """Read ``4.8 mL/h at 10 mg/mL`` or ``0.5 mg/kg/h``, as the form keeps what was typed; ``None`` for other words."""
    found = _ENTERED.fullmatch(text.strip())
    if found is None:
        return None
    value, unit, concentration = found.groups()
    return EnteredRate(_read(value), unit, None if concentration is None else _read(concentration))


def _read(number: str) -> Decimal:
    return Decimal(number.replace(",", "."))


def rounded(value: Decimal) -> Decimal:
    """Round to 0.01, halves up."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def rate_entries(actions: Sequence[Action]) -> list[Action]:
    """Return the actions that changed what runs, for the lane of the panel."""
    return [action for action in actions if action.content.action != "bolus"]
