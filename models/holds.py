"""Holds: a patient who cannot be checked just now; the clock goes on, and the screens say why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.corrections import Effective
from models.entries import Hold


@dataclass(frozen=True, slots=True)
class OnHold:
    """Why a check waits, since when, until when (``None`` where nobody knows), and who said so."""

    reason: str
    since: datetime
    until: datetime | None
    author: str
    entry_id: str

    @classmethod
    def of(cls, one: Effective, content: Hold) -> OnHold:
        """Return the hold that an entry begins."""
        until = datetime.fromisoformat(content.until) if content.until else None
        return cls(content.reason, one.at, until, one.entry.author, one.entry.id)

    def holds_at(self, now: datetime) -> bool:
        """Say whether it still holds; a reading ends it, and so does its own end."""
        return self.until is None or now < self.until
