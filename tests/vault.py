"""A clinic with an anchor and backups, for tests of what is proved; and a hand that tampers past every guard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.people import Role
from models.store.anchoring import Anchoring
from models.store.backup import make_backup
from models.store.chain import Keys
from models.store.engine import sqlite_driver
from models.store.proof import Proof, prove
from models.store.restore import Restored, restore_backup
from tests.kept import Kept, SetClock

KEYS = Keys.of(bytes(range(32)))
GUARDED = ("entries", "sessions", "protocols", "restorations")


@dataclass
class Vault:
    """A clinic, the anchor of its server, and what may be done with both."""

    folder: Path
    url: str
    clock: SetClock = field(default_factory=SetClock)
    name: str = "anchor.jsonl"

    def __post_init__(self) -> None:
        self.anchor = self.folder / self.name
        self.start()

    def start(self) -> None:
        """Start the server, as far as there is one here."""
        self.kept = Kept(self.url, self.clock, KEYS.chain)
        self.anchoring = Anchoring(self.kept.database, self.anchor, KEYS.anchor)

    def stop(self) -> None:
        """Let go of everything, without a last line."""
        self.anchoring.close()
        self.kept.close()

    def record(self, chair: str = "1", entries: int = 4) -> str:
        """Return a session with so many entries."""
        session = self.kept.seat(chair)
        self.chart(session, entries - 1)
        return session

    def chart(self, session: str, times: int = 1) -> None:
        """Write so many notes."""
        for _ in range(times):
            self.clock.pass_minutes(1)
            self.kept.chart(session, text=f"At {self.clock():%H:%M}.")

    def close_session(self, session: str) -> None:
        """End a session, so that its chair is free."""
        self.kept.chart(session, "phase", to="cancelled", reason="went home")

    def sign(self, session: str) -> None:
        """Sign a session that has ended."""
        last = self.kept.clinic.session(self.kept.person(), session).last_seq
        self.kept.chart(session, "signature", role=Role.CLINICIAN, meaning="Reviewed", last_seq=last)

    def keep(self, why: str = "interval") -> None:
        """Add a line to the anchor."""
        self.clock.pass_minutes(5)
        self.anchoring.keep(self.clock(), why)

    def prove(self, session: str | None = None, anchor: Path | None = None) -> Proof:
        """Verify everything, or one session."""
        return prove(self.kept.database.url, KEYS, anchor or self.anchor, session)

    def back_up(self, name: str = "clinic.backup") -> Path:
        """Make a backup."""
        file = self.folder / name
        make_backup(self.kept.database.url, KEYS, file, now=self.clock(), version="1")
        return file

    def restore(self, file: Path, *, replace: bool = True) -> Restored:
        """Put a backup back with the server stopped, as the command does."""
        self.stop()
        self.clock.pass_minutes(1)
        url = self.kept.database.url
        try:
            return restore_backup(file, url, KEYS, now=self.clock(), replace=replace, anchor=self.anchor)
        finally:
            self.start()

    def restored(self, file: Path) -> None:
        """Put a backup back and anchor it."""
        self.restore(file)
        self.anchoring.keep(self.clock(), "restore")

    def copied(self, folder: Path) -> Path:
        """Copy the SQLite file, as a hand would that has it for a moment."""
        file = Path(str(self.kept.database.url.database))
        self.kept.close()
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(file, folder / file.name))


@contextmanager
def past_every_guard(file: Path) -> Iterator[Any]:
    """Open a SQLite file as somebody who may do everything with it."""
    with closing(sqlite_driver().connect(str(file), isolation_level=None)) as raw:
        raw.text_factory = bytes
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.execute("PRAGMA synchronous = OFF")
        for table in GUARDED:
            for verb in ("update", "delete", "replace"):
                raw.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        yield raw


def lines(anchor: Path) -> list[bytes]:
    """Return the lines of an anchor."""
    return anchor.read_bytes().splitlines(keepends=True)
