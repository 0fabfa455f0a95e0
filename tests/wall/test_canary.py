"""A canary in every text that anybody can send: it sings in no log, no measurement, no address and no refusal."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from dashboard.server import Lines
from models.store.engine import Database
from tests.served import ago, values
from tests.wall.calls import CHANGES, callback
from tests.wall.whole import patient, visit
from tests.wall.world import ACCOUNTS, World

CANARY: Final = "Kanarienvogel"
WRONG: Final[tuple[Any, ...]] = (CANARY, [CANARY], {CANARY: 1}, {"a": {CANARY: CANARY}}, {"reason": CANARY, CANARY: 1})


class Heard(logging.Handler):
    """Keeps every line of every logger, with its trace, as the server writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(Lines("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Listen to all loggers at DEBUG; the test's own HTTP client speaks of what it sends, and is left out."""
    handler, root = Heard(), logging.getLogger()
    ours = [logging.getLogger(name) for name in ("chairside", "uvicorn", "uvicorn.error", "sqlalchemy")]
    before = [(one, one.level, one.propagate) for one in [root, *ours]]
    client = [logging.getLogger(name) for name in ("httpx", "httpcore", "websockets.client")]
    for one in client:
        one.propagate = False
    root.addHandler(handler)
    for one in [root, *ours]:
        one.setLevel(logging.DEBUG)
    for one in ours:
        one.propagate = True
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)  # at DEBUG it is asked to show every row
    logging.getLogger("chairside").debug("This test listens.")
    yield handler
    root.removeHandler(handler)
    for one, level, propagate in before:
        one.setLevel(level)
        one.propagate = propagate
    for one in client:
        one.propagate = True


def silent(world: World, heard: Heard, *answers: httpx.Response) -> None:
    """Assert that nothing that left the server says the canary, apart from where it belongs."""
    metrics = world.served.client().http.get("/metrics").text
    assert heard.lines, "the test listens"
    assert not [line for line in heard.lines if CANARY in line]
    assert CANARY not in metrics
    for answer in answers:
        if answer.status_code >= 300:
            assert CANARY not in answer.text, answer.text[:300]
        assert CANARY not in str(answer.headers)


def test_a_whole_record_of_canaries_is_written_and_read_in_silence(world: World, heard: Heard) -> None:
    clinician = world.client("clinician")
    world.served.app.clinic.new_chair(world.served.app.stores.site, "C1")

    told = visit(clinician, "C1", lambda most: f"{CANARY} says"[:most])
    told.end()
    reads = [
        world.client("reviewer").get(path.format(session=told.session))
        for path in (
            "/api/v1/sessions/{session}",
            "/api/v1/sessions/{session}/entries",
            "/session/{session}",
            "/review",
        )
    ]

    assert CANARY in reads[1].text
    silent(world, heard, *reads)


@pytest.mark.parametrize(("method", "path"), sorted(CHANGES), ids=[" ".join(one) for one in sorted(CHANGES)])
def test_no_refusal_repeats_what_was_wrong(world: World, heard: Heard, method: str, path: str) -> None:
    answers = []
    for who in ("nurse", "clinician", "admin", "wall"):
        client = world.client(who, throwaway=path.endswith(("/sign-in", "/sign-out")))
        for body in WRONG:
            address = path.format(session=world.session, version=world.version, draft=uuid.UUID(int=0))
            headers = {"X-CSRF-Token": client.csrf}
            if path != "/api/v1/sign-out":
                answers.append(client.http.request(method, address, json=body, headers=headers))

    for answer in answers:  # the name of a field that nobody knows is told; what stands in it never is
        silent_but_for_names(answer)
    assert not [line for line in heard.lines if CANARY in line]


def silent_but_for_names(answer: httpx.Response) -> None:
    """Assert that a refusal repeats no value."""
    said = answer.json() if answer.content else {}
    names = [error["field"] for error in said.get("errors", [])] if isinstance(said, dict) else []
    rest = answer.text
    for name in names:
        rest = rest.replace(name, "")
    assert CANARY not in rest, answer.text[:300]


@pytest.mark.parametrize("field", ["mrn", "family", "given", "birth_date", "sex", "indication"])
def test_no_refusal_of_a_patient_repeats_a_name(world: World, heard: Heard, field: str) -> None:
    nurse = world.client("nurse")
    good = patient(lambda most: "Osei"[:most])

    answers = [
        nurse.post("/api/v1/patients", good | {field: wrong}) for wrong in (CANARY * 60, [CANARY], CANARY + "\x00")
    ]

    assert {answer.status_code for answer in answers} <= {400, 422}
    silent(world, heard, *answers)


def test_a_record_number_that_is_taken_is_not_repeated(world: World, heard: Heard) -> None:
    nurse = world.client("nurse")
    body = patient(lambda most: CANARY[:most])
    nurse.good(nurse.post("/api/v1/patients", body))

    again = nurse.post("/api/v1/patients", body)

    assert again.status_code == 409
    silent(world, heard, again)


def test_no_refusal_of_an_entry_repeats_a_text(world: World, heard: Heard) -> None:
    clinician = world.client("clinician")
    wrong: list[dict[str, Any]] = [
        {"kind": "note", "text": f"{CANARY}\x00"},
        {"kind": "note", "text": CANARY * 400},
        {"kind": CANARY},
        {"kind": "phase", "to": CANARY},
        {"kind": "hold", "reason": CANARY, "until": CANARY},
        {"kind": "infusion", "action": CANARY},
        {"kind": "reading", "values": {"hr": CANARY}},
        {"kind": "reading", "values": values(250, 240), "not_done": {"hr": CANARY}},
        {"kind": "reading", "values": {"hr": 70}, "symptoms": [CANARY]},
        {"kind": "waste", "amount_mg": 1, "witness": CANARY},
        {"kind": "acknowledgement", "alert_id": CANARY, "comment": CANARY},
        {"kind": "correction", "entry_id": CANARY, "reason": CANARY},
        {"kind": "signature", "meaning": CANARY, "last_seq": 1},
        {"kind": "handover", "to": CANARY, "text": CANARY * 400},
        {"kind": "screening", "answers": CANARY},
    ]

    answers = [
        clinician.post(
            f"/api/v1/sessions/{world.session}/entries", {"id": str(uuid.uuid4()), "measured_at": ago(0)} | body
        )
        for body in wrong
    ]

    assert {answer.status_code for answer in answers} <= {400, 409, 422}, [one.status_code for one in answers]
    silent(world, heard, *answers)


def test_a_wrong_password_and_a_wrong_name_are_told_to_nobody(world: World, heard: Heard) -> None:
    stranger = world.served.client()

    answers = [stranger.sign_in(ACCOUNTS["nurse"], CANARY), stranger.sign_in(CANARY, CANARY)]
    tokens = [
        stranger.http.get("/api/v1/me", headers={"Authorization": f"Bearer {CANARY}"}),
        stranger.http.get("/api/v1/me", headers={"Cookie": f"chairside={CANARY}; chairside-device={CANARY}"}),
    ]

    assert [answer.status_code for answer in answers + tokens] == [401] * 4
    silent(world, heard, *answers, *tokens)


def test_an_address_that_holds_a_name_is_not_logged(world: World, heard: Heard) -> None:
    clinician = world.client("clinician")
    paths = ["/api/v1/patients", "/api/v1/events", "/review", f"/api/v1/sessions/{world.session}", "/api/v1/nope"]

    answers = [clinician.get(path, query=CANARY, term=CANARY, at=CANARY) for path in paths]

    silent(world, heard, *answers)


def test_a_callback_that_is_refused_is_not_repeated(world: World, heard: Heard) -> None:
    admin, app = world.client("admin"), world.served.app
    chairs = "..settings-chairs.children...settings-said.children.."
    good = callback(app, chairs, settings_chair_add=1, settings_chair_name=f"{CANARY}!!")
    forged = good | {"outputs": {"id": CANARY, "property": CANARY}}

    answers = [admin.post("/_dash-update-component", body) for body in (good, forged, [CANARY])]

    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert CANARY not in answers[0].text
    silent(world, heard, *answers)


@pytest.mark.parametrize("path", ["/api/v1/patients", "/_dash-update-component"])
def test_a_failure_logs_where_it_failed_and_not_on_whom(
    world: World, heard: Heard, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def fails(*_arguments: object, **_more: object) -> None:
        try:
            _ = dict[str, str]()[CANARY]
        except KeyError as error:
            raise ValueError(CANARY) from error

    monkeypatch.setattr("models.clinic.Clinic.add_patient", fails)
    monkeypatch.setattr("models.clinic.Clinic.board", fails)
    body = callback(world.served.app, "shell-page.children", shell_location="/") if "dash" in path else {}

    answer = world.client("nurse").post(path, body)

    assert answer.status_code == 500
    traces = "\n".join(heard.lines)
    assert "KeyError" in traces
    assert "in fails" in traces
    silent(world, heard, answer)


def test_a_statement_that_fails_tells_nothing_of_what_was_to_be_stored(database_url: str) -> None:
    database = Database(database_url)
    try:
        with pytest.raises((ProgrammingError, OperationalError)) as said, database.engine.connect() as connection:
            connection.execute(text("SELECT :name FROM nowhere"), {"name": CANARY})
    finally:
        database.close()

    assert CANARY not in str(said.value)
