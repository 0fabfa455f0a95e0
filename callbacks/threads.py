"""Storage and drawing leave the event loop: a callback that blocks it would stop every chair."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")


@cache
def _limiter() -> CapacityLimiter:
    return CapacityLimiter(4)


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Run ``function`` in one of four worker threads, with the acting person carried along."""
    return await to_thread.run_sync(function, *args, limiter=_limiter())
