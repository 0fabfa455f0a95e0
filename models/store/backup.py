"""Backups: one SQLite file with every table and a signed manifest, whatever database it was made from."""

from __future__ import annotations

import hmac
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Column, Table, insert, select, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

from models.errors import ChairsideError
from models.store.backup_form import MANIFEST_TABLE, foreign_parts
from models.store.chain import Break, Keys
from models.store.migrate import current_revision, knows_revision, newest_revision, upgrade
from models.store.proof import damage
from models.store.restorations import read_restorations
from models.store.snapshot import UnreadableError, rows, snapshot, whole
from models.store.tables import Base
from models.store.trail import trail_break, trail_key
from models.store.verify import verify_records

PRODUCT: Final = "chairside"
FORM: Final = 1
_LEFT_OUT: Final = frozenset({"web_sessions", "anchor_marks", "device_pins", "sign_in_tries", "review_facts"})
"""Who is signed in, PINs and wrong tries end with the server; an anchor belongs to a machine, not to a copy;
what the review asks is computed again from the records that were proved."""
_ROWS_AT_ONCE: Final = 1000


class BackupError(ChairsideError):
    """A backup cannot be made or is none; nothing was touched."""

    title = "No backup"


class BrokenRecordsError(ChairsideError):
    """The records do not hold, so that no good backup can be made of them."""

    title = "Records are broken"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; signed, so that it cannot be altered or come from elsewhere."""

    id: str
    made_at: str
    version: str
    revision: str
    site: str
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    product: str = PRODUCT
    form: int = FORM

    def signature(self, key: bytes) -> str:
        """Return the signature over all of it."""
        return hmac.digest(key, self.body().encode(), "sha256").hex()

    def body(self) -> str:
        """Return it as it is stored."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS).decode()


def make_backup(url: URL, keys: Keys, file: Path, *, now: datetime, version: str) -> Manifest:
    """Write a backup of one moment, prove it, and only then give it its name; the server may go on.

    Raises:
        BackupError: the file is there already or cannot be written, or the database is not in its newest form.
        BrokenRecordsError: the records do not hold.
        UnreadableError: the database is not there or is damaged.
    """
    if file.exists():
        raise BackupError(f"{file} is there already: choose another name. A backup never takes the place of a file.")
    with unfinished(file) as part:
        target = sqlite(part)
        with snapshot(url) as source, whole(target) as copy:
            _check_newest(source)
            upgrade(copy)
            copy_tables(source, copy)
        with whole(target) as copy:
            broken = first_fault(copy, keys)
            if broken is not None:
                raise BrokenRecordsError(broken.sentence())
            manifest = _manifest(copy, now, version)
            _write_manifest(copy, manifest, keys.backup)
        publish(part, file)
    return manifest


def sqlite(file: Path) -> URL:
    """Return the address of a SQLite file."""
    return URL.create("sqlite", database=str(file))


@contextmanager
def unfinished(file: Path) -> Iterator[Path]:
    """Make an empty file beside ``file`` for its owner's eyes only; it is gone afterwards unless it was published.

    Raises:
        BackupError: it cannot be written there.
    """
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error
    try:
        yield part
    finally:
        for name in (part, part.with_name(part.name + "-journal")):
            name.unlink(missing_ok=True)


def publish(part: Path, file: Path) -> None:
    """Give a finished file its name, durably, unless the name is taken.

    Raises:
        BackupError: the name is taken, or the disk did not take it.
    """
    try:
        sync(part)
        os.link(part, file)
        part.unlink()
        sync(file.parent)
    except FileExistsError as error:
        raise BackupError(f"{file} is there already: choose another name.") from error
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error


def sync(path: Path) -> None:
    """Make a file or a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_newest(source: Connection) -> None:
    if current_revision(source) != newest_revision():
        raise BackupError("The database is not in its newest form: run chairside migrate first.")


def copied_tables() -> list[Table]:
    """Return every table that travels, those first that others refer to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _LEFT_OUT]


def copy_tables(source: Connection, copy: Connection) -> None:
    """Copy every row from one database to the other, whatever they are.

    Raises:
        UnreadableError: a value cannot be read.
    """
    for table in copied_tables():
        order = _order(table)
        found = source.execute(select(table).order_by(*order), execution_options={"yield_per": _ROWS_AT_ONCE})
        try:
            for part in found.mappings().partitions(_ROWS_AT_ONCE):
                copy.execute(insert(table), [dict(row) for row in part])
        except (ValueError, TypeError) as error:
            raise UnreadableError(f"A value in {table.name} cannot be read: it was changed.") from error


def _order(table: Table) -> list[Column[Any]]:
    """Return in which order rows are copied: those that are chained in the order of their chains."""
    if table.name == "entries":
        return [table.c.session_id, table.c.seq]
    return [table.c.number] if table.name == "trail" else list(table.primary_key)


def first_fault(connection: Connection, keys: Keys) -> Break | None:
    """Prove the records of a copy: the file, the chains and the restorations."""
    return (
        damage(connection)
        or verify_records(connection, keys.chain).broken
        or read_restorations(connection, keys.restoration)[1]
        or trail_break(connection, trail_key(keys.chain))
    )


def _manifest(copy: Connection, now: datetime, version: str) -> Manifest:
    names = [str(table.name) for table in copied_tables()]
    digests = {name: _digest(copy, name) for name in names}
    return Manifest(
        id=str(uuid.uuid4()),
        made_at=now.isoformat(timespec="seconds"),
        version=version,
        revision=str(current_revision(copy)),
        site=str(copy.scalar(text("SELECT id FROM sites ORDER BY added_at NULLS FIRST, id LIMIT 1")) or ""),
        counts={name: count for name, (count, _) in digests.items()},
        digests={name: found for name, (_, found) in digests.items()},
    )


def _digest(copy: Connection, table: str) -> tuple[int, str]:
    """Return how many rows a table has, and a digest of all of them."""
    columns = list(rows(copy, f'SELECT name, pk FROM pragma_table_info("{table}") ORDER BY cid'))  # noqa: S608  # our own tables
    names = [f'"{name}"' for name, _ in columns]
    order = [f'"{name}"' for name, place in columns if place] or names
    found, count = sha256(orjson.dumps(names)), 0
    query = f'SELECT {", ".join(names)} FROM "{table}" ORDER BY {", ".join(order)}'  # noqa: S608  # our own tables
    for row in rows(copy, query):
        found.update(orjson.dumps(row) + b"\n")
        count += 1
    return count, found.hexdigest()


def _write_manifest(copy: Connection, manifest: Manifest, key: bytes) -> None:
    copy.execute(text(MANIFEST_TABLE))
    values = {"body": manifest.body(), "signature": manifest.signature(key)}
    copy.execute(text("INSERT INTO backup_manifest (body, signature) VALUES (:body, :signature)"), values)


def read_manifest(file: Path, key: bytes) -> Manifest:
    """Read what a backup says of itself, and prove that every row is as it was.

    Raises:
        BackupError: it is no backup, not a whole one, altered, of another key, or of a newer program.
    """
    with proven_backup(file, key) as (manifest, _):
        return manifest


@contextmanager
def proven_backup(file: Path, key: bytes) -> Iterator[tuple[Manifest, Connection]]:
    """Open a backup that was proved row by row; what is read from it next is read at the same moment of the file.

    Raises:
        BackupError: it is no backup, not a whole one, altered, of another key, or of a newer program.
    """
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(snapshot(sqlite(file)))
            manifest = _signed(copy, file, key)
            _check_content(copy, file, manifest)
        except (UnreadableError, DBAPIError, UnicodeError, TypeError) as error:
            raise BackupError(f"{file} is not a backup of Chairside, or it is damaged.") from error
        yield manifest, copy


def _check_content(copy: Connection, file: Path, manifest: Manifest) -> None:
    foreign = foreign_parts(copy, manifest.revision)
    if foreign or current_revision(copy) != manifest.revision:
        said = ", ".join(foreign) or "its revision"
        raise BackupError(f"{file} was altered or is damaged: {said} is not what was saved.")
    for table, digest in manifest.digests.items():
        if _digest(copy, table) != (manifest.counts.get(table), digest):
            raise BackupError(f"{file} was altered or is not whole: {table} is not what was saved.")


def _signed(copy: Connection, file: Path, key: bytes) -> Manifest:
    body, signature = next(rows(copy, "SELECT body, signature FROM backup_manifest"), ("", ""))
    try:
        said: dict[str, Any] = orjson.loads(body)
        product, form, revision = said["product"], said["form"], said["revision"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BackupError(f"{file} is not a backup of Chairside: it has no manifest.") from error
    if product != PRODUCT:
        raise BackupError(f"{file} is a backup of another program.")
    if not hmac.compare_digest(signature.encode(), hmac.digest(key, body.encode(), "sha256").hex().encode()):
        raise BackupError(
            f"{file} was made with another secret key (CHAIRSIDE_SECRET_KEY), or its manifest was altered."
        )
    if form != FORM or not knows_revision(revision):
        raise BackupError(f"{file} was made by a newer version of Chairside: install that version first.")
    return Manifest(**said)
