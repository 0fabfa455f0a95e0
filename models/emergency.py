"""Emergency access: a clinician reads one session of another site for a while, says why, and everybody can see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from models import acting
from models.errors import ConflictError, NotFoundError
from models.fields import Fields
from models.moments import MIN
from models.people import Person, Right
from models.store.emergencies import Emergency, EmergencyStore
from models.store.sites import SiteStore
from models.trail import Trace, Trail

LONGEST_MIN: Final = 60
_REASON_MOST: Final = 300
_REASON_LEAST: Final = 8
_NAME_MOST: Final = 200
_LISTED: Final = 100


class EmergencyDesk:
    """Opens, ends and lists emergency access; each step is in the trail of both sites."""

    def __init__(self, store: EmergencyStore, sites: SiteStore, trail: Trail, clock: Callable[[], datetime]) -> None:
        """Work on these stores."""
        self.store, self.sites, self.trail, self.now = store, sites, trail, clock

    def may_begin(self, person: Person) -> None:
        """Let pass who may open a record of another site in an emergency."""
        acting.allow(person, Right.BREAK_GLASS)

    def begin(self, person: Person, body: object) -> Emergency:
        """Open a session of another site, by its id or by the names of site and chair.

        Raises:
            RefusedError: no reason, or longer than an hour.
            NotFoundError: there is no such session.
            ConflictError: it is no other site: the person works there.
        """
        self.may_begin(person)
        fields = Fields(body)
        session = fields.uuid("session")
        site, chair = fields.text("site", most=_NAME_MOST), fields.text("chair", most=_NAME_MOST)
        reason = fields.text("reason", most=_REASON_MOST, required=True)
        minutes = fields.whole("minutes", 1, LONGEST_MIN)
        if reason is not None and len(reason) < _REASON_LEAST:
            fields.wrong("reason", f"reason: say in {_REASON_LEAST} letters or more why this cannot wait.")
        if session is None and (site is None or chair is None):
            fields.wrong("session", "session: give its id, or site and chair by their names.")
        fields.finish()
        found = session or self.store.on_chair(site or "", chair or "")
        where = self.store.site_of(found) if found else None
        if found is None or where is None:
            raise NotFoundError("There is no such session.")
        if where in {one.id for one in self.sites.of(person)} | {person.site}:
            raise ConflictError("You work at the site of this session: act at that site instead.")
        now = self.now()
        until = now + (minutes or LONGEST_MIN) * MIN
        opened = Emergency(
            str(uuid.uuid4()), where, found, person.id, person.name, person.site, reason or "", now, until
        )
        with self._noted(person, opened, "began"):
            self.store.add(opened)
        return opened

    def end(self, person: Person, emergency: str) -> None:
        """End one's own before its time.

        Raises:
            NotFoundError: none of this id runs.
        """
        self.may_begin(person)
        found = next((one for one in self.running(person) if one.id == emergency), None)
        if found is None:
            raise NotFoundError("There is no such emergency access that runs.")
        with self._noted(person, found, "ended"):
            self.store.end(found.id, person.id, self.now())

    def running(self, person: Person) -> list[Emergency]:
        """Return what somebody may look at now, the first to end first; nothing for whose role has no such right."""
        acting.known(person)
        return self.store.running(person.id, self.now()) if person.may(Right.BREAK_GLASS) else []

    def listed(self, person: Person) -> list[Emergency]:
        """Return what was opened into this site or from it, newest first."""
        acting.allow(person, Right.SEE_TRAIL)
        return self.store.listed(person.site, _LISTED)

    def reaching(self, person: Person, session: str) -> Emergency | None:
        """Return what lets somebody read a session of another site now; ``None`` where nothing does."""
        return next((one for one in self.running(person) if one.session == session), None)

    def _noted(self, person: Person, one: Emergency, what: str) -> AbstractContextManager[None]:
        sites = (one.site, *(() if one.home == one.site else (one.home,)))
        return self.trail.together(person, Trace.EMERGENCY, f"{what}: {one.reason}", session=one.session, sites=sites)
