"""Protocols in the database: versions that never change, drafts that do, and who published or signed off what."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import IntegrityError

from models.errors import ConflictError, NotFoundError
from models.protocol import Protocol
from models.store.engine import Database
from models.store.tables import ProtocolDraftRow, ProtocolMarkRow, ProtocolRow

PUBLISHED: Final = "published"
SIGNED_OFF: Final = "signed_off"


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody published a version, or signed off its limits."""

    kind: str
    author: str
    made_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a protocol as it is kept, with what was said of it; ``in_force`` for new sessions."""

    id: str
    protocol: Protocol
    created_at: datetime
    marks: tuple[Mark, ...] = ()
    in_force: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A protocol that is being edited: the body as somebody left it, faults and all."""

    id: str
    base_id: str
    revision: int
    author: str
    changed_at: datetime
    body: dict[str, Any]


class ProtocolStore:
    """Reads and writes the protocols of a site."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def seed(self, site: str, protocol: Protocol, now: datetime) -> None:
        """Store the protocol that ships where a site has none; what a clinic published is never replaced."""
        with self.database.write() as connection:
            there = connection.scalar(select(ProtocolRow.id).where(ProtocolRow.site_id == site).limit(1))
            if there is None:
                _insert(connection, site, replace(protocol, version=1), now)

    def in_force(self, site: str, name: str | None = None) -> str:
        """Return the id of the newest version of a protocol; without a name, of the site's first one.

        Raises:
            NotFoundError: there is none of that name.
        """
        with self.database.read() as connection:
            found = connection.scalar(_newest(site, name or _first_name(connection, site)))
        if found is None:
            raise NotFoundError("There is no protocol of that name.")
        return str(found)

    def versions(self, site: str) -> list[Version]:
        """Return every version of every protocol, newest first."""
        with self.database.read() as connection:
            return _versions(connection, site, _rows(site))

    def version(self, site: str, version: str) -> Version:
        """Return one version.

        Raises:
            NotFoundError: there is none of this id on this site.
        """
        with self.database.read() as connection:
            found = _versions(connection, site, _rows(site).where(ProtocolRow.id == version))
        if not found:
            raise NotFoundError("There is no such version of a protocol.")
        return found[0]

    def sign_off(self, site: str, version: str, author: str, reason: str, now: datetime) -> None:
        """Keep that somebody stands for the limits of a version."""
        with self.database.write() as connection:
            _mark(connection, site, version, SIGNED_OFF, author, reason, now)

    def drafts(self, site: str) -> list[Draft]:
        """Return the drafts, the last one changed first."""
        wanted = select(ProtocolDraftRow.__table__).where(ProtocolDraftRow.site_id == site)
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(ProtocolDraftRow.changed_at.desc())).mappings()
            return [_draft(row) for row in rows]

    def draft(self, site: str, draft: str) -> Draft:
        """Return one draft.

        Raises:
            NotFoundError: there is none of this id on this site.
        """
        with self.database.read() as connection:
            return _found(connection, site, draft)

    def add_draft(self, site: str, base: Version, author: str, now: datetime) -> Draft:
        """Begin a draft as a copy of a version."""
        body = {key: value for key, value in base.protocol.as_json().items() if key != "version"}
        draft = Draft(str(uuid.uuid4()), base.id, 1, author, now, body)
        row = {"id": draft.id, "site_id": site, "base_id": base.id} | _kept(draft)
        with self.database.write() as connection:
            connection.execute(insert(ProtocolDraftRow).values(row))
        return draft

    def save_draft(  # noqa: PLR0913, PLR0917  # which, over what, by whom, when, and what it says now
        self, site: str, draft: str, revision: int, author: str, now: datetime, body: dict[str, Any]
    ) -> Draft:
        """Put a new body in the place of the one that was read.

        Raises:
            NotFoundError: there is no such draft any more.
            ConflictError: somebody saved it since it was read.
        """
        with self.database.write() as connection:
            known = _found(connection, site, draft)
            if known.revision != revision:
                said = f"{known.author} saved this draft since you read it. Load it again; nothing was changed."
                raise ConflictError(said)
            saved = replace(known, revision=revision + 1, author=author, changed_at=now, body=body)
            table = ProtocolDraftRow
            connection.execute(update(table).where(table.id == draft).values(_kept(saved)))
        return saved

    def drop_draft(self, site: str, draft: str) -> None:
        """Throw a draft away."""
        with self.database.write() as connection:
            _drop(connection, site, draft)

    def publish(  # noqa: PLR0913, PLR0917  # which draft, as what, by whom, why and when
        self, site: str, draft: Draft, protocol: Protocol, author: str, reason: str, now: datetime
    ) -> str:
        """Make a draft the next version of its name; it is gone as a draft then.

        Raises:
            NotFoundError: the draft is gone: it was published or thrown away.
            ConflictError: it was saved since it was read, or somebody published at the same moment.
        """
        try:
            with self.database.write() as connection:
                if _found(connection, site, draft.id).revision != draft.revision:
                    raise ConflictError("This draft was saved since you read it. Look at it again before publishing.")
                newest = connection.scalar(
                    select(func.max(ProtocolRow.version)).where(
                        ProtocolRow.site_id == site, ProtocolRow.name == protocol.name
                    )
                )
                version = _insert(connection, site, replace(protocol, version=(newest or 0) + 1), now)
                _mark(connection, site, version, PUBLISHED, author, reason, now)
                _drop(connection, site, draft.id)
        except IntegrityError as error:
            raise ConflictError("Another version was published at the same moment. Try again.") from error
        return version


def _insert(connection: Connection, site: str, protocol: Protocol, now: datetime) -> str:
    row = {
        "id": str(uuid.uuid4()),
        "site_id": site,
        "name": protocol.name,
        "version": protocol.version,
        "fingerprint": protocol.fingerprint(),
        "body": orjson.dumps(protocol.as_json(), option=orjson.OPT_SORT_KEYS).decode(),
        "created_at": now,
    }
    connection.execute(insert(ProtocolRow).values(row))
    return str(row["id"])


def _mark(  # noqa: PLR0913, PLR0917  # the parts of a mark
    connection: Connection, site: str, version: str, kind: str, author: str, reason: str, now: datetime
) -> None:
    row = {
        "id": str(uuid.uuid4()),
        "site_id": site,
        "protocol_id": version,
        "kind": kind,
        "author": author,
        "made_at": now,
        "reason": reason,
    }
    connection.execute(insert(ProtocolMarkRow).values(row))


def _first_name(connection: Connection, site: str) -> str | None:
    """Return the name under which the site's first protocol came: its newest version is in force by default."""
    table = ProtocolRow
    wanted = select(table.name).where(table.site_id == site).order_by(table.created_at, table.version, table.id)
    return connection.scalar(wanted.limit(1))


def _newest(site: str, name: str | None) -> Select[str]:
    table = ProtocolRow
    wanted = select(table.id).where(table.site_id == site, table.name == name)
    return wanted.order_by(table.version.desc()).limit(1)


def _rows(site: str) -> Select[Any]:
    table = ProtocolRow
    wanted = select(ProtocolRow.__table__).where(table.site_id == site)
    return wanted.order_by(table.created_at.desc(), table.version.desc(), table.name)


def _versions(connection: Connection, site: str, wanted: Select[Any]) -> list[Version]:
    rows = list(connection.execute(wanted).mappings())
    marks = _marks(connection, site, [row["id"] for row in rows])
    default = connection.scalar(_newest(site, _first_name(connection, site)))
    return [
        Version(
            id=row["id"],
            protocol=Protocol.from_json(orjson.loads(row["body"])),
            created_at=row["created_at"],
            marks=tuple(marks.get(row["id"], ())),
            in_force=row["id"] == default,
        )
        for row in rows
    ]


def _marks(connection: Connection, site: str, versions: Iterable[str]) -> dict[str, list[Mark]]:
    table = ProtocolMarkRow
    wanted = select(ProtocolMarkRow.__table__).where(table.site_id == site, table.protocol_id.in_(list(versions)))
    found: dict[str, list[Mark]] = {}
    for row in connection.execute(wanted.order_by(table.made_at, table.kind, table.id)).mappings():
        mark = Mark(row["kind"], row["author"], row["made_at"], row["reason"])
        found.setdefault(row["protocol_id"], []).append(mark)
    return found


def _found(connection: Connection, site: str, draft: str) -> Draft:
    table = ProtocolDraftRow
    wanted = select(ProtocolDraftRow.__table__).where(table.site_id == site, table.id == draft)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise NotFoundError("There is no such draft. It may have been published or thrown away.")
    return _draft(row)


def _drop(connection: Connection, site: str, draft: str) -> None:
    _found(connection, site, draft)
    connection.execute(delete(ProtocolDraftRow).where(ProtocolDraftRow.id == draft))


def _draft(row: RowMapping) -> Draft:
    body = orjson.loads(row["body"])
    return Draft(row["id"], row["base_id"], row["revision"], row["author"], row["changed_at"], body)


def _kept(draft: Draft) -> dict[str, Any]:
    body = orjson.dumps(draft.body).decode()
    return {"revision": draft.revision, "author": draft.author, "changed_at": draft.changed_at, "body": body}
