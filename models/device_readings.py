"""Readings that a device sent by its token: they count at once, and are unvalidated until somebody accepts them."""

from __future__ import annotations

from collections.abc import Iterable

from models.corrections import Effective
from models.entries import Reading


def is_unvalidated(one: Effective) -> bool:
    """Say whether a reading stands as a device sent it: nobody has put it, changed or unchanged, in its own place."""
    counts = isinstance(one.written.content, Reading) and not one.struck
    return counts and one.entry.device is not None and one.corrected_by is None


def unvalidated(effective: Iterable[Effective]) -> frozenset[str]:
    """Return the ids of the readings that wait for somebody to accept them."""
    return frozenset(one.entry.id for one in effective if is_unvalidated(one))
