"""A clinic to measure on: 24 chairs in mid-infusion, written through the use cases like any other."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dashboard.app import Stores, open_stores
from dashboard.settings import Settings, read
from dashboard.ward import SetClock
from models.clinic import Clinic
from models.feed import Feed
from models.moments import MIN, iso, utc_now
from models.passwords import hashed
from models.people import Person, Role
from models.terms import SCREENING

CHAIRS: Final = 24
PASSWORD: Final = "amber-teapot-quiet-harbour"  # noqa: S105  # of a scratch clinic that ends with the bench
NURSE: Final = "bench.nurse"
MINUTE: Final = 34


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic made for measuring: its settings, who charts, and the session on each chair by its name."""

    settings: Settings
    nurse: Person
    sessions: dict[str, str]


def settings_in(folder: Path, database_url: str | None = None) -> Settings:
    """Return settings of the bench's own; an idle limit that no run reaches."""
    settings = replace(read({"CHAIRSIDE_DATA_DIR": str(folder)}), idle=timedelta(hours=12))
    return settings if database_url is None else replace(settings, database_url=database_url)


def furnish(settings: Settings) -> Place:
    """Make a clinic with a patient on every chair, 34 minutes into the infusion, and nothing overdue."""
    now = utc_now()
    stores = open_stores(settings, now=now)
    nurse = stores.people.add_account(stores.site, NURSE, Role.NURSE, hashed(PASSWORD), now)
    stores.people.add_account(stores.site, "bench.wall", Role.WALL, hashed(PASSWORD), now)
    sessions = {}
    for number in range(1, CHAIRS + 1):
        sessions[str(number)] = _seat(stores, settings, nurse, number, now)
    stores.database.close()
    return Place(settings, nurse, sessions)


def _seat(stores: Stores, settings: Settings, nurse: Person, number: int, now: datetime) -> str:
    clock = SetClock(now - (MINUTE + 10) * MIN)
    clinic = Clinic(stores.records, stores.places, Feed(), zone=settings.zone, clock=clock)
    chair = clinic.new_chair(stores.site, str(number))
    who = {"mrn": f"BENCH-{number}", "family": f"Bench{number}", "given": "Ida"}
    patient = clinic.add_patient(nurse, who | {"birth_date": "1980-01-01", "sex": "female"})
    session = str(uuid.uuid4())
    plan = {"dose_mg": 60, "duration_min": 60, "rate_mg_h": 60}
    opening = {"id": session, "chair_id": chair.id, "patient_id": patient.id, "weight_kg": 80, "plan": plan}
    clinic.open_session(nurse, opening | {"arrived_at": iso(clock.moment)})
    start = now - MINUTE * MIN
    for minute, content in _course(number):
        clock.moment = max(clock.moment, start + minute * MIN)
        clinic.append(nurse, session, entry(start + minute * MIN, **content))
    return session


def _course(number: int) -> list[tuple[float, dict[str, Any]]]:
    """Return what was charted on one chair: screening, baseline, start, and a set every five minutes."""
    begin: list[tuple[float, dict[str, Any]]] = [
        (-8, {"kind": "screening", "answers": dict.fromkeys(SCREENING, "no")}),
        (-4, {"kind": "reading", "values": values_of(number, 0) | {"spo2": 98, "rr": 14, "sedation": 5}}),
        (0, {"kind": "infusion", "action": "start", "concentration_mg_ml": 2}),
    ]
    sets = [(minute, {"kind": "reading", "values": values_of(number, minute)}) for minute in range(5, MINUTE, 5)]
    return [*begin, *[(float(minute), content) for minute, content in sets]]


def values_of(number: int, step: int) -> dict[str, int]:
    """Return a full set for chair ``number``; the next step always has another systolic, in three digits."""
    return {
        "sbp": 104 + (number * 7 + step * 3) % 52,
        "dbp": 66 + (number + step) % 22,
        "hr": 62 + (number + step) % 30,
        "dissociation": step % 5,
        "nausea": step % 3,
    }


def entry(at: datetime, **content: object) -> dict[str, Any]:
    """Return the body of an entry measured at ``at``."""
    return {"id": str(uuid.uuid4()), "measured_at": iso(at), **content}
