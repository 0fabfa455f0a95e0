"""Changing hands on a shared tablet: a PIN for the rest of the day stands in for a password given there before."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from models import acting, passwords
from models.errors import ConflictError, NotSignedInError, refuse
from models.people import Person, Right
from models.signing_in import ABSOLUTE, SignedIn, SignIn, digest_of
from models.store.pins import PinStore
from models.trail import Trace, Trail

WRONG_MOST: Final = 5
_SHORTEST: Final = 4
_LONGEST: Final = 8
_LAZY: Final = ({0}, {1}, {9})
"""By how much each digit of a lazy PIN differs from the one before: 4444, 1234, 9876."""
_NO: Final = "The PIN is wrong, or it is over. Sign in with the password."


class Switching:
    """Who may take over a tablet by a PIN, and the PIN itself."""

    def __init__(self, sign_in: SignIn, pins: PinStore, zone: tzinfo, trail: Trail) -> None:
        """Work on these; a day ends at midnight in ``zone``, and every PIN that is set is a line of ``trail``."""
        self.sign_in, self.pins, self.zone, self.trail = sign_in, pins, zone, trail

    def set_pin(self, person: Person, pin: object, password: object, device: str | None) -> datetime:
        """Set the PIN of somebody on the tablet in hand, and return until when it holds.

        Raises:
            NotAllowedError: the role does not chart.
            RefusedError: it is no PIN, or the password is wrong.
            ConflictError: the password was not given on this device today.
        """
        acting.allow(person, Right.CHART)
        said = _checked(pin)
        self.sign_in.check_own(person, password)
        now, digest = self.sign_in.clock(), digest_of(device or "")
        until = self._until(self.sign_in.people.password_at(digest, person.id))
        if until is None or until <= now:
            raise ConflictError("Sign in on this device with the password first: a PIN holds for that day only.")
        kept = passwords.hashed(said)
        with self.trail.together(person, Trace.ACCOUNT, "PIN set on this device"):
            self.pins.keep(digest, person.id, kept, until, now)
        return until

    def people(self, device: str | None) -> list[Person]:
        """Return who can take over this device by a PIN now; nobody on one that the server does not know."""
        return self.pins.people(digest_of(device), self.sign_in.clock(), WRONG_MOST) if device else []

    def switch(self, name: object, pin: object, device: str | None, former: str | None) -> SignedIn:
        """Let somebody take over a browser by the PIN, and end the session of whoever had it before.

        Raises:
            RefusedError: name or PIN is missing.
            NotSignedInError: the PIN is wrong, over, or spent; the same words for all of it.
        """
        if not isinstance(name, str) or not name:
            raise refuse("username", "username: give the account name of who takes over.")
        if not isinstance(pin, str) or not pin:
            raise refuse("pin", "pin: give the PIN.")
        person = next((one for one in self.people(device) if one.name == name), None)
        if person is None or device is None:
            raise NotSignedInError(_NO)
        digest = digest_of(device)
        tried = self.pins.take_try(digest, person.id, self.sign_in.clock(), WRONG_MOST)
        if tried is None or not passwords.fits(pin[:_LONGEST], tried[0]):
            raise NotSignedInError(_NO)
        self.pins.was_right(digest, person.id)
        signed = self.sign_in.begin(person, device, until=tried[1])
        if former is not None:
            self.sign_in.sign_out(former)
        return signed

    def drop_pin(self, person: Person, device: str | None) -> None:
        """Forget somebody's PIN on a device."""
        acting.known(person)
        self.pins.drop(digest_of(device or ""), person.id)

    def _until(self, password_at: datetime | None) -> datetime | None:
        """Return when a PIN ends that goes with a password given then: at midnight, at most twelve hours later."""
        if password_at is None:
            return None
        day = password_at.astimezone(self.zone).date() + timedelta(days=1)
        midnight = datetime.combine(day, time(), self.zone)
        return min(password_at + ABSOLUTE, midnight.astimezone(password_at.tzinfo))


def _checked(pin: object) -> str:
    """Return a PIN that is one."""
    if not isinstance(pin, str) or not (pin.isascii() and pin.isdigit()) or not _SHORTEST <= len(pin) <= _LONGEST:
        raise refuse("pin", f"pin: give {_SHORTEST} to {_LONGEST} digits.")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in _LAZY:
        raise refuse("pin", "pin: this one is tried first. Use digits that are not all the same and not in a row.")
    return pin
