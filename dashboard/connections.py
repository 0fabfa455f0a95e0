"""Connections: HTTP and WebSocket as uvicorn speaks them, with an end to those that send or read too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dashboard.proxy import is_loopback
from dashboard.wall import Wall

HEAD_SECONDS: Final = 10.0
"""How long the head of a request may take to arrive."""
HEAD_MOST: Final = 64 * 1024
READ_SECONDS: Final = 15.0
"""How long a peer may leave what was sent to it unread; what waits for it is bounded meanwhile."""
CONNECTIONS_MOST: Final = 1000
OF_AN_ADDRESS_MOST: Final = 300
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Deadline:
    """Something that happens unless it is called off."""

    def __init__(self) -> None:
        """Expect nothing yet."""
        self._handle: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return self._handle is not None

    def expect(self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[], None]) -> None:
        """Do ``act`` after ``seconds``, instead of what was expected before."""
        self.met()
        self._handle = loop.call_later(seconds, act)

    def met(self) -> None:
        """Call it off."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None


class HttpConnection(HttpToolsProtocol):
    """A connection for requests: its heads are small and in time, and it reads what it asked for."""

    def __init__(self, *asked: Any, **more: Any) -> None:  # noqa: ANN401  # uvicorn's own arguments
        """Wait for nothing yet."""
        super().__init__(*asked, **more)
        self._head, self._reading = Deadline(), Deadline()
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Take a connection, or end it at once where there are too many."""
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._head.met()
        self._reading.met()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; a head that is still not whole may not grow without an end."""
        super().data_received(data)
        if self._head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MOST:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """Wait for the rest of a head."""
        super().on_message_begin()
        if not self._head:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Go on with a head that is whole."""
        self._head.met()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Wait for the peer to read."""
        super().pause_writing()
        self._reading.expect(self.loop, READ_SECONDS, self._drop)

    def resume_writing(self) -> None:
        """Go on: the peer has read."""
        self._reading.met()
        super().resume_writing()

    def _drop(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True  # else it would write once more before it hears of the end
        self.transport.abort()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head.expect(self.loop, HEAD_SECONDS, self.transport.abort)

    def _is_one_too_many(self) -> bool:
        if len(self.connections) > CONNECTIONS_MOST:
            return True
        host = self.client[0] if self.client else ""
        if is_loopback(host) or host in _proxies(self.config.app):
            return False  # a proxy is everybody
        return _held_by(host, self.connections) > OF_AN_ADDRESS_MOST


class SocketConnection(WebSocketsSansIOProtocol):
    """A live socket whose page reads what it is sent, or is dropped."""

    def __init__(self, *asked: Any, **more: Any) -> None:  # noqa: ANN401  # uvicorn's own arguments
        """Wait for nothing yet."""
        super().__init__(*asked, **more)
        self._reading = Deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._reading.met()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the page to read."""
        super().pause_writing()
        self._reading.expect(self.loop, READ_SECONDS, self._drop)

    def resume_writing(self) -> None:
        """Go on: the page has read."""
        self._reading.met()
        super().resume_writing()

    def keepalive_timeout(self) -> None:
        """Drop a page that answers no ping, without waiting until it reads its farewell."""
        super().keepalive_timeout()
        self._drop()

    def _drop(self) -> None:
        self.disconnected = True  # else it would write once more before it hears of the end
        self.transport.abort()


def _proxies(app: object) -> Collection[str]:
    return app.proxies if isinstance(app, Wall) else ()


def _held_by(host: str, connections: Collection[Any]) -> int:
    """Count the connections of one address."""
    return sum(one.client is not None and one.client[0] == host for one in connections)
