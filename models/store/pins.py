"""PINs in the database: each of one person on one tablet; a try is counted before it is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update

from models.people import Person, Role
from models.store.engine import Database
from models.store.tables import AccountRow, DevicePinRow


class PinStore:
    """Reads and writes PINs."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def keep(self, device_digest: str, account: str, pin_hash: str, expires_at: datetime, now: datetime) -> None:
        """Keep a PIN in the place of an earlier one; those that are over go, whosever they are."""
        row = {
            "device_digest": device_digest,
            "account_id": account,
            "pin_hash": pin_hash,
            "expires_at": expires_at,
            "wrong": 0,
        }
        with self.database.write() as connection:
            connection.execute(delete(DevicePinRow).where(DevicePinRow.expires_at <= now))
            connection.execute(delete(DevicePinRow).where(_of(device_digest, account)))
            connection.execute(insert(DevicePinRow).values(row))

    def people(self, device_digest: str, now: datetime, most: int) -> list[Person]:
        """Return who has a PIN that holds on a device, with fewer wrong tries than ``most``, by name."""
        table, account = DevicePinRow, AccountRow
        wanted = (
            select(account.id, account.name, account.role, account.site_id)
            .join(table, table.account_id == account.id)
            .where(table.device_digest == device_digest, table.expires_at > now, table.wrong < most)
            .where(account.disabled_at.is_(None))
            .order_by(account.name)
        )
        with self.database.read() as connection:
            rows = connection.execute(wanted).all()
        return [Person(row.id, row.name, Role(row.role), row.site_id) for row in rows]

    def take_try(self, device_digest: str, account: str, now: datetime, most: int) -> tuple[str, datetime] | None:
        """Count a try before it is made, and return digest and end of the PIN; ``None`` where no try is left."""
        table = DevicePinRow
        mine = _of(device_digest, account)
        with self.database.write() as connection:
            left = update(table).where(mine, table.expires_at > now, table.wrong < most)
            if not connection.execute(left.values(wrong=table.wrong + 1)).rowcount:
                return None
            row = connection.execute(select(table.pin_hash, table.expires_at).where(mine)).one()
        return row.pin_hash, row.expires_at

    def was_right(self, device_digest: str, account: str) -> None:
        """Forget the wrong tries before a right one."""
        with self.database.write() as connection:
            connection.execute(update(DevicePinRow).where(_of(device_digest, account)).values(wrong=0))

    def drop(self, device_digest: str, account: str) -> None:
        """Forget a PIN."""
        with self.database.write() as connection:
            connection.execute(delete(DevicePinRow).where(_of(device_digest, account)))


def _of(device_digest: str, account: str) -> ColumnElement[bool]:
    return (DevicePinRow.device_digest == device_digest) & (DevicePinRow.account_id == account)
