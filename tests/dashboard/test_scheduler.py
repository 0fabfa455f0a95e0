"""The scheduler announces what time alone changes: each change once, with no page open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from dashboard import scheduler
from dashboard.scheduler import Scheduler
from models.acting import server
from models.clinic import Clinic
from models.errors import NotStoredNowError
from models.feed import Change
from models.moments import MIN
from models.schedule import Lateness
from models.session import SessionView
from tests.kept import COMPLETE, NOON, Kept


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Give a clinic that a test seats patients in."""
    with closing(Kept(f"sqlite:///{tmp_path / 'chairside.db'}")) as found:
        yield found


def heard(kept: Kept) -> list[Change]:
    """Return a list that grows with what is announced."""
    changes: list[Change] = []
    kept.clinic.feed.listen(changes.append)
    return changes


def running(kept: Kept, chair: str = "1") -> str:
    """Return a session whose infusion was started now: the first set is due in ten minutes."""
    session = kept.seat(chair)
    kept.chart(session, "reading", values=COMPLETE)
    kept.chart(session, "infusion", action="start", rate_mg_h=49.4, happened=True)
    return session


def test_due_late_and_very_late_are_announced_once_each_when_they_come(kept: Kept) -> None:
    kept.clock.moment = NOON + 0.5 * MIN
    session = running(kept)
    looking = Scheduler(kept.clinic, kept.site)
    looking.look()
    found = []

    for second in range(30, 30 * 60, 5):
        kept.clock.moment = NOON + second / 60 * MIN
        changes = looking.look()
        if changes and second % 60:
            (view,) = kept.clinic.running(server(kept.site))
            found.append((second, (view.id, view.due.state)))

    assert found == [
        (10 * 60 + 30, (session, Lateness.DUE)),
        (12 * 60 + 35, (session, Lateness.CAUTION)),
        (20 * 60 + 30, (session, Lateness.CRITICAL)),
        (22 * 60 + 30, (session, Lateness.CRITICAL)),  # nobody answered: the clinician is called
        (25 * 60 + 30, (session, Lateness.CRITICAL)),  # and then every screen
    ]


def test_the_feed_hears_what_was_found(kept: Kept) -> None:
    session = running(kept)
    looking = Scheduler(kept.clinic, kept.site)
    looking.look()
    changes = heard(kept)

    kept.clock.moment = NOON + 10 * MIN
    found = looking.look()

    assert changes == found
    assert [(change.session, change.seq) for change in changes] == [(session, None)]


def test_every_minute_moves_on_what_is_drawn(kept: Kept) -> None:
    running(kept, "1")
    running(kept, "2")
    kept.clinic.new_chair(kept.site, "3")
    looking = Scheduler(kept.clinic, kept.site)
    looking.look()

    found = []
    for second in (1, 59, 60, 61, 119, 120):
        kept.clock.moment = NOON + second / 60 * MIN
        found.append(len(looking.look()))

    assert found == [0, 0, 2, 0, 0, 2]


def test_a_set_that_is_charted_is_not_late_any_more(kept: Kept) -> None:
    session = running(kept)
    looking = Scheduler(kept.clinic, kept.site)
    looking.look()
    kept.clock.moment = NOON + 13 * MIN
    looking.look()
    kept.chart(session, "reading", values=COMPLETE)

    charted = looking.look()
    again = looking.look()

    assert [change.session for change in charted] == [session]
    assert again == []


def test_only_the_chair_that_changed_is_announced(kept: Kept) -> None:
    kept.clock.moment = NOON + 0.5 * MIN
    running(kept, "1")
    kept.clock.moment = NOON + 5.5 * MIN
    running(kept, "2")
    looking = Scheduler(kept.clinic, kept.site)
    chairs = {one.id: one.name for one in kept.places.chairs(kept.site)}
    found = []

    for minute in (10, 15):
        kept.clock.moment = NOON + minute * MIN
        looking.look()
        kept.clock.moment += 0.5 * MIN
        found.append([chairs[change.chair_id] for change in looking.look()])

    assert found == [["1"], ["2"]]


def test_a_new_patient_and_a_free_chair_are_told_by_their_entries_not_here(kept: Kept) -> None:
    looking = Scheduler(kept.clinic, kept.site)
    looking.look()
    session = kept.seat("1")

    seated = looking.look()
    kept.chart(session, "phase", to="cancelled", reason="felt unwell")
    left = looking.look()

    assert (seated, left) == ([], [])


def test_a_database_that_is_away_does_not_end_the_looking(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    errors = [NotStoredNowError("Not now."), RuntimeError("broken")]

    def running_sessions(_clinic: Clinic, _site: str) -> list[SessionView]:
        calls.append(len(calls))
        if errors:
            raise errors.pop()
        return []

    async def run() -> None:
        task = asyncio.create_task(Scheduler(kept.clinic, kept.site).run_for_ever())
        while len(calls) < 4:  # noqa: ASYNC110  # the scheduler looks, it does not tell
            await asyncio.sleep(0.005)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    monkeypatch.setattr(scheduler, "EVERY_SECONDS", 0.001)
    monkeypatch.setattr(Clinic, "running", running_sessions)

    asyncio.run(run())

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
