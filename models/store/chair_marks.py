"""The log of the chairs in the database: lines are added, never changed, and the newest of each kind counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, insert, select
from sqlalchemy.engine import Connection, RowMapping

from models.chair_marks import STATE, ChairMark, ChairMarks, ChairState
from models.errors import ConflictError, NotFoundError
from models.store.engine import Database
from models.store.tables import ChairMarkRow, ChairRow

_LOG_MOST: Final = 200


class ChairMarkStore:
    """Keeps what is said of chairs."""

    def __init__(self, database: Database) -> None:
        """Keep it on ``database``."""
        self.database = database

    def newest(self, site: str) -> dict[str, ChairMarks]:
        """Return the newest line of each kind of every chair that has one, by chair id."""
        table = ChairMarkRow
        last = select(table.chair_id, table.kind, func.max(table.number).label("number"))
        newest = last.where(table.site_id == site).group_by(table.chair_id, table.kind).subquery()
        same = (table.chair_id == newest.c.chair_id) & (table.kind == newest.c.kind) & (table.number == newest.c.number)
        with self.database.read() as connection:
            rows = connection.execute(select(ChairMarkRow.__table__).join(newest, same)).mappings()
            found: dict[str, dict[str, ChairMark]] = {}
            for row in rows:
                found.setdefault(row["chair_id"], {})[row["kind"]] = _mark(row)
        return {chair: ChairMarks(**kinds) for chair, kinds in found.items()}

    def check_there(self, site: str, chair: str) -> None:
        """Let pass a chair of this site.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self.database.read() as connection:
            if connection.scalar(_chair(site, chair)) is None:
                raise NotFoundError("There is no such chair.")

    def log(self, site: str, chair: str) -> list[ChairMark]:
        """Return the lines of one chair, newest first.

        Raises:
            NotFoundError: there is no such chair on this site.
        """
        table = ChairMarkRow
        wanted = select(ChairMarkRow.__table__).where(table.site_id == site, table.chair_id == chair)
        ordered = wanted.order_by(table.made_at.desc(), table.number.desc()).limit(_LOG_MOST)
        with self.database.read() as connection:
            if connection.scalar(_chair(site, chair)) is None:
                raise NotFoundError("There is no such chair.")
            return [_mark(row) for row in connection.execute(ordered).mappings()]

    def add(
        self, site: str, chair: str, mark: ChairMark, check: Callable[[ChairMark | None], None] = lambda _: None
    ) -> bool:
        """Add a line, unless the newest of its kind says the same; ``check`` raises what speaks against it.

        Raises:
            NotFoundError: there is no such chair on this site.
        """
        with self.database.write() as connection:
            last = _last(connection, site, chair, mark.kind)
            known = _mark(last) if last is not None else None
            check(known)
            if known is not None and (known.value, known.note) == (mark.value, mark.note):
                return False
            _add(connection, site, chair, mark, 1 if last is None else last["number"] + 1)
        return True

    def seating(self, site: str, chair: str, author: str, now: datetime) -> Callable[[Connection], None]:
        """Return what lets somebody be seated within a transaction: what the chair was kept for is over then.

        It raises a ConflictError where the chair is out of use.
        """

        def seat(connection: Connection) -> None:
            last = _last(connection, site, chair, STATE)
            if last is None or last["value"] == ChairState.FREE:
                return
            check_in_use(_mark(last))
            _add(connection, site, chair, ChairMark(STATE, ChairState.FREE, author, now), last["number"] + 1)

        return seat

    def occupied(self, site: str, chair: str, author: str, now: datetime) -> None:
        """Note that somebody sits there now; a chair taken out of use at the same moment stays so."""
        with self.database.write() as connection:
            last = _last(connection, site, chair, STATE)
            if last is not None and last["value"] in {ChairState.RESERVED, ChairState.CLEANING}:
                _add(connection, site, chair, ChairMark(STATE, ChairState.FREE, author, now), last["number"] + 1)


def check_in_use(mark: ChairMark | None) -> None:
    """Let pass a chair on which somebody may be seated.

    Raises:
        ConflictError: it is out of use.
    """
    if mark is not None and mark.value == ChairState.OUT_OF_USE:
        why = f": {mark.note}" if mark.note else ""
        said = f"This chair is out of use{why}. Take another chair, or let a clinician or admin put it back in use."
        raise ConflictError(said)


def _chair(site: str, chair: str) -> Select[str]:
    return select(ChairRow.id).where(ChairRow.site_id == site, ChairRow.id == chair)


def _last(connection: Connection, site: str, chair: str, kind: str) -> RowMapping | None:
    """Return the newest line of a kind; whoever else wants to add one to this chair waits until this is done."""
    if connection.scalar(_chair(site, chair).with_for_update(key_share=True)) is None:
        raise NotFoundError("There is no such chair.")
    table = ChairMarkRow
    wanted = select(ChairMarkRow.__table__).where(table.site_id == site, table.chair_id == chair, table.kind == kind)
    return connection.execute(wanted.order_by(table.number.desc()).limit(1)).mappings().first()


def _add(connection: Connection, site: str, chair: str, mark: ChairMark, number: int) -> None:
    row = {
        "id": str(uuid.uuid4()),
        "site_id": site,
        "chair_id": chair,
        "kind": mark.kind,
        "number": number,
        "value": mark.value,
        "author": mark.author,
        "made_at": mark.made_at,
        "note": mark.note,
    }
    connection.execute(insert(ChairMarkRow).values(row))


def _mark(row: RowMapping) -> ChairMark:
    return ChairMark(row["kind"], row["value"], row["author"], row["made_at"], row["note"])
