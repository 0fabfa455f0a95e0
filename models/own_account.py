"""What everybody does about the own account: another password, a second factor; each asks for the password first."""

from __future__ import annotations

from dataclasses import dataclass

from models import acting, passwords
from models.errors import ConflictError, NotSignedInError, RefusedError, refuse
from models.people import Person, Right
from models.second_factor import Offer
from models.signing_in import SignIn, digest_of
from models.trail import Trace, Trail


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """How an account stands, for its owner."""

    person: Person
    has_code: bool
    codes_left: int
    may_have_code: bool


class AccountDesk:
    """The own account."""

    def __init__(self, sign_in: SignIn, trail: Trail) -> None:
        """Work with the same people, clock and budgets as the sign-in; every change is a line of ``trail``."""
        self.sign_in, self.trail = sign_in, trail
        self.factors = sign_in.second_factor

    def own(self, person: Person) -> OwnAccount:
        """Return how the own account stands."""
        acting.known(person)
        has_code = self._has_code(person)
        left = self.factors.store.codes_left(person.id) if has_code else 0
        return OwnAccount(person, has_code, left, person.may(Right.SECOND_FACTOR))

    def change_password(self, person: Person, token: str, body: object) -> None:
        """Change the own password: the old one is asked for, and every other browser is signed out.

        Raises:
            RefusedError: the old one is wrong, or the new one is too weak or the old one again.
        """
        given = body if isinstance(body, dict) else {}
        old, new = given.get("password"), given.get("new_password")
        if not isinstance(new, str):
            raise refuse("new_password", "new_password is missing: give one.")
        acting.allow(person, Right.OWN_ACCOUNT)
        _check_new(new, person.name, with_code=self._has_code(person))
        known = self.sign_in.check_own(person, old)
        if new == known:
            raise refuse("new_password", "new_password: this is the old one. Give another.")
        digest = passwords.hashed(new)
        with self.trail.together(person, Trace.ACCOUNT, "own password changed"):
            self.sign_in.people.set_password(person.name, digest, self.sign_in.clock(), keep=digest_of(token))

    def offer(self, person: Person, body: object) -> Offer:
        """Offer a second factor to who knows the password.

        Raises:
            RefusedError: the password is wrong.
        """
        acting.allow(person, Right.SECOND_FACTOR)
        self.sign_in.check_own(person, _password(body))
        return self.factors.offer(person)

    def confirm(self, person: Person, body: object) -> tuple[str, ...]:
        """Put it in force by its first code, and return the recovery codes, once."""
        acting.allow(person, Right.SECOND_FACTOR)
        with self.trail.together(person, Trace.ACCOUNT, "own second factor set up"):
            return self.factors.confirm(person, body.get("code") if isinstance(body, dict) else None)

    def remove(self, person: Person, body: object) -> None:
        """Take the own second factor away, where the password can stand alone.

        Raises:
            RefusedError: the password is wrong, or too short without a code.
        """
        acting.known(person)
        if not self._has_code(person):
            raise ConflictError("There is no second factor.")
        if len(self.sign_in.check_own(person, _password(body))) < passwords.SHORTEST:
            said = f"password: without a code it needs {passwords.SHORTEST} characters. Change the password first."
            raise refuse("password", said)
        with self.trail.together(person, Trace.ACCOUNT, "own second factor removed"):
            self.factors.store.remove(person.id)

    def _has_code(self, person: Person) -> bool:
        account = self.sign_in.people.account(person.name)
        if account is None:
            raise NotSignedInError("This account is not there any more.")
        return account.sealed is not None


def _password(body: object) -> object:
    return body.get("password") if isinstance(body, dict) else None


def _check_new(new: str, name: str, *, with_code: bool) -> None:
    """Say what is wrong with a new password of the field that it was typed in."""
    try:
        passwords.check_strength(new, name, with_code=with_code)
    except RefusedError as error:
        raise refuse("new_password", f"new_{error.errors[0].message}") from error
