"""Corrections: which content of an entry counts now, with the original kept beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.entries import KIND_BY_KEY, Correction, Entry, Signature, Written

_RANK: Final = {"opening": 0, "reading": 1, "infusion": 3, "phase": 4, "signature": 5}
_IN_BETWEEN: Final = 2
_APART: Final = frozenset(kind.key for kind in KIND_BY_KEY.values() if kind.after_signing) | {Signature.kind}


@dataclass(frozen=True, slots=True)
class Effective:
    """An entry as it counts: its own content, or what the last correction put in its place.

    ``corrected_by`` is that correction; ``struck`` says that the entry was made in error and counts for nothing.
    """

    entry: Entry
    written: Written
    corrected_by: Entry | None = None
    struck: bool = False

    @property
    def at(self) -> datetime:
        """Return the moment the effective content speaks of."""
        return self.written.measured_at

    @property
    def known_at(self) -> datetime:
        """Return when the record learned of what counts now."""
        return (self.corrected_by or self.entry).recorded_at

    @property
    def kind(self) -> str:
        """Return the kind of the effective content."""
        return self.written.content.kind


def in_order(effective: Iterable[Effective]) -> list[Effective]:
    """Sort by measured time, then readings before infusion actions, then id: arrival plays no part."""
    return sorted(effective, key=lambda one: place(one.written, one.entry.id))


def place(written: Written, entry_id: str) -> tuple[datetime, int, str]:
    """Return the place of a content in the order of a record."""
    return written.measured_at, _RANK.get(written.content.kind, _IN_BETWEEN), entry_id


def effective(entries: Iterable[Entry], also: Collection[str] = ()) -> list[Effective]:
    """Apply every correction to what it corrects and return the rest of the record in order.

    A correction that is itself corrected counts as its replacement, and not at all once it was struck. Of several
    corrections of one entry the last (by its own moment, then id) counts. What was signed is never corrected, unless
    by one of ``also``.
    """
    listed = list(entries)
    late = not_applied(listed) - frozenset(also)
    corrections: dict[str, list[Entry]] = defaultdict(list)
    for entry in listed:
        if isinstance(entry.content, Correction) and entry.id not in late:
            corrections[entry.content.entry_id].append(entry)
    for several in corrections.values():
        several.sort(key=lambda one: (one.measured_at, one.id))
    return in_order(_resolved(entry, corrections) for entry in listed if not isinstance(entry.content, Correction))


def _resolved(entry: Entry, corrections: Mapping[str, Sequence[Entry]]) -> Effective:
    original = Written(entry.content, entry.measured_at)
    for correction in reversed(corrections.get(entry.id, ())):
        verdict = _verdict(correction, corrections)
        if verdict is None:
            continue
        if verdict.replacement is None:
            return Effective(entry, original, correction, struck=True)
        return Effective(entry, verdict.replacement, correction)
    return Effective(entry, original)


def _verdict(correction: Entry, corrections: Mapping[str, Sequence[Entry]]) -> Correction | None:
    """Return what a correction says after the corrections of itself; ``None`` where it was struck."""
    said = correction.content
    if not isinstance(said, Correction):
        return None
    for later in reversed(corrections.get(correction.id, ())):
        verdict = _verdict(later, corrections)
        if verdict is None:
            continue
        if verdict.replacement is None:
            return None
        new = verdict.replacement.content
        return new if isinstance(new, Correction) else Correction(said.entry_id, said.reason, verdict.replacement)
    return said


def outside_signing(entries: Iterable[Entry]) -> frozenset[str]:
    """Return what arrived after the signature: kept and shown, outside what was signed, and counted nowhere.

    Notes, reviews, follow-ups and further signatures are apart from what was signed anyway, with their corrections.
    """
    listed = list(entries)
    signed = min((entry.seq for entry in listed if isinstance(entry.content, Signature)), default=None)
    late = [] if signed is None else [entry for entry in listed if entry.seq > signed]
    if not late:
        return frozenset()
    apart = {entry.id for entry in late if entry.kind in _APART}
    return frozenset(entry.id for entry in late if chain(entry.id, listed)[-1] not in apart)


def not_applied(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the corrections of signed content that arrived after the signature."""
    listed = list(entries)
    outside = outside_signing(listed)
    return frozenset(one for one in outside if chain(one, listed)[-1] not in outside)


def chain(entry_id: str, entries: Iterable[Entry]) -> list[str]:
    """Return the id of an entry, of what it corrects, and so on down to the entry that corrects nothing."""
    corrects = {entry.id: entry.content.entry_id for entry in entries if isinstance(entry.content, Correction)}
    found = [entry_id]
    while found[-1] in corrects:
        found.append(corrects[found[-1]])
    return found


def moved_to(entry_id: str, entries: Iterable[Entry]) -> str | None:
    """Return the chair to which an entry was moved away; ``None`` where it was not."""
    said = (entry.content for entry in history(entry_id, entries))
    chairs = (content.moved_to_chair for content in said if isinstance(content, Correction))
    return next((chair for chair in chairs if chair is not None), None)


def history(entry_id: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return the corrections of an entry, and of its corrections, oldest first."""
    wanted, found = {entry_id}, []
    for entry in sorted(entries, key=lambda one: one.seq):
        if isinstance(entry.content, Correction) and entry.content.entry_id in wanted:
            wanted.add(entry.id)
            found.append(entry)
    return found
