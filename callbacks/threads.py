"""Storage and drawing leave the event loop, and whoever asked is answered in time though storage may be held up.

A callback that blocks the loop would stop every chair; one that waits for a stuck database would leave a nurse waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Final, TypeVar

from models.errors import NotStoredNowError
from models.waiting import ASKED, Question

T = TypeVar("T")

ANSWER_SECONDS: Final = 2.3
"""When a request that storage keeps waiting is answered "not stored now"; the rest of 3 s is for a busy machine."""
_HELD_UP_SECONDS: Final = 1.8
"""How long storage may take over one question of an old request: a busy disk may stop for a second."""
_LOOK_SECONDS: Final = 0.1
_NOT_NOW: Final = "The server could not store this now: the database does not answer. The same may be sent again."

ARRIVED: ContextVar[float | None] = ContextVar("arrived", default=None)
"""When the request came in, by the monotonic clock: all its questions together are answered in time."""


class Threads:
    """A few worker threads. A long queue is waited for; storage that does not answer is not."""

    def __init__(self, most: int) -> None:
        """Use ``most`` threads; one that is held up is waited for by nobody, and not replaced."""
        self._pool = ThreadPoolExecutor(most, "chairside")
        self._running: set[Question] = set()
        self._failed_at = 0.0

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """Run ``function`` in a thread, with the acting person carried along.

        Raises:
            NotStoredNowError: storage does not answer.
        """
        question, context = Question(), copy_context()
        context.run(ASKED.set, question)
        asked_at = ARRIVED.get() or time.monotonic()
        loop = asyncio.get_running_loop()
        answer = loop.run_in_executor(self._pool, context.run, self._answer, question, function, *args)
        try:
            wait = max(_LOOK_SECONDS, asked_at + ANSWER_SECONDS - time.monotonic())
            while not (await asyncio.wait({answer}, timeout=wait))[0]:
                if self._is_hopeless(question, asked_at):
                    raise NotStoredNowError(_NOT_NOW)
                wait = _LOOK_SECONDS
            return answer.result()
        finally:
            answer.cancel()

    def _answer(self, question: Question, function: Callable[..., T], *args: object) -> T:
        question.started_at = time.monotonic()
        self._running.add(question)
        try:
            return function(*args)
        except NotStoredNowError:
            self._failed_at = time.monotonic()
            raise
        finally:
            self._running.discard(question)

    def _is_hopeless(self, question: Question, asked_at: float) -> bool:
        """Say whether storage is what keeps a question waiting: work that takes long, or a long queue, is not."""
        if question.started_at is not None and question.stored_since is None:
            return False
        stuck = any(one.is_held_up(_HELD_UP_SECONDS) for one in list(self._running))
        return stuck or self._failed_at >= asked_at


_STORAGE: Final = Threads(4)
_CHARTING: Final = Threads(2)


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Run ``function`` in one of four worker threads.

    Raises:
        NotStoredNowError: storage does not answer.
    """
    return await _STORAGE.run(function, *args)


async def for_charting(function: Callable[..., T], *args: object) -> T:
    """Run ``function`` in a thread that is kept for what is charted: no export, review or sign-in can be before it.

    Raises:
        NotStoredNowError: storage does not answer.
    """
    return await _CHARTING.run(function, *args)
