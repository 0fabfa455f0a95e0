"""The use cases: the one door for pages, the API, commands and the scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.session import Chair, SessionView


@dataclass(frozen=True, slots=True)
class ChairNow:
    """A chair and the session on it; ``view`` is ``None`` while it is free."""

    chair: Chair
    view: SessionView | None
    free_since: datetime | None = None
