"""The live socket against those who would listen in, and against those who would hold the server up with it."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from models.moments import utc_now
from models.people import Role
from tests.dashboard.test_wall import chairs_until, closed_within, listen
from tests.served import Client
from tests.wall.world import World

MANY = 60


def refused(open_socket: Any) -> int:  # noqa: ANN401  # a call without arguments
    """Return the code with which a socket is refused before it opens."""
    with pytest.raises(InvalidStatus) as said:
        open_socket()
    return int(said.value.response.status_code)


def throwaway(world: World, role: Role = Role.CLINICIAN) -> tuple[str, Client]:
    """Return a new account and its signed-in client."""
    people, known = world.served.app.stores.people, world.served.app.stores.people.account("m.silva")
    assert known is not None
    name = f"t.{uuid.uuid4().hex[:8]}"
    people.add_account(world.served.app.stores.site, name, role, known.password_hash, utc_now())
    client = world.served.client()
    assert client.sign_in(name).status_code == 200
    return name, client


def test_without_a_cookie_nobody_listens(world: World) -> None:
    assert refused(lambda: listen(world.client("nurse"), "?page=board", cookie=False)) == 403


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "HTTPS",
        "http://127.0.0.1:PORT.evil.example",
        "http://user@127.0.0.1:PORT",
        "file://127.0.0.1:PORT",
    ],
)
def test_no_other_origin_listens_with_a_nurses_cookie(world: World, origin: str | None) -> None:
    said = origin and origin.replace("PORT", str(world.served.port)).replace("HTTPS", "https://evil.example")

    assert refused(lambda: listen(world.client("nurse"), "?page=board", origin=said)) == 403


def test_a_cookie_shows_what_its_own_person_may_see_and_nothing_else(world: World) -> None:
    wall = world.client("wall")

    with listen(wall, "?page=board") as socket:
        first = chairs_until(socket, 1)[0]

    assert refused(lambda: listen(wall, "?page=chair&chair=1")) == 403
    assert refused(lambda: listen(world.client("elsewhere"), "?page=chair&chair=1")) == 403
    assert first["chair"] in {"1", "2", "3"}


@pytest.mark.parametrize("chair", ["", "nope", "1'", "../1", "%00", "__proto__", "1" * 5000])
def test_a_chair_that_is_not_there_is_refused(world: World, chair: str) -> None:
    assert refused(lambda: listen(world.client("nurse"), f"?page=chair&chair={chair}")) in {400, 403, 414, 431}


def test_no_message_makes_a_page_of_one_chair_hear_of_another(world: World) -> None:
    nurse = world.client("nurse")
    with listen(nurse, "?page=chair&chair=2") as socket:
        for said in ('{"page": "board"}', '{"chair": "1"}', "?page=chair&chair=1", "\x00", '{"__proto__": 1}'):
            socket.send(said)
        first = chairs_until(socket, 1)[0]
        nurse.good(nurse.chart(world.session, "note", text="Quiet."))
        heard = [json.loads(socket.recv(timeout=5)) for _ in range(3)]

    assert first["chair"] == "2"
    assert {one["chair"] for one in heard if "chair" in one} <= {"2"}


@pytest.mark.parametrize("how", ["signed out", "disabled"])
def test_who_is_revoked_while_listening_is_closed_within_five_seconds(world: World, how: str) -> None:
    name, client = throwaway(world)
    with listen(client, "?page=chair&chair=1") as socket:
        chairs_until(socket, 1)
        if how == "signed out":
            client.post("/api/v1/sign-out")
        else:
            world.served.app.stores.people.disable_account(name, utc_now())

        code = closed_within(socket, 5)

    assert code == 1008


@pytest.mark.parametrize("content", ["x" * (16 << 20), b"x" * (16 << 20)], ids=["text", "bytes"])
def test_a_frame_of_sixteen_megabytes_closes_its_socket_and_no_other(world: World, content: str | bytes) -> None:
    client = world.client("nurse")
    with listen(client, "?page=board") as calm, listen(client, "?page=board") as loud:
        chairs_until(calm, 3)
        try:
            loud.send(content)
        except ConnectionClosed:  # closed while it was still being sent
            code: int | None = 1009
        else:
            code = closed_within(loud, 5)
        client.good(client.chart(world.session, "reading", values={"hr": 72}))

        assert code in {0, 1009}
        assert chairs_until(calm, 1)[0]["chair"] == "1"


def test_a_page_that_talks_without_end_is_closed_and_the_next_one_is_heard(world: World) -> None:
    nurse = world.client("nurse")
    with suppress(ConnectionClosed), listen(nurse, "?page=board") as socket:
        for number in range(5000):
            socket.send(f"{number}")
        while True:
            socket.recv(timeout=10)

    assert socket.close_code == 1008
    with listen(nurse, "?page=board") as socket:
        assert len(chairs_until(socket, 3)) == 3


def test_many_sockets_hold_up_neither_charting_nor_each_other(world: World) -> None:
    reviewer, nurse = world.client("reviewer"), world.client("nurse")
    with ExitStack() as stack:
        for _ in range(MANY):
            try:
                stack.enter_context(listen(reviewer, "?page=board"))
            except (InvalidStatus, ConnectionClosed):
                break  # a limit was met: that is an answer too
        answer = nurse.chart(world.session, "reading", values={"hr": 73})
        last = listen(nurse, "?page=board")
        with last:
            heard = chairs_until(last, 3)

    assert answer.status_code == 201
    assert "1" in {one["chair"] for one in heard}


def test_a_token_in_the_address_opens_nothing(world: World) -> None:
    url = f"ws://127.0.0.1:{world.served.port}/live?page=board&token={world.token}&access_token={world.token}"

    assert refused(lambda: connect(url, origin=Origin(world.served.url), proxy=None)) == 403


def test_a_reading_is_charted_while_a_socket_reads_nothing(world: World) -> None:
    nurse = world.client("nurse")
    with listen(nurse, "?page=board") as socket:
        socket.close_timeout = 1  # it reads nothing, and so never hears of its own end
        codes = [nurse.chart(world.session, "reading", 0.1, values={"hr": 74}).status_code for _ in range(30)]

    assert set(codes) == {201}
