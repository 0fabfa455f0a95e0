"""Readiness says in a word why nothing would be stored, and is ready again when it would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event, text

from dashboard.health import not_ready
from models.errors import NotStoredNowError
from models.store.engine import Database
from models.store.migrate import migrate
from tests.stuck import full, locked


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    migrate(found)
    yield found
    found.close()


def word(database: Database) -> str | None:
    why = not_ready(database)
    return None if why is None else why.partition(":")[0]


def test_a_database_that_can_be_written_is_ready_and_left_as_it_is(database: Database) -> None:
    assert [word(database) for _ in range(3)] == [None] * 3


def test_a_database_that_another_program_holds_is_locked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.store.engine.WAIT_SECONDS", 0.3)
    assert word(database) is None

    with locked(database.url.render_as_string(hide_password=False)):
        found = word(database)

    assert (found, word(database)) == ("locked", None)


def test_a_database_that_can_only_be_read_is_told_of(database: Database) -> None:
    if database.is_sqlite:
        event.listen(database.engine, "checkout", lambda raw, *_more: raw.execute("PRAGMA query_only = 1"))
    else:
        with database.write() as connection:
            name = database.url.database
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        database.engine.dispose()

    assert word(database) == "read-only"


def test_after_a_full_disk_it_is_ready_once_the_disk_takes_something_again(database: Database) -> None:
    database.trouble = None
    with full(database):
        with pytest.raises(NotStoredNowError), database.write() as connection:
            connection.execute(text(_LARGE[connection.dialect.name]))
        found = [word(database) for _ in range(2)]

    assert found == ["full", "full"]
    assert word(database) is None


_LARGE = {
    "sqlite": "CREATE TABLE large AS SELECT zeroblob(1000000) AS body",
    "postgresql": "CREATE TABLE large AS SELECT number FROM generate_series(1, 1000) AS number",
}
