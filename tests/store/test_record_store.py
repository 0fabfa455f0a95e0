"""The record on both databases: appended durably, numbered without gaps, never rewritten unseen."""

from __future__ import annotations

import sqlite3
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from models.errors import ConflictError, NotStoredNowError, UnsafeStorageError
from models.session import SessionView, fold
from models.store import engine
from models.store.engine import Database, sqlite_driver
from models.store.migrate import migrate
from models.store.record import RecordStore, Standing
from tests.kept import COMPLETE, KEY, NOON, Kept, at_once

APPEND_ONLY = ("entries", "sessions", "protocols")
NO_NUMBER = ("sessions", "number")
CHANGES = {
    "entries": "UPDATE entries SET body = '{}'",
    "sessions": "UPDATE sessions SET created_at = created_at",
    "protocols": "UPDATE protocols SET body = '{}'",
}


def charted(kept: Kept, chair: str = "1", entries: int = 5) -> str:
    """Return a session with so many entries."""
    session = kept.seat(chair)
    for number in range(2, entries + 1):
        kept.clock.pass_minutes(1)
        kept.chart(session, text=f"Entry {number}")
    return session


def rows(kept: Kept, table: str) -> list[tuple[Any, ...]]:
    with kept.database.read() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))]  # noqa: S608  # our own tables


def entry_id(kept: Kept, session: str, seq: int) -> str:
    return next(one.id for one in kept.records.record(kept.site, session).entries if one.seq == seq)


# The database refuses


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_to_rewrite(kept: Kept, table: str, verb: str) -> None:
    charted(kept)
    before = rows(kept, table)
    statement = CHANGES[table] if verb == "update" else f"DELETE FROM {table}"  # noqa: S608  # our own tables

    with pytest.raises(DBAPIError, match=f"{table} are append-only"), kept.database.engine.begin() as connection:
        connection.execute(text(statement))

    assert before
    assert rows(kept, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_postgresql_refuses_to_truncate(postgres_url: str, table: str) -> None:
    with closing(Kept(postgres_url)) as kept:
        charted(kept)
        before = rows(kept, table)

        with pytest.raises(DBAPIError, match="append-only"), kept.database.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {table} CASCADE"))

        assert rows(kept, table) == before


def copied(table: str, connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the first row of a table, its hidden row number included."""
    cursor = connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid LIMIT 1")  # noqa: S608  # our own tables
    names = [one[0] for one in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    ("table", "same"),
    [(table, same) for table in APPEND_ONLY for same in ("id", "rowid", "number") if (table, same) != NO_NUMBER],
)
def test_sqlite_refuses_to_replace_on_any_connection(sqlite_url: str, table: str, same: str, recursive: str) -> None:
    with closing(Kept(sqlite_url)) as kept:
        charted(kept)
        before = rows(kept, table)
    with closing(sqlite_driver().connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        raw.execute(f"PRAGMA recursive_triggers = {recursive}")
        row = copied(table, raw)
        if same != "rowid":
            del row["rowid"]
        if same != "id":
            row["id"] = str(uuid.uuid4())
        if same == "rowid" and "seq" in row:
            row["seq"] = 99
        if same == "rowid" and "version" in row:
            row["version"] = 99
        names, marks = ", ".join(row), ", ".join("?" * len(row))

        with pytest.raises(sqlite_driver().Error, match="append-only"):
            raw.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608  # our own tables

    with closing(Kept(sqlite_url)) as kept:
        assert rows(kept, table) == before


# Connections that write durably


def test_every_connection_of_sqlite_writes_durably(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}

    with database.read() as one, database.read() as two, database.read() as three:
        found = [
            {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            for connection in (one, two, three)
        ]
    database.close()

    assert found == [wanted] * 3


@pytest.mark.parametrize(
    ("name", "never"),
    [("journal_mode", "nowhere"), ("synchronous", 12), ("foreign_keys", 5), ("recursive_triggers", 5)],
)
def test_a_connection_that_does_not_take_a_setting_is_refused(
    sqlite_url: str, name: str, never: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engine._SQLITE_SETTINGS, name, never)  # noqa: SLF001  # the control: a value that cannot be had
    database = Database(sqlite_url)

    with pytest.raises(UnsafeStorageError, match=name), database.read():
        pass
    database.close()


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_a_postgresql_that_acknowledges_too_early_is_refused(postgres_url: str, setting: str) -> None:
    made = create_engine(postgres_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET {setting} = off"))
    database = Database(postgres_url)

    with pytest.raises(UnsafeStorageError, match=setting), database.write():
        pass
    database.close()


def fake_sqlite(*version: int) -> SimpleNamespace:
    return SimpleNamespace(sqlite_version_info=version, sqlite_version=".".join(map(str, version)))


def test_an_sqlite_that_can_lose_writes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "sqlite3", fake_sqlite(3, 51, 2))
    monkeypatch.setitem(sys.modules, "pysqlite3", None)

    with pytest.raises(UnsafeStorageError, match=r"SQLite 3\.51\.2 .* 3\.51\.3"):
        sqlite_driver()


def test_an_old_wheel_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "sqlite3", fake_sqlite(3, 40, 1))
    monkeypatch.setitem(sys.modules, "pysqlite3", fake_sqlite(3, 51, 1))

    with pytest.raises(UnsafeStorageError, match=r"SQLite 3\.51\.1"):
        sqlite_driver()


def test_the_first_safe_sqlite_is_taken_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    system = fake_sqlite(3, 51, 3)
    monkeypatch.setattr(engine, "sqlite3", system)

    assert sqlite_driver().sqlite_version == system.sqlite_version


# The chain


def tamper(kept: Kept, *statements: str, **values: object) -> None:
    """Rewrite entries as somebody with the database's password could, past its triggers."""
    made = create_engine(kept.url, poolclass=NullPool, module=sqlite_driver() if kept.database.is_sqlite else None)
    with made.begin() as connection:
        if kept.database.is_sqlite:
            for trigger in ("update", "delete", "replace"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS entries_no_{trigger}"))
        else:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement.replace("@", "session_id = :session AND seq =")), values)


INSERTED = """
    INSERT INTO entries
    (id, seq, site_id, session_id, kind, measured_at, recorded_at, author, body, previous_hash, hash)
    SELECT 'a-forged-entry', 6, site_id, session_id, kind, measured_at, recorded_at, author, body, previous_hash, hash
    FROM entries WHERE session_id = :session AND seq = 5
"""
TAMPERED = {
    "a changed body": (3, ["UPDATE entries SET body = replace(body, '3', '8') WHERE @ 3"]),
    "a changed author": (3, ["UPDATE entries SET author = 'somebody else' WHERE @ 3"]),
    "a changed device": (3, ["UPDATE entries SET device = 'a monitor' WHERE @ 3"]),
    "a changed kind": (3, ["UPDATE entries SET kind = 'follow_up' WHERE @ 3"]),
    "a changed moment": (3, ["UPDATE entries SET measured_at = (SELECT measured_at FROM entries WHERE @ 1) WHERE @ 3"]),
    "a changed moment of recording": (
        3,
        ["UPDATE entries SET recorded_at = (SELECT recorded_at FROM entries WHERE @ 1) WHERE @ 3"],
    ),
    "a changed first entry": (1, ["UPDATE entries SET body = replace(body, '72', '27') WHERE @ 1"]),
    "a changed last entry": (5, ["UPDATE entries SET body = replace(body, '5', '8') WHERE @ 5"]),
    "a missing middle": (4, ["DELETE FROM entries WHERE @ 3"]),
    "a missing middle, numbered anew": (
        3,
        [
            "DELETE FROM entries WHERE @ 3",
            "UPDATE entries SET seq = 3 WHERE @ 4",
            "UPDATE entries SET seq = 4 WHERE @ 5",
        ],
    ),
    "another order": (
        3,
        [
            "UPDATE entries SET seq = 9 WHERE @ 3",
            "UPDATE entries SET seq = 3 WHERE @ 4",
            "UPDATE entries SET seq = 4 WHERE @ 9",
        ],
    ),
    "an inserted entry": (6, [INSERTED]),
}


def test_an_untouched_record_is_intact(kept: Kept) -> None:
    session = charted(kept)
    charted(kept, "2")

    assert kept.records.first_break() is None
    assert kept.records.first_break(session) is None


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_touched_is_named(kept: Kept, how: str) -> None:
    sessions = [charted(kept, chair) for chair in ("1", "2", "3")]
    session = sessions[1]
    seq, statements = TAMPERED[how]
    named = {one.seq: one.id for one in kept.records.record(kept.site, session).entries} | {6: "a-forged-entry"}
    if how.endswith("numbered anew") or how == "another order":
        named[3] = named[4]

    tamper(kept, *statements, session=session)
    broken = kept.records.first_break()

    assert broken is not None
    assert (broken.session, broken.entry, broken.seq) == (session, named[seq], seq)
    assert kept.records.first_break(session) == broken
    assert [kept.records.first_break(other) for other in (sessions[0], sessions[2])] == [None, None]


def test_an_entry_moved_to_another_session_is_named(kept: Kept) -> None:
    one, two = charted(kept, "1", 3), charted(kept, "2", 3)
    moved = entry_id(kept, one, 3)

    tamper(kept, "UPDATE entries SET session_id = :to, seq = 4 WHERE id = :id", to=two, id=moved)
    broken = kept.records.first_break(two)

    assert broken is not None
    assert (broken.session, broken.entry, broken.seq) == (two, moved, 4)


def test_with_a_wrong_key_every_record_is_broken(kept: Kept) -> None:
    sessions = [charted(kept, chair, 2) for chair in ("1", "2")]
    other = RecordStore(kept.database, bytes(32))

    broken = [other.first_break(session) for session in sessions]

    assert [one.seq for one in broken if one] == [1, 1]
    assert kept.records.first_break() is None


def test_a_forger_without_the_key_cannot_close_the_chain(kept: Kept) -> None:
    session = charted(kept)
    forger = Kept(kept.url, kept.clock, key=bytes(32))
    forged = forger.chart(session, text="It was not so.").entry.id
    forger.close()

    broken = kept.records.first_break()

    assert broken is not None
    assert broken.entry == forged


# Numbers, repeats and what was rolled back


def test_numbers_have_no_gap_whoever_writes_at_once(kept: Kept) -> None:
    session = kept.seat()
    other = Kept(kept.url, kept.clock)
    writers = [kept, other] * 10

    stored = at_once([lambda writer=writer: writer.chart(session) for writer in writers])  # type: ignore[misc]  # mypy does not infer the default
    other.close()

    assert [one for one in stored if isinstance(one, Exception)] == []
    assert [one.seq for one in kept.records.record(kept.site, session).entries] == list(range(1, 22))
    assert kept.records.first_break() is None


def test_a_repeat_through_another_process_is_the_same_entry(kept: Kept) -> None:
    session = kept.seat()
    other = Kept(kept.url, kept.clock)
    nurse = kept.person(name="m.silva")
    body = {"id": str(uuid.uuid4()), "kind": "note", "text": "x", "measured_at": NOON.isoformat()}

    stored = [one.clinic.append(nurse, session, body) for one in (kept, other, kept)]
    other.close()

    assert [one.created for one in stored] == [True, False, False]
    assert {(one.entry.id, one.entry.seq) for one in stored} == {(body["id"], 2)}


def test_what_another_process_wrote_is_read(kept: Kept) -> None:
    session = charted(kept, entries=2)
    other = Kept(kept.url, kept.clock)
    other.chart(session, text="From the other process")
    other.close()

    found = kept.records.record(kept.site, session)

    assert [one.seq for one in found.entries] == [1, 2, 3]


def refused(*_arguments: object) -> Any:  # noqa: ANN401  # never returns
    raise ConflictError("Refused by the test.")


@pytest.mark.parametrize("refusing", ["check", "see"])
def test_nothing_is_left_of_what_was_refused(kept: Kept, refusing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session = charted(kept, entries=2)
    before, standing = rows(kept, "entries"), kept.records.standings(kept.site)
    append = kept.records.append

    with monkeypatch.context() as patched:
        patched.setattr(kept.records, "append", lambda *said, **more: append(*said, **more | {refusing: refused}))
        with pytest.raises(ConflictError):
            kept.chart(session)

    assert rows(kept, "entries") == before
    assert kept.records.standings(kept.site) == standing
    assert kept.records.record(kept.site, session).entries[-1].seq == 2
    assert kept.chart(session).entry.seq == 3
    assert kept.records.first_break() is None


def test_nothing_is_served_that_the_commit_did_not_keep(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    session = charted(kept, entries=2)
    kept.records.record(kept.site, session)

    def lost(*_arguments: object) -> None:
        raise NotStoredNowError("The commit failed.")

    with monkeypatch.context() as patched:
        patched.setattr(type(kept.database.engine.dialect), "do_commit", lost)
        with pytest.raises(NotStoredNowError):
            kept.chart(session)

    assert [one.seq for one in kept.records.record(kept.site, session).entries] == [1, 2]
    assert kept.clinic.session(kept.person(), session).last_seq == 2


# Where each session stands


def standing_of(view: SessionView) -> Standing:
    """Return what the index must say of a session, computed from its entries alone."""
    return Standing(
        view.id,
        view.opening.chair_id,
        view.opening.patient_id,
        view.state,
        view.arrived_at,
        view.ended_at,
        view.last_seq,
    )


def test_the_index_equals_a_fold_of_every_record(kept: Kept) -> None:
    active = charted(kept, "1")
    closed, moved, cancelled = kept.seat("2"), kept.seat("3"), kept.seat("5")
    kept.clinic.new_chair(kept.site, "4")
    chairs = {one.name: one.id for one in kept.places.chairs(kept.site)}
    opening = kept.records.record(kept.site, moved).entries[0]
    body = opening.content.body() | {"chair_id": chairs["4"]}
    replacement = body | {"kind": "opening", "measured_at": opening.measured_at.isoformat()}
    correction = {"entry_id": opening.id, "reason": "the wrong chair", "replacement": replacement}
    kept.chart(moved, "correction", **correction)  # type: ignore[arg-type]  # fields of an entry
    kept.chart(cancelled, "phase", to="cancelled", reason="felt unwell")
    kept.chart(closed, "reading", values=COMPLETE)
    kept.chart(closed, "infusion", action="start", rate_mg_h=49.4, happened=True)
    kept.clock.pass_minutes(60)
    kept.chart(closed, "infusion", action="stop", reason="end of plan")
    kept.chart(closed, "phase", to="closed", reason="went home")
    fresh = RecordStore(kept.database, KEY)

    views = [fold(fresh.record(kept.site, one), kept.clock()) for one in (active, closed, moved, cancelled)]
    expected = {standing_of(view).session: standing_of(view) for view in views if view is not None}

    assert {one.session: one for one in kept.records.standings(kept.site)} == expected
    assert {one.session: one.state for one in expected.values()} == {
        active: "active",
        closed: "closed",
        moved: "active",
        cancelled: "closed",
    }
    assert expected[moved].chair_id == chairs["4"]


def test_a_chair_holds_one_active_session(kept: Kept) -> None:
    kept.seat("1")

    with pytest.raises(ConflictError, match="taken"):
        kept.seat("1")


# Locks


@contextmanager
def locked(kept: Kept, session: str) -> Iterator[None]:
    """Hold, on a connection of its own, what an append needs."""
    held: Any
    if kept.database.is_sqlite:
        held = sqlite_driver().connect(kept.url.removeprefix("sqlite:///"), isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg.connect(kept.url.replace("+psycopg", ""))
        held.execute("SELECT id FROM sessions WHERE id = %s FOR UPDATE", [session])
    try:
        yield
    finally:
        held.rollback()
        held.close()


def test_a_locked_database_is_told_of_and_works_again_afterwards(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    session = charted(kept, entries=2)
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.2)
    impatient = Kept(kept.url, kept.clock)

    with locked(impatient, session):
        with pytest.raises(NotStoredNowError, match="could not store this now"):
            impatient.chart(session)
        read = impatient.records.record(impatient.site, session).entries
    stored = impatient.chart(session)
    impatient.close()

    assert len(read) == 2
    assert stored.entry.seq == 3


def test_nobody_waits_for_a_lock_longer_than_three_seconds() -> None:
    assert 1 <= engine.WAIT_SECONDS <= 3


def test_one_writer_in_this_process_does_not_wait_for_ever_for_another(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = kept.seat()
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.2)

    with kept.database.write(), pytest.raises(NotStoredNowError):
        kept.chart(session)

    assert kept.chart(session).entry.seq == 2


def test_a_database_that_is_gone_is_told_of(tmp_path: Any) -> None:  # noqa: ANN401  # pytest's folder
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'chairside.db'}")

    with pytest.raises(NotStoredNowError), database.read():
        pass
    with pytest.raises(NotStoredNowError):
        migrate(database)


def test_cut_connections_are_made_anew(postgres_url: str) -> None:
    with closing(Kept(postgres_url)) as kept:
        session = kept.seat()
        cut = create_engine(postgres_url, poolclass=NullPool)
        with cut.begin() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(text(others + " AND datname = current_database()"))

        stored = kept.chart(session)

        assert stored.entry.seq == 2
