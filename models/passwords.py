"""Passwords: argon2id at a size that a small server can afford, two at a time."""

from __future__ import annotations

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import refuse

SHORTEST: Final = 15
SHORTEST_WITH_CODE: Final = 8
"""How long a password has to be that is asked for together with a code."""
LONGEST: Final = 200
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_TWO_AT_A_TIME: Final = threading.BoundedSemaphore(2)
_NOBODY: Final = _HASHER.hash("nobody signs in with this")
_COMMON_PARTS: Final = (
    "password", "passwort", "123456", "654321", "111111", "000000", "qwerty", "qwertz", "asdfgh", "1q2w3e", "abcdef",
    "chairside", "letmein", "welcome", "ketamine", "infusion", "clinic", "hospital", "nurse", "doctor", "monkey",
    "dragon", "iloveyou", "sunshine", "princess", "football", "baseball", "admin", "login", "secret", "changeme",
    "correct horse battery staple", "correcthorsebatterystaple",
)  # fmt: skip  # one a line would hide the rest of the file
_FEWEST_CHARACTERS: Final = 4


def check_strength(password: str, name: str, *, with_code: bool = False) -> None:
    """Let pass only a password that is long and not among the usual ones; no rules of composition.

    Raises:
        RefusedError: saying what is wrong with it, without repeating it.
    """
    shortest = SHORTEST_WITH_CODE if with_code else SHORTEST
    if not shortest <= len(password) <= LONGEST:
        raise refuse("password", f"password: use {shortest} to {LONGEST} characters, for example four words.")
    rest = password.casefold().replace(name.casefold(), "")
    for part in _COMMON_PARTS:
        rest = rest.replace(part, "")
    if len(set(rest)) < _FEWEST_CHARACTERS:
        raise refuse("password", "password: this one is too easy to guess. Use four words that do not belong together.")


def hashed(password: str) -> str:
    """Return the digest to keep."""
    with _TWO_AT_A_TIME:
        return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Say whether a password fits; without a digest it costs the same time and never fits."""
    with _TWO_AT_A_TIME:
        try:
            _HASHER.verify(_NOBODY if kept is None else kept, password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None
