"""The scheduler: what time alone changes is decided on the server and announced, also when no page is open."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from callbacks.threads import in_thread
from models.clinic import Clinic
from models.errors import ChairsideError
from models.feed import Change
from models.schedule import Lateness

LOG = logging.getLogger("chairside.scheduler")

EVERY_SECONDS: Final = 1.0


class Scheduler:
    """Announces a chair when its next set becomes due or late."""

    def __init__(self, clinic: Clinic, site: str) -> None:
        """Look after the chairs of ``site``."""
        self.clinic, self.site = clinic, site
        self._before: dict[str, tuple[str, Lateness]] = {}

    def look(self) -> list[Change]:
        """Compare with the last look and announce every chair whose lateness changed."""
        now = self.clinic.lateness(self.site)
        changes = [
            Change(self.site, chair, session)
            for chair, (session, state) in now.items()
            if self._before.get(chair) not in {None, (session, state)}
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
