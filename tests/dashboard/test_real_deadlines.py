"""The 3 seconds as a nurse has them: the real server, real troubles, eight who save at once for twenty seconds."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import AbstractContextManager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.apart import CHAIRSIDE, furnished, server
from tests.kept import at_once
from tests.served import Client, Json, ago
from tests.stuck import locked, moved_away, stopped

SECONDS = 20

pytestmark = pytest.mark.soak


def trouble(word: str, url: str, request: pytest.FixtureRequest) -> AbstractContextManager[None]:
    if word == "not answering":
        return stopped(request.getfixturevalue("postgres_server"))
    return locked(url) if word == "locked" else moved_away(url)


def note() -> Json:
    return {"id": str(uuid.uuid4()), "kind": "note", "text": "Comfortable.", "measured_at": ago(0)}


def knock(url: str, over: threading.Event, took: list[float]) -> None:
    """Ask for a sign of life again and again."""
    while not over.wait(0.05):
        line, at = HTTPConnection(urlsplit(url).netloc, timeout=10), time.monotonic()
        line.request("GET", "/healthz")
        line.getresponse().read()
        took.append(time.monotonic() - at)
        line.close()


def save(nurse: Client, session: str, asked: list[Json], answers: list[httpx.Response]) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        body = note()
        asked.append(body)
        answers.append(nurse.post(f"/api/v1/sessions/{session}/entries", body))
        time.sleep(0.2)  # as a tablet, which does not ask again at once


@pytest.mark.parametrize(
    ("database_url", "word"),
    [("sqlite", "locked"), ("sqlite", "gone"), ("postgresql", "locked"), ("postgresql", "not answering")],
    indirect=["database_url"],
)
def test_every_answer_comes_within_three_seconds_and_signs_of_life_at_once(
    database_url: str, word: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    asked: list[Json] = []
    answers: list[httpx.Response] = []
    alive: list[float] = []
    over = threading.Event()

    with server(CHAIRSIDE, furnished(database_url, tmp_path)) as (_process, url):
        nurse = Client(url)
        nurse.sign_in("m.silva")
        session = nurse.seat("1")
        with trouble(word, database_url, request):
            knocking = threading.Thread(target=knock, args=(url, over, alive))
            knocking.start()
            at_once([partial(save, nurse, session, asked, answers)] * 8)
            ready = nurse.get("/readyz")
            over.set()
            knocking.join()
        until = time.monotonic() + 20
        while (first := nurse.post(f"/api/v1/sessions/{session}/entries", asked[0])).status_code == 503:
            assert time.monotonic() < until, "saving does not resume"
        nurse.http.close()

    alive.sort()
    slowest = max(answer.elapsed.total_seconds() for answer in answers)
    print(f"{word}: {len(answers)} answers, slowest {slowest:.2f} s; signs of life {alive[-1] * 1000:.0f} ms at most")  # noqa: T201  # what a long test measured
    assert {answer.status_code for answer in answers} == {503}
    assert slowest < 3
    assert alive[len(alive) * 99 // 100] < 0.1  # the machine itself may stop for a moment
    assert ready.text.startswith(word)
    assert first.status_code in {200, 201}
