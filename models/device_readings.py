"""Readings that a device sent by its token: they count at once, and are unvalidated until somebody accepts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from models.corrections import Effective
from models.entries import Entry, Reading
from models.people import RIGHTS, Right, Role

ACCEPTING: Final = RIGHTS[Right.CHART]


def is_unvalidated(one: Effective) -> bool:
    """Say whether a reading stands as a device sent it: nobody has put it, changed or unchanged, in its own place."""
    counts = isinstance(one.written.content, Reading) and not one.struck
    return counts and one.entry.device is not None and one.corrected_by is None


def may_accept(role: Role, entry: Entry) -> bool:
    """Say whether a role may put a device's reading in its own place, changed or unchanged: whoever charts."""
    return entry.device is not None and entry.kind == Reading.kind and role in ACCEPTING


def unvalidated(effective: Iterable[Effective]) -> frozenset[str]:
    """Return the ids of the readings that wait for somebody to accept them."""
    return frozenset(one.entry.id for one in effective if is_unvalidated(one))
