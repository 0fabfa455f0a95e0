"""The scheduler: what time alone changes is decided on the server and announced, also when no page is open."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from callbacks.threads import in_thread
from models import acting
from models.calls import calls
from models.clinic import Clinic
from models.errors import ChairsideError
from models.feed import Change
from models.schedule import Lateness
from models.store.calls import Call

LOG = logging.getLogger("chairside.scheduler")

EVERY_SECONDS: Final = 1.0
_SITES_EVERY: Final = timedelta(minutes=1)


class Scheduler:
    """Announces a chair when time alone changed it, and calls out what nobody answered: each call once.

    Every server process draws its own pages; of all processes on one database only the one that leased a call makes
    it. A lease outlives its process: what was leased and not made is made by another one once the lease ran out.
    """

    def __init__(self, clinic: Clinic, site: str) -> None:
        """Look after the chairs of ``site``."""
        self.clinic, self.site = clinic, site
        self.holder = str(uuid.uuid4())
        self._before: dict[str, tuple[str, Lateness, tuple[str, ...]]] = {}
        self._minute: datetime | None = None
        self._made: set[Call] = set()
        self._settled: set[Call] = set()

    def look(self) -> list[Change]:
        """Announce every chair that time changed since the last look, and each minute all that are taken.

        The minute moves the now line, the dose so far and the ages in the drawn panels.
        """
        running = {view.chair_id: view for view in self.clinic.running(acting.server(self.site))}
        now = {chair: (view.id, view.due.state, calls(view)) for chair, view in running.items()}
        mine = self._leased(now)
        minute = self.clinic.now().replace(second=0, microsecond=0)
        redraw, self._minute = minute != self._minute, minute
        changes = [
            Change(self.site, chair, state[0], calls=self._of(mine, state))
            for chair, state in now.items()
            if redraw or self._of(mine, state) or self._before.get(chair) not in {None, state}
        ]
        self._before = now
        for change in changes:
            self.clinic.feed.announce(change)
        self._made |= mine
        self._settle()
        return changes

    def _of(self, mine: frozenset[Call], state: tuple[str, Lateness, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(call for call in state[2] if (state[0], call) in mine)

    def _leased(self, now: dict[str, tuple[str, Lateness, tuple[str, ...]]]) -> frozenset[Call]:
        """Lease what is to be called out; the database is asked only about what is not settled yet."""
        self._settle()
        wanted = {(session, call) for session, _, named in now.values() for call in named}
        self._settled &= wanted
        if not wanted - self._settled:
            return frozenset()
        leased = self.clinic.calls.lease(self.site, wanted - self._settled, self.holder, self.clinic.now())
        self._settled |= leased.settled
        return leased.mine

    def _settle(self) -> None:
        """Remember what was called out; where that fails it is tried again, and nothing is called out twice."""
        if self._made:
            self.clinic.calls.settle(self.site, self._made, self.clinic.now())
            for session, call in sorted(self._made):
                LOG.info("Called out in session %s: %s", session, call)
            self._settled |= self._made
            self._made = set()

    async def run_for_ever(self) -> None:
        """Look every second; a database that is away for a while does not end it."""
        await _for_ever(self.look)


class EverySite:
    """Looks after the chairs of every site; one that was added is looked after within a minute."""

    def __init__(self, clinic: Clinic) -> None:
        """Look after all sites of ``clinic``."""
        self.clinic = clinic
        self._of: dict[str, Scheduler] = {}
        self._asked: datetime | None = None

    def look(self) -> list[Change]:
        """Look at every site, one after another."""
        now = self.clinic.now()
        if self._asked is None or not timedelta() <= now - self._asked < _SITES_EVERY:
            for site in self.clinic.sites.sites():
                self._of.setdefault(site.id, Scheduler(self.clinic, site.id))
            self._asked = now
        return [change for one in self._of.values() for change in one.look()]

    async def run_for_ever(self) -> None:
        """Look every second; a database that is away for a while does not end it."""
        await _for_ever(self.look)


async def _for_ever(look: Callable[[], object]) -> None:
    while True:
        try:
            await in_thread(look)
        except ChairsideError:
            LOG.warning("The schedule could not be looked at just now")
        except Exception:
            LOG.exception("The schedule could not be looked at")
        await asyncio.sleep(EVERY_SECONDS)
