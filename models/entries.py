"""What can be written in a record: one frozen dataclass a kind, parsed and checked at the door."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self, cast

from models import terms
from models.errors import FieldError, RefusedError, refuse
from models.fields import Fields
from models.moments import MIN, parse_moment
from models.people import Role
from models.vitals import BY_KEY, CHARTED, Band

LATE_AFTER: Final = 5 * MIN
TRANSPORT: Final = frozenset({"confirmed", "queued", "unconfirmed"})
"""How an entry reached the server, not what it says: a repeat of the same entry may differ in these."""


class Content:
    """What an entry says, apart from who said it and when; stored as the JSON of its fields."""

    kind: ClassVar[str]

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        """Read the content from a request; wrong fields are noted in ``fields``."""
        raise NotImplementedError

    @classmethod
    def restore(cls, body: Mapping[str, Any]) -> Self:
        """Read the content back from the form in which it is stored.

        What was accepted once stays readable: nothing is checked again.
        """
        known = {one.name for one in dataclasses.fields(cast("Any", cls))}
        return cls(**{key: _revived(key, value) for key, value in body.items() if key in known})

    def body(self) -> dict[str, Any]:
        """Return the stored form: JSON values, what was not said left out."""
        return {key: _plain(value) for key, value in _shallow(self).items() if value is not None}


def _shallow(content: Content) -> dict[str, Any]:
    return {one.name: getattr(content, one.name) for one in dataclasses.fields(cast("Any", content))}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Content):
        return value.body()
    return dict(value) if isinstance(value, Mapping) else value


def _revived(key: str, value: Any) -> object:  # noqa: ANN401  # stored JSON
    if key == "override":
        return Override(**value)
    if key == "plan":
        return Plan(**value)
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Movable(Content):
    """What may have been charted on the wrong chair: where it was taken from, if it was moved here.

    Only a move writes this (`models/wrong_chair.py`). It names the chair and never the other patient.
    """

    moved_from: str | None = None
    moved_from_chair: str | None = None


def _confirmed(fields: Fields) -> tuple[str, ...] | None:
    return fields.texts("confirmed")


@dataclass(frozen=True, slots=True)
class Override(Content):
    """A clinician's decision to go on against a check; the reason prints with the record."""

    kind: ClassVar[str] = "override"
    reason: str

    @classmethod
    def read(cls, fields: Fields) -> Override | None:
        """Read the optional ``override`` of another kind."""
        given = fields.take("override")
        if given is None:
            return None
        inner = Fields(given if isinstance(given, Mapping) else {}, "override")
        reason = inner.text("reason", required=True)
        try:
            inner.finish()
        except RefusedError as error:
            fields.errors.extend(error.errors)
        return cls(reason or "")

    @classmethod
    def parse(cls, fields: Fields) -> Override:
        """Read the override itself."""
        return cls(fields.text("reason", required=True) or "")


@dataclass(frozen=True, slots=True)
class Plan(Content):
    """The planned infusion: dose in mg, duration in minutes, rate in mg/h."""

    kind: ClassVar[str] = "plan"
    dose_mg: float
    duration_min: float
    rate_mg_h: float

    @classmethod
    def parse(cls, fields: Fields) -> Plan:
        """Read a plan; a missing rate is the one that gives the dose in the duration."""
        dose = fields.number("dose_mg", 0, 10_000, required=True)
        minutes = fields.number("duration_min", 1, 24 * 60, required=True)
        rate = fields.number("rate_mg_h", 0, 10_000)
        if rate is None and dose is not None and minutes:
            rate = dose * 60 / minutes
        return cls(dose or 0, minutes or 1, rate or 0)


@dataclass(frozen=True, slots=True)
class Opening(Content):
    """A patient takes a chair: who, where, weight in kg and the plan."""

    kind: ClassVar[str] = "opening"
    chair_id: str
    patient_id: str
    weight_kg: float
    plan: Plan
    protocol: str | None = None
    confirmed: tuple[str, ...] | None = None
    allergies: str | None = None
    medicines: str | None = None
    consent: bool | None = None
    iv_check: bool | None = None
    escort: str | None = None
    vial_lot: str | None = None
    pump: str | None = None
    headache_days: int | None = None
    aura: bool | None = None
    light_sensitive: bool | None = None
    sound_sensitive: bool | None = None
    treatments_tried: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Opening:
        """Read an opening; plausibility of weight and dose is judged where the last visit is known."""
        chair = fields.uuid("chair_id", required=True)
        patient = fields.uuid("patient_id", required=True)
        weight = fields.number("weight_kg", 25, 350, required=True)
        plan = Plan(0, 1, 0)
        given = fields.take("plan")
        if isinstance(given, Mapping):
            inner = Fields(given, "plan")
            plan = Plan.parse(inner)
            try:
                inner.finish()
            except RefusedError as error:
                fields.errors.extend(error.errors)
        else:
            fields.wrong("plan", "plan: give dose_mg, duration_min and rate_mg_h.")
        protocol = fields.text("protocol", most=80)
        return cls(
            chair_id=chair or "",
            patient_id=patient or "",
            weight_kg=weight or 1,
            plan=plan,
            protocol=protocol,
            confirmed=_confirmed(fields),
            allergies=fields.text("allergies"),
            medicines=fields.text("medicines"),
            consent=fields.flag("consent"),
            iv_check=fields.flag("iv_check"),
            escort=fields.text("escort"),
            vial_lot=fields.text("vial_lot", most=80),
            pump=fields.text("pump", most=80),
            headache_days=fields.whole("headache_days", 0, 31),
            aura=fields.flag("aura"),
            light_sensitive=fields.flag("light_sensitive"),
            sound_sensitive=fields.flag("sound_sensitive"),
            treatments_tried=fields.text("treatments_tried"),
        )


@dataclass(frozen=True, slots=True)
class Screening(Content):
    """The conditions asked about before the start, each answered yes or no."""

    kind: ClassVar[str] = "screening"
    answers: Mapping[str, str]
    override: Override | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Screening:
        """Read the answers; every condition must be answered."""
        given = fields.take("answers")
        answers = {}
        if isinstance(given, Mapping):
            inner = Fields(given, "answers")
            for condition in terms.SCREENING:
                answers[condition] = inner.choice(condition, ("yes", "no"), required=True) or "yes"
            try:
                inner.finish()
            except RefusedError as error:
                fields.errors.extend(error.errors)
        else:
            fields.wrong("answers", f"answers: give yes or no for {', '.join(terms.SCREENING)}.")
        return cls(answers, Override.read(fields))

    @property
    def yes(self) -> tuple[str, ...]:
        """Return the conditions that were answered with yes."""
        return tuple(condition for condition, answer in self.answers.items() if answer == "yes")


@dataclass(frozen=True, slots=True)
class Reading(Movable):
    """Values charted at one moment; a value that nobody entered is absent, never 0.

    ``not_done`` holds the reason per vital, ``symptoms=()`` and ``distress=False`` mean asked and absent.
    """

    kind: ClassVar[str] = "reading"
    values: Mapping[str, float] = field(default_factory=dict)
    not_done: Mapping[str, str] | None = None
    distress: bool | None = None
    symptoms: tuple[str, ...] | None = None
    oxygen_l_min: float | None = None
    resting: bool | None = None
    confirmed: tuple[str, ...] | None = None
    queued: bool | None = None
    unconfirmed: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Reading:
        """Read a reading and refuse values outside what is accepted for their vital."""
        reading = cls(
            values=_values(fields),
            not_done=_not_done(fields),
            distress=fields.flag("distress"),
            symptoms=fields.choices("symptoms", tuple(terms.SYMPTOM_BY_KEY)),
            oxygen_l_min=fields.number("oxygen_l_min", 0, 60),
            resting=fields.flag("resting"),
            confirmed=_confirmed(fields),
            queued=fields.flag("queued"),
        )
        if not fields.errors:
            for error in _contradictions(reading):
                fields.wrong(error.field, error.message)
        return reading

    def undone(self, vital: str) -> bool:
        """Say whether ``vital`` was left undone with a reason (resting stands for dissociation: asleep)."""
        return vital in (self.not_done or {}) or (bool(self.resting) and vital == "dissociation")


def _values(fields: Fields) -> dict[str, float]:
    given = fields.take("values")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        fields.wrong("values", "values: give an object of numbers by vital.")
        return {}
    values: dict[str, float] = {}
    inner = Fields(given, "values")
    for vital in CHARTED:
        value = inner.whole(vital.key, int(vital.accepted.low), int(vital.accepted.high))
        if value is not None:
            values[vital.key] = value
    try:
        inner.finish()
    except RefusedError as error:
        fields.errors.extend(error.errors)
    return values


def _not_done(fields: Fields) -> dict[str, str] | None:
    given = fields.take("not_done")
    if given is None:
        return None
    if not isinstance(given, Mapping):
        return fields.wrong("not_done", "not_done: give a reason by vital.")
    inner = Fields(given, "not_done")
    reasons = {vital.key: inner.text(vital.key, most=120, required=inner.has(vital.key)) for vital in CHARTED}
    try:
        inner.finish()
    except RefusedError as error:
        fields.errors.extend(error.errors)
    return {vital: reason for vital, reason in reasons.items() if reason} or None


def _contradictions(reading: Reading) -> list[FieldError]:
    """Say what cannot be true together within one reading."""
    values, undone = reading.values, reading.not_done or {}
    errors = [
        FieldError(vital, f"{vital}: either a value or a reason why it was not done, not both.")
        for vital in undone
        if vital in values
    ]
    sbp, dbp = values.get("sbp"), values.get("dbp")
    if sbp is not None and dbp is not None and sbp <= dbp:
        errors.append(FieldError("dbp", f"DBP {dbp:g} must be below SBP {sbp:g}. Check the two numbers."))
    for given, other in (("sbp", "dbp"), ("dbp", "sbp")):
        if given in values and other not in values and other not in undone:
            said = f"{BY_KEY[other].short} is missing: give both pressures, or say why {BY_KEY[other].short}"
            errors.append(FieldError(other, f"{said} was not done."))
    answered = (reading.distress, reading.symptoms, reading.oxygen_l_min, reading.resting)
    if not values and not undone and all(one is None for one in answered):
        errors.append(FieldError("values", "Nothing was entered: give a value, or say why it was not done."))
    return errors


INFUSION_ACTIONS: Final = ("start", "rate", "pause", "resume", "bolus", "stop")


@dataclass(frozen=True, slots=True)
class Infusion(Movable):
    """Something done with the pump; rates in mg/h, boluses in mg, concentration in mg/mL.

    ``happened`` says that it was done already, so that it is recorded even where a check speaks against it.
    ``pump_ml`` is the volume that the pump itself shows at the stop.
    """

    kind: ClassVar[str] = "infusion"
    action: str
    rate_mg_h: float | None = None
    dose_mg: float | None = None
    concentration_mg_ml: float | None = None
    as_entered: str | None = None
    reason: str | None = None
    happened: bool | None = None
    override: Override | None = None
    confirmed: tuple[str, ...] | None = None
    pump_ml: float | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Infusion:
        """Read an action; what it needs depends on which one it is."""
        action = fields.choice("action", INFUSION_ACTIONS, required=True) or ""
        rate = fields.number("rate_mg_h", 0, 10_000, required=action == "rate")
        dose = fields.number("dose_mg", 0, 10_000, required=action == "bolus")
        if rate is not None and action in {"pause", "stop", "bolus"}:
            fields.wrong("rate_mg_h", f"rate_mg_h: a {action} has no rate.")
        if dose is not None and action and action != "bolus":
            fields.wrong("dose_mg", "dose_mg: only a bolus has a dose.")
        if action == "bolus" and dose == 0:
            fields.wrong("dose_mg", "dose_mg 0: a bolus is more than 0 mg.")
        concentration = fields.number("concentration_mg_ml", None, 1_000)
        if concentration is not None and concentration <= 0:
            fields.wrong("concentration_mg_ml", f"concentration_mg_ml {concentration:g}: give more than 0.")
        return cls(
            action=action,
            rate_mg_h=rate,
            dose_mg=dose,
            concentration_mg_ml=concentration,
            as_entered=fields.text("as_entered", most=80),
            reason=fields.text("reason"),
            happened=fields.flag("happened"),
            override=Override.read(fields),
            confirmed=_confirmed(fields),
            pump_ml=_pump_volume(fields, action),
        )


def _pump_volume(fields: Fields, action: str) -> float | None:
    volume = fields.number("pump_ml", 0, 10_000)
    if volume is not None and action and action != "stop":
        return fields.wrong("pump_ml", "pump_ml: the volume on the pump is read at the stop.")
    return volume


@dataclass(frozen=True, slots=True)
class AdverseEvent(Movable):
    """An adverse effect; a later entry with the same ``event_id`` updates it."""

    kind: ClassVar[str] = "adverse_event"
    event_id: str
    term: str
    onset_at: str
    grade: int | None = None
    serious: tuple[str, ...] | None = None
    action_taken: str | None = None
    interventions: tuple[str, ...] | None = None
    outcome: str | None = None
    resolved_at: str | None = None
    note: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> AdverseEvent:
        """Read an event; severity, seriousness and outcome are never presumed."""
        onset = fields.moment("onset_at", required=True)
        resolved = fields.moment("resolved_at")
        if onset and resolved and datetime.fromisoformat(resolved) < datetime.fromisoformat(onset):
            fields.wrong("resolved_at", "resolved_at lies before onset_at. Check the two times.")
        return cls(
            event_id=fields.uuid("event_id", required=True) or "",
            term=fields.text("term", most=120, required=True) or "",
            onset_at=onset or "",
            grade=fields.whole("grade", 1, 5),
            serious=fields.choices("serious", terms.SERIOUSNESS),
            action_taken=fields.choice("action_taken", terms.ACTIONS_TAKEN),
            interventions=fields.texts("interventions"),
            outcome=fields.choice("outcome", terms.OUTCOMES),
            resolved_at=resolved,
            note=fields.text("note", most=4000),
        )


@dataclass(frozen=True, slots=True)
class Medication(Movable):
    """A medicine that was given: dose in the unit named beside it."""

    kind: ClassVar[str] = "medication"
    name: str
    dose: float
    unit: str
    route: str
    event_id: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Medication:
        """Read a medicine as it was given."""
        return cls(
            name=fields.text("name", most=120, required=True) or "",
            dose=fields.number("dose", 0, 100_000, required=True) or 0,
            unit=fields.text("unit", most=20, required=True) or "",
            route=fields.text("route", most=40, required=True) or "",
            event_id=fields.uuid("event_id"),
        )


@dataclass(frozen=True, slots=True)
class Note(Movable):
    """Free text in the writer's words."""

    kind: ClassVar[str] = "note"
    text: str

    @classmethod
    def parse(cls, fields: Fields) -> Note:
        """Read a note."""
        return cls(fields.text("text", most=4000, required=True) or "")


@dataclass(frozen=True, slots=True)
class Acknowledgement(Content):
    """Somebody saw an alert and says what is done about it; the colour stays until the value changes."""

    kind: ClassVar[str] = "acknowledgement"
    alert_id: str
    action: str | None = None
    comment: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Acknowledgement:
        """Read which alert, and an action or a comment: one of the two is needed."""
        alert = fields.text("alert_id", most=120, required=True)
        action, comment = fields.text("action", most=120), fields.text("comment")
        if action is None and comment is None and not fields.errors:
            fields.wrong("action", "action: say what is done about it, or write a comment.")
        return cls(alert or "", action, comment)


@dataclass(frozen=True, slots=True)
class Hold(Content):
    """The patient cannot be checked just now; the clock of the next set goes on.

    ``over`` says that the patient is back: it ends the hold that is on.
    """

    kind: ClassVar[str] = "hold"
    reason: str
    until: str | None = None
    over: bool | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Hold:
        """Read why, and until when where somebody knows."""
        return cls(fields.text("reason", most=200, required=True) or "", fields.moment("until"), fields.flag("over"))


@dataclass(frozen=True, slots=True)
class Emergency(Content):
    """One tap that stamps the time and calls the board."""

    kind: ClassVar[str] = "emergency"
    note: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Emergency:
        """Read an emergency; it needs no words."""
        return cls(fields.text("note"))


LIMIT_SIDES: Final = ("critical_low", "caution_low", "caution_high", "critical_high")


@dataclass(frozen=True, slots=True)
class Limit(Content):
    """Limits of one vital for this patient, from now on; a side of ``None`` has no limit, one left out stays."""

    kind: ClassVar[str] = "limit"
    vital: str
    limits: Mapping[str, float | None]
    reason: str

    @classmethod
    def parse(cls, fields: Fields) -> Limit:
        """Read the sides that change; whether they fit those that stay is judged where these are known."""
        vital = fields.choice("vital", tuple(BY_KEY), required=True)
        limits: dict[str, float | None] = {}
        inner = fields.inner("limits", f"limits: give {', '.join(LIMIT_SIDES)}, or null to lift one.")
        if inner is not None:
            accepted = BY_KEY[vital].accepted if vital else Band(0, 300)
            low, high = int(accepted.low), int(accepted.high)
            limits = {side: inner.whole(side, low, high) for side in LIMIT_SIDES if inner.given(side)}
            fields.finish_inner(inner)
            if not limits and not fields.errors:
                fields.wrong("limits", f"limits: give at least one of {', '.join(LIMIT_SIDES)}.")
        return cls(vital or "", limits, fields.text("reason", required=True) or "")


@dataclass(frozen=True, slots=True)
class BaselineSet(Content):
    """A baseline decided by a clinician, in the place of what was measured before the start."""

    kind: ClassVar[str] = "baseline"
    values: Mapping[str, float]
    reason: str

    @classmethod
    def parse(cls, fields: Fields) -> BaselineSet:
        """Read the values; pressures are checked like those of a reading."""
        values = _values(fields)
        if not fields.errors:
            for error in _contradictions(Reading(values)):
                fields.wrong(error.field, error.message)
        return cls(values, fields.text("reason", required=True) or "")


@dataclass(frozen=True, slots=True)
class Move(Content):
    """The patient changes to another chair."""

    kind: ClassVar[str] = "move"
    chair_id: str

    @classmethod
    def parse(cls, fields: Fields) -> Move:
        """Read which chair."""
        return cls(fields.uuid("chair_id", required=True) or "")


@dataclass(frozen=True, slots=True)
class Handover(Content):
    """Open matters are handed to somebody."""

    kind: ClassVar[str] = "handover"
    to: str
    text: str

    @classmethod
    def parse(cls, fields: Fields) -> Handover:
        """Read to whom, and what is still open."""
        to = fields.text("to", most=64, required=True)
        return cls(to or "", fields.text("text", most=2000, required=True) or "")


@dataclass(frozen=True, slots=True)
class Phase(Content):
    """The session moves on: to recovery, closed, or cancelled before it began."""

    kind: ClassVar[str] = "phase"
    to: str
    reason: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Phase:
        """Read where the session moves; cancelling needs a reason."""
        to = fields.choice("to", ("recovery", "closed", "cancelled"), required=True) or ""
        return cls(to, fields.text("reason", required=to == "cancelled"))


@dataclass(frozen=True, slots=True)
class Signature(Content):
    """Somebody stands for the record as far as ``last_seq``; it is locked from then on."""

    kind: ClassVar[str] = "signature"
    meaning: str
    last_seq: int

    @classmethod
    def parse(cls, fields: Fields) -> Signature:
        """Read a signature and how much of the record was on the screen."""
        meaning = fields.text("meaning", most=200, required=True)
        return cls(meaning or "", fields.whole("last_seq", 0, 10**9, required=True) or 0)


@dataclass(frozen=True, slots=True)
class Discharge(Content):
    """Somebody looked whether the patient may go home: what was checked, and a clinician's override."""

    kind: ClassVar[str] = "discharge"
    checks: Mapping[str, bool]
    override: Override | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Discharge:
        """Read the checks; one that is left out was not asked."""
        given = fields.take("checks")
        inner = Fields(given if isinstance(given, Mapping) else {}, "checks")
        if not isinstance(given, Mapping):
            fields.wrong("checks", "checks: give true or false for oriented, steady_gait and escort.")
        answers = {name: inner.flag(name) for name in ("oriented", "steady_gait", "escort")}
        try:
            inner.finish()
        except RefusedError as error:
            fields.errors.extend(error.errors)
        return cls({name: one for name, one in answers.items() if one is not None}, Override.read(fields))


@dataclass(frozen=True, slots=True)
class Waste(Content):
    """What was left of the drug was thrown away, in mg, seen by a second account."""

    kind: ClassVar[str] = "waste"
    amount_mg: float
    witness: str

    @classmethod
    def parse(cls, fields: Fields) -> Waste:
        """Read amount and witness; whether that account may witness is judged where accounts are known."""
        amount = fields.number("amount_mg", 0.01, 10_000, required=True)
        return cls(amount or 0, fields.text("witness", most=64, required=True) or "")


@dataclass(frozen=True, slots=True)
class ReviewNote(Content):
    """What the review makes of a session or of one event: causality is judged here, never at the chair."""

    kind: ClassVar[str] = "review"
    event_id: str | None = None
    causality: str | None = None
    text: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> ReviewNote:
        """Read a review; causality is that of an event."""
        found = cls(
            event_id=fields.uuid("event_id"),
            causality=fields.choice("causality", terms.CAUSALITY),
            text=fields.text("text", most=4000),
        )
        if not fields.errors and found.causality is None and found.text is None:
            fields.wrong("text", "text: say something, or give the causality of an event.")
        if found.causality is not None and not fields.has("event_id"):
            fields.wrong("event_id", "event_id is missing: causality is that of one event.")
        return found


@dataclass(frozen=True, slots=True)
class FollowUp(Content):
    """What was heard after the visit: the headache then, and free words."""

    kind: ClassVar[str] = "follow_up"
    headache: int | None = None
    text: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> FollowUp:
        """Read a follow-up; one of the two is needed."""
        found = cls(fields.whole("headache", 0, 10), fields.text("text", most=4000))
        if not fields.errors and found.headache is None and found.text is None:
            fields.wrong("text", "text: say something, or give the headache from 0 to 10.")
        return found


@dataclass(frozen=True, slots=True)
class Written:
    """A content with the moment it speaks of: what a correction puts in the place of something else."""

    content: Content
    measured_at: datetime

    def body(self) -> dict[str, Any]:
        """Return the stored form, with kind and time."""
        body = self.content.body()
        return {"kind": self.content.kind, "measured_at": self.measured_at.isoformat()} | body


@dataclass(frozen=True, slots=True)
class Correction(Content):
    """Another entry was wrong: it is replaced, or (without a replacement) was entered in error."""

    kind: ClassVar[str] = "correction"
    entry_id: str
    reason: str
    replacement: Written | None = None
    moved_from: str | None = None
    confirmed: tuple[str, ...] | None = None
    moved_to_chair: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Correction:
        """Read a correction; the replacement is read like an entry of its own."""
        replacement = None
        given = fields.take("replacement")
        if given is not None:
            try:
                replacement = parse_written(given)
            except RefusedError as error:
                fields.errors.extend(error.errors)
        return cls(
            entry_id=fields.uuid("entry_id", required=True) or "",
            reason=fields.text("reason", required=True) or "",
            replacement=replacement,
            moved_from=fields.uuid("moved_from"),
            confirmed=_confirmed(fields),
        )

    @classmethod
    def restore(cls, body: Mapping[str, Any]) -> Correction:
        """Read a stored correction back."""
        given = body.get("replacement")
        replacement = None
        if given is not None:
            rest = {key: value for key, value in given.items() if key not in {"kind", "measured_at"}}
            content = restore(given["kind"], rest)
            replacement = Written(content, datetime.fromisoformat(given["measured_at"]))
        return cls(
            body["entry_id"],
            body["reason"],
            replacement,
            body.get("moved_from"),
            moved_to_chair=body.get("moved_to_chair"),
        )

    def body(self) -> dict[str, Any]:
        """Return the stored form, the replacement with its own kind and time."""
        rest = {key: value for key, value in _shallow(self).items() if key != "replacement"}
        body = {key: _plain(value) for key, value in rest.items() if value is not None}
        return body if self.replacement is None else body | {"replacement": self.replacement.body()}


@dataclass(frozen=True, slots=True)
class EntryKind:
    """A kind of entry: how it is read, who may write it, and whether it may follow a signature or the end."""

    content: type[Content]
    label: str
    writers: frozenset[Role]
    after_signing: bool = False
    after_closing: bool = False

    @property
    def key(self) -> str:
        """Return the name of the kind in storage and requests; never renamed."""
        return self.content.kind


_CLINICAL: Final = frozenset({Role.NURSE, Role.CLINICIAN})
_CLINICIAN: Final = frozenset({Role.CLINICIAN})
_WITH_DEVICE: Final = _CLINICAL | {Role.DEVICE}
_WITH_REVIEWER: Final = _CLINICAL | {Role.REVIEWER}
_REVIEWING: Final = frozenset({Role.CLINICIAN, Role.REVIEWER})

ENTRY_KINDS: Final[tuple[EntryKind, ...]] = (
    EntryKind(Opening, "Seated", _CLINICAL),
    EntryKind(Screening, "Screening", _CLINICAL),
    EntryKind(Reading, "Reading", _WITH_DEVICE),
    EntryKind(Infusion, "Infusion", _CLINICAL),
    EntryKind(AdverseEvent, "Adverse event", _CLINICAL, after_closing=True),
    EntryKind(Medication, "Medication", _CLINICAL),
    EntryKind(Note, "Note", _WITH_REVIEWER, after_signing=True, after_closing=True),
    EntryKind(Acknowledgement, "Acknowledged", _CLINICAL),
    EntryKind(Emergency, "Emergency", _CLINICAL),
    EntryKind(Hold, "Hold", _CLINICAL),
    EntryKind(Limit, "Patient's limit", _CLINICIAN),
    EntryKind(BaselineSet, "Baseline", _CLINICIAN),
    EntryKind(Move, "Moved", _CLINICAL),
    EntryKind(Handover, "Handover", _CLINICAL),
    EntryKind(Correction, "Correction", _CLINICAL, after_closing=True),
    EntryKind(Phase, "Phase", _CLINICAL),
    EntryKind(Discharge, "Discharge check", _CLINICAL),
    EntryKind(Waste, "Waste", _CLINICAL),
    EntryKind(ReviewNote, "Review", _REVIEWING, after_signing=True, after_closing=True),
    EntryKind(FollowUp, "Follow-up", _CLINICAL, after_signing=True, after_closing=True),
    EntryKind(Signature, "Signature", frozenset({Role.CLINICIAN, Role.REVIEWER}), after_closing=True),
)
KIND_BY_KEY: Final = {kind.key: kind for kind in ENTRY_KINDS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a record: written once, numbered within its session, never changed, never deleted."""

    id: str
    session: str
    seq: int
    measured_at: datetime
    recorded_at: datetime
    author: str
    content: Content
    device: str | None = None
    clock_skew_ms: int | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the content."""
        return self.content.kind

    @property
    def late(self) -> bool:
        """Say whether it was recorded more than five minutes after it was measured."""
        return self.recorded_at - self.measured_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as it was asked for, before it has a number."""

    id: str
    measured_at: datetime
    content: Content


def restore(kind: str, body: Mapping[str, Any]) -> Content:
    """Read stored content of any kind back."""
    return KIND_BY_KEY[kind].content.restore(body)


_NEVER_REPLACED: Final = frozenset({"correction", "signature"})


def _parse_content(fields: Fields, *, replacing: bool = False) -> Content | None:
    hidden = _NEVER_REPLACED if replacing else frozenset({"opening"})
    known = tuple(kind for kind in KIND_BY_KEY if kind not in hidden)
    given = fields.take("kind")
    kind = "opening" if given == "opening" else fields.choice("kind", known, required=True)
    return KIND_BY_KEY[kind].content.parse(fields) if kind else None


def parse_written(body: object) -> Written:
    """Read ``{kind, measured_at, ...}`` without an id: what a correction puts in the place of what it corrects.

    It is never a correction itself: one that corrects a correction says anew what counts. Nor is it a signature.

    Raises:
        RefusedError: with every wrong field.
    """
    fields = Fields(body, "replacement")
    moment = fields.moment("measured_at", required=True)
    content = _parse_content(fields, replacing=True)
    if content is None:
        raise RefusedError(tuple(fields.errors))
    fields.finish()
    return Written(content, datetime.fromisoformat(moment or ""))


def parse_entry(body: object) -> Draft:
    """Read an entry as it is posted.

    Raises:
        RefusedError: with every wrong field.
    """
    fields = Fields(body)
    entry_id = fields.uuid("id", required=True)
    moment = fields.moment("measured_at", required=True)
    content = _parse_content(fields)
    if isinstance(content, Opening):
        raise refuse("kind", "kind: an opening is written by seating a patient.")
    if content is None:
        raise RefusedError(tuple(fields.errors))
    fields.finish()
    return Draft(entry_id or "", parse_moment(moment, "measured_at"), content)


def same_entry(left: Content, right: Content) -> bool:
    """Say whether two contents tell the same, however they reached the server."""
    return left.kind == right.kind and _told(left) == _told(right)


def _told(content: Content) -> dict[str, Any]:
    body = content.body()
    replacement = body.get("replacement")
    if replacement is not None:
        body["replacement"] = {key: value for key, value in replacement.items() if key not in TRANSPORT}
    return {key: value for key, value in body.items() if key not in TRANSPORT}


def confirmed_fields(content: Content) -> frozenset[str]:
    """Return the names of the fields whose unusual values were confirmed."""
    named = set(getattr(content, "confirmed", None) or ())
    if isinstance(content, Correction) and content.replacement is not None:
        named |= confirmed_fields(content.replacement.content)
    return frozenset(named)


AHEAD: Final = timedelta(minutes=2)
"""How far a tablet's clock may run ahead of the server's."""
