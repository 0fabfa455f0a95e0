"""One session as a FHIR R4 (4.0.1) bundle: a pure function of its view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from models.corrections import Effective
from models.entries import Correction, Entry, Infusion, Medication, Move
from models.exchange.fhir_events import adverse_event
from models.exchange.fhir_given import given, medicine_ids, opened_by
from models.exchange.fhir_observations import Observed, is_observed, observed
from models.exchange.fhir_parts import (
    LOCAL,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    entry,
    person,
    reference,
    resource_id,
    when,
)
from models.rules import Stage
from models.session import Chair, Patient, SessionView
from models.versions import replaced_by

Resources = dict[str, Observed]
_AMBULATORY: Final = coding(f"{TERMINOLOGY}v3-ActCode", "AMB", "ambulatory")


def fhir_bundle(view: SessionView, broken: str | None = None) -> Json:
    """Return a ``collection`` bundle of everything that FHIR has a place for, the same for the same record.

    Args:
        view: the session as it stands.
        broken: what is wrong with the chain of its record; the bundle then says so in its first entry.
    """
    counted = [*view.effective, *view.arrived_after]
    values = {one.entry.id: observed(view, one) for one in counted if is_observed(one)}
    resources: list[Json] = [] if broken is None else [_outcome(view, broken)]
    resources += [_patient(view.patient), *map(_location, _chairs(view)), _encounter(view)]
    resources += [body for one in values.values() for body in one.resources]
    resources += given(view)
    resources += [adverse_event(view, event) for event in view.events]
    resources += _provenances(view, counted, values)
    return {
        "resourceType": "Bundle",
        "id": resource_id(view.id, "bundle"),
        "type": "collection",
        "timestamp": when(view.now),
        "entry": [entry(body) for body in resources],
    }


def _outcome(view: SessionView, broken: str) -> Json:
    said = (
        f"This record fails its chain check: {broken}. Do not rely on it; keep the database as it is and call support."
    )
    issue = {"severity": "error", "code": "invalid", "details": concept(text=said)}
    return {"resourceType": "OperationOutcome", "id": resource_id(view.id, "chain"), "issue": [issue]}


def _patient(patient: Patient) -> Json:
    return {
        "resourceType": "Patient",
        "id": patient.id,
        "identifier": [{"system": f"{LOCAL}mrn", "value": patient.mrn}],
        "name": [{"family": patient.family, "given": [patient.given]}],
        "gender": patient.sex,
        "birthDate": patient.born.isoformat(),
    }


def _chairs(view: SessionView) -> list[Chair]:
    """Return every chair on which the patient was, in order."""
    ids = dict.fromkeys([view.opening.chair_id, *(content.chair_id for _, content in _moves(view))])
    return [view.record.chairs[one] for one in ids]


def _moves(view: SessionView) -> list[tuple[Effective, Move]]:
    standing = (one for one in view.effective if not one.struck)
    return [(one, one.written.content) for one in standing if isinstance(one.written.content, Move)]


def _location(chair: Chair) -> Json:
    return {"resourceType": "Location", "id": chair.id, "status": "active", "name": chair.name, "mode": "instance"}


def _encounter(view: SessionView) -> Json:
    period = {"start": when(view.arrived_at)} | ({} if view.ended_at is None else {"end": when(view.ended_at)})
    indication = view.patient.indication
    return {
        "resourceType": "Encounter",
        "id": view.id,
        "identifier": [{"system": f"{LOCAL}session", "value": view.id}],
        "status": _encounter_status(view),
        "class": _AMBULATORY,
        "subject": reference(view.patient.id),
        "period": period,
        **({"reasonCode": [concept(text=indication)]} if indication else {}),
        "location": _stays(view),
    }


def _encounter_status(view: SessionView) -> str:
    if view.cancelled:
        return "cancelled"
    if view.ended_at is not None:
        return "finished"
    return "arrived" if view.stage is Stage.BEFORE else "in-progress"


def _stays(view: SessionView) -> list[Json]:
    """Return each chair with the time in which the patient was on it."""
    stays = [(view.opening.chair_id, view.arrived_at), *((said.chair_id, one.at) for one, said in _moves(view))]
    ends = [*(since for _, since in stays[1:]), view.ended_at]
    return [
        {
            "location": reference(chair),
            "status": "completed" if end else "active",
            "period": {"start": when(since)} | ({"end": when(end)} if end else {}),
        }
        for (chair, since), end in zip(stays, ends, strict=True)
    ]


# Corrections.


def _provenances(view: SessionView, counted: Iterable[Effective], values: Resources) -> list[Json]:
    """Return who corrected what, when and why: one for each correction that was applied."""
    by_id = {one.entry.id: one for one in counted}
    found = []
    for correction in sorted(view.record.entries, key=lambda one: one.seq):
        root = view.root_of(correction.id) if isinstance(correction.content, Correction) else None
        if root is not None and root.id in by_id:
            found.append(_provenance(view, correction, by_id[root.id], values))
    return found


def _provenance(view: SessionView, correction: Entry, root: Effective, values: Resources) -> Json:
    content = correction.content
    assert isinstance(content, Correction)  # noqa: S101  # the caller has just looked
    new, old = _tied(view, correction, content, root, values)
    changed = tuple(one for one in new if one not in old)
    body: Json = {
        "resourceType": "Provenance",
        "id": resource_id(correction.id, "provenance"),
        "target": [reference(one) for one in changed or new or old or (view.id,)],
        "occurredDateTime": when(correction.recorded_at),
        "recorded": when(correction.recorded_at),
        "reason": [concept(text=content.reason)],
        "activity": concept(text="corrected" if replaced_by(correction) else "entered in error"),
        "agent": [{"who": person(correction.author)}],
    }
    entities = [{"role": "revision", "what": reference(one)} for one in old if new and one not in new]
    return body | ({"entity": entities} if entities else {})


_Ids = tuple[str, ...]


def _tied(
    view: SessionView, correction: Entry, content: Correction, root: Effective, values: Resources
) -> tuple[_Ids, _Ids]:
    """Return what a correction put in the place, and what stood there before; empty where FHIR has none of it."""
    if root.entry.id in values:
        by_holder = values[root.entry.id].by_holder
        return by_holder.get(correction.id, ()), _before(view, by_holder, correction, content)
    if isinstance(root.entry.content, Medication):
        ids = medicine_ids(view, root)
        made = resource_id(correction.id, "medication")
        before = ids[: ids.index(made)] if made in ids else ids
        return ((made,) if made in ids else ()), before[-1:]
    if isinstance(root.entry.content, Infusion):
        return opened_by(view, root.entry.id), ()
    events = [event.id for event in view.events if event.id == getattr(root.entry.content, "event_id", None)]
    return tuple(events), ()


def _before(view: SessionView, by_holder: Mapping[str, _Ids], correction: Entry, content: Correction) -> _Ids:
    """Return the values of what a correction names, else of the newest version before it."""
    if content.entry_id in by_holder:
        return by_holder[content.entry_id]
    seqs = {one.id: one.seq for one in view.record.entries}
    earlier = [holder for holder in by_holder if seqs[holder] < correction.seq]
    return by_holder[max(earlier, key=lambda holder: seqs[holder])] if earlier else ()
