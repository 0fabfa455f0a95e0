"""Observations of an export: one per charted value, with every earlier version of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from models.corrections import Effective
from models.device_readings import is_unvalidated
from models.entries import Content, Opening, Reading
from models.exchange.fhir_parts import (
    LOCAL,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    person,
    published,
    quantity,
    reference,
    resource_id,
    when,
)
from models.exchange.limits_then import Bounds, bounds, interpretation
from models.exchange.told import Version, told
from models.session import Judged, SessionView
from models.terms import SYMPTOM_BY_KEY
from models.vitals import BY_KEY, CHARTED, LOINC, PRESSURE

BP_PANEL: Final = coding(LOINC, "85354-9", "Blood pressure panel with all children optional")
BODY_WEIGHT: Final = coding(LOINC, "29463-7", "Body weight")
OUTSIDE: Final = "Came after the signature: outside what was signed, counted nowhere."
UNVALIDATED: Final = "Measured by a device, not yet accepted by a nurse."
UNCONFIRMED: Final = "Unusual value from the waiting queue, not confirmed."
_ASLEEP: Final = "asleep"
_VITAL_SIGNS: Final = concept(coding(f"{TERMINOLOGY}observation-category", "vital-signs", "Vital Signs"))
_PERFORMED: Final = f"{TERMINOLOGY}data-absent-reason"
_INTERPRETED: Final = f"{TERMINOLOGY}v3-ObservationInterpretation"
_NAMES: Final = {"N": "Normal", "H": "High", "HH": "Critical high", "L": "Low", "LL": "Critical low"}
_QUESTIONS: Final = {"distress": "Distressing dissociation", "resting": "Seen resting, breathing easily, not roused"}


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that a content says: ``key`` names it, ``body`` is what FHIR has for it apart from who and when."""

    key: str
    body: Json
    vitals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """The Observations of one entry, and which of them tell which version: by the id of the entry that holds it."""

    resources: tuple[Json, ...]
    by_holder: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def observed(view: SessionView, one: Effective) -> Observed:
    """Return one Observation per value and version of a reading, or of the weight in an opening.

    A version that says the same of a value at the same moment tells nothing new and gets none of its own. What counts
    is ``final``, or ``corrected`` where another value stood there; what no longer counts is ``entered-in-error``.
    """
    found: dict[str, list[tuple[Version, _Part, str]]] = {}
    by_holder: dict[str, list[str]] = {}
    for version in told(view, one):
        for part in _parts(version.written.content):
            listed = found.setdefault(part.key, [])
            same = [name for other, body, name in listed if _same(other, body, version, part)]
            name = same[0] if same else resource_id(version.holder.id, part.key)
            by_holder.setdefault(version.holder.id, []).append(name)
            if same and version.counts:
                listed[:] = [(version if its == name else other, body, its) for other, body, its in listed]
            elif not same:
                listed.append((version, part, name))
    resources = [_observation(view, one, listed, place) for listed in found.values() for place in range(len(listed))]
    return Observed(tuple(resources), {holder: tuple(names) for holder, names in by_holder.items()})


def _same(one: Version, body: _Part, other: Version, part: _Part) -> bool:
    return body.body == part.body and one.written.measured_at == other.written.measured_at


def _observation(view: SessionView, one: Effective, listed: list[tuple[Version, _Part, str]], place: int) -> Json:
    version, part, name = listed[place]
    status = _status(view, one, version, alone=len(listed) == 1)
    body: Json = {"resourceType": "Observation", "id": name, "status": status} | part.body
    body |= {
        "subject": reference(view.patient.id),
        "encounter": reference(view.id),
        "effectiveDateTime": when(version.written.measured_at),
        "issued": when(version.holder.recorded_at),
        "performer": [person(version.holder.author)],
    }
    if one.entry.device is not None:
        body["device"] = person(one.entry.device)
    notes = _notes(view, one, part, counts=version.counts)
    if notes:
        body["note"] = [{"text": text} for text in notes]
    judged = view.judgement(one.entry.id) if version.counts else None
    return body if judged is None else _judged(view, judged, part, body)


def _status(view: SessionView, one: Effective, version: Version, *, alone: bool) -> str:
    if not version.counts:
        return "entered-in-error"
    if one.entry.id in view.outside_signing or is_unvalidated(one):
        return "preliminary"
    return "final" if alone else "corrected"


def _notes(view: SessionView, one: Effective, part: _Part, *, counts: bool) -> list[str]:
    outside = [OUTSIDE] if one.entry.id in view.outside_signing else []
    return [*outside, *([UNVALIDATED] if counts and is_unvalidated(one) else []), *part.notes]


def _judged(view: SessionView, judged: Judged, part: _Part, body: Json) -> Json:
    """Add how each measured value was judged, and by which limits."""
    if len(part.vitals) > 1:
        pairs = zip(part.vitals, body["component"], strict=True)
        return body | {"component": [_verdict(view, judged, vital, one) for vital, one in pairs]}
    return _verdict(view, judged, part.vitals[0], body) if part.vitals else body


def _verdict(view: SessionView, judged: Judged, vital: str, body: Json) -> Json:
    if "valueQuantity" not in body:
        return body
    code = interpretation(judged, vital)
    ranges = [_range(vital, one) for one in bounds(view, judged, vital)]
    verdict = {"interpretation": [concept(coding(_INTERPRETED, code, _NAMES[code]))]}
    return body | verdict | ({"referenceRange": ranges} if ranges else {})


def _range(vital: str, one: Bounds) -> Json:
    sides = {side: value for side, value in (("low", one.low), ("high", one.high)) if value is not None}
    body: Json = {side: _in_unit(vital, value) for side, value in sides.items()}
    return body | {"type": concept(text=f"{one.severity.word} limits"), "text": one.text}


# What a content says, part by part.


def _parts(content: Content) -> Iterator[_Part]:
    if isinstance(content, Opening):
        value = {"valueQuantity": quantity(content.weight_kg, "kg")}
        yield _Part("weight", {"category": [_VITAL_SIGNS], "code": concept(BODY_WEIGHT)} | value)
    elif isinstance(content, Reading):
        yield from _vitals(content)
        yield from _answers(content)


def _vitals(reading: Reading) -> Iterator[_Part]:
    undone = dict(reading.not_done or {})
    if reading.undone("dissociation") and "dissociation" not in reading.values:
        undone.setdefault("dissociation", _ASLEEP)
    if any(vital in reading.values or vital in undone for vital in PRESSURE):
        yield _pressure(reading, undone)
    for vital in CHARTED:
        if vital.key not in PRESSURE and (vital.key in reading.values or vital.key in undone):
            body = {"category": [_VITAL_SIGNS], "code": _code(vital.key)} | _value(reading, undone, vital.key)
            yield _Part(vital.key, body, (vital.key,), _unconfirmed(reading, vital.key))


def _pressure(reading: Reading, undone: Mapping[str, str]) -> _Part:
    components = [{"code": _code(vital)} | _value(reading, undone, vital) for vital in PRESSURE]
    body: Json = {"category": [_VITAL_SIGNS], "code": concept(BP_PANEL), "component": components}
    return _Part("bp", body, PRESSURE, _unconfirmed(reading, *PRESSURE))


def _value(reading: Reading, undone: Mapping[str, str], vital: str) -> Json:
    if vital in reading.values:
        return {"valueQuantity": _in_unit(vital, reading.values[vital])}
    reason = concept(coding(_PERFORMED, "not-performed", "Not Performed"), text=undone.get(vital))
    return {"dataAbsentReason": reason}


def _unconfirmed(reading: Reading, *vitals: str) -> tuple[str, ...]:
    return (UNCONFIRMED,) if any(vital in (reading.unconfirmed or ()) for vital in vitals) else ()


def _in_unit(vital: str, value: float) -> Json:
    return quantity(value, BY_KEY[vital].unit, BY_KEY[vital].ucum)


def _code(vital: str) -> Json:
    known = BY_KEY[vital]
    return concept(*(published(code) for code in known.codes), text=known.label)


def _answers(reading: Reading) -> Iterator[_Part]:
    """Return what was asked beside the vitals; it has no published code that was checked."""
    for key, text in _QUESTIONS.items():
        if getattr(reading, key) is not None:
            yield _Part(key, {"code": _own(key, text), "valueBoolean": getattr(reading, key)})
    if reading.oxygen_l_min is not None:
        value = {"valueQuantity": quantity(reading.oxygen_l_min, "L/min", "L/min")}
        yield _Part("oxygen", {"code": _own("oxygen", "Oxygen given")} | value)
    if reading.symptoms is not None:
        yield _Part("symptoms", {"code": _own("symptoms", "Symptoms asked for")} | _symptoms(reading.symptoms))


def _symptoms(symptoms: tuple[str, ...]) -> Json:
    """Return each symptom that was there; none of them is an answer too."""
    named = [coding(f"{LOCAL}symptom", key, SYMPTOM_BY_KEY[key].label) for key in symptoms]
    labels = ", ".join(SYMPTOM_BY_KEY[key].label for key in symptoms)
    return {"valueCodeableConcept": concept(*named, text=labels or "none")}


def _own(key: str, text: str) -> Json:
    return concept(coding(f"{LOCAL}observation", key), text=text)


def is_observed(one: Effective) -> bool:
    """Say whether any version of an entry has values to export."""
    return isinstance(one.entry.content, Reading | Opening)
