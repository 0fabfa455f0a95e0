"""The demo: an invented clinic in a scratch database, alive, on this machine only."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

from callbacks.threads import in_thread
from dashboard.app import Stores, create_app, open_stores
from dashboard.scenes import SEED, Story, invented_people
from dashboard.server import log_to_stderr, run
from dashboard.settings import Settings, read
from dashboard.simulate import Invented, dice
from dashboard.ward import FastClock, SetClock, Ward
from models.clinic import Clinic
from models.errors import ChairsideError
from models.feed import Feed
from models.moments import utc_now
from models.passwords import hashed
from models.people import Person, Role

LOG: Final = logging.getLogger("chairside.demo")
HOST: Final = "127.0.0.1"
PASSWORD: Final = "amber-teapot-quiet-harbour"  # noqa: S105  # of invented accounts that end with the demo
ACCOUNTS: Final = (
    ("m.silva", Role.NURSE),
    ("r.okafor", Role.NURSE),
    ("dr.lindqvist", Role.CLINICIAN),
    ("a.brandt", Role.REVIEWER),
    ("admin", Role.ADMIN),
    ("wall", Role.WALL),
)
YEARS: Final = timedelta(days=3650)


class DemoError(ChairsideError):
    """The demo cannot start."""

    title = "No demo"


@dataclass(frozen=True, slots=True)
class Stage:
    """The invented clinic once its past is told: what the live part goes on from."""

    stores: Stores
    ward: Ward
    people: tuple[Invented, ...]


def run_demo(chairs: int, speed: float, port: int) -> None:
    """Serve an invented clinic until the process is told to stop; nothing of it is left afterwards.

    Args:
        chairs: how many chairs; one of them stays free.
        speed: minutes in the clinic per minute.
        port: on 127.0.0.1, never on another address.

    Raises:
        DemoError: the port is taken.
    """
    _check_port(port)
    signal.signal(signal.SIGTERM, _leave)
    with tempfile.TemporaryDirectory(prefix="chairside-demo-") as folder:
        settings = demo_settings(Path(folder))
        clock = FastClock(speed, utc_now)
        stage = set_stage(settings, chairs, clock())
        log_to_stderr("text")
        chairside = create_app(settings, stores=stage.stores, clock=clock, background=live(stage, speed))
        chairside.sign_in.clock = utc_now  # who is signed in follows real time, however fast the clinic's clock runs
        sys.stdout.write(welcome(chairs, speed, port))
        sys.stdout.flush()
        try:
            run(chairside, HOST, port)
        finally:
            stage.stores.database.close()


def demo_settings(folder: Path) -> Settings:
    """Return settings of the demo's own: everything in ``folder``, only the time zone from the environment."""
    zone = os.environ.get("CHAIRSIDE_TIMEZONE", "")
    settings = read({"CHAIRSIDE_DATA_DIR": str(folder), "CHAIRSIDE_TIMEZONE": zone})
    return replace(settings, demo=True, idle=timedelta(hours=12))


def set_stage(settings: Settings, chairs: int, now: datetime, *, week: bool = True) -> Stage:
    """Make accounts, chairs and patients, and tell the ``week`` before and the day so far."""
    stores = open_stores(settings, now=now)
    clock = SetClock(now)
    clinic = Clinic(stores.records, stores.places, Feed(), zone=settings.zone, clock=clock)
    staff = _accounts(stores, now)
    people = invented_people()
    room = [clinic.new_chair(stores.site, str(number)) for number in range(1, chairs + 1)]
    nurses = [person for person in staff if person.role is Role.NURSE]
    known = {one.mrn: clinic.add_patient(nurses[0], _identity(one)).id for one in people}
    ward = Ward(clinic, nurses, known, dice(SEED))
    signer = next(person for person in staff if person.role is Role.CLINICIAN)
    story = Story(ward, clock, room, people, signer, now)
    if week:
        story.week()
    story.today()
    ward.chance = dice(SEED, "live")
    return Stage(stores, ward, people)


def live(stage: Stage, speed: float) -> Callable[[Clinic], Coroutine[Any, Any, None]]:
    """Return the background task: the simulated nurses at work in the clinic that is served."""

    async def work(clinic: Clinic) -> None:
        stage.ward.clinic = clinic
        while True:
            try:
                await in_thread(_step, stage)
            except Exception:
                LOG.exception("The simulated clinic stumbled and goes on")
            await asyncio.sleep(max(0.1, min(1.0, 4 / speed)))

    return work


def _step(stage: Stage) -> None:
    now = stage.ward.clinic.now()
    stage.ward.tick(now)
    stage.ward.seat_next(stage.people, now)


def welcome(chairs: int, speed: float, port: int) -> str:
    """Return what is printed: the address, the accounts and that nothing here is real."""
    rows = [f"  {role.value:10} {name:13} {PASSWORD}" for name, role in ACCOUNTS]
    pace = "" if speed == 1 else f", {speed:g} times as fast as real time"
    return "\n".join(
        [
            f"Chairside demo: {chairs} chairs with invented patients{pace}. Nothing is kept after the end (Ctrl-C).",
            f"Open http://{HOST}:{port} and sign in:",
            f"  {'role':10} {'account':13} password",
            *rows,
            "",
        ]
    )


def _accounts(stores: Stores, now: datetime) -> list[Person]:
    made = now - YEARS
    return [stores.people.add_account(stores.site, name, role, hashed(PASSWORD), made) for name, role in ACCOUNTS]


def _identity(person: Invented) -> dict[str, str]:
    return {
        "mrn": person.mrn,
        "family": person.family,
        "given": person.given,
        "birth_date": person.born.isoformat(),
        "sex": person.sex,
        "indication": person.indication,
    }


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoError(f"Port {port} on {HOST} is taken: choose another with --port.") from error


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End by leaving every `with` block, so that the scratch database is removed."""
    raise SystemExit(0)
