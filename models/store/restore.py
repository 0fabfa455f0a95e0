"""Restoring: a proven backup takes the place of a database, what was there is kept aside, and the record says so."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, text
from sqlalchemy.engine import URL, Connection

from models.store.anchor import AnchorError, read_anchor
from models.store.backup import (
    BackupError,
    Manifest,
    copy_tables,
    first_fault,
    proven_backup,
    read_manifest,
    sqlite,
    sync,
    unfinished,
)
from models.store.chain import Keys
from models.store.engine import sqlite_driver
from models.store.migrate import newest_revision, upgrade
from models.store.restorations import last_restoration, next_restoration, read_restorations, write_restoration
from models.store.snapshot import UnreadableError, moment_of, records, rows, snapshot, whole
from models.store.tables import RestorationRow
from models.store.verify import Head

_HELD: Final = ("accounts", "patients", "sessions", "chairs", "device_tokens")
_NOT_EMPTY: Final = (
    "There are records in this database already: restore with --replace to put them aside, and keep them."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where what was there before is kept (``None``: nothing was there)."""

    manifest: Manifest
    kept_as: str | None


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the database that is replaced: is something in it, and which restorations it had."""

    holds_records: bool
    restorations: tuple[Mapping[str, Any], ...] = ()


def restore_backup(  # noqa: PLR0913  # from where, to where, and what is known there
    file: Path, url: URL, keys: Keys, *, now: datetime, replace: bool, anchor: Path
) -> Restored:
    """Put a backup in the place of a database on which no server runs; refused, it has touched nothing.

    Raises:
        BackupError: the backup is not good, or there are records and ``replace`` was not asked for.
    """
    with _newest_form(file, keys) as (manifest, source):
        before = _before(url, keys)
        if before.holds_records and not replace:
            raise BackupError(_NOT_EMPTY)
        broken = first_fault(source, keys)
        if broken is not None:
            raise BackupError(f"{file} holds records that were altered: {broken.sentence()}.")
        put_back = _Putting(source, manifest, before, keys, now, _anchored(anchor, keys))
        kept_as = _into_sqlite(url, put_back) if url.get_backend_name() == "sqlite" else _into_postgres(url, put_back)
    return Restored(manifest, kept_as)


@contextmanager
def _newest_form(file: Path, keys: Keys) -> Iterator[tuple[Manifest, Connection]]:
    """Open the proven backup itself, or a proven copy of it brought to the newest form where it is of an older one."""
    with proven_backup(file, keys.backup) as (manifest, source):
        if manifest.revision == newest_revision():
            yield manifest, source
            return
    with tempfile.TemporaryDirectory(prefix="chairside-restore-") as folder:
        copy = Path(folder) / file.name
        shutil.copyfile(file, copy)
        manifest = read_manifest(copy, keys.backup)  # again: what was proved may not be what was copied
        with whole(sqlite(copy)) as connection:
            upgrade(connection)
        with snapshot(sqlite(copy)) as source:
            yield manifest, source


def _before(url: URL, keys: Keys) -> Before:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return Before(holds_records=False)
    try:
        with snapshot(url) as connection:
            return _look(connection, keys)
    except UnreadableError:
        if url.get_backend_name() != "sqlite":
            raise
        return Before(holds_records=True)


def _look(connection: Connection, keys: Keys) -> Before:
    there = set(connection.dialect.get_table_names(connection))
    held = any(
        connection.scalar(text(f"SELECT 1 FROM {table} LIMIT 1"))  # noqa: S608  # our own tables
        for table in _HELD
        if table in there
    )
    if "restorations" not in there or read_restorations(connection, keys.restoration)[1] is not None:
        return Before(held)
    return Before(held, tuple(records(connection, "SELECT * FROM restorations ORDER BY number")))


def _anchored(anchor: Path, keys: Keys) -> int:
    """Return the last restoration that the anchor knows of; 0 where there is none to read."""
    with suppress(AnchorError):
        return read_anchor(anchor, keys.anchor).restored if anchor.exists() else 0
    return 0


@dataclass(frozen=True, slots=True)
class _Putting:
    """A proven backup on its way into an empty database."""

    source: Connection
    manifest: Manifest
    before: Before
    keys: Keys
    now: datetime
    anchored: int

    def into(self, target: Connection) -> None:
        """Write the tables, every row, and the record of this restoration."""
        upgrade(target)
        copy_tables(self.source, target)
        base = last_restoration(target)
        self._carry_over(target)
        number = next_restoration(target, self.anchored, self.now)
        backup = {"id": self.manifest.id, "made_at": self.manifest.made_at}
        write_restoration(
            target,
            self.keys.restoration,
            self.manifest.site,
            now=self.now,
            number=number,
            backup=backup,
            base=base,
            heads=_heads(target),
        )

    def _carry_over(self, target: Connection) -> None:
        """Keep the restorations that the replaced database had after the one the backup stood on."""
        known = list(rows(target, "SELECT number, hash FROM restorations ORDER BY number"))
        base, tip = known[-1] if known else (0, "")
        for row in self.before.restorations:
            if row["number"] <= base:
                continue
            if row["previous_hash"] != tip or row["site_id"] != self.manifest.site:
                return
            target.execute(insert(RestorationRow).values(dict(row) | {"restored_at": moment_of(row["restored_at"])}))
            tip = row["hash"]


def _heads(connection: Connection) -> dict[str, Head]:
    query = """
        SELECT e.session_id, e.seq, e.id, e.hash FROM entries e
        JOIN session_index i ON i.session_id = e.session_id AND i.last_seq = e.seq ORDER BY e.session_id
    """
    return {row[0]: Head(*row) for row in rows(connection, query)}


def _into_sqlite(url: URL, put_back: _Putting) -> str | None:
    database = Path(url.database or "")
    with unfinished(database) as part:
        with whole(sqlite(part)) as target:
            put_back.into(target)
        sync(part)
        kept_as = _set_file_aside(database, put_back.now) if database.exists() else None
        part.replace(database)
        sync(database.parent)
    return kept_as


def _set_file_aside(database: Path, now: datetime) -> str:
    """Give the old file a second name, under which it stays when the new one takes the first."""
    with suppress(sqlite_driver().Error):
        old = sqlite_driver().connect(str(database))
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.close()
    aside = database.with_name(f"{database.name}.replaced-{now:%Y%m%dT%H%M%S}")
    try:
        os.link(database, aside)
        for end in ("-wal", "-shm"):  # left only where the old file cannot be opened any more
            if database.with_name(database.name + end).exists():
                database.with_name(database.name + end).rename(aside.with_name(aside.name + end))
    except OSError as error:
        raise BackupError(f"{database} cannot be kept as {aside.name}: {error.strerror}.") from error
    return str(aside)


def _into_postgres(url: URL, put_back: _Putting) -> str | None:
    with whole(url) as target:
        kept_as = _set_schema_aside(target, put_back.now)
        put_back.into(target)
    return kept_as


def _set_schema_aside(target: Connection, now: datetime) -> str | None:
    """Rename the schema that holds the old tables, and begin an empty one in its place, in the same transaction."""
    if not target.dialect.get_table_names(target):
        return None
    schema = str(target.scalar(text("SELECT current_schema()")))
    aside = f"{schema}_replaced_{now:%Y%m%dT%H%M%S}".lower()
    target.exec_driver_sql(f'ALTER SCHEMA "{schema}" RENAME TO "{aside}"')
    target.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    return f"schema {aside}"
