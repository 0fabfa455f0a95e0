"""Emergency access in the database: who may look at which session of another site, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from models.store.engine import Database
from models.store.tables import ChairRow, EmergencyRow, SessionIndexRow, SessionRow, SiteRow


@dataclass(frozen=True, slots=True)
class Emergency:
    """A clinician may read one session of another site until a moment, for a reason."""

    id: str
    site: str
    session: str
    account: str
    person: str
    home: str
    reason: str
    began_at: datetime
    until: datetime
    ended_at: datetime | None = None


class EmergencyStore:
    """Keeps what was opened; only its end is written later."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def site_of(self, session: str) -> str | None:
        """Return the site of a session, whichever it is."""
        with self.database.read() as connection:
            found: str | None = connection.scalar(select(SessionRow.site_id).where(SessionRow.id == session))
            return found

    def on_chair(self, site: str, chair: str) -> str | None:
        """Return the session on a chair now, by the names of site and chair."""
        table = SessionIndexRow
        wanted = (
            select(table.session_id)
            .join(ChairRow, ChairRow.id == table.chair_id)
            .join(SiteRow, SiteRow.id == table.site_id)
            .where(SiteRow.name == site, ChairRow.name == chair, table.state == "active")
        )
        with self.database.read() as connection:
            found: str | None = connection.scalar(wanted)
            return found

    def add(self, opened: Emergency) -> None:
        """Keep one that begins."""
        row = {
            "id": opened.id,
            "site_id": opened.site,
            "session_id": opened.session,
            "account_id": opened.account,
            "person": opened.person,
            "home_site": opened.home,
            "reason": opened.reason,
            "began_at": opened.began_at,
            "until": opened.until,
        }
        with self.database.write() as connection:
            connection.execute(insert(EmergencyRow).values(row))

    def end(self, emergency: str, account: str, now: datetime) -> None:
        """End one before its time."""
        table = EmergencyRow
        mine = (table.id == emergency) & (table.account_id == account) & table.ended_at.is_(None)
        with self.database.write() as connection:
            connection.execute(update(table).where(mine).values(ended_at=now))

    def running(self, account: str, now: datetime) -> list[Emergency]:
        """Return what somebody may look at now."""
        table = EmergencyRow
        wanted = select(EmergencyRow.__table__).where(
            table.account_id == account, table.until > now, table.began_at <= now, table.ended_at.is_(None)
        )
        return self._found(wanted.order_by(table.until))

    def listed(self, site: str, limit: int) -> list[Emergency]:
        """Return what was opened into a site or from it, newest first."""
        table = EmergencyRow
        wanted = select(EmergencyRow.__table__).where(or_(table.site_id == site, table.home_site == site))
        return self._found(wanted.order_by(table.began_at.desc()).limit(limit))

    def _found(self, wanted: Select[Any]) -> list[Emergency]:
        with self.database.read() as connection:
            return [_emergency(row) for row in connection.execute(wanted).mappings()]


def _emergency(row: RowMapping) -> Emergency:
    return Emergency(
        id=row["id"],
        site=row["site_id"],
        session=row["session_id"],
        account=row["account_id"],
        person=row["person"],
        home=row["home_site"],
        reason=row["reason"],
        began_at=row["began_at"],
        until=row["until"],
        ended_at=row["ended_at"],
    )
