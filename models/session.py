"""The one idea: everything a screen shows of a session is a pure fold over its entries, its protocol and ``now``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Final

from models.alert_log import AlertLog
from models.alerts import Alert, Watch
from models.corrections import Effective, chain, effective, outside_signing, place
from models.entries import (
    Acknowledgement,
    AdverseEvent,
    BaselineSet,
    Content,
    Emergency,
    Entry,
    Handover,
    Hold,
    Infusion,
    Limit,
    Medication,
    Move,
    Note,
    Opening,
    Phase,
    Reading,
    Screening,
    Signature,
)
from models.holds import OnHold
from models.infusion import Pump, PumpState
from models.moments import minutes_between
from models.patient_limits import PatientLimit
from models.protocol import Limits, Protocol
from models.punctuality import Lapse, OnTime, Punctuality, running_lapse
from models.rules import (
    DISTRESS_CAUSE,
    EMERGENCY_CAUSE,
    HEADACHE_CAUSE,
    MEASURED_BY,
    Charted,
    Flag,
    Known,
    Present,
    Severity,
    Stage,
    emergency_flag,
    judge,
    order,
    worst,
)
from models.schedule import Due, Facts, due, next_check, overdue_flag
from models.taken_back import TakenBack, taken_back
from models.terms import ENDED, SYMPTOM_BY_KEY, symptom_of
from models.vitals import mean_pressure

SCORES: Final = ("dissociation", "nausea")


@dataclass(frozen=True, slots=True)
class Patient:
    """Who sits in the chair; ``born`` decides the gate above a certain age."""

    id: str
    mrn: str
    family: str
    given: str
    born: date
    sex: str
    indication: str | None = None

    @property
    def name(self) -> str:
        """Return given and family name as they are said."""
        return f"{self.given} {self.family}"

    @property
    def initials(self) -> str:
        """Return the initials as the wall shows them."""
        return "".join(f"{part[:1].upper()}." for part in (self.given, self.family) if part)

    def age_on(self, day: date) -> int:
        """Return the age in whole years on ``day``."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(frozen=True, slots=True)
class Chair:
    """A recliner of the clinic, known by its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a fold needs of one session: its entries in any order, and what they refer to."""

    id: str
    entries: tuple[Entry, ...]
    protocol: Protocol
    patients: Mapping[str, Patient]
    chairs: Mapping[str, Chair]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest value of a vital, how it was judged, and the entry it came from."""

    value: float
    measured_at: datetime
    severity: Severity
    entry_id: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The patient's own baseline: the last complete set before the start, other vitals as last charted then."""

    values: Mapping[str, float]
    measured_at: datetime
    entry_id: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One reading or event as it counts, in the phase of its moment, with its verdict.

    ``minute`` counts from the start of the infusion (negative before), ``None`` without one. ``complete`` is the
    full set that resets the clock, ``missing`` what kept it from being one.
    """

    effective: Effective
    stage: Stage
    flags: tuple[Flag, ...]
    complete: bool = False
    missing: tuple[str, ...] = ()
    minute: float | None = None

    @property
    def entry(self) -> Entry:
        """Return the entry that was written."""
        return self.effective.entry

    @property
    def at(self) -> datetime:
        """Return the moment it speaks of."""
        return self.effective.at

    @property
    def severity(self) -> Severity:
        """Return the worst of its flags."""
        return worst(self.flags)

    @property
    def reading(self) -> Reading | None:
        """Return the content where it is a reading."""
        content = self.effective.written.content
        return content if isinstance(content, Reading) else None

    @property
    def map(self) -> int | None:
        """Return the mean pressure in mmHg where both pressures were measured."""
        values = self.reading.values if self.reading else {}
        return mean_pressure(values["sbp"], values["dbp"]) if {"sbp", "dbp"} <= values.keys() else None

    def severity_of(self, vital: str) -> Severity:
        """Return how the value of one vital was judged here."""
        return worst(flag for flag in self.flags if flag.vital == vital)


@dataclass(frozen=True, slots=True)
class Event:
    """An adverse event put together from its entries, with what was running when it began."""

    id: str
    entry_id: str
    term: str
    onset_at: datetime
    grade: int | None
    serious: tuple[str, ...] | None
    action_taken: str | None
    interventions: tuple[str, ...]
    outcome: str | None
    resolved_at: datetime | None
    note: str | None
    author: str
    minutes_from_start: float | None
    delivered_mg: Decimal | None
    rate_mg_h: Decimal | None
    last_bp: tuple[float, float] | None

    @property
    def open(self) -> bool:
        """Say whether it has not ended yet."""
        return self.resolved_at is None and self.outcome not in ENDED


@dataclass(frozen=True, slots=True)
class Said:
    """A note, medicine or screening as it counts, with who wrote it and when."""

    effective: Effective

    @property
    def content(self) -> Content:
        """Return what it says."""
        return self.effective.written.content


@dataclass(frozen=True)
class SessionView:
    """A session as every screen sees it at ``now``: nothing in it is stored, all of it is computed."""

    id: str
    now: datetime
    zone: tzinfo
    record: Record
    opening: Opening
    opened: Effective
    stage: Stage
    pump: Pump
    baseline: Baseline | None
    latest: Mapping[str, Latest]
    flags: tuple[Flag, ...]
    due: Due
    facts: Facts
    judged: tuple[Judged, ...]
    events: tuple[Event, ...]
    medications: tuple[Said, ...]
    notes: tuple[Said, ...]
    screening: Said | None
    effective: tuple[Effective, ...]
    closed_at: datetime | None
    cancelled: bool
    signed: Entry | None
    last_seq: int
    chair_id: str
    watch: Watch
    punctuality: Punctuality
    charted_hold: OnHold | None
    patient_limits: Mapping[str, PatientLimit]
    handovers: tuple[Said, ...]

    @property
    def patient(self) -> Patient:
        """Return who is treated."""
        return self.record.patients[self.opening.patient_id]

    @property
    def chair(self) -> Chair:
        """Return where."""
        return self.record.chairs[self.chair_id]

    @property
    def protocol(self) -> Protocol:
        """Return the version of the limits this session is pinned to."""
        return self.record.protocol

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        """Return the alerts as they stand now, open ones first."""
        return tuple(self.watch.alerts(self.now, self.zone, self._lapsing, self.ended_at))

    def alert_existed_from(self, alert_id: str) -> datetime | None:
        """Return from when there was an alert of this id; ``None`` where there never was."""
        return self.watch.existed_from(alert_id, self._lapsing)

    @property
    def _lapsing(self) -> Lapse | None:
        return running_lapse(self.punctuality.check, self.protocol.intervals, self.now)

    @property
    def on_time(self) -> OnTime:
        """Return how many of the checks that fell due were done in time."""
        return self.punctuality.by(self.now)

    @property
    def hold(self) -> OnHold | None:
        """Return the hold that is on; it keeps no check from counting."""
        return self.charted_hold if self.charted_hold and self.charted_hold.holds_at(self.now) else None

    def limits_of(self, vital: str) -> Limits:
        """Return the limits of ``vital`` in force: those set for the patient, else the protocol's."""
        own = self.patient_limits.get(vital)
        return self.protocol.limits_of(vital) if own is None else own.limits

    @property
    def arrived_at(self) -> datetime:
        """Return when the patient took the chair."""
        return self.opened.at

    @property
    def severity(self) -> Severity:
        """Return the state of the chair: the worst active flag."""
        return worst(self.flags)

    @property
    def state(self) -> str:
        """Return ``active``, ``closed`` or ``signed``: what lists are filtered by."""
        if self.signed is not None:
            return "signed"
        return "closed" if self.stage is Stage.CLOSED else "active"

    @property
    def ended_at(self) -> datetime | None:
        """Return when the chair became free: when the session was closed or signed."""
        if self.closed_at is not None:
            return self.closed_at
        return None if self.signed is None else self.signed.measured_at

    @property
    def started_at(self) -> datetime | None:
        """Return the start of the infusion."""
        return self.pump.started_at

    @property
    def readings(self) -> tuple[Judged, ...]:
        """Return the readings in order of their moments."""
        return tuple(one for one in self.judged if one.reading is not None)

    @property
    def last_set(self) -> Judged | None:
        """Return the last complete set."""
        return next((one for one in reversed(self.judged) if one.complete), None)

    @property
    def planned_end(self) -> datetime | None:
        """Return the planned end of the infusion, moved by its pauses and by changes of its rate."""
        return self.pump.planned_end(self.opening.plan, self.dosed_until)

    @property
    def dose_reached_at(self) -> datetime | None:
        """Return when the planned dose was reached; ``None`` before."""
        planned = Decimal(str(self.opening.plan.dose_mg))
        return self.pump.reaches(planned, self.dosed_until) if self.delivered_mg >= planned else None

    @property
    def dosed_until(self) -> datetime:
        """Return the moment up to which the dose counts: now, or the end of a session closed while the pump ran."""
        return self.now if self.ended_at is None else min(self.now, self.ended_at)

    @property
    def delivered_mg(self) -> Decimal:
        """Return the dose given so far."""
        return self.pump.delivered(self.dosed_until)

    @property
    def mg_per_kg(self) -> Decimal:
        """Return the dose given so far per kg of body weight."""
        return self.pump.mg_per_kg(self.dosed_until, self.opening.weight_kg)

    @property
    def stop_not_charted(self) -> bool:
        """Say whether the planned dose is reached while the record still has the pump running."""
        running = self.pump.state is PumpState.RUNNING
        return running and self.delivered_mg >= Decimal(str(self.opening.plan.dose_mg))

    @property
    def after_signing(self) -> frozenset[str]:
        """Return the ids of entries measured before the signature that arrived after it."""
        if self.signed is None:
            return frozenset()
        signed = self.signed
        return frozenset(
            entry.id
            for entry in self.record.entries
            if entry.seq > signed.seq and entry.measured_at < signed.measured_at
        )

    @cached_property
    def outside_signing(self) -> frozenset[str]:
        """Return the ids of what arrived after the signature and counts nowhere, corrections included."""
        return outside_signing(self.record.entries)

    @property
    def arrived_after(self) -> list[Effective]:
        """Return what arrived after the signature, as corrected since, in order of its moments; it counts nowhere."""
        outside = self.outside_signing
        return [one for one in effective(self.record.entries) if one.entry.id in outside] if outside else []

    def minute(self, at: datetime) -> float | None:
        """Return the minutes from the start of the infusion to ``at``; ``None`` without a start."""
        return None if self.started_at is None else minutes_between(self.started_at, at)

    def screening_by(self, at: datetime) -> Screening | None:
        """Return the newest screening charted by ``at``."""
        found = None
        for one in self.effective:
            if not one.struck and one.at <= at and isinstance(one.written.content, Screening):
                found = one.written.content
        return found

    def root_of(self, entry_id: str) -> Entry | None:
        """Return what a correction corrects in the end, or the entry itself; ``None`` where it is unknown."""
        target = self._targets.get(entry_id, entry_id)
        return next((entry for entry in self.record.entries if entry.id == target), None)

    def judgement(self, entry_id: str) -> Judged | None:
        """Return how one entry was judged; of a correction, how what it corrects is judged now."""
        target = self._targets.get(entry_id, entry_id)
        return next((one for one in self.judged if one.entry.id == target), None)

    @cached_property
    def disputed(self) -> Mapping[str, str]:
        """Return why an infusion entry does not fit the record, by entry id."""
        return {action.entry_id: action.disputed for action in self.pump.actions if action.disputed}

    @cached_property
    def _targets(self) -> Mapping[str, str]:
        targets: dict[str, str] = {}
        for entry in sorted(self.record.entries, key=lambda one: one.seq):
            corrects = getattr(entry.content, "entry_id", None) if entry.kind == "correction" else None
            if corrects is not None:
                targets[entry.id] = targets.get(corrects, corrects)
        return targets


def fold(  # noqa: PLR0913  # what, when, and the three ways to look back
    record: Record,
    now: datetime,
    *,
    at: datetime | None = None,
    known: datetime | None = None,
    zone: tzinfo = UTC,
    also: Collection[str] = (),
) -> SessionView | None:
    """Put a session together from its entries; what arrived after the signature counts nowhere.

    Args:
        record: the entries in any order, the protocol the session is pinned to, its patients and chairs.
        now: the present moment.
        at: show the session as of this moment: entries measured up to then, corrections applied, ``now`` = then.
        known: leave out what was recorded after this moment.
        zone: the clinic's time zone, for times in sentences.
        also: the ids of entries that count although they arrived after the signature.

    Returns:
        The view, or ``None`` where nothing is known yet at that moment.
    """
    entries = [entry for entry in record.entries if known is None or entry.recorded_at <= known]
    moment = now if at is None else at
    outside = outside_signing(entries) - frozenset(also)
    inside = [entry for entry in entries if entry.id not in outside]
    counted = [one for one in effective(inside, also) if at is None or one.at <= moment]
    opened = next((one for one in counted if one.kind == "opening"), None)
    if opened is None:
        return None
    walk = _Walk(record, opened, moment, zone)
    for one in _with_taken_back(counted, inside, moment if at is not None else None):
        walk.take(one)
    return walk.view(counted, entries)


def _with_taken_back(
    counted: list[Effective], entries: Sequence[Entry], until: datetime | None
) -> Sequence[Effective | TakenBack]:
    """Return what counts and, in their places, the versions that counted until they were corrected."""
    gone = [one for one in taken_back(counted, entries) if until is None or one.at <= until]
    return sorted([*counted, *gone], key=lambda one: place(one.written, one.entry.id)) if gone else counted


def judged_as_charted(view: SessionView, entry_id: str) -> Judged | None:
    """Return how an entry is judged at its moment, also where it arrived after the signature and counts nowhere."""
    if entry_id not in view.outside_signing:
        return view.judgement(entry_id)
    counting = chain(entry_id, view.record.entries)
    whole = fold(view.record, view.now, zone=view.zone, also=counting)
    return None if whole is None else whole.judgement(entry_id)


def later(view: SessionView, now: datetime) -> SessionView:
    """Return the same record as seen at a later ``now``: only what time alone changes is computed again."""
    next_set = due(view.facts, view.protocol.intervals, now)
    held = view.charted_hold.reason if view.charted_hold and view.charted_hold.holds_at(now) else None
    overdue = overdue_flag(view.facts, next_set, now, view.zone, held)
    flags = [flag for flag in view.flags if flag.rule != "OVERDUE"] + ([overdue] if overdue else [])
    return replace(view, now=now, due=next_set, flags=tuple(sorted(flags, key=order)))


@dataclass(slots=True)
class _Undone:
    """Which scores were left undone the last time somebody mentioned them."""

    last: dict[str, bool] = field(default_factory=dict)

    def missing(self, reading: Reading) -> tuple[str, ...]:
        """Return what keeps a reading from being a complete set, and remember what it left undone."""
        missing = [vital for vital in ("sbp", "dbp", "hr") if vital not in reading.values]
        for vital in SCORES:
            undone = reading.undone(vital)
            if vital not in reading.values and not (undone and not self.last.get(vital, False)):
                missing.append(vital)
            if vital in reading.values or undone:
                self.last[vital] = vital not in reading.values
        return tuple(missing)


class _Walk:
    """One pass over the effective entries in order; holds what is known at each moment."""

    def __init__(self, record: Record, opened: Effective, now: datetime, zone: tzinfo) -> None:
        content = opened.written.content
        assert isinstance(content, Opening)  # noqa: S101  # fold() has just looked
        self.record, self.opened, self.opening, self.now, self.zone = record, opened, content, now, zone
        patient = record.patients[content.patient_id]
        age = patient.age_on(opened.at.astimezone(zone).date())
        self.known = Known(record.protocol, age_years=age)
        self.pump = Pump()
        self.newest: dict[str, Charted] = {}
        self.verdicts: dict[str, tuple[Flag, ...]] = {}
        self.standing: list[Flag] = []
        self.judged: list[Judged] = []
        self.events: dict[str, list[Effective]] = {}
        self.said: dict[str, list[Said]] = {"medication": [], "note": [], "screening": [], "handover": []}
        self.undone = _Undone()
        self.before: Baseline | None = None
        self.baseline: Baseline | None = None
        self.complete: datetime | None = None
        self.over_gate = False
        self.triggers: list[datetime] = []
        self.closed_at: datetime | None = None
        self.cancelled = False
        self.signed: Entry | None = None
        self.log = AlertLog()
        self.chair_id = content.chair_id
        self.hold: OnHold | None = None
        self.patient_limits: dict[str, PatientLimit] = {}
        self.decided: BaselineSet | None = None
        self.punctuality = Punctuality(record.protocol.intervals, None)
        self.moved = self.done = True

    def take(self, one: Effective | TakenBack) -> None:
        """Take in the next entry: one that counts, or a version that counted once; struck ones count for nothing."""
        if isinstance(one, TakenBack):
            self._taken_back(one)
        elif not one.struck:
            self._take(one)
            if self.moved:
                self._next_check(one)

    def _next_check(self, one: Effective) -> None:
        after = next_check(self._facts(), self.record.protocol.intervals)
        self.punctuality.moves(after, one.at, one.known_at, done=self.done)
        self.moved = self.done = False

    def _facts(self) -> Facts:
        return Facts(
            stage=Stage.CLOSED if self.signed is not None else self.known.stage,
            arrived_at=self.opened.at,
            started_at=self.pump.started_at,
            complete=self.complete,
            triggers=self.triggers,
            over_gate=self.over_gate,
        )

    def _take(self, one: Effective) -> None:
        content = one.written.content
        match content:
            case Reading():
                self._reading(one, content)
            case Infusion():
                self._infusion(one, content)
            case AdverseEvent():
                self._event(one, content)
            case Phase():
                self._phase(one, content)
            case Signature():
                self.signed, self.moved = self.signed or one.entry, True
            case Medication() | Note() | Screening() | Handover():
                self.said[content.kind].append(Said(one))
                if isinstance(content, Medication):
                    self.log.medication(one, content)
            case _:
                self._around(one, content)

    def _around(self, one: Effective, content: Content) -> None:
        """Take in what is about the watching itself: alerts, holds, limits, baseline, chair."""
        match content:
            case Acknowledgement():
                self.log.acknowledge(one, content)
            case Emergency():
                self._emergency(one)
            case Hold():
                self.hold = None if content.over else OnHold.of(one, content)
            case Limit():
                own = PatientLimit.of(one, content, self.known.limits_of(content.vital))
                self.patient_limits[content.vital] = own
                self.known.take_limits(content.vital, own.limits)
            case BaselineSet():
                self._decide_baseline(one, content)
            case Move():
                self.chair_id = content.chair_id
            case _:
                pass

    def _emergency(self, one: Effective) -> None:
        flags = (emergency_flag(one.entry.id, one.at),)
        self.standing = [*self.standing, *flags]
        self._note_times(one.at, flags, complete=False)
        self.log.charted(one, {}, flags)
        self.judged.append(Judged(one, self.known.stage, flags))

    def _decide_baseline(self, one: Effective, content: BaselineSet) -> None:
        """Put a clinician's values in the place of what was measured; other vitals stay as they were."""
        before = self.before if self.pump.started_at is None else self.baseline
        decided = Baseline((dict(before.values) if before else {}) | dict(content.values), one.at, one.entry.id)
        if self.pump.started_at is None:
            self.before, self.decided = decided, content
        else:
            self.baseline, self.known.baseline = decided, decided.values

    def _taken_back(self, gone: TakenBack) -> None:
        """Judge what an entry said until it was corrected; it leaves no other trace than in the alerts."""
        content = gone.written.content
        match content:
            case Reading():
                charted = charted_of(gone.entry.id, gone.at, content)
                causes = self._denied(charted)
                flags = judge(charted, self.known)
                self.log.taken_back(gone, with_mean(content.values), flags, causes)
            case AdverseEvent():
                symptom, cause = symptom_of(content.term), f"event:{content.event_id}"
                ended = content.resolved_at is not None or content.outcome in ENDED
                red = {} if ended or symptom is None else {cause: symptom}
                flags = judge(Charted(gone.entry.id, gone.at, {}, red), self.known)
                self.log.taken_back(gone, {}, flags, {cause} if ended else ())
            case Emergency():
                self.log.taken_back(gone, {}, (emergency_flag(gone.entry.id, gone.at),), ())
            case _:
                pass

    def _reading(self, one: Effective, reading: Reading) -> None:
        charted = charted_of(one.entry.id, one.at, reading)
        gone = self._clear(charted)
        flags = judge(charted, self.known)
        missing = self.undone.missing(reading)
        values = self._remember(charted, flags)
        self.log.charted(one, values, flags, gone)
        self._note_times(one.at, flags, complete=not missing)
        self.hold = None
        self.judged.append(Judged(one, self.known.stage, flags, not missing, missing, self._minute(one.at)))
        if self.known.stage is Stage.BEFORE:
            self._baseline(one, reading, complete=not missing)

    def _clear(self, charted: Charted) -> set[str]:
        """Take away standing flags whose every cause is denied here, and return what is denied."""
        gone = self._denied(charted)
        if charted.distress is False:
            self.known.distress_at = None
        self._drop(gone)
        return gone

    def _denied(self, charted: Charted) -> set[str]:
        """Return the causes that a reading denies."""
        gone: set[str] = set()
        if charted.denied:
            gone |= {cause for cause, one in self.known.present.items() if not one.from_event} | {EMERGENCY_CAUSE}
        if charted.distress is False:
            gone.add(DISTRESS_CAUSE)
        headache = charted.values.get("headache")
        if headache is not None:
            limit = self.known.own.headache_caution_high
            if limit is not None and headache < limit:
                gone.add(HEADACHE_CAUSE)
        return gone

    def _drop(self, gone: Iterable[str]) -> None:
        causes = frozenset(gone)
        if not causes:
            return
        for cause in causes:
            self.known.present.pop(cause, None)
        if not self.standing:
            return
        left = [replace(flag, causes=flag.causes - causes) for flag in self.standing]
        self.standing = [flag for flag in left if flag.causes]

    def _remember(self, charted: Charted, flags: tuple[Flag, ...]) -> Mapping[str, float]:
        """Keep the newest value, verdict and symptom for what comes after; return the values with the mean pressure."""
        values, at = with_mean(charted.values), charted.at
        self.newest |= dict.fromkeys(values, charted)
        self.verdicts |= dict.fromkeys(values, ())
        for flag in flags:
            if not flag.causes:
                self.verdicts[flag.vital] = (*self.verdicts[flag.vital], flag)
        self.known.recent |= {vital: (value, at) for vital, value in charted.values.items()}
        for cause, symptom in charted.symptoms.items():
            from_event = cause not in SYMPTOM_BY_KEY
            self.known.present[cause] = Present(symptom, at, from_event)
        if charted.distress:
            self.known.distress_at = at
        for flag in flags:
            if flag.causes:
                self._stand(flag, charted.values)
        return values

    def _stand(self, flag: Flag, values: Mapping[str, float]) -> None:
        """Let a flag stand until its causes are denied; it speaks for older ones of the same causes.

        It makes a worse one of its rule milder only where the value that made that one worse was measured again.
        """
        covered = {"RED_SYMPTOM", flag.rule} if flag.rule == "SYMPTOMATIC_HTN" else {flag.rule}
        measured = MEASURED_BY.get(flag.rule)
        unmeasured = measured is not None and measured not in values
        kept = []
        for old in self.standing:
            if old.rule not in covered:
                kept.append(old)
            elif unmeasured and old.severity > flag.severity and flag.causes <= old.causes:
                return
            elif old.causes - flag.causes:
                kept.append(replace(old, causes=old.causes - flag.causes))
        self.standing = [*kept, flag]

    def _note_times(self, at: datetime, flags: tuple[Flag, ...], *, complete: bool) -> None:
        gate = [flag for flag in flags if flag.rule.startswith("PRE_")]
        if complete:
            self.complete = at
            self.over_gate = bool(gate)
            self.triggers = [moment for moment in self.triggers if moment >= at]
            self.moved = self.done = True
        if any(flag.severity is Severity.CRITICAL and flag not in gate for flag in flags):
            self.triggers.append(at)
            self.moved = True

    def _baseline(self, one: Effective, reading: Reading, *, complete: bool) -> None:
        if self.decided is not None:
            reading = replace(reading, values=dict(reading.values) | dict(self.decided.values))
        last = dict(self.before.values) if self.before else {}
        core = ("sbp", "dbp", "hr", *SCORES)
        others = {key: value for key, value in reading.values.items() if key not in core}
        if complete:
            values = {key: value for key, value in last.items() if key not in core} | dict(reading.values)
            self.before = Baseline(values, one.at, one.entry.id)
        elif others:
            moment, entry_id = (self.before.measured_at, self.before.entry_id) if self.before else (one.at, "")
            self.before = Baseline(last | others, moment, entry_id)

    def _infusion(self, one: Effective, content: Infusion) -> None:
        first = self.pump.started_at is None
        action = self.pump.act(one.entry.id, one.at, one.entry.author, content, self.opening.plan.rate_mg_h)
        if content.action == "start" and first:
            self._started(content)
        elif action.raises_rate or content.action == "bolus":
            self.triggers.append(one.at)
        self.log.pump(one, action)
        self.moved = True
        if self.known.stage is not Stage.CLOSED:
            self.known.stage = self.pump.stage

    def _started(self, content: Infusion) -> None:
        self.baseline = self.before
        self.known.baseline = self.before.values if self.before else {}
        self.triggers = []
        why = start_objections(self.screening, self._gate_flags(), content)
        if why:
            self.pump.dispute(why[0][1])

    @property
    def screening(self) -> Screening | None:
        """Return the newest screening."""
        last = self.said["screening"][-1].content if self.said["screening"] else None
        return last if isinstance(last, Screening) else None

    def _gate_flags(self) -> list[Flag]:
        flags = [*self.verdicts.get("sbp", ()), *self.verdicts.get("dbp", ())]
        return [flag for flag in flags if flag.rule.startswith("PRE_") and flag.severity is Severity.CRITICAL]

    def _event(self, one: Effective, content: AdverseEvent) -> None:
        self.events.setdefault(content.event_id, []).append(one)
        merged = merged_event(self.events[content.event_id])
        symptom = symptom_of(merged.term)
        cause = f"event:{content.event_id}"
        ended = merged.resolved_at is not None or merged.outcome in ENDED
        flags: tuple[Flag, ...] = ()
        gone: set[str] = set()
        if ended or symptom is None:
            gone = {cause} | ({symptom.key} if symptom and ended else set())
            self._drop(gone)
        else:
            charted = Charted(one.entry.id, one.at, {}, {cause: symptom})
            flags = judge(charted, self.known)
            self._remember(charted, flags)
            self._note_times(one.at, flags, complete=False)
        self.log.charted(one, {}, flags, gone)
        self.log.event(one, content)
        self.judged.append(Judged(one, self.known.stage, flags))

    def _phase(self, one: Effective, content: Phase) -> None:
        if content.to in {"closed", "cancelled"}:
            self.closed_at = self.closed_at or one.at
            self.cancelled = content.to == "cancelled"
            self.known.stage = Stage.CLOSED
            self.moved = True

    def view(self, counted: Sequence[Effective], entries: Sequence[Entry]) -> SessionView:
        """Put together what was found."""
        facts = self._facts()
        next_set = due(facts, self.record.protocol.intervals, self.now)
        held = self.hold.reason if self.hold and self.hold.holds_at(self.now) else None
        overdue = overdue_flag(facts, next_set, self.now, self.zone, held)
        active = [flag for verdict in self.verdicts.values() for flag in verdict] + self.standing
        if overdue:
            active.append(overdue)
        return SessionView(
            id=self.record.id,
            now=self.now,
            zone=self.zone,
            record=replace(self.record, entries=tuple(entries)),
            opening=self.opening,
            opened=self.opened,
            stage=facts.stage,
            pump=self.pump,
            baseline=self.baseline if self.pump.started_at else self.before,
            latest=self._latest(),
            flags=tuple(sorted(active, key=order)),
            due=next_set,
            facts=facts,
            judged=tuple(self._with_minute(one) for one in self.judged),
            events=tuple(self._put_together(parts) for parts in self.events.values()),
            medications=tuple(self.said["medication"]),
            notes=tuple(self.said["note"]),
            screening=self.said["screening"][-1] if self.said["screening"] else None,
            effective=tuple(counted),
            closed_at=self.closed_at,
            cancelled=self.cancelled,
            signed=self.signed,
            last_seq=max((entry.seq for entry in self.record.entries), default=0),
            chair_id=self.chair_id,
            watch=self.log.watch(self.punctuality.lapses),
            punctuality=self.punctuality,
            charted_hold=self.hold,
            patient_limits=self.patient_limits,
            handovers=tuple(self.said["handover"]),
        )

    def _latest(self) -> dict[str, Latest]:
        """Return the newest value of every vital with its verdict."""
        return {
            vital: Latest(with_mean(one.values)[vital], one.at, worst(self.verdicts[vital]), one.entry_id)
            for vital, one in self.newest.items()
        }

    def _minute(self, at: datetime) -> float | None:
        return None if self.pump.started_at is None else minutes_between(self.pump.started_at, at)

    def _with_minute(self, one: Judged) -> Judged:
        """Return what was judged before the start with its minute, which nobody knew then."""
        return one if one.minute is not None else replace(one, minute=self._minute(one.at))

    def _put_together(self, parts: Sequence[Effective]) -> Event:
        content = merged_event(parts)
        onset = datetime.fromisoformat(content.onset_at)
        minute = self._minute(onset)
        return Event(
            id=content.event_id,
            entry_id=parts[0].entry.id,
            term=content.term,
            onset_at=onset,
            grade=content.grade,
            serious=content.serious,
            action_taken=content.action_taken,
            interventions=content.interventions or (),
            outcome=content.outcome,
            resolved_at=datetime.fromisoformat(content.resolved_at) if content.resolved_at else None,
            note=content.note,
            author=parts[0].entry.author,
            minutes_from_start=minute,
            delivered_mg=None if minute is None else self.pump.delivered(onset),
            rate_mg_h=None if minute is None else self.pump.rate_at(onset),
            last_bp=self._pressure_before(onset),
        )

    def _pressure_before(self, moment: datetime) -> tuple[float, float] | None:
        found = None
        for one in self.judged:
            values = one.reading.values if one.reading else {}
            if one.at <= moment and {"sbp", "dbp"} <= values.keys():
                found = (values["sbp"], values["dbp"])
        return found


def charted_of(entry_id: str, at: datetime, reading: Reading) -> Charted:
    """Return what a reading says that can be judged."""
    symptoms = {key: SYMPTOM_BY_KEY[key] for key in reading.symptoms or ()}
    return Charted(entry_id, at, reading.values, symptoms, reading.symptoms == (), reading.distress)


def with_mean(values: Mapping[str, float]) -> Mapping[str, float]:
    """Return the values with the mean pressure where both pressures are there."""
    if "sbp" in values and "dbp" in values:
        return {**values, "map": mean_pressure(values["sbp"], values["dbp"])}
    return values


def merged_event(parts: Sequence[Effective]) -> AdverseEvent:
    """Merge the entries of one event: what a later one says replaces, what it leaves out stays."""
    merged: dict[str, object] = {}
    for part in parts:
        merged |= part.written.content.body()
    return AdverseEvent.restore(merged)


def start_objections(screening: Screening | None, gate: Sequence[Flag], start: Infusion) -> list[tuple[str, str]]:
    """Say what speaks against a start: field and sentence each; empty where nothing does.

    An override on the start lifts everything, one on the screening lifts a "yes" of the screening.
    """
    if start.override is not None:
        return []
    found = []
    if screening is None:
        found.append(("screening", "No screening is charted. Screen first, or a clinician overrides with a reason."))
    elif screening.yes and screening.override is None:
        named = ", ".join(screening.yes).replace("_", " ")
        found.append(("screening", f"Screening says yes to {named}. A clinician may override with a reason."))
    found += [
        (flag.vital, f"{flag.sentence}: over the gate. Recheck, or a clinician overrides with a reason.")
        for flag in gate
    ]
    return found
