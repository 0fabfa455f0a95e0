"""What was charted, a name or a secret never gets into a log, not even with an error that nobody expected."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dashboard.server import JsonLines, Lines, config
from models.clinic import Clinic
from models.store.engine import Database
from tests.served import Served, serving, settings_for

CANARY = "Quillfeather"


@contextmanager
def logged(form: logging.Formatter) -> Iterator[io.StringIO]:
    """Give what the product would write to its log meanwhile, down to the least important line."""
    said, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(said), root.level
    handler.setFormatter(form)
    handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))  # what the test itself says
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Served]:
    """Serve a clinic of its own."""
    with serving(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path) as found:
        yield found


@pytest.mark.parametrize("form", [Lines("%(message)s"), JsonLines()], ids=["text", "json"])
def test_an_error_nobody_expected_is_logged_without_what_was_sent(
    door: Served, form: logging.Formatter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_clinic: Clinic, _person: object, query: str, *_more: object) -> None:
        message = f"cannot look for {query}"
        raise ValueError(message)

    monkeypatch.setattr(Clinic, "patients", stumble)
    monkeypatch.setattr(Clinic, "patient", stumble)
    with logged(form) as said:
        codes = [
            door.sign_in(name).get(path).status_code  # each with a connection of its own: uvicorn closes it on an error
            for name, path in (
                ("m.silva", f"/api/v1/patients?query={CANARY}"),
                ("r.okafor", f"/api/v1/patients/{CANARY}"),
            )
        ]

    assert codes == [500, 500]
    assert "ValueError" in said.getvalue()
    assert "stumble" in said.getvalue(), "where it came from is said"
    assert "/api/v1/patients/{patient}" in said.getvalue()
    assert CANARY not in said.getvalue()


def test_the_control_an_ordinary_formatter_would_have_told() -> None:
    with logged(logging.Formatter("%(message)s")) as said:
        logging.getLogger("chairside").error("A request failed", exc_info=ValueError(CANARY))

    assert CANARY in said.getvalue()


def test_each_exception_of_a_chain_is_named_without_its_message() -> None:
    failed = ValueError(f"no {CANARY}")
    failed.__cause__ = KeyError(CANARY)

    with logged(JsonLines()) as said:
        logging.getLogger("chairside").error("A request failed", exc_info=failed)

    trace = json.loads(said.getvalue())["trace"]
    assert "ValueError" in trace
    assert "KeyError" in trace
    assert CANARY not in trace


def test_an_error_of_the_database_keeps_what_was_to_be_stored_to_itself(database_url: str) -> None:
    database = Database(database_url)
    try:
        with pytest.raises(SQLAlchemyError) as caught, database.engine.connect() as connection:
            connection.execute(text("SELECT * FROM nowhere WHERE family = :family"), {"family": CANARY})
    finally:
        database.close()

    assert CANARY not in str(caught.value)


def test_no_address_that_was_asked_for_is_logged(tmp_path: Path) -> None:
    served = Served(settings_for(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path))

    assert config(served.app, "127.0.0.1", served.port).access_log is False
    served.app.stores.database.close()


def test_names_notes_and_secrets_are_in_no_log_of_an_ordinary_day(door: Served) -> None:
    with logged(Lines("%(message)s")) as said:
        stranger = door.client()
        stranger.sign_in(CANARY, f"{CANARY} is wrong")
        nurse = door.sign_in("m.silva")
        session = nurse.seat("1", patient_id=nurse.add_patient(family=CANARY, given=CANARY))
        nurse.chart(session, "note", text=f"{CANARY} was here")
        nurse.chart(session, "reading", values={"hr": CANARY})
        nurse.get("/api/v1/patients", query=CANARY)
        nurse.get(f"/chair/{CANARY}")
        nurse.get(f"/{CANARY}")
        logging.getLogger("chairside").info("The day is over")

    assert "The day is over" in said.getvalue()
    assert CANARY not in said.getvalue()
