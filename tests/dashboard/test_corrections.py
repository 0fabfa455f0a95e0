"""Corrections, late entries and signing over HTTP on both databases, line by line as the record promises them."""

from __future__ import annotations

import uuid
from typing import Any

from tests.dashboard.test_api import closed, fields, started
from tests.served import Client, Json, Served, ago


def entry_of(nurse: Client, session: str, minutes: float = 3, **body: Any) -> str:  # noqa: ANN401  # fields of an entry
    """Chart a reading and return its id."""
    return str(nurse.good(nurse.chart(session, "reading", minutes, **body))["entry"]["id"])


def reading(minutes: float, **vitals: int) -> Json:
    return {"kind": "reading", "measured_at": ago(minutes), "values": vitals}


def hr(client: Client, session: str) -> float:
    return float(client.session(session)["latest"]["hr"]["value"])


def told(client: Client, session: str, entry: str) -> Json:
    items = client.good(client.get(f"/api/v1/sessions/{session}/entries"))["items"]
    return next(item for item in items if item["id"] == entry)


# Order


def test_an_entry_that_arrives_late_takes_its_place_by_the_time_it_was_measured(nurse: Client) -> None:
    session = started(nurse)
    entry_of(nurse, session, 2, values={"hr": 90})

    late = nurse.good(nurse.chart(session, "reading", 20, values={"hr": 70}))

    assert (late["entry"]["late"], late["entry"]["seq"]) == (True, 6)
    assert hr(nurse, session) == 90


def test_of_two_corrections_the_one_made_later_counts_whichever_arrives_first(nurse: Client) -> None:
    session = started(nurse)
    entry = entry_of(nurse, session, values={"hr": 70})

    for made, value in ((1, 74), (2, 72)):
        answer = nurse.chart(
            session, "correction", made, entry_id=entry, reason="typing error", replacement=reading(3, hr=value)
        )
        assert answer.status_code == 201

    assert hr(nurse, session) == 74


# Corrections of corrections


def test_a_correction_is_corrected_and_then_struck_and_each_version_stays(nurse: Client) -> None:
    session = started(nurse)
    entry = entry_of(nurse, session, values={"hr": 76})
    first = nurse.good(
        nurse.chart(session, "correction", 2, entry_id=entry, reason="misread", replacement=reading(3, hr=67))
    )["entry"]["id"]
    second = nurse.good(
        nurse.chart(session, "correction", 1, entry_id=first, reason="digits swapped", replacement=reading(3, hr=86))
    )["entry"]["id"]
    assert hr(nurse, session) == 86

    nurse.good(nurse.chart(session, "correction", entry_id=second, reason="it was right"))
    assert hr(nurse, session) == 67
    nurse.good(nurse.chart(session, "correction", entry_id=first, reason="it was right at first"))

    assert hr(nurse, session) == 76
    rows = nurse.get(f"/api/v1/sessions/{session}/record.csv").text
    assert all(f",hr,{value}," in rows for value in (76, 67, 86))


def test_a_correction_of_a_correction_counts_also_from_a_tablet_whose_clock_runs_behind(nurse: Client) -> None:
    session = started(nurse)
    entry = entry_of(nurse, session, values={"hr": 76})
    wrong = nurse.good(
        nurse.chart(session, "correction", -1, entry_id=entry, reason="misread", replacement=reading(3, hr=67))
    )["entry"]["id"]

    nurse.good(nurse.chart(session, "correction", 1, entry_id=wrong, reason="it was right"))

    assert hr(nurse, session) == 76


def test_an_original_is_not_corrected_by_who_did_not_write_it_even_through_its_correction(
    nurse: Client, clinician: Client, served: Served
) -> None:
    session = started(nurse)
    entry = entry_of(nurse, session, values={"hr": 76})
    by_doctor = clinician.good(
        clinician.chart(session, "correction", 2, entry_id=entry, reason="misread", replacement=reading(3, hr=67))
    )["entry"]["id"]
    other = served.sign_in("r.okafor")

    answers = [
        other.chart(session, "correction", 1, entry_id=entry, reason="not mine"),
        other.chart(session, "correction", 1, entry_id=by_doctor, reason="not mine"),
        nurse.chart(session, "correction", 1, entry_id=by_doctor, reason="not mine"),
        served.sign_in("v.marsh").chart(session, "correction", 1, entry_id=entry, reason="reviewing"),
        clinician.chart(session, "correction", 1, entry_id=by_doctor, reason="mine"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 201]


def test_a_correction_says_what_it_would_refuse_in_an_entry(nurse: Client) -> None:
    session = started(nurse)
    given = {"name": "Ondansetron", "dose": 4, "unit": "mg", "route": "IV"}
    drug = nurse.good(nurse.chart(session, "medication", 5, **given))["entry"]["id"]
    opening = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"][0]
    seat = {key: opening[key] for key in ("chair_id", "patient_id", "weight_kg", "plan")}
    nowhere = str(uuid.uuid4())

    no_event = {"kind": "medication", "measured_at": ago(5), "event_id": nowhere} | given
    no_chair = seat | {"kind": "opening", "measured_at": opening["measured_at"], "chair_id": nowhere}
    no_patient = seat | {"kind": "opening", "measured_at": opening["measured_at"], "patient_id": nowhere}

    for target, body, field in (
        (drug, no_event, "event_id"),
        (opening["id"], no_chair, "chair_id"),
        (opening["id"], no_patient, "patient_id"),
    ):
        answer = nurse.chart(session, "correction", entry_id=target, reason="typing error", replacement=body)
        assert (answer.status_code, fields(answer)) == (422, {field})


def test_weight_plan_and_patient_of_an_opening_are_corrected_with_both_values_kept(nurse: Client) -> None:
    session = nurse.seat()
    opening = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"][0]
    right = {
        "kind": "opening",
        "measured_at": opening["measured_at"],
        "chair_id": opening["chair_id"],
        "patient_id": nurse.add_patient(family="Okonkwo"),
        "weight_kg": 74,
        "plan": {"dose_mg": 37, "duration_min": 60, "rate_mg_h": 37},
    }

    nurse.good(nurse.chart(session, "correction", entry_id=opening["id"], reason="wrong person", replacement=right))

    found = nurse.session(session)
    assert (found["patient"]["family"], found["weight_kg"], found["plan"]["dose_mg"]) == ("Okonkwo", 74, 37)
    assert told(nurse, session, opening["id"])["weight_kg"] == 72


# Confirm


def test_an_unusual_correction_from_a_queue_is_kept_and_marked(nurse: Client) -> None:
    session = started(nurse)
    entry = entry_of(nurse, session, values={"hr": 80})
    queued = reading(3, hr=180) | {"queued": True}

    answer = nurse.good(nurse.chart(session, "correction", entry_id=entry, reason="misread", replacement=queued))

    assert answer["entry"]["replacement"]["unconfirmed"] == ["hr"]
    assert hr(nurse, session) == 180


# After the end


def signed(nurse: Client, clinician: Client) -> tuple[str, str]:
    """Return a signed session and a reading of it that was signed."""
    session = closed(nurse)
    entry = entry_of(nurse, session, 20, values={"hr": 80})
    seen = clinician.session(session)["last_seq"]
    clinician.good(clinician.chart(session, "signature", meaning="reviewed", last_seq=seen))
    return session, entry


def test_a_correction_made_before_the_signature_that_arrives_after_it_is_kept_and_changes_nothing(
    nurse: Client, clinician: Client
) -> None:
    session, entry = signed(nurse, clinician)
    before = clinician.session(session)

    late = nurse.chart(session, "correction", 2, entry_id=entry, reason="misread", replacement=reading(20, hr=60))

    assert late.status_code == 201
    assert late.json()["entry"]["after_signing"] is True
    after = clinician.session(session)
    assert after["latest"] == before["latest"]
    assert after["last_seq"] == before["last_seq"] + 1
    csv = nurse.get(f"/api/v1/sessions/{session}/record.csv").text
    assert "came after signing, not applied" in csv
    assert ",hr,60," in csv


def test_what_came_after_signing_can_still_be_corrected_from_before_it_and_stays_outside(
    nurse: Client, clinician: Client
) -> None:
    session, _ = signed(nurse, clinician)
    before = hr(nurse, session)
    late = entry_of(nurse, session, 8, values={"hr": 66})

    nurse.good(nurse.chart(session, "correction", 2, entry_id=late, reason="misread", replacement=reading(8, hr=64)))

    assert hr(nurse, session) == before
    csv = nurse.get(f"/api/v1/sessions/{session}/record.csv").text
    assert ',hr,66,/min,,"came after signing, not applied; corrected, see ' in csv
    assert ',hr,64,/min,,"came after signing, not applied",' in csv


def test_a_signed_record_answers_that_it_is_signed_also_for_what_came_after_the_end(
    nurse: Client, clinician: Client
) -> None:
    session, entry = signed(nurse, clinician)

    assert nurse.chart(session, "reading", 1, values={"hr": 70}).status_code == 423
    assert nurse.chart(session, "correction", 0, entry_id=entry, reason="misread").status_code == 423
    again = {"meaning": "reviewed", "last_seq": clinician.session(session)["last_seq"]}
    assert clinician.chart(session, "signature", **again).status_code == 423


def test_a_repeat_is_answered_as_it_was_also_after_the_signature(nurse: Client, clinician: Client) -> None:
    session = closed(nurse)
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(8), "values": {"hr": 70}}
    path = f"/api/v1/sessions/{session}/entries"
    first = nurse.good(nurse.post(path, body))
    seen = clinician.session(session)["last_seq"]
    clinician.good(clinician.chart(session, "signature", meaning="reviewed", last_seq=seen))

    again = nurse.post(path, body)

    assert again.status_code == 200
    assert again.json()["entry"] == first["entry"]


def test_a_signature_is_never_corrected(nurse: Client, clinician: Client) -> None:
    session, _ = signed(nurse, clinician)
    items = clinician.good(clinician.get(f"/api/v1/sessions/{session}/entries"))["items"]
    signature = next(item["id"] for item in items if item["kind"] == "signature")

    assert fields(clinician.chart(session, "correction", 2, entry_id=signature, reason="too early")) == {"entry_id"}
