"""Accounts, signed-in browsers and device tokens in the database; secrets are kept as digests only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import ConflictError, NotFoundError
from models.people import Person, Role
from models.store.engine import Database
from models.store.sites import acting_site
from models.store.tables import (
    AccountRow,
    DevicePinRow,
    DeviceTokenRow,
    KnownDeviceRow,
    RecoveryCodeRow,
    SecondFactorRow,
    SignInTryRow,
    WebSessionRow,
)

_NOTE_PATIENCE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in, with the digest of the password and the sealed secret of the second factor."""

    person: Person
    password_hash: str
    disabled: bool
    sealed: str | None = None
    """``None`` where there is no second factor, or none that was confirmed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as whoever looks after people sees it."""

    person: Person
    disabled: bool
    has_code: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A device's token by its name; the token itself is not known to anybody but the device."""

    id: str
    name: str
    created_at: datetime
    revoked: bool


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
        table, factor = AccountRow, SecondFactorRow
        there = (factor.account_id == table.id) & factor.confirmed_at.is_not(None)
        wanted = select(
            table.id, table.name, table.role, table.site_id, table.password_hash, table.disabled_at, factor.sealed
        ).join(factor, there, isouter=True)
        with self.database.read() as connection:
            row = connection.execute(wanted.where(table.name == name)).first()
        if row is None:
            return None
        person = Person(row.id, row.name, Role(row.role), row.site_id)
        return Account(person, row.password_hash, row.disabled_at is not None, row.sealed)

    def listed(self, site: str) -> list[Listed]:
        """Return every account of a site by name, the disabled ones as well."""
        table, factor = AccountRow, SecondFactorRow
        there = (factor.account_id == table.id) & factor.confirmed_at.is_not(None)
        wanted = select(
            table.id, table.name, table.role, table.disabled_at, table.created_at, factor.confirmed_at
        ).join(factor, there, isouter=True)
        with self.database.read() as connection:
            rows = connection.execute(wanted.where(table.site_id == site).order_by(table.name)).all()
        return [
            Listed(
                Person(row.id, row.name, Role(row.role), site),
                row.disabled_at is not None,
                row.confirmed_at is not None,
                row.created_at,
            )
            for row in rows
        ]

    def people(self, site: str) -> list[Person]:
        """Return who may sign in at a site, by name."""
        table = AccountRow
        wanted = select(table.id, table.name, table.role).where(table.site_id == site, table.disabled_at.is_(None))
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(table.name)).all()
        return [Person(row.id, row.name, Role(row.role), site) for row in rows]

    def disable_account(self, name: str, now: datetime, *, keep_an_admin: bool = False) -> None:
        """Disable an account and end what it is signed in with, at once.

        Raises:
            NotFoundError: there is none of this name.
            ConflictError: it is the last admin, and one is to be kept.
        """
        with self.database.write() as connection:
            account = _account_id(connection, name)
            connection.execute(update(AccountRow).where(AccountRow.id == account).values(disabled_at=now))
            _sign_out(connection, account, now)
            if keep_an_admin:
                _check_admins(connection, account)

    def enable_account(self, name: str) -> None:
        """Let an account sign in again.

        Raises:
            NotFoundError: there is none of this name.
        """
        with self.database.write() as connection:
            account = _account_id(connection, name)
            connection.execute(update(AccountRow).where(AccountRow.id == account).values(disabled_at=None))

    def change_role(self, name: str, role: Role, now: datetime, *, keep_an_admin: bool = False) -> None:
        """Give an account another role, and end what it is signed in with, at once.

        Raises:
            NotFoundError: there is none of this name.
            ConflictError: it is the last admin, and one is to be kept.
        """
        with self.database.write() as connection:
            account = _account_id(connection, name)
            connection.execute(update(AccountRow).where(AccountRow.id == account).values(role=role.value))
            _sign_out(connection, account, now)
            if keep_an_admin:
                _check_admins(connection, account)

    def set_password(
        self, name: str, password_hash: str, now: datetime, *, keep: str | None = None, drop_code: bool = False
    ) -> None:
        """Give an account another password and end what it is signed in with, but for the browser ``keep``.

        Args:
            name: the account.
            password_hash: the digest of the new password.
            now: the present moment.
            keep: the digest of the token of the browser on which somebody changes his own password.
            drop_code: take the second factor away as well.

        Raises:
            NotFoundError: there is none of this name.
        """
        with self.database.write() as connection:
            account = _account_id(connection, name)
            connection.execute(update(AccountRow).where(AccountRow.id == account).values(password_hash=password_hash))
            _sign_out(connection, account, now, keep)
            if drop_code:
                for table in (SecondFactorRow, RecoveryCodeRow):
                    connection.execute(delete(table).where(table.account_id == account))

    def names(self, role: Role | None = None) -> list[tuple[str, str, bool]]:
        """Return name, role and whether it is disabled, of every account."""
        table = AccountRow
        wanted = select(table.name, table.role, table.disabled_at).order_by(table.name)
        if role is not None:
            wanted = wanted.where(table.role == role.value)
        with self.database.read() as connection:
            return [(row.name, row.role, row.disabled_at is not None) for row in connection.execute(wanted)]

    def password_hashes(self) -> list[tuple[str, str]]:
        """Return name and digest of the password of every account that may sign in."""
        wanted = select(AccountRow.name, AccountRow.password_hash).where(AccountRow.disabled_at.is_(None))
        with self.database.read() as connection:
            return [(row.name, row.password_hash) for row in connection.execute(wanted.order_by(AccountRow.name))]

    def begin(
        self, session: WebSession, device_digest: str, *, tried: str | None = None, by_password: bool = True
    ) -> None:
        """Store a browser that has just signed in, remember its device, and give back the try that was right."""
        row = {
            "token_digest": session.token_digest,
            "account_id": session.person.id,
            "csrf_token": session.csrf_token,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "expires_at": session.expires_at,
        }
        with self.database.write() as connection:
            connection.execute(insert(WebSessionRow).values(row))
            if tried is not None:
                connection.execute(delete(SignInTryRow).where(SignInTryRow.id == tried))
            if by_password:
                _know(connection, device_digest, session.person.id, session.created_at)

    def password_at(self, device_digest: str, account: str) -> datetime | None:
        """Return when somebody last gave the password on a device; ``None`` for never."""
        table = KnownDeviceRow
        mine = (table.device_digest == device_digest) & (table.account_id == account)
        with self.database.read() as connection:
            return connection.scalar(select(table.password_at).where(mine))

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

    def device_tokens(self, site: str) -> list[ListedToken]:
        """Return the device tokens of a site by name, the revoked ones as well."""
        table = DeviceTokenRow
        wanted = select(table.id, table.name, table.created_at, table.disabled_at).where(table.site_id == site)
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(table.name, table.created_at)).all()
        return [ListedToken(row.id, row.name, row.created_at, row.disabled_at is not None) for row in rows]

    def revoke_device_token(self, site: str, token: str, now: datetime) -> None:
        """Let a device's token post nothing more, at once.

        Raises:
            NotFoundError: there is none of this id.
        """
        table = DeviceTokenRow
        mine = (table.site_id == site) & (table.id == token)
        with self.database.write() as connection:
            changed = connection.execute(
                update(table).where(mine).values(disabled_at=func.coalesce(table.disabled_at, now))
            )
        if not changed.rowcount:
            raise NotFoundError("There is no such device token.")

    def device(self, token_digest: str) -> Person | None:
        """Return the device a token belongs to."""
        table = DeviceTokenRow
        wanted = select(table.id, table.name, table.site_id).where(
            table.token_digest == token_digest, table.disabled_at.is_(None)
        )
        with self.database.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Person(row.id, row.name, Role.DEVICE, row.site_id)


def _account_id(connection: Connection, name: str) -> str:
    account = connection.scalar(select(AccountRow.id).where(AccountRow.name == name))
    if account is None:
        raise NotFoundError(f"There is no account named {name}.")
    return account


def _sign_out(connection: Connection, account: str, now: datetime, keep: str | None = None) -> None:
    """End every browser and every PIN of an account; ``keep`` is the digest of a browser that stays."""
    open_now = (WebSessionRow.account_id == account) & WebSessionRow.ended_at.is_(None)
    ended = update(WebSessionRow).where(open_now, WebSessionRow.token_digest != (keep or ""))
    connection.execute(ended.values(ended_at=now))
    connection.execute(delete(DevicePinRow).where(DevicePinRow.account_id == account))


def _check_admins(connection: Connection, account: str) -> None:
    """Let pass only while somebody is left who may look after people; two who leave at once wait for each other."""
    mine = select(AccountRow.site_id).where(AccountRow.id == account).scalar_subquery()
    admins = (AccountRow.role == Role.ADMIN.value) & (AccountRow.site_id == mine) & AccountRow.disabled_at.is_(None)
    if not connection.scalars(select(AccountRow.id).where(admins).with_for_update()).all():
        raise ConflictError("This is the last admin. Add another admin first.")


def _know(connection: Connection, device_digest: str, account: str, now: datetime) -> None:
    """Remember that somebody gave the password on a device."""
    table = KnownDeviceRow
    mine = (table.device_digest == device_digest) & (table.account_id == account)
    if not connection.execute(update(table).where(mine).values(password_at=now)).rowcount:
        row = {"device_digest": device_digest, "account_id": account, "created_at": now, "password_at": now}
        connection.execute(insert(table).values(row))
