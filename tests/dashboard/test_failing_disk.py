"""A disk that refuses or never finishes a sync, under a running server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from callbacks import threads
from models.store import engine
from tests import recorded_sqlite
from tests.recorded_sqlite import DISK, Operation
from tests.served import Json, Served, ago, serving

IN_TIME = 6.0
"""Whoever asks gives up after this long, which fails the test."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Serve a clinic on a disk in our hands."""
    monkeypatch.setattr(engine, "sqlite_driver", lambda: recorded_sqlite)
    with serving(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path) as found:
        yield found


@contextmanager
def disk(monkeypatch: pytest.MonkeyPatch, *, hangs: bool) -> Iterator[None]:
    """Let every sync fail, or hang until the end of the block."""
    freed = threading.Event()

    def before(operation: Operation) -> None:
        if operation.verb == "sync" and hangs:
            freed.wait()
        elif operation.verb == "sync":
            raise apsw.IOError

    with monkeypatch.context() as patch:
        patch.setattr(DISK, "before", before)
        patch.setattr(engine, "WAIT_SECONDS", 0.6)
        patch.setattr(threads, "ANSWER_SECONDS", 0.8)
        patch.setattr(threads, "_HELD_UP_SECONDS", 0.3)
        try:
            yield
        finally:
            freed.set()


@pytest.mark.parametrize("hangs", [False, True])
def test_a_sync_that_fails_or_never_ends_is_told_of_and_saving_resumes(
    hangs: bool,  # noqa: FBT001  # given by name
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nurse = served.sign_in("m.silva")
    session = nurse.seat("1")
    bodies: list[Json] = [
        {"id": str(uuid.uuid4()), "kind": "note", "text": "Comfortable.", "measured_at": ago(0)} for _ in range(3)
    ]
    nurse.http.timeout = IN_TIME

    with disk(monkeypatch, hangs=hangs):
        answers = [nurse.post(f"/api/v1/sessions/{session}/entries", body).status_code for body in bodies]
        ready, alive = nurse.get("/readyz"), nurse.get("/healthz")
        board = nurse.get("/api/v1/chairs")
    settled = [nurse.post(f"/api/v1/sessions/{session}/entries", body).status_code for body in bodies]

    items = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert answers == [503] * 3
    assert (ready.status_code, alive.status_code, board.status_code) == (503, 200, 200)
    assert hangs or ready.text.startswith("failing")
    assert set(settled) <= {200, 201}
    assert [one["seq"] for one in items] == [1, 2, 3, 4]
    assert served.app.stores.records.first_break() is None
