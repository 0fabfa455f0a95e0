"""Alerts, holds, own limits, baseline, moves and handovers over HTTP: who may write what, and what is refused."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.people import Person, Role
from tests.dashboard.test_api import CASES, Ago, fields, now_of, play, started
from tests.served import Client, Served, values

NOBODY = "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e70"


def critical(nurse: Client, session: str, minutes_ago: float = 3) -> str:
    """Chart a systolic of 184 and return the id of its alert."""
    charted = nurse.good(nurse.chart(session, "reading", minutes_ago, values=values(184, 90), confirmed=["sbp"]))
    return f"SBP_HIGH:{charted['entry']['id']}"


def alert(client: Client, session: str, alert_id: str) -> dict[str, Any]:
    found = [one for one in client.session(session)["alerts"] if one["id"] == alert_id]
    assert len(found) == 1
    return dict(found[0])


def test_a_critical_reading_is_an_alert_until_it_is_rechecked(nurse: Client) -> None:
    session = started(nurse)
    alert_id = critical(nurse, session)

    before = alert(nurse, session, alert_id)
    nurse.good(nurse.chart(session, "reading", 0, values=values(150, 90)))
    after = alert(nurse, session, alert_id)

    assert (before["rule"], before["severity"], before["closed_at"]) == ("SBP_HIGH", "critical", None)
    assert before["acknowledged_by"] is None
    assert before["escalated"] is None
    assert after["closed_at"] is not None
    assert after["text"] == "SBP 184, limit 180, rechecked 3 min later: 150"


def test_an_acknowledgement_names_who_and_what(nurse: Client) -> None:
    session = started(nurse)
    alert_id = critical(nurse, session)

    nurse.good(nurse.chart(session, "acknowledgement", 0, alert_id=alert_id, action="rechecking"))
    found = alert(nurse, session, alert_id)

    assert (found["acknowledged_by"], found["action"]) == ("m.silva", "rechecking")
    assert nurse.session(session)["state"] == "critical"


def test_an_alert_is_not_acknowledged_before_it_was_there(nurse: Client) -> None:
    session = started(nurse)
    alert_id = critical(nurse, session)
    since = alert(nurse, session, alert_id)["since"]
    seen = {"kind": "acknowledgement", "alert_id": alert_id, "comment": "seen"}
    path = f"/api/v1/sessions/{session}/entries"

    before = nurse.chart(session, "acknowledgement", 40, alert_id=alert_id, comment="seen")
    at_once = nurse.post(path, seen | {"id": str(uuid.uuid4()), "measured_at": since})

    assert fields(before) == {"measured_at"}
    assert "before the alert" in before.json()["detail"]
    assert at_once.status_code == 201


def test_an_alert_of_a_clock_that_is_ahead_can_be_acknowledged_by_one_that_is_right(nurse: Client) -> None:
    session = started(nurse)
    alert_id = critical(nurse, session, -1.5)

    assert nurse.chart(session, "acknowledgement", 0, alert_id=alert_id, comment="seen").status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [({"action": None}, "action"), ({"alert_id": f"SBP_HIGH:{NOBODY}"}, "alert_id"), ({"alert_id": None}, "alert_id")],
    ids=["neither an action nor a comment", "no such alert", "no alert at all"],
)
def test_an_acknowledgement_needs_an_alert_and_something_said(
    change: dict[str, object], field: str, nurse: Client
) -> None:
    session = started(nurse)
    body = {"alert_id": critical(nurse, session), "action": "rechecking"} | change

    answer = nurse.chart(session, "acknowledgement", 0, **body)

    assert answer.status_code == 422
    assert fields(answer) == {field}


def test_a_pause_is_shown_as_the_response(nurse: Client) -> None:
    session = started(nurse)
    alert_id = critical(nurse, session)

    nurse.good(nurse.chart(session, "infusion", 1, action="pause", reason="SBP 184"))

    response = alert(nurse, session, alert_id)["response"]
    assert (response["by"], response["text"]) == ("m.silva", "paused")


def test_an_emergency_turns_the_chair_critical_at_once(nurse: Client) -> None:
    session = started(nurse)

    answer = nurse.good(nurse.chart(session, "emergency"))

    assert answer["state"] == "critical"
    assert [one["rule"] for one in nurse.session(session)["alerts"] if one["closed_at"] is None][:1] == ["EMERGENCY"]


ORDERS: dict[str, dict[str, Any]] = {
    "limit": {"vital": "hr", "limits": {"caution_low": 44}, "reason": "athlete"},
    "baseline": {"values": {"sbp": 140, "dbp": 80}, "reason": "known from the last visit"},
    "hold": {"reason": "washroom"},
    "emergency": {},
    "handover": {"to": "r.okafor", "text": "Recheck at 14:20."},
}


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("who", ["m.silva", "a.lindqvist", "v.marsh"])
def test_only_a_clinician_decides_limits_and_baseline(who: str, kind: str, nurse: Client, served: Served) -> None:
    session = started(nurse)

    answer = served.sign_in(who).chart(session, kind, 0, **ORDERS[kind])

    allowed = {"a.lindqvist": True, "m.silva": kind not in {"limit", "baseline"}}.get(who, False)
    assert answer.status_code == (201 if allowed else 403)


@pytest.mark.parametrize("who", ["admin", "wall"])
def test_who_sees_no_patients_acknowledges_nothing(who: str, nurse: Client, served: Served) -> None:
    session = started(nurse)

    answer = served.sign_in(who).chart(session, "acknowledgement", 0, alert_id=critical(nurse, session), action="seen")

    assert answer.status_code in {403, 404}


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("limit", {"vital": "hr", "limits": {"caution_low": 120}, "reason": "x"}, "limits"),
        ("limit", {"vital": "hr", "limits": {"critical_low": 51}, "reason": "x"}, "critical_low"),
        ("limit", {"vital": "hr", "limits": {"critical_high": 110}, "reason": "x"}, "critical_high"),
        ("limit", {"vital": "hr", "limits": {}, "reason": "x"}, "limits"),
        ("limit", {"vital": "hr", "limits": {"caution": 50}, "reason": "x"}, "caution"),
        ("limit", {"vital": "hr", "limits": {"caution_low": 19}, "reason": "x"}, "caution_low"),
        ("limit", {"vital": "mood", "limits": {"caution_low": 50}, "reason": "x"}, "vital"),
        ("limit", {"vital": "hr", "limits": {"caution_low": 50}}, "reason"),
        ("limit", {"vital": "hr", "limits": 50, "reason": "x"}, "limits"),
        ("baseline", {"values": {}, "reason": "x"}, "values"),
        ("baseline", {"values": {"sbp": 80, "dbp": 90}, "reason": "x"}, "dbp"),
        ("baseline", {"values": {"sbp": 120, "dbp": 80}}, "reason"),
        ("hold", {}, "reason"),
        ("hold", {"reason": "washroom", "until": Ago(1)}, "until"),
        ("move", {"chair_id": NOBODY}, "chair_id"),
        ("move", {}, "chair_id"),
        ("handover", {"to": "r.okafor"}, "text"),
        ("handover", {"text": "Recheck"}, "to"),
        ("emergency", {"note": 3}, "note"),
    ],
)
def test_what_cannot_be_is_refused_by_name(kind: str, body: dict[str, Any], field: str, clinician: Client) -> None:
    session = started(clinician)

    answer = clinician.chart(session, kind, 0, **now_of(body))

    assert answer.status_code == 422
    assert fields(answer) == {field}


def test_a_limit_of_the_patient_stands_in_the_place_of_the_protocols(clinician: Client) -> None:
    session = started(clinician)
    slow = values(120, 78, hr=46)

    before = clinician.good(clinician.chart(session, "reading", 5, values=slow))["flags"]
    clinician.good(clinician.chart(session, "limit", 4, **ORDERS["limit"]))
    after = clinician.good(clinician.chart(session, "reading", 3, values=slow))["flags"]

    assert [flag["rule"] for flag in before] == ["HR_LOW"]
    assert after == []
    (limit,) = clinician.session(session)["limits"]
    assert (limit["vital"], limit["author"], limit["reason"]) == ("hr", "a.lindqvist", "athlete")
    assert limit["limits"] == {"critical_low": 40, "caution_low": 44, "caution_high": 111, "critical_high": 131}


def test_a_move_takes_the_patient_to_the_other_chair_and_frees_the_first(nurse: Client) -> None:
    session = started(nurse, "1")

    nurse.good(nurse.chart(session, "move", 0, chair_id=nurse.chair_id("2")))

    assert nurse.session(session)["chair"]["name"] == "2"
    assert nurse.seat("1") != session


def test_a_move_to_a_taken_chair_is_a_conflict(nurse: Client) -> None:
    session = started(nurse, "1")
    nurse.seat("2")

    taken = nurse.chart(session, "move", 0, chair_id=nurse.chair_id("2"))
    same = nurse.chart(session, "move", 0, chair_id=nurse.chair_id("1"))

    assert (taken.status_code, same.status_code) == (409, 422)
    assert nurse.session(session)["chair"]["name"] == "1"


def test_a_hold_is_shown_and_does_not_stop_the_clock(nurse: Client) -> None:
    session = started(nurse)
    before = nurse.session(session)["due"]

    nurse.good(nurse.chart(session, "hold", 0, reason="washroom", until=now_of(Ago(-10))))
    held = nurse.session(session)
    nurse.good(nurse.chart(session, "reading", 0, values={"hr": 70}))

    assert held["due"] == before
    assert (held["hold"]["reason"], held["hold"]["author"]) == ("washroom", "m.silva")
    assert nurse.session(session)["hold"] is None


def test_a_hold_ends_when_the_patient_is_back(nurse: Client) -> None:
    session = started(nurse)
    nurse.good(nurse.chart(session, "hold", 1, reason="washroom"))

    nurse.good(nurse.chart(session, "hold", 0, reason="washroom", over=True))

    assert nurse.session(session)["hold"] is None


def test_the_last_time_of_a_patient_is_told_before_anybody_is_seated(nurse: Client, served: Served) -> None:
    session = started(nurse)
    patient = nurse.session(session)["patient"]["id"]
    path = f"/api/v1/patients/{patient}/last-time"
    before = nurse.good(nurse.get(path))["last_time"]
    nurse.good(nurse.chart(session, "infusion", 1, action="stop"))
    nurse.good(nurse.chart(session, "phase", 0, to="closed"))

    assert before is None, "the session that is on is not the last time"
    assert nurse.good(nurse.get(path))["last_time"]["session"] == session
    assert served.sign_in("wall").get(path).status_code == 403


def test_colleagues_are_who_else_charts_here(served: Served) -> None:
    clinic, site = served.app.clinic, served.app.stores.site
    nurse = Person("1", "m.silva", Role.NURSE, site)

    assert [one.name for one in clinic.colleagues(nurse)] == ["a.lindqvist", "r.okafor"]


def test_a_handover_is_told_with_who_gave_it(nurse: Client) -> None:
    session = started(nurse)

    nurse.good(nurse.chart(session, "handover", 0, to="r.okafor", text="Recheck at 14:20."))

    (told,) = nurse.session(session)["handovers"]
    assert (told["author"], told["to"], told["text"]) == ("m.silva", "r.okafor", "Recheck at 14:20.")


def test_everything_about_the_watching_stands_in_the_csv(clinician: Client) -> None:
    session = started(clinician)
    clinician.good(
        clinician.chart(session, "acknowledgement", 0, alert_id=critical(clinician, session), comment="seen")
    )
    for kind, body in ORDERS.items():
        clinician.good(clinician.chart(session, kind, 0, **body))
    clinician.good(clinician.chart(session, "limit", 0, vital="rr", limits={"caution_low": None}, reason="sleeps"))
    clinician.good(clinician.chart(session, "move", 0, chair_id=clinician.chair_id("2")))

    text = clinician.get(f"/api/v1/sessions/{session}/record.csv").text

    for line in (
        "acknowledgement,*,comment,,,,seen,,",
        "limit,*,hr.caution_low,44,/min,,,,athlete",
        "limit,*,rr.caution_low,,/min,,lifted,,sleeps",
        "baseline,*,sbp,140,mmHg,,,,known from the last visit",
        "hold,*,",
        "handover,*,text,,,,Recheck at 14:20.,,",
        "move,*,chair,,,,2,,",
    ):
        kind, rest = line.split(",*,")
        assert any(f",{kind}," in row and row.endswith(rest) for row in text.splitlines()) or rest == "", line


PROBES = json.loads((Path(__file__).parents[1] / "data" / "probes.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_acceptance_case_is_due_and_alerts_as_probed_over_http(case: dict[str, Any], clinician: Client) -> None:
    session, start, _answers = play(case, clinician, "1")

    def named(view: dict[str, Any], *, is_open: bool) -> set[str]:
        found = [one for one in view["alerts"] if (one["closed_at"] is None) is is_open]
        minutes = [(datetime.fromisoformat(one["since"]) - start).total_seconds() / 60 for one in found]
        return {f"{one['rule']}@{minute:g}" for one, minute in zip(found, minutes, strict=True)}

    for probe in PROBES[case["id"]]:
        view = clinician.session(session, at=(start + timedelta(minutes=probe["at"])).isoformat())
        due = view["due"]["at"]
        assert (due and datetime.fromisoformat(due)) == (
            None if probe["due"] is None else start + timedelta(minutes=probe["due"])
        )
        assert view["due"]["state"] == probe["state"]
        assert named(view, is_open=True) == set(probe["open"]), probe
        assert named(view, is_open=False) == set(probe["closed"]), probe


def test_the_next_half_hour_is_told_over_all_chairs_with_what_is_overdue(nurse: Client, served: Served) -> None:
    late, quiet = started(nurse, "1", minutes_ago=13), started(nurse, "2", minutes_ago=3)

    for who in ("m.silva", "wall"):
        found = served.sign_in(who).good(served.sign_in(who).get("/api/v1/upcoming"))
        assert [one["session"] for one in found["overdue"]] == [late]
        assert [(one["chair"], one["state"]) for one in found["items"]][:2] == [("1", "caution"), ("2", "not_due")]
        assert {one["session"] for one in found["items"]} == {late, quiet}
    assert served.sign_in("admin").get("/api/v1/upcoming").status_code == 403
