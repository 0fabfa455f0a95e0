"""The small parts that every FHIR resource of an export is made of: ids, references, codes, quantities."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from models.moments import iso
from models.vitals import Code

Json = dict[str, Any]

UCUM: Final = "http://unitsofmeasure.org"
SNOMED: Final = "http://snomed.info/sct"
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
LOCAL: Final = "urn:chairside:"
"""The begin of our own systems and extensions: what no published code was checked for."""

_SPACE: Final = uuid.UUID("2f0c9f4e-6a2b-5d0e-9a53-7b1e0f7c4d21")
_UCUM_UNITS: Final = {"mg": "mg", "g": "g", "mcg": "ug", "ug": "ug", "ml": "mL", "l": "L", "mg/h": "mg/h", "kg": "kg"}


def resource_id(*parts: object) -> str:
    """Return the id of a resource: the same parts give the same id in every export."""
    return str(uuid.uuid5(_SPACE, "/".join(str(part) for part in parts)))


def entry(resource: Json) -> Json:
    """Return a resource as an entry of a bundle, under the address that others refer to it by."""
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def reference(resource_id: str) -> Json:
    """Return a reference to a resource of the same bundle."""
    return {"reference": f"urn:uuid:{resource_id}"}


def person(name: str) -> Json:
    """Return who it was, by the name of the account; people of the clinic are no resources of an export."""
    return {"display": name}


def concept(*codings: Json, text: str | None = None) -> Json:
    """Return a concept of these codings, in these words; what is not given is left out."""
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def coding(system: str, code: str, display: str | None = None) -> Json:
    """Return one code of a system."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def published(code: Code) -> Json:
    """Return a code of the registry of vitals."""
    return coding(code.system, code.code, code.display)


def quantity(value: float, unit: str, ucum: str | None = None) -> Json:
    """Return a value with its unit; the UCUM code stands beside it where the unit has one."""
    code = ucum or _UCUM_UNITS.get(unit.strip().lower())
    return {"value": value, "unit": unit} | ({"system": UCUM, "code": code} if code else {})


def when(moment: datetime) -> str:
    """Return a moment as FHIR writes it."""
    return iso(moment)


def extension(name: str, **value: object) -> Json:
    """Return what FHIR R4 has no element for, under a name of our own."""
    return {"url": f"{LOCAL}{name}"} | value
