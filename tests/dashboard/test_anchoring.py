"""When a server anchors: at its start, at each signature, every five minutes and at its end; charting never waits."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from dashboard import anchoring
from dashboard.anchoring import AnchorKeeper
from models.errors import NotStoredNowError
from models.store.anchoring import Anchoring
from tests.kept import NOON, SetClock
from tests.served import Served
from tests.vault import Vault


def told(anchor: Path) -> list[str]:
    return [json.loads(line)["why"] for line in anchor.read_text().splitlines()]


def test_a_server_anchors_at_its_start_at_a_signature_and_at_its_end(alone: Served) -> None:
    nurse, clinician, anchor = alone.sign_in("m.silva"), alone.sign_in("a.lindqvist"), alone.settings.anchor
    session = nurse.seat("1")
    nurse.chart(session, "phase", to="cancelled", reason="felt unwell")
    last = clinician.chart(session, "note", text="Seen.").json()["entry"]["seq"]

    signed = clinician.chart(session, "signature", meaning="Reviewed", last_seq=last)
    then = told(anchor)
    heads = json.loads(anchor.read_text().splitlines()[-1])["heads"]
    metrics = nurse.http.get("/metrics").text
    alone.stop()

    assert signed.status_code == 201
    assert then == ["start", "signature"]
    assert [(head[0], head[1]) for head in heads] == [(session, last + 1)]
    assert "chairside_anchor_failing 0" in metrics
    assert "chairside_anchor_age_seconds " in metrics
    assert told(anchor) == ["start", "signature", "stop"]


class Slow:
    """An anchor on a file system that hangs until it is let go."""

    def __init__(self) -> None:
        self.go, self.asked = threading.Event(), 0
        self.failing: str | None = None
        self.written_at: datetime | None = None
        self.closed = False

    def keep(self, _now: datetime, _why: str) -> None:
        self.asked += 1
        self.go.wait(30)

    def close(self) -> None:
        self.closed = True


def test_a_file_system_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "PATIENCE_SECONDS", 0.001)
    slow = Slow()
    keeper = AnchorKeeper(cast("Anchoring", slow), SetClock())

    for _ in range(5):
        keeper.signed("a session")
    keeper.stop()
    failing = keeper.failing()
    slow.go.set()
    monkeypatch.setattr(anchoring, "PATIENCE_SECONDS", 30)
    keeper.keep("interval")

    assert failing
    assert not slow.closed
    assert slow.asked == 2, "no second thread waits behind the first"
    assert not keeper.failing()


def test_the_anchor_goes_on_every_five_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    vault = Vault(tmp_path, f"sqlite:///{tmp_path / 'chairside.db'}")
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr("dashboard.anchoring.asyncio.sleep", sleep)
    with suppress(asyncio.CancelledError):
        asyncio.run(AnchorKeeper(vault.anchoring, vault.clock).run_for_ever())
    vault.stop()

    assert slept == [300.0] * 3
    assert told(vault.anchor) == ["start", "interval", "interval"]


def test_what_nobody_foresaw_is_told_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(tmp_path, f"sqlite:///{tmp_path / 'chairside.db'}")
    keeper = AnchorKeeper(vault.anchoring, vault.clock)

    for error in (RuntimeError("unforeseen"), NotStoredNowError("away")):
        monkeypatch.setattr(Anchoring, "_keep", lambda *_said, error=error: (_ for _ in ()).throw(error))
        keeper.keep("interval")
        assert keeper.failing()
    monkeypatch.undo()
    keeper.keep("interval")

    assert not keeper.failing()
    assert keeper.age_seconds() == 0
    vault.clock.moment = NOON
    vault.stop()
