"""A network that fails: a TCP proxy that cuts, delays and resets connections as its seed says."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_RESET: Final = struct.pack("ii", 1, 0)
"""Closing with a lingering time of zero sends a reset."""
_CHUNK: Final = 65536


@dataclass
class Flapping:
    """Stands before a server; while `bad`, most connections end badly, each in its own way."""

    target: int
    seed: int
    bad: bool = False
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def turn(self, *, bad: bool) -> None:
        """Let the network be bad or good from now on; what was open is cut, as where Wi-Fi is lost or comes back."""
        self.bad = bad
        for one in self._open:
            _reset(one)
        self._open.clear()

    def close(self) -> None:
        """End every connection and listen no more."""
        self._door.close()
        self.turn(bad=False)

    def _listen(self) -> None:
        while True:
            try:
                browser, _ = self._door.accept()
            except OSError:
                return
            fate = self._dice.choice(FATES) if self.bad else "well"
            amount = self._dice.randrange(1, 400)
            self.done[fate] = self.done.get(fate, 0) + 1
            threading.Thread(target=self._carry, args=(browser, fate, amount), daemon=True).start()

    def _carry(self, browser: socket.socket, fate: str, amount: int) -> None:
        if fate == "refused":
            _reset(browser)
            return
        with suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            self._open += [browser, server]
            threading.Thread(target=_copy, args=(browser, server), daemon=True).start()
            if fate == "late":
                time.sleep(0.3)  # the network's own time, not the test's
            _copy(server, browser, amount if fate in {"half", "lost"} else None, lost=fate == "lost")
        _reset(browser)


FATES: Final = ("well", "well", "refused", "half", "lost", "late")
"""half: the answer is cut after some bytes; lost: the server has it all and the browser hears nothing."""


def _copy(source: socket.socket, sink: socket.socket, most: int | None = None, *, lost: bool = False) -> None:
    """Copy until one side ends, or until so many bytes of the answer were passed on."""
    passed = 0
    with suppress(OSError):
        while found := source.recv(_CHUNK):
            if lost:
                return
            part = found if most is None else found[: most - passed]
            sink.sendall(part)
            passed += len(part)
            if most is not None and passed >= most:
                return
        sink.shutdown(socket.SHUT_WR)


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def flapping(target: int, seed: int) -> Iterator[Flapping]:
    """Give a proxy before a port of this machine."""
    found = Flapping(target, seed)
    try:
        yield found
    finally:
        found.close()
