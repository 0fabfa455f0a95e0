"""The command ``verify``: is every record whole, and if not, where and why."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from pathlib import Path

from dashboard.settings import Settings
from models.errors import NotFoundError, NotStoredNowError
from models.store.anchor import AnchorError
from models.store.chain import Break, Keys
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.proof import Proof, knows_session, prove
from models.store.snapshot import DamagedError


def verify(settings: Settings, session: str | None, anchor: Path | None) -> int:
    """Prove the records, say what was found, and return 0 when they are intact and 1 when not.

    Raises:
        NotFoundError: neither the database nor the anchor knows the session.
        AnchorError: the anchor that was asked for is not there.
    """
    if anchor is not None and not anchor.is_file():
        raise AnchorError(f"There is no anchor {anchor}.")
    with closing(Database(settings.database_url)) as database, suppress(NotStoredNowError):
        migrate(database)  # where the file is damaged, the proof says so
    proof = _proof(database, Keys.of(settings.secret_key), anchor or settings.anchor, session)
    sys.stdout.write(said(proof) + "\n")
    return 0 if proof.broken is None else 1


def _proof(database: Database, keys: Keys, anchor: Path, session: str | None) -> Proof:
    try:
        if session is not None and not knows_session(database.url, keys, anchor, session):
            raise NotFoundError("There is no such session.")
        return prove(database.url, keys, anchor, session)
    except DamagedError as error:
        return Proof(0, 0, Break("", "", 0, str(error)))


def said(proof: Proof) -> str:
    """Say in words what a proof came to."""
    if proof.broken is not None:
        return " ".join([f"Broken: {proof.broken.sentence()}.", *proof.notes])
    counted = f"{proof.entries} entries of {proof.sessions} sessions"
    return " ".join([f"Intact: every chain holds, {counted}.", *proof.notes])
