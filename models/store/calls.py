"""What was called out, in the database: a call is leased before it is made and settled after it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from models.store.engine import Database
from models.store.faults import reach
from models.store.tables import CallRow, SiteRow

LEASE: Final = timedelta(seconds=15)
"""How long a process may take between leasing a call and making it; after that another one makes it."""

Call = tuple[str, str]
"""A session and the name of what is called out of it."""


@dataclass(frozen=True, slots=True)
class Leased:
    """What this process is to call out now, and what was called out before, by whomever."""

    mine: frozenset[Call]
    settled: frozenset[Call]


class CallStore:
    """Remembers calls for all server processes on one database."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def lease(self, site: str, wanted: Collection[Call], holder: str, now: datetime) -> Leased:
        """Take for ``holder`` what nobody has called out and nobody else is about to.

        A lease that ran out is taken over: its holder died before it made the call.
        """
        with self.database.write() as connection:
            _one_at_a_time(connection, site)
            known = _known(connection, site, wanted)
            settled = {call for call, row in known.items() if row["called_at"] is not None}
            free = {call for call in wanted if call not in settled and _is_free(known.get(call), holder, now)}
            for call in free:
                _hold(connection, site, call, holder, now, new=call not in known)
        if free:
            reach("after-lease")
        return Leased(frozenset(free), frozenset(settled))

    def settle(self, site: str, made: Collection[Call], now: datetime) -> None:
        """Remember that these calls were made."""
        table = CallRow
        with self.database.write() as connection:
            for session, call in made:
                row = (table.site_id == site) & (table.session_id == session) & (table.call == call)
                connection.execute(update(table).where(row).values(called_at=now))


def _one_at_a_time(connection: Connection, site: str) -> None:
    """Let one process lease at a time; what refers to the site (every entry) does not wait for that."""
    connection.execute(select(SiteRow.id).where(SiteRow.id == site).with_for_update(key_share=True))


def _known(connection: Connection, site: str, wanted: Collection[Call]) -> dict[Call, RowMapping]:
    table = CallRow
    sessions = {session for session, _ in wanted}
    query = select(CallRow.__table__).where(table.site_id == site, table.session_id.in_(sessions))
    return {(row["session_id"], row["call"]): row for row in connection.execute(query).mappings()}


def _is_free(row: RowMapping | None, holder: str, now: datetime) -> bool:
    return row is None or row["holder"] == holder or row["held_until"] <= now


def _hold(  # noqa: PLR0913  # what, for whom, until when
    connection: Connection, site: str, call: Call, holder: str, now: datetime, *, new: bool
) -> None:
    table, (session, name) = CallRow, call
    held = {"holder": holder, "held_until": now + LEASE}
    if new:
        connection.execute(insert(table).values(held | {"site_id": site, "session_id": session, "call": name}))
    else:
        row = (table.site_id == site) & (table.session_id == session) & (table.call == name)
        connection.execute(update(table).where(row).values(held))
