"""How the record says things: who, when, what was written, what was changed and why. Text only, no components."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final

from layouts.words import SILENT
from models.discharge import CHECKS
from models.entries import (
    KIND_BY_KEY,
    Acknowledgement,
    AdverseEvent,
    BaselineSet,
    Content,
    Discharge,
    Emergency,
    FollowUp,
    Handover,
    Hold,
    Infusion,
    Limit,
    Medication,
    Movable,
    Note,
    Opening,
    Phase,
    Reading,
    ReviewNote,
    Screening,
    Signature,
    Waste,
    Written,
)
from models.moments import clock
from models.review_facts import EventFacts
from models.session import Event, SessionView
from models.terms import GRADES, SCREENING, SYMPTOM_BY_KEY
from models.versions import Change, Versions
from models.vitals import BY_KEY

ENTERED_IN_ERROR: Final = "entered in error"
AFTER_SIGNATURE: Final = "came after signing, not part of what was signed"
WAITED: Final = "waited on a tablet"
NOT_GRADED: Final = "not graded"
NOT_SAID: Final = SILENT
ACTIONS_TAKEN: Final = {
    "withdrawn": "infusion withdrawn",
    "reduced": "dose reduced",
    "increased": "dose increased",
    "not_changed": "dose not changed",
    "paused": "infusion paused",
    "unknown": "action unknown",
    "not_applicable": "not applicable",
}
OUTCOMES: Final = {
    "recovered": "recovered",
    "recovering": "recovering",
    "not_recovered": "not recovered",
    "sequelae": "recovered with sequelae",
    "fatal": "fatal",
    "unknown": "outcome unknown",
}
SERIOUSNESS: Final = {
    "death": "death",
    "life_threatening": "life-threatening",
    "hospitalisation": "hospitalisation",
    "disability": "disability",
    "congenital_anomaly": "congenital anomaly",
    "other_important": "other important",
}
PUMP_ACTIONS: Final = {
    "start": "Started",
    "rate": "Rate",
    "pause": "Paused",
    "resume": "Resumed",
    "bolus": "Bolus",
    "stop": "Stopped",
}
PHASES: Final = {"recovery": "To recovery", "closed": "Session closed", "cancelled": "Session cancelled"}
_ACCOUNT: Final = re.compile(r"[a-z]\.[a-z][a-z'-]+")


def person_text(account: str) -> str:
    """Return an account as a name: ``m.silva`` is M. Silva, anything else stays as it is."""
    if not _ACCOUNT.fullmatch(account):
        return account
    initial, family = account.split(".", 1)
    return f"{initial.upper()}. {family.title()}"


def person_initials(account: str) -> str:
    """Return the short form for a column: ``m.silva`` is M.S., a name of one part stays whole."""
    parts = [part for part in re.split(r"[.\s_]+", account) if part]
    return "".join(f"{part[0].upper()}." for part in parts) if len(parts) > 1 else account


def day_text(moment: datetime, zone: tzinfo) -> str:
    """Return a day of the clinic, like ``Sun 22 Nov 2026``."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}"


def moment_text(moment: datetime, zone: tzinfo, beside: datetime) -> str:
    """Return the clock time, with the day where it is another one than that of ``beside``."""
    local, other = moment.astimezone(zone), beside.astimezone(zone)
    time = clock(moment, zone)
    return time if local.date() == other.date() else f"{local.day} {local:%b} {time}"


def minute_text(minute: float | None) -> str:
    """Return whole minutes from the start of the infusion, with a true minus; a dash without a start."""
    if minute is None:
        return SILENT
    whole = int(minute // 1)
    return f"−{-whole}" if whole < 0 else f"{whole}"


def grade_text(grade: int | None) -> str:
    """Return a severity with its word, like ``2 moderate``."""
    return NOT_GRADED if grade is None else f"{grade} {GRADES[grade]}"


def action_text(event: Event | EventFacts) -> str:
    """Return what was done about an event: with the infusion, and besides."""
    done = [ACTIONS_TAKEN[event.action_taken]] if event.action_taken else []
    return ", ".join([*done, *event.interventions]) or NOT_SAID


def outcome_text(event: Event | EventFacts, minute: float | None) -> str:
    """Return how an event ended and at which minute, or that it is open."""
    parts = [OUTCOMES[event.outcome]] if event.outcome else []
    if event.resolved_at is not None:
        parts.append(f"min {minute_text(minute)}" if minute is not None else "resolved")
    if event.open:
        parts.append("open")
    return ", ".join(parts)


def serious_text(event: Event | EventFacts) -> str:
    """Return whether an event was serious and why; empty where nobody said."""
    if event.serious is None:
        return ""
    return f"serious: {', '.join(SERIOUSNESS[one] for one in event.serious)}" if event.serious else "not serious"


def dose_text(event: Event | EventFacts) -> str:
    """Return the dose given by the onset of an event; empty before the start."""
    return "" if event.delivered_mg is None or event.delivered_mg < 0 else f"{event.delivered_mg:.1f} mg"


def pressure_text(event: Event | EventFacts) -> str:
    """Return the last pressure before an event."""
    return SILENT if event.last_bp is None else f"{event.last_bp[0]:g}/{event.last_bp[1]:g}"


def change_text(change: Change, view: SessionView, zone: tzinfo) -> str:
    """Return a correction in words: ``corrected 14:14, M. Silva: typing error``."""
    at = moment_text(change.at, zone, view.arrived_at)
    said = f"{_what_changed(change)} {at}, {person_text(change.author)}: {change.reason}"
    if not change.outside:
        return said
    wanted = f" ({told(change.wanted, zone)})" if change.wanted else ""
    return f"came after signing and changes nothing: {said}{wanted}"


def _what_changed(change: Change) -> str:
    if change.moved_to is not None:
        return f"moved to chair {change.moved_to}"
    if change.undone:
        return "correction taken back"
    return ENTERED_IN_ERROR if change.struck else "corrected"


def moved_text(written: Written) -> str:
    """Return from which chair an entry was moved here; empty where it was charted here."""
    chair = written.content.moved_from_chair if isinstance(written.content, Movable) else None
    return "" if chair is None else f"moved here from chair {chair}"


def late_text(recorded_at: datetime, view: SessionView, zone: tzinfo) -> str:
    """Return when a late entry was typed."""
    return f"late entry, typed {moment_text(recorded_at, zone, view.arrived_at)}"


def arrival_texts(said: Versions, view: SessionView, zone: tzinfo) -> list[str]:
    """Return how an entry got here: from another chair, late, after the signature, through a tablet's queue."""
    entry, content = said.entry, said.effective.written.content
    found = [
        moved_text(said.effective.written),
        late_text(entry.recorded_at, view, zone) if entry.late else "",
        AFTER_SIGNATURE if entry.id in view.after_signing else "",
        WAITED if isinstance(content, Reading) and content.queued else "",
    ]
    return [text for text in found if text]


def told(written: Written, zone: tzinfo) -> str:  # noqa: C901, PLR0911  # one line a kind
    """Return in one line what an entry says."""
    match written.content:
        case Reading() as content:
            return _reading(content)
        case Infusion() as content:
            return _infusion(content)
        case AdverseEvent() as content:
            return _event(content, zone)
        case Medication() as content:
            return f"{content.name} {content.dose:g} {content.unit} {content.route}"
        case Note() as content:
            return content.text
        case Screening() as content:
            return _screening(content)
        case Opening() as content:
            return ", ".join([f"{content.weight_kg:g} kg", plan_text(content), *seated_texts(content)])
        case Phase() as content:
            return f"{PHASES[content.to]}{f': {content.reason}' if content.reason else ''}"
        case Signature() as content:
            return content.meaning
        case Discharge() | Waste() | ReviewNote() | FollowUp() as content:
            return afterwards_text(content)
        case content:
            return _watching(content, zone)


def _watching(content: Content, zone: tzinfo) -> str:  # noqa: PLR0911  # one line a kind
    """Return in one line what is said about the watching itself: an alert, a hold, a limit, a baseline."""
    match content:
        case Acknowledgement():
            rule = content.alert_id.partition(":")[0]
            return ": ".join([f"Saw {rule}", *filter(None, (content.action, content.comment))])
        case Hold(over=True):
            return f"Back: {content.reason}"
        case Hold():
            until = f" until {clock(datetime.fromisoformat(content.until), zone)}" if content.until else ""
            return f"No checks{until}: {content.reason}"
        case Emergency():
            return content.note or "Emergency called"
        case Limit():
            return f"{BY_KEY[content.vital].short} {_limit_sides(content)}: {content.reason}"
        case BaselineSet():
            said = ", ".join(f"{BY_KEY[key].short} {value:g}" for key, value in content.values.items())
            return f"Baseline {said}: {content.reason}"
        case Handover():
            return f"To {person_text(content.to)}: {content.text}"
        case _:
            return KIND_BY_KEY[content.kind].label


def _limit_sides(content: Limit) -> str:
    said = [
        f"{side.replace('_', ' ')} {'lifted' if value is None else f'{value:g}'}"
        for side, value in content.limits.items()
    ]
    return ", ".join(said)


def seated_texts(opening: Opening) -> list[str]:
    """Return what was asked and checked at seating; what nobody said is left out."""
    texts = (
        ("allergies", opening.allergies),
        ("takes", opening.medicines),
        ("escort", opening.escort),
        ("vial", opening.vial_lot),
        ("pump", opening.pump),
    )
    checks = (("consent", opening.consent), ("IV checked", opening.iv_check))
    said = [f"{words}: {text}" for words, text in texts if text]
    return said + _answers(checks) + profile_texts(opening)


def profile_texts(opening: Opening) -> list[str]:
    """Return what was said of the migraine at seating; what nobody said is left out."""
    days, tried = opening.headache_days, opening.treatments_tried
    said = [f"headache days a month: {days}"] if days is not None else []
    asked = (
        ("aura", opening.aura),
        ("sensitive to light", opening.light_sensitive),
        ("sensitive to sound", opening.sound_sensitive),
    )
    return [*said, *_answers(asked), *([f"tried: {tried}"] if tried else [])]


def _answers(checks: Iterable[tuple[str, bool | None]]) -> list[str]:
    return [words if answer else f"{words}: no" for words, answer in checks if answer is not None]


def afterwards_text(content: Discharge | Waste | ReviewNote | FollowUp) -> str:
    """Return what was said at the end of a session or after it."""
    match content:
        case Discharge():
            answers = [
                words if content.checks[key] else f"{words}: no"
                for key, words in CHECKS.items()
                if key in content.checks
            ]
            said = ", ".join(answers) or "Nothing asked"
            return f"{said}. Override: {content.override.reason}" if content.override else said
        case Waste():
            return f"{content.amount_mg:g} mg wasted, witness {person_text(content.witness)}"
        case ReviewNote():
            causality = f"Causality {content.causality}" if content.causality else ""
            return ": ".join(part for part in (causality, content.text) if part)
        case FollowUp():
            headache = "" if content.headache is None else f"Headache {content.headache}"
            return ", ".join(part for part in (headache, content.text) if part)


def _reading(content: Reading) -> str:
    said = [f"{BY_KEY[key].short} {value:g}" for key, value in content.values.items()]
    said += [f"{BY_KEY[key].short} not done: {why}" for key, why in (content.not_done or {}).items()]
    return ", ".join([*said, *also_asked(content)])


def also_asked(reading: Reading) -> list[str]:
    """Return what a reading says besides its values: distress, symptoms, oxygen, seen resting."""
    said = []
    if reading.distress is not None:
        said.append("distressing" if reading.distress else "not distressing")
    if reading.symptoms is not None:
        named = ", ".join(SYMPTOM_BY_KEY[key].label.lower() for key in reading.symptoms)
        said.append(named or "no symptoms")
    if reading.oxygen_l_min is not None:
        said.append(f"oxygen {reading.oxygen_l_min:g} L/min")
    if reading.resting:
        said.append("seen resting, not roused")
    return said


def _infusion(content: Infusion) -> str:
    said = PUMP_ACTIONS[content.action]
    if content.rate_mg_h is not None:
        said += f" {content.rate_mg_h:g} mg/h"
    if content.dose_mg is not None:
        said += f" {content.dose_mg:g} mg"
    if content.concentration_mg_ml is not None:
        said += f", {content.concentration_mg_ml:g} mg/mL"
    if content.pump_ml is not None:
        said += f", {content.pump_ml:g} mL on the pump"
    if content.reason:
        said += f": {content.reason}"
    return f"{said}, override: {content.override.reason}" if content.override else said


def _event(content: AdverseEvent, zone: tzinfo) -> str:
    said = [content.term, f"from {clock(datetime.fromisoformat(content.onset_at), zone)}"]
    said += [grade_text(content.grade)] if content.grade else []
    said += [ACTIONS_TAKEN[content.action_taken]] if content.action_taken else []
    said += list(content.interventions or ())
    said += [OUTCOMES[content.outcome]] if content.outcome else []
    if content.resolved_at:
        said.append(f"until {clock(datetime.fromisoformat(content.resolved_at), zone)}")
    return ", ".join([*said, *([content.note] if content.note else [])])


def _screening(content: Screening) -> str:
    named = [f"{SCREENING.get(key, key)}: {answer}" for key, answer in content.answers.items() if answer != "no"]
    said = "; ".join(named) or f"All {len(content.answers)} conditions answered no"
    return f"{said}. Override: {content.override.reason}" if content.override else said


def plan_text(opening: Opening) -> str:
    """Return the plan: dose, duration and rate."""
    plan = opening.plan
    return f"{plan.dose_mg:g} mg in {plan.duration_min:g} min, {plan.rate_mg_h:g} mg/h"
