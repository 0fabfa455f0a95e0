"""A tablet says when it sent something, by its own clock: how far that is off stands in every answer about it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest

from models.moments import utc_now
from tests.served import Client, Served, ago, values

HEADER = "X-Chairside-Sent-At"


def sent(minutes_ahead: float) -> dict[str, str]:
    return {HEADER: (utc_now() + timedelta(minutes=minutes_ahead)).isoformat()}


def body() -> dict[str, object]:
    return {
        "id": str(uuid.uuid4()),
        "kind": "reading",
        "measured_at": ago(0),
        "values": values(124, 78),
    }


def test_a_tablet_that_is_ahead_is_told_of_in_the_answer_and_in_the_record(nurse: Client) -> None:
    session = nurse.seat()
    post = partial(nurse.post, f"/api/v1/sessions/{session}/entries")

    reading = body()
    answer = post(reading, **sent(4.2))
    again = post(reading, **sent(0))
    listed = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"][-1]

    assert (answer.status_code, again.status_code) == (201, 200)
    assert answer.json()["clock"] == "Tablet clock 4 min ahead"
    assert 240 < answer.json()["entry"]["clock_skew_s"] < 253
    assert again.json()["entry"] == answer.json()["entry"]
    assert listed["clock_skew_s"] == answer.json()["entry"]["clock_skew_s"]


def test_a_clock_that_is_right_is_kept_and_not_told_of(nurse: Client) -> None:
    session = nurse.seat()

    answer = nurse.post(f"/api/v1/sessions/{session}/entries", body(), **sent(0)).json()

    assert answer["clock"] is None
    assert abs(answer["entry"]["clock_skew_s"]) < 30


@pytest.mark.parametrize("said", ["", "noon", "2026-03-01T12:00:00", "2026-99-01T12:00:00+00:00", "x" * 4000])
def test_a_header_that_cannot_be_read_is_no_reason_to_refuse_a_reading(said: str, nurse: Client) -> None:
    session = nurse.seat()
    reading = nurse.post(f"/api/v1/sessions/{session}/entries", body(), **{HEADER: said})

    assert reading.status_code == 201
    assert reading.json()["entry"]["clock_skew_s"] is None
    assert reading.json()["clock"] is None


def test_seating_keeps_the_skew_too(nurse: Client, served: Served) -> None:
    opening = nurse.opening("2")

    session = nurse.good(nurse.post("/api/v1/sessions", opening, **sent(-90)))["id"]
    first = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"][0]

    assert first["kind"] == "opening"
    assert -5405 < first["clock_skew_s"] < -5370
    assert served.app.stores.records.first_break() is None
