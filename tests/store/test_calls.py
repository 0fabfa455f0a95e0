"""What is called out: once, on time, with no page open, by one of several server processes, also after a restart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import pytest

from dashboard.scheduler import Scheduler
from models.acting import server
from models.clinic import Clinic
from models.errors import NotStoredNowError
from models.feed import Change, Feed
from models.moments import MIN, iso
from models.store.calls import LEASE, Call, CallStore, Leased
from models.store.engine import Database
from models.store.places import PlaceStore
from models.store.record import RecordStore
from tests.kept import COMPLETE, KEY, NOON, Kept, at_once

SECOND = MIN / 60


@dataclass
class Process:
    """One server process on a shared database: its own stores, feed and scheduler."""

    kept: Kept
    heard: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(self.kept.url)
        self.records = RecordStore(self.database, KEY)
        feed = Feed()
        self.clinic = Clinic(self.records, PlaceStore(self.database), feed, clock=self.kept.clock)
        feed.listen(self._hear)
        self.scheduler = Scheduler(self.clinic, self.kept.site)

    def _hear(self, change: Change) -> None:
        minute = (self.kept.clock.moment - NOON) / MIN
        self.heard += [(minute, call) for call in change.calls]

    def close(self) -> None:
        self.database.close()


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    """Give a clinic that a test seats patients in."""
    with closing(Kept(database_url)) as found:
        yield found


def started(kept: Kept, chair: str = "1") -> str:
    """Return a session whose infusion was started now: the first set is due in ten minutes."""
    session = kept.seat(chair)
    kept.chart(session, "reading", values=COMPLETE)
    kept.chart(session, "infusion", action="start", rate_mg_h=49.4, happened=True)
    kept.clock.pass_minutes(1)
    return session


def critical(kept: Kept, session: str) -> str:
    """Chart a critical systolic and return the id of its entry."""
    values = COMPLETE | {"sbp": 184}
    return kept.chart(session, "reading", values=values, confirmed=["sbp"]).entry.id


def names(process: Process) -> list[str]:
    return [call.partition(":")[0] + ":" + call.rpartition(":")[2] for _, call in process.heard]


def pass_by(kept: Kept, until: float, *processes: Process, every: float = 5) -> None:
    """Let the minutes go by, each process looking every few seconds."""
    while kept.clock.moment < NOON + until * MIN:
        kept.clock.moment += every * SECOND
        for one in processes:
            one.scheduler.look()


def test_overdue_and_escalation_are_called_out_on_time_with_no_page_open(kept: Kept) -> None:
    session = started(kept)
    with closing(Process(kept)) as process:
        kept.clock.moment = NOON + 9 * MIN
        entry = critical(kept, session)
        pass_by(kept, 26, process)

        due = f"OVERDUE:{iso(NOON + 14 * MIN)}"
        alert = f"SBP_HIGH:{entry}"
        assert [one for one in process.heard if not one[1].startswith("SBP_REL")] == [
            (11, f"{alert}:clinician"),
            (14, f"{alert}:all"),
            (pytest.approx(16 + 5 / 60), f"{due}:caution"),
            (19, f"{due}:critical"),
            (21, f"{due}:clinician"),
            (24, f"{due}:all"),
        ]


def test_two_processes_never_call_out_the_same(kept: Kept) -> None:
    session = started(kept)
    critical(kept, session)
    with closing(Process(kept)) as one, closing(Process(kept)) as other:
        for minute in range(2, 30):
            kept.clock.moment = NOON + minute * MIN
            at_once([one.scheduler.look, other.scheduler.look])

        heard = [call for _, call in [*one.heard, *other.heard]]
        assert sorted(heard) == sorted(set(heard))
        assert len(heard) == 2 + 2 + 2 + 2


def test_of_many_that_want_the_same_calls_at_once_each_call_goes_to_one(kept: Kept) -> None:
    session = started(kept)
    databases = [Database(kept.url) for _ in range(4)]
    stores = [CallStore(database) for database in databases]
    for number in range(12):
        wanted = [(session, f"OVERDUE:{number}:{level}") for level in ("caution", "critical")]
        ask: list[Callable[[], Leased]] = [
            partial(one.lease, kept.site, wanted, f"process {place}", NOON) for place, one in enumerate(stores)
        ]

        leased = at_once(ask)

        assert [one for one in leased if isinstance(one, Exception)] == []
        assert sorted(call for one in leased if isinstance(one, Leased) for call in one.mine) == sorted(wanted)
    for database in databases:
        database.close()


def test_what_is_settled_is_not_asked_for_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    started(kept)
    kept.clock.moment = NOON + 13 * MIN
    with closing(Process(kept)) as process:
        lease, asked = process.clinic.calls.lease, list[int]()

        def counted(site: str, wanted: Collection[Call], holder: str, now: datetime) -> Leased:
            asked.append(len(wanted))
            return lease(site, wanted, holder, now)

        monkeypatch.setattr(process.clinic.calls, "lease", counted)
        for _ in range(3):
            process.scheduler.look()

        assert asked == [1]


def test_what_was_answered_while_no_server_ran_is_not_called_out_afterwards(kept: Kept) -> None:
    session = started(kept)
    critical(kept, session)
    kept.clock.moment = NOON + 8 * MIN
    kept.chart(session, "infusion", action="pause")
    with closing(Process(kept)) as process:
        process.scheduler.look()

        assert names(process) == []


def test_a_restart_in_the_middle_neither_repeats_nor_forgets(kept: Kept) -> None:
    session = started(kept)
    critical(kept, session)
    with closing(Process(kept)) as before:
        pass_by(kept, 3, before)
    kept.clock.moment = NOON + 9 * MIN
    with closing(Process(kept)) as after:
        after.scheduler.look()
        after.scheduler.look()

        assert set(names(before)) == {"SBP_HIGH:clinician", "SBP_REL_HIGH:clinician"}
        assert sorted(names(after)) == ["OVERDUE:caution", "SBP_HIGH:all", "SBP_REL_HIGH:all"]


def test_a_process_that_died_before_it_called_out_is_stood_in_for(kept: Kept) -> None:
    started(kept)
    call = (kept.clinic.running(server(kept.site))[0].id, f"OVERDUE:{iso(NOON + 10 * MIN)}:caution")
    kept.clock.moment = NOON + 13 * MIN
    kept.clinic.calls.lease(kept.site, [call], "one that died", kept.clock())
    with closing(Process(kept)) as process:
        process.scheduler.look()
        early = list(process.heard)
        kept.clock.moment += LEASE
        process.scheduler.look()

        assert early == []
        assert names(process) == ["OVERDUE:caution"]


def test_what_cannot_be_remembered_is_not_called_out_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    started(kept)
    kept.clock.moment = NOON + 13 * MIN
    with closing(Process(kept)) as process:
        settle = process.clinic.calls.settle
        refusals = [NotStoredNowError("Not now.")] * 2

        def failing(*asked: object) -> None:
            if refusals:
                raise refusals.pop()
            settle(*asked)  # type: ignore[arg-type]  # handed on as it came

        monkeypatch.setattr(process.clinic.calls, "settle", failing)
        for _ in range(2):
            with pytest.raises(NotStoredNowError):
                process.scheduler.look()
        process.scheduler.look()
        process.scheduler.look()

        assert names(process) == ["OVERDUE:caution"]


@pytest.mark.parametrize("answer", ["acknowledgement", "infusion"])
def test_who_answers_in_time_is_not_called(answer: str, kept: Kept) -> None:
    session = started(kept)
    entry = critical(kept, session)
    with closing(Process(kept)) as process:
        kept.clock.moment = NOON + 2 * MIN
        if answer == "infusion":
            kept.chart(session, "infusion", action="pause")
        else:
            for rule in ("SBP_HIGH", "SBP_REL_HIGH"):
                kept.chart(session, answer, alert_id=f"{rule}:{entry}", action="rechecking")
        pass_by(kept, 6, process)

        assert process.heard == []


def test_a_session_that_has_ended_calls_nobody(kept: Kept) -> None:
    session = started(kept)
    critical(kept, session)
    kept.chart(session, "phase", to="closed", reason="transferred")
    with closing(Process(kept)) as process:
        pass_by(kept, 30, process, every=60)

        assert process.heard == []
