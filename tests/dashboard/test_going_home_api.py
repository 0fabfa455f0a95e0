"""Over HTTP: going home, waste with a witness, what follows the signature, what is asked at seating, last time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.served import ALL_NO, Client, Served, values

CHECKS = {"oriented": True, "steady_gait": True, "escort": True}


def stopped(nurse: Client, *, since: float = 70) -> str:
    """Seat, start and stop; the stop lies ``since`` minutes back."""
    session = nurse.seat("1", minutes_ago=since + 80)
    nurse.good(nurse.chart(session, "screening", since + 75, answers=ALL_NO))
    nurse.good(nurse.chart(session, "reading", since + 68, values=values(124, 78, sedation=5)))
    start = {"action": "start", "rate_mg_h": 49.4, "concentration_mg_ml": 10}
    nurse.good(nurse.chart(session, "infusion", since + 60, **start))
    nurse.good(nurse.chart(session, "infusion", since, action="stop", pump_ml=5))
    return session


def fields(answer: Any) -> list[str]:  # noqa: ANN401  # an answer of httpx
    return [error["field"] for error in answer.json()["errors"]]


def test_a_discharge_with_everything_met_makes_it_ready(nurse: Client) -> None:
    session = stopped(nurse)
    nurse.good(nurse.chart(session, "reading", 5, values=values(126, 80, sedation=5, spo2=98)))

    answer = nurse.chart(session, "discharge", 1, checks=CHECKS)

    assert answer.status_code == 201
    assert answer.json()["entry"]["unmet"] == []
    found = nurse.session(session)["discharge"]
    assert (found["ready"], found["unmet"]) == (True, [])
    assert {one["name"] for one in found["criteria"] if one["entry_id"] is None} >= {"critical_flag", "minutes"}


def test_a_discharge_with_something_unmet_is_stored_and_lists_it(nurse: Client) -> None:
    session = stopped(nurse, since=30)
    nurse.good(nurse.chart(session, "reading", 5, values=values(126, 80, dissociation=3, sedation=4)))

    answer = nurse.chart(session, "discharge", 1, checks=CHECKS | {"steady_gait": False})

    unmet = ["minutes", "sedation", "dissociation", "steady_gait"]
    assert (answer.status_code, answer.json()["entry"]["unmet"]) == (201, unmet)
    found = nurse.session(session)["discharge"]
    assert (found["ready"], found["unmet"]) == (False, unmet)
    assert found["earliest"] is not None


def test_only_a_clinician_overrides_and_what_was_unmet_stays_unmet(nurse: Client, clinician: Client) -> None:
    session = stopped(nurse, since=30)
    nurse.good(nurse.chart(session, "reading", 5, values=values(126, 80, sedation=5)))
    override = {"reason": "goes to the ward with the anaesthetist"}

    assert nurse.chart(session, "discharge", 1, checks=CHECKS, override=override).status_code == 403
    assert fields(clinician.chart(session, "discharge", 1, checks=CHECKS, override={})) == ["reason"]
    clinician.good(clinician.chart(session, "discharge", 1, checks=CHECKS, override=override))

    found = nurse.session(session)["discharge"]
    assert (found["ready"], found["unmet"]) == (True, ["minutes"])
    assert (found["overridden"]["by"], found["overridden"]["unmet"]) == ("a.lindqvist", ["minutes"])
    csv = nurse.get(f"/api/v1/sessions/{session}/record.csv").text
    assert override["reason"] in csv


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "checks"),
        ({"checks": []}, "checks"),
        ({"checks": {"oriented": "yes"}}, "oriented"),
        ({"checks": {"happy": True}}, "happy"),
    ],
)
def test_checks_that_cannot_be_read_are_refused(nurse: Client, body: dict[str, Any], field: str) -> None:
    answer = nurse.chart(stopped(nurse), "discharge", 1, **body)

    assert (answer.status_code, fields(answer)) == (422, [field])


@pytest.mark.parametrize(
    ("witness", "status"),
    [("r.okafor", 201), ("a.lindqvist", 201), ("m.silva", 422), ("nobody", 422), ("admin", 422), ("wall", 422)],
)
def test_waste_is_seen_by_another_account_that_charts(nurse: Client, witness: str, status: int) -> None:
    session = stopped(nurse)

    answer = nurse.chart(session, "waste", 1, amount_mg=3.5, witness=witness)

    assert answer.status_code == status
    assert [one["witness"] for one in nurse.session(session)["waste"]] == ([witness] if status == 201 else [])
    assert status == 201 or fields(answer) == ["witness"]


def test_a_correction_does_not_bring_in_a_witness_who_may_not(nurse: Client) -> None:
    session = stopped(nurse)
    entry = nurse.good(nurse.chart(session, "waste", 1, amount_mg=3.5, witness="r.okafor"))["entry"]
    body = {key: entry[key] for key in ("kind", "measured_at", "amount_mg")}

    answer = nurse.chart(
        session, "correction", entry_id=entry["id"], reason="typing error", replacement=body | {"witness": "m.silva"}
    )

    assert (answer.status_code, fields(answer)) == (422, ["witness"])


def test_a_disabled_account_is_no_witness(alone: Served) -> None:
    nurse = alone.sign_in("m.silva")
    session = stopped(nurse)
    alone.app.stores.people.disable_account("r.okafor", alone.app.clinic.now())

    assert nurse.chart(session, "waste", 1, amount_mg=3.5, witness="r.okafor").status_code == 422


@pytest.mark.parametrize("amount", [0, 0.009, -1, None, "much"])
def test_waste_is_an_amount_above_nothing(nurse: Client, amount: object) -> None:
    answer = nurse.chart(stopped(nurse), "waste", 1, amount_mg=amount, witness="r.okafor")

    assert (answer.status_code, fields(answer)) == (422, ["amount_mg"])


def test_the_pump_is_held_against_the_record(nurse: Client) -> None:
    infusion = nurse.session(stopped(nurse))["infusion"]

    assert infusion["reconciliation"]["record_ml"] == 4.94
    assert (infusion["reconciliation"]["difference_ml"], infusion["reconciliation"]["differs"]) == (0.06, False)


def test_after_the_signature_reviews_and_follow_ups_are_taken_and_nothing_else(
    nurse: Client, clinician: Client, served: Served
) -> None:
    reviewer = served.sign_in("v.marsh")
    session = stopped(nurse)
    event = "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e7a"
    onset = nurse.session(session)["stopped_at"]
    nurse.good(
        nurse.chart(session, "adverse_event", 2, event_id=event, term="Nausea", onset_at=onset, outcome="recovered")
    )
    nurse.good(nurse.chart(session, "phase", 1, to="closed"))
    last = nurse.session(session)["last_seq"]
    clinician.good(clinician.chart(session, "signature", meaning="Reviewed", last_seq=last))

    assert reviewer.chart(session, "review", event_id=event, causality="probable").status_code == 201
    assert nurse.chart(session, "follow_up", headache=2, text="Slept well").status_code == 201
    assert nurse.chart(session, "review", text="Fine").status_code == 403
    assert reviewer.chart(session, "follow_up", headache=2).status_code == 403
    assert nurse.chart(session, "discharge", checks=CHECKS).status_code == 423
    assert nurse.chart(session, "waste", amount_mg=1, witness="r.okafor").status_code == 423
    found = nurse.session(session)
    assert [one["causality"] for one in found["events"]] == ["probable"]
    assert [one["headache"] for one in found["follow_ups"]] == [2]


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("review", {}, "text"),
        ("review", {"causality": "probable"}, "event_id"),
        ("review", {"causality": "sure", "event_id": "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e7a"}, "causality"),
        ("review", {"causality": "certain", "event_id": "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e7a"}, "event_id"),
        ("follow_up", {}, "text"),
        ("follow_up", {"headache": 11}, "headache"),
    ],
)
def test_a_review_that_says_nothing_is_refused(clinician: Client, kind: str, body: dict[str, Any], field: str) -> None:
    answer = clinician.chart(stopped(clinician), kind, 1, **body)

    assert (answer.status_code, fields(answer)) == (422, [field])


def test_what_is_asked_at_seating_is_kept_and_told(nurse: Client) -> None:
    asked: dict[str, Any] = {
        "allergies": "penicillin",
        "medicines": "topiramate",
        "consent": True,
        "iv_check": True,
        "escort": "sister, 555-0134",
        "vial_lot": "KET-2291",
        "pump": "P-7",
    }
    session = nurse.seat("1", **asked)

    entry = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"][0]

    assert {key: entry[key] for key in asked} == asked
    assert "KET-2291" in nurse.get(f"/api/v1/sessions/{session}/record.csv").text


def test_the_time_before_is_told_from_the_second_session_on(nurse: Client) -> None:
    session = stopped(nurse, since=200)
    nurse.good(nurse.chart(session, "reading", 230, values=values(171, 92, nausea=4)))
    nurse.good(nurse.chart(session, "phase", 130, to="closed"))
    patient = nurse.session(session)["patient"]["id"]
    opening = nurse.opening("1", minutes_ago=20) | {"patient_id": patient}

    again = nurse.good(nurse.post("/api/v1/sessions", opening))["id"]

    assert nurse.session(session)["last_time"] is None
    found = nurse.session(again)["last_time"]
    assert (found["session"], found["peak_sbp"]["value"], found["worst"]["nausea"]["value"]) == (session, 171, 4)
    assert abs(found["peak_sbp"]["minute"] - 30) < 0.1
