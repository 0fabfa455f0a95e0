"""Storage in trouble under a running server: honest answers in time, screens that live on, saving that resumes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from callbacks import threads
from dashboard import live
from models.store import engine
from tests.kept import at_once
from tests.served import Client, Json, Served, ago
from tests.stuck import full, held_up, locked, moved_away, stopped

IN_TIME = 6.0
"""Whoever asks gives up after this long, which fails the test: a busy machine has some room, `make soak` has none."""

Trouble = AbstractContextManager[None]
TROUBLES = (
    ("sqlite", "locked"),
    ("sqlite", "full"),
    ("sqlite", "gone"),
    ("postgresql", "locked"),
    ("postgresql", "full"),
    ("postgresql", "not answering"),
)
every_trouble = pytest.mark.parametrize(("database_url", "word"), TROUBLES, indirect=["database_url"])
worst_trouble = pytest.mark.parametrize(("database_url", "word"), [TROUBLES[2], TROUBLES[5]], indirect=["database_url"])


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the server wait a quarter as long as it does, while the trouble lasts: before and after it may be busy."""
    with monkeypatch.context() as patch:
        patch.setattr(engine, "WAIT_SECONDS", 0.6)
        patch.setattr(threads, "ANSWER_SECONDS", 0.8)
        patch.setattr(threads, "_HELD_UP_SECONDS", 0.3)
        yield


@pytest.fixture
def chairside(alone: Served) -> Served:
    """Give a clinic of its own whose people are all signed in before the trouble."""
    for name in ("m.silva", "wall"):
        alone.sign_in(name)
    return alone


@pytest.fixture
def real_trouble(chairside: Served, word: str, request: pytest.FixtureRequest) -> Trouble:
    """Give the trouble that /readyz calls ``word``, to be entered when the test is ready for it."""
    url = chairside.settings.database_url
    match word:
        case "locked":
            return locked(url)
        case "full":
            return full(chairside.app.stores.database)
        case "gone":
            return moved_away(url)
        case _:
            return stopped(request.getfixturevalue("postgres_server"))


@pytest.fixture
def trouble(real_trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """Give the trouble, with a server that waits less for it."""

    @contextmanager
    def both() -> Iterator[None]:
        with impatient(monkeypatch), real_trouble:
            yield

    return both()


def note() -> Json:
    return {"id": str(uuid.uuid4()), "kind": "note", "text": "Comfortable. " * 300, "measured_at": ago(0)}


def send(client: Client, session: str, body: Json) -> httpx.Response:
    path, csrf = f"/api/v1/sessions/{session}/entries", {"X-CSRF-Token": client.csrf}
    return client.http.post(path, json=body, headers=csrf, timeout=IN_TIME)


def until_saved(client: Client, session: str, body: Json) -> httpx.Response:
    """Send the same again until it is stored, as a tablet does."""
    until = time.monotonic() + 20
    while (answer := send(client, session, body)).status_code == 503:
        assert time.monotonic() < until, "saving does not resume"
        time.sleep(0.1)
    return answer


def ready_again(client: Client) -> bool:
    until = time.monotonic() + 20
    while client.http.get("/readyz", timeout=IN_TIME).status_code != 200:
        assert time.monotonic() < until, "it is not ready again"
        time.sleep(0.1)
    return True


def entries(client: Client, session: str) -> list[Json]:
    found: list[Json] = client.good(client.get(f"/api/v1/sessions/{session}/entries"))["items"]
    return found


def is_honest(answer: httpx.Response) -> bool:
    """Say whether an answer is the problem document of a save that is not known to be stored."""
    kind, said = answer.headers["content-type"], answer.json()
    again = int(answer.headers["retry-after"])
    return (kind, said["status"], said["title"], again > 0) == ("application/problem+json", 503, "Not stored now", True)


@contextmanager
def watching(client: Client, query: str = "?page=board") -> Iterator[ClientConnection]:
    """Open the live socket as a page does."""
    url: Any = str(client.http.base_url).rstrip("/")
    cookies = "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())
    address = f"{url.replace('http', 'ws')}/live{query}"
    with connect(address, origin=url, additional_headers={"Cookie": cookies}, proxy=None) as socket:
        yield socket


def heard(socket: ClientConnection, wanted: Callable[[Json], bool], most: float = 20) -> Json:
    """Return the next message of a kind."""
    until = time.monotonic() + most
    while True:
        message: Json = json.loads(socket.recv(timeout=max(0.1, until - time.monotonic())))
        if wanted(message):
            return message


@every_trouble
def test_in_trouble_the_answer_is_honest_and_saving_resumes_by_itself(
    word: str, chairside: Served, trouble: Trouble
) -> None:
    nurse = chairside.sign_in("m.silva")
    session, body = nurse.seat("1"), note()

    with trouble:
        answers = [send(nurse, session, body) for _ in range(2)]
        ready = nurse.http.get("/readyz", timeout=IN_TIME)
        alive = nurse.http.get("/healthz", timeout=IN_TIME)
    saved = until_saved(nurse, session, body)

    assert [is_honest(answer) for answer in answers] == [True, True]
    assert (ready.status_code, ready.text.partition(":")[0]) == (503, word)
    assert alive.status_code == 200
    assert saved.status_code in {200, 201}
    assert [one["id"] for one in entries(nurse, session)].count(body["id"]) == 1
    assert ready_again(nurse)


@every_trouble
def test_the_board_lives_on_and_shows_what_is_saved_afterwards(
    chairside: Served, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.5)
    monkeypatch.setattr(live, "_RECHECK", 0.2)  # so that it is asked while the trouble lasts
    nurse, body = chairside.sign_in("m.silva"), note()
    session = nurse.seat("1")

    with watching(chairside.sign_in("wall")) as wall:
        before = heard(wall, lambda message: message.get("session") == session)
        with trouble:
            send(nurse, session, body)
            beats = [heard(wall, lambda message: "now" in message) for _ in range(4)]
        until_saved(nurse, session, body)
        after = heard(wall, lambda message: message.get("v", 0) > before["v"])

    assert len(beats) == 4
    assert after["session"] == session


@worst_trouble
def test_a_database_that_cannot_be_asked_signs_nobody_out(chairside: Served, trouble: Trouble) -> None:
    nurse = chairside.sign_in("m.silva")

    with trouble:
        page = nurse.http.get("/", timeout=IN_TIME, headers={"Accept": "text/html"})
        answers = [nurse.http.get(path, timeout=IN_TIME) for path in ("/", "/api/v1/me", "/chair/1")]
        callback = nurse.http.post("/_dash-update-component", json={}, timeout=IN_TIME)
        name = {"username": "r.okafor", "password": "whatever it may be"}
        sign_in = chairside.client().http.post("/api/v1/sign-in", json=name, timeout=IN_TIME)
        with pytest.raises(InvalidStatus) as refused, watching(nurse):
            pass
    ready_again(nurse)

    assert [is_honest(answer) for answer in (*answers, callback, sign_in)] == [True] * 5
    assert (page.status_code, "set-cookie" in page.headers) == (503, False)
    assert "tries again" in page.text
    assert refused.value.response.status_code == 503
    assert nurse.get("/api/v1/me").json()["user"]["name"] == "m.silva"


@every_trouble
def test_many_who_wait_at_once_are_all_answered_and_the_threads_come_back(chairside: Served, trouble: Trouble) -> None:
    nurse = chairside.sign_in("m.silva")
    session, bodies = nurse.seat("1"), [note() for _ in range(16)]

    with trouble:
        answers = at_once([partial(send, nurse, session, body) for body in bodies])
    for body in bodies:
        until_saved(nurse, session, body)

    assert [isinstance(answer, httpx.Response) and is_honest(answer) for answer in answers] == [True] * 16
    assert [one["seq"] for one in entries(nurse, session)] == list(range(1, 18))


def test_a_save_that_nothing_can_end_holds_up_no_screen_and_is_settled_by_its_id(
    chairside: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse, body = chairside.sign_in("m.silva"), note()
    session = nurse.seat("1")

    with watching(chairside.sign_in("wall")) as wall:
        with impatient(monkeypatch), held_up("before-commit"):
            answers = [send(nurse, session, body) for _ in range(5)]
            ready = nurse.http.get("/readyz", timeout=IN_TIME)
            beat = heard(wall, lambda message: set(message) == {"now"}, most=5)
        saved = until_saved(nurse, session, body)

    assert [is_honest(answer) for answer in answers] == [True] * 5
    assert (ready.status_code, set(beat)) == (503, {"now"})  # the strip, which brings the time too, is no heartbeat
    assert saved.status_code in {200, 201}
    assert [one["id"] for one in entries(nurse, session)].count(body["id"]) == 1


@pytest.mark.parametrize("place", ["after-commit", "before-reply"])
def test_a_save_without_an_answer_is_settled_by_sending_it_again(
    place: str, chairside: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse, body = chairside.sign_in("m.silva"), note()
    session = nurse.seat("1")

    with impatient(monkeypatch), held_up(place):
        unknown = send(nurse, session, body)
    again = until_saved(nurse, session, body)

    assert is_honest(unknown)
    assert again.status_code == 200
    assert [one["id"] for one in entries(nurse, session)].count(body["id"]) == 1
