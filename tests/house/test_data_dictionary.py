"""The data dictionary tells every field that is exported, as it is exported, and no other."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.entries import ENTRY_KINDS, Medication, Reading, ReviewNote
from models.exchange.clinic_csv import PATIENTS, SESSIONS
from models.exchange.csv import TOLD, record_csv
from models.exchange.events_csv import COLUMNS
from models.exchange.fhir import fhir_bundle
from models.exchange.frames import read_record
from models.exchange.serious import serious_json
from models.session import SessionView
from models.vitals import BY_KEY, CHARTED
from tests.generated_sessions import generated
from tests.sample_sessions import START, Sheet, event
from tests.whole_cases import ALL, whole

Json = dict[str, Any]
TEXT = (Path(__file__).parents[2] / "docs" / "data-dictionary.md").read_text("utf-8")
NEVER_TOLD = frozenset({"resourceType", "id"})
NAMED_ELSEWHERE = frozenset({"chair_id", "patient_id", "entry_id", "moved_from", "queued", "reason"})
"""Ids that a name stands for, and the reason, which has a column of its own."""


def section(title: str, table: int = 0) -> dict[str, list[str]]:
    """Return the rows of a table under a heading: first cell -> the others."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    tables = re.findall(r"(?:^\|.*\|\n)+", found[1], re.MULTILINE)
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", tables[table], re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split(" | ")] for name, rest in rows}


def views() -> Iterator[SessionView]:
    yield from (whole(name) for name in ALL)
    yield from (generated(seed).view(300) for seed in range(40))
    yield grave().view(200)


def grave() -> Sheet:
    """Return a session in which everything of an extract is said."""
    sheet = Sheet("grave")
    sheet.write(-5, Medication("Midazolam", 2, "mg", "IV"))
    sheet.write(5, Reading({"hr": 70}))
    more: Json = {"outcome": "recovered", "resolved_at": START.isoformat(), "note": "fell", "grade": 3}
    said = event("grave", "Syncope", START, serious=["death", "disability"], action_taken="withdrawn", **more)
    sheet.write(6, said)
    sheet.write(7, ReviewNote(said.event_id, "possible"))
    return sheet


@pytest.mark.parametrize("vital", CHARTED, ids=lambda vital: vital.key)
def test_a_vital_is_told_with_unit_code_and_meaning(vital: Any) -> None:  # noqa: ANN401  # a row of the registry
    _, unit, ucum, code, meaning = section("What is measured")[vital.key]

    assert (unit, ucum) == (vital.unit, f"`{vital.ucum}`")
    assert all(one.code in code for one in vital.codes)
    assert meaning == f"{vital.label}, {vital.accepted.low:g} to {vital.accepted.high:g}"


def test_the_columns_of_a_record_are_told_in_their_types() -> None:
    told = section("Record as CSV")

    assert told == {one.name: [one.dtype, one.meaning] for one in TOLD}


def test_the_columns_of_events_are_told_in_their_types_and_units() -> None:
    told = section("Adverse events as CSV")

    assert told == {one.name: [one.dtype, one.unit, one.meaning] for one in COLUMNS}


@pytest.mark.parametrize(("title", "columns"), [("Sessions as CSV", SESSIONS), ("Patients as CSV", PATIENTS)])
def test_the_columns_of_the_lists_are_told_in_their_types_and_units(title: str, columns: tuple[Any, ...]) -> None:
    assert section(title) == {one.name: [one.dtype, one.unit, one.meaning] for one in columns}


def test_every_field_of_every_kind_of_entry_is_told_and_no_other() -> None:
    contents: list[Any] = [kind.content for kind in ENTRY_KINDS]
    fields = {one.name for content in contents for one in dataclasses.fields(content)} - NAMED_ELSEWHERE
    stand_for_ids = {"chair", "patient", "medication"}

    assert set(section("Record as CSV", 1)) == fields | stand_for_ids


def test_whatever_a_record_names_in_csv_is_told() -> None:
    told = set(section("Record as CSV", 1)) | set(BY_KEY)

    named = {name for view in views() for name in read_record(record_csv(view))["vital"].dropna()}

    assert len(named) > 30
    assert {name for name in named if name not in told and name.partition(".")[0] not in told} == set()


def test_every_element_of_a_bundle_is_told_and_no_other() -> None:
    resources = [one["resource"] for view in views() for one in fhir_bundle(view, "broken")["entry"]]

    found = {f"{one['resourceType']}.{key}" for one in resources for key in one if key not in NEVER_TOLD}

    assert set(section("FHIR R4")) - found <= {"Observation.device", "MedicationAdministration.supportingInformation"}
    assert found <= set(section("FHIR R4"))


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, dict | list):
                yield from keys(one)
            else:
                yield key
    elif isinstance(value, list):
        for one in value:
            yield from keys(one)


def test_every_name_of_the_extract_is_told() -> None:
    told = set(section("Serious events"))

    found = {key for view in views() for key in keys(serious_json(view)["cases"])}

    assert found <= told
    assert {
        name for name in told - found if not name.startswith(("E.i.3.2", "G.k.4.r.", "G.k.5", "G.k.7", "local"))
    } == set()
