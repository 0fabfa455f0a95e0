"""A clinic ready for a run, with nurses, chairs and two seated patients: made once and copied for every run."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Final

from argon2 import PasswordHasher

from models.clinic import Clinic
from models.feed import Feed
from models.moments import MIN
from models.people import Person, Role
from models.protocol import STANDARD
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.people import PeopleStore
from models.store.places import PlaceStore
from models.store.protocols import ProtocolStore
from models.store.record import RecordStore

START: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ARRIVED: Final = START - 30 * MIN
KEY: Final = bytes(range(32))
NURSES: Final = ("m.silva", "r.okafor", "j.nowak")
CLINICIAN: Final = "dr.lindqvist"
PASSWORD: Final = "four words for everybody"
SESSIONS: Final = ("5e550000-0000-4000-8000-000000000001", "5e550000-0000-4000-8000-000000000002")


def make_clinic(url: str) -> None:
    """Make the clinic in an empty database."""
    database = Database(url)
    migrate(database)
    records, places, people = RecordStore(database, KEY), PlaceStore(database), PeopleStore(database)
    site = places.default_site()
    ProtocolStore(database).seed(site, STANDARD, ARRIVED)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    for name in NURSES:
        people.add_account(site, name, Role.NURSE, cheap, ARRIVED)
    clinician = people.add_account(site, CLINICIAN, Role.CLINICIAN, cheap, ARRIVED)
    clinic = Clinic(records, places, Feed(), clock=lambda: ARRIVED)
    for number, session in enumerate(SESSIONS, 1):
        _seat(clinic, clinician, session, number)
    database.close()


def _seat(clinic: Clinic, clinician: Person, session: str, number: int) -> None:
    chair = clinic.new_chair(clinician.site, str(number))
    patient = {"mrn": f"40-{number}", "family": "Nair", "given": "Priya", "birth_date": "1979-03-14", "sex": "female"}
    opening = {
        "id": str(uuid.UUID(session)),
        "chair_id": chair.id,
        "patient_id": clinic.add_patient(clinician, patient).id,
        "weight_kg": 72,
        "plan": {"dose_mg": 49.4, "duration_min": 60, "rate_mg_h": 49.4},
    }
    clinic.open_session(clinician, opening)
