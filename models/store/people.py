"""Accounts, signed-in browsers and device tokens in the database; secrets are kept as digests only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import ConflictError, NotFoundError
from models.people import Person, Role
from models.store.engine import Database
from models.store.sites import acting_site
from models.store.tables import AccountRow, DeviceTokenRow, KnownDeviceRow, WebSessionRow

_NOTE_PATIENCE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in, with the digest of the password."""

    person: Person
    password_hash: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class WebSession:
    """A browser that is signed in."""

    token_digest: str
    person: Person
    csrf_token: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class PeopleStore:
    """Reads and writes people and what they are signed in with."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def add_account(self, site: str, name: str, role: Role, password_hash: str, now: datetime) -> Person:
        """Add an account.

        Raises:
            ConflictError: the name is taken.
        """
        person = Person(str(uuid.uuid4()), name, role, site)
        row = {
            "id": person.id,
            "site_id": site,
            "name": name,
            "role": role.value,
            "password_hash": password_hash,
            "created_at": now,
        }
        try:
            with self.database.write() as connection:
                connection.execute(insert(AccountRow).values(row))
        except IntegrityError as error:
            raise ConflictError(f"There is an account named {name} already.") from error
        return person

    def account(self, name: str) -> Account | None:
        """Return the account of this name."""
        table = AccountRow
        wanted = select(table.id, table.name, table.role, table.site_id, table.password_hash, table.disabled_at)
        with self.database.read() as connection:
            row = connection.execute(wanted.where(table.name == name)).first()
        if row is None:
            return None
        person = Person(row.id, row.name, Role(row.role), row.site_id)
        return Account(person, row.password_hash, row.disabled_at is not None)

    def people(self, site: str) -> list[Person]:
        """Return who may sign in at a site, by name."""
        table = AccountRow
        wanted = select(table.id, table.name, table.role).where(table.site_id == site, table.disabled_at.is_(None))
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(table.name)).all()
        return [Person(row.id, row.name, Role(row.role), site) for row in rows]

    def disable_account(self, name: str, now: datetime) -> None:
        """Disable an account and end what it is signed in with, at once.

        Raises:
            NotFoundError: there is none of this name.
        """
        with self.database.write() as connection:
            account = connection.scalar(select(AccountRow.id).where(AccountRow.name == name))
            if account is None:
                raise NotFoundError(f"There is no account named {name}.")
            connection.execute(update(AccountRow).where(AccountRow.id == account).values(disabled_at=now))
            ended = update(WebSessionRow).where(WebSessionRow.account_id == account, WebSessionRow.ended_at.is_(None))
            connection.execute(ended.values(ended_at=now))

    def names(self, role: Role | None = None) -> list[tuple[str, str, bool]]:
        """Return name, role and whether it is disabled, of every account."""
        table = AccountRow
        wanted = select(table.name, table.role, table.disabled_at).order_by(table.name)
        if role is not None:
            wanted = wanted.where(table.role == role.value)
        with self.database.read() as connection:
            return [(row.name, row.role, row.disabled_at is not None) for row in connection.execute(wanted)]

    def begin(self, session: WebSession, device_digest: str) -> None:
        """Store a browser that has just signed in, and remember its device."""
        row = {
            "token_digest": session.token_digest,
            "account_id": session.person.id,
            "csrf_token": session.csrf_token,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "expires_at": session.expires_at,
        }
        known = {"device_digest": device_digest, "account_id": session.person.id}
        with self.database.write() as connection:
            connection.execute(insert(WebSessionRow).values(row))
            table = KnownDeviceRow
            wanted = select(table.created_at).where(
                table.device_digest == device_digest, table.account_id == session.person.id
            )
            if connection.scalar(wanted) is None:
                connection.execute(insert(table).values(known | {"created_at": session.created_at}))

    def known_on(self, device_digest: str) -> frozenset[str]:
        """Return the accounts that signed in on this device before."""
        wanted = select(KnownDeviceRow.account_id).where(KnownDeviceRow.device_digest == device_digest)
        with self.database.read() as connection:
            return frozenset(connection.scalars(wanted))

    def web_session(self, token_digest: str) -> WebSession | None:
        """Return a signed-in browser; ``None`` where it was ended or its account disabled."""
        web, account = WebSessionRow, AccountRow
        wanted = (
            select(
                web.csrf_token,
                web.created_at,
                web.seen_at,
                web.expires_at,
                account.id,
                account.name,
                account.role,
                acting_site(),
            )
            .join(account, account.id == web.account_id)
            .where(web.token_digest == token_digest, web.ended_at.is_(None), account.disabled_at.is_(None))
        )
        with self.database.read() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        person = Person(row.id, row.name, Role(row.role), row.site_id)
        return WebSession(token_digest, person, row.csrf_token, row.created_at, row.seen_at, row.expires_at)

    def seen(self, token_digest: str, now: datetime) -> None:
        """Note that somebody used a browser just now; nobody waits long for that."""
        table = WebSessionRow
        with self.database.write(_NOTE_PATIENCE) as connection:
            connection.execute(update(table).where(table.token_digest == token_digest).values(seen_at=now))

    def end(self, token_digest: str, now: datetime) -> None:
        """Sign a browser out."""
        table = WebSessionRow
        with self.database.write() as connection:
            connection.execute(update(table).where(table.token_digest == token_digest).values(ended_at=now))

    def add_device_token(self, site: str, name: str, token_digest: str, now: datetime) -> None:
        """Store the digest of a device's token."""
        row = {
            "id": str(uuid.uuid4()),
            "site_id": site,
            "name": name,
            "token_digest": token_digest,
            "created_at": now,
        }
        with self.database.write() as connection:
            connection.execute(insert(DeviceTokenRow).values(row))

    def device(self, token_digest: str) -> Person | None:
        """Return the device a token belongs to."""
        table = DeviceTokenRow
        wanted = select(table.id, table.name, table.site_id).where(
            table.token_digest == token_digest, table.disabled_at.is_(None)
        )
        with self.database.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Person(row.id, row.name, Role.DEVICE, row.site_id)
