"""The demo's ward: simulated nurses go from chair to chair and chart through the same use cases as anybody."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, TypeVar

from dashboard.simulate import STANDARD_RATE_MG_KG_H, Invented
from dashboard.simulated_nurse import Body, Care, Todo, next_todo, perform
from models.clinic import Clinic
from models.errors import ChairsideError, RefusedError
from models.moments import MIN, iso
from models.people import Person
from models.rules import Stage
from models.session import Chair, SessionView

T = TypeVar("T")

TYPING: Final = timedelta(seconds=6)
"""How long after measuring a simulated nurse saves."""
MOST_STEPS: Final = 200
LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class SetClock:
    """A clock that is put to whatever moment the past is told for."""

    moment: datetime

    def __call__(self) -> datetime:
        """Return the moment it was put to."""
        return self.moment


class FastClock:
    """A clock that begins at the present moment and runs ``speed`` times as fast."""

    def __init__(self, speed: float, real: Callable[[], datetime]) -> None:
        """Begin now."""
        self._speed, self._real = speed, real
        self._begun = real()

    def __call__(self) -> datetime:
        """Return the clinic's moment."""
        return (self._begun + (self._real() - self._begun) * self._speed).astimezone(UTC)


@dataclass(slots=True)
class Ward:
    """Chairs under simulated care; what a person seats by hand is left to that person."""

    clinic: Clinic
    nurses: Sequence[Person]
    patients: Mapping[str, str]
    chance: Random
    cares: dict[str, Care] = field(default_factory=dict)
    again: dict[str, datetime] = field(default_factory=dict)
    next_at: datetime | None = None

    def nurse(self, chair: Chair) -> Person:
        """Return who looks after a chair: the first half of the room or the second."""
        names = [one.id for one in self.clinic.chairs(self.nurses[0])]
        half = names.index(chair.id) * len(self.nurses) // len(names)
        return self.nurses[half]

    def seat(self, chair: Chair, patient: Invented, arrived_at: datetime, minutes: float = 60) -> Care:
        """Seat somebody at the usual rate for ``minutes``."""
        dose = round(patient.weight_kg * STANDARD_RATE_MG_KG_H * minutes / 60 * 2) / 2
        body = {
            "id": self.new_id(),
            "chair_id": chair.id,
            "patient_id": self.patients[patient.mrn],
            "weight_kg": patient.weight_kg,
            "arrived_at": iso(arrived_at),
            "plan": {"dose_mg": dose, "duration_min": minutes, "rate_mg_h": round(dose * 60 / minutes, 2)},
        }
        nurse = self.nurse(chair)
        view, _ = confirming(lambda sent: self.clinic.open_session(nurse, sent), body)
        care = Care(patient, view.id, self.chance)
        self.cares[chair.id] = care
        return care

    def tell(self, chair: Chair, clock: SetClock, until: datetime) -> SessionView:
        """Chart one chair as it went, up to ``until``; the clock is put to each moment on the way."""
        care, nurse = self.cares[chair.id], self.nurse(chair)
        view = self.clinic.session(nurse, care.session)
        for _ in range(MOST_STEPS):
            todo = next_todo(view, care)
            if todo is None or todo.at + TYPING > until:
                break
            clock.moment = max(clock.moment, todo.at + self._typing(todo, care, until))
            view = self.do(nurse, care, view, todo, todo.at)
        return view

    def _typing(self, todo: Todo, care: Care, until: datetime) -> timedelta:
        """Return how long after measuring somebody types: now and then it waits for minutes."""
        waits = todo.kind == "set" and not care.punctual and self.chance.random() < 0.05  # noqa: PLR2004  # one in twenty
        later = timedelta(minutes=self.chance.uniform(6, 9))
        return later if waits and todo.at + later < until else TYPING

    def do(self, nurse: Person, care: Care, view: SessionView, todo: Todo, at: datetime) -> SessionView:
        """Chart one thing and return the session after it."""
        for body in perform(todo, view, care, at):
            sent = body | {"id": body["id"] or self.new_id()}
            stored = confirming(lambda one: self.clinic.append(nurse, care.session, one), sent)
            view = stored.view
        return view

    def tick(self, now: datetime) -> None:
        """Do whatever is due on every chair, and seat the next patient where there is room."""
        for one in self.clinic.board(self.nurses[0]):
            care = self.cares.get(one.chair.id)
            if care is None:
                continue
            if one.view is None or one.view.id != care.session:
                del self.cares[one.chair.id]
            elif self.again.get(one.chair.id, now) <= now:
                self._attend(one.chair, care, one.view, now)

    def _attend(self, chair: Chair, care: Care, view: SessionView, now: datetime) -> None:
        nurse = self.nurse(chair)
        todo = next_todo(view, care)
        if todo is None or todo.at > now:
            return
        try:
            after = self.do(nurse, care, view, todo, now if not todo.bodies else todo.at)
        except ChairsideError as error:
            LOG.info("The simulated nurse was refused on chair %s: %s", chair.name, type(error).__name__)
            self.again[chair.id] = now + MIN
            return
        if after.stage is Stage.CLOSED:
            del self.cares[chair.id]

    def seat_next(self, waiting: Sequence[Invented], now: datetime) -> None:
        """Seat the next patient some minutes after a chair became free; one chair always stays free."""
        board = self.clinic.board(self.nurses[0])
        free = [one.chair for one in board if one.view is None]
        present = {one.view.patient.mrn for one in board if one.view is not None}
        if len(free) < 2:  # noqa: PLR2004  # whoever tries the demo finds a chair
            self.next_at = None
            return
        self.next_at = self.next_at or now + timedelta(minutes=self.chance.uniform(4, 12))
        coming = [patient for patient in waiting if patient.mrn not in present]
        if now >= self.next_at and coming:
            self.next_at = None
            self.seat(self.chance.choice(free), self.chance.choice(coming), now)

    def new_id(self) -> str:
        """Return an id drawn from the seed, so that two runs give the same records."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def confirming(send: Callable[[Body], T], body: Body) -> T:
    """Send ``body``; unusual values are confirmed when asked for, as a person would after a second look."""
    try:
        return send(body)
    except RefusedError as error:
        if error.errors or not error.confirm:
            raise
        return send(body | {"confirmed": [one.field for one in error.confirm]})
