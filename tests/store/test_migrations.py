"""Migrations on both databases: from empty to the newest form, once, whoever runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from dashboard.health import not_ready
from models.store.engine import Database
from models.store.migrate import current_revision, migrate, newest_revision
from models.store.tables import Base
from tests.kept import at_once

ROOT = Path(__file__).parents[2]


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def guards(database: Database) -> set[str]:
    """Return the names of the triggers."""
    wanted = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if not database.is_sqlite:
        wanted = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with database.read() as connection:
        return {str(row[0]) for row in connection.execute(text(wanted))}


def test_an_empty_database_comes_to_the_newest_form(database_url: str) -> None:
    database = Database(database_url)

    before = tables(database)
    migrate(database)
    with database.read() as connection:
        revision = current_revision(connection)
    found, watched = tables(database), guards(database)
    database.close()

    assert before == set()
    assert found == set(Base.metadata.tables) | {"alembic_version"}
    assert revision == newest_revision()
    assert {name.partition("_no_")[0] for name in watched} == {
        "entries",
        "sessions",
        "protocols",
        "protocol_marks",
        "chair_marks",
        "restorations",
        "trail",
    }


def test_migrating_again_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.write() as connection:
        connection.execute(text("INSERT INTO sites (id, name) VALUES ('a', 'Clinic')"))
    before = tables(database), guards(database)

    migrate(database)
    with database.read() as connection:
        sites = connection.execute(text("SELECT id, name FROM sites")).all()
    after = tables(database), guards(database)
    database.close()

    assert after == before
    assert [tuple(site) for site in sites] == [("a", "Clinic")]


def test_the_migrated_form_is_what_the_program_expects(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)

    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.close()

    assert differences == []


def test_a_column_that_is_missing_would_be_found(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE patients DROP COLUMN indication"))

    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.close()

    assert [difference[0] for difference in differences] == ["add_column"]


def test_two_servers_that_start_at_once_both_come_up(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]

    came = at_once([lambda database=database: migrate(database) for database in databases])  # type: ignore[misc]  # mypy does not infer the default
    why = not_ready(databases[0])
    for database in databases:
        database.close()

    assert came == [None] * 4
    assert why is None


def test_two_processes_that_start_at_once_both_come_up(database_url: str) -> None:
    code = (
        "import sys; from models.store.engine import Database; from models.store.migrate import migrate; "
        "database = Database(sys.argv[1]); sys.stdin.readline(); migrate(database)"
    )
    command = [sys.executable, "-c", code, database_url]
    started = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]

    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0], said


def test_readiness_says_what_an_empty_database_needs(database_url: str) -> None:
    database = Database(database_url)

    why = not_ready(database)
    migrate(database)
    after = not_ready(database)
    database.close()

    assert (
        why == f"wrong revision: the database is at revision None, {newest_revision()} is needed: run chairside migrate"
    )
    assert after is None


def test_readiness_says_that_a_newer_program_wrote_here(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    why = not_ready(database)
    database.close()

    assert why is not None
    assert "9999" in why


def test_readiness_says_that_a_database_is_gone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'chairside.db'}")

    assert not_ready(database) == "gone: the database is gone"
