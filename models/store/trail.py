"""The trail in the database: numbered lines, each tied to the one before; added to, searched and proved."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy import insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from models.errors import ConflictError
from models.store.chain import Break, derive_key
from models.store.engine import Database
from models.store.snapshot import moment_of, records
from models.store.tables import TrailRow

_LOCK: Final = 7_241_368
_CHAINED: Final = (
    "number",
    "id",
    "site_id",
    "kind",
    "person",
    "role",
    "address",
    "device",
    "session_id",
    "patient_id",
    "about",
)
"""The columns under the digest, beside the moment and the line before."""
_PATIENCE: Final = 0.3
_PAGE_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the trail; ids and account names only, never a patient's name or what somebody noted."""

    site: str
    at: datetime
    kind: str
    person: str | None = None
    role: str | None = None
    address: str | None = None
    device: str | None = None
    session: str | None = None
    patient: str | None = None
    about: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in the trail; what is ``None`` does not narrow."""

    person: str | None = None
    kind: str | None = None
    session: str | None = None
    patient: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Only lines with a smaller number: how a page goes on."""


@dataclass(frozen=True, slots=True)
class TrailHead:
    """The last line of the trail at some moment."""

    number: int
    id: str
    hash: str


def trail_key(chain_key: bytes) -> bytes:
    """Derive the key of the trail from the one of the records."""
    return derive_key(chain_key, "trail")


class TrailStore:
    """Adds lines and finds them again; nothing here changes one."""

    def __init__(self, database: Database, key: bytes) -> None:
        """Keep the trail on ``database``, chained with ``key``."""
        self.database, self._key = database, key

    def add(self, lines: Sequence[Line], patience: float | None = _PATIENCE) -> None:
        """Write lines durably; whoever charts goes first.

        Raises:
            NotStoredNowError: they could not be written now.
            ConflictError: one of them can never be: it contradicts what is there.
        """
        try:
            with self.database.write(patience) as connection:
                self.add_within(connection, lines)
        except IntegrityError as error:
            raise ConflictError("This line of the trail names what is not there.") from error

    def add_within(self, connection: Connection, lines: Sequence[Line]) -> None:
        """Write lines within a transaction that is open: they are there exactly if what it changes is."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        head = trail_head(connection) or TrailHead(0, "", "")
        number, previous = head.number, head.hash
        for line in lines:
            number += 1
            row = _row(line, number, previous)
            previous = row["hash"] = _digest(self._key, row)
            connection.execute(insert(TrailRow).values(row))

    def find(self, site: str, wanted: Wanted, limit: int = 50) -> list[Line]:
        """Return lines of a site, newest first."""
        table, found = TrailRow, select(TrailRow.__table__).where(TrailRow.site_id == site)
        for column, value in (
            (table.person, wanted.person),
            (table.kind, wanted.kind),
            (table.session_id, wanted.session),
            (table.patient_id, wanted.patient),
        ):
            if value is not None:
                found = found.where(column == value)
        if wanted.since is not None:
            found = found.where(table.at >= wanted.since)
        if wanted.until is not None:
            found = found.where(table.at < wanted.until)
        if wanted.before is not None:
            found = found.where(table.number < wanted.before)
        with self.database.read() as connection:
            rows = connection.execute(found.order_by(table.number.desc()).limit(min(limit, _PAGE_MOST))).mappings()
            return [_line(row) for row in rows]


def trail_head(connection: Connection) -> TrailHead | None:
    """Return the last line of the trail; ``None`` where nothing was written yet."""
    table = TrailRow
    wanted = select(table.number, table.id, table.hash).order_by(table.number.desc()).limit(1)
    row = connection.execute(wanted).first()
    return None if row is None else TrailHead(row.number, row.id, row.hash)


def trail_break(connection: Connection, key: bytes, known: TrailHead | None = None) -> Break | None:
    """Recompute the trail and name its first break; ``known`` is a line that must be there."""
    previous, number = "", 0
    for row in records(connection, "SELECT * FROM trail ORDER BY number"):
        number += 1
        if row["number"] != number:
            return _broken(f"line {number} is missing")
        try:
            fits = row["previous_hash"] == previous and _digest(key, row | {"at": moment_of(row["at"])}) == row["hash"]
        except (ValueError, TypeError):
            fits = False
        if not fits:
            return _broken(f"line {number} ({row['id']}) was changed, or written without the key")
        previous = row["hash"]
        if known is not None and known.number == number and known.hash != previous:
            return _broken(f"another line stands in the place of line {number} ({known.id})")
    if known is not None and known.number > number:
        return _broken(f"it was cut off: {number} lines are left of {known.number}")
    return None


def _broken(why: str) -> Break:
    return Break("", "", 0, f"the trail does not hold: {why}")


def _row(line: Line, number: int, previous: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "number": number,
        "site_id": line.site,
        "at": line.at,
        "kind": line.kind,
        "person": line.person,
        "role": line.role,
        "address": line.address,
        "device": line.device,
        "session_id": line.session,
        "patient_id": line.patient,
        "about": line.about,
        "previous_hash": previous,
    }


def _digest(key: bytes, row: Mapping[str, Any]) -> str:
    parts = [row["previous_hash"], row["at"].astimezone(UTC).isoformat()]
    parts += [row[name] for name in _CHAINED]
    return hmac.digest(key, orjson.dumps(parts), "sha256").hex()


def _line(row: sa.RowMapping) -> Line:
    return Line(
        site=row["site_id"],
        at=row["at"],
        kind=row["kind"],
        person=row["person"],
        role=row["role"],
        address=row["address"],
        device=row["device"],
        session=row["session_id"],
        patient=row["patient_id"],
        about=row["about"],
        number=row["number"],
    )
