"""Every version of one entry with the entry that holds it, for exports that keep both values of a correction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.corrections import Effective, history, not_applied
from models.entries import Entry, Written
from models.session import SessionView
from models.versions import replaced_by


@dataclass(frozen=True, slots=True)
class Version:
    """What ``holder`` says in the place of an entry; ``counts`` says that it is what stands now."""

    holder: Entry
    written: Written
    counts: bool


def told(view: SessionView, one: Effective) -> tuple[Version, ...]:
    """Return what was said in the place of one entry, oldest first; of a struck one nothing counts."""
    said = list(_said(view, one))
    current = None if one.struck else next((held for held in reversed(said) if held[1] == one.written), None)
    return tuple(Version(holder, written, (holder, written) == current) for holder, written in said)


def _said(view: SessionView, one: Effective) -> Iterator[tuple[Entry, Written]]:
    """Return the original, and each correction that was applied with what it put in the place."""
    yield one.entry, Written(one.entry.content, one.entry.measured_at)
    outside = not_applied(view.record.entries)
    for correction in history(one.entry.id, view.record.entries):
        written = replaced_by(correction)
        if written is not None and correction.id not in outside:
            yield correction, written
