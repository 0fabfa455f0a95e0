"""The FHIR bundle: an independent validator finds nothing wrong, and what it says is what the record says."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from models.entries import (
    BaselineSet,
    Infusion,
    Limit,
    Medication,
    Move,
    Note,
    Reading,
    ReviewNote,
)
from models.exchange.fhir import fhir_bundle
from models.moments import MIN
from models.session import Chair, SessionView
from tests.fhir_validator import validate
from tests.sample_sessions import START, Sheet, core, event, finished, same_id, signed
from tests.whole_cases import ALL, OWN_LIMIT, TYPING_ERROR, WRONG_HR, whole

Json = dict[str, Any]

CODES = {
    "http://loinc.org": {
        "85354-9",
        "8480-6",
        "8462-4",
        "8867-4",
        "9279-1",
        "2708-6",
        "59408-5",
        "72514-3",
        "29463-7",
    },
    "http://snomed.info/sct": {
        "422587007",
        "422400008",
        "404640003",
        "25064002",
        "79499004",
        "7011001",
        "84229001",
        "80313002",
        "29857009",
        "267036007",
        "91175000",
        "39579001",
        "45007003",
        "418363000",
    },
    "http://unitsofmeasure.org": {"mm[Hg]", "/min", "%", "{score}", "kg", "mg", "mg/h", "L/min", "ug", "g", "mL"},
}
"""Every code that was checked, as the clinical defaults list them; written down by hand."""

BY_CODE = {
    "8480-6": ("sbp", "mm[Hg]"),
    "8462-4": ("dbp", "mm[Hg]"),
    "8867-4": ("hr", "/min"),
    "9279-1": ("rr", "/min"),
    "2708-6": ("spo2", "%"),
    "72514-3": ("headache", "{score}"),
    "dissociation": ("dissociation", "{score}"),
    "nausea": ("nausea", "{score}"),
    "sedation": ("sedation", "{score}"),
}


def of_type(bundle: Json, name: str) -> list[Json]:
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == name]


def measured(bundle: Json, status: Callable[[str], bool]) -> Iterator[tuple[datetime, str, float, Json]]:
    """Read every measured value back: moment, vital, value, and the part that holds it."""
    for resource in of_type(bundle, "Observation"):
        for part in resource.get("component", [resource]):
            code = part["code"]["coding"][0]["code"]
            if code in BY_CODE and "valueQuantity" in part and status(resource["status"]):
                assert part["valueQuantity"]["code"] == BY_CODE[code][1]
                moment = datetime.fromisoformat(resource["effectiveDateTime"])
                yield moment, BY_CODE[code][0], part["valueQuantity"]["value"], part


def counting(status: str) -> bool:
    return status != "entered-in-error"


def only(bundle: Json, at: datetime, vital: str) -> Json:
    found = [part for moment, key, _, part in measured(bundle, counting) if (moment, key) == (at, vital)]
    assert len(found) == 1
    return found[0]


def charted(view: SessionView) -> set[tuple[datetime, str, float]]:
    return {
        (one.at, vital, value) for one in view.readings if one.reading for vital, value in one.reading.values.items()
    }


def codings(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if "system" in value and "code" in value:
            yield value["system"], value["code"]
        for one in value.values():
            yield from codings(one)
    elif isinstance(value, list):
        for one in value:
            yield from codings(one)


@pytest.fixture(scope="module")
def bundles() -> dict[str, Json]:
    return {name: fhir_bundle(whole(name)) for name in ALL}


def test_the_validator_finds_no_error_in_any_of_the_twelve_cases(bundles: dict[str, Json]) -> None:
    found = dict(zip(bundles, validate(list(bundles.values())), strict=True))

    assert found == {name: [] for name in ALL}


def without(bundle: Json, kind: str, key: str) -> None:
    del of_type(bundle, kind)[0][key]


def set_to(bundle: Json, kind: str, key: str, value: object) -> None:
    of_type(bundle, kind)[0][key] = value


def pressure(bundle: Json) -> Json:
    return next(one for one in of_type(bundle, "Observation") if "component" in one)


def pulse(bundle: Json) -> Json:
    return next(one for one in of_type(bundle, "Observation") if one["code"].get("text") == "Heart rate")


BREAKING: dict[str, Callable[[Json], None]] = {
    "no status": lambda bundle: without(bundle, "Observation", "status"),
    "no category": lambda bundle: without(pressure_only(bundle), "Observation", "category"),
    "no subject": lambda bundle: without(bundle, "Observation", "subject"),
    "an unknown status": lambda bundle: set_to(bundle, "Observation", "status", "done"),
    "an unknown element": lambda bundle: set_to(bundle, "Patient", "chair", "7"),
    "a birth date that is none": lambda bundle: set_to(bundle, "Patient", "birthDate", "14 March"),
    "a reference to nothing": lambda bundle: set_to(
        bundle, "Encounter", "subject", {"reference": "urn:uuid:0ae1b7cb-1f08-4d0a-8a36-6a2ef1d6f4bb"}
    ),
    "a pressure in kPa": lambda bundle: pressure(bundle)["component"][0]["valueQuantity"].update(code="kPa"),
    "a pulse in bpm": lambda bundle: pulse(bundle)["valueQuantity"].update(code="bpm"),
    "a pressure without diastolic": lambda bundle: pressure(bundle)["component"].pop(),
    "systolic twice": lambda bundle: pressure(bundle)["component"][1]["code"]["coding"][0].update(code="8480-6"),
    "neither value nor reason": lambda bundle: pressure(bundle)["component"][0].pop("valueQuantity"),
    "an interpretation that is none": lambda bundle: pressure(bundle)["component"][0]["interpretation"][0]["coding"][
        0
    ].update(code="HIGH"),
    "a medicine without a dose": lambda bundle: of_type(bundle, "MedicationAdministration")[0].update(
        dosage={"text": "some"}
    ),
    "an outcome that is none": lambda bundle: of_type(bundle, "AdverseEvent")[0]["outcome"]["coding"][0].update(
        code="better"
    ),
    "the same address twice": lambda bundle: bundle["entry"].append(bundle["entry"][0]),
    "a bundle of no type": lambda bundle: bundle.pop("type"),
}


def pressure_only(bundle: Json) -> Json:
    bundle["entry"] = [one for one in bundle["entry"] if one["resource"].get("category") or "name" in one["resource"]]
    return bundle


@pytest.fixture(scope="module")
def found_broken(bundles: dict[str, Json]) -> dict[str, list[str]]:
    broken = {what: copy.deepcopy(bundles["V08"]) for what in BREAKING}
    for what, breaks in BREAKING.items():
        breaks(broken[what])
    return dict(zip(broken, validate(list(broken.values())), strict=True))


@pytest.mark.parametrize("what", BREAKING)
def test_the_validator_finds_what_was_broken_on_purpose(what: str, found_broken: dict[str, list[str]]) -> None:
    assert found_broken[what] != []


@pytest.mark.parametrize("name", ALL)
def test_every_value_that_counts_is_in_the_bundle_and_nothing_else(name: str, bundles: dict[str, Json]) -> None:
    found = [(at, vital, value) for at, vital, value, _ in measured(bundles[name], counting)]

    assert len(found) == len(set(found))
    assert set(found) == charted(whole(name))


@pytest.mark.parametrize("name", ALL)
def test_only_codes_that_were_checked_are_shipped(name: str, bundles: dict[str, Json]) -> None:
    published = {
        (system, code)
        for system, code in codings(bundles[name])
        if not system.startswith(("urn:chairside:", "http://terminology.hl7.org/"))
    }

    assert {system for system, _ in published} <= set(CODES)
    assert {(system, code) for system, code in published if code not in CODES[system]} == set()


@pytest.mark.parametrize("name", ALL)
def test_interpretation_says_what_the_flags_of_the_case_say(name: str, bundles: dict[str, Json]) -> None:
    view = whole(name)
    speaking = {"H": "HIGH PRE_SBP PRE_DBP DBP_DELTA HEADACHE_RISE", "L": "LOW"}

    for at, vital, _, part in measured(bundles[name], counting):
        code = part["interpretation"][0]["coding"][0]["code"]
        (judged,) = [one for one in view.readings if one.at == at and one.reading and vital in one.reading.values]
        flags = [flag for flag in judged.flags if flag.vital == vital and flag.rule not in {"DISTRESS", "VOMITING"}]
        if not flags:
            assert code == "N"
            continue
        worst = max(flags, key=lambda flag: flag.severity)
        worst_limits = {flag.limit for flag in flags if flag.severity == worst.severity}
        assert any(worst.rule.endswith(tuple(words.split())) and code[0] == side for side, words in speaking.items())
        assert len(code) == worst.severity
        limits = [one[side]["value"] for one in part["referenceRange"] for side in ("low", "high") if side in one]
        assert worst_limits & set(limits)


@pytest.mark.parametrize("name", ALL)
def test_a_corrected_value_stands_beside_the_wrong_one_and_a_provenance_ties_them(
    name: str, bundles: dict[str, Json]
) -> None:
    bundle = bundles[name]

    (wrong,) = [one for one in of_type(bundle, "Observation") if one["status"] == "entered-in-error"]
    (right,) = [one for one in of_type(bundle, "Observation") if one["status"] == "corrected"]
    (tie,) = of_type(bundle, "Provenance")

    assert wrong["valueQuantity"]["value"] == WRONG_HR
    assert right["code"] == wrong["code"]
    assert right["effectiveDateTime"] == wrong["effectiveDateTime"]
    assert tie["target"] == [{"reference": f"urn:uuid:{right['id']}"}]
    assert tie["entity"] == [{"role": "revision", "what": {"reference": f"urn:uuid:{wrong['id']}"}}]
    assert (tie["reason"], tie["agent"]) == ([{"text": TYPING_ERROR}], [{"who": {"display": "m.silva"}}])
    assert "interpretation" not in wrong


@pytest.mark.parametrize("name", ALL)
def test_the_segments_add_up_to_the_dose_of_the_record(name: str, bundles: dict[str, Json]) -> None:
    view = whole(name)
    ketamine = [
        one
        for one in of_type(bundles[name], "MedicationAdministration")
        if one["medicationCodeableConcept"] == {"text": "Ketamine"}
    ]

    doses = [Decimal(str(one["dosage"]["dose"]["value"])) for one in ketamine]

    assert abs(sum(doses, Decimal(0)) - view.delivered_mg) <= Decimal("0.01") * max(1, len(doses))
    for one in ketamine:
        since, until = (datetime.fromisoformat(one["effectivePeriod"][end]) for end in ("start", "end"))
        given = one["dosage"]["rateQuantity"]["value"] * ((until - since) / MIN) / 60
        assert one["dosage"]["dose"]["value"] == pytest.approx(given, abs=0.0051)
        assert one["dosage"]["rateQuantity"]["code"] == "mg/h"


@pytest.mark.parametrize("name", ALL)
def test_each_adverse_event_of_the_case_says_grade_seriousness_and_outcome(name: str, bundles: dict[str, Json]) -> None:
    severities = {1: "mild", 2: "moderate", 3: "severe"}
    outcomes = {1: "resolved", 2: "recovering", 3: "ongoing"}
    found = {one["event"]["text"]: one for one in of_type(bundles[name], "AdverseEvent")}
    expected = ALL[name].get("adverse_events", [])

    assert set(found) == {one["term"] for one in expected}
    for said in expected:
        event = found[said["term"]]
        assert event["outcome"]["coding"][0]["code"] == outcomes[said["outcome_e2b"]]
        assert ("severity" in event) is bool(said.get("ctcae_grade"))
        if said.get("ctcae_grade"):
            codes = [one["code"] for one in event["severity"]["coding"]]
            assert codes == [severities[said["ctcae_grade"]], str(said["ctcae_grade"])]
        serious = event.get("seriousness")
        assert serious == (None if said["serious"] is None else {"text": "not serious"})


def test_the_same_record_gives_the_same_bundle() -> None:
    assert fhir_bundle(signed().view(200)) == fhir_bundle(signed().view(200))


def test_what_was_not_done_says_so_with_its_reason_and_has_no_value() -> None:
    bundle = fhir_bundle(finished().view())

    (undone,) = [one for one in of_type(bundle, "Observation") if "dataAbsentReason" in one]

    assert undone["code"]["coding"][0]["code"] == "nausea"
    assert undone["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    assert undone["dataAbsentReason"]["text"] == "asleep"
    assert "valueQuantity" not in undone


def test_a_palpated_systolic_has_a_diastolic_that_was_not_performed() -> None:
    sheet = Sheet("palpated")
    sheet.write(-8, Reading({"sbp": 90}, {"dbp": "palpated"}))
    bundle = fhir_bundle(sheet.view())

    (panel,) = [one for one in of_type(bundle, "Observation") if "component" in one]

    assert panel["component"][0]["valueQuantity"]["value"] == 90
    assert panel["component"][1]["dataAbsentReason"]["text"] == "palpated"
    assert validate([bundle]) == [[]]


def test_a_patient_seen_resting_was_not_asked_for_dissociation() -> None:
    sheet = Sheet("resting")
    sheet.write(5, Reading({"sbp": 120, "dbp": 70, "hr": 60}, resting=True))
    bundle = fhir_bundle(sheet.view())

    absent = [one for one in of_type(bundle, "Observation") if "dataAbsentReason" in one]

    assert [(one["code"]["text"], one["dataAbsentReason"]["text"]) for one in absent] == [("Dissociation", "asleep")]


def limits_at(sheet: Sheet, minute: float, vital: str) -> list[tuple[float | None, float | None]]:
    part = only(fhir_bundle(sheet.view()), START + minute * MIN, vital)
    return [(one.get("low", {}).get("value"), one.get("high", {}).get("value")) for one in part["referenceRange"]]


def test_the_limits_are_those_of_the_moment() -> None:
    sheet = Sheet("limits")
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 50))
    sheet.write(5, core(130, 80, 70, 0, 0))
    sheet.write(10, BaselineSet({"sbp": 150, "dbp": 90}, "known hypertension"))
    sheet.write(15, core(130, 80, 70, 0, 0))
    sheet.write(20, Limit("sbp", {"caution_high": 172, "critical_low": None}, OWN_LIMIT))
    sheet.write(25, core(130, 80, 70, 0, 0))

    assert limits_at(sheet, -8, "sbp") == [(100, 140), (90, 160)]
    assert limits_at(sheet, 5, "sbp") == [(100, 149), (90, 174)]
    assert limits_at(sheet, 15, "sbp") == [(110, 160), (90, 180)]
    assert limits_at(sheet, 25, "sbp") == [(110, 172), (89, 180)]
    assert limits_at(sheet, 5, "hr") == [(50, 111), (40, 131)]


def test_a_struck_reading_is_entered_in_error_in_every_value() -> None:
    sheet = Sheet("struck")
    wrong = sheet.write(5, core(120, 70, 60, 0, 0))
    sheet.correct(6, wrong, None, "wrong chair")
    bundle = fhir_bundle(sheet.view())

    readings = [one for one in of_type(bundle, "Observation") if one["code"]["coding"][0]["code"] != "29463-7"]
    (tie,) = of_type(bundle, "Provenance")

    assert {one["status"] for one in readings} == {"entered-in-error"}
    assert {one["reference"] for one in tie["target"]} == {f"urn:uuid:{one['id']}" for one in readings}
    assert tie["activity"] == {"text": "entered in error"}


def test_a_correction_that_is_struck_lets_the_first_value_count_again() -> None:
    sheet = Sheet("again")
    first = sheet.write(5, Reading({"hr": 60}))
    second = sheet.correct(6, first, Reading({"hr": 90}), "misread")
    sheet.correct(7, second, None, "it was right")
    bundle = fhir_bundle(sheet.view())

    values = {
        (one["valueQuantity"]["value"], one["status"])
        for one in of_type(bundle, "Observation")
        if one["code"].get("text") == "Heart rate"
    }

    assert values == {(60, "corrected"), (90, "entered-in-error")}
    assert validate([bundle]) == [[]]


def test_every_kind_of_thing_that_can_be_exported_passes_the_validator() -> None:
    sheet = finished("all")
    other = Chair(same_id("chair", "9"), "9")
    sheet.chairs = dict(sheet.chairs) | {other.id: other}
    sheet.write(20, Infusion("bolus", dose_mg=5))
    sheet.write(21, Move(other.id))
    sheet.write(22, Reading({"rr": 0, "headache": 7}, distress=True, symptoms=("apnoea",), oxygen_l_min=4))
    sheet.write(22.5, Reading({"hr": 64}, symptoms=(), resting=True, unconfirmed=("hr",)))
    given = sheet.write(23, Medication("Midazolam", 2, "mg", "IV"))
    sheet.correct(24, given, Medication("Midazolam", 1, "mg", "IV"), "half of it")
    reading = sheet.entries[2]
    sheet.correct(24, sheet.entries[0], sheet.entries[0].content, "same again")
    sheet.correct(25, reading, None, "never done")
    grave = event("grave", "Seizure", START + 30 * MIN, grade=4, serious=["life_threatening"], outcome="not_recovered")
    sheet.write(30, grave)
    note = sheet.write(31, Note("Told the family"))
    sheet.correct(32, note, Note("Told the husband"), "wrong word")
    sheet.write(140, ReviewNote(grave.event_id, "possible", "dose related"))
    bundle = fhir_bundle(sheet.view(200))

    assert validate([bundle]) == [[]]
    assert len(of_type(bundle, "Provenance")) == 5
    assert len(of_type(bundle, "Location")) == 2
    (seizure,) = [one for one in of_type(bundle, "AdverseEvent") if one["event"]["text"] == "Seizure"]
    assert seizure["suspectEntity"][0]["causality"][0]["assessment"]["text"] == "possible (WHO-UMC)"
    assert seizure["seriousness"]["coding"][0]["code"] == "life_threatening"
    bolus = [one for one in of_type(bundle, "MedicationAdministration") if one["dosage"].get("text") == "bolus"]
    assert [one["dosage"]["dose"]["value"] for one in bolus] == [5]
    medicines = [one for one in of_type(bundle, "MedicationAdministration") if "route" in one["dosage"]]
    assert [(one["dosage"]["dose"]["value"], one["status"]) for one in medicines] == [
        (2, "entered-in-error"),
        (1, "completed"),
        (4, "completed"),
    ]


def test_what_came_after_the_signature_is_there_and_marked_as_outside() -> None:
    sheet = signed("late")
    late = sheet.write(70, Reading({"hr": 111}), typed=150)
    bundle = fhir_bundle(sheet.view(200))

    part = only(bundle, late.measured_at, "hr")

    assert part["status"] == "preliminary"
    assert "outside what was signed" in part["note"][0]["text"]
    assert "interpretation" not in part
    assert validate([bundle]) == [[]]


def test_a_record_that_fails_its_chain_check_says_so_first() -> None:
    view = signed().view(200)

    bundle = fhir_bundle(view, broken="session X, entry Y (number 4): its content was changed")

    first = bundle["entry"][0]["resource"]
    assert first["resourceType"] == "OperationOutcome"
    assert "entry Y (number 4)" in first["issue"][0]["details"]["text"]
    assert validate([bundle]) == [[]]
    assert of_type(fhir_bundle(view), "OperationOutcome") == []
