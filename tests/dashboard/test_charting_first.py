"""Charting first: whatever else keeps the server busy, an entry is stored before it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from models import passwords
from models.clinic import Clinic
from models.signing_in import SignIn, digest_of
from tests.served import PASSWORD, Served, serving, values

MANY = 12
"""More of each than there are threads for it."""


class Gate:
    """Holds up whoever goes through, until it is opened."""

    def __init__(self, expected: int) -> None:
        self.open = threading.Event()
        self.busy = threading.Semaphore(0)
        self.expected = expected

    def through(self) -> None:
        """Say that somebody is held up, and wait."""
        self.busy.release()
        assert self.open.wait(20)

    def wait_until_full(self) -> None:
        """Wait until every thread that can be held up is."""
        for _ in range(self.expected):
            assert self.busy.acquire(timeout=10)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Served]:
    """Serve a clinic of one's own."""
    with serving(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path) as found:
        yield found


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    """Give threads enough for everybody who waits."""
    with ThreadPoolExecutor(2 * MANY) as found:
        yield found


def _all_wait(crowd: ThreadPoolExecutor, ask: Callable[[int], httpx.Response]) -> list[Future[httpx.Response]]:
    return [crowd.submit(ask, number) for number in range(MANY)]


def _charted_meanwhile(door: Served, gate: Gate, waiting: list[Future[httpx.Response]], session: str) -> None:
    nurse = door.sign_in("m.silva")
    try:
        gate.wait_until_full()
        answer = nurse.chart(session, "reading", 1, values=values(124, 78))
        done_before = sum(one.done() for one in waiting)
    finally:
        gate.open.set()

    assert answer.status_code == 201
    assert done_before == 0, "all of them still waited when the entry was stored"
    assert {one.result(20).status_code for one in waiting} <= {200, 401, 429}


def test_an_entry_is_stored_while_sign_ins_wait_for_their_hash(
    door: Served, crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = door.sign_in("m.silva").seat()
    gate, fits = Gate(2), passwords.fits

    def slowly(password: str, kept: str | None) -> bool:
        gate.through()
        return fits(password, kept)

    monkeypatch.setattr(passwords, "fits", slowly)
    body = {"username": "r.okafor", "password": PASSWORD}
    waiting = _all_wait(crowd, lambda _number: httpx.post(f"{door.url}/api/v1/sign-in", json=body, timeout=30))

    _charted_meanwhile(door, gate, waiting, session)


def test_an_entry_is_stored_while_exports_and_reviews_take_every_other_thread(
    door: Served, crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = door.sign_in("m.silva").seat()
    clinician = door.sign_in("a.lindqvist")
    gate, events = Gate(4), Clinic.events

    def slowly(*asked: object) -> object:
        gate.through()
        return events(*asked)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(Clinic, "events", slowly)
    waiting = _all_wait(crowd, lambda _number: clinician.get("/api/v1/events"))

    _charted_meanwhile(door, gate, waiting, session)


def test_an_entry_is_stored_while_everybody_else_waits_to_be_recognised(
    door: Served, crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = door.sign_in("m.silva").seat()
    reviewer = door.sign_in("v.marsh")
    theirs = digest_of(reviewer.http.cookies["chairside"])
    gate, current = Gate(4), SignIn.current

    def slowly(self: SignIn, token: str, *, used: bool) -> object:
        if digest_of(token) == theirs:
            gate.through()
        return current(self, token, used=used)

    monkeypatch.setattr(SignIn, "current", slowly)
    waiting = _all_wait(crowd, lambda _number: reviewer.get("/api/v1/me"))

    _charted_meanwhile(door, gate, waiting, session)


def test_there_are_connections_for_every_thread_that_asks(door: Served) -> None:
    pool = door.app.stores.database.engine.pool

    assert pool.size() >= 4 + 4 + 2 + 2 + 2 + 1  # type: ignore[attr-defined]  # storage, wall, charting twice, hashing, health
