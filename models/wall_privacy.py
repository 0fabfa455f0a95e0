"""How patients' names show on the wall: a setting of the clinic, decided by an admin and kept to by the server."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from models import acting
from models.feed import Change, Feed
from models.fields import Fields
from models.people import Person, Right, Role
from models.session import Patient
from models.store.engine import Database
from models.store.places import PlaceStore
from models.store.wall_privacy import read_level, write_level
from models.trail import Trace, Trail


class NameLevel(StrEnum):
    """How much of a name shows, from nothing to all of it."""

    NONE = "none"
    INITIALS = "initials"
    GIVEN = "given"
    FULL = "full"


LEVELS: Final = tuple(level.value for level in NameLevel)


def shown_name(patient: Patient, level: NameLevel) -> str:
    """Return what shows of a name: ``""``, ``P.N.``, ``Priya N.`` or ``Priya Nair``."""
    if level is NameLevel.NONE:
        return ""
    if level is NameLevel.INITIALS:
        return patient.initials
    if level is NameLevel.GIVEN:
        return f"{patient.given} {patient.family[:1].upper()}." if patient.family else patient.given
    return patient.name


class WallPrivacy:
    """Reads and changes the level of a site."""

    def __init__(self, database: Database, places: PlaceStore, feed: Feed, trail: Trail) -> None:
        """Work on these, telling ``feed`` of every chair that is drawn anew, and ``trail`` of every decision."""
        self.database, self.places, self.feed, self.trail = database, places, feed, trail

    def level(self, site: str) -> NameLevel:
        """Return how names show on the wall of a site; initials until somebody decides."""
        return NameLevel(read_level(self.database, site) or NameLevel.INITIALS)

    def board_level(self, person: Person, *, wall: bool) -> NameLevel:
        """Return how names show on a board of this person: on the wall, and to its account anywhere, as decided."""
        return self.level(person.site) if wall or person.role is Role.WALL else NameLevel.INITIALS

    def change(self, person: Person, body: object) -> NameLevel:
        """Decide how ``names`` show, and have every wall drawn anew.

        Raises:
            NotAllowedError: this person does not look after the clinic.
            RefusedError: it is none of the levels.
        """
        acting.allow(person, Right.MANAGE_CHAIRS)
        fields = Fields(body)
        names = fields.choice("names", LEVELS, required=True)
        fields.finish()
        with self.trail.together(person, Trace.SETTINGS, f"names on the wall: {names}"):
            write_level(self.database, person.site, str(names))
        for chair in self.places.chairs(person.site):
            self.feed.announce(Change(person.site, chair.id, None))
        return NameLevel(str(names))
