"""Every component id, declared once: a quoted id anywhere else is a bug."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Family:
    """The ids of a component that is drawn several times, one for each chair, event or row."""

    prefix: str

    def of(self, key: str) -> str:
        """Return the id of one member; ``key`` is a chair's or row's id or name, spaces become underscores."""
        return f"{self.prefix}--{key.replace(' ', '_')}"


class Shell(StrEnum):
    """What every page has."""

    LOCATION = "shell-location"
    PAGE = "shell-page"


class Board(StrEnum):
    """The board."""


class ChairPage(StrEnum):
    """The page of one chair."""


class Review(StrEnum):
    """The review."""


class SessionPage(StrEnum):
    """The record of one session."""
