"""Secrets that have to be read again: sealed, so that a copy of the database tells nothing, and for one row only."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from models.errors import ChairsideError

SEALING: Final = "second factor"
"""The purpose that the key is derived for from the server's secret."""
_NONCE: Final = 12


class UnsealedError(ChairsideError):
    """A sealed secret does not open: another key, another row, or somebody changed it."""


def seal(key: bytes, secret: bytes, row: str) -> str:
    """Return a secret in the form that is kept; it opens with the same key for the same ``row`` only."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + ChaCha20Poly1305(key).encrypt(nonce, secret, row.encode())).decode("ascii")


def unseal(key: bytes, sealed: str, row: str) -> bytes:
    """Return the secret.

    Raises:
        UnsealedError: it was sealed with another key or for another row, or was changed.
    """
    try:
        body = base64.b64decode(sealed, validate=True)
        return ChaCha20Poly1305(key).decrypt(body[:_NONCE], body[_NONCE:], row.encode())
    except (InvalidTag, ValueError) as error:
        said = "The second factor cannot be read: CHAIRSIDE_SECRET_KEY is not the one it was made with. Reset it."
        raise UnsealedError(said) from error
