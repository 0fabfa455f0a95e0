"""When the anchor is written: at the start, at each signature, every five minutes and at the end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from callbacks.threads import in_thread
from models.store.anchoring import Anchoring

LOG: Final = logging.getLogger("chairside.anchor")
EVERY_SECONDS: Final = 300.0
PATIENCE_SECONDS: Final = 1.0
"""How long a signature waits for its line; a file system that hangs must not hold up the chairs."""


class AnchorKeeper:
    """Writes the lines in a thread of their own, one after another."""

    def __init__(self, anchoring: Anchoring, clock: Callable[[], datetime]) -> None:
        """Keep ``anchoring`` up to date by ``clock``."""
        self.anchoring, self._clock = anchoring, clock
        self._starting = threading.Lock()
        self._running: threading.Thread | None = None
        self._late = False

    def keep(self, why: str) -> None:
        """Add a line, and wait a moment for it."""
        with self._starting:
            if not self._finished():
                return
            self._running = threading.Thread(
                target=self.anchoring.keep, args=(self._clock(), why), name="anchor", daemon=True
            )
            self._running.start()
        self._finished()

    def signed(self, _session: str) -> None:
        """Anchor a signature before it is answered."""
        self.keep("signature")

    def failing(self) -> bool:
        """Say whether the last line is not in the file."""
        return self._late or self.anchoring.failing is not None

    def age_seconds(self) -> float | None:
        """Return how old the last line is; ``None`` before the first."""
        at = self.anchoring.written_at
        return None if at is None else (self._clock() - at).total_seconds()

    async def run_for_ever(self) -> None:
        """Anchor at the start, and then every five minutes."""
        why = "start"
        while True:
            await in_thread(self.keep, why)
            await asyncio.sleep(EVERY_SECONDS)
            why = "interval"

    def stop(self) -> None:
        """Write the last line of this server, and let go of the file."""
        self.keep("stop")
        if not self._late:
            self.anchoring.close()

    def _finished(self) -> bool:
        running = self._running
        if running is not None:
            running.join(PATIENCE_SECONDS)
        self._late = running is not None and running.is_alive()
        if self._late:
            LOG.error("The anchor takes longer than %s s to write", PATIENCE_SECONDS)
        return not self._late
