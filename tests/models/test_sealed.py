"""Sealed secrets open with their key and for their row, and for nothing else."""

from __future__ import annotations

import base64

import pytest

from models.sealed import UnsealedError, seal, unseal

KEY, OTHER = bytes(range(32)), bytes(32)


def test_a_sealed_secret_opens_for_its_row() -> None:
    sealed = seal(KEY, b"the secret", "row 1")

    assert unseal(KEY, sealed, "row 1") == b"the secret"
    assert b"secret" not in base64.b64decode(sealed)
    assert seal(KEY, b"the secret", "row 1") != sealed


@pytest.mark.parametrize(("key", "row"), [(OTHER, "row 1"), (KEY, "row 2")])
def test_another_key_or_another_row_opens_nothing(key: bytes, row: str) -> None:
    with pytest.raises(UnsealedError, match="CHAIRSIDE_SECRET_KEY"):
        unseal(key, seal(KEY, b"the secret", "row 1"), row)


@pytest.mark.parametrize("changed", ["", "!", "AAAA", "A" * 64])
def test_what_was_changed_opens_nothing(changed: str) -> None:
    with pytest.raises(UnsealedError):
        unseal(KEY, changed, "row 1")
