"""Second factors in the database: a step or a recovery code is taken by one conditional update, once for ever."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from models.errors import ConflictError
from models.store.engine import Database
from models.store.tables import AccountRow, RecoveryCodeRow, SecondFactorRow


class FactorStore:
    """Reads and writes second factors."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def offer(self, account: str, sealed: str, now: datetime) -> None:
        """Keep a secret that is not confirmed yet, in the place of one that never was.

        Raises:
            ConflictError: there is a second factor already.
        """
        table = SecondFactorRow
        row = {"account_id": account, "sealed": sealed, "offered_at": now, "confirmed_at": None, "last_step": 0}
        with self.database.write() as connection:
            self._alone(connection, account)
            if connection.scalar(select(table.account_id).where(_confirmed(account))) is not None:
                raise ConflictError("There is a second factor already. Take it away first.")
            connection.execute(delete(table).where(table.account_id == account))
            connection.execute(insert(table).values(row))

    def offered(self, account: str) -> str | None:
        """Return the sealed secret that waits for its first code."""
        table = SecondFactorRow
        mine = (table.account_id == account) & table.confirmed_at.is_(None)
        with self.database.read() as connection:
            return connection.scalar(select(table.sealed).where(mine))

    def confirm(self, account: str, sealed: str, step: int, digests: Collection[str], now: datetime) -> bool:
        """Put a secret in force with its recovery codes; ``False`` where another was offered meanwhile."""
        table = SecondFactorRow
        mine = (table.account_id == account) & (table.sealed == sealed) & table.confirmed_at.is_(None)
        with self.database.write() as connection:
            done = connection.execute(update(table).where(mine).values(confirmed_at=now, last_step=step))
            if not done.rowcount:
                return False
            connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account))
            rows = [{"account_id": account, "digest": one, "used_at": None} for one in digests]
            connection.execute(insert(RecoveryCodeRow), rows)
        return True

    def use_step(self, account: str, step: int) -> bool:
        """Take the code of a step; ``False`` where this one or a later one was taken before."""
        table = SecondFactorRow
        with self.database.write() as connection:
            newer = update(table).where(_confirmed(account), table.last_step < step).values(last_step=step)
            return bool(connection.execute(newer).rowcount)

    def use_code(self, account: str, digest: str, now: datetime) -> bool:
        """Take a recovery code; ``False`` where there is none of this digest that was not taken before."""
        table = RecoveryCodeRow
        mine = (table.account_id == account) & (table.digest == digest) & table.used_at.is_(None)
        with self.database.write() as connection:
            return bool(connection.execute(update(table).where(mine).values(used_at=now)).rowcount)

    def codes_left(self, account: str) -> int:
        """Return how many recovery codes were not used yet."""
        table = RecoveryCodeRow
        with self.database.read() as connection:
            mine = select(table.digest).where(table.account_id == account, table.used_at.is_(None))
            return len(connection.scalars(mine).all())

    def remove(self, account: str) -> None:
        """Take a second factor away, with its recovery codes."""
        with self.database.write() as connection:
            for table in (RecoveryCodeRow, SecondFactorRow):
                connection.execute(delete(table).where(table.account_id == account))

    @staticmethod
    def _alone(connection: Connection, account: str) -> None:
        """Let one after another offer a secret to the same account."""
        connection.execute(select(AccountRow.id).where(AccountRow.id == account).with_for_update())


def _confirmed(account: str) -> ColumnElement[bool]:
    return (SecondFactorRow.account_id == account) & SecondFactorRow.confirmed_at.is_not(None)
