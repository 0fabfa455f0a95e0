"""The feed: who wants to know is told which session changed, as soon as it is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One chair needs drawing again: a session grew to ``seq``, or (``seq`` of ``None``) only time went by.

    ``calls`` names what is called out with it, by this process alone: a late check, an alert nobody answered.
    """

    site: str
    chair_id: str
    session: str | None
    seq: int | None = None
    calls: tuple[str, ...] = ()


class Feed:
    """Announces changes to whoever listens in this process; a listener must be quick and never fails the writer."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Change], None]] = []

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` with every change from now on; the answer stops that."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return stop

    def announce(self, change: Change) -> None:
        """Tell everybody."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(change)
