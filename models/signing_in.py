"""Signing in and staying signed in: digests of random tokens, idle and absolute limits, budgets of wrong passwords."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from models import passwords
from models.errors import NotSignedInError, NotStoredNowError, ThrottledError, WrongCodeError, refuse
from models.fields import is_plain
from models.moments import MIN, utc_now
from models.people import Person, Role
from models.second_factor import SecondFactor
from models.store.factors import FactorStore
from models.store.people import Account, PeopleStore, WebSession
from models.store.tries import KEPT, Budget, TryStore

ABSOLUTE: Final = timedelta(hours=12)
WINDOW: Final = 15 * MIN
PER_ACCOUNT: Final = 10
PER_ADDRESS: Final = 50
PER_HOUR: Final = 100
"""How many wrong passwords an account costs an hour, whatever the addresses of unknown devices."""
_NOTE_EVERY: Final = timedelta(seconds=20)
_UNNOTED_MOST: Final = 10_000
_NAME_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh sign-in: the secrets go to the browser once, the server keeps their digests."""

    token: str
    device: str
    session: WebSession


class SignIn:
    """Everything about who is at the other end; the clock and the limits are injected."""

    def __init__(
        self,
        people: PeopleStore,
        *,
        key: bytes,
        idle: timedelta = 15 * MIN,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Work on ``people``; a browser nobody uses for ``idle`` is signed out (the wall never is).

        ``key`` seals the secrets of second factors.
        """
        self.people, self.idle, self.clock = people, idle, clock
        self.tries = TryStore(people.database)
        self.second_factor = SecondFactor(FactorStore(people.database), key, clock)
        self._unnoted: dict[str, datetime] = {}

    def sign_in(
        self, name: object, password: object, address: str, device: str | None, code: object = None
    ) -> SignedIn:
        """Sign somebody in on a browser.

        Raises:
            RefusedError: name or password is missing.
            ThrottledError: too many wrong passwords.
            WrongCodeError: the password is right, and the code of the second factor is missing or wrong.
            NotSignedInError: wrong; the same words and the same time for unknown names.
        """
        said, given = _given(name, password)
        now = self.clock()
        account = self.people.account(said) if is_plain(said) else None
        users = self.people.known_on(digest_of(device)) if device else frozenset()
        known = account is not None and account.person.id in users
        tried = self._try(self._charged(said, address, device, known=known), now)
        usable = account is not None and not account.disabled
        kept = account.password_hash if account is not None and usable else None
        if not passwords.fits(given, kept) or account is None:
            raise NotSignedInError("The name or the password is wrong.")
        self._check_code(account, code, tried)
        ours = device if device and users else secrets.token_urlsafe(32)  # a shared tablet stays known to all of them
        return self.begin(account.person, ours, tried=tried)

    def check_own(self, person: Person, password: object) -> str:
        """Let pass only who knows the password of the person that is signed in; the answer is that password.

        Raises:
            RefusedError: it is missing or wrong.
            ThrottledError: too many wrong ones.
        """
        if not isinstance(password, str) or not password:
            raise refuse("password", "password: give the password you sign in with.")
        tried = self._try([Budget(f"own:{person.id}", PER_ACCOUNT, WINDOW)], self.clock())
        account = self.people.account(person.name)
        if account is None or not passwords.fits(password[: passwords.LONGEST], account.password_hash):
            raise refuse("password", "password: this is not the password you sign in with.")
        self.tries.give_back(tried)
        return password

    def _try(self, budgets: list[Budget], now: datetime) -> str:
        """Charge a try before it is made; the right ones are given back."""
        tried = self.tries.take(budgets, now)
        if tried.id is None:
            raise ThrottledError(max(1, int((tried.wait or WINDOW).total_seconds())))
        return tried.id

    def _check_code(self, account: Account, code: object, tried: str) -> None:
        """Ask for the second factor where there is one; to be asked costs nothing, a wrong code costs a try."""
        if account.sealed is None:
            return
        if code is None or code == "":
            self.tries.give_back(tried)
            raise WrongCodeError("code: give the six digits that your authenticator shows now.")
        if not self.second_factor.takes(account.person.id, account.sealed, code):
            raise WrongCodeError("code: it is wrong, or it was used before. Wait for the next one.")

    def current(self, token: str, *, used: bool) -> WebSession:
        """Return who a browser's token stands for; ``used`` says that a person did something with it.

        Raises:
            NotSignedInError: unknown, ended, idle for too long, or disabled.
        """
        now = self.clock()
        session = self.people.web_session(digest_of(token))
        if session is None or now >= session.expires_at:
            raise NotSignedInError("You are signed out. Sign in again.")
        idle = now - max(session.seen_at, self._unnoted.get(session.token_digest, session.seen_at))
        limit = self.idle_of(session.person)
        if limit is not None and idle > limit:
            raise NotSignedInError("You were signed out after a while without use. Sign in again.")
        if used and idle > _NOTE_EVERY:
            self._note(session.token_digest, now)
        return session

    def idle_of(self, person: Person) -> timedelta | None:
        """Return how long somebody may leave a browser unused; ``None`` for the wall, which nobody touches."""
        return None if person.role is Role.WALL else self.idle

    def device(self, token: str) -> Person:
        """Return the device a bearer token stands for.

        Raises:
            NotSignedInError: there is none.
        """
        person = self.people.device(digest_of(token))
        if person is None:
            raise NotSignedInError("This device token is not known.")
        return person

    def sign_out(self, token: str) -> None:
        """End a browser's session."""
        self.people.end(digest_of(token), self.clock())

    def _note(self, token_digest: str, now: datetime) -> None:
        """Note that a browser was used; in memory while storage takes nothing, so that nobody is signed out for it."""
        try:
            self.people.seen(token_digest, now)
        except NotStoredNowError:
            if len(self._unnoted) >= _UNNOTED_MOST:
                self._unnoted.pop(next(iter(self._unnoted)), None)
            self._unnoted[token_digest] = now
        else:
            self._unnoted.pop(token_digest, None)

    def _charged(self, name: str, address: str, device: str | None, *, known: bool) -> list[Budget]:
        if known and device:
            return [Budget(f"device:{digest_of(device)}:{name}", PER_ACCOUNT, WINDOW)]
        account = f"account:{name}"
        return [
            Budget(account, PER_ACCOUNT, WINDOW),
            Budget(account, PER_HOUR, KEPT),
            Budget(f"address:{address}", PER_ADDRESS, WINDOW),
        ]

    def begin(
        self, person: Person, device: str, *, tried: str | None = None, until: datetime | None = None
    ) -> SignedIn:
        """Begin a session of somebody who has proved who he is; ``until`` is when a PIN ends, where it was one."""
        token, now = secrets.token_urlsafe(32), self.clock()
        never = timedelta(days=3650)
        expires = until or now + (never if person.role is Role.WALL else ABSOLUTE)
        session = WebSession(digest_of(token), person, secrets.token_hex(32), now, now, expires)
        self.people.begin(session, digest_of(device), tried=tried, by_password=until is None)
        return SignedIn(token, device, session)


def _given(name: object, password: object) -> tuple[str, str]:
    """Return name and password in the form that is looked at."""
    if not isinstance(name, str) or not name.strip():
        raise refuse("username", "username: give your account name.")
    if not isinstance(password, str) or not password:
        raise refuse("password", "password: give your password.")
    return name.strip()[:_NAME_MOST], password[: passwords.LONGEST]


def digest_of(secret: str) -> str:
    """Return the form in which a random secret is kept."""
    return sha256(secret.encode()).hexdigest()


def new_device_token(people: PeopleStore, site: str, name: str, now: datetime) -> str:
    """Make a device token, keep its digest and return it, once."""
    token = secrets.token_urlsafe(32)
    people.add_device_token(site, name, digest_of(token), now)
    return token
