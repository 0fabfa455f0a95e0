"""Adverse events of an export: term, grade, seriousness, outcome, and what ran when each began."""

from __future__ import annotations

from typing import Final

from models.exchange.afterwards import causality
from models.exchange.fhir_given import running_at, segment_id
from models.exchange.fhir_parts import (
    LOCAL,
    SNOMED,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    extension,
    person,
    reference,
    when,
)
from models.session import Event, SessionView
from models.terms import GRADES, TERMS

_MILD, _MODERATE = 1, 2
_OUTCOMES: Final = {
    "recovered": ("resolved", "Resolved"),
    "recovering": ("recovering", "Recovering"),
    "not_recovered": ("ongoing", "Ongoing"),
    "sequelae": ("resolvedWithSequelae", "Resolved with Sequelae"),
    "fatal": ("fatal", "Fatal"),
    "unknown": ("unknown", "Unknown"),
}
_SNOMED_BY_TERM: Final = {term.label.casefold(): term.snomed for term in TERMS}


def adverse_event(view: SessionView, event: Event) -> Json:
    """Return one event as it stands; what nobody said about it is left out, never presumed."""
    written = next(entry for entry in view.record.entries if entry.id == event.entry_id)
    body: Json = {
        "resourceType": "AdverseEvent",
        "id": event.id,
        "extension": list(_more(event)),
        "actuality": "actual",
        "event": _term(event),
        "subject": reference(view.patient.id),
        "encounter": reference(view.id),
        "date": when(event.onset_at),
        "recordedDate": when(written.recorded_at),
        "location": reference(view.chair_id),
        "seriousness": _seriousness(event),
        "severity": _severity(event),
        "outcome": _outcome(event),
        "recorder": person(event.author),
        "suspectEntity": _suspect(view, event),
    }
    return {key: value for key, value in body.items() if value}


def _term(event: Event) -> Json:
    code = _SNOMED_BY_TERM.get(event.term.casefold())
    return concept(*([coding(SNOMED, code)] if code else []), text=event.term)


def _seriousness(event: Event) -> Json | None:
    """Return each reason why it is serious; that it is not is an answer too, and none is none."""
    if event.serious is None:
        return None
    codes = [coding(f"{LOCAL}seriousness", reason) for reason in event.serious]
    return concept(*codes, text=", ".join(event.serious).replace("_", " ") or "not serious")


def _severity(event: Event) -> Json | None:
    """Return mild, moderate or severe as FHIR has it, and beside it the grade that was charted."""
    if event.grade is None:
        return None
    word = {_MILD: "mild", _MODERATE: "moderate"}.get(event.grade, "severe")
    fhir = coding(f"{TERMINOLOGY}adverse-event-severity", word, word.capitalize())
    grade = coding(f"{LOCAL}ctcae-grade", str(event.grade), GRADES[event.grade])
    return concept(fhir, grade, text=f"CTCAE v5 grade {event.grade}, {GRADES[event.grade]}")


def _outcome(event: Event) -> Json | None:
    if event.outcome is None:
        return None
    code, display = _OUTCOMES[event.outcome]
    said = event.outcome.replace("_", " ")
    return concept(coding(f"{TERMINOLOGY}adverse-event-outcome", code, display), text=said)


def _suspect(view: SessionView, event: Event) -> list[Json]:
    """Return what ran at the onset, with the cause as the review judged it; nothing where nothing had begun."""
    segment = running_at(view, event.onset_at)
    if segment is None:
        return []
    judged = causality(view, event)["causality"]
    cause = {"causality": [{"assessment": concept(text=f"{judged} (WHO-UMC)")}]} if judged else {}
    return [{"instance": reference(segment_id(view, segment))} | cause]


def _more(event: Event) -> list[Json]:
    """Return what FHIR R4 has no element for."""
    found = [extension("action-taken", valueCode=event.action_taken)] if event.action_taken else []
    found += [extension("intervention", valueString=one) for one in event.interventions]
    found += [extension("resolved-at", valueDateTime=when(event.resolved_at))] if event.resolved_at else []
    return found + ([extension("note", valueString=event.note)] if event.note else [])
