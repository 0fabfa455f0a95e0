"""What people say of a chair: what it is kept for while nobody sits on it, and which nurse has it; one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from models.rules import Stage
from models.session import SessionView


class ChairState(StrEnum):
    """What a chair is at a moment; the first four are said by somebody, the others follow from the session on it."""

    FREE = "free"
    RESERVED = "reserved"
    CLEANING = "cleaning"
    OUT_OF_USE = "out_of_use"
    RUNNING = "running"
    RECOVERY = "recovery"


SAID: Final = (ChairState.FREE, ChairState.RESERVED, ChairState.CLEANING, ChairState.OUT_OF_USE)
STATE: Final = "state"
NURSE: Final = "nurse"
NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class ChairMark:
    """One line of a chair's log: a state, or the account of the nurse who has it (``NOBODY`` once given back)."""

    kind: str
    value: str
    author: str
    made_at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ChairMarks:
    """The newest line of each kind; ``None`` where nobody ever said anything."""

    state: ChairMark | None = None
    nurse: ChairMark | None = None

    @property
    def kept_for(self) -> ChairState:
        """Return what the chair is while nobody sits on it."""
        return ChairState(self.state.value) if self.state else ChairState.FREE

    @property
    def nurse_name(self) -> str | None:
        """Return the account of the nurse who has the chair."""
        return self.nurse.value or None if self.nurse else None


NO_MARKS: Final = ChairMarks()


def chair_state(view: SessionView | None, marks: ChairMarks) -> ChairState:
    """Return what a chair is: whoever sits on it comes before what was said of it."""
    if view is None:
        return marks.kept_for
    return ChairState.RECOVERY if view.stage is Stage.RECOVERY else ChairState.RUNNING
