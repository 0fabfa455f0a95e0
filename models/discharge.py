"""Going home: each criterion with the reading that met it, what is missing, and from when it will be met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from models.breathing import sedates
from models.corrections import Effective
from models.entries import Discharge, Medication
from models.infusion import PumpState
from models.moments import MIN, clock
from models.protocol import Discharge as Gate
from models.rules import Severity
from models.session import Latest, SessionView, fold, later
from models.vitals import BY_KEY

CRITERIA: Final = (
    "minutes",
    "sbp",
    "bp",
    "hr",
    "spo2",
    "sedation",
    "dissociation",
    "nausea",
    "age_of_reading",
    "critical_flag",
    "serious_event",
    "oriented",
    "steady_gait",
    "escort",
)
"""The names of the criteria, in the order in which they are listed; never renamed."""

CHECKS: Final = {"oriented": "Oriented", "steady_gait": "Steady gait", "escort": "Escort confirmed"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion at a moment: met or not, in words, with the entry that says so.

    ``since`` is the moment from which time alone meets it, where that can be told. One that is not ``needed`` keeps
    nobody back, and nothing was measured that would meet it.
    """

    name: str
    met: bool
    text: str
    entry_id: str | None = None
    measured_at: datetime | None = None
    since: datetime | None = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Overridden:
    """A clinician let somebody go against criteria that were not met; they stay listed as not met."""

    by: str
    reason: str
    at: datetime
    lifted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoingHome:
    """How it stands with going home at ``at``: ready when all is met, or all that is not was overridden."""

    at: datetime
    criteria: tuple[Criterion, ...]
    overridden: Overridden | None
    charted: Effective | None

    @property
    def unmet(self) -> tuple[str, ...]:
        """Return the names of what is not met; an override changes nothing about them."""
        return tuple(one.name for one in self.criteria if not one.met)

    @property
    def ready(self) -> bool:
        """Say whether the patient may go."""
        lifted = frozenset(self.overridden.lifted) if self.overridden else frozenset()
        return set(self.unmet) <= lifted

    @property
    def earliest(self) -> datetime | None:
        """Return the moment from which time alone keeps nothing back; ``None`` where that cannot be told."""
        waits = [one.since for one in self.criteria if one.name == "minutes" and not one.met]
        return waits[0] if waits else None


def going_home(view: SessionView) -> GoingHome:
    """Hold the session against the discharge criteria of its protocol.

    A decision that was charted stands for its own moment until something newer is charted about the patient; what
    was met when the patient left does not become unmet because the reading grows old. Everything else is judged now,
    or at the end of an ended session.
    """
    charted = _charted(view)
    last = charted[-1] if charted else None
    if last is not None and not _newer(view, last.at):
        decided = _judge(_as_of(view, last.at), charted)
        if decided.ready:
            return decided
    return _judge(view, charted)


def unmet_at(view: SessionView, entry_id: str) -> tuple[str, ...] | None:
    """Return what was not met at the moment of one charted discharge; ``None`` where it is none, or was struck."""
    charted = [one for one in _charted(view) if one.entry.id == entry_id]
    return _judge(_as_of(view, charted[0].at), charted).unmet if charted else None


def _charted(view: SessionView) -> list[Effective]:
    return [one for one in view.effective if not one.struck and isinstance(one.written.content, Discharge)]


_INERT: Final = frozenset(
    {
        "opening",
        "screening",
        "note",
        "discharge",
        "waste",
        "review",
        "follow_up",
        "acknowledgement",
        "handover",
        "move",
        "phase",
        "signature",
    }
)
"""Kinds that say nothing new about how the patient is."""


def _newer(view: SessionView, moment: datetime) -> bool:
    """Say whether anything about the patient was charted for after ``moment``."""
    return any(not one.struck and one.at > moment and one.kind not in _INERT for one in view.effective)


def _as_of(view: SessionView, moment: datetime) -> SessionView:
    """Return the session as it stood at a moment; where nothing new came since, without folding it again."""
    if moment >= view.now:
        return view
    if _newer(view, moment):
        return fold(view.record, moment, at=moment, zone=view.zone) or view
    facts = replace(view.facts, stage=view.pump.stage)
    return later(replace(view, facts=facts, stage=view.pump.stage, closed_at=None, signed=None), moment)


def _judge(view: SessionView, charted: Iterable[Effective]) -> GoingHome:
    listed = list(charted)
    last = listed[-1] if listed else None
    at = view.dosed_until
    criteria = tuple(_criteria(view, at, last))
    return GoingHome(at, criteria, _override(view, listed), last)


def _override(view: SessionView, charted: Iterable[Effective]) -> Overridden | None:
    found = None
    for one in charted:
        content = one.written.content
        if isinstance(content, Discharge) and content.override is not None:
            before = _as_of(view, one.at)
            lifted = [each.name for each in _criteria(before, min(one.at, before.dosed_until), one) if not each.met]
            found = Overridden(one.entry.author, content.override.reason, one.at, tuple(lifted))
    return found


def _criteria(view: SessionView, at: datetime, last: Effective | None) -> Iterable[Criterion]:
    gate = view.protocol.discharge
    yield _minutes(view, at, gate)
    yield _near_baseline(view, gate)
    yield _pressures(view, gate)
    for key, meets, wanted in _SCORES:
        yield _value(view, key, meets(gate), wanted(gate))
        if key == "hr":
            yield _saturation(view, gate)
    yield _age(view, at, gate)
    yield _no_critical_flag(view)
    yield _no_serious_event(view)
    yield from _checked(last)


def _minutes(view: SessionView, at: datetime, gate: Gate) -> Criterion:
    """So many minutes after the end of the infusion and after the last sedative, whichever was later."""
    if view.pump.state is not PumpState.STOPPED or view.pump.stopped_at is None:
        return Criterion("minutes", met=False, text="The end of the infusion is not charted")
    moments = {view.pump.stopped_at: "the end of the infusion"}
    moments |= {bolus.at: "the last bolus" for bolus in view.pump.boluses}
    moments |= {said.effective.at: _medicine(said.content) for said in view.medications if _sedates(said.content, gate)}
    last = max(moments)
    since = last + gate.minutes_after * MIN
    text = f"{gate.minutes_after} min after {moments[last]}: from {clock(since, view.zone)}"
    return Criterion("minutes", met=at >= since, text=text, since=since)


def _medicine(content: object) -> str:
    return content.name if isinstance(content, Medication) else ""


def _sedates(content: object, gate: Gate) -> bool:
    return sedates(_medicine(content), gate.sedatives)


def _missing(name: str, words: str) -> Criterion:
    return Criterion(name, met=False, text=f"{words} not measured")


def _found(name: str, latest: Latest, text: str, *, met: bool) -> Criterion:
    return Criterion(name, met, text, latest.entry_id, latest.measured_at)


def _near_baseline(view: SessionView, gate: Gate) -> Criterion:
    latest, base = view.latest.get("sbp"), view.baseline.values.get("sbp") if view.baseline else None
    if latest is None:
        return _missing("sbp", "SBP")
    if base is None:
        return _found("sbp", latest, f"SBP {latest.value:g}, no baseline to hold it against", met=False)
    met = abs(latest.value - base) * 100 <= gate.sbp_percent * base
    return _found("sbp", latest, f"SBP {latest.value:g}, within {gate.sbp_percent} % of baseline {base:g}", met=met)


def _pressures(view: SessionView, gate: Gate) -> Criterion:
    sbp, dbp = view.latest.get("sbp"), view.latest.get("dbp")
    if sbp is None or dbp is None:
        return _missing("bp", "Blood pressure")
    met = sbp.value < gate.sbp_below and dbp.value < gate.dbp_below
    text = f"BP {sbp.value:g}/{dbp.value:g}, below {gate.sbp_below}/{gate.dbp_below}"
    return _found("bp", min(sbp, dbp, key=lambda one: one.measured_at), text, met=met)


Meets = Callable[[float], bool]
_SCORES: Final[tuple[tuple[str, Callable[[Gate], Meets], Callable[[Gate], str]], ...]] = (
    (
        "hr",
        lambda gate: lambda value: gate.hr_lowest <= value <= gate.hr_highest,
        lambda gate: f"{gate.hr_lowest} to {gate.hr_highest}",
    ),
    ("sedation", lambda gate: lambda value: value >= gate.sedation_lowest, lambda gate: f"{gate.sedation_lowest}"),
    (
        "dissociation",
        lambda gate: lambda value: value <= gate.dissociation_most,
        lambda gate: f"at most {gate.dissociation_most}",
    ),
    ("nausea", lambda gate: lambda value: value <= gate.nausea_most, lambda gate: f"at most {gate.nausea_most}"),
)


def _value(view: SessionView, key: str, meets: Meets, wanted: str) -> Criterion:
    latest, short = view.latest.get(key), BY_KEY[key].short
    if latest is None:
        return _missing(key, short)
    return _found(key, latest, f"{short} {latest.value:g}, wanted {wanted}", met=meets(latest.value))


def _saturation(view: SessionView, gate: Gate) -> Criterion:
    """Only where it was measured after the end, or was too low before; on room air."""
    latest, wanted = view.latest.get("spo2"), gate.spo2_lowest
    if latest is None or (not _after_end(view, latest) and latest.value >= wanted):
        return Criterion("spo2", met=True, text="SpO2 not needed: not measured since the stop", needed=False)
    flow = _oxygen(view, latest)
    air = f"on oxygen {flow:g} L/min" if flow else "on room air"
    text = f"SpO2 {latest.value:g} {air}, wanted {wanted} on room air"
    return _found("spo2", latest, text, met=latest.value >= wanted and not flow)


def _after_end(view: SessionView, latest: Latest) -> bool:
    return view.pump.stopped_at is not None and latest.measured_at >= view.pump.stopped_at


def _oxygen(view: SessionView, latest: Latest) -> float:
    judged = view.judgement(latest.entry_id)
    return (judged.reading.oxygen_l_min or 0) if judged and judged.reading else 0


def _judged_values(view: SessionView) -> Mapping[str, Latest]:
    keys = ["sbp", "dbp", "hr", "sedation", "dissociation", "nausea"]
    spo2 = view.latest.get("spo2")
    keys += ["spo2"] if spo2 is not None and _after_end(view, spo2) else []
    return {key: view.latest[key] for key in keys if key in view.latest}


def _age(view: SessionView, at: datetime, gate: Gate) -> Criterion:
    """Each value that counts comes from a reading that is young enough; it stays so until ``since`` says no."""
    values, most = _judged_values(view), gate.reading_age_min * MIN
    if not values:
        return Criterion("age_of_reading", met=False, text="No reading")
    key, oldest = min(values.items(), key=lambda one: one[1].measured_at)
    age = max(at - oldest.measured_at, timedelta())
    text = f"{BY_KEY[key].short} measured {int(age / MIN)} min ago, at most {gate.reading_age_min}"
    return _found("age_of_reading", oldest, text, met=age <= most)


def _no_critical_flag(view: SessionView) -> Criterion:
    critical = next((flag for flag in view.flags if flag.severity is Severity.CRITICAL), None)
    if critical is None:
        return Criterion("critical_flag", met=True, text="No critical flag")
    return Criterion("critical_flag", met=False, text=critical.sentence, entry_id=critical.entry_id)


def _no_serious_event(view: SessionView) -> Criterion:
    serious = next((event for event in view.events if event.open and event.serious), None)
    if serious is None:
        return Criterion("serious_event", met=True, text="No open serious event")
    return Criterion("serious_event", met=False, text=f"{serious.term} is serious and open", entry_id=serious.entry_id)


def _checked(last: Effective | None) -> Iterable[Criterion]:
    content = last.written.content if last else None
    answers = content.checks if isinstance(content, Discharge) else {}
    for name, words in CHECKS.items():
        answer = answers.get(name)
        text = words if answer else f"{words}: {'no' if answer is False else 'not asked'}"
        entry_id, at = (last.entry.id, last.at) if last and answer is not None else (None, None)
        yield Criterion(name, bool(answer), text, entry_id, at)
