"""Somebody waits: what a request and the storage it asks know of each other, so that neither keeps a nurse waiting.

Whoever answers people marks each question as waited for; storage then gives up in time, and says since when it holds
one up. A command on the server (a migration, a verification) is waited for by nobody and takes as long as it takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Question:
    """One question that somebody waits for; ``stored_since`` is when storage took it up, by the monotonic clock."""

    started_at: float | None = None
    stored_since: float | None = None

    def is_held_up(self, seconds: float) -> bool:
        """Say whether storage has kept this question for longer than ``seconds``."""
        return self.stored_since is not None and time.monotonic() - self.stored_since > seconds


ASKED: ContextVar[Question | None] = ContextVar("asked", default=None)


@contextmanager
def in_storage() -> Iterator[bool]:
    """Mark that storage has the question now; says whether anybody waits for it."""
    question = ASKED.get()
    if question is None or question.stored_since is not None:
        yield question is not None
        return
    question.stored_since = time.monotonic()
    try:
        yield True
    finally:
        question.stored_since = None
