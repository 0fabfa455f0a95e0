"""How names show on the wall of each site, in the database."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from models.store.engine import Database
from models.store.tables import WallPrivacyRow


def read_level(database: Database, site: str) -> str | None:
    """Return the level of a site; ``None`` until somebody decided."""
    with database.read() as connection:
        return connection.scalar(select(WallPrivacyRow.names).where(WallPrivacyRow.site_id == site))


def write_level(database: Database, site: str, names: str) -> None:
    """Keep the level of a site."""
    table = WallPrivacyRow
    with database.write() as connection:
        if not connection.execute(update(table).where(table.site_id == site).values(names=names)).rowcount:
            connection.execute(insert(table).values({"site_id": site, "names": names}))
