"""An entry charted on the wrong chair, moved in one step over HTTP on both databases."""

from __future__ import annotations

import uuid
from functools import partial

import httpx
import pytest

from models.corrections import Effective
from models.errors import NotStoredNowError
from models.session import SessionView
from models.store.record import RecordStore
from models.wrong_chair import misplaced
from tests.dashboard.test_api import at_once, closed, fields, started
from tests.dashboard.test_corrections import entry_of, told
from tests.served import Client, Json, Served, ago, values


def request(entry: str, to: str, **more: object) -> Json:
    """Return the body of a move, made now."""
    body = {"id": str(uuid.uuid4()), "measured_at": ago(0), "entry_id": entry, "to": to, "reason": "wrong chair"}
    return body | more


def move(client: Client, session: str, body: Json) -> httpx.Response:
    return client.post(f"/api/v1/sessions/{session}/moves", body)


def entries(client: Client, session: str) -> list[Json]:
    found: list[Json] = client.good(client.get(f"/api/v1/sessions/{session}/entries"))["items"]
    return found


def test_a_reading_moves_with_its_time_and_each_record_names_the_other_chair(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81, 77))
    was = told(nurse, wrong, entry)

    answer = move(nurse, wrong, request(entry, right))

    assert answer.status_code == 201
    new = answer.json()["entry"]
    assert (new["session"], new["moved_from"], new["moved_from_chair"]) == (right, entry, "1")
    assert (new["measured_at"], new["values"], new["late"]) == (was["measured_at"], was["values"], True)
    strike = entries(nurse, wrong)[-1]
    assert (strike["entry_id"], strike["reason"], strike["moved_to_chair"]) == (entry, "wrong chair", "2")
    assert "replacement" not in strike
    assert nurse.session(wrong)["latest"]["sbp"]["value"] == 124
    assert nurse.session(right)["latest"]["sbp"]["value"] == 131


def test_neither_record_names_the_other_patient(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), nurse.seat("2", patient_id=nurse.add_patient(family="Zwingli", mrn="77-001"))
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))

    nurse.good(move(nurse, wrong, request(entry, right)))

    for path in ("", "/entries", "/record.csv"):
        said = nurse.get(f"/api/v1/sessions/{wrong}{path}").text
        assert not any(word in said for word in ("Zwingli", "77-001", right))
    assert "moved to chair 2" in nurse.get(f"/api/v1/sessions/{wrong}/record.csv").text
    assert wrong not in nurse.get(f"/api/v1/sessions/{right}/entries").text


def test_a_move_that_is_sent_again_moves_once(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    body = request(entry_of(nurse, wrong, 7, values=values(131, 81)), right)

    answers = [move(nurse, wrong, body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.json()["entry"]["id"] for answer in answers}) == 1
    assert [answer.json()["struck"] for answer in answers] == [answers[0].json()["struck"]] * 3
    assert (nurse.session(wrong)["last_seq"], nurse.session(right)["last_seq"]) == (6, 5)


def test_moves_of_one_entry_at_once_move_it_once(nurse: Client) -> None:
    wrong, right, third = (started(nurse, chair) for chair in "123")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))
    same = request(entry, right)

    answers = at_once([partial(move, nurse, wrong, body) for body in [same] * 4 + [request(entry, third)] * 4])

    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(201) == 1
    assert set(codes) <= {200, 201, 409}
    assert nurse.session(wrong)["last_seq"] == 6
    assert nurse.session(right)["last_seq"] + nurse.session(third)["last_seq"] == 9


def test_when_the_strike_fails_nothing_was_written_anywhere_and_the_same_move_works_later(
    nurse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    body = request(entry_of(nurse, wrong, 7, values=values(131, 81)), right)
    insert = RecordStore._insert  # noqa: SLF001  # the storage fails in the middle

    def failing(self: RecordStore, *arguments: object) -> None:
        if getattr(arguments[-1], "kind", "") == "correction":
            raise NotStoredNowError("the disk is full")
        insert(self, *arguments)  # type: ignore[arg-type]  # handed on as they came

    with monkeypatch.context() as patch:
        patch.setattr(RecordStore, "_insert", failing)
        assert move(nurse, wrong, body).status_code == 503

    assert (nurse.session(wrong)["last_seq"], nurse.session(right)["last_seq"]) == (5, 4)
    assert move(nurse, wrong, body).status_code == 201


def test_an_event_moves_with_all_that_was_said_of_it(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    event = {"event_id": str(uuid.uuid4()), "term": "Dizziness", "onset_at": ago(9)}
    first = nurse.good(nurse.chart(wrong, "adverse_event", 9, **event))["entry"]["id"]
    nurse.good(nurse.chart(wrong, "adverse_event", 4, **event, grade=1, outcome="recovered", resolved_at=ago(4)))

    answer = nurse.good(move(nurse, wrong, request(first, right)))

    assert len(answer["struck"]) == 2
    assert nurse.session(wrong)["events"] == []
    (found,) = nurse.session(right)["events"]
    assert (found["term"], found["grade"], found["outcome"]) == ("Dizziness", 1, "recovered")


def test_a_nurse_moves_her_own_entries_and_a_clinician_everybodys(
    nurse: Client, clinician: Client, served: Served
) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))

    by_other = move(served.sign_in("r.okafor"), wrong, request(entry, right))
    by_reviewer = move(served.sign_in("v.marsh"), wrong, request(entry, right))
    by_doctor = move(clinician, wrong, request(entry, right))

    assert [one.status_code for one in (by_other, by_reviewer, by_doctor)] == [403, 403, 201]
    assert by_doctor.json()["entry"]["author"] == "a.lindqvist"
    assert by_doctor.json()["struck"][0]["author"] == "a.lindqvist"


def test_an_event_that_somebody_else_went_on_with_is_not_moved_by_a_nurse(nurse: Client, served: Served) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    event = {"event_id": str(uuid.uuid4()), "term": "Dizziness", "onset_at": ago(9)}
    first = nurse.good(nurse.chart(wrong, "adverse_event", 9, **event))["entry"]["id"]
    other = served.sign_in("r.okafor")
    other.good(other.chart(wrong, "adverse_event", 4, **event, grade=2))

    assert move(nurse, wrong, request(first, right)).status_code == 403


def test_what_is_unusual_on_the_right_chair_is_asked_before_anything_is_written(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81, 70, 6), confirmed=["dissociation"])
    body = request(entry, right)

    asked = move(nurse, wrong, body)
    done = move(nurse, wrong, body | {"confirmed": ["dissociation"]})

    assert [one["field"] for one in asked.json()["confirm"]] == ["dissociation"]
    assert done.status_code == 201


def test_what_does_not_fit_is_refused_by_name(nurse: Client) -> None:
    wrong = started(nurse, "1", minutes_ago=60)
    right = nurse.seat("2", minutes_ago=10)
    entry = entry_of(nurse, wrong, 30, values=values(131, 81))
    opening = entries(nurse, wrong)[0]["id"]

    for body, field in (
        (request(entry, right), "measured_at"),
        (request(entry, wrong), "to"),
        (request(entry, str(uuid.uuid4())), "to"),
        (request(str(uuid.uuid4()), right), "entry_id"),
        (request(opening, right), "entry_id"),
        (request(entry, right, reason=" "), "reason"),
        (request(entry, right, id="x"), "id"),
    ):
        answer = move(nurse, wrong, body)
        assert (answer.status_code, fields(answer)) == (422, {field})
    assert nurse.session(right)["last_seq"] == 1


def test_an_entry_that_was_struck_already_stays(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))
    nurse.good(move(nurse, wrong, request(entry, right)))

    assert move(nurse, wrong, request(entry, right)).status_code == 409
    assert nurse.session(right)["last_seq"] == 5


def test_the_id_of_a_move_means_one_move(nurse: Client) -> None:
    wrong, right, third = (started(nurse, chair) for chair in "123")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))
    body = request(entry, right)
    nurse.good(move(nurse, wrong, body))

    assert move(nurse, wrong, body | {"to": third}).status_code == 409
    assert move(nurse, wrong, body | {"reason": "another"}).status_code == 409


def test_a_closed_record_takes_a_moved_entry_of_before_its_end_and_a_signed_one_gives_none_away(
    nurse: Client, clinician: Client
) -> None:
    right, wrong = closed(nurse), started(nurse, "2")
    early, later = (entry_of(nurse, wrong, minutes, values={"hr": 71}) for minutes in (8, 1))

    assert move(nurse, wrong, request(later, right)).status_code == 409
    back = nurse.good(move(nurse, wrong, request(early, right)))["entry"]["id"]

    seen = clinician.session(right)["last_seq"]
    clinician.good(clinician.chart(right, "signature", meaning="reviewed", last_seq=seen))
    assert move(nurse, right, request(back, wrong)).status_code == 423
    assert nurse.session(wrong)["last_seq"] == 7


def sign(clinician: Client, session: str) -> None:
    seen = clinician.session(session)["last_seq"]
    clinician.good(clinician.chart(session, "signature", meaning="reviewed", last_seq=seen))


def test_a_move_tapped_before_the_signature_neither_leaves_nor_enters_a_signed_record_after_it(
    nurse: Client, clinician: Client
) -> None:
    signed, other = closed(nurse), started(nurse, "2")
    entry = entry_of(nurse, signed, 15, values=values(131, 81))
    coming = entry_of(nurse, other, 16, values=values(132, 82))
    sign(clinician, signed)

    out = move(nurse, signed, request(entry, other, measured_at=ago(0.2)))
    into = move(nurse, other, request(coming, signed, measured_at=ago(0.2)))

    assert [out.status_code, into.status_code] == [423, 423]
    assert "signed" in out.json()["detail"]
    assert (nurse.session(signed)["last_seq"], nurse.session(other)["last_seq"]) == (8, 5)


def test_a_signature_between_looking_and_writing_stops_a_move(
    nurse: Client, clinician: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right = closed(nurse), started(nurse, "2")
    entry = entry_of(nurse, wrong, 15, values=values(131, 81))

    def signed_meanwhile(view: SessionView, entry_id: str) -> list[Effective]:
        sign(clinician, wrong)
        return misplaced(view, entry_id)

    monkeypatch.setattr("models.clinic.misplaced", signed_meanwhile)

    assert move(nurse, wrong, request(entry, right, measured_at=ago(0.2))).status_code == 423
    assert nurse.session(right)["last_seq"] == 4


def test_a_move_that_was_made_before_the_signature_is_answered_again_after_it(nurse: Client, clinician: Client) -> None:
    wrong, right = closed(nurse), started(nurse, "2")
    body = request(entry_of(nurse, wrong, 15, values=values(131, 81)), right)
    first = nurse.good(move(nurse, wrong, body))
    sign(clinician, wrong)

    again = move(nurse, wrong, body)

    assert again.status_code == 200
    assert again.json()["entry"] == first["entry"]


def test_what_was_moved_away_is_corrected_where_it_went_and_comes_back_by_no_way(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))
    strike = nurse.good(move(nurse, wrong, request(entry, right)))["struck"][0]["id"]
    new = {"kind": "reading", "measured_at": ago(7), "values": values(131, 80)}

    answers = [
        nurse.chart(wrong, "correction", entry_id=one, reason="misread", replacement=new) for one in (entry, strike)
    ]
    answers += [
        nurse.chart(wrong, "correction", entry_id=strike, reason="no"),
        move(nurse, wrong, request(entry, right)),
    ]

    assert [one.status_code for one in answers] == [409] * 4
    assert {one.json()["detail"] for one in answers} == {"It was moved to chair 2: correct it there."}
    assert nurse.session(wrong)["latest"]["sbp"]["value"] == 124


def test_a_move_made_before_a_correction_that_is_already_there_is_made_anew(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), started(nurse, "2")
    entry = entry_of(nurse, wrong, 7, values=values(131, 81))
    new = {"kind": "reading", "measured_at": ago(7), "values": values(131, 80)}
    nurse.good(nurse.chart(wrong, "correction", entry_id=entry, reason="misread", replacement=new))

    assert move(nurse, wrong, request(entry, right, measured_at=ago(1))).status_code == 409
    assert move(nurse, wrong, request(entry, right)).status_code == 201
    assert nurse.session(wrong)["latest"]["sbp"]["value"] == 124


def test_a_moved_start_is_recorded_as_something_that_happened(nurse: Client) -> None:
    wrong, right = started(nurse, "1"), nurse.seat("2", minutes_ago=60)
    start = next(one["id"] for one in entries(nurse, wrong) if one["kind"] == "infusion")

    answer = nurse.good(move(nurse, wrong, request(start, right)))

    assert answer["entry"]["disputed"] is True
    assert nurse.session(wrong)["phase"] == "before"
    assert nurse.session(right)["phase"] == "infusion"
