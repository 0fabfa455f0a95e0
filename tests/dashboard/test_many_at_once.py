"""Everybody saves at the same moment: one entry for one id, every entry for many, numbers without a gap."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import Any

import httpx

from tests.kept import at_once
from tests.served import Client, Json, Served, ago


def entries(client: Client, session: str) -> list[Json]:
    """Return every entry of a session, page by page."""
    found: list[Json] = []
    while True:
        after = str(found[-1]["seq"]) if found else "0"
        page = client.good(client.get(f"/api/v1/sessions/{session}/entries", after=after))
        found += page["items"]
        if page["next"] is None:
            return found


def reading(**fields: Any) -> Json:  # noqa: ANN401  # the body of an entry
    return {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": ago(0), "values": {"hr": 70}} | fields


def test_fifty_equal_posts_at_once_are_one_entry_and_fifty_equal_answers(nurse: Client) -> None:
    session, body = nurse.seat("1"), reading()

    answers = at_once([partial(nurse.post, f"/api/v1/sessions/{session}/entries", body)] * 50)

    codes = sorted(answer.status_code for answer in answers if isinstance(answer, httpx.Response))
    assert codes == [200] * 49 + [201]
    assert len({answer.text for answer in answers if isinstance(answer, httpx.Response)}) == 1
    assert [one["id"] for one in entries(nurse, session)].count(body["id"]) == 1


def saved(client: Client, path: str, body: Json) -> int:
    """Send until there is a definite answer, as a tablet does: a machine that stops for seconds says "not now"."""
    while (answer := client.post(path, body)).status_code == 503:
        time.sleep(0.1)
    return answer.status_code


def test_two_hundred_entries_at_once_are_all_stored_and_numbered_without_a_gap(served: Served, nurse: Client) -> None:
    session = nurse.seat("1")
    writers = [nurse, served.sign_in("r.okafor")]
    bodies = [reading(values={"hr": 60 + number % 40}) for number in range(200)]

    answers = at_once(
        [
            partial(saved, writers[number % 2], f"/api/v1/sessions/{session}/entries", body)
            for number, body in enumerate(bodies)
        ]
    )

    assert set(answers) <= {200, 201}
    found = entries(nurse, session)
    assert [one["seq"] for one in found] == list(range(1, 202))
    assert {one["id"] for one in found[1:]} == {body["id"] for body in bodies}
    assert served.app.stores.records.first_break(session) is None
