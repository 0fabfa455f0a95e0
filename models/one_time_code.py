"""Codes that an authenticator shows for thirty seconds: RFC 6238 with SHA-1 and six digits, as all of them do it."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote

SECONDS: Final = 30
DIGITS: Final = 6
_BYTES: Final = 20
_AROUND: Final = (0, -1, 1)
"""The steps that are tried: now, the one before (slow fingers), the one after (a telephone that is ahead)."""


def new_secret() -> bytes:
    """Return a fresh secret of 160 bits."""
    return secrets.token_bytes(_BYTES)


def code_of(secret: bytes, step: int) -> str:
    """Return the code of one step (RFC 4226: four bytes of the digest, where its last half byte says)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """Return the step whose code this is, at most one away from now; ``None`` where it is of none."""
    present = int(now.timestamp()) // SECONDS
    steps = [present + around for around in _AROUND]
    right = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), code.encode())]
    return right[0] if right else None


def as_text(secret: bytes) -> str:
    """Return the secret as people type it into an authenticator."""
    return base64.b32encode(secret).decode("ascii")


def address_of(secret: bytes, account: str) -> str:
    """Return what an authenticator reads from a QR code."""
    name = quote(account, safe="")
    return f"otpauth://totp/Chairside:{name}?secret={as_text(secret)}&issuer=Chairside&digits={DIGITS}&period={SECONDS}"
