"""The real server, killed as by ``kill -9`` while eight nurses save: what was answered is there, once, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.kept import at_once
from tests.served import Client, Json, Served, ago, free_port, settings_for

ROOT = Path(__file__).parents[2]
CHAIRSIDE = [str(Path(sys.executable).with_name("chairside"))]
ARMED = [sys.executable, "-m", "tests.armed"]
START_SECONDS = 60


def environment(url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "CHAIRSIDE_DATABASE_URL": url,
        "CHAIRSIDE_DATA_DIR": str(folder),
        "CHAIRSIDE_SECRET_KEY": bytes(32).hex(),
    }


@contextmanager
def server(command: list[str], around: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the real server until the end of the block, or until it kills itself."""
    port = free_port()
    with subprocess.Popen([*command, "serve", "--port", str(port)], cwd=ROOT, env=around) as process:
        try:
            until = time.monotonic() + START_SECONDS
            while not answers(f"http://127.0.0.1:{port}"):
                assert process.poll() is None, "the server did not start"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def note(session: str) -> Json:
    entry = str(uuid.uuid4())
    return {"id": entry, "kind": "note", "text": f"Comfortable, {entry}, {session}.", "measured_at": ago(0)}


def save_until_it_dies(client: Client, session: str, asked: list[Json], saved: set[str]) -> None:
    while True:
        body = note(session)
        asked.append(body)
        try:
            answer = client.post(f"/api/v1/sessions/{session}/entries", body)
        except httpx.TransportError:
            return
        if answer.status_code in {200, 201}:
            saved.add(body["id"])


@pytest.fixture
def furnished(database_url: str, tmp_path: Path) -> str:
    """Give a database with a nurse and a chair."""
    served = Served(settings_for(database_url, tmp_path))
    served.app.stores.database.close()
    return database_url


@pytest.mark.parametrize(
    ("database_url", "place"), [("sqlite", "before-commit"), ("postgresql", "before-reply")], indirect=["database_url"]
)
def test_a_killed_server_lost_and_doubled_nothing_it_answered(place: str, furnished: str, tmp_path: Path) -> None:
    around, asked, saved = environment(furnished, tmp_path), list[Json](), set[str]()

    armed = around | {"CHAIRSIDE_TEST_FAULTS": f"{place}:kill:40"}
    with server(ARMED, armed) as (process, url):
        nurse = Client(url)
        assert nurse.sign_in("m.silva").status_code == 200
        session = nurse.seat("1")
        at_once([partial(save_until_it_dies, nurse, session, asked, saved)] * 8)
        ended = process.wait(30)
        nurse.http.close()
    with server(CHAIRSIDE, around) as (_process, url):
        nurse = Client(url)
        assert nurse.sign_in("m.silva").status_code == 200
        kept = {one["id"] for one in nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]}
        settled = [nurse.post(f"/api/v1/sessions/{session}/entries", body).status_code for body in asked]
        after = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
        nurse.http.close()
    verified = subprocess.run([*CHAIRSIDE, "verify"], cwd=ROOT, env=around, check=False)

    assert ended == -9
    assert len(saved) > 10
    assert saved <= kept
    assert set(settled) <= {200, 201}
    assert [one["seq"] for one in after] == list(range(1, len(asked) + 2))
    assert {one["id"] for one in after[1:]} == {body["id"] for body in asked}
    assert verified.returncode == 0


def test_the_program_itself_cannot_be_armed_from_outside() -> None:
    rooms = [path for room in ("models", "callbacks", "dashboard", "layouts") for path in (ROOT / room).rglob("*.py")]

    assert len(rooms) > 50
    assert [path.name for path in rooms if "TEST_FAULTS" in path.read_text("utf-8")] == []
    assert [path.name for path in rooms if re.search(r"faults\.arm|import arm", path.read_text("utf-8"))] == []
