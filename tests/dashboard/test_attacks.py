"""What an attack on the record and the wall found, and what keeps it out now."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard import server
from models.moments import utc_now
from models.signing_in import new_device_token
from models.store.serving import InUseError
from tests.dashboard.test_api import closed, fields, started
from tests.served import ALL_NO, Client, Served, ago, settings_for, values


def reading(nurse: Client, session: str, minutes: float = 3, **more: Any) -> str:  # noqa: ANN401  # values by vital
    return str(nurse.good(nurse.chart(session, "reading", minutes, values=more or {"hr": 80}))["entry"]["id"])


@pytest.mark.parametrize("kind", ["correction", "signature"])
def test_a_replacement_is_never_a_correction_or_a_signature(kind: str, nurse: Client) -> None:
    session = started(nurse)
    entry = reading(nurse, session)
    first = nurse.good(nurse.chart(session, "correction", entry_id=entry, reason="typing error"))["entry"]["id"]
    inner = {"kind": "opening", "measured_at": ago(9), "chair_id": str(uuid.uuid4()), "patient_id": str(uuid.uuid4())}
    nested = {"kind": kind, "measured_at": ago(0), "entry_id": entry, "reason": "x", "replacement": inner}

    for target in (entry, first):
        answer = nurse.chart(session, "correction", entry_id=target, reason="x", replacement=nested)
        assert answer.status_code == 422

    assert nurse.get("/api/v1/sessions").status_code == 200


def test_a_correction_of_a_correction_says_anew_what_counts(nurse: Client) -> None:
    session = started(nurse)
    entry = reading(nurse, session, hr=80)
    first = nurse.good(nurse.chart(session, "correction", entry_id=entry, reason="wrong patient"))["entry"]["id"]
    new = {"kind": "reading", "measured_at": ago(3), "values": {"hr": 88}}

    nurse.good(nurse.chart(session, "correction", entry_id=first, reason="right patient after all", replacement=new))

    assert nurse.session(session)["latest"]["hr"]["value"] == 88


@pytest.mark.parametrize("spelling", [lambda one: one.replace("-", ""), lambda one: f"urn:uuid:{one}", str.upper])
def test_no_spelling_of_an_id_lets_a_nurse_correct_what_somebody_else_wrote(
    spelling: Any,  # noqa: ANN401  # a way of writing an id
    nurse: Client,
    served: Served,
) -> None:
    session = started(nurse)
    entry = reading(nurse, session)

    answer = served.sign_in("r.okafor").chart(session, "correction", entry_id=spelling(entry), reason="x")

    assert answer.status_code == 403


def test_a_signature_cannot_be_taken_away_or_taken_over(nurse: Client, clinician: Client, served: Served) -> None:
    session = closed(nurse)
    entry = reading(nurse, session, 12)
    seen = nurse.session(session)["last_seq"]
    signed = clinician.good(clinician.chart(session, "signature", meaning="reviewed", last_seq=seen))["entry"]["id"]

    again = served.sign_in("v.marsh").chart(session, "signature", 0.5, meaning="mine", last_seq=seen + 1)
    struck = clinician.chart(session, "correction", 30, entry_id=signed, reason="not yet")
    rewritten = nurse.chart(session, "correction", entry_id=entry, reason="typing error")
    read = clinician.session(session)["latest"]
    back_dated = nurse.chart(session, "correction", 11, entry_id=entry, reason="typing error")

    assert (again.status_code, rewritten.status_code) == (423, 423)
    assert struck.status_code == 422
    assert back_dated.json()["entry"]["after_signing"] is True
    assert clinician.session(session)["latest"] == read, "kept beside what was signed, and not applied"
    assert clinician.session(session)["signed_by"] == "a.lindqvist"


LATE: list[tuple[str, dict[str, Any]]] = [
    ("reading", {"values": values(192, 90), "confirmed": ["sbp"]}),
    ("limit", {"vital": "sbp", "limits": {"critical_high": None, "caution_high": None}, "reason": "own"}),
    ("baseline", {"values": {"sbp": 180, "dbp": 92}, "reason": "own"}),
    ("infusion", {"action": "stop", "happened": True}),
    ("infusion", {"action": "bolus", "dose_mg": 5, "happened": True}),
    ("phase", {"to": "closed", "reason": "earlier"}),
    ("hold", {"reason": "in the toilet"}),
    ("screening", {"answers": {**ALL_NO, "cardiac": "yes"}}),
    ("medication", {"name": "Midazolam", "dose": 1, "unit": "mg", "route": "IV"}),
    ("adverse_event", {"event_id": str(uuid.uuid4()), "term": "Seizure", "onset_at": ago(20)}),
    ("emergency", {"note": "called"}),
    ("handover", {"to": "r.okafor", "text": "all of it"}),
    ("discharge", {"checks": {"oriented": True, "steady_gait": True, "escort": True}}),
    ("waste", {"amount_mg": 2, "witness": "r.okafor"}),
]


def signed_and_read(nurse: Client, clinician: Client) -> tuple[str, dict[str, Any]]:
    """Return a closed session with a critical reading, signed, and what the fold says of it."""
    session = started(nurse)
    reading(nurse, session, 22, **values(185, 93))
    nurse.good(nurse.chart(session, "infusion", 10, action="stop"))
    nurse.good(nurse.chart(session, "phase", 5, to="closed"))
    seen = clinician.session(session)["last_seq"]
    clinician.good(clinician.chart(session, "signature", meaning="reviewed", last_seq=seen))
    return session, told(clinician, session)


def told(client: Client, session: str) -> dict[str, Any]:
    """Return the fold without what counts the entries and what time alone changes."""
    at = str(client.session(session)["signed_at"])
    return {key: value for key, value in client.session(session, at=at).items() if key != "last_seq"}


@pytest.mark.parametrize(("kind", "fields"), LATE, ids=[f"{kind} {said.get('action', '')}" for kind, said in LATE])
def test_what_arrives_after_the_signature_changes_nothing_that_was_signed_and_stays_legible(
    kind: str, fields: dict[str, Any], nurse: Client, clinician: Client
) -> None:
    session, before = signed_and_read(nurse, clinician)

    late = clinician.chart(session, kind, 19, **fields)

    assert late.status_code == 201
    entry = late.json()["entry"]
    assert entry["after_signing"] is True
    assert told(clinician, session) == before
    items = clinician.good(clinician.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert (items[-1]["id"], items[-1]["after_signing"]) == (entry["id"], True)
    rows = nurse.get(f"/api/v1/sessions/{session}/record.csv").text.splitlines()
    assert any(row.startswith(f"{entry['seq']},{kind},") and "came after signing, not applied" in row for row in rows)


def test_a_move_to_another_chair_that_arrives_after_the_signature_leaves_the_session_where_it_was(
    nurse: Client, clinician: Client
) -> None:
    session, before = signed_and_read(nurse, clinician)

    late = nurse.chart(session, "move", 19, chair_id=nurse.chair_id("2"))

    assert late.status_code == 201
    assert told(clinician, session) == before
    assert nurse.seat("2")


def test_the_answer_to_what_arrives_after_the_signature_judges_it_at_its_moment(
    nurse: Client, clinician: Client
) -> None:
    session, _ = signed_and_read(nurse, clinician)
    lifted = {"vital": "sbp", "limits": {"critical_high": None, "caution_high": None}, "reason": "own"}
    clinician.good(clinician.chart(session, "limit", 30, **lifted))

    answer = nurse.good(nurse.chart(session, "reading", 19, values=values(192, 90), confirmed=["sbp"]))
    again = nurse.good(
        nurse.chart(
            session,
            "correction",
            18,
            entry_id=answer["entry"]["id"],
            reason="typing error",
            replacement={"kind": "reading", "measured_at": ago(19), "values": values(122, 70)},
        )
    )

    assert answer["state"] == "critical"
    assert "SBP_HIGH" in {flag["rule"] for flag in answer["flags"]}
    assert (again["state"], again["flags"]) == ("normal", [])


def test_what_is_said_of_an_event_that_arrived_after_the_signature_is_kept_with_it(
    nurse: Client, clinician: Client
) -> None:
    session, before = signed_and_read(nurse, clinician)
    event = str(uuid.uuid4())
    drug = {"name": "Ondansetron", "dose": 4, "unit": "mg", "route": "IV"}
    nurse.good(nurse.chart(session, "adverse_event", 19, event_id=event, term="Nausea", onset_at=ago(20)))

    given = nurse.chart(session, "medication", 18, **drug, event_id=event)
    reviewed = clinician.chart(session, "review", event_id=event, causality="possible")
    unknown = nurse.chart(session, "medication", 18, **drug, event_id=str(uuid.uuid4()))

    assert [given.status_code, reviewed.status_code, unknown.status_code] == [201, 201, 422]
    assert told(clinician, session)["events"] == before["events"] == []


def test_a_correction_after_the_signature_leaves_the_alerts_of_what_was_corrected_before(
    nurse: Client, clinician: Client
) -> None:
    session = closed(nurse)
    entry = reading(nurse, session, 22, **values(185, 93))
    new = {"kind": "reading", "measured_at": ago(22), "values": values(186, 93)}
    nurse.good(nurse.chart(session, "correction", 6, entry_id=entry, reason="misread", replacement=new))
    seen = clinician.session(session)["last_seq"]
    clinician.good(clinician.chart(session, "signature", meaning="reviewed", last_seq=seen))
    before = told(clinician, session)

    nurse.good(nurse.chart(session, "correction", 2, entry_id=entry, reason="entered in error"))

    assert told(clinician, session) == before


@pytest.mark.parametrize(
    ("kind", "fields"), [("note", {"text": "called"}), ("review", {"text": "seen"}), ("follow_up", {"headache": 3})]
)
def test_notes_reviews_and_follow_ups_count_after_the_signature_with_their_corrections(
    kind: str, fields: dict[str, Any], nurse: Client, clinician: Client
) -> None:
    session, _ = signed_and_read(nurse, clinician)
    entry = clinician.good(clinician.chart(session, kind, 12, **fields))["entry"]["id"]
    new = {"kind": kind, "measured_at": ago(12), "text": "said anew"}

    clinician.good(clinician.chart(session, "correction", 11, entry_id=entry, reason="clearer", replacement=new))

    rows = clinician.get(f"/api/v1/sessions/{session}/record.csv").text
    assert "came after signing" not in rows
    assert "said anew" in rows


def test_a_signature_is_not_older_than_what_it_signs(nurse: Client, clinician: Client) -> None:
    session = closed(nurse)

    answer = clinician.chart(session, "signature", 20, meaning="reviewed", last_seq=nurse.session(session)["last_seq"])

    assert fields(answer) == {"measured_at"}


def test_a_note_on_a_resolved_event_does_not_open_it_again(nurse: Client) -> None:
    session = started(nurse)
    event = {"event_id": str(uuid.uuid4()), "term": "Seizure", "onset_at": ago(9)}
    nurse.good(nurse.chart(session, "adverse_event", 8, **event))
    nurse.good(nurse.chart(session, "adverse_event", 6, **event, outcome="recovered", resolved_at=ago(7)))
    nurse.good(nurse.chart(session, "adverse_event", 4, **event, note="slept after it"))

    view = nurse.session(session)

    assert "RED_EVENT" not in {flag["rule"] for flag in view["flags"]}
    late = nurse.chart(session, "adverse_event", 3, **(event | {"onset_at": ago(5)}))
    assert fields(late) == {"onset_at"}


def test_the_dose_of_a_closed_session_stands_still(nurse: Client) -> None:
    session = started(nurse, minutes_ago=40)
    nurse.good(nurse.chart(session, "phase", 10, to="closed", reason="moved to hospital"))

    now, later = (nurse.session(session, at=moment) for moment in (ago(0), ago(-60 * 24)))

    assert now["infusion"]["delivered_mg"] == later["infusion"]["delivered_mg"] == pytest.approx(24.7, abs=0.02)


def test_recovery_is_not_said_while_the_pump_runs(nurse: Client) -> None:
    assert fields(nurse.chart(started(nurse), "phase", to="recovery")) == {"to"}


def test_what_was_known_still_tells_the_number_of_the_whole_record(nurse: Client) -> None:
    session = started(nurse)
    before = utc_now().isoformat()
    reading(nurse, session)

    assert nurse.session(session, known=before)["last_seq"] == 5


def test_who_may_ask_comes_before_how_much_was_sent(nurse: Client, served: Served) -> None:
    large = {"kind": "note", "text": "x" * 70_000}
    session = started(nurse)

    assert nurse.post(f"/api/v1/sessions/{uuid.uuid4()}/entries", large).status_code == 404
    assert served.sign_in("v.marsh").post("/api/v1/patients", large).status_code == 403
    assert nurse.post(f"/api/v1/sessions/{session}/entries", large).status_code == 413


def test_what_is_wrong_comes_before_what_it_contradicts(nurse: Client) -> None:
    session = started(nurse)
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(2), "values": {"hr": 80}}
    path = f"/api/v1/sessions/{session}/entries"
    nurse.good(nurse.post(path, body))

    assert nurse.post(path, body | {"values": {"hr": 160}}).status_code == 422
    assert nurse.post(path, body | {"values": {"hr": 81}}).status_code == 409


def test_every_cell_of_the_export_is_harmless(nurse: Client) -> None:
    session = started(nurse)
    medicine = {"name": "=1+1", "dose": 1, "unit": "=mg", "route": "@IV"}
    nurse.good(nurse.chart(session, "medication", 2, **medicine))

    text = nurse.get(f"/api/v1/sessions/{session}/record.csv").text

    assert ",'=mg," in text
    assert ",=" not in text


@pytest.mark.parametrize("path", ["/chair/nope", f"/session/{uuid.UUID(int=1)}", "/session/x"])
def test_a_page_of_what_is_not_there_is_not_found(path: str, nurse: Client) -> None:
    answer = nurse.get(path)

    assert answer.status_code == 404
    assert "To the board" in answer.text


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "x", "null"])
def test_an_origin_that_is_none_is_another_site(origin: str, served: Served) -> None:
    assert served.client().http.get("/healthz", headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("query", [{"from": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "9999-12-31T23:59:59+00:00"}])
def test_a_day_outside_the_calendar_is_refused(query: dict[str, str], nurse: Client) -> None:
    assert nurse.get("/api/v1/events", **query).status_code == 422


@pytest.mark.parametrize("body", [None, [], {}, {"output": "x"}, {"output": 1}, {"output": ["a"], "inputs": {}}])
def test_a_callback_that_no_page_would_send_cannot_be_read(body: object, nurse: Client) -> None:
    assert nurse.post("/_dash-update-component", body).status_code == 400


def test_a_callback_with_other_inputs_cannot_be_read(nurse: Client) -> None:
    good = {
        "output": "shell-page.children",
        "outputs": {"id": "shell-page", "property": "children"},
        "inputs": [{"id": "shell-location", "property": "pathname", "value": "/"}],
        "state": [{"id": "shell-location", "property": "search", "value": ""}],
        "changedPropIds": ["shell-location.pathname"],
    }

    assert nurse.post("/_dash-update-component", good).status_code == 200
    for part in ("inputs", "state"):
        for wrong in ([], [None], [{"id": "other", "property": "pathname", "value": "/"}]):
            assert nurse.post("/_dash-update-component", good | {part: wrong}).status_code == 400


@pytest.mark.parametrize("name", ["a\x00b", "\ud800"])
def test_a_name_that_cannot_be_one_is_simply_wrong(name: str, served: Served) -> None:
    body = '{"username": ' + json.dumps(name) + ', "password": "four words that do not belong"}'

    answer = served.client().http.post("/api/v1/sign-in", content=body)

    assert answer.status_code in {400, 401}


def test_a_cookie_of_another_program_signs_nobody_out(nurse: Client, served: Served) -> None:
    token = nurse.http.cookies["chairside"]

    answer = served.client().http.get("/api/v1/me", headers={"Cookie": f"a[b]=1; chairside={token}; c=d"})

    assert answer.status_code == 200


def test_a_cursor_that_is_none_is_not_asked_of_the_database(nurse: Client) -> None:
    for last in ("\x00", "x"):
        assert nurse.get("/api/v1/sessions", after=f"{datetime.now(UTC).isoformat()}~{last}").status_code in {404, 422}


def test_a_device_posts_readings_and_nothing_else(nurse: Client, served: Served) -> None:
    session = started(nurse)
    stores = served.app.stores
    headers = {"Authorization": f"Bearer {new_device_token(stores.people, stores.site, 'gateway', utc_now())}"}
    path = f"/api/v1/sessions/{session}/entries"
    body = {"id": str(uuid.uuid4()), "measured_at": ago(1)}
    device = served.client().http

    good = device.post(path, json=body | {"kind": "reading", "values": values(124, 78)}, headers=headers)
    note = device.post(path, json=body | {"kind": "note", "text": "x"}, headers=headers)

    assert (good.status_code, note.status_code) == (201, 403)
    assert good.json()["entry"]["author"] == "gateway"


def test_a_second_server_on_one_sqlite_file_is_refused(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path)

    with server.alone(settings), pytest.raises(InUseError, match="Another server"), server.alone(settings):
        pass
    with server.alone(settings):
        pass


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59+00:00", "1899-12-31T23:59:59+00:00"])
def test_a_moment_that_no_clock_can_show_is_refused(served: Served, until: str) -> None:
    nurse = served.sign_in("m.silva")
    session = nurse.seat()

    answer = nurse.chart(session, "hold", reason="washroom", until=until)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["until"]
    assert nurse.get(f"/api/v1/sessions/{session}", at=until).status_code == 422


def test_a_body_nested_too_deep_is_refused_unread(served: Served) -> None:
    nurse = served.sign_in("m.silva")
    session = nurse.seat()
    deep: object = {}
    for _ in range(25):
        deep = {"a": [deep]}

    answer = nurse.post(f"/api/v1/sessions/{session}/entries", {"id": "x", "kind": "note", "text": deep})

    assert answer.status_code == 400
    assert "nested deeper" in answer.json()["detail"]
