"""The proof that records are whole: chains, restorations, the anchor and the database file, and what is to be said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from models.store.anchor import Anchored, AnchorLog, read_anchor, sources
from models.store.chain import Break, Keys
from models.store.restorations import Restoration, read_restorations, still_there
from models.store.snapshot import DamagedError, moment_of, rows, snapshot
from models.store.trail import trail_break, trail_key
from models.store.verify import Head, verify_records


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, the first break (``None``: intact), and what else is worth saying."""

    entries: int
    sessions: int
    broken: Break | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an anchor was written according to the database."""

    lines: int
    mac: str
    at: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the restorations and the anchor ask for: heads that must be there, entries that honestly are not."""

    heads: Mapping[str, list[Head]]
    gone: Mapping[str, int]
    missing_restoration: int = 0


def prove(url: URL, keys: Keys, anchor: Path, session: str | None = None) -> Proof:
    """Verify the records of a database, or one of them, against an anchor.

    Raises:
        UnreadableError: there is no database.
        AnchorError: the anchor is there and cannot be read.
    """
    log = read_anchor(anchor, keys.anchor) if anchor.exists() else None
    try:
        with snapshot(url) as connection:
            damaged = damage(connection) if session is None else None
            return Proof(0, 0, damaged) if damaged else _proof(connection, keys, anchor, log, session)
    except DamagedError as error:
        return Proof(0, 0, Break("", "", 0, str(error)))


def damage(connection: Connection) -> Break | None:
    """Say what SQLite finds wrong with its own file."""
    if connection.dialect.name != "sqlite":
        return None
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    return None if found == "ok" else Break("", "", 0, f"the database file is damaged: {found}")


def _proof(connection: Connection, keys: Keys, anchor: Path, log: AnchorLog | None, session: str | None) -> Proof:
    restorations, broken = read_restorations(connection, keys.restoration)
    marks = _marks(connection)
    expected = _expected(connection, restorations, log)
    found = verify_records(connection, keys.chain, session, expected.heads)
    mark = marks.get(log.id) if log else None
    trail = _trail_break(connection, keys, log, max(restorations, default=0)) if session is None else None
    broken = broken or _older(found.broken, expected, log, mark) or _anchor_break(anchor, log, mark, marks) or trail
    return Proof(found.entries, found.sessions, broken, tuple(_notes(restorations, expected, log, marks)))


def _trail_break(connection: Connection, keys: Keys, log: AnchorLog | None, last: int) -> Break | None:
    """Prove the trail; an anchor's line counts where no backup was put back since, for a trail goes back with it."""
    known = log.trail if log else None
    return trail_break(connection, trail_key(keys.chain), known.head if known and known.restored == last else None)


def _marks(connection: Connection) -> dict[str, Mark]:
    found = rows(connection, "SELECT id, lines, mac, written_at FROM anchor_marks ORDER BY written_at")
    return {row[0]: Mark(_count(row[1]), row[2], _said(row[3])) for row in found}


def _count(stored: object) -> int:
    """Read a number of lines; what is none counts as no line, which no mark says of an anchor."""
    return stored if isinstance(stored, int) else 0


def _said(moment: object) -> str:
    try:
        return moment_of(moment).isoformat()
    except ValueError:
        return str(moment)


def _expected(connection: Connection, restorations: Mapping[int, Restoration], log: AnchorLog | None) -> Expected:
    known = [Anchored(head, one.number, 0) for one in restorations.values() for head in one.heads.values()]
    known += sources(log) if log else ()
    heads: dict[str, list[Head]] = defaultdict(list)
    gone: dict[str, int] = {}
    last, missing = max(restorations, default=0), 0
    for one in known:
        head = one.head
        left = head.seq if one.restored > last else still_there(restorations, head.session, head.seq, one.restored)
        missing = max(missing, one.restored if one.restored > last else 0)
        if left == head.seq or _stands(connection, head):
            heads[head.session].append(head)
        else:
            gone[head.session] = max(gone.get(head.session, 0), head.seq - left)
    return Expected(heads, gone, missing)


def _stands(connection: Connection, head: Head) -> bool:
    """Say whether an entry is there although nothing asks for it: it was in the backup, so it is not gone."""
    query = "SELECT 1 FROM entries WHERE session_id = :session AND seq = :seq AND hash = :hash"
    return any(rows(connection, query, session=head.session, seq=head.seq, hash=head.hash))


def _older(broken: Break | None, expected: Expected, log: AnchorLog | None, mark: Mark | None) -> Break | None:
    """Say that a whole old copy was put back, where the database does not know the anchor's last lines."""
    if expected.missing_restoration:
        said = f"the database is older than the anchor: restoration {expected.missing_restoration} is not in it"
        return replace(broken, why=f"{broken.why}; {said}") if broken else Break("", "", 0, said)
    if broken is None or log is None or not broken.why.startswith(_BEHIND):
        return broken
    lines = mark.lines if mark else 0
    if lines >= log.lines - 1:
        return broken
    said = f"the database is older than the anchor: it stood at line {lines} of {log.lines}"
    return replace(broken, why=f"{broken.why}; {said}")


_BEHIND = ("the record was cut off", "the session is gone", "another entry stands")


def _anchor_break(anchor: Path, log: AnchorLog | None, mark: Mark | None, marks: Mapping[str, Mark]) -> Break | None:
    if log is not None and log.broken:
        return Break("", "", 0, log.broken)
    if log is None or not log.lines:
        return _emptied(anchor, log, marks)
    if mark is not None and mark.lines > log.lines:
        return Break("", "", 0, f"lines were cut off the anchor: {log.lines} are left of {mark.lines}")
    if mark is not None and (mark.lines < 1 or log.macs[mark.lines - 1] != mark.mac):
        return Break("", "", 0, f"what the database has of line {mark.lines} of the anchor was changed")
    return None


def _emptied(anchor: Path, log: AnchorLog | None, marks: Mapping[str, Mark]) -> Break | None:
    """Miss the lines of an anchor that is not there or has none; where none was ever written, nothing is missed."""
    if not marks:
        return None
    last = list(marks.values())[-1]
    found = "is not there" if log is None else "is empty"
    said = f"the anchor {anchor} {found}, though one was written until {last.at}"
    return Break("", "", 0, f"{said} ({last.lines} lines): give it with --anchor")


def _notes(
    restorations: Mapping[int, Restoration], expected: Expected, log: AnchorLog | None, marks: Mapping[str, Mark]
) -> list[str]:
    said = [one.sentence() for one in restorations.values()]
    if expected.gone:
        named = ", ".join(f"{name} ({count})" for name, count in sorted(expected.gone.items()))
        total = sum(expected.gone.values())
        said.append(f"{total} entries written after a backup are gone with its restoration: session {named}.")
    if log is None:
        return [*said, "There is no anchor to compare with."]
    said.append(f"The anchor has {log.lines} lines, the last of {log.at}." if log.lines else "The anchor is empty.")
    others = [mark for name, mark in marks.items() if name != log.id]
    said += [f"Another anchor had {one.lines} lines until {one.at}: verify with it too." for one in others]
    return said


def knows_session(url: URL, keys: Keys, anchor: Path, session: str) -> bool:
    """Say whether the database or the anchor has ever heard of a session."""
    with snapshot(url) as connection:
        if any(rows(connection, "SELECT 1 FROM sessions WHERE id = :session", session=session)):
            return True
        if any(rows(connection, "SELECT 1 FROM entries WHERE session_id = :session", session=session)):
            return True
        restorations, _ = read_restorations(connection, keys.restoration)
        log = read_anchor(anchor, keys.anchor) if anchor.exists() else None
        expected = _expected(connection, restorations, log)
    return session in expected.heads or session in expected.gone
