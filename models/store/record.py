"""The append-only record in the database: numbering, chaining, repeats, and where each session stands."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import IntegrityError

from models.entries import Content, Correction, Draft, Entry, Move, Opening, Signature, restore, same_entry
from models.errors import ConflictError, NotFoundError
from models.protocol import Protocol
from models.review_facts import facts_of
from models.session import Chair, Patient, Record, SessionView
from models.store.chain import Around, Break, Link, digest, genesis, row_around
from models.store.engine import Database
from models.store.faults import reach
from models.store.review_facts import write_facts
from models.store.tables import ChairRow, EntryRow, PatientRow, ProtocolRow, SessionIndexRow, SessionRow
from models.store.trail import TrailStore, trail_key
from models.store.verify import first_break

_CACHED_RECORDS: Final = 512
_PAGE_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a session stands according to the index."""

    session: str
    chair_id: str
    patient_id: str
    state: str
    arrived_at: datetime
    ended_at: datetime | None
    last_seq: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What came of an append: the view with it, the entry, and whether it is new."""

    view: SessionView
    entry: Entry
    created: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One entry to write: for which session, what is asked for, what speaks against it, and how it is folded."""

    session: str
    draft: Draft
    check: Callable[[Record], Content]
    see: Callable[[Record], SessionView]


class RecordStore:
    """Reads and appends records; every read is scoped by site."""

    def __init__(self, database: Database, chain_key: bytes) -> None:
        """Keep records on ``database``, chained with ``chain_key`` (which lives outside it)."""
        self.database = database
        self._key = chain_key
        self.trail = TrailStore(database, trail_key(chain_key))
        self._records: OrderedDict[str, tuple[str, Record]] = OrderedDict()
        self._lock = threading.Lock()
        self.on_signature: Callable[[str], object] = lambda _session: None
        """Told the session once a signature is stored, before it is answered; it must not raise."""

    def record(self, site: str, session: str) -> Record:
        """Return the whole record of a session.

        Raises:
            NotFoundError: there is none on this site.
        """
        with self.database.read() as connection:
            found = self._record(connection, site, session)
        self._remember(site, found)
        return found

    def unremembered(self, site: str, session: str) -> Record:
        """Return the whole record of a session without keeping it in mind: for who reads thousands once.

        Raises:
            NotFoundError: there is none on this site.
        """
        with self.database.read() as connection:
            return self._record(connection, site, session)

    def append(  # noqa: PLR0913  # what, by whom, on what, when, and the two questions asked on the way
        self,
        site: str,
        session: str,
        draft: Draft,
        *,
        author: str,
        device: str | None,
        now: datetime,
        check: Callable[[Record], Content],
        see: Callable[[Record], SessionView],
        skew_ms: int | None = None,
    ) -> Appended:
        """Write one entry durably, once.

        Args:
            site: the site the session must belong to.
            session: the session's id.
            draft: the entry as it was asked for.
            author: the account name of who wrote it.
            device: what it was written on, where known.
            now: the server's clock, the moment of recording.
            check: raises what speaks against it, given the record so far; returns the content to store.
            see: folds the record with the entry in it.
            skew_ms: how far the clock it was written by is ahead, where known.

        Raises:
            ConflictError: the id was used for something else, or the chair is taken.
        """
        part = Part(session, draft, check, see)
        return self.append_together(site, [part], author=author, device=device, now=now, skew_ms=skew_ms)[0]

    def append_together(  # noqa: PLR0913  # what, by whom, on what and when
        self,
        site: str,
        parts: Sequence[Part],
        *,
        author: str,
        device: str | None,
        now: datetime,
        skew_ms: int | None = None,
    ) -> list[Appended]:
        """Write entries of one or of several records in order, all of them or none; each once.

        Raises:
            ConflictError: an id was used for something else, or a chair is taken.
        """
        appended: list[Appended] = []
        after: list[Record] = []
        try:
            with self.database.write() as connection:
                for session in sorted({part.session for part in parts}):  # in one order: nobody waits in a circle
                    self._lock_session(connection, site, session)
                for part in parts:
                    done, record = self._append(
                        connection, site, part, author=author, device=device, now=now, skew_ms=skew_ms
                    )
                    appended.append(done)
                    after += [record] if done.created else []
                reach("before-commit")
        except IntegrityError as error:
            raise _conflict(error) from error
        reach("after-commit")
        for record in after:
            self._remember(site, record)
        for done in appended:
            if done.created and isinstance(done.entry.content, Signature):
                self.on_signature(done.entry.session)
        return appended

    def _append(  # noqa: PLR0913  # what, by whom, on what and when
        self,
        connection: Connection,
        site: str,
        part: Part,
        *,
        author: str,
        device: str | None,
        now: datetime,
        skew_ms: int | None,
    ) -> tuple[Appended, Record]:
        record = self._record(connection, site, part.session)
        try:
            known = self._repeated(connection, record, part.draft, author)
        except ConflictError:
            part.check(record)  # what is wrong with it is said before what it contradicts
            raise
        if known is not None:
            return Appended(part.see(record), known, created=False), record
        content = part.check(record)
        entry = self._entry(record, part.draft, content, author=author, device=device, now=now, skew_ms=skew_ms)
        self._insert(connection, site, record, entry)
        after = self._with_references(connection, site, (*record.entries, entry), record)
        view = part.see(after)
        self._index(connection, site, view, new=False)
        return Appended(view, entry, created=True), after

    def open_session(  # noqa: PLR0913  # what, by whom, when, under which protocol, and how it is folded
        self,
        site: str,
        session: str,
        draft: Draft,
        *,
        author: str,
        now: datetime,
        protocol_id: str,
        check: Callable[[Connection], None],
        seat: Callable[[Connection], None],
        see: Callable[[Record], SessionView],
        skew_ms: int | None = None,
    ) -> Appended:
        """Open a session with its first entry; the same id and body again answers with what is there.

        ``check`` raises what speaks against it, then ``seat`` takes the chair, both within the transaction.

        Raises:
            ConflictError: the id belongs to another opening, or the chair is taken.
            NotFoundError: no such chair, patient or protocol on this site.
        """
        try:
            with self.database.write() as connection:
                if connection.scalar(select(SessionRow.id).where(SessionRow.id == session)) is not None:
                    record = self._record(connection, site, session)
                    known = self._repeated(connection, record, draft, author)
                    if known is None:
                        raise ConflictError("This session id is already used.")
                    return Appended(see(record), known, created=False)
                check(connection)
                seat(connection)
                row = {"id": session, "site_id": site, "protocol_id": protocol_id, "created_at": now}
                connection.execute(insert(SessionRow).values(row))
                empty = Record(session, (), self._protocol(connection, site, protocol_id), {}, {})
                entry = self._entry(empty, draft, draft.content, author=author, device=None, now=now, skew_ms=skew_ms)
                self._insert(connection, site, empty, entry)
                after = self._with_references(connection, site, (entry,), empty)
                view = see(after)
                self._index(connection, site, view, new=True)
                reach("before-commit")
        except IntegrityError as error:
            raise _conflict(error) from error
        reach("after-commit")
        self._remember(site, after)
        return Appended(view, entry, created=True)

    def standings(self, site: str, state: str | None = None) -> list[Standing]:
        """Return where the sessions of a site stand, newest arrival first."""
        wanted = _standing_query(site, state)
        with self.database.read() as connection:
            return [_standing(row) for row in connection.execute(wanted).mappings()]

    def page(self, site: str, state: str | None, after: str | None, limit: int) -> tuple[list[Standing], str | None]:
        """Return one page of standings and the cursor of the next."""
        wanted = _standing_query(site, state).limit(min(limit, _PAGE_MOST) + 1)
        table = SessionIndexRow
        if after is not None:
            moment, _, session = after.partition("~")
            arrived = datetime.fromisoformat(moment)
            older = table.arrived_at < arrived
            wanted = wanted.where(older | ((table.arrived_at == arrived) & (table.session_id < session)))
        with self.database.read() as connection:
            found = [_standing(row) for row in connection.execute(wanted).mappings()]
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        return found[:limit], f"{last.arrived_at.isoformat()}~{last.session}"

    def between(self, site: str, since: datetime | None, until: datetime | None) -> list[Standing]:
        """Return the standings of sessions whose patients arrived in a span, newest first."""
        wanted = _standing_query(site, None)
        if since is not None:
            wanted = wanted.where(SessionIndexRow.arrived_at >= since)
        if until is not None:
            wanted = wanted.where(SessionIndexRow.arrived_at < until)
        with self.database.read() as connection:
            return [_standing(row) for row in connection.execute(wanted).mappings()]

    def visits(self, site: str, patient: str, before: datetime | None = None) -> list[Standing]:
        """Return the sessions of one patient, newest arrival first."""
        wanted = _standing_query(site, None).where(SessionIndexRow.patient_id == patient)
        if before is not None:
            wanted = wanted.where(SessionIndexRow.arrived_at < before)
        with self.database.read() as connection:
            return [_standing(row) for row in connection.execute(wanted).mappings()]

    def free_since(self, site: str) -> dict[str, datetime]:
        """Return when each chair was last left, by chair id."""
        table = SessionIndexRow
        left = select(sa.func.max(table.ended_at)).where(table.chair_id == ChairRow.id).scalar_subquery()
        wanted = select(ChairRow.id, left).where(ChairRow.site_id == site)
        with self.database.read() as connection:
            return {chair: moment for chair, moment in connection.execute(wanted) if moment is not None}

    def first_break(self, session: str | None = None) -> Break | None:
        """Recompute the chains of all sessions, or of one, and name the first break."""
        return first_break(self.database.url, self._key, session)

    def has_session(self, session: str) -> bool:
        """Say whether there is a session of this id on any site."""
        with self.database.read() as connection:
            return connection.scalar(select(SessionRow.id).where(SessionRow.id == session)) is not None

    def _lock_session(self, connection: Connection, site: str, session: str) -> None:
        wanted = select(SessionRow.id).where(SessionRow.id == session, SessionRow.site_id == site)
        if connection.scalar(wanted.with_for_update()) is None:
            raise NotFoundError("There is no such session.")

    def _record(self, connection: Connection, site: str, session: str) -> Record:
        cached = self._cached(site, session)
        seen = cached.entries[-1].seq if cached and cached.entries else 0
        wanted = select(EntryRow.__table__).where(EntryRow.session_id == session, EntryRow.site_id == site)
        rows = connection.execute(wanted.where(EntryRow.seq > seen).order_by(EntryRow.seq)).mappings()
        fresh = tuple(_entry(row) for row in rows)
        if cached is not None and not fresh:
            return cached
        if cached is None:
            query = select(SessionRow.protocol_id).where(SessionRow.id == session, SessionRow.site_id == site)
            protocol_id = connection.scalar(query)
            if protocol_id is None:
                raise NotFoundError("There is no such session.")
            cached = Record(session, (), self._protocol(connection, site, protocol_id), {}, {})
        return self._with_references(connection, site, (*cached.entries, *fresh), cached)

    def _with_references(self, connection: Connection, site: str, entries: tuple[Entry, ...], known: Record) -> Record:
        seated = list(_seated(entries))
        patients = {one.patient_id for one in seated if isinstance(one, Opening)} - known.patients.keys()
        chairs = {one.chair_id for one in seated} - known.chairs.keys()
        found_patients = dict(known.patients)
        if patients:
            wanted = select(PatientRow.__table__).where(PatientRow.site_id == site, PatientRow.id.in_(patients))
            found_patients |= {row["id"]: patient_of(row) for row in connection.execute(wanted).mappings()}
        found_chairs = dict(known.chairs)
        if chairs:
            query = select(ChairRow.id, ChairRow.name).where(ChairRow.site_id == site, ChairRow.id.in_(chairs))
            found_chairs |= {row.id: Chair(row.id, row.name) for row in connection.execute(query)}
        if not patients <= found_patients.keys():
            raise NotFoundError("There is no such patient.")
        if not chairs <= found_chairs.keys():
            raise NotFoundError("There is no such chair.")
        return Record(known.id, entries, known.protocol, found_patients, found_chairs)

    def _protocol(self, connection: Connection, site: str, protocol_id: str) -> Protocol:
        wanted = select(ProtocolRow.body).where(ProtocolRow.id == protocol_id, ProtocolRow.site_id == site)
        body = connection.scalar(wanted)
        if body is None:
            raise NotFoundError("There is no such protocol.")
        return Protocol.from_json(orjson.loads(body))

    def _repeated(self, connection: Connection, record: Record, draft: Draft, author: str) -> Entry | None:
        """Return the stored entry where this one was sent before; another use of its id is a conflict."""
        known = next((entry for entry in record.entries if entry.id == draft.id), None)
        if known is None:
            if connection.scalar(select(EntryRow.id).where(EntryRow.id == draft.id)) is not None:
                raise ConflictError("This entry id is already used in another session.")
            return None
        same = known.author == author and known.measured_at == draft.measured_at
        if same and same_entry(known.content, draft.content):
            return known
        raise ConflictError("This entry id is already used for another entry.")

    def _entry(  # noqa: PLR0913  # the parts of an entry
        self,
        record: Record,
        draft: Draft,
        content: Content,
        *,
        author: str,
        device: str | None,
        now: datetime,
        skew_ms: int | None,
    ) -> Entry:
        seq = record.entries[-1].seq + 1 if record.entries else 1
        return Entry(draft.id, record.id, seq, draft.measured_at, now, author, content, device, skew_ms)

    def _insert(self, connection: Connection, site: str, record: Record, entry: Entry) -> None:
        previous = connection.scalar(
            select(EntryRow.hash).where(EntryRow.session_id == entry.session, EntryRow.seq == entry.seq - 1)
        )
        if previous is None:
            previous = genesis(self._key, record.id)
        body = orjson.dumps(entry.content.body(), option=orjson.OPT_SORT_KEYS).decode()
        corrects = entry.content.entry_id if isinstance(entry.content, Correction) else None
        link = Link(
            site=site,
            session=entry.session,
            seq=entry.seq,
            id=entry.id,
            kind=entry.kind,
            measured_at=entry.measured_at,
            recorded_at=entry.recorded_at,
            author=entry.author,
            device=entry.device,
            corrects=corrects,
            body=body,
            clock_skew_ms=entry.clock_skew_ms,
        )
        reach("before-chain")
        row = {
            "id": link.id,
            "site_id": site,
            "session_id": link.session,
            "seq": link.seq,
            "kind": link.kind,
            "measured_at": link.measured_at,
            "recorded_at": link.recorded_at,
            "author": link.author,
            "device": link.device,
            "corrects": corrects,
            "body": body,
            "previous_hash": previous,
            "hash": digest(self._key, previous, link, self._around(connection, record, entry)),
            "clock_skew_ms": link.clock_skew_ms,
        }
        reach("after-chain")
        reach("before-insert")
        connection.execute(insert(EntryRow).values(row))
        reach("after-insert")

    def _around(self, connection: Connection, record: Record, entry: Entry) -> Around:
        """Return the rows that an entry rests on: its patient, and for the first one its session and protocol."""
        wanted = [
            ("patients", select(PatientRow.__table__).where(PatientRow.id == one.patient_id))
            for one in _seated([entry])
            if isinstance(one, Opening)
        ]
        if entry.seq == 1:
            session = select(SessionRow.__table__).where(SessionRow.id == record.id)
            protocol = select(ProtocolRow.__table__).join(SessionRow).where(SessionRow.id == record.id)
            wanted = [("sessions", session), ("protocols", protocol), *wanted]
        rows = [(table, connection.execute(query).mappings().first()) for table, query in wanted]
        return tuple(row_around(table, dict(row)) for table, row in rows if row is not None)

    def _index(self, connection: Connection, site: str, view: SessionView, *, new: bool) -> None:
        row: dict[str, Any] = {
            "site_id": site,
            "chair_id": view.chair_id,
            "patient_id": view.opening.patient_id,
            "state": view.state,
            "arrived_at": view.arrived_at,
            "ended_at": view.ended_at,
            "last_seq": view.last_seq,
        }
        table = SessionIndexRow
        if new:
            connection.execute(insert(table).values(row | {"session_id": view.id}))
        else:
            connection.execute(update(table).where(table.session_id == view.id).values(row))
        if view.state != "active":
            write_facts(connection, site, facts_of(view))

    def _cached(self, site: str, session: str) -> Record | None:
        with self._lock:
            found = self._records.get(session)
            if found is None or found[0] != site:
                return None
            self._records.move_to_end(session)
            return found[1]

    def _remember(self, site: str, record: Record) -> None:
        with self._lock:
            self._records[record.id] = (site, record)
            self._records.move_to_end(record.id)
            while len(self._records) > _CACHED_RECORDS:
                self._records.popitem(last=False)


def _seated(entries: Iterable[Entry]) -> Iterable[Opening | Move]:
    """Return every content that names a chair, be it in a correction."""
    for entry in entries:
        content: Content | None = entry.content
        if isinstance(content, Correction):
            content = content.replacement.content if content.replacement else None
        if isinstance(content, Opening | Move):
            yield content


def _conflict(error: IntegrityError) -> ConflictError:
    if "uq_session_index_active_chair" in str(error.orig) or "session_index.chair_id" in str(error.orig):
        return ConflictError("This chair is taken by another patient. Close that session, or choose a free chair.")
    return ConflictError("This contradicts what is stored already. Look at the record and try again.")


def _standing_query(site: str, state: str | None) -> sa.Select[Any]:
    table = SessionIndexRow
    wanted = select(SessionIndexRow.__table__).where(table.site_id == site)
    if state is not None:
        wanted = wanted.where(table.state == state)
    return wanted.order_by(table.arrived_at.desc(), table.session_id.desc())


def _standing(row: RowMapping) -> Standing:
    return Standing(
        session=row["session_id"],
        chair_id=row["chair_id"],
        patient_id=row["patient_id"],
        state=row["state"],
        arrived_at=row["arrived_at"],
        ended_at=row["ended_at"],
        last_seq=row["last_seq"],
    )


def patient_of(row: RowMapping) -> Patient:
    """Return the patient of a row."""
    return Patient(
        id=row["id"],
        mrn=row["mrn"],
        family=row["family"],
        given=row["given"],
        born=row["birth_date"],
        sex=row["sex"],
        indication=row["indication"],
    )


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        session=row["session_id"],
        seq=row["seq"],
        measured_at=row["measured_at"],
        recorded_at=row["recorded_at"],
        author=row["author"],
        content=restore(row["kind"], orjson.loads(row["body"])),
        device=row["device"],
        clock_skew_ms=row["clock_skew_ms"],
    )


def _link(row: RowMapping) -> Link:
    return Link(
        site=row["site_id"],
        session=row["session_id"],
        seq=row["seq"],
        id=row["id"],
        kind=row["kind"],
        measured_at=row["measured_at"],
        recorded_at=row["recorded_at"],
        author=row["author"],
        device=row["device"],
        corrects=row["corrects"],
        body=row["body"],
        clock_skew_ms=row["clock_skew_ms"],
    )


def entries_after(entries: Sequence[Entry], seq: int) -> list[Entry]:
    """Return the entries with a number above ``seq``, in order."""
    return [entry for entry in entries if entry.seq > seq]
