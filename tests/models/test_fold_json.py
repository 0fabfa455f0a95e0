"""The answers of the API: names and forms of the contract."""

from __future__ import annotations

import json
from datetime import timedelta

from models.entries import Infusion, Note, Phase, Reading, Signature
from models.exchange.fold import entry_json, event_json, flag_json, fold_json, stored_json
from models.protocol import STANDARD
from models.rules import worst
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, finished, signed

CONTRACT = {
    "id",
    "phase",
    "state",
    "chair",
    "patient",
    "baseline",
    "latest",
    "flags",
    "due",
    "infusion",
    "alerts",
    "events",
    "discharge",
    "signed_by",
    "last_seq",
}


def running() -> Sheet:
    sheet = Sheet()
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48, concentration_mg_ml=10))
    sheet.write(10, core(184, 92, 88, 3, 0))
    return sheet


def test_the_fold_has_every_name_of_the_contract() -> None:
    assert fold_json(Sheet().view(0)).keys() >= CONTRACT


def test_the_fold_is_json_as_it_stands() -> None:
    answer = fold_json(signed().view())

    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_nothing_charted_is_null_and_never_zero() -> None:
    answer = fold_json(Sheet().view(0))

    assert answer["baseline"] is None
    assert answer["latest"] == {}
    assert (answer["phase"], answer["state"], answer["status"]) == ("before", "caution", "active")
    assert answer["infusion"] == {
        "state": "not_started",
        "rate_mg_h": 0,
        "delivered_mg": 0,
        "delivered_ml": None,
        "mg_per_kg": 0,
        "planned_end": None,
        "dose_reached_at": None,
        "reconciliation": None,
    }
    assert answer["signed_by"] is None


def test_a_running_infusion_says_rate_dose_and_planned_end() -> None:
    answer = fold_json(running().view(30))

    assert answer["phase"] == "infusion"
    assert answer["infusion"] == {
        "state": "running",
        "rate_mg_h": 48,
        "delivered_mg": 24.0,
        "delivered_ml": 2.4,
        "mg_per_kg": 0.33,
        "planned_end": (START + timedelta(minutes=61.75)).isoformat(),
        "dose_reached_at": None,
        "reconciliation": None,
    }


def test_a_paused_pump_runs_at_nothing() -> None:
    sheet = running()
    sheet.write(12, Infusion("pause"))

    answer = fold_json(sheet.view(14))

    assert (answer["phase"], answer["infusion"]["state"], answer["infusion"]["rate_mg_h"]) == (
        "paused",
        "paused",
        0,
    )


def test_latest_values_carry_time_and_verdict() -> None:
    latest = fold_json(running().view(12))["latest"]

    assert latest["sbp"]["value"] == 184
    assert latest["sbp"]["severity"] == "critical"
    assert latest["sbp"]["measured_at"] == "2026-11-22T14:08:00+00:00"
    assert latest["map"]["value"] == 123


def test_the_fold_names_the_worst_flag_first_with_its_age() -> None:
    sheet = running()

    answer = fold_json(sheet.view(12))

    assert answer["state"] == "critical"
    first = answer["flags"][0]
    assert (first["rule"], first["vital"], first["value"], first["limit"]) == ("SBP_HIGH", "sbp", 184, 180)
    assert first["text"] == "SBP 184, limit 180, 2 min ago"
    assert first["entry_id"] == sheet.entries[-1].id


def test_a_flag_of_the_fold_says_what_the_protocol_says_to_do() -> None:
    first = fold_json(running().view(12))["flags"][0]

    assert first["do_this"] == STANDARD.do_this.texts["SBP_HIGH"]


def test_the_baseline_names_the_entry_it_comes_from() -> None:
    sheet = running()

    baseline = fold_json(sheet.view(12))["baseline"]

    assert baseline["values"]["sbp"] == 124
    assert baseline["entry_id"] == sheet.entries[2].id
    assert baseline["measured_at"] == "2026-11-22T13:50:00+00:00"


def test_the_due_time_and_its_state_are_told() -> None:
    due = fold_json(running().view(12))["due"]

    assert due == {"at": "2026-11-22T14:13:00+00:00", "state": "not_due"}


def test_patient_and_chair_are_named_with_the_age_on_the_day() -> None:
    answer = fold_json(running().view(12))

    assert answer["chair"]["name"] == "7"
    patient = answer["patient"]
    assert (patient["mrn"], patient["family"], patient["given"]) == ("40-718", "Nair", "Priya")
    assert (patient["birth_date"], patient["sex"], patient["age"]) == ("1979-03-14", "female", 47)


def test_an_event_says_what_was_running_at_its_onset() -> None:
    sheet = running()
    sheet.write(20, event("sick", "Nausea", START + timedelta(minutes=15), grade=2))

    (found,) = fold_json(sheet.view(22))["events"]

    assert (found["term"], found["grade"], found["open"], found["outcome"]) == ("Nausea", 2, True, None)
    assert (found["minutes_from_start"], found["delivered_mg"], found["rate_mg_h"]) == (15.0, 12.0, 48.0)
    assert found["last_bp"] == {"sbp": 184, "dbp": 92}


def test_an_event_before_the_start_has_no_minute_yet() -> None:
    sheet = Sheet()
    sheet.write(-5, event("sick", "Nausea", START - timedelta(minutes=6)))

    found = event_json(sheet.view(-4).events[0])

    assert (found["minutes_from_start"], found["delivered_mg"], found["last_bp"]) == (None, None, None)


def test_an_event_in_a_list_names_session_patient_and_chair() -> None:
    view = finished().view()

    found = event_json(view.events[0], view)

    assert (found["session"], found["patient"]["mrn"], found["chair"]["name"]) == (view.id, "40-718", "7")


def test_a_closed_and_a_signed_session_say_so() -> None:
    closed, done = fold_json(finished().view()), fold_json(signed().view())

    assert (closed["phase"], closed["status"], closed["signed_by"]) == ("closed", "closed", None)
    assert (done["phase"], done["status"], done["signed_by"]) == ("closed", "signed", "a.lindqvist")
    assert done["last_seq"] == closed["last_seq"] + 1


def test_a_cancelled_session_says_so() -> None:
    sheet = Sheet()
    sheet.write(-5, Phase("cancelled", "went home"))

    assert fold_json(sheet.view())["cancelled"] is True


def test_an_entry_has_its_place_its_people_and_its_fields() -> None:
    sheet = Sheet()
    entry = sheet.write(55, Reading({"hr": 70}, {"nausea": "asleep"}), typed=63)

    answer = entry_json(entry)

    assert answer == {
        "id": entry.id,
        "seq": 2,
        "kind": "reading",
        "session": sheet.id,
        "measured_at": "2026-11-22T14:53:00+00:00",
        "recorded_at": "2026-11-22T15:01:00+00:00",
        "author": "m.silva",
        "late": True,
        "device": None,
        "clock_skew_s": None,
        "values": {"hr": 70},
        "not_done": {"nausea": "asleep"},
    }


def test_a_correction_carries_its_replacement() -> None:
    sheet = Sheet()
    wrong = sheet.write(1, Note("a"))

    answer = entry_json(sheet.correct(2, wrong, Note("b"), "typing error"))

    assert (answer["entry_id"], answer["reason"]) == (wrong.id, "typing error")
    assert answer["replacement"] == {
        "kind": "note",
        "measured_at": wrong.measured_at.isoformat(),
        "text": "b",
    }


def test_a_disputed_action_is_marked_and_an_undisputed_one_is_not() -> None:
    sheet = running()
    odd = sheet.write(11, Infusion("resume"))

    marked, plain = entry_json(odd, sheet.view(12)), entry_json(sheet.entries[3], sheet.view(12))

    assert (marked["disputed"], marked["disputed_because"]) == (True, "resumed while running")
    assert "disputed" not in plain


def test_what_arrives_after_signing_is_marked() -> None:
    sheet = Sheet()
    sheet.write(10, Signature("Reviewed", 1), by="a.lindqvist")
    late = sheet.write(5, Reading({"hr": 70}), typed=12)

    assert entry_json(late, sheet.view())["after_signing"] is True
    assert "after_signing" not in entry_json(sheet.entries[0], sheet.view())


def test_the_answer_to_a_post_holds_entry_flags_and_the_worst_of_them() -> None:
    sheet = running()
    view = sheet.view(10)
    judged = view.judged[-1]

    answer = stored_json(judged.entry, judged.flags, worst(judged.flags), view.now, view)

    assert answer["entry"]["id"] == sheet.entries[-1].id
    assert "SBP_HIGH" in {flag["rule"] for flag in answer["flags"]}
    assert answer["state"] == "critical"


def test_a_flag_without_a_limit_has_null() -> None:
    sheet = running()
    sheet.write(11, Reading(symptoms=("seizure",)))
    view = sheet.view(12)

    found = [flag_json(flag, view.now) for flag in view.flags if flag.rule == "RED_EVENT"]

    assert [(one["severity"], one["limit"], one["value"]) for one in found] == [("critical", None, None)]
