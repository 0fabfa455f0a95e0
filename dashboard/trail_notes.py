"""What the front door notes in the trail: from where a request comes, refusals, and sign-ins that failed."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from starlette.types import Message, Scope, Send

from callbacks.threads import Threads
from models.acting import Origin
from models.errors import NotStoredNowError
from models.people import Person
from models.trail import Trace, Trail

LOG: Final = logging.getLogger("chairside.trail")

EVERY_SECONDS: Final = 1.0
_REFUSALS: Final = frozenset({403, 404})
_DEVICE_DIGITS: Final = 16

Note = Callable[[Person, Scope, int], None]


def origin(scope: Scope, device: str | None) -> Origin:
    """Return where a request comes from; a device by the beginning of its cookie's digest, which tells nothing else."""
    client = scope.get("client")
    known = sha256(device.encode()).hexdigest()[:_DEVICE_DIGITS] if device else None
    return Origin(client[0] if client else None, known)


def noting(send: Send, scope: Scope, person: Person, note: Note) -> Send:
    """Look at the answers to a person, and note each refusal of something that is there to be asked for."""

    async def looked(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in _REFUSALS and "route" in scope:
            note(person, scope, message["status"])
        await send(message)

    return looked


def refusals(trail: Trail) -> Note:
    """Return what notes a refusal: the pattern of the address and the ids in it, never the address as it was typed."""

    def note(person: Person, scope: Scope, status: int) -> None:
        parts = scope.get("path_params", {})
        trail.view(
            person,
            Trace.REFUSED,
            session=_id(parts.get("session")),
            patient=_id(parts.get("patient")),
            about=f"{status} {scope['method']} {scope['route'].path}",
        )

    return note


def _id(text: object) -> str | None:
    try:
        return str(uuid.UUID(str(text)))
    except ValueError:
        return None


class TrailKeeper:
    """Writes what waits for the trail, every second, in a thread of its own: charting never waits for it."""

    def __init__(self, trail: Trail) -> None:
        """Keep ``trail`` up to date."""
        self.trail = trail
        self._threads = Threads(1)

    async def run_for_ever(self) -> None:
        """Write every second; a database that is away for a while does not end it."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if self.trail.waiting:
                await self._flush()

    async def _flush(self) -> None:
        try:
            await self._threads.run(self.trail.flush)
        except NotStoredNowError:
            LOG.warning("The trail waits: storage takes nothing now")
        except Exception:
            LOG.exception("The trail could not be written")

    def stop(self) -> None:
        """Write what waits at the end of this server."""
        try:
            self.trail.flush()
        except Exception:
            LOG.exception("The trail could not be written")
        if self.trail.waiting:
            LOG.error("%s lines of the trail were lost at the end: storage took nothing", self.trail.waiting)

    def metrics(self) -> list[str]:
        """Return the lines for Prometheus."""
        return [
            "# TYPE chairside_trail_waiting gauge",
            f"chairside_trail_waiting {self.trail.waiting}",
            "# TYPE chairside_trail_lost_total counter",
            f"chairside_trail_lost_total {self.trail.lost}",
        ]
