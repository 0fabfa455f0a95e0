"""Peers that send or read too slowly, or too much, are dropped; everybody else goes on."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from dashboard import connections
from dashboard.server import allow_open_files
from tests.dashboard.test_wall import chairs_until, closed_within, listen
from tests.served import Served, serving

SOON = 0.3


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one clinic for the whole file."""
    folder = tmp_path_factory.mktemp("slow")
    with serving(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
        yield found


def plug(door: Served, *, receive: int | None = None) -> socket.socket:
    """Return a bare connection to the server."""
    found = socket.socket()
    if receive is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    found.connect(("127.0.0.1", door.port))
    found.settimeout(10)
    return found


def read_until_the_end(line: socket.socket) -> bytes:
    """Return everything that the server says until it hangs up."""
    said = b""
    with suppress(ConnectionResetError):
        while more := line.recv(65536):
            said += more
    return said


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"POST "])
def test_a_head_that_never_ends_is_hung_up(door: Served, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    with closing(plug(door)) as line:
        line.sendall(begun)

        assert read_until_the_end(line) == b""


def test_the_head_of_a_second_request_may_not_take_for_ever_either(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    with closing(plug(door)) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"alive" in line.recv(65536)
        line.sendall(b"GET /healthz HT")

        assert read_until_the_end(line) == b""


def test_a_head_that_is_in_time_is_answered_however_long_the_answer_waits(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    monkeypatch.setattr("dashboard.wall.BODY_SECONDS", 4 * SOON)
    with closing(plug(door)) as line:
        line.sendall(b"POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")

        assert read_until_the_end(line).startswith(b"HTTP/1.1 408"), "the body was waited for, not the head"


@pytest.mark.parametrize("filler", [b"X-More: a\r\n", b"a"], ids=["many headers", "one endless header"])
def test_a_head_without_an_end_is_not_kept_in_memory(
    door: Served, filler: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 60)  # time is not what ends it
    with closing(plug(door)) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-First: ")
        with suppress(OSError):
            for _ in range(64):
                line.sendall(filler * (64 * 1024 // len(filler)))
        said = read_until_the_end(line)

    assert said == b"" or said.startswith(b"HTTP/1.1 431")


def test_a_body_that_does_not_arrive_is_answered_408_and_asked_for_again(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.wall.BODY_SECONDS", SOON)
    with closing(plug(door)) as line:
        line.sendall(b"POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        head, _, body = read_until_the_end(line).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in head.lower()
    assert "Send it again" in json.loads(body)["detail"]


def upgraded(door: Served, name: str, *, receive: int | None = None) -> socket.socket:
    """Return a live socket that nobody reads."""
    cookies = "; ".join(f"{key}={value}" for key, value in door.sign_in(name).http.cookies.items())
    line = plug(door, receive=receive)
    head = [
        "GET /live?page=board HTTP/1.1",
        f"Host: 127.0.0.1:{door.port}",
        f"Origin: {door.url}",
        f"Cookie: {cookies}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    line.sendall("\r\n".join([*head, "", ""]).encode())
    assert line.recv(12) == b"HTTP/1.1 101"
    return line


def until(what: Any) -> None:  # noqa: ANN401  # any question
    """Wait until something is so."""
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def test_a_page_that_does_not_read_is_dropped_and_the_others_are_told_on(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READ_SECONDS", SOON)
    hub = door.app.hub
    until(lambda: not hub.subscribers)
    with closing(upgraded(door, "wall", receive=4096)):
        until(lambda: len(hub.subscribers) == 1)
        deaf = next(iter(hub.subscribers))
        with listen(door.sign_in("m.silva"), "?page=board") as reads:
            chairs_until(reads, 3)
            for number in range(40):  # more than any kernel takes for a peer that does not read
                deaf.offer(f"{number}", "x" * 1_000_000)

            until(lambda: deaf not in hub.subscribers)
            hub.mark(door.app.stores.site, door.sign_in("m.silva").chair_id("1"))
            assert chairs_until(reads, 1)[0]["chair"] == "1"


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kernel take little of what is written, so that the rest waits in the server."""
    made = connections.HttpConnection.connection_made

    def narrowly(self: connections.HttpConnection, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        made(self, transport)

    monkeypatch.setattr(connections.HttpConnection, "connection_made", narrowly)


def test_an_answer_that_nobody_reads_is_not_held_for_ever(
    door: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "READ_SECONDS", SOON)
    narrow(monkeypatch)
    running = door._server  # noqa: SLF001  # what uvicorn holds is nowhere else to be seen
    assert running is not None
    held = running.server_state.connections
    asked = b"GET /assets/vendor/plotly-basic.min.js HTTP/1.1\r\nHost: x\r\n\r\n"
    with closing(plug(door, receive=4096)) as line:
        port = line.getsockname()[1]
        line.sendall(asked)
        until(lambda: any(one.flow is not None and one.flow.write_paused for one in _of(port, held)))

        until(lambda: not _of(port, held))

    assert caplog.records == [], "who goes is no error of ours"


def _of(port: int, held: Any) -> list[Any]:  # noqa: ANN401  # uvicorn's own connections
    """Return the connections that come from a port of this machine."""
    return [one for one in list(held) if isinstance(one, connections.HttpConnection) and one.client[1] == port]  # type: ignore[index]  # those that came over the network have one


@pytest.mark.parametrize("size", [4097, 16 * 1024 * 1024])
def test_a_frame_larger_than_a_page_would_send_closes_the_socket(door: Served, size: int) -> None:
    with listen(door.sign_in("m.silva"), "?page=board") as socket_:
        with suppress(ConnectionClosed):
            socket_.send("x" * size)

        assert closed_within(socket_, 5) in {1009, 0, 1006}
    until(lambda: not door.app.hub.subscribers)


def test_a_page_that_goes_on_talking_is_closed(door: Served) -> None:
    with listen(door.sign_in("m.silva"), "?page=board") as socket_:
        with suppress(ConnectionClosed):
            for _ in range(200):
                socket_.send("x")

        assert closed_within(socket_, 5) == 1008


def test_connections_are_bounded_and_the_next_is_served_once_there_is_room(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = [plug(door) for _ in range(5)]
    try:
        monkeypatch.setattr(connections, "CONNECTIONS_MOST", 1)
        with closing(plug(door)) as line:
            with suppress(OSError):
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_until_the_end(line) == b""
    finally:
        for one in idle:
            one.close()
    monkeypatch.undo()

    assert door.client().http.get("/healthz").status_code == 200


def test_one_address_may_not_hold_all_connections(door: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "OF_AN_ADDRESS_MOST", 1)
    monkeypatch.setattr(connections, "is_loopback", lambda _host: False)
    with closing(plug(door)), closing(plug(door)), closing(plug(door)) as line:
        with suppress(OSError):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

        assert read_until_the_end(line) == b""


def test_the_process_may_hold_as_many_files_as_it_allows_connections() -> None:
    import resource  # noqa: PLC0415  # wanted here alone

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
        allow_open_files(300)
        raised = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert raised == 300
