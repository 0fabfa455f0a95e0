"""What leaves the clinic over HTTP: forms, names of files, who may, and a record whose chain does not hold."""

from __future__ import annotations

import io
import threading
import uuid
from datetime import datetime
from typing import Any

import pypdf
import pytest

from models.exchange.events_csv import COLUMNS
from models.exchange.frames import read_events
from models.store.record import RecordStore
from tests.fhir_validator import validate
from tests.served import Client, Served, ago, values

Json = dict[str, Any]
FORMS = {
    "fhir": "application/fhir+json",
    "record.pdf": "application/pdf",
    "record.csv": "text/csv; charset=utf-8",
    "serious.json": "application/json",
}


def charted(nurse: Client) -> str:
    """Return a session with a reading, an event that is serious and one that is not."""
    session = nurse.seat(minutes_ago=30)
    nurse.good(nurse.chart(session, "reading", 20, values=values(124, 78)))
    nurse.good(nurse.chart(session, "infusion", 18, action="start", rate_mg_h=49.4, happened=True))
    about = {"term": "Syncope", "onset_at": ago(10), "serious": ["hospitalisation", "other_important"], "grade": 3}
    nurse.good(nurse.chart(session, "adverse_event", 10, event_id=str(uuid.uuid4()), outcome="recovered", **about))
    mild = {"term": "Nausea", "onset_at": ago(9), "serious": [], "note": "=1+1, felt sick"}
    nurse.good(nurse.chart(session, "adverse_event", 9, event_id=str(uuid.uuid4()), **mild))
    return session


@pytest.mark.parametrize("form", FORMS)
def test_a_session_can_be_taken_away_in_every_form(form: str, nurse: Client) -> None:
    session = charted(nurse)

    answer = nurse.get(f"/api/v1/sessions/{session}/{form}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMS[form]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("role", ["admin", "wall"])
def test_who_may_not_read_a_record_may_not_take_it_away(form: str, role: str, nurse: Client, served: Served) -> None:
    session = charted(nurse)

    assert served.sign_in(role).get(f"/api/v1/sessions/{session}/{form}").status_code == 403


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_there_cannot_be_taken_away(form: str, nurse: Client) -> None:
    for name in ("6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e70", "7"):
        assert nurse.get(f"/api/v1/sessions/{name}/{form}").status_code == 404


def test_the_name_of_the_file_holds_no_name_of_a_patient(nurse: Client) -> None:
    session = charted(nurse)

    told = nurse.get(f"/api/v1/sessions/{session.upper()}/record.pdf").headers["content-disposition"]

    assert told == f'attachment; filename="chairside-{session}.pdf"'


def test_the_bundle_that_is_served_passes_the_validator(nurse: Client) -> None:
    bundle = nurse.get(f"/api/v1/sessions/{charted(nurse)}/fhir").json()

    assert validate([bundle]) == [[]]
    assert bundle["type"] == "collection"


def test_a_record_whose_chain_does_not_hold_says_so_first_in_every_form(
    nurse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = charted(nurse)
    found = type("Found", (), {"sentence": lambda _self: "session S, entry E (number 2): its content was changed"})()
    monkeypatch.setattr(RecordStore, "first_break", lambda _store, _session=None: found)
    get = nurse.get

    bundle = get(f"/api/v1/sessions/{session}/fhir").json()
    lines = get(f"/api/v1/sessions/{session}/record.csv").text.splitlines()
    page = pypdf.PdfReader(io.BytesIO(get(f"/api/v1/sessions/{session}/record.pdf").content)).pages[0].extract_text()
    extract = get(f"/api/v1/sessions/{session}/serious.json").json()

    assert bundle["entry"][0]["resource"]["resourceType"] == "OperationOutcome"
    assert "its content was changed" in lines[1]
    assert page.index("fails its chain check") < page.index("born ")
    assert "its content was changed" in extract["warning"]


def test_events_are_read_back_by_pandas_with_their_types(nurse: Client) -> None:
    session = charted(nurse)

    answer = nurse.get("/api/v1/events.csv")

    frame = read_events(answer.text)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {one.name: one.dtype for one in COLUMNS}
    frame = frame[frame["session"] == session]
    assert list(frame["term"]) == ["Nausea", "Syncope"]
    assert list(frame["serious"]) == ["no", "hospitalisation; other_important"]
    assert list(frame["grade"].isna()) == [True, False]
    assert list(frame["open"]) == [True, False]
    assert frame["note"].iloc[0] == "=1+1, felt sick"
    assert "'=1+1" in answer.text


def test_events_follow_the_same_filter_as_the_list(nurse: Client) -> None:
    session = charted(nurse)

    def found(**asked: str) -> list[str]:
        lines = nurse.get("/api/v1/events.csv", **asked).text.splitlines()[1:]
        return [line.split(",")[4] for line in lines if line.startswith(session)]

    assert found(term="sync") == ["Syncope"]
    assert found(grade="3") == ["Syncope"]
    assert found(to="2020-01-01") == []
    assert nurse.get("/api/v1/events.csv", grade="6").status_code == 422


def test_the_extract_holds_only_what_was_called_serious_and_only_facts(nurse: Client) -> None:
    (case,) = nurse.get(f"/api/v1/sessions/{charted(nurse)}/serious.json").json()["cases"]

    (reaction,) = case["E.i"]
    assert reaction["E.i.1.1a"] == "Syncope"
    assert {key for key, value in reaction.items() if value is True} == {"E.i.3.2c", "E.i.3.2f"}
    assert (reaction["E.i.7"], reaction["local.ctcae_grade"]) == (1, 3)
    assert "E.i.5" not in reaction
    drug = case["G.k"][0]
    assert datetime.fromisoformat(drug["G.k.4.r.4"]) < datetime.fromisoformat(reaction["E.i.4"])
    assert not {"G.k.8", "G.k.9.i.2.r.3"} & set(drug)


def test_charting_goes_on_while_exports_are_made(nurse: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """More exports than there are threads for charting, none of which ends until it is let go, hold up no reading."""
    session, let_go, began = charted(nurse), threading.Event(), threading.Event()

    def slow(*_asked: object) -> bytes:
        began.set()
        let_go.wait(9)
        return b"%PDF"

    monkeypatch.setattr("dashboard.exchange_api.record_pdf", slow)
    answers: list[int] = []

    def ask() -> None:
        answers.append(nurse.get(f"/api/v1/sessions/{session}/record.pdf").status_code)

    asking = [threading.Thread(target=ask) for _ in range(6)]
    for one in asking:
        one.start()
    assert began.wait(9)

    stored = [nurse.chart(session, "reading", 1, values={"hr": 70 + one}).status_code for one in range(6)]

    assert answers == []
    assert stored == [201] * 6
    let_go.set()
    for one in asking:
        one.join(20)
    assert answers == [200] * 6
