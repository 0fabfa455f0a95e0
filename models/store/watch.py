"""The watch: ends the connection of a call that outlasts its time, so that the thread in it comes back.

A stopped PostgreSQL never fires its own ``statement_timeout``, and a thread that reads from it would wait for ever.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

_LOOK_SECONDS: Final = 0.25


@dataclass(eq=False, slots=True)
class Call:
    """A call that somebody waits for, what it uses, and whether the watch has ended it."""

    by: float
    connection: Any = None
    ended: bool = False


class Watch:
    """Knows every call that somebody waits for, and ends those that are overdue with ``end``."""

    def __init__(self, end: Callable[[Any], None]) -> None:
        """Watch nothing yet; the thread that looks is started with the first call."""
        self._end = end
        self._calls: set[Call] = set()
        self._changed = threading.Condition()
        self._here = threading.local()
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def over(self, seconds: float) -> Iterator[Call]:
        """Give the calls of this block so long; afterwards whatever connection they use is ended, again and again."""
        call, outer = Call(time.monotonic() + seconds), self._call()
        with self._changed:
            self._calls.add(call)
            self._start()
        self._here.call = call
        try:
            yield call
        finally:
            self._here.call = outer
            with self._changed:
                self._calls.discard(call)

    def sees(self, connection: Any) -> None:  # noqa: ANN401  # a raw driver connection
        """Note the connection that the call of this thread uses from now on."""
        call = self._call()
        if call is not None:
            call.connection = connection

    def close(self) -> None:
        """Stop looking."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _call(self) -> Call | None:
        found: Call | None = getattr(self._here, "call", None)
        return found

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="storage watch", daemon=True)
            self._thread.start()
        elif len(self._calls) == 1:
            self._changed.notify_all()

    def _look(self) -> None:
        with self._changed:
            while not self._closed:
                self._end_overdue()
                self._changed.wait(_LOOK_SECONDS if self._calls else None)

    def _end_overdue(self) -> None:
        """End what is overdue; under the lock, so that no connection has gone on to another call meanwhile."""
        now = time.monotonic()
        for call in self._calls:
            if call.by <= now and call.connection is not None:
                call.ended = True
                with suppress(Exception):  # it was closed meanwhile: then there is nothing to end
                    self._end(call.connection)


def interrupt(connection: Any) -> None:  # noqa: ANN401  # a raw driver connection
    """End what a SQLite connection is doing."""
    connection.interrupt()


def hang_up(connection: Any) -> None:  # noqa: ANN401  # a raw driver connection
    """Shut the socket of a PostgreSQL connection down, from any thread: whoever reads from it hears at once."""
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as line:
        line.shutdown(socket.SHUT_RDWR)
