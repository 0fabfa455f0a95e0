"""Why a chain does not hold: what became of the first entry that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import orjson

from models.store.chain import Around, Break, Link, holds


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it was found: its content, the digest before it and its own, and the rows it rests on."""

    link: Link
    previous: str
    hash: str
    around: Around

    def is_authentic(self, key: bytes, seq: int | None = None) -> bool:
        """Say whether it was written with the key, as it stands or as the number ``seq``."""
        link = self.link if seq is None else replace(self.link, seq=seq)
        return holds(key, self.previous, link, self.around, self.hash)


def why_broken(key: bytes, found: Sequence[Stored], place: int, previous: str) -> Break:
    """Say what is wrong with the entry at ``place`` (from 0), the first that does not fit after ``previous``."""
    one = found[place]
    for reason in _REASONS:
        why = reason(key, found, place, previous)
        if why is not None:
            return Break(one.link.session, one.link.id, one.link.seq, why)
    return Break(one.link.session, one.link.id, one.link.seq, _changed(one))


def _missing(key: bytes, found: Sequence[Stored], place: int, previous: str) -> str | None:
    one, expected = found[place], place + 1
    if one.is_authentic(key) and one.link.seq > expected:
        return f"entry {expected} is missing"
    if one.is_authentic(key) and one.link.seq == expected and one.previous != previous:
        return "the entry before it is another one than the one it followed"
    return None


def _reordered(key: bytes, found: Sequence[Stored], place: int, _previous: str) -> str | None:
    one = found[place]
    written_as = _true_number(key, one, len(found))
    if written_as is None or written_as == one.link.seq:
        return None
    if any(_true_number(key, other, len(found)) == place + 1 for other in found[place + 1 :]):
        return f"it was reordered: it was written as number {written_as}"
    return f"an entry before it is missing: it was written as number {written_as}"


def _inserted(key: bytes, found: Sequence[Stored], place: int, previous: str) -> str | None:
    one = found[place]
    follows = any(other.previous == previous for other in found[place + 1 :])
    if follows and _true_number(key, one, len(found)) is None:
        return "it was inserted: the entry after it follows the one before it"
    return None


_REASONS: tuple[Callable[[bytes, Sequence[Stored], int, str], str | None], ...] = (_missing, _inserted, _reordered)


def _true_number(key: bytes, one: Stored, most: int) -> int | None:
    """Return the number under which an entry was written; ``None`` when its content is not what was written."""
    around = one.link.seq
    near = sorted(range(1, most + _REMOVED_MOST), key=lambda seq: abs(seq - around))
    return next((seq for seq in near if one.is_authentic(key, seq)), None)


_REMOVED_MOST = 200


def _changed(one: Stored) -> str:
    try:
        orjson.loads(one.link.body)
    except orjson.JSONDecodeError:
        return "its body cannot be read: it was changed"
    rests_on = {"sessions": "session", "protocols": "protocol", "patients": "patient's identity"}
    rows = [rests_on[row[0]] for row in one.around]
    return "its content was changed" + (f", or the {' or '.join(rows)} that it rests on" if rows else "")
