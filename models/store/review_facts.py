"""The facts of sessions that have ended, kept for the review: a projection that can be dropped and computed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from models.review_facts import FORM, SessionFacts, line_of
from models.store.engine import Database
from models.store.tables import ReviewFactsRow, SessionIndexRow

_AT_ONCE: Final = 500
_ENDED: Final = SessionIndexRow.state != "active"


def write_facts(connection: Connection, site: str, facts: SessionFacts) -> None:
    """Keep the facts of one session in the place of older ones."""
    connection.execute(delete(ReviewFactsRow).where(ReviewFactsRow.session_id == facts.session))
    connection.execute(insert(ReviewFactsRow).values(_row(site, facts)))


def _row(site: str, facts: SessionFacts) -> dict[str, Any]:
    known = {"session_id": facts.session, "site_id": site, "last_seq": facts.last_seq, "form": FORM}
    return known | {"line": orjson.dumps(line_of(facts)).decode(), "body": facts.body().decode()}


class ReviewFactsStore:
    """Reads and keeps facts; every read is scoped by site."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``, beside the records they are computed from."""
        self.database = database

    def sites(self) -> list[str]:
        """Return every site that has sessions."""
        with self.database.read() as connection:
            return list(
                connection.scalars(select(SessionIndexRow.site_id).distinct().order_by(SessionIndexRow.site_id))
            )

    def stamp(self, site: str) -> tuple[int, int]:
        """Return how many sessions and how many entries there are.

        Sessions are never taken away and their last number only grows, so that two reads with the same answer saw the
        same records, in whatever order commits landed.
        """
        wanted = select(func.count(), func.coalesce(func.sum(SessionIndexRow.last_seq), 0))
        with self.database.read() as connection:
            sessions, entries = connection.execute(wanted.where(SessionIndexRow.site_id == site)).one()
        return int(sessions), int(entries)

    def ended(self, site: str) -> dict[str, int]:
        """Return the sessions that have ended, with their last number."""
        wanted = select(SessionIndexRow.session_id, SessionIndexRow.last_seq)
        with self.database.read() as connection:
            rows = connection.execute(wanted.where(SessionIndexRow.site_id == site, _ENDED)).all()
        return {session: seq for session, seq in rows}  # noqa: C416  # dict() does not take rows

    def stale(self, site: str) -> list[str]:
        """Return the ended sessions whose facts are missing, older than their record, or of another form."""
        index, facts = SessionIndexRow, ReviewFactsRow
        same = (facts.session_id == index.session_id) & (facts.last_seq == index.last_seq) & (facts.form == FORM)
        wanted = select(index.session_id).outerjoin(facts, same).where(index.site_id == site, _ENDED)
        with self.database.read() as connection:
            return list(connection.scalars(wanted.where(facts.session_id.is_(None))))

    def keep(self, site: str, facts: Sequence[SessionFacts]) -> None:
        """Keep facts in the place of older ones of the same sessions."""
        with self.database.write() as connection:
            for one in facts:
                write_facts(connection, site, one)

    def drop(self, site: str) -> None:
        """Forget all facts of a site; they are computed again when somebody asks."""
        with self.database.write() as connection:
            connection.execute(delete(ReviewFactsRow).where(ReviewFactsRow.site_id == site))

    def lines(self, site: str, sessions: Iterable[str] | None = None) -> Iterator[str]:
        """Yield the lines of sessions, or of all that have ended: what they are selected and counted by."""
        return self._kept(site, ReviewFactsRow.line, sessions)

    def bodies(self, site: str, sessions: Iterable[str] | None = None) -> Iterator[str]:
        """Yield the whole facts of sessions, or of all that have ended, as they are kept."""
        return self._kept(site, ReviewFactsRow.body, sessions)

    def kept(self, site: str) -> Iterator[tuple[str, str]]:
        """Yield line and facts of every session that has ended."""
        return zip(self.lines(site), self.bodies(site), strict=True)

    def _kept(self, site: str, column: InstrumentedAttribute[str], sessions: Iterable[str] | None) -> Iterator[str]:
        index, facts = SessionIndexRow, ReviewFactsRow
        wanted = select(column).where(facts.site_id == site)
        if sessions is None:
            ended = wanted.join(index, index.session_id == facts.session_id).where(_ENDED)
            yield from self._found(ended.order_by(facts.session_id))
            return
        asked = list(sessions)
        for first in range(0, len(asked), _AT_ONCE):
            yield from self._found(wanted.where(facts.session_id.in_(asked[first : first + _AT_ONCE])))

    def _found(self, wanted: sa.Select[Any]) -> Iterator[str]:
        with self.database.read() as connection:
            yield from connection.scalars(wanted.execution_options(yield_per=1000))
