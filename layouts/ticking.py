"""Attributes that scripts read: text that ticks (its words are written by `assets/clock.js`), and marks for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from models.moments import iso

Properties = dict[str, Any]

NOTHING: Final[Properties] = {"data-tick": "say", "data-at": "", "data-say": "", "data-was": ""}
"""An element that says nothing now."""


def say(sentence: str, at: datetime | None = None, *, was: str | None = None) -> Properties:
    """Let an element say a sentence whose ``{age}`` or ``{min}`` counts from ``at``.

    ``was`` stands there while the screen is not live; without it the sentence itself, which then must not tick.
    """
    return ticking("say", at, sentence, was=sentence if was is None else was)


def ticking(kind: str, at: datetime | None, sentence: str = "", *, was: str = "") -> Properties:
    """Let an element tick in one of the ways of `clock.js`; every kind sets the same attributes."""
    return {"data-tick": kind, "data-at": iso(at) if at else "", "data-say": sentence, "data-was": was}


def marked(test_id: str, *, hidden: bool = False) -> Properties:
    """Give an element the name by which tests find it; ``hidden`` keeps it from screen readers."""
    return {"data-testid": test_id} | ({"aria-hidden": "true"} if hidden else {})
