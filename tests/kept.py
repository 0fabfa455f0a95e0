"""A clinic in a database, without a server: for tests of what is stored and of who may ask for it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from models.clinic import Clinic, Stored
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

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = bytes(range(32))
COMPLETE = {"sbp": 124, "dbp": 78, "hr": 70, "dissociation": 0, "nausea": 0}


@dataclass
class SetClock:
    """A clock that stands still until a test moves it."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def pass_minutes(self, minutes: float) -> None:
        self.moment += minutes * MIN


@dataclass
class Kept:
    """Stores on one database and the use cases on them, at a time that the test decides."""

    url: str
    clock: SetClock = field(default_factory=SetClock)
    key: bytes = KEY

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        migrate(self.database)
        self.records = RecordStore(self.database, self.key)
        self.places = PlaceStore(self.database)
        self.people = PeopleStore(self.database)
        self.site = self.places.default_site()
        ProtocolStore(self.database).seed(self.site, STANDARD, self.clock())
        self.clinic = Clinic(self.records, self.places, Feed(), clock=self.clock)

    def person(self, role: Role = Role.NURSE, name: str | None = None) -> Person:
        """Return somebody of a role; an account is not needed to ask a use case."""
        return Person(str(uuid.uuid4()), name or f"the {role}", role, self.site)

    def seat(self, chair: str = "1", **fields: object) -> str:
        """Seat a new patient on a chair, made on the way where it is missing, and return the session's id."""
        nurse = self.person()
        chairs = {one.name: one.id for one in self.places.chairs(self.site)}
        chair_id = chairs.get(chair) or self.clinic.new_chair(self.site, chair).id
        patient = {"family": "Nair", "given": "Priya", "birth_date": "1979-03-14", "sex": "female"}
        patient_id = self.clinic.add_patient(nurse, patient | {"mrn": f"40-{uuid.uuid4()}"}).id
        opening = {
            "id": str(uuid.uuid4()),
            "chair_id": chair_id,
            "patient_id": patient_id,
            "weight_kg": 72,
            "plan": {"dose_mg": 49.4, "duration_min": 60, "rate_mg_h": 49.4},
        }
        view, _created = self.clinic.open_session(nurse, opening | fields)
        return view.id

    def chart(self, session: str, kind: str = "note", *, role: Role = Role.NURSE, **fields: Any) -> Stored:  # noqa: ANN401  # the body of an entry
        """Write one entry, measured now."""
        body = {"id": str(uuid.uuid4()), "kind": kind, "measured_at": self.clock().isoformat()}
        if kind == "note":
            body["text"] = "Comfortable."
        return self.clinic.append(self.person(role), session, body | fields)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def at_once(calls: list[Callable[[], T]]) -> list[T | Exception]:
    """Make all calls at the same time and return what came of each, in order."""
    answers: dict[int, T | Exception] = {}
    ready = threading.Barrier(len(calls))

    def run(number: int, call: Callable[[], T]) -> None:
        ready.wait()
        try:
            answers[number] = call()
        except Exception as error:  # noqa: BLE001  # whatever it was, the test looks at it
            answers[number] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [answers[number] for number in range(len(calls))]
