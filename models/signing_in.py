"""Signing in and staying signed in: digests of random tokens, idle and absolute limits, budgets of wrong passwords."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from models import passwords
from models.errors import NotSignedInError, NotStoredNowError, ThrottledError, refuse
from models.fields import is_plain
from models.moments import MIN, utc_now
from models.people import Person, Role
from models.store.people import PeopleStore, WebSession

ABSOLUTE: Final = timedelta(hours=12)
WINDOW: Final = 15 * MIN
PER_ACCOUNT: Final = 10
PER_ADDRESS: Final = 50
_NOTE_EVERY: Final = timedelta(seconds=20)
_BUDGETS_MOST: Final = 10_000
_NAME_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh sign-in: the secrets go to the browser once, the server keeps their digests."""

    token: str
    device: str
    session: WebSession


class Budgets:
    """Counts wrong passwords within a window, by whatever they are charged to; bounded in memory."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._wrong: dict[str, deque[datetime]] = defaultdict(deque)
        self._lock = threading.Lock()

    def wait(self, charged_to: str, most: int, now: datetime) -> timedelta | None:
        """Return how long to wait until another try is allowed; ``None`` when it is allowed now."""
        with self._lock:
            tries = self._wrong.get(charged_to)
            while tries and now - tries[0] >= WINDOW:
                tries.popleft()
            if not tries or len(tries) < most:
                return None
            return tries[0] + WINDOW - now

    def charge(self, charged_to: str, now: datetime) -> None:
        """Count one wrong password."""
        with self._lock:
            if len(self._wrong) >= _BUDGETS_MOST:
                self._wrong.pop(next(iter(self._wrong)))
            self._wrong[charged_to].append(now)


class SignIn:
    """Everything about who is at the other end; the clock and the limits are injected."""

    def __init__(
        self, people: PeopleStore, *, idle: timedelta = 15 * MIN, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Work on ``people``; a browser nobody uses for ``idle`` is signed out (the wall never is)."""
        self.people, self.idle, self.clock = people, idle, clock
        self.budgets = Budgets()
        self._unnoted: dict[str, datetime] = {}

    def sign_in(self, name: object, password: object, address: str, device: str | None) -> SignedIn:
        """Sign somebody in on a browser.

        Raises:
            RefusedError: name or password is missing.
            ThrottledError: too many wrong passwords.
            NotSignedInError: wrong; the same words and the same time for unknown names.
        """
        if not isinstance(name, str) or not name.strip():
            raise refuse("username", "username: give your account name.")
        if not isinstance(password, str) or not password:
            raise refuse("password", "password: give your password.")
        now, said = self.clock(), name.strip()[:_NAME_MOST]
        account = self.people.account(said) if is_plain(said) else None
        users = self.people.known_on(digest_of(device)) if device else frozenset()
        known = account is not None and account.person.id in users
        charged = self._charged(said, address, device, known=known)
        waits = [wait for to, most in charged if (wait := self.budgets.wait(to, most, now)) is not None]
        if waits:
            raise ThrottledError(max(1, int(max(waits).total_seconds())))
        usable = account is not None and not account.disabled
        kept = account.password_hash if account is not None and usable else None
        if not passwords.fits(password[: passwords.LONGEST], kept) or account is None:
            for to, _most in charged:
                self.budgets.charge(to, now)
            raise NotSignedInError("The name or the password is wrong.")
        ours = device if device and users else secrets.token_urlsafe(32)  # a shared tablet stays known to all of them
        return self._begin(account.person, ours, now)

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
        if session.person.role is not Role.WALL and idle > self.idle:
            raise NotSignedInError("You were signed out after a while without use. Sign in again.")
        if used and idle > _NOTE_EVERY:
            self._note(session.token_digest, now)
        return session

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
            if len(self._unnoted) >= _BUDGETS_MOST:
                self._unnoted.pop(next(iter(self._unnoted)), None)
            self._unnoted[token_digest] = now
        else:
            self._unnoted.pop(token_digest, None)

    def _charged(self, name: str, address: str, device: str | None, *, known: bool) -> list[tuple[str, int]]:
        if known and device:
            return [(f"device:{digest_of(device)}:{name}", PER_ACCOUNT)]
        return [(f"account:{name}", PER_ACCOUNT), (f"address:{address}", PER_ADDRESS)]

    def _begin(self, person: Person, device: str, now: datetime) -> SignedIn:
        token = secrets.token_urlsafe(32)
        never = timedelta(days=3650)
        expires = now + (never if person.role is Role.WALL else ABSOLUTE)
        session = WebSession(digest_of(token), person, secrets.token_hex(32), now, now, expires)
        self.people.begin(session, digest_of(device))
        return SignedIn(token, device, session)


def digest_of(secret: str) -> str:
    """Return the form in which a random secret is kept."""
    return sha256(secret.encode()).hexdigest()


def new_device_token(people: PeopleStore, site: str, name: str, now: datetime) -> str:
    """Make a device token, keep its digest and return it, once."""
    token = secrets.token_urlsafe(32)
    people.add_device_token(site, name, digest_of(token), now)
    return token
