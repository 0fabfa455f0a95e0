"""The HTTP API on both databases: seating, charting, refusing, correcting, closing, signing, looking back."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models.moments import utc_now
from tests.served import ALL_NO, Client, Served, ago, values

CASES = json.loads((Path(__file__).parents[1] / "data" / "vignettes.json").read_text())["vignettes"]


NOBODY = "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e70"


@dataclass(frozen=True)
class Ago:
    """A moment so many minutes before the test runs, not before it was collected."""

    minutes: float


def now_of(body: Any) -> Any:  # noqa: ANN401  # JSON with moments still to be told
    """Tell the moments of a body."""
    if isinstance(body, Ago):
        return ago(body.minutes)
    return {key: now_of(value) for key, value in body.items()} if isinstance(body, dict) else body


def fields(answer: Any) -> set[str]:  # noqa: ANN401  # an answer of httpx
    return {error["field"] for error in answer.json()["errors"]}


def started(nurse: Client, chair: str = "1", *, minutes_ago: float = 40) -> str:
    session = nurse.seat(chair, minutes_ago=minutes_ago + 20)
    nurse.good(nurse.chart(session, "screening", minutes_ago + 15, answers=ALL_NO))
    nurse.good(nurse.chart(session, "reading", minutes_ago + 8, values=values(124, 78)))
    nurse.good(nurse.chart(session, "infusion", minutes_ago, action="start", rate_mg_h=49.4))
    return session


# The twelve cases over HTTP


def play(case: dict[str, Any], clinician: Client, chair: str) -> tuple[str, datetime, list[tuple[dict[str, Any], Any]]]:
    """Post a case as it is told; return session, start and the answers to its readings."""
    lines = case["timeline"]
    start = utc_now().replace(microsecond=0) - timedelta(minutes=lines[-1]["t_min"] + 1)
    born = f"{start.year - case['patient']['age']}-01-01"
    sex = {"F": "female", "M": "male"}[case["patient"]["sex"]]
    opening = clinician.opening(chair, weight_kg=case["patient"]["weight_kg"], plan=case["plan"])
    opening["patient_id"] = clinician.add_patient(birth_date=born, sex=sex)
    opening["arrived_at"] = (start + timedelta(minutes=min(line["t_min"] for line in lines) - 1)).isoformat()
    session = str(clinician.good(clinician.post("/api/v1/sessions", opening))["id"])
    answers = []
    for line in lines:
        body: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "measured_at": (start + timedelta(minutes=line["t_min"])).isoformat(),
        }
        if line["kind"] == "reading":
            body |= {
                "kind": "reading",
                "values": line["values"],
                "confirmed": ["sbp", "dbp", "hr", "dissociation", "nausea"],
            }
            body |= {key: line[key] for key in ("symptoms", "distress") if key in line}
        elif line["kind"] == "infusion":
            body |= {"kind": "infusion", "confirmed": ["rate_mg_h"]}
            body |= {key: line[key] for key in ("action", "rate_mg_h", "reason") if key in line}
            if line["action"] == "start":
                body["override"] = {"reason": "acceptance case"}
        else:
            continue
        answer = clinician.good(clinician.post(f"/api/v1/sessions/{session}/entries", body))
        if line["kind"] == "reading":
            answers.append((line, answer))
    return session, start, answers


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_acceptance_case_over_http(case: dict[str, Any], clinician: Client) -> None:
    session, start, answers = play(case, clinician, "1")

    for line, answer in answers:
        expected = line["expect"]
        found = {(flag["rule"], flag["vital"], flag["severity"]) for flag in answer["flags"]}
        assert found == {(flag["rule"], flag["vital"], flag["severity"]) for flag in expected["flags"]}, line["t_min"]
        assert answer["state"] == expected["status"]
        moment = (start + timedelta(minutes=line["t_min"])).isoformat()
        view = clinician.session(session, at=moment)
        assert view["latest"]["map"]["value"] == expected["map"]
        assert abs(view["infusion"]["delivered_mg"] - expected.get("cumulative_dose_mg", 0)) <= 0.01


@pytest.mark.parametrize(
    ("case", "minute", "due", "state"),
    [
        ("V01", 9.9, 10, "not_due"),
        ("V01", 10, 20, "not_due"),
        ("V01", 70, 75, "not_due"),
        ("V03", 30, 35, "not_due"),
        ("V03", 36, 46, "not_due"),
        ("V04", 29, 30, "not_due"),
        ("V05", -15, -10, "not_due"),
        ("V06", -14, -15, "due"),
        ("V06", -12.5, -15, "caution"),
        ("V08", 28, 33, "not_due"),
        ("V12", 4, 9, "not_due"),
    ],
)
def test_when_an_acceptance_case_is_due(case: str, minute: float, due: float, state: str, clinician: Client) -> None:
    told = next(one for one in CASES if one["id"] == case)
    session, start, _answers = play(told, clinician, "1")

    found = clinician.session(session, at=(start + timedelta(minutes=minute)).isoformat())["due"]

    assert found["state"] == state
    assert datetime.fromisoformat(found["at"]) == start + timedelta(minutes=due)


# Seating


def test_a_patient_is_seated_once_however_often_it_is_sent(nurse: Client) -> None:
    opening = nurse.opening()

    answers = [nurse.post("/api/v1/sessions", opening) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.json()["id"] for answer in answers} == {opening["id"]}
    assert answers[2].json()["last_seq"] == 1


def test_a_repeat_without_an_arrival_means_the_same_session(nurse: Client) -> None:
    opening = nurse.opening()
    del opening["arrived_at"]

    answers = [nurse.post("/api/v1/sessions", opening) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]


def test_the_id_of_a_session_means_one_opening(nurse: Client) -> None:
    opening = nurse.opening()
    nurse.good(nurse.post("/api/v1/sessions", opening))

    assert nurse.post("/api/v1/sessions", opening | {"weight_kg": 73}).status_code == 409


def test_a_taken_chair_is_a_conflict(nurse: Client) -> None:
    nurse.seat("1")

    answer = nurse.post("/api/v1/sessions", nurse.opening("1"))

    assert answer.status_code == 409
    assert "taken" in answer.json()["detail"]


def test_ten_patients_for_one_chair_at_once_seat_one(nurse: Client) -> None:
    openings = [nurse.opening("2") for _ in range(10)]
    codes = at_once([partial(nurse.post, "/api/v1/sessions", body) for body in openings])

    assert sorted(answer.status_code for answer in codes) == [201] + [409] * 9


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight_kg": 24.9}, "weight_kg"),
        ({"weight_kg": 350.1}, "weight_kg"),
        ({"weight_kg": "72"}, "weight_kg"),
        ({"weight_kg": None}, "weight_kg"),
        ({"plan": None}, "plan"),
        ({"plan": {"dose_mg": 361, "duration_min": 60}}, "dose_mg"),
        ({"plan": {"dose_mg": 0, "duration_min": 60}}, "dose_mg"),
        ({"plan": {"dose_mg": 50, "duration_min": 0}}, "duration_min"),
        ({"plan": {"dose_mg": 50, "duration_min": 60, "rate": 3}}, "rate"),
        ({"chair_id": NOBODY}, "chair_id"),
        ({"patient_id": NOBODY}, "patient_id"),
        ({"chair_id": "the first"}, "chair_id"),
        ({"arrived_at": "2026-03-01T12:00:00"}, "arrived_at"),
        ({"arrived_at": "yesterday"}, "arrived_at"),
        ({"arrived_at": Ago(24 * 60 + 5)}, "arrived_at"),
        ({"arrived_at": Ago(-3)}, "arrived_at"),
        ({"protocol": "another"}, "protocol"),
        ({"sate": "new"}, "sate"),
    ],
)
def test_an_opening_with_a_wrong_field_is_refused_by_name(change: dict[str, object], field: str, nurse: Client) -> None:
    answer = nurse.post("/api/v1/sessions", nurse.opening() | now_of(change))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert fields(answer) == {field}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight_kg": 39, "plan": {"dose_mg": 30, "duration_min": 60, "rate_mg_h": 30}}, "weight_kg"),
        ({"weight_kg": 181}, "weight_kg"),
        ({"plan": {"dose_mg": 109, "duration_min": 90, "rate_mg_h": 72.67}}, "dose_mg"),
        ({"plan": {"dose_mg": 50, "duration_min": 60, "rate_mg_h": 51}}, "rate_mg_h"),
    ],
)
def test_an_unusual_opening_is_asked_for_and_then_stored(change: dict[str, object], field: str, nurse: Client) -> None:
    opening = nurse.opening() | change

    asked = nurse.post("/api/v1/sessions", opening)
    stored = nurse.post("/api/v1/sessions", opening | {"confirmed": [field]})

    assert asked.status_code == 422
    assert [one["field"] for one in asked.json()["confirm"]] == [field]
    assert stored.status_code == 201


def test_a_weight_far_from_the_last_visit_is_asked_for(nurse: Client) -> None:
    first = nurse.opening("1")
    nurse.good(nurse.post("/api/v1/sessions", first))
    again = nurse.opening("2", weight_kg=64) | {"patient_id": first["patient_id"]}

    answer = nurse.post("/api/v1/sessions", again)

    assert [one["field"] for one in answer.json()["confirm"]] == ["weight_kg"]


def test_a_second_patient_of_the_same_record_number_is_a_conflict(nurse: Client) -> None:
    number = f"40-{uuid.uuid4()}"
    nurse.add_patient(mrn=number)
    body = {"mrn": number, "family": "X", "given": "Y", "birth_date": "1980-01-01", "sex": "male"}

    assert nurse.post("/api/v1/patients", body).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mrn": " "}, "mrn"),
        ({"family": None}, "family"),
        ({"birth_date": "14.03.1979"}, "birth_date"),
        ({"birth_date": "2079-03-14"}, "birth_date"),
        ({"sex": "F"}, "sex"),
        ({"given": "a\x00b"}, "given"),
        ({"name": "Priya"}, "name"),
    ],
)
def test_a_patient_with_a_wrong_field_is_refused_by_name(change: dict[str, object], field: str, nurse: Client) -> None:
    body = {"mrn": "1", "family": "Nair", "given": "Priya", "birth_date": "1979-03-14", "sex": "female"}

    answer = nurse.post("/api/v1/patients", body | change)

    assert answer.status_code == 422
    assert fields(answer) == {field}


def test_patients_are_found_by_number_and_by_every_word_of_the_name(alone: Served) -> None:
    nurse = alone.sign_in("m.silva")
    nurse.add_patient(mrn="40-100", family="Nair", given="Priya")
    nurse.add_patient(mrn="40-200", family="Nairobi", given="Per")
    nurse.add_patient(mrn="50%", family="Percent", given="Ann")

    def found(query: str) -> list[str]:
        items = nurse.good(nurse.get("/api/v1/patients", query=query))["items"]
        return [one["mrn"] for one in items]

    assert found("nai pri") == ["40-100"]
    assert found("40-") == ["40-100", "40-200"]
    assert found("%") == []
    assert found("50%") == ["50%"]


# Charting


def test_an_entry_is_stored_once_and_answered_the_same(nurse: Client) -> None:
    session = started(nurse)
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(1), "values": values(184, 90)}
    path = f"/api/v1/sessions/{session}/entries"

    first, again = nurse.post(path, body), nurse.post(path, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["entry"] == again.json()["entry"]
    assert first.json()["state"] == "critical"
    assert first.json()["flags"][0]["rule"] == "SBP_HIGH"
    assert nurse.session(session)["last_seq"] == 5


def test_the_same_entry_may_come_again_confirmed_or_from_the_queue(nurse: Client) -> None:
    session = started(nurse)
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(1), "values": {"hr": 70}}
    path = f"/api/v1/sessions/{session}/entries"
    nurse.good(nurse.post(path, body))

    assert nurse.post(path, body | {"queued": True, "confirmed": ["hr"]}).status_code == 200


@pytest.mark.parametrize("change", [{"values": {"hr": 71}}, {"measured_at": Ago(3)}, {"kind": "note", "text": "x"}])
def test_the_id_of_an_entry_means_one_entry(change: dict[str, object], nurse: Client) -> None:
    session = started(nurse)
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(1), "values": {"hr": 70}}
    path = f"/api/v1/sessions/{session}/entries"
    nurse.good(nurse.post(path, body))
    other = {
        key: value for key, value in (body | now_of(change)).items() if key != "values" or change.get("kind") != "note"
    }

    assert nurse.post(path, other).status_code == 409


def test_the_id_of_an_entry_belongs_to_its_author_and_session(nurse: Client, served: Served) -> None:
    one, two = started(nurse, "1"), started(nurse, "2")
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(1), "values": {"hr": 70}}
    nurse.good(nurse.post(f"/api/v1/sessions/{one}/entries", body))

    assert served.sign_in("r.okafor").post(f"/api/v1/sessions/{one}/entries", body).status_code == 409
    assert nurse.post(f"/api/v1/sessions/{two}/entries", body).status_code == 409


def test_fifty_equal_posts_at_once_are_one_entry(nurse: Client) -> None:
    session = started(nurse)
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(1), "values": {"hr": 70}}
    answers = at_once([partial(nurse.post, f"/api/v1/sessions/{session}/entries", body)] * 50)

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({json.dumps(answer.json()["entry"]) for answer in answers}) == 1


def test_two_nurses_charting_one_chair_both_succeed_and_the_numbers_have_no_gap(nurse: Client, served: Served) -> None:
    session = started(nurse)
    other = served.sign_in("r.okafor")

    def post(number: int) -> Any:  # noqa: ANN401  # an answer of httpx
        return (nurse if number % 2 else other).chart(session, "reading", 1, values={"hr": 60 + number})

    answers = at_once([partial(post, number) for number in range(20)])

    assert {answer.status_code for answer in answers} == {201}
    items = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert [item["seq"] for item in items] == list(range(1, 25))
    assert served.app.stores.records.first_break() is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"sbp": 29, "dbp": 25}}, "sbp"),
        ({"values": {"sbp": 301, "dbp": 80}}, "sbp"),
        ({"values": {"sbp": 120, "dbp": 19}}, "dbp"),
        ({"values": {"sbp": 250, "dbp": 201}}, "dbp"),
        ({"values": {"sbp": 80, "dbp": 80}}, "dbp"),
        ({"values": {"sbp": 120}}, "dbp"),
        ({"values": {"dbp": 80}}, "sbp"),
        ({"values": {"hr": 19}}, "hr"),
        ({"values": {"hr": 251}}, "hr"),
        ({"values": {"hr": 0}}, "hr"),
        ({"values": {"spo2": 49}}, "spo2"),
        ({"values": {"spo2": 101}}, "spo2"),
        ({"values": {"rr": -1}}, "rr"),
        ({"values": {"rr": 61}}, "rr"),
        ({"values": {"dissociation": 11}}, "dissociation"),
        ({"values": {"nausea": 2.5}}, "nausea"),
        ({"values": {"sedation": 6}}, "sedation"),
        ({"values": {"headache": -1}}, "headache"),
        ({"values": {"hr": "76"}}, "hr"),
        ({"values": {"hr": True}}, "hr"),
        ({"values": {"map": 90}}, "map"),
        ({"values": {"pulse": 76}}, "pulse"),
        ({"values": [76]}, "values"),
        ({"values": {}}, "values"),
        ({}, "values"),
        ({"values": {"hr": 76}, "not_done": {"hr": "away"}}, "hr"),
        ({"not_done": {"hr": ""}}, "hr"),
        ({"values": {"hr": 76}, "symptoms": ["cough"]}, "symptoms"),
        ({"values": {"hr": 76}, "symptoms": "vomiting"}, "symptoms"),
        ({"values": {"hr": 76}, "distress": "yes"}, "distress"),
        ({"values": {"hr": 76}, "oxygen_l_min": -1}, "oxygen_l_min"),
        ({"values": {"hr": 76}, "comment": "x"}, "comment"),
        ({"values": {"hr": 76}, "measured_at": "2026-03-01T12:00:00"}, "measured_at"),
        ({"values": {"hr": 76}, "measured_at": Ago(-3)}, "measured_at"),
        ({"values": {"hr": 76}, "measured_at": Ago(90)}, "measured_at"),
        ({"values": {"hr": 76}, "measured_at": None}, "measured_at"),
        ({"values": {"hr": 76}, "id": "one"}, "id"),
        ({"kind": "guess"}, "kind"),
        ({"kind": "opening"}, "kind"),
    ],
)
def test_a_reading_with_a_wrong_field_is_refused_by_name(body: dict[str, Any], field: str, nurse: Client) -> None:
    session = nurse.seat()

    answer = nurse.chart(session, **({"kind": "reading"} | now_of(body)))

    assert answer.status_code == 422
    assert field in fields(answer)
    assert all(error["message"] for error in answer.json()["errors"])
    assert nurse.session(session)["last_seq"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"values": {"sbp": 70, "dbp": 40}},
        {"values": {"sbp": 220, "dbp": 130}},
        {"values": {"hr": 40}},
        {"values": {"hr": 150}},
        {"values": {"spo2": 85}},
        {"values": {"rr": 6}},
        {"values": {"sbp": 120}, "not_done": {"dbp": "palpated"}},
        {"not_done": {"sbp": "cuff failed", "dbp": "cuff failed"}},
        {"resting": True},
        {"symptoms": []},
        {"distress": False},
        {"values": {"hr": None, "nausea": 0}},
        {"values": {"hr": 76}, "measured_at": Ago(-1)},
    ],
)
def test_a_reading_at_the_edge_of_the_usual_is_stored_at_once(body: dict[str, Any], nurse: Client) -> None:
    assert nurse.chart(nurse.seat(), "reading", **now_of(body)).status_code == 201


@pytest.mark.parametrize(
    ("vitals", "field"),
    [
        ({"sbp": 69, "dbp": 40}, "sbp"),
        ({"sbp": 221, "dbp": 90}, "sbp"),
        ({"sbp": 120, "dbp": 39}, "dbp"),
        ({"sbp": 160, "dbp": 131}, "dbp"),
        ({"hr": 39}, "hr"),
        ({"hr": 151}, "hr"),
        ({"spo2": 84}, "spo2"),
        ({"rr": 5}, "rr"),
        ({"rr": 0}, "rr"),
        ({"rr": 36}, "rr"),
        ({"dissociation": 5}, "dissociation"),
        ({"sedation": 0}, "sedation"),
    ],
)
def test_an_unusual_value_is_asked_for_and_then_stored(vitals: dict[str, int], field: str, nurse: Client) -> None:
    session = nurse.seat()
    nurse.good(nurse.chart(session, "reading", 5, values={"dissociation": 0, "sedation": 5}))

    asked = nurse.chart(session, "reading", values=vitals)
    stored = nurse.chart(session, "reading", values=vitals, confirmed=[field])

    assert asked.status_code == 422
    assert [(one["field"], one["value"]) for one in asked.json()["confirm"]] == [(field, vitals[field])]
    assert asked.json()["errors"] == []
    assert stored.status_code == 201


def test_a_step_is_measured_against_the_value_before_by_measured_time(nurse: Client) -> None:
    session = nurse.seat()
    nurse.good(nurse.chart(session, "reading", 10, values={"nausea": 1}))
    nurse.good(nurse.chart(session, "reading", 2, values={"nausea": 6}, confirmed=["nausea"]))

    assert nurse.chart(session, "reading", 5, values={"nausea": 5}).status_code == 201
    assert nurse.chart(session, "reading", 4, values={"nausea": 0}).status_code == 422


def test_what_comes_unconfirmed_from_a_queue_is_stored_and_marked(nurse: Client) -> None:
    session = nurse.seat()

    answer = nurse.chart(session, "reading", values={"hr": 151}, queued=True)

    assert answer.status_code == 201
    assert answer.json()["entry"]["unconfirmed"] == ["hr"]


def test_a_late_entry_says_so(nurse: Client) -> None:
    session = nurse.seat()

    late, soon = (nurse.good(nurse.chart(session, "reading", minutes, values={"hr": 70})) for minutes in (6, 4))

    assert (late["entry"]["late"], soon["entry"]["late"]) == (True, False)


def test_a_start_needs_a_screening(nurse: Client, clinician: Client) -> None:
    session = nurse.seat()
    start: dict[str, Any] = {"action": "start", "rate_mg_h": 49.4}

    refused = nurse.chart(session, "infusion", **start)
    nurses_override = nurse.chart(session, "infusion", **start, override={"reason": "x"})
    overridden = clinician.chart(session, "infusion", **start, override={"reason": "seen by me"})

    assert (refused.status_code, fields(refused)) == (422, {"screening"})
    assert nurses_override.status_code == 403
    assert overridden.status_code == 201


def test_a_yes_stops_the_start_unless_a_clinician_overrides_it(nurse: Client, clinician: Client) -> None:
    session = nurse.seat()
    yes = ALL_NO | {"cardiac": "yes"}
    nurse.good(nurse.chart(session, "screening", 5, answers=yes))

    assert nurse.chart(session, "infusion", 1, action="start", rate_mg_h=49.4).status_code == 422

    clinician.good(clinician.chart(session, "screening", 3, answers=yes, override={"reason": "stable since May"}))

    assert nurse.chart(session, "infusion", 1, action="start", rate_mg_h=49.4).status_code == 201


def test_a_pressure_over_the_gate_stops_the_start_until_it_is_lower(nurse: Client) -> None:
    session = nurse.seat()
    nurse.good(nurse.chart(session, "screening", 15, answers=ALL_NO))
    nurse.good(nurse.chart(session, "reading", 12, values=values(166, 104)))

    refused = nurse.chart(session, "infusion", 10, action="start", rate_mg_h=49.4)
    nurse.good(nurse.chart(session, "reading", 2, values=values(150, 90)))
    passed = nurse.chart(session, "infusion", 1, action="start", rate_mg_h=49.4)

    assert (refused.status_code, fields(refused)) == (422, {"sbp", "dbp"})
    assert passed.status_code == 201


def test_a_start_that_happened_is_recorded_and_disputed(nurse: Client) -> None:
    session = nurse.seat()

    answer = nurse.good(nurse.chart(session, "infusion", 1, action="start", rate_mg_h=49.4, happened=True))

    assert answer["entry"]["disputed"] is True
    assert nurse.session(session)["phase"] == "infusion"


def test_an_impossible_order_is_recorded_and_disputed(nurse: Client) -> None:
    session = started(nurse)

    answer = nurse.good(nurse.chart(session, "infusion", 1, action="resume", rate_mg_h=40))

    assert answer["entry"]["disputed"] is True


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "rate", "rate_mg_h": 721}, "rate_mg_h"),
        ({"action": "rate", "rate_mg_h": -1}, "rate_mg_h"),
        ({"action": "rate", "rate_mg_h": 217}, "reason"),
        ({"action": "rate"}, "rate_mg_h"),
        ({"action": "bolus", "dose_mg": 361}, "dose_mg"),
        ({"action": "bolus"}, "dose_mg"),
        ({"action": "bolus", "dose_mg": 0}, "dose_mg"),
        ({"action": "pause", "rate_mg_h": 5}, "rate_mg_h"),
        ({"action": "rate", "rate_mg_h": 5, "concentration_mg_ml": 0}, "concentration_mg_ml"),
        ({"action": "halt"}, "action"),
    ],
)
def test_an_infusion_entry_with_a_wrong_field_is_refused_by_name(
    body: dict[str, object], field: str, nurse: Client
) -> None:
    answer = nurse.chart(started(nurse), "infusion", 1, **body)

    assert (answer.status_code, fields(answer)) == (422, {field})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "rate", "rate_mg_h": 108.1}, "rate_mg_h"),
        ({"action": "bolus", "dose_mg": 36.1}, "dose_mg"),
        ({"action": "rate", "rate_mg_h": 5, "concentration_mg_ml": 20}, "concentration_mg_ml"),
    ],
)
def test_an_unusual_infusion_is_asked_for_and_then_stored(body: dict[str, object], field: str, nurse: Client) -> None:
    session = started(nurse)

    asked = nurse.chart(session, "infusion", 1, **body)

    assert [one["field"] for one in asked.json()["confirm"]] == [field]
    assert nurse.chart(session, "infusion", 1, **body, confirmed=[field]).status_code == 201


# Correcting, closing, signing


def test_a_correction_keeps_both_values(nurse: Client) -> None:
    session = started(nurse)
    moment = ago(3)
    wrong = nurse.good(
        nurse.chart(session, "reading", measured_at=moment, values=values(130, 80, 176), confirmed=["hr"])
    )
    entry = wrong["entry"]["id"]
    right = {"kind": "reading", "measured_at": moment, "values": values(130, 80, 76)}

    answer = nurse.chart(session, "correction", entry_id=entry, replacement=right, reason="typing error")

    assert answer.status_code == 201
    assert answer.json()["state"] == "normal"
    assert nurse.session(session)["latest"]["hr"]["value"] == 76
    items = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert [item["values"]["hr"] for item in items if item["id"] == entry] == [176]
    csv = nurse.get(f"/api/v1/sessions/{session}/record.csv").text
    assert ",hr,176," in csv
    assert ",hr,76," in csv
    assert "typing error" in csv


def test_a_nurse_corrects_only_what_she_wrote(nurse: Client, clinician: Client, served: Served) -> None:
    session = started(nurse)
    entry = nurse.good(nurse.chart(session, "reading", 3, values={"hr": 80}))["entry"]["id"]
    body = {"entry_id": entry, "reason": "other patient"}

    assert served.sign_in("r.okafor").chart(session, "correction", **body).status_code == 403
    assert clinician.chart(session, "correction", **body).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": None}, "reason"),
        ({"entry_id": NOBODY}, "entry_id"),
        ({"replacement": {"kind": "note", "measured_at": Ago(3), "text": "x"}}, "kind"),
        ({"replacement": {"kind": "reading", "measured_at": Ago(3), "values": {"hr": 9}}}, "hr"),
        ({"replacement": {"kind": "reading", "values": {"hr": 90}}}, "measured_at"),
        ({"replacement": {"kind": "reading", "measured_at": Ago(-9), "values": {"hr": 90}}}, "measured_at"),
        ({"replacement": "better"}, "replacement"),
    ],
)
def test_a_correction_with_a_wrong_field_is_refused_by_name(body: dict[str, Any], field: str, nurse: Client) -> None:
    session = started(nurse)
    entry = nurse.good(nurse.chart(session, "reading", 3, values={"hr": 80}))["entry"]["id"]

    answer = nurse.chart(session, "correction", **({"entry_id": entry, "reason": "typing error"} | now_of(body)))

    assert answer.status_code == 422
    assert field in fields(answer)


def test_an_unusual_replacement_wants_confirming(nurse: Client) -> None:
    session = started(nurse)
    entry = nurse.good(nurse.chart(session, "reading", 3, values={"hr": 80}))["entry"]["id"]
    body = {"kind": "reading", "measured_at": ago(3), "values": {"hr": 180}}

    asked = nurse.chart(session, "correction", entry_id=entry, reason="misread", replacement=body)
    stored = nurse.chart(session, "correction", entry_id=entry, reason="misread", replacement=body, confirmed=["hr"])

    assert [one["field"] for one in asked.json()["confirm"]] == ["hr"]
    assert stored.status_code == 201


def test_the_wrong_chair_in_an_opening_can_be_corrected_and_frees_it(nurse: Client) -> None:
    opening = nurse.opening("1")
    nurse.good(nurse.post("/api/v1/sessions", opening))
    first = nurse.good(nurse.get(f"/api/v1/sessions/{opening['id']}/entries"))["items"][0]
    plan = {key: opening[key] for key in ("patient_id", "weight_kg", "plan")}
    right = plan | {"kind": "opening", "measured_at": opening["arrived_at"], "chair_id": nurse.chair_id("2")}

    nurse.good(nurse.chart(opening["id"], "correction", entry_id=first["id"], reason="wrong chair", replacement=right))

    assert nurse.session(opening["id"])["chair"]["name"] == "2"
    assert nurse.seat("1")


def test_closing_asks_for_a_reason_while_something_is_open(nurse: Client) -> None:
    session = started(nurse)
    nurse.good(nurse.chart(session, "adverse_event", 5, event_id=str(uuid.uuid4()), term="Dizziness", onset_at=ago(5)))

    refused = nurse.chart(session, "phase", to="closed")

    assert (refused.status_code, fields(refused)) == (422, {"reason"})
    assert len(refused.json()["errors"]) == 2
    assert nurse.chart(session, "phase", to="closed", reason="moved to hospital").status_code == 201


def test_a_session_never_started_is_cancelled_with_a_reason(nurse: Client) -> None:
    session = nurse.seat()

    assert fields(nurse.chart(session, "phase", to="closed")) == {"to"}
    assert fields(nurse.chart(session, "phase", to="cancelled")) == {"reason"}
    assert nurse.chart(session, "phase", to="cancelled", reason="pressure").status_code == 201
    assert nurse.session(session)["cancelled"] is True
    assert fields(nurse.chart(started(nurse, "2"), "phase", to="cancelled", reason="x")) == {"to"}


def closed(nurse: Client) -> str:
    session = started(nurse)
    nurse.good(nurse.chart(session, "infusion", 10, action="stop"))
    nurse.good(nurse.chart(session, "phase", 5, to="closed"))
    return session


def test_a_closed_session_takes_what_was_measured_before_its_end(nurse: Client) -> None:
    session = closed(nurse)

    assert nurse.chart(session, "reading", 1, values={"hr": 70}).status_code == 409
    assert nurse.chart(session, "reading", 8, values={"hr": 70}).status_code == 201
    assert nurse.chart(session, "note", text="escort came late").status_code == 201
    assert nurse.seat("1"), "the chair is free"


def test_signing_is_bound_to_what_was_read_and_locks(nurse: Client, clinician: Client) -> None:
    session = closed(nurse)
    seen = nurse.session(session)["last_seq"]
    reading = nurse.good(nurse.chart(session, "reading", 8, values={"hr": 70}))

    outdated = clinician.chart(session, "signature", meaning="reviewed", last_seq=seen)
    signed = clinician.chart(session, "signature", meaning="reviewed", last_seq=seen + 1)

    assert (outdated.status_code, signed.status_code) == (409, 201)
    assert clinician.session(session)["signed_by"] == "a.lindqvist"
    assert nurse.chart(session, "reading", values={"hr": 70}).status_code == 423
    entry = reading["entry"]["id"]
    assert nurse.chart(session, "correction", entry_id=entry, reason="typing error").status_code == 423
    assert nurse.chart(session, "note", text="telephoned").status_code == 201
    late = nurse.chart(session, "reading", 9, values={"hr": 72})
    assert late.status_code == 201
    assert late.json()["entry"]["after_signing"] is True


def test_only_who_may_sign_signs(nurse: Client, served: Served) -> None:
    session = closed(nurse)
    body = {"meaning": "reviewed", "last_seq": nurse.session(session)["last_seq"]}

    assert nurse.chart(session, "signature", **body).status_code == 403
    assert served.sign_in("v.marsh").chart(session, "signature", **body).status_code == 201


def test_a_running_infusion_cannot_be_signed(nurse: Client, clinician: Client) -> None:
    session = started(nurse)

    answer = clinician.chart(session, "signature", meaning="x", last_seq=clinician.session(session)["last_seq"])

    assert answer.status_code == 409


# Looking


def test_a_session_can_be_seen_as_it_was_and_as_it_was_known(nurse: Client) -> None:
    session = started(nurse, minutes_ago=40)
    nurse.good(nurse.chart(session, "reading", 30, values=values(130, 80)))
    before = utc_now().isoformat()
    nurse.good(nurse.chart(session, "reading", 20, values=values(150, 90)))

    as_of = nurse.session(session, at=ago(25))
    known = nurse.session(session, known=before)

    assert (as_of["latest"]["sbp"]["value"], as_of["last_seq"]) == (130, 6)
    assert known["latest"]["sbp"]["value"] == 130
    assert nurse.get(f"/api/v1/sessions/{session}", at="2020-01-01T00:00:00Z").status_code == 404
    assert nurse.get(f"/api/v1/sessions/{session}", at="noon").status_code == 422


def test_sessions_are_listed_by_state_in_pages(alone: Served) -> None:
    nurse = alone.sign_in("m.silva")
    open_one, closed_one = started(nurse, "2"), closed(nurse)

    def listed(**query: str) -> list[str]:
        return [item["id"] for item in nurse.good(nurse.get("/api/v1/sessions", **query))["items"]]

    assert listed(state="active") == [open_one]
    assert listed(state="closed") == [closed_one]
    assert set(listed()) == {open_one, closed_one}
    assert nurse.get("/api/v1/sessions", state="open").status_code == 422
    assert nurse.get("/api/v1/sessions", after="x").status_code == 422


def test_pages_of_sessions_lose_none(alone: Served) -> None:
    nurse = alone.sign_in("m.silva")
    person = alone.app.sign_in.current(nurse.http.cookies["chairside"], used=False).person
    wanted = set()
    for _ in range(5):
        session = nurse.seat()
        nurse.good(nurse.chart(session, "phase", to="cancelled", reason="practice"))
        wanted.add(session)

    found, cursor = [], None
    while True:
        page = alone.app.clinic.sessions(person, after=cursor, limit=2)
        found += [view.id for view in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert len(found) == 5
    assert set(found) == wanted


def test_entries_are_read_after_a_number(nurse: Client) -> None:
    session = started(nurse)

    items = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries", after="2"))["items"]

    assert [item["seq"] for item in items] == [3, 4]
    assert nurse.get(f"/api/v1/sessions/{session}/entries", after="-1").status_code == 422


def test_events_are_found_by_day_term_and_grade(alone: Served) -> None:
    nurse = alone.sign_in("m.silva")
    session = started(nurse)
    event = str(uuid.uuid4())
    nurse.good(nurse.chart(session, "adverse_event", 5, event_id=event, term="Dizziness", onset_at=ago(5), grade=2))

    def found(**query: str) -> list[str]:
        return [item["id"] for item in nurse.good(nurse.get("/api/v1/events", **query))["items"]]

    assert found() == [event]
    assert found(term="dizz", grade="2") == [event]
    assert found(grade="3") == []
    assert found(to="2020-01-01") == []
    assert nurse.get("/api/v1/events", grade="6").status_code == 422


@pytest.mark.parametrize("path", ["sessions/{}", "sessions/{}/entries", "sessions/{}/record.csv", "patients/{}"])
@pytest.mark.parametrize("name", ["6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e70", "7", "..%2f"])
def test_what_is_not_there_is_not_found(path: str, name: str, nurse: Client) -> None:
    assert nurse.get("/api/v1/" + path.format(name)).status_code == 404


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"NaN", b'{"a":1}}'])
def test_what_is_not_json_cannot_be_read(raw: bytes, nurse: Client) -> None:
    session = nurse.seat()
    headers = {"X-CSRF-Token": nurse.csrf}

    answer = nurse.http.post(f"/api/v1/sessions/{session}/entries", content=raw, headers=headers)

    assert answer.status_code == 400


@pytest.mark.parametrize("body", [[], "x", 1])
def test_what_is_no_object_is_refused(body: object, nurse: Client) -> None:
    session = nurse.seat()

    for path in (f"sessions/{session}/entries", "sessions", "patients"):
        assert nurse.post(f"/api/v1/{path}", body).status_code == 422


def test_a_moment_is_utc_in_every_answer(nurse: Client) -> None:
    session = started(nurse)
    local = datetime.now(UTC).astimezone().isoformat()

    answer = nurse.good(nurse.chart(session, "reading", measured_at=local, values={"hr": 70}))

    assert answer["entry"]["measured_at"].endswith("+00:00")


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make every call from a thread of its own, all let go at the same moment."""
    gate, answers = threading.Barrier(len(calls)), []

    def call(one: Callable[[], Any]) -> None:
        gate.wait(10)
        answers.append(one())

    threads = [threading.Thread(target=call, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
