"""The real server, killed as by ``kill -9`` while eight nurses save: what was answered is there, once, in order."""

from __future__ import annotations

import re
import subprocess
import uuid
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.apart import ARMED, CHAIRSIDE, furnished, server
from tests.kept import at_once
from tests.served import Client, Json, ago

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    ("database_url", "place"), [("sqlite", "before-commit"), ("postgresql", "before-reply")], indirect=["database_url"]
)
def test_a_killed_server_lost_and_doubled_nothing_it_answered(place: str, database_url: str, tmp_path: Path) -> None:
    around, asked, saved = furnished(database_url, tmp_path), list[Json](), set[str]()

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
