"""Verifying records: every chain recomputed from what is stored, and compared with what is known from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy.engine import URL, Connection

from models.store.chain import Around, Break, Link, genesis, holds, row_around
from models.store.diagnosis import Stored, why_broken
from models.store.snapshot import moment_of, records, rows, snapshot

_COLUMNS: Final = (*Link.columns(), "previous_hash", "hash")
_PREVIOUS, _HASH = _COLUMNS.index("previous_hash"), _COLUMNS.index("hash")
_MEASURED = _COLUMNS.index("measured_at")
_OF_SESSION: Final = itemgetter(1)
_UNREADABLE: Final = "it cannot be read: it was changed"
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """An entry that is known to have been there, and where that is known from."""

    session: str
    seq: int
    entry: str
    hash: str
    source: str = ""


Heads = Mapping[str, Sequence[Head]]


@dataclass(slots=True)
class Found:
    """What there was to verify, and the first break; ``None`` while everything holds."""

    entries: int = 0
    sessions: int = 0
    broken: Break | None = None


def link_of(row: Row) -> Link:
    """Return the entry of a row of ``_COLUMNS``.

    Raises:
        ValueError: a moment is not one that the program wrote.
    """
    moments = moment_of(row[_MEASURED]), moment_of(row[_MEASURED + 1])
    return Link(*row[:_MEASURED], *moments, *row[_MEASURED + 2 : _PREVIOUS])  # type: ignore[call-arg]  # as many as columns


def first_break(url: URL, key: bytes, session: str | None = None) -> Break | None:
    """Recompute the chains of all sessions, or of one, and name the first break."""
    with snapshot(url) as connection:
        return verify_records(connection, key, session).broken


def verify_records(connection: Connection, key: bytes, session: str | None = None, known: Heads | None = None) -> Found:
    """Recompute chains within one snapshot, and look for the heads that are ``known`` from elsewhere."""
    found = Found()
    try:
        found.broken = next(_breaks(connection, key, session, known or {}, found), None)
    except (UnicodeError, TypeError):
        found.broken = Break("", "", 0, "the database cannot be read: it is damaged")
    return found


def _breaks(connection: Connection, key: bytes, session: str | None, known: Heads, found: Found) -> Iterator[Break]:
    around = Surroundings(connection)
    yield from around.breaks(session)
    wanted = "" if session is None else "WHERE session_id = :session"
    query = f"SELECT {', '.join(_COLUMNS)} FROM entries {wanted} ORDER BY session_id, seq"  # noqa: S608  # our own columns
    values = {} if session is None else {"session": session}
    for name, group in groupby(rows(connection, query, **values), key=_OF_SESSION):
        stored = list(group)
        found.sessions += 1
        found.entries += len(stored)
        around.unseen.pop(name, None)
        yield from _present(_chain_break(key, name, stored, around), around.misplaced(name, len(stored)))
        yield from _missing_heads(known.get(name, ()), stored)
    yield from _gone(session, known, around)


def _present(*breaks: Break | None) -> Iterator[Break]:
    yield from (one for one in breaks if one is not None)


def _chain_break(key: bytes, session: str, stored: Sequence[Row], around: Surroundings) -> Break | None:
    previous = genesis(key, session)
    for place, row in enumerate(stored):
        try:
            link = link_of(row)
            rests_on = around.of(link)
            fits = row[_PREVIOUS] == previous and holds(key, previous, link, rests_on, row[_HASH])
        except (ValueError, TypeError):
            return Break(session, str(row[3]), _number(row[2]), _UNREADABLE)
        if not fits:
            return _diagnosed(key, stored, around, place, previous)
        previous = row[_HASH]
    return None


def _number(stored: object) -> int:
    return stored if isinstance(stored, int) else 0


def _diagnosed(key: bytes, stored: Sequence[Row], around: Surroundings, place: int, previous: str) -> Break:
    row = stored[place]
    try:
        links = [link_of(one) for one in stored]
        kept = [
            Stored(link, one[_PREVIOUS], one[_HASH], around.of(link)) for link, one in zip(links, stored, strict=True)
        ]
        return why_broken(key, kept, place, previous)
    except (ValueError, TypeError):
        return Break(str(row[1]), str(row[3]), _number(row[2]), "its content was changed, and others cannot be read")


def _missing_heads(known: Iterable[Head], stored: Sequence[Row]) -> Iterator[Break]:
    for head in known:
        if head.seq > len(stored):
            left = f"{len(stored)} entries are left of {head.seq}"
            yield Break(head.session, head.entry, head.seq, f"the record was cut off: {left}{head.source}")
        elif stored[head.seq - 1][_HASH] != head.hash:
            yield Break(head.session, head.entry, head.seq, f"another entry stands in its place{head.source}")


def _gone(session: str | None, known: Heads, around: Surroundings) -> Iterator[Break]:
    for name in around.unseen:
        if session in {None, name}:
            yield Break(name, "", 0, "all its entries are missing")
    for name, heads in known.items():
        if name not in around.sessions and session in {None, name}:
            head = max(heads, key=lambda one: one.seq)
            yield Break(name, head.entry, head.seq, f"the session is gone{head.source}")


@dataclass(slots=True)
class Surroundings:
    """What entries rest on: sessions, protocols and patients; and the index, which must agree with the entries."""

    connection: Connection
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    protocols: dict[str, dict[str, Any]] = field(default_factory=dict)
    patients: dict[str, dict[str, Any]] = field(default_factory=dict)
    unseen: dict[str, None] = field(default_factory=dict)
    index: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read all of them."""
        for name in ("sessions", "protocols", "patients"):
            query = f"SELECT * FROM {name} ORDER BY id"  # noqa: S608  # our own tables
            setattr(self, name, {row["id"]: row for row in records(self.connection, query)})
        self.unseen = dict.fromkeys(self.sessions)
        query = "SELECT session_id, site_id, last_seq FROM session_index"
        self.index = {row[0]: row[1:] for row in rows(self.connection, query)}

    def breaks(self, session: str | None) -> Iterator[Break]:
        """Name protocols that are not what their fingerprint says, by the first session that is judged by them."""
        judged = self.sessions.get(session or "", {}).get("protocol_id")
        for protocol in self.protocols.values():
            if session is not None and protocol["id"] != judged:
                continue
            if _fingerprint(protocol["body"]) != protocol["fingerprint"]:
                using = (one["id"] for one in self.sessions.values() if one["protocol_id"] == protocol["id"])
                said = f"the protocol {protocol['id']} that it is judged by was changed"
                yield Break(session or next(using, ""), "", 0, said)

    def misplaced(self, session: str, entries: int) -> Break | None:
        """Name a session whose row or place in the index does not agree with its entries."""
        row = self.sessions.get(session)
        if row is None:
            return Break(session, "", 0, "its session is missing: only entries are left")
        if self.index.get(session) != (row["site_id"], entries):
            return Break(session, "", 0, "the index of sessions does not agree with its entries")
        return None

    def of(self, link: Link) -> Around:
        """Return the rows that an entry rests on.

        Raises:
            ValueError: one of them, or the entry itself, cannot be read.
        """
        patient = self._row("patients", self.patients, _patient(link))
        if link.seq != 1:
            return patient
        session = self.sessions.get(link.session, {})
        protocol = self._row("protocols", self.protocols, session.get("protocol_id"))
        return (*self._row("sessions", self.sessions, link.session), *protocol, *patient)

    def _row(self, table: str, known: Mapping[str, dict[str, Any]], row_id: str | None) -> Around:
        row = known.get(row_id or "")
        if row is None:
            return ()
        return (row_around(table, row | {"created_at": moment_of(row["created_at"])}),)


def _fingerprint(body: object) -> str:
    try:
        return sha256(json.dumps(orjson.loads(str(body)), sort_keys=True).encode()).hexdigest()
    except (orjson.JSONDecodeError, UnicodeError):
        return ""


def _patient(link: Link) -> str | None:
    """Return the patient that an entry names: that of an opening, or of what replaces one."""
    if link.kind == "opening":
        named = orjson.loads(link.body)
    elif link.kind == "correction" and '"patient_id"' in link.body:
        named = orjson.loads(link.body).get("replacement") or {}
    else:
        return None
    return str(named["patient_id"]) if isinstance(named, dict) and "patient_id" in named else None
