"""A network that is slow at one place: a TCP proxy that holds what a worker asks for by itself, until it is let go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_CHUNK: Final = 65536
_END: Final = b"\r\n\r\n"
LONGEST: Final = 30.0
"""Seconds after which nothing is held any more, should a test forget it."""


@dataclass
class Holding:
    """Stands before a server; of a page of a chair that no tab has asked for it holds all, or all after the head."""

    target: int
    after_head: bool
    held: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """End every connection and listen no more."""
        self.go.set()
        self._door.close()
        for one in self._open:
            one.close()

    def _listen(self) -> None:
        while True:
            try:
                browser, _ = self._door.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=LONGEST)
            except OSError:
                browser.close()
                continue
            self._open += [browser, server]
            slow = threading.Event()
            threading.Thread(target=_ask, args=(browser, server, slow), daemon=True).start()
            threading.Thread(target=self._answer, args=(server, browser, slow), daemon=True).start()

    def _answer(self, server: socket.socket, browser: socket.socket, slow: threading.Event) -> None:
        with suppress(OSError):
            while found := server.recv(_CHUNK):
                if slow.is_set():
                    slow.clear()
                    found = self._hold(found, browser)
                browser.sendall(found)
        browser.close()

    def _hold(self, found: bytes, browser: socket.socket) -> bytes:
        """Wait until it is let go; return what is still to be passed on."""
        head = found.index(_END) + len(_END) if self.after_head else 0
        browser.sendall(found[:head])
        self.held.set()
        self.go.wait(LONGEST)
        return found[head:]


def _ask(browser: socket.socket, server: socket.socket, slow: threading.Event) -> None:
    with suppress(OSError):
        while found := browser.recv(_CHUNK):
            if found.startswith(b"GET /chair/") and b"sec-fetch-mode: navigate" not in found.lower():
                slow.set()
            server.sendall(found)
    server.close()


@contextmanager
def holding(target: int, *, after_head: bool) -> Iterator[Holding]:
    """Give a proxy before a port of this machine."""
    found = Holding(target, after_head)
    try:
        yield found
    finally:
        found.close()
