"""The scheduler: what time alone changes is decided on the server and announced, also when no page is open."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import Final

from callbacks.threads import in_thread
from models.clinic import Clinic
from models.errors import ChairsideError
from models.feed import Change
from models.schedule import Lateness

LOG = logging.getLogger("chairside.scheduler")

EVERY_SECONDS: Final = 1.0


class Scheduler:
    """Announces a chair when its next set becomes due or late, and when a minute has gone by."""

    def __init__(self, clinic: Clinic, site: str) -> None:
        """Look after the chairs of ``site``."""
        self.clinic, self.site = clinic, site
        self._before: dict[str, tuple[str, Lateness]] = {}
        self._minute: datetime | None = None

    def look(self) -> list[Change]:
        """Announce every chair whose lateness changed since the last look, and each minute all that are taken.

        The minute moves the now line, the dose so far and the ages in the drawn panels.
        """
        now = self.clinic.lateness(self.site)
        minute = self.clinic.now().replace(second=0, microsecond=0)
        redraw, self._minute = minute != self._minute, minute
        changes = [
            Change(self.site, chair, session)
            for chair, (session, state) in now.items()
            if redraw or self._before.get(chair) not in {None, (session, state)}
        ]
        self._before = now
        for change in changes:
            self.clinic.feed.announce(change)
        return changes

    async def run_for_ever(self) -> None:
        """Look every second; a database that is away for a while does not end it."""
        while True:
            try:
                await in_thread(self.look)
            except ChairsideError:
                LOG.warning("The schedule could not be looked at just now")
            except Exception:
                LOG.exception("The schedule could not be looked at")
            await asyncio.sleep(EVERY_SECONDS)
