"""Versions of an entry that counted until a correction: they may have opened an alert, or closed one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.corrections import Effective, history
from models.entries import Entry, Written
from models.versions import replaced_by


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
    """Return every version that no longer counts, of every entry that was corrected."""
    return [gone for one in counted if one.corrected_by is not None for gone in _versions(one, entries)]


def _versions(one: Effective, entries: Sequence[Entry]) -> Iterable[TakenBack]:
    written, known_at = Written(one.entry.content, one.entry.measured_at), one.entry.recorded_at
    for correction in history(one.entry.id, entries):
        new = replaced_by(correction)
        yield TakenBack(one.entry, written, known_at, correction.recorded_at, struck=new is None)
        if new is None:
            return
        written, known_at = new, correction.recorded_at
