"""Checks of passwords that were not right, counted in the database: for all server processes, and past a restart."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, delete, insert, select, text

from models.store.engine import Database
from models.store.tables import SignInTryRow

KEPT: Final = timedelta(hours=1)
"""How long a try is kept at least: as far back as any budget looks."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many wrong tries something may cost within a time; ``to`` says what they are charged to."""

    to: str
    most: int
    within: timedelta

    @property
    def charged_to(self) -> str:
        """Return the form in which it is kept: what is typed in the place of a name may be a password."""
        return sha256(self.to.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that may be made (``id``), or how long to ``wait`` for one."""

    id: str | None = None
    wait: timedelta | None = None


class TryStore:
    """Counts tries before they are made, so that many at once are no more than one after another."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def take(self, budgets: Sequence[Budget], now: datetime) -> Tried:
        """Charge one try to every budget, or to none of them where one is spent; what is too old to count goes."""
        table = SignInTryRow
        with self.database.write() as connection:
            self._alone(connection, budgets)
            waits = [wait for one in budgets if (wait := _wait(connection, one, now)) is not None]
            if waits:
                return Tried(wait=max(waits))
            connection.execute(delete(table).where(table.tried_at <= now - KEPT))
            tried = str(uuid.uuid4())
            for charged_to in sorted({one.charged_to for one in budgets}):
                connection.execute(insert(table).values({"id": tried, "charged_to": charged_to, "tried_at": now}))
        return Tried(tried)

    def give_back(self, tried: str) -> None:
        """Take back a try that was right."""
        with self.database.write() as connection:
            connection.execute(delete(SignInTryRow).where(SignInTryRow.id == tried))

    def _alone(self, connection: Connection, budgets: Sequence[Budget]) -> None:
        """Let one after another count a budget: two transactions on PostgreSQL would not see each other's try."""
        if self.database.is_sqlite:
            return
        for charged_to in sorted({one.charged_to for one in budgets}):
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:to, 0))"), {"to": charged_to})


def _wait(connection: Connection, budget: Budget, now: datetime) -> timedelta | None:
    """Return how long until another try is allowed; ``None`` when it is allowed now."""
    table = SignInTryRow
    mine = (table.charged_to == budget.charged_to) & (table.tried_at > now - budget.within)
    newest = select(table.tried_at).where(mine).order_by(table.tried_at.desc()).offset(budget.most - 1).limit(1)
    oldest_that_counts = connection.scalar(newest)
    return None if oldest_that_counts is None else oldest_that_counts + budget.within - now
