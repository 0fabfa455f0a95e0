"""Versions of an entry that counted until a correction: they may have opened an alert, or closed one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.corrections import Effective, chain, effective, history
from models.entries import Correction, Entry, Written


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A version that was known from ``known_at`` to ``until``; ``struck`` says that nothing came in its place."""

    entry: Entry
    written: Written
    known_at: datetime
    until: datetime
    struck: bool

    @property
    def at(self) -> datetime:
        """Return the moment it spoke of."""
        return self.written.measured_at

    @property
    def kind(self) -> str:
        """Return the kind of what it said."""
        return self.written.content.kind


def taken_back(counted: Iterable[Effective], entries: Sequence[Entry]) -> list[TakenBack]:
    """Return every version that no longer counts, or did not for a while, of every entry that was ever corrected."""
    corrected = {chain(entry.id, entries)[-1] for entry in entries if isinstance(entry.content, Correction)}
    return [gone for one in counted if one.entry.id in corrected for gone in _versions(one.entry, entries)]


def _versions(entry: Entry, entries: Sequence[Entry]) -> Iterable[TakenBack]:
    """Follow what counted from one correction to the next; one that is itself struck brings back what was before it."""
    corrections, known_at = history(entry.id, entries), entry.recorded_at
    (now,) = effective([entry])
    for number, correction in enumerate(corrections, 1):
        before, (now,) = now, effective([entry, *corrections[:number]])
        if (now.written, now.struck, now.corrected_by) == (before.written, before.struck, before.corrected_by):
            continue
        if not before.struck:
            yield TakenBack(entry, before.written, known_at, correction.recorded_at, struck=now.struck)
        known_at = correction.recorded_at
