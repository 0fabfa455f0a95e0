"""Everything that was ever said in the place of one entry: the original, each correction, and which of them counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from models.corrections import Effective, history, not_applied
from models.entries import Correction, Entry, Written


@dataclass(frozen=True, slots=True)
class Change:
    """A correction as the record tells it.

    ``struck`` says that it declares something entered in error, ``undone`` that this something is a correction,
    ``moved_to`` on which chair it was written instead. One ``outside`` what was signed came after the signature and
    is not applied; ``wanted`` is what it would have put in the place.
    """

    at: datetime
    author: str
    reason: str
    struck: bool
    entry_id: str
    undone: bool = False
    moved_to: str | None = None
    outside: bool = False
    wanted: Written | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """What counts now (``None`` once struck), what was said before it, oldest first, and who changed it why."""

    effective: Effective
    earlier: tuple[Written, ...]
    changes: tuple[Change, ...]

    @property
    def current(self) -> Written | None:
        """Return what counts now; ``None`` where it was entered in error."""
        return None if self.effective.struck else self.effective.written

    @property
    def entry(self) -> Entry:
        """Return the entry that was written first."""
        return self.effective.entry

    @property
    def at(self) -> datetime:
        """Return the moment it speaks of."""
        return self.effective.at


def versions(effective: Effective, entries: Iterable[Entry]) -> Versions:
    """Put together what was said in the place of one entry, with nothing left out.

    What was said before and counts again (its correction was struck) is not told as earlier.
    """
    listed = list(entries)
    corrections, outside = history(effective.entry.id, listed), not_applied(listed)
    said = [Written(effective.entry.content, effective.entry.measured_at)]
    applied = (replaced_by(entry) for entry in corrections if entry.id not in outside)
    said += [written for written in applied if written is not None]
    current = None if effective.struck else effective.written
    changes = tuple(_change(entry, effective.entry, outside) for entry in corrections)
    return Versions(effective, _earlier(said, current), changes)


def _change(entry: Entry, corrected: Entry, outside: Collection[str]) -> Change:
    content = entry.content
    assert isinstance(content, Correction)  # noqa: S101  # the history of an entry holds nothing else
    written = replaced_by(entry)
    return Change(
        at=entry.recorded_at,
        author=entry.author,
        reason=content.reason,
        struck=written is None,
        entry_id=entry.id,
        undone=written is None and content.entry_id != corrected.id,
        moved_to=content.moved_to_chair,
        outside=entry.id in outside,
        wanted=written,
    )


def replaced_by(entry: Entry) -> Written | None:
    """Return what a correction puts in the place of what it corrects; ``None`` where it strikes it."""
    written = entry.content.replacement if isinstance(entry.content, Correction) else None
    while written is not None and isinstance(written.content, Correction):
        written = written.content.replacement
    return written


def _earlier(said: list[Written], current: Written | None) -> tuple[Written, ...]:
    told: list[Written] = []
    for one in said:
        if one != current and one not in told:
            told.append(one)
    return tuple(told)
