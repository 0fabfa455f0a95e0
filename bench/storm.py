"""A storm of sign-ins: forty people at once, while one nurse goes on charting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from bench.clinic import NURSE, PASSWORD, Place, entry, values_of
from bench.figures import Target, percentile
from models.moments import utc_now

PEOPLE = 40
ROUNDS = 5
ALLOWED_MS = 1000.0


def measure(origin: str, place: Place) -> tuple[Target, dict[str, float]]:
    """Return how long entries take to be stored while people sign in, beside what is allowed, and without a storm."""
    with httpx.Client(base_url=origin, trust_env=False, timeout=30) as nurse:
        nurse.headers["X-CSRF-Token"] = _sign_in(nurse).json()["csrf_token"]
        quiet = _chart_while(nurse, place, time.monotonic() + 3)
        with _storm(origin) as over:
            stormy = _chart_while(nurse, place, time.monotonic() + 60, over)
    target = Target(f"an entry stored while {PEOPLE} sign in, p99", percentile(stormy, 0.99), ALLOWED_MS)
    figures = {
        f"entries stored during {ROUNDS} storms of {PEOPLE} sign-ins": float(len(stormy)),
        "an entry stored during them, p50, ms": percentile(stormy, 0.5),
        "an entry stored without a storm, p99, ms": percentile(quiet, 0.99),
    }
    return target, figures


@contextmanager
def _storm(origin: str) -> Iterator[threading.Event]:
    """Let everybody sign in at the same moment, several times; the event says that all of them are in."""
    over = threading.Event()

    def blow() -> None:
        with ThreadPoolExecutor(PEOPLE) as people:
            for _ in range(ROUNDS):
                codes = list(people.map(lambda _number: _signed_in_at(origin), range(PEOPLE)))
                assert codes == [httpx.codes.OK] * PEOPLE, codes
        over.set()

    blowing = threading.Thread(target=blow)
    blowing.start()
    try:
        yield over
    finally:
        blowing.join(60)
    assert over.is_set(), "the storm did not end well"


def _signed_in_at(origin: str) -> int:
    with httpx.Client(base_url=origin, trust_env=False, timeout=30) as client:
        return _sign_in(client).status_code


def _sign_in(client: httpx.Client) -> httpx.Response:
    return client.post("/api/v1/sign-in", json={"username": NURSE, "password": PASSWORD})


def _chart_while(nurse: httpx.Client, place: Place, until: float, over: threading.Event | None = None) -> list[float]:
    """Chart one entry after another and return the ms that each took from the tap to "stored"."""
    took: list[float] = []
    while time.monotonic() < until and not (over and over.is_set()):
        chair = str(len(took) % len(place.sessions) + 1)
        body = entry(utc_now(), kind="reading", values=values_of(int(chair), 500 + len(took)))
        begun = time.perf_counter()
        answer = nurse.post(f"/api/v1/sessions/{place.sessions[chair]}/entries", json=body)
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        time.sleep(0.02)
    return took
