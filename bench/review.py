"""How fast the review of a large past answers: ``python -m bench.review [--sessions N]``."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # ships no types
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from bench.clinic import settings_in
from bench.figures import Target, percentile
from bench.records import BEGUN
from callbacks.review import draw
from models.clinic import Clinic
from models.entries import AdverseEvent, Content, Entry, Infusion, Opening, Phase, Plan, Reading, Screening, Signature
from models.feed import Feed
from models.moments import MIN
from models.people import Person, Role
from models.protocol import STANDARD
from models.review_facts import SessionFacts, facts_of
from models.session import Chair, Patient, Record, fold
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.places import PlaceStore
from models.store.protocols import ProtocolStore
from models.store.record import RecordStore
from models.store.review_facts import write_facts
from models.store.snapshot import whole
from models.store.tables import SessionIndexRow, SessionRow
from models.terms import SCREENING, TERMS

SESSIONS: Final = 50_000
QUICK: Final = 2_000
KINDS: Final = 400
READINGS: Final = 10
PATIENTS: Final = 5_000
FILTER_MOST_MS: Final = 300.0
OPEN_MOST_MS: Final = 1000.0
MEMORY_MOST_MB: Final = 200.0
ASKED: Final[tuple[Mapping[str, str], ...]] = (
    {"from": ""},
    {"from": "", "chair": "3"},
    {"from": "", "nurse": "m.silva"},
    {"from": "", "term": "naus"},
    {"from": "", "grade": "3", "serious": "yes"},
    {"from": "", "rule": "SBP_HIGH"},
    {"from": "", "look": "any"},
    {"from": "", "look": "critical", "dose": "0.5"},
    {"from": "", "base": "130", "minute": "30"},
    {"from": "2026-03-01", "to": "2026-03-31"},
)


def _one(number: int, dice: random.Random, patient: Patient, chair: Chair) -> SessionFacts:
    """Return the facts of one made-up session with ten readings, by folding it."""
    start = BEGUN + 15 * MIN
    session = str(uuid.UUID(int=number))
    sick: dict[str, object] = {
        "event_id": str(uuid.UUID(int=number)),
        "onset_at": (start + dice.uniform(1, 50) * MIN).isoformat(),
    }
    sick |= {"term": dice.choice(TERMS).label, "grade": dice.choice((1, 2, 3))}
    said: list[tuple[float, Content]] = [
        (-15, Opening(chair.id, patient.id, 72, Plan(49.4, 60, 49.4))),
        (-14, Screening(dict.fromkeys(SCREENING, "no"))),
        (-5, Reading(_values(dice))),
        (0, Infusion("start", 48)),
        *((10.0 * (step + 1), Reading(_values(dice))) for step in range(READINGS - 1)),
        (60, Infusion("stop")),
        (120, Phase("closed")),
        (130, Signature("Reviewed", 15)),
    ]
    if dice.random() < 0.5:  # noqa: PLR2004  # every other session
        said.append((55, AdverseEvent.restore(sick)))
    author = dice.choice(("m.silva", "r.okafor", "j.brandt"))
    entries = tuple(
        Entry(str(uuid.UUID(int=place)), session, place + 1, start + minute * MIN, start + minute * MIN, author, what)
        for place, (minute, what) in enumerate(said)
    )
    view = fold(Record(session, entries, STANDARD, {patient.id: patient}, {chair.id: chair}), BEGUN + timedelta(days=1))
    assert view is not None
    return facts_of(view)


def _values(dice: random.Random) -> dict[str, float]:
    sbp = dice.randrange(110, 186)
    return {"sbp": sbp, "dbp": sbp - 44, "hr": 74, "dissociation": dice.randrange(9), "nausea": dice.randrange(6)}


def fill(clinic: Clinic, site: str, sessions: int) -> None:
    """Write the index and the facts of many sessions, made of some hundred that were really folded."""
    dice = random.Random(1)
    chairs = [clinic.new_chair(site, str(number + 1)) for number in range(8)]
    for number in range(PATIENTS):
        born = date(1979, 3, 14)
        clinic.places.add_patient(
            site, Patient(_id("p", number), f"40-{number}", "Nair", "Priya", born, "female"), BEGUN
        )
    protocol = clinic.protocols.store.in_force(site)
    made = [
        _one(number + 1, dice, Patient(_id("p", number), "", "", "", date(1979, 3, 14), "female"), dice.choice(chairs))
        for number in range(KINDS)
    ]
    names = {chair.name: chair.id for chair in chairs}
    with whole(clinic.records.database.url) as connection:
        for number in range(sessions):
            _write(connection, site, protocol, names, _copied(made[number % KINDS], number))


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))


def _copied(facts: SessionFacts, number: int) -> SessionFacts:
    """Return the facts as those of another session, patient and day."""
    later = timedelta(minutes=number * 10)
    events = tuple(replace(event, id=_id(event.id, number), onset_at=event.onset_at + later) for event in facts.events)
    moved = {"arrived_at": facts.arrived_at + later, "started_at": BEGUN + later, "events": events}
    return replace(facts, session=_id("s", number), patient_id=_id("p", number % PATIENTS), **moved)  # type: ignore[arg-type]  # our own fields


def _write(connection: Connection, site: str, protocol: str, chairs: Mapping[str, str], facts: SessionFacts) -> None:
    arrived = facts.arrived_at
    row = {"id": facts.session, "site_id": site, "protocol_id": protocol, "created_at": arrived}
    connection.execute(insert(SessionRow).values(row))
    place: dict[str, object] = {
        "session_id": facts.session,
        "site_id": site,
        "chair_id": chairs[facts.chair],
        "state": facts.state,
    }
    place |= {"patient_id": facts.patient_id, "last_seq": facts.last_seq}
    ended = {"arrived_at": arrived, "ended_at": arrived + timedelta(hours=2)}
    connection.execute(insert(SessionIndexRow).values(place | ended))
    write_facts(connection, site, facts)


def _ms(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _cpu_ms(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return (time.process_time() - begun) * 1000


def measure(folder: Path, sessions: int = SESSIONS, rounds: int = 5) -> tuple[list[Target], dict[str, float]]:
    """Open the review of a past of ``sessions`` sessions, ask every filter, and return the targets and figures."""
    folder.mkdir(exist_ok=True)
    settings = settings_in(folder)
    clock: datetime = BEGUN + timedelta(days=400)
    with closing(Database(settings.database_url)) as database:
        migrate(database)
        places = PlaceStore(database)
        site = places.default_site()
        ProtocolStore(database).seed(site, STANDARD, BEGUN)
        filled = Clinic(RecordStore(database, bytes(range(32))), places, Feed(), clock=lambda: clock)
        fill(filled, site, sessions)
        clinic = Clinic(RecordStore(database, bytes(range(32))), places, Feed(), clock=lambda: clock)
        reviewer = Person(str(uuid.uuid4()), "v.marsh", Role.REVIEWER, site)
        before = psutil.Process().memory_info().rss
        first = _ms(lambda: draw(clinic.review(reviewer, {"from": ""}), clinic.zone))
        opened = _ms(lambda: draw(clinic.review(reviewer, {"from": ""}), clinic.zone))
        took = [
            _ms(lambda asked=asked: draw(clinic.review(reviewer, asked), clinic.zone))  # type: ignore[misc]  # mypy does not infer the default
            for _ in range(rounds)
            for asked in ASKED
        ]
        busy = [_cpu_ms(lambda asked=asked: draw(clinic.review(reviewer, asked), clinic.zone)) for asked in ASKED]  # type: ignore[misc]  # as above
        grown = (psutil.Process().memory_info().rss - before) / 1e6
    targets = [
        Target(f"review of {sessions} sessions, a filter, p95", percentile(took, 0.95), FILTER_MOST_MS),
        Target("review, opened", opened, OPEN_MOST_MS),
        Target("review, memory grown", grown, MEMORY_MOST_MB, "MB"),
    ]
    return targets, {
        "review, first after a start, ms": first,
        "review, a filter, p50, ms": percentile(took, 0.5),
        "review, the slowest filter, ms of CPU": max(busy),
    }


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.review")
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    folder = Path(tempfile.mkdtemp(prefix="chairside-bench-"))
    try:
        targets, figures = measure(folder, parser.parse_args().sessions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for target in targets:
        print(f"{target.what}: {target.found:.0f} {target.unit} of {target.most:.0f} {target.unit}, {target.mark}")
    print(", ".join(f"{name} {value:.0f}" for name, value in figures.items()))
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
