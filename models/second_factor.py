"""The second factor of clinicians and admins: offered, confirmed by a first code, asked for at every sign-in."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from models.errors import ConflictError, refuse
from models.one_time_code import DIGITS, address_of, as_text, new_secret, step_of
from models.people import Person, Right
from models.sealed import seal, unseal
from models.store.factors import FactorStore

RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
_RECOVERY_LETTERS: Final = 16
_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that somebody may put into an authenticator: as text, and as the address in a QR code."""

    secret: str
    address: str


class SecondFactor:
    """Offers, confirms and checks second factors; the clock is injected."""

    def __init__(self, store: FactorStore, key: bytes, clock: Callable[[], datetime]) -> None:
        """Work on ``store``, sealing with ``key``."""
        self.store, self.key, self.clock = store, key, clock

    def offer(self, person: Person) -> Offer:
        """Make a secret for somebody; it counts once a code of it was given.

        Raises:
            NotAllowedError: the role has no second factor.
            ConflictError: there is one already.
        """
        person.require(Right.SECOND_FACTOR)
        secret = new_secret()
        self.store.offer(person.id, seal(self.key, secret, person.id), self.clock())
        return Offer(as_text(secret), address_of(secret, person.name))

    def confirm(self, person: Person, code: object) -> tuple[str, ...]:
        """Put the offered secret in force and return the recovery codes, once.

        Raises:
            RefusedError: the code is not one of it.
            ConflictError: nothing was offered, or something else meanwhile.
        """
        person.require(Right.SECOND_FACTOR)
        now, sealed = self.clock(), self.store.offered(person.id)
        if sealed is None:
            raise ConflictError("No second factor waits for its first code. Begin again.")
        said = _plain(code)
        step = step_of(unseal(self.key, sealed, person.id), said, now) if said else None
        if step is None:
            raise refuse("code", "code: it is wrong. Check the clock of the telephone and give the code it shows now.")
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        if not self.store.confirm(person.id, sealed, step, {digest_of(one) for one in codes}, now):
            raise ConflictError("Another secret was offered meanwhile. Begin again.")
        return codes

    def takes(self, account: str, sealed: str, code: object) -> bool:
        """Say whether a code is right and was never used, and use it up."""
        said = _plain(code)
        if len(said) == DIGITS and said.isdigit():
            step = step_of(unseal(self.key, sealed, account), said, self.clock())
            return step is not None and self.store.use_step(account, step)
        return len(said) == _RECOVERY_LETTERS and self.store.use_code(account, digest_of(said), self.clock())


def digest_of(code: str) -> str:
    """Return the form in which a recovery code is kept; with 80 random bits it needs no slow hash."""
    return sha256(f"recovery:{_plain(code)}".encode()).hexdigest()


def _plain(code: object) -> str:
    """Return a code without the spaces and hyphens that people read it with."""
    said = code.replace(" ", "").replace("-", "").upper() if isinstance(code, str) else ""
    return said if said.isascii() else ""


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode("ascii")
    return "-".join(letters[at : at + _GROUP] for at in range(0, _RECOVERY_LETTERS, _GROUP))
