"""The use cases of looking after people and devices: an admin adds, changes and resets; each asks who does it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models import acting, passwords
from models.errors import ConflictError, NotFoundError, RefusedError
from models.fields import Fields
from models.people import Person, Right, Role
from models.signing_in import new_device_token
from models.store.people import Listed, ListedToken, PeopleStore
from models.trail import Trace, Trail

ACCOUNT_ROLES: Final = tuple(role.value for role in Role if role not in {Role.DEVICE, Role.SERVER})
NAME_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class NewToken:
    """A device's token; it is shown once."""

    name: str
    token: str


class PeopleDesk:
    """People of a clinic and their devices."""

    def __init__(self, people: PeopleStore, clock: Callable[[], datetime], trail: Trail) -> None:
        """Work on this store; every change is a line of ``trail``."""
        self.people, self.now, self.trail = people, clock, trail

    def may_manage(self, person: Person) -> None:
        """Let pass only who looks after people.

        Raises:
            NotAllowedError: this person does not.
        """
        acting.allow(person, Right.MANAGE_PEOPLE)

    def listed(self, person: Person) -> list[Listed]:
        """Return every account of the site, by name."""
        self.may_manage(person)
        return self.people.listed(person.site)

    def one(self, person: Person, account: str) -> Listed:
        """Return one account by its id.

        Raises:
            NotFoundError: there is none on this site.
        """
        found = next((one for one in self.listed(person) if one.person.id == account), None)
        if found is None:
            raise NotFoundError("There is no such account.")
        return found

    def add(self, person: Person, body: object) -> Listed:
        """Add an account: ``name``, ``role`` and a first ``password``.

        Raises:
            RefusedError: a field is missing or wrong.
            ConflictError: the name is taken.
        """
        self.may_manage(person)
        fields = Fields(body)
        name, role = _name(fields), fields.choice("role", ACCOUNT_ROLES, required=True)
        digest = _new_password(fields, name or "")
        with self._traced(person, f"added {name} as {role}"):
            added = self.people.add_account(person.site, name or "", Role(str(role)), digest, self.now())
        return self.one(person, added.id)

    def change_role(self, person: Person, account: str, body: object) -> Listed:
        """Give an account another role; whoever is signed in with it is signed out at once.

        Raises:
            ConflictError: it is the last admin.
        """
        found = self.one(person, account)
        fields = Fields(body)
        role = fields.choice("role", ACCOUNT_ROLES, required=True)
        fields.finish()
        with self._traced(person, f"made {role} {found.person.name}"):
            self.people.change_role(found.person.name, Role(str(role)), self.now(), keep_an_admin=True)
        return self.one(person, account)

    def disable(self, person: Person, account: str) -> Listed:
        """Disable an account at once, everywhere.

        Raises:
            ConflictError: it is the last admin.
        """
        found = self.one(person, account)
        with self._traced(person, f"disabled {found.person.name}"):
            self.people.disable_account(found.person.name, self.now(), keep_an_admin=True)
        return self.one(person, account)

    def enable(self, person: Person, account: str) -> Listed:
        """Let a disabled account sign in again, with the password it had."""
        found = self.one(person, account)
        with self._traced(person, f"enabled {found.person.name}"):
            self.people.enable_account(found.person.name)
        return self.one(person, account)

    def reset_password(self, person: Person, account: str, body: object) -> Listed:
        """Set another ``password`` and sign out whoever is signed in with the account."""
        found = self.one(person, account)
        fields = Fields(body)
        digest = _new_password(fields, found.person.name)
        with self._traced(person, f"password reset {found.person.name}"):
            self.people.set_password(found.person.name, digest, self.now())
        return self.one(person, account)

    def reset_code(self, person: Person, account: str, body: object) -> Listed:
        """Take the second factor away and set another ``password``: one chosen beside a code may be too short alone.

        Raises:
            ConflictError: there is no second factor.
        """
        found = self.one(person, account)
        if not found.has_code:
            raise ConflictError("This account has no second factor.")
        fields = Fields(body)
        digest = _new_password(fields, found.person.name)
        with self._traced(person, f"second factor reset {found.person.name}"):
            self.people.set_password(found.person.name, digest, self.now(), drop_code=True)
        return self.one(person, account)

    def tokens(self, person: Person) -> list[ListedToken]:
        """Return the device tokens of the site by name; none of the tokens themselves."""
        self.may_manage(person)
        return self.people.device_tokens(person.site)

    def add_token(self, person: Person, body: object) -> NewToken:
        """Make a device token by ``name``; the answer is the only time that it is told.

        Raises:
            ConflictError: there is one of this name that holds.
        """
        self.may_manage(person)
        fields = Fields(body)
        name = _name(fields)
        fields.finish()
        if any(one.name == name and not one.revoked for one in self.tokens(person)):
            raise ConflictError("There is a token of this name already. Revoke it first, or choose another name.")
        with self._traced(person, f"token added for {name}"):
            return NewToken(name or "", new_device_token(self.people, person.site, name or "", self.now()))

    def revoke_token(self, person: Person, token: str) -> None:
        """Let a device's token post nothing more, at once.

        Raises:
            NotFoundError: there is none of this id.
        """
        self.may_manage(person)
        with self._traced(person, "token of a device revoked"):
            self.people.revoke_device_token(person.site, token, self.now())

    def _traced(self, person: Person, about: str) -> AbstractContextManager[None]:
        return self.trail.together(person, Trace.ACCOUNT, about)


def account_name(text: str) -> str | None:
    """Return the name as it is kept; ``None`` where it cannot be one."""
    name = text.strip()
    return name if name and len(name) <= NAME_MOST and name.isprintable() else None


def _name(fields: Fields) -> str | None:
    said = fields.text("name", most=NAME_MOST, required=True)
    name = account_name(said) if said else None
    if said and name is None:
        fields.wrong("name", f"name: give 1 to {NAME_MOST} printable characters.")
    return name


def _new_password(fields: Fields, name: str) -> str:
    """Read a password, finish the fields, and return its digest; hashing waits until everything else is right."""
    password = fields.take("password")
    if not isinstance(password, str):
        fields.wrong("password", "password is missing: give one.")
        password = ""
    else:
        try:
            passwords.check_strength(password, name)
        except RefusedError as error:
            fields.errors.extend(error.errors)
    fields.finish()
    return passwords.hashed(password)
