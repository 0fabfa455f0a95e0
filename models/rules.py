"""Judging: a reading against limits, baseline, gate and symptoms gives flags, each with its sentence."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from models.moments import MIN, age_text, minutes_between
from models.protocol import Limits, Protocol
from models.terms import SYMPTOM_BY_KEY, Symptom
from models.vitals import BY_KEY, VITALS, Vital, mean_pressure


class Severity(IntEnum):
    """How bad; the larger, the worse."""

    NORMAL = 0
    CAUTION = 1
    CRITICAL = 2

    @property
    def word(self) -> str:
        """Return the name used in answers and attributes."""
        return self.name.lower()


class Stage(StrEnum):
    """The phase of a session at a moment."""

    BEFORE = "before"
    INFUSION = "infusion"
    PAUSED = "paused"
    RECOVERY = "recovery"
    CLOSED = "closed"


COMPOSITE: Final = "composite"
EVENT: Final = "event"
SCHEDULE: Final = "schedule"
HEADACHE_CAUSE: Final = "headache_rise"
DISTRESS_CAUSE: Final = "distress"
EMERGENCY_CAUSE: Final = "emergency"


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason why something needs a look.

    ``value`` is in the vital's unit, ``limit`` the number it met (``None`` where the rule has none), ``causes`` what
    must be denied or resolved before a standing flag goes away, ``own`` tells a limit from the patient's own values.
    """

    rule: str
    vital: str
    severity: Severity
    value: float | None
    limit: float | None
    sentence: str
    entry_id: str | None
    measured_at: datetime
    causes: frozenset[str] = frozenset()
    own: bool = False

    def text(self, now: datetime) -> str:
        """Return the sentence with its age: ``SBP 184, limit 180, 2 min ago``."""
        if self.vital == SCHEDULE:
            return self.sentence
        return f"{self.sentence}, {age_text(self.measured_at, now)}"


@dataclass(frozen=True, slots=True)
class Rule:
    """The name of a rule, how it is worded and where it comes from."""

    name: str
    meaning: str
    source: str
    beside: frozenset[str] = frozenset()


def _limit_rules() -> Iterable[Rule]:
    for vital in VITALS:
        for side in ("HIGH", "LOW"):
            words = f"{vital.label} {side.lower()}: at or beyond the limit of the protocol"
            yield Rule(f"{vital.key.upper()}_{side}", words, vital.source)


RULES: Final[tuple[Rule, ...]] = (
    *_limit_rules(),
    Rule("SBP_REL_HIGH", "Systolic above the patient's own baseline by percent, with a floor", "local"),
    Rule("SBP_REL_LOW", "Systolic below the patient's own baseline by percent, with a ceiling", "local"),
    Rule("DBP_DELTA", "Diastolic above the patient's own baseline by mmHg, with a floor", "local"),
    Rule("SBP_RISE", "Systolic risen fast over the value before it; off until a protocol switches it on", "local"),
    Rule("PRE_SBP", "Systolic over the gate before the start", "esketamine label; critical local"),
    Rule("PRE_DBP", "Diastolic over the gate before the start", "esketamine label; critical local"),
    Rule("HEADACHE_RISE", "Headache risen over the baseline", "Pomeroy 2017"),
    Rule("DISTRESS", "Distressing dissociation", "33 of 47 discontinuations, review of 6,630 patients"),
    Rule("VOMITING", "Vomiting, worse when sedated", "local"),
    Rule("SYMPTOMATIC_HTN", "High pressure with a symptom of it", "local"),
    Rule("RED_EVENT", "An event that is always critical", "local"),
    Rule("RED_SYMPTOM", "A symptom that is critical at any pressure", "local"),
    Rule("EMERGENCY", "Emergency called at the chair", "local"),
    Rule("OVERDUE", "The next complete set is late", "local"),
)
RULE_NAMES: Final = frozenset(rule.name for rule in RULES)
_RULE_ORDER: Final = {rule.name: place for place, rule in enumerate(RULES)}


@dataclass(frozen=True, slots=True)
class Present:
    """A symptom that was noted and not denied since; an open event counts whatever its age."""

    symptom: Symptom
    at: datetime
    from_event: bool = False


@dataclass(slots=True)
class Known:
    """What is known at the moment something is judged; the fold keeps it up to date.

    ``recent`` is the newest value per vital with its moment, ``present`` the standing symptoms by cause,
    ``for_patient`` the limits that a clinician set for this patient, in the place of those of the protocol.
    """

    protocol: Protocol
    stage: Stage = Stage.BEFORE
    age_years: int | None = None
    baseline: Mapping[str, float] = field(default_factory=dict)
    recent: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    present: dict[str, Present] = field(default_factory=dict)
    distress_at: datetime | None = None
    for_patient: dict[str, Limits] = field(default_factory=dict)
    _own: tuple[Mapping[str, float], OwnLimits] | None = None
    _bands: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def own(self) -> OwnLimits:
        """Return the limits that follow from the baseline; computed once for each baseline."""
        if self._own is None or self._own[0] is not self.baseline:
            self._own = (self.baseline, own_limits(self.protocol, self.baseline))
        return self._own[1]

    def limits_of(self, vital: str) -> Limits:
        """Return the limits of ``vital`` in force: the patient's where there are some, else the protocol's."""
        return self.for_patient.get(vital) or self.protocol.limits_of(vital)

    def clearly_in_range(self, vital: str, value: float) -> bool:
        """Say whether a value lies well inside every limit of its vital: what most values do, so it is asked first."""
        band = self._bands.get(vital)
        if band is None:
            band = self._bands[vital] = _inside(self.limits_of(vital))
        return band[0] < value < band[1]

    def take_limits(self, vital: str, limits: Limits) -> None:
        """Judge ``vital`` by these limits from now on."""
        self.for_patient[vital] = limits
        self._bands.pop(vital, None)

    @property
    def borrow(self) -> timedelta:
        """Return how old an ingredient of a combined rule may be."""
        return self.protocol.together.borrow_min * MIN

    def lend(self, vital: str, at: datetime) -> float | None:
        """Return the newest value of ``vital`` where it is young enough to be borrowed at ``at``."""
        value, measured_at = self.recent.get(vital, (None, at))
        return value if at - measured_at <= self.borrow else None


@dataclass(frozen=True, slots=True)
class Charted:
    """What one entry says that can be judged; an adverse event brings only its symptom."""

    entry_id: str
    at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    symptoms: Mapping[str, Symptom] = field(default_factory=dict)
    denied: bool = False
    distress: bool | None = None


def judge(charted: Charted, known: Known) -> tuple[Flag, ...]:
    """Return the flags of what was charted, judged at its moment under the limits in force then."""
    flags = [*_limit_flags(charted, known)]
    if charted.symptoms or known.present or charted.distress or known.distress_at or _headache_rose(charted, known):
        flags += _combined_flags(charted, known)
    if known.stage is Stage.BEFORE:
        flags += _gate_flags(charted, known)
    elif known.baseline:
        flags += _baseline_flags(charted, known)
    if known.stage is not Stage.BEFORE:
        flags += _rise_flags(charted, known)
    return tuple(flags)


MEASURED_BY: Final = {"DISTRESS": "dissociation", "VOMITING": "sedation"}
"""The value that makes a standing rule worse: only a new one can make it milder again."""


def emergency_flag(entry_id: str, at: datetime) -> Flag:
    """Return the flag of an emergency; it stands until symptoms are asked for and denied."""
    causes = frozenset({EMERGENCY_CAUSE})
    return Flag("EMERGENCY", EVENT, Severity.CRITICAL, None, None, "Emergency called", entry_id, at, causes)


def worst(flags: Iterable[Flag]) -> Severity:
    """Return the worst severity among ``flags``."""
    return max((flag.severity for flag in flags), default=Severity.NORMAL)


def order(flag: Flag) -> tuple[int, bool, float, bool, int]:
    """Sort key: the worst flag speaks first, absolute before own on a tie, then the newest.

    Of one moment what was noted speaks before what was measured, and pressures come in the order of the registry.
    """
    return (-flag.severity, flag.own, -flag.measured_at.timestamp(), not flag.causes, _RULE_ORDER[flag.rule])


def _inside(limits: Limits) -> tuple[float, float]:
    """Return the open range in which no limit is met."""
    lows = [one for one in (limits.critical_low, limits.caution_low) if one is not None]
    highs = [one for one in (limits.caution_high, limits.critical_high) if one is not None]
    return max(lows, default=-math.inf), min(highs, default=math.inf)


def limit_severity(limits: Limits, value: float) -> tuple[Severity, float | None, bool]:
    """Judge ``value`` against ``limits``: severity, the limit met, and whether it is a low one."""
    met = operator.ge if limits.inclusive else operator.gt
    for severity, low, high in (
        (Severity.CRITICAL, limits.critical_low, limits.critical_high),
        (Severity.CAUTION, limits.caution_low, limits.caution_high),
    ):
        if high is not None and met(value, high):
            return severity, high, False
        if low is not None and met(-value, -low):
            return severity, low, True
    return Severity.NORMAL, None, False


_GATED: Final = frozenset({"sbp", "dbp"})


def _limit_flags(charted: Charted, known: Known) -> Iterable[Flag]:
    values = dict(charted.values)
    if "sbp" in values and "dbp" in values:
        values["map"] = mean_pressure(values["sbp"], values["dbp"])
    for key, value in values.items():
        if known.clearly_in_range(key, value):
            continue
        severity, limit, low = limit_severity(known.limits_of(key), value)
        if limit is None or (not low and known.stage is Stage.BEFORE and key in _GATED):
            continue
        vital = BY_KEY[key]
        words = f"{vital.short} {value:g}, {'low limit' if low else 'limit'} {limit:g}"
        yield _flag(charted, f"{key.upper()}_{'LOW' if low else 'HIGH'}", vital, severity, value, limit, words)


def _flag(  # noqa: PLR0913, PLR0917  # the seven parts of a flag, in their order
    charted: Charted, rule: str, vital: Vital, severity: Severity, value: float, limit: float, words: str
) -> Flag:
    own = rule in _OWN_RULES
    return Flag(rule, vital.key, severity, value, limit, words, charted.entry_id, charted.at, own=own)


_OWN_RULES: Final = frozenset({"SBP_REL_HIGH", "SBP_REL_LOW", "DBP_DELTA", "HEADACHE_RISE", "SBP_RISE"})


def _gate_flags(charted: Charted, known: Known) -> Iterable[Flag]:
    gate = known.protocol.gate
    older = known.age_years is not None and known.age_years > gate.older_than
    sbp_caution = gate.sbp_caution_above_older if older else gate.sbp_caution_above
    for key, critical, caution in (
        ("sbp", gate.sbp_critical, sbp_caution),
        ("dbp", gate.dbp_critical, gate.dbp_caution_above),
    ):
        value = charted.values.get(key)
        if value is None or value <= caution:
            continue
        severity, limit = (Severity.CRITICAL, critical) if value >= critical else (Severity.CAUTION, caution)
        vital = BY_KEY[key]
        words = f"{vital.short} {value:g}, limit before start {limit:g}"
        yield _flag(charted, f"PRE_{key.upper()}", vital, severity, value, limit, words)


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """Where the baseline rules begin for this patient: the first whole value that is flagged, ``None`` without."""

    sbp_caution_high: int | None = None
    sbp_critical_high: int | None = None
    sbp_caution_low: int | None = None
    sbp_critical_low: int | None = None
    dbp_caution_high: int | None = None
    headache_caution_high: int | None = None


def own_limits(protocol: Protocol, baseline: Mapping[str, float]) -> OwnLimits:
    """Return the limits that follow from the patient's own baseline.

    A percent is exceeded (20 % above 124 begins at 149), a floor is met.
    """
    rule, sbp, dbp = protocol.relative, baseline.get("sbp"), baseline.get("dbp")
    headache = baseline.get("headache")
    has_sbp = sbp is not None
    base = int(sbp) if sbp is not None else 0
    return OwnLimits(
        max(_above(base, rule.sbp_high_caution_percent), rule.sbp_high_caution_floor) if has_sbp else None,
        max(_above(base, rule.sbp_high_critical_percent), rule.sbp_high_critical_floor) if has_sbp else None,
        min(_below(base, rule.sbp_low_caution_percent), rule.sbp_low_caution_ceiling) if has_sbp else None,
        _below(base, rule.sbp_low_critical_percent) if has_sbp else None,
        None if dbp is None else max(int(dbp) + rule.dbp_rise, rule.dbp_rise_floor),
        None if headache is None else int(headache) + rule.headache_rise,
    )


def _above(base: int, percent: int) -> int:
    """Return the first whole number more than ``percent`` above ``base``."""
    return base * (100 + percent) // 100 + 1


def _below(base: int, percent: int) -> int:
    """Return the first whole number more than ``percent`` below ``base``."""
    return -(-base * (100 - percent) // 100) - 1


def _baseline_flags(charted: Charted, known: Known) -> Iterable[Flag]:
    own, values = known.own, charted.values
    sbp, dbp, headache = values.get("sbp"), values.get("dbp"), values.get("headache")
    if sbp is not None:
        for severity, high, low in (
            (Severity.CRITICAL, own.sbp_critical_high, own.sbp_critical_low),
            (Severity.CAUTION, own.sbp_caution_high, own.sbp_caution_low),
        ):
            if high is not None and sbp >= high:
                words = f"SBP {sbp:g}, own limit {high:g}"
                yield _flag(charted, "SBP_REL_HIGH", BY_KEY["sbp"], severity, sbp, high, words)
                break
            if low is not None and sbp <= low:
                words = f"SBP {sbp:g}, own low limit {low:g}"
                yield _flag(charted, "SBP_REL_LOW", BY_KEY["sbp"], severity, sbp, low, words)
                break
    for rule, key, value, limit in (
        ("DBP_DELTA", "dbp", dbp, own.dbp_caution_high),
        ("HEADACHE_RISE", "headache", headache, own.headache_caution_high),
    ):
        if value is not None and limit is not None and value >= limit:
            words = f"{BY_KEY[key].short} {value:g}, own limit {limit:g}"
            yield _flag(charted, rule, BY_KEY[key], Severity.CAUTION, value, limit, words)


def _rise_flags(charted: Charted, known: Known) -> Iterable[Flag]:
    """Judge a systolic against the one before it; silent where the protocol has no number, or that one is too old."""
    rise, sbp = known.protocol.rise, charted.values.get("sbp")
    before, at = known.recent.get("sbp", (None, charted.at))
    if rise.sbp_mmhg is None or sbp is None or before is None:
        return
    passed = charted.at - at
    if sbp - before >= rise.sbp_mmhg and passed <= rise.within_min * MIN:
        words = f"SBP {sbp:g}, up {sbp - before:g} in {passed // MIN} min, limit {rise.sbp_mmhg:g}"
        limit = before + rise.sbp_mmhg
        yield _flag(charted, "SBP_RISE", BY_KEY["sbp"], Severity.CAUTION, sbp, limit, words)


def _headache_rose(charted: Charted, known: Known) -> bool:
    """Say whether the newest headache score has risen over the baseline, whatever its age."""
    rise = known.own.headache_caution_high
    newest = charted.values.get("headache") or known.recent.get("headache", (0, None))[0]
    return rise is not None and newest >= rise


def _combined_flags(charted: Charted, known: Known) -> Iterable[Flag]:
    symptomatic = _symptomatic(charted, known)
    named = symptomatic.causes if symptomatic else frozenset()
    if symptomatic:
        yield symptomatic
    yield from _red_flags(charted, named)
    yield from filter(None, (_vomiting(charted, known), _distress(charted, known)))


def _standing(charted: Charted, known: Known) -> dict[str, Symptom]:
    """Return the symptoms that count now, by cause: charted here, or borrowed and not denied."""
    borrowed = {
        cause: one.symptom
        for cause, one in known.present.items()
        if one.from_event or (not charted.denied and charted.at - one.at <= known.borrow)
    }
    return borrowed | dict(charted.symptoms)


def _symptomatic(charted: Charted, known: Known) -> Flag | None:
    """High pressure met by chest pain, breathlessness, focal deficit or a headache that rose."""
    together, own = known.protocol.together, known.own
    pressures = (("sbp", together.symptomatic_sbp), ("dbp", together.symptomatic_dbp))
    here = [(key, value, limit) for key, limit in pressures if (value := charted.values.get(key, 0)) >= limit]
    lent = [
        (key, value, limit)
        for key, limit in pressures
        if key not in charted.values and (value := known.lend(key, charted.at) or 0) >= limit
    ]
    symptoms = {cause: one for cause, one in _standing(charted, known).items() if one.red_symptom}
    causes = {cause: one.label.lower() for cause, one in symptoms.items()}
    rise = own.headache_caution_high if known.stage is not Stage.BEFORE else None
    headache_here = charted.values.get("headache")
    headache = known.lend("headache", charted.at) if headache_here is None else headache_here
    if rise is not None and headache is not None and headache >= rise:
        causes[HEADACHE_CAUSE] = "headache risen"
    contributed = here or any(cause in charted.symptoms for cause in symptoms)
    contributed = contributed or (headache_here is not None and HEADACHE_CAUSE in causes)
    if not causes or not (here or lent) or not contributed:
        return None
    key, value, limit = (here or lent)[0]
    words = f"{BY_KEY[key].short} {value:g} with {', '.join(dict.fromkeys(causes.values()))}, limit {limit:g}"
    return Flag(
        rule="SYMPTOMATIC_HTN",
        vital=COMPOSITE,
        severity=Severity.CRITICAL,
        value=value,
        limit=limit,
        sentence=words,
        entry_id=charted.entry_id,
        measured_at=charted.at,
        causes=frozenset(causes),
    )


def _red_flags(charted: Charted, named: frozenset[str]) -> Iterable[Flag]:
    keys_named = {charted.symptoms[cause].key for cause in named if cause in charted.symptoms}
    for rule, chosen in (
        ("RED_EVENT", {cause: one for cause, one in charted.symptoms.items() if one.red_event}),
        (
            "RED_SYMPTOM",
            {c: one for c, one in charted.symptoms.items() if one.red_symptom and one.key not in keys_named},
        ),
    ):
        if chosen:
            yield _noted(charted, rule, Severity.CRITICAL, chosen)


def _noted(charted: Charted, rule: str, severity: Severity, chosen: Mapping[str, Symptom], more: str = "") -> Flag:
    labels = list(dict.fromkeys(one.label for one in chosen.values()))
    words = f"{', '.join([labels[0], *(label.lower() for label in labels[1:])])} noted{more}"
    return Flag(
        rule=rule,
        vital=EVENT,
        severity=severity,
        value=None,
        limit=None,
        sentence=words,
        entry_id=charted.entry_id,
        measured_at=charted.at,
        causes=frozenset(chosen),
    )


_VOMITING: Final = SYMPTOM_BY_KEY["vomiting"]


def _vomiting(charted: Charted, known: Known) -> Flag | None:
    """Vomiting is caution, and critical in somebody who is sedated."""
    limit = known.protocol.together.vomiting_sedation
    here = {cause: one for cause, one in charted.symptoms.items() if one == _VOMITING}
    chosen = here or {c: one for c, one in _standing(charted, known).items() if one == _VOMITING}
    sedation_here = charted.values.get("sedation")
    sedation = known.lend("sedation", charted.at) if sedation_here is None else sedation_here
    sedated = sedation is not None and sedation <= limit
    if not chosen or not (here or (sedated and sedation_here is not None)):
        return None
    severity = Severity.CRITICAL if sedated else Severity.CAUTION
    return _noted(charted, "VOMITING", severity, chosen, f", MOAA/S {sedation:g}" if sedated else "")


def _distress(charted: Charted, known: Known) -> Flag | None:
    """Distress outranks intensity: caution by itself, critical with a strong score."""
    limit = known.protocol.together.distress_score
    score_here = charted.values.get("dissociation")
    score = known.lend("dissociation", charted.at) if score_here is None else score_here
    strong = score is not None and score >= limit
    lent = charted.distress is None and known.distress_at is not None
    lent = lent and known.distress_at is not None and charted.at - known.distress_at <= known.borrow
    if not (charted.distress or (lent and strong and score_here is not None)):
        return None
    words = "Distressed" if score is None else f"Distressed, dissociation {score:g}"
    if not charted.distress and known.distress_at is not None:
        before = int(minutes_between(known.distress_at, charted.at))
        words = f"Dissociation {score:g}, distress noted {before} min before"
    return Flag(
        rule="DISTRESS",
        vital="dissociation",
        severity=Severity.CRITICAL if strong else Severity.CAUTION,
        value=score,
        limit=limit if strong else None,
        sentence=words,
        entry_id=charted.entry_id,
        measured_at=charted.at,
        causes=frozenset({DISTRESS_CAUSE}),
    )
