"""Anchoring: the heads of the records carried from the database into the anchor file; charting never waits on it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.engine import Connection

from models.errors import NotStoredNowError
from models.store.anchor import AnchorError, AnchorFile, AnchorLog
from models.store.engine import Database
from models.store.restorations import last_restoration
from models.store.tables import AnchorMarkRow, EntryRow, SessionIndexRow
from models.store.trail import trail_head
from models.store.verify import Head

LOG: Final = logging.getLogger("chairside.anchor")
_AT_ONCE: Final = 400


class Anchoring:
    """Writes one server's anchor; what goes wrong is logged and told by ``failing``, never raised."""

    def __init__(self, database: Database, path: Path, key: bytes) -> None:
        """Anchor the records of ``database`` in the file ``path``; it is opened at the first line."""
        self._database, self._path, self._key = database, path, key
        self._file: AnchorFile | None = None
        self._lock = threading.Lock()
        self.failing: str | None = None
        self.written_at: datetime | None = None

    def keep(self, now: datetime, why: str) -> None:
        """Add a line with every head that is new, or with none: then it says that nothing changed until ``now``."""
        with self._lock:
            try:
                behind = self._keep(now, why)
            except AnchorError as error:
                self._fail(str(error))
            except NotStoredNowError:
                self._fail("The database did not answer.")
            except Exception:
                LOG.exception("The anchor could not be written")
                self._fail("Something went wrong; the log says what.")
            else:
                self.failing = behind
                if behind:
                    LOG.error("%s Run chairside verify.", behind)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._release()

    def _keep(self, now: datetime, why: str) -> str | None:
        file = self._file or self._opened()
        with self._database.read() as connection:
            restored = last_restoration(connection)
            known = _known(file.log, restored)
            heads = _heads(connection, known)
            trail = trail_head(connection)
        behind = {name: None for name, head in known.items() if not _extends(head, heads)}
        news = [
            heads[name, seq] for name, seq in _last(heads).items() if name not in behind and _is_new(known, name, seq)
        ]
        file.add(now, why, news, restored, trail)
        self.written_at = now
        with suppress(NotStoredNowError), self._database.write() as connection:
            _mark(connection, file.log, now)
        return f"The record of session {next(iter(behind))} is not what the anchor has of it." if behind else None

    def _opened(self) -> AnchorFile:
        file = self._file = AnchorFile(self._path, self._key)
        with self._database.read() as connection:
            wanted = select(AnchorMarkRow.lines).where(AnchorMarkRow.id == file.log.id)
            marked = connection.scalar(wanted) or 0
        if marked > file.log.lines:
            said = f"it had {marked} lines and has {file.log.lines}"
            raise AnchorError(f"The anchor {self._path} is not continued: {said}. Put it in a safe place.")
        return file

    def _fail(self, why: str) -> None:
        self.failing = why
        LOG.error("The anchor was not written: %s", why)
        self._release()

    def _release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


Places = dict[tuple[str, int], Head]


def _known(log: AnchorLog, restored: int) -> Mapping[str, Head]:
    if restored < log.restored:
        raise AnchorError(f"The database is older than the anchor {log.path}. Run chairside verify.")
    return log.newest() if restored == log.restored else {}


def _heads(connection: Connection, known: Mapping[str, Head]) -> Places:
    """Return the last entry of every session that changed, and the one that is known of it."""
    table = SessionIndexRow
    last = {row[0]: row[1] for row in connection.execute(select(table.session_id, table.last_seq))}
    wanted = [(name, seq) for name, seq in last.items() if name not in known or known[name].seq != seq]
    wanted += [(name, known[name].seq) for name, _ in wanted if name in known]
    found: Places = {(one.session, one.seq): one for name, one in known.items() if last.get(name) == one.seq}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= _entries(connection, wanted[start : start + _AT_ONCE])
    return found


def _entries(connection: Connection, wanted: Iterable[tuple[str, int]]) -> Places:
    table = EntryRow
    query = select(table.session_id, table.seq, table.id, table.hash)
    rows = connection.execute(query.where(tuple_(table.session_id, table.seq).in_(list(wanted))))
    return {(row[0], row[1]): Head(*row) for row in rows}


def _last(heads: Places) -> dict[str, int]:
    last: dict[str, int] = {}
    for name, seq in heads:
        last[name] = max(seq, last.get(name, 0))
    return last


def _extends(head: Head, heads: Places) -> bool:
    """Say whether what is known of a record is still part of it."""
    found = heads.get((head.session, head.seq))
    return found is not None and found.hash == head.hash


def _is_new(known: Mapping[str, Head], name: str, seq: int) -> bool:
    return name not in known or seq > known[name].seq


def _mark(connection: Connection, log: AnchorLog, now: datetime) -> None:
    table = AnchorMarkRow
    connection.execute(delete(table).where(table.id == log.id))
    row = {"id": log.id, "lines": log.lines, "mac": log.macs[-1], "written_at": now}
    connection.execute(insert(table).values(row))
