"""Two real server processes on one PostgreSQL: what is called out is called out by one of them, also when one dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from models import acting
from models.calls import calls
from models.moments import MIN, utc_now
from models.people import Person, Role
from tests.apart import ARMED, CHAIRSIDE, environment, server
from tests.served import Served, settings_for

_CODE = (
    "import sys; from models.store.calls import CallStore, Leased; "
    "CallStore.lease = lambda self, site, wanted, holder, now: Leased(frozenset(wanted), frozenset()); "
    "from dashboard.commands import main; sys.exit(main())"
)
WITHOUT_LEASE = [sys.executable, "-c", _CODE]
SECOND = MIN / 60
COMPLETE = {"sbp": 124, "dbp": 78, "hr": 70, "dissociation": 0, "nausea": 0}
CRITICAL = COMPLETE | {"sbp": 190}
PATIENCE = 40
"""Seconds for what falls due within a few, a lease of a dead process included, on a busy machine."""


class Past:
    """Writes records as if at earlier moments: what falls due afterwards falls due in real time."""

    def __init__(self, url: str, folder: Path) -> None:
        self.moment = utc_now()
        self.served = Served(settings_for(url, folder), clock=lambda: self.moment)
        self.site = self.served.app.stores.site
        self.nurse = Person("n", "m.silva", Role.NURSE, self.site)

    def running(self, chair: str, started: datetime, **values: object) -> str:
        """Return a session whose infusion was started then, with a set right after its start where one is given."""
        clinic, self.moment = self.served.app.clinic, started
        patient = {"family": "Nair", "given": "Priya", "birth_date": "1979-03-14", "sex": "female"}
        place = next(one.id for one in clinic.chairs(self.nurse) if one.name == chair)
        opening = {
            "id": str(uuid.uuid4()),
            "chair_id": place,
            "patient_id": clinic.add_patient(self.nurse, patient | {"mrn": str(uuid.uuid4())}).id,
            "weight_kg": 72,
            "plan": {"dose_mg": 49.4, "duration_min": 60, "rate_mg_h": 49.4},
        }
        session = clinic.open_session(self.nurse, opening)[0].id
        self._chart(session, "infusion", action="start", rate_mg_h=49.4, happened=True)
        if values:
            self.moment += SECOND
            self._chart(session, "reading", values=values, confirmed=["sbp"])
        return session

    def _chart(self, session: str, kind: str, **fields: object) -> None:
        body = {"id": str(uuid.uuid4()), "kind": kind, "measured_at": self.moment.isoformat()}
        self.served.app.clinic.append(self.nurse, session, body | fields)

    def fallen(self) -> set[tuple[str, str]]:
        """Return everything that is to be called out by now."""
        self.moment = utc_now()
        views = self.served.app.clinic.running(acting.server(self.site))
        return {(view.id, call) for view in views for call in calls(view)}

    def close(self) -> None:
        self.served.app.stores.database.close()


def called_out(logs: Iterable[Path]) -> Counter[tuple[str, str]]:
    """Return how often each call was made, by what the servers say of themselves."""
    told = re.compile(r"Called out in session (\S+): (\S+)")
    return Counter(found for log in logs for found in told.findall(log.read_text("utf-8")))


def wait_for(logs: Iterable[Path], wanted: set[tuple[str, str]], *, settle: float = 3) -> Counter[tuple[str, str]]:
    """Wait until everything wanted was called out, and a few looks longer: what comes twice comes then."""
    until = time.monotonic() + PATIENCE
    while not wanted <= set(called_out(logs)) and time.monotonic() < until:
        time.sleep(0.1)
    until = time.monotonic() + settle
    while time.monotonic() < until:
        time.sleep(0.1)
    return called_out(logs)


def announced_by_two(command: list[str], url: str, folder: Path) -> tuple[Counter[tuple[str, str]], int]:
    """Return what two servers call out of what fell before their start and of what falls while they run."""
    past, logs = Past(url, folder), [folder / "one.log", folder / "other.log"]
    past.running("3", utc_now() - 10.5 * MIN, **CRITICAL)
    around = environment(url, folder)
    with server(command, around, logs[0]), server(command, around, logs[1]):
        soon = utc_now() + 3 * SECOND
        late = past.running("1", soon - 12 * MIN)
        alarm = past.running("2", soon - 2 * MIN, **CRITICAL)
        wanted = past.fallen()
        until = time.monotonic() + PATIENCE
        while not {late, alarm} <= {session for session, _ in wanted} and time.monotonic() < until:
            time.sleep(0.1)
            wanted = past.fallen()
        found = wait_for(logs, wanted)
    past.close()
    assert {late, alarm} <= {session for session, _ in wanted}
    assert wanted <= set(found)
    return found, len(wanted)


def test_two_servers_call_out_everything_once_between_them(postgres_url: str, tmp_path: Path) -> None:
    found, fallen = announced_by_two(CHAIRSIDE, postgres_url, tmp_path)

    assert fallen >= 4 + 1 + 1
    assert {call: times for call, times in found.items() if times != 1} == {}


def test_without_the_lease_both_would_call(postgres_url: str, tmp_path: Path) -> None:
    found, _fallen = announced_by_two(WITHOUT_LEASE, postgres_url, tmp_path)

    assert max(found.values()) > 1


def test_a_server_that_dies_holding_the_lease_is_stood_in_for_once(postgres_url: str, tmp_path: Path) -> None:
    past, logs = Past(postgres_url, tmp_path), [tmp_path / "one.log", tmp_path / "other.log"]
    around = environment(postgres_url, tmp_path)
    armed = around | {"CHAIRSIDE_TEST_FAULTS": "after-lease:kill"}
    with server(ARMED, armed, logs[0]) as (dying, _), server(CHAIRSIDE, around, logs[1]) as (other, _):
        with held(other):
            past.running("1", utc_now() - 10.5 * MIN, **CRITICAL)
            ended = dying.wait(PATIENCE)
        wanted = past.fallen()
        found = wait_for(logs, wanted)
    past.close()

    assert ended == -signal.SIGKILL
    assert called_out(logs[:1]) == Counter()
    assert len(wanted) >= 4
    assert found == Counter(dict.fromkeys(wanted, 1))


class held:  # noqa: N801  # reads as what it does: with held(process)
    """Stop a process for a while, so that the other one comes first."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def __enter__(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        os.kill(self.process.pid, signal.SIGCONT)
