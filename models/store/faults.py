"""Named places at which a test can make storage fail: raise, end the process as ``kill -9`` does, or hang.

Nothing here is read from the environment: the program cannot be armed from outside, only by code that calls `arm`.
While nothing is armed, a place costs one look at an empty dictionary.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Final

from models.store.trouble import Trouble, not_now
from models.waiting import in_storage

PLACES: Final = (
    "before-chain",
    "after-chain",
    "before-insert",
    "after-insert",
    "before-commit",
    "after-commit",
    "before-reply",
)
"""In the order in which a save comes by."""

CALL_PLACES: Final = ("after-lease",)
"""Where a server that calls something out comes by."""

_armed: dict[str, Callable[[], None]] = {}


def reach(place: str) -> None:
    """Come by a place; what is armed there happens."""
    if _armed:
        _armed.get(place, _nothing)()


def arm(text: str) -> None:
    """Arm places as in ``after-commit:kill:3 before-reply:hang``: what, and at which visit (the first when missing).

    Raises:
        ValueError: no such place or action.
    """
    _RELEASED.clear()
    for part in text.split():
        place, action, *visit = part.split(":")
        if place not in {*PLACES, *CALL_PLACES} or action not in _ACTIONS:
            message = f"{part!r}: give one of {', '.join((*PLACES, *CALL_PLACES))} with one of {', '.join(_ACTIONS)}."
            raise ValueError(message)
        _armed[place] = _on_visit(int(visit[0]) if visit else 1, _ACTIONS[action])


def disarm() -> None:
    """Let nothing happen any more; what hangs goes on."""
    _armed.clear()
    _RELEASED.set()


_RELEASED: Final = threading.Event()


def _nothing() -> None:
    """Let a place be passed."""


def _fail() -> None:
    raise not_now(Trouble.FAILING)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    with in_storage():
        _RELEASED.wait()


_ACTIONS: Final[dict[str, Callable[[], None]]] = {"raise": _fail, "kill": _kill, "hang": _hang}


def _on_visit(number: int, act: Callable[[], None]) -> Callable[[], None]:
    left, lock = [number], threading.Lock()

    def come_by() -> None:
        with lock:
            left[0] -= 1
            now = left[0] == 0
        if now:
            act()

    return come_by
