"""Backups on both databases: whole, proved, restored into either; and what is none is refused with nothing touched."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from models.errors import ChairsideError
from models.people import Person, Role
from models.store import backup as backups
from models.store.backup import BackupError, BrokenRecordsError, Manifest, read_manifest, sqlite
from models.store.chain import Keys
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.snapshot import whole
from models.store.tables import Base
from tests.conftest import NewDatabase
from tests.kept import NOON, Kept
from tests.vault import KEYS, Vault, past_every_guard


@pytest.fixture
def vault(database_url: str, tmp_path: Path) -> Iterator[Vault]:
    """Give a clinic with an anchor, on each database."""
    found = Vault(tmp_path, database_url)
    yield found
    found.stop()


URGENT = {"reason": "seizure in the corridor"}


def filled(vault: Vault) -> str:
    """Fill every table that travels, and return a session."""
    kept = vault.kept
    person = kept.people.add_account(kept.site, "m.silva", Role.NURSE, "a digest", NOON)
    insert(kept, "device_tokens", id="t", site_id=kept.site, name="monitor", token_digest="d", created_at=NOON)
    insert(kept, "known_devices", device_digest="k", account_id=person.id, created_at=NOON)
    moments = {"created_at": NOON, "seen_at": NOON, "expires_at": NOON}
    insert(kept, "web_sessions", token_digest="w", account_id=person.id, csrf_token="c", **moments)
    factor = {"sealed": "s", "offered_at": NOON, "confirmed_at": NOON, "last_step": 1}
    insert(kept, "second_factors", account_id=person.id, **factor)
    insert(kept, "recovery_codes", account_id=person.id, digest="r", used_at=NOON)
    insert(kept, "wall_privacy", site_id=kept.site, names="none")
    pin = {"pin_hash": "p", "expires_at": NOON, "wrong": 0}
    insert(kept, "device_pins", device_digest="k", account_id=person.id, **pin)
    insert(kept, "sign_in_tries", id="i", charged_to="c", tried_at=NOON)
    session = vault.record("1", 4)
    protocol = content_of(vault, "protocols")[0]["id"]
    draft = {"base_id": protocol, "revision": 1, "author": "admin", "changed_at": NOON, "body": "{}"}
    insert(kept, "protocol_drafts", id="d", site_id=kept.site, **draft)
    mark = {"protocol_id": protocol, "kind": "sign-off", "author": "a.lindqvist", "made_at": NOON, "reason": "read"}
    insert(kept, "protocol_marks", id="m", site_id=kept.site, **mark)
    said = {"kind": "state", "number": 1, "value": "cleaning", "author": "m.silva", "made_at": NOON}
    insert(kept, "chair_marks", id="c", site_id=kept.site, chair_id=content_of(vault, "chairs")[0]["id"], **said)
    held = {"call": "OVERDUE:x:caution", "holder": "h", "held_until": NOON, "called_at": NOON}
    insert(kept, "calls", session_id=session, site_id=kept.site, **held)
    other = kept.clinic.sites.add("North", NOON)
    kept.clinic.sites.join("m.silva", other.id, NOON)
    kept.clinic.emergencies.begin(Person("x", "a.lindqvist", Role.CLINICIAN, other.id), URGENT | {"session": session})
    note = kept.records.record(kept.site, session).entries[1]
    kept.chart(session, "correction", entry_id=note.id, reason="wrong chair")
    return session


def insert(kept: Kept, table: str, **values: object) -> None:
    with kept.database.write() as connection:
        connection.execute(Base.metadata.tables[table].insert().values(values))


def content_of(vault: Vault, table: str) -> list[dict[str, object]]:
    with vault.kept.database.read() as connection:
        return [dict(row) for row in connection.execute(Base.metadata.tables[table].select()).mappings()]


def content(vault: Vault) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table that travels."""
    with vault.kept.database.read() as connection:
        return {
            str(table.name): [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
            for table in backups.copied_tables()
            if table.name != "restorations"
        }


def test_a_backup_has_everything_but_who_is_signed_in(vault: Vault) -> None:
    filled(vault)
    before = content(vault)

    file = vault.back_up()
    vault.record("2")
    vault.restore(file)

    assert content(vault) == before
    assert all(before.values()), "every table has to be tried"
    with vault.kept.database.read() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM web_sessions")) == 0
    assert vault.prove().broken is None


def test_a_backup_is_one_file_for_its_owner_alone_and_nothing_else_is_left(vault: Vault) -> None:
    vault.record()

    file = vault.back_up("sunday.backup")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in vault.folder.iterdir() if "backup" in one.name] == ["sunday.backup"]


def test_a_backup_of_one_database_is_restored_into_the_other(
    sqlite_url: str, postgres_database: NewDatabase, tmp_path: Path
) -> None:
    with postgres_database() as postgres_url:
        small, large = Vault(tmp_path, sqlite_url), Vault(tmp_path, postgres_url, name="other.jsonl")
        filled(small)
        first = small.back_up("first")
        large.restore(first)
        across = content(large)
        second = large.back_up("second")
        small.restore(second)
        back = content(small)
        proofs = [small.prove().broken, large.prove().broken]
        small.stop()
        large.stop()

    assert across == back
    assert across["entries"]
    assert proofs == [None, None]


def test_a_backup_is_of_one_moment_while_others_write(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    session = vault.record()
    copy_tables, stood = backups.copy_tables, len(content(vault)["entries"])

    def meanwhile(source: Connection, copy: Connection) -> None:
        source.execute(text("SELECT COUNT(*) FROM sites"))
        vault.chart(session, 3)
        vault.record("2")
        copy_tables(source, copy)

    monkeypatch.setattr(backups, "copy_tables", meanwhile)
    file = vault.back_up()

    assert read_manifest(file, KEYS.backup).counts["entries"] == stood


def test_a_file_is_never_written_over(vault: Vault) -> None:
    file = vault.folder / "clinic.backup"
    file.write_text("somebody's file")

    with pytest.raises(BackupError, match="is there already"):
        vault.back_up()

    assert file.read_text() == "somebody's file"


def test_a_backup_to_nowhere_is_told(vault: Vault) -> None:
    with pytest.raises(BackupError, match="cannot be written"):
        vault.back_up("missing/clinic.backup")


def test_broken_records_make_no_backup(vault: Vault) -> None:
    session = vault.record()
    with vault.kept.database.engine.begin() as connection:
        if vault.kept.database.is_sqlite:
            connection.execute(text("DROP TRIGGER entries_no_update"))
        else:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE entries SET author = 'somebody else' WHERE seq = 2"))

    with pytest.raises(BrokenRecordsError, match=session):
        vault.back_up()

    assert [one.name for one in vault.folder.iterdir() if "backup" in one.name] == []


# What is refused


def in_file(*statements: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with past_every_guard(file) as raw:
            for statement in statements:
                raw.execute(statement)

    return change


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def another_manifest(**changes: object) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        manifest = read_manifest(file, KEYS.backup)
        other = Manifest(**{name: getattr(manifest, name) for name in Manifest.__slots__} | changes)
        with past_every_guard(file) as raw:
            values = (other.body(), other.signature(KEYS.backup))
            raw.execute("UPDATE backup_manifest SET body = ?, signature = ?", values)

    return change


def another_database(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE entries (id TEXT)")
    made.close()


TWO_FACED = """
    ALTER TABLE accounts RENAME TO old_accounts;
    CREATE VIEW accounts AS SELECT * FROM old_accounts
"""
COMPUTED = "ALTER TABLE chairs ADD COLUMN x INTEGER GENERATED ALWAYS AS (1) VIRTUAL"
TRIGGER = "CREATE TRIGGER x AFTER INSERT ON chairs BEGIN SELECT 1; END"
TRIGGER_OF_OURS = "CREATE TRIGGER entries_no_update AFTER INSERT ON entries BEGIN DELETE FROM accounts; END"


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "half of it": (half, "damaged|whole"),
    "no database": (lambda file: file.write_text("hello"), "not a backup"),  # type: ignore[dict-item]  # what it returns is not used
    "empty": (lambda file: file.write_text(""), "not a backup"),  # type: ignore[dict-item]  # what it returns is not used
    "another database": (another_database, "not a backup"),
    "another program": (another_manifest(product="parkside"), "another program"),
    "a newer form": (another_manifest(form=2), "newer version"),
    "a newer revision": (another_manifest(revision="9999"), "newer version"),
    "an altered manifest": (
        in_file("UPDATE backup_manifest SET body = replace(body, '1', '2')"),
        "manifest was altered",
    ),
    "an altered entry": (in_file("UPDATE entries SET author = 'x' WHERE seq = 2"), "entries is not what was saved"),
    "a missing entry": (in_file("DELETE FROM entries WHERE seq = 4"), "entries is not what was saved"),
    "a new admin": (in_file("UPDATE accounts SET role = 'admin'"), "accounts is not what was saved"),
    "another password": (in_file("UPDATE accounts SET password_hash = 'x'"), "accounts is not what was saved"),
    "a table less": (in_file("DROP TABLE device_tokens"), "damaged"),
    "a column more": (in_file("ALTER TABLE chairs ADD COLUMN x INTEGER"), "chairs is not what was saved"),
    "a computed column": (in_file(COMPUTED), "chairs is not what was saved"),
    "a view in the place of a table": (in_file(*TWO_FACED.split(";")), "view accounts"),
    "a view in the place of the manifest": (
        in_file(*TWO_FACED.replace("accounts", "backup_manifest").split(";")),
        "view backup_manifest",
    ),
    "a view more": (in_file("CREATE VIEW x AS SELECT 1"), "view x is not what was saved"),
    "a trigger more": (in_file(TRIGGER), "trigger x is not what was saved"),
    "another trigger of a name of ours": (in_file(TRIGGER_OF_OURS), "trigger entries_no_update is not"),
    "a virtual table": (in_file("CREATE VIRTUAL TABLE x USING fts5(y)"), "table x"),
    "a table more": (in_file("CREATE TABLE x (y TEXT)"), "table x is not what was saved"),
    "an index more": (in_file("CREATE INDEX x ON accounts (id)"), "index x is not what was saved"),
    "another revision": (in_file("UPDATE alembic_version SET version_num = '0001'"), "its revision"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_good_backup_is_refused_and_nothing_is_touched(vault: Vault, what: str) -> None:
    filled(vault)
    file = vault.back_up()
    spoil, said = BAD[what]
    spoil(file)
    before = content(vault)
    names = sorted(one.name for one in vault.folder.iterdir() if not one.name.endswith(("-wal", "-shm")))

    with pytest.raises(ChairsideError, match=said):
        vault.restore(file)

    left = sorted(one.name for one in vault.folder.iterdir() if not one.name.endswith(("-wal", "-shm")))
    assert content(vault) == before
    assert left == names


def test_a_backup_of_another_key_is_foreign(vault: Vault) -> None:
    vault.record()
    file = vault.back_up()

    with pytest.raises(BackupError, match="CHAIRSIDE_SECRET_KEY"):
        read_manifest(file, Keys.of(bytes(32)).backup)


def test_records_are_only_put_aside_when_asked_for_and_then_kept(vault: Vault) -> None:
    file = vault.back_up()
    session = vault.record("2")

    with pytest.raises(BackupError, match="--replace"):
        vault.restore(file, replace=False)
    kept_as = vault.restore(file).kept_as

    assert kept_as is not None
    assert entries_in(vault, kept_as) == 4
    assert not vault.kept.records.has_session(session)


def entries_in(vault: Vault, kept_as: str) -> int:
    if vault.kept.database.is_sqlite:
        aside = Vault(vault.folder, f"sqlite:///{kept_as}", name="aside.jsonl")
        found = len(content(aside)["entries"])
        aside.stop()
        return found
    schema = kept_as.removeprefix("schema ")
    with vault.kept.database.read() as connection:
        return int(connection.scalar(text(f'SELECT COUNT(*) FROM "{schema}".entries')) or 0)  # noqa: S608  # our own schema


def test_an_empty_database_takes_a_backup_without_asking(vault: Vault) -> None:
    session = vault.record()
    file = vault.back_up()
    vault.restore(file)
    empty = vault.restore(file)  # on SQLite below a file that is not there, on PostgreSQL a schema
    assert empty.kept_as is not None

    if vault.kept.database.is_sqlite:
        vault.stop()
        (vault.folder / "chairside.db").unlink()
        assert vault.restore(file, replace=False).kept_as is None

    assert vault.kept.records.has_session(session)


def test_a_database_that_cannot_be_read_is_put_aside_as_it_is(sqlite_url: str, tmp_path: Path) -> None:
    vault = Vault(tmp_path, sqlite_url)
    session = vault.record()
    file = vault.back_up()
    vault.stop()
    (tmp_path / "chairside.db").write_bytes(b"destroyed" * 1000)
    vault.start = lambda: None  # type: ignore[method-assign]  # nothing starts on what is destroyed

    with pytest.raises(BackupError, match="--replace"):
        vault.restore(file, replace=False)
    kept_as = vault.restore(file).kept_as
    Vault.start(vault)

    assert kept_as is not None
    assert Path(kept_as).read_bytes().startswith(b"destroyed")
    assert vault.kept.records.has_session(session)
    vault.stop()


def test_a_backup_of_an_older_form_is_brought_to_the_newest(vault: Vault) -> None:
    session = vault.record()
    file = older(vault)

    vault.restore(file)

    assert vault.kept.records.has_session(session)
    assert vault.prove().broken is None
    assert read_manifest(file, KEYS.backup).revision == "0001", "the backup itself is left as it was"


def older(vault: Vault) -> Path:
    """Return a backup as the first release would have made it."""
    newest, old = vault.back_up("newest"), vault.folder / "older"
    database = Database(f"sqlite:///{old}")
    migrate(database, "0001")
    database.close()
    with past_every_guard(old) as raw:
        raw.text_factory = str
        raw.execute("ATTACH DATABASE ? AS newest", (str(newest),))
        there = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [name for name in there if name not in {"alembic_version", "web_sessions"}]
        for table in tables:
            columns = ", ".join(name for (name,) in raw.execute(f"SELECT name FROM pragma_table_info('{table}')"))  # noqa: S608  # our own tables
            raw.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newest.{table}")  # noqa: S608  # likewise
    manifest = read_manifest(newest, KEYS.backup)
    with whole(sqlite(old)) as copy:
        found = {table: backups._digest(copy, table) for table in tables}  # noqa: SLF001  # as the first release did
        counts, digests = ({table: one[place] for table, one in found.items()} for place in (0, 1))
        made = replace(manifest, revision="0001", counts=counts, digests=digests)  # type: ignore[arg-type]  # numbers, and digests
        backups._write_manifest(copy, made, KEYS.backup)  # noqa: SLF001  # likewise
    return old
