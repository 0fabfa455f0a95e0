"""What was given, for an export: one MedicationAdministration per stretch of constant rate, bolus and medicine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from models.corrections import Effective
from models.entries import Content, Medication
from models.exchange.fhir_parts import Json, concept, person, quantity, reference, resource_id, when
from models.exchange.told import Version, told
from models.infusion import Action, Bolus, Segment, rounded
from models.session import SessionView

KETAMINE: Final = concept(text="Ketamine")


def given(view: SessionView) -> tuple[Json, ...]:
    """Return everything that was given, in order: the infusion as it counts, and each medicine with its versions."""
    segments = [_segment(view, one) for one in ran(view)]
    boluses = [_bolus(view, one, place) for place, one in enumerate(view.pump.boluses)]
    medicines = [body for one in view.effective if _is_medicine(one) for body in _medicine(view, one)]
    return (*segments, *boluses, *medicines)


def ran(view: SessionView) -> tuple[Segment, ...]:
    """Return the stretches of constant rate that lasted for any time at all."""
    return tuple(one for one in view.pump.segments if _end(view, one) > one.since)


def segment_id(view: SessionView, segment: Segment) -> str:
    """Return the id of the administration of one stretch."""
    return resource_id(view.id, "segment", when(segment.since))


def running_at(view: SessionView, moment: datetime) -> Segment | None:
    """Return the stretch that ran at a moment, else the last one before it."""
    before = [one for one in ran(view) if one.since <= moment]
    return before[-1] if before else None


def opened_by(view: SessionView, entry_id: str) -> tuple[str, ...]:
    """Return the administrations that one entry about the pump began, to refer to."""
    moments = {one.at for one in view.pump.actions if one.entry_id == entry_id}
    segments = [segment_id(view, one) for one in ran(view) if one.since in moments]
    boluses = [_bolus_id(view, place) for place, one in enumerate(view.pump.boluses) if one.at in moments]
    return (*segments, *boluses)


def medicine_ids(view: SessionView, one: Effective) -> tuple[str, ...]:
    """Return the ids of all versions of one medicine."""
    return tuple(_medicine_id(version) for version in told(view, one) if _medicine_of(version))


def _end(view: SessionView, segment: Segment) -> datetime:
    return segment.until or view.dosed_until


def _segment(view: SessionView, segment: Segment) -> Json:
    stopped = segment.until is not None or view.ended_at is not None
    period = {"start": when(segment.since)} | ({"end": when(_end(view, segment))} if stopped else {})
    dose = rounded(segment.dose(view.dosed_until))
    dosage: Json = {"dose": _mg(dose), "rateQuantity": quantity(float(segment.rate_mg_h), "mg/h")}
    strength = segment.concentration_mg_ml
    if strength is not None:
        dosage = {"text": f"{strength.normalize():f} mg/mL"} | dosage
    began = _at(view, segment.since)
    body = _administration(view, segment_id(view, segment), "completed" if stopped else "in-progress", KETAMINE)
    return body | {"effectivePeriod": period} | _by(began) | {"dosage": dosage} | _disputed(began)


def _bolus_id(view: SessionView, place: int) -> str:
    bolus = view.pump.boluses[place]
    same = sum(one.at == bolus.at for one in view.pump.boluses[:place])
    return resource_id(view.id, "bolus", when(bolus.at), same)


def _bolus(view: SessionView, bolus: Bolus, place: int) -> Json:
    gave = _at(view, bolus.at, bolus=True)
    body = _administration(view, _bolus_id(view, place), "completed", KETAMINE)
    dosage = {"text": "bolus", "dose": _mg(bolus.dose_mg)}
    return body | {"effectiveDateTime": when(bolus.at)} | _by(gave) | {"dosage": dosage} | _disputed(gave)


def _administration(view: SessionView, name: str, status: str, medication: Json) -> Json:
    return {
        "resourceType": "MedicationAdministration",
        "id": name,
        "status": status,
        "medicationCodeableConcept": medication,
        "subject": reference(view.patient.id),
        "context": reference(view.id),
    }


def _mg(dose: Decimal) -> Json:
    return quantity(float(dose), "mg")


def _at(view: SessionView, moment: datetime, *, bolus: bool = False) -> list[Action]:
    """Return what was done with the pump at a moment."""
    return [one for one in view.pump.actions if one.at == moment and (one.content.action == "bolus") is bolus]


def _by(actions: list[Action]) -> Json:
    return {"performer": [{"actor": person(actions[-1].author)}]} if actions else {}


def _disputed(actions: list[Action]) -> Json:
    notes = [{"text": f"Disputed: {one.disputed}"} for one in actions if one.disputed]
    return {"note": notes} if notes else {}


# Medicines beside the infusion.


def _is_medicine(one: Effective) -> bool:
    return isinstance(one.entry.content, Medication)


def _medicine_of(version: Version) -> Medication | None:
    content: Content = version.written.content
    return content if isinstance(content, Medication) else None


def _medicine_id(version: Version) -> str:
    return resource_id(version.holder.id, "medication")


def _medicine(view: SessionView, one: Effective) -> Iterator[Json]:
    for version in told(view, one):
        content = _medicine_of(version)
        if content is not None:
            yield _one_medicine(view, version, content)


def _one_medicine(view: SessionView, version: Version, content: Medication) -> Json:
    status = "completed" if version.counts else "entered-in-error"
    body = _administration(view, _medicine_id(version), status, concept(text=content.name))
    known = content.event_id is not None and any(event.id == content.event_id for event in view.events)
    because = {"supportingInformation": [reference(content.event_id)]} if known and content.event_id else {}
    dosage = {"route": concept(text=content.route), "dose": quantity(content.dose, content.unit)}
    return (
        body
        | because
        | {"effectiveDateTime": when(version.written.measured_at)}
        | {"performer": [{"actor": person(version.holder.author)}], "dosage": dosage}
    )
