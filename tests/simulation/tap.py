"""One tap on Save: what a nurse meant, and everything she was told of it afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

_NAMED: Final = re.compile(r"Tap (\d+)\.")
SCALE: Final = 11
MOST: Final = SCALE * SCALE
"""A reading carries the number of its tap in two scores of 0 to 10."""


@dataclass
class Tap:
    """What was tapped, by whom, where and when; ``said`` is what the tablet said of it, in order."""

    number: int
    tablet: str
    by: str
    session: str
    fields: dict[str, Any]
    measured_ms: int
    id: str | None = None
    said: list[str] = field(default_factory=list)
    kept_as: int | None = None
    """The place of the entry in the order in which its tablet kept entries."""

    @property
    def last_word(self) -> str:
        return self.said[-1] if self.said else ""

    def can_be_corrected_at(self, tablet: str, nurse: str, session: str) -> bool:
        """Say whether a nurse can point at it there, and it is hers to correct."""
        here = (self.tablet, self.by, self.session) == (tablet, nurse, session)
        return here and self.id is not None and self.fields["kind"] == "reading"


def scores_of(number: int) -> dict[str, int]:
    return {"dissociation": number // SCALE, "nausea": number % SCALE}


def number_of(body: dict[str, Any]) -> int | None:
    """Return the number of the tap that a body speaks of; ``None`` where nobody tapped it."""
    if body.get("kind") == "reading":
        values = body.get("values", {})
        scores = values.get("dissociation"), values.get("nausea")
        return None if None in scores else round(scores[0] * SCALE + scores[1])
    named = _NAMED.search(" ".join(str(body.get(name)) for name in ("text", "note", "reason")))
    return int(named[1]) if named else None
