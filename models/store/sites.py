"""Sites and who works at which: the account's own one, and those that it was added to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from models.errors import ConflictError, NotFoundError
from models.people import Person, Role
from models.protocol import STANDARD
from models.store.engine import Database
from models.store.protocols import ProtocolStore
from models.store.tables import AccountRow, MembershipRow, SiteRow, WebSessionRow


@dataclass(frozen=True, slots=True)
class Site:
    """A clinic, or one of its houses."""

    id: str
    name: str


class SiteStore:
    """Reads and writes sites and memberships."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def sites(self) -> list[Site]:
        """Return every site, the first one that was made first."""
        wanted = select(SiteRow.id, SiteRow.name).order_by(SiteRow.added_at.nulls_first(), SiteRow.id)
        with self.database.read() as connection:
            return [Site(row.id, row.name) for row in connection.execute(wanted)]

    def named(self, name: str) -> Site:
        """Return a site by its name.

        Raises:
            NotFoundError: there is none.
        """
        found = next((one for one in self.sites() if one.name == name), None)
        if found is None:
            raise NotFoundError(f"There is no site named {name}.")
        return found

    def add(self, name: str, now: datetime) -> Site:
        """Add a site, with the protocol that ships.

        Raises:
            ConflictError: there is one of this name.
        """
        site = Site(str(uuid.uuid4()), name)
        with self.database.write() as connection:
            if connection.scalar(select(SiteRow.id).where(SiteRow.name == name)) is not None:
                raise ConflictError(f"There is a site named {name} already.")
            connection.execute(insert(SiteRow).values({"id": site.id, "name": name, "added_at": now}))
        ProtocolStore(self.database).seed(site.id, STANDARD, now)
        return site

    def of(self, person: Person) -> list[Site]:
        """Return the sites at which somebody works."""
        joined = select(MembershipRow.site_id).where(MembershipRow.account_id == person.id)
        own = select(AccountRow.site_id).where(AccountRow.id == person.id)
        wanted = select(SiteRow.id, SiteRow.name).where(SiteRow.id.in_(joined) | SiteRow.id.in_(own))
        with self.database.read() as connection:
            return [Site(row.id, row.name) for row in connection.execute(wanted.order_by(SiteRow.name))]

    def members(self, site: str) -> list[Person]:
        """Return who may sign in and works at a site, by name."""
        table = AccountRow
        joined = select(MembershipRow.account_id).where(MembershipRow.site_id == site)
        here = (table.site_id == site) | table.id.in_(joined)
        wanted = select(table.id, table.name, table.role).where(here, table.disabled_at.is_(None))
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(table.name)).all()
        return [Person(row.id, row.name, Role(row.role), site) for row in rows]

    def join(self, account: str, site: str, now: datetime) -> None:
        """Let an account (by its name) work at a site as well.

        Raises:
            NotFoundError: there is no such account.
            ConflictError: it works there already.
        """
        with self.database.write() as connection:
            found = _account(connection, account)
            if site in _sites(connection, found):
                raise ConflictError(f"{account} works at this site already.")
            row = {"account_id": found, "site_id": site, "added_at": now}
            connection.execute(insert(MembershipRow).values(row))

    def leave(self, account: str, site: str) -> None:
        """Let an account work at a site no more; a browser that acts there acts at the account's own site from now on.

        Raises:
            NotFoundError: there is no such account.
            ConflictError: it does not work there, or belongs there.
        """
        table = MembershipRow
        with self.database.write() as connection:
            found = _account(connection, account)
            gone = delete(table).where(table.account_id == found, table.site_id == site)
            if not connection.execute(gone).rowcount:
                raise ConflictError(
                    f"{account} belongs to this site or does not work at it; disable the account instead."
                )

    def act_at(self, token_digest: str, person: Person, site: str) -> None:
        """Let a signed-in browser act at another site from now on.

        Raises:
            NotFoundError: its person does not work there.
        """
        with self.database.write() as connection:
            if site not in _sites(connection, person.id):
                raise NotFoundError("There is no such site for you.")
            mine = WebSessionRow.token_digest == token_digest
            connection.execute(update(WebSessionRow).where(mine).values(site_id=site))


def acting_site() -> ColumnElement[Any]:
    """Return, within a query of browsers and their accounts, the site that is acted at: never one that was left."""
    table = MembershipRow
    chosen = (
        select(table.site_id)
        .where(table.account_id == WebSessionRow.account_id, table.site_id == WebSessionRow.site_id)
        .scalar_subquery()
    )
    return func.coalesce(chosen, AccountRow.site_id).label("site_id")


def _account(connection: Connection, name: str) -> str:
    found = connection.scalar(select(AccountRow.id).where(AccountRow.name == name))
    if found is None:
        raise NotFoundError(f"There is no account named {name}.")
    return str(found)


def _sites(connection: Connection, account: str) -> Sequence[str]:
    own = select(AccountRow.site_id).where(AccountRow.id == account)
    joined = select(MembershipRow.site_id).where(MembershipRow.account_id == account)
    return [*connection.scalars(own), *connection.scalars(joined)]
