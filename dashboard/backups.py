"""The commands ``backup`` and ``restore``: what they say, and with which code they leave."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from dashboard.settings import Settings
from models.store.anchoring import Anchoring
from models.store.backup import BrokenRecordsError, Manifest, make_backup
from models.store.chain import Keys
from models.store.engine import Database
from models.store.restore import restore_backup
from models.store.serving import working_on
from models.store.snapshot import DamagedError


def back_up(settings: Settings, file: Path, now: datetime) -> int:
    """Make a backup and return 0; 1 where the records do not hold."""
    url, keys = Database(settings.database_url).url, Keys.of(settings.secret_key)
    try:
        made = make_backup(url, keys, file, now=now, version=version("chairside"))
    except (BrokenRecordsError, DamagedError) as error:
        sys.stdout.write(f"Broken: {error}. No backup was made: run chairside verify.\n")
        return 1
    sys.stdout.write(f"Backed up and proved: {_content(made)} in {file}.\n")
    return 0


def put_back(settings: Settings, file: Path, now: datetime, *, replace: bool) -> int:
    """Restore a backup where no server runs, anchor that it was done, and return 0."""
    database, keys = Database(settings.database_url), Keys.of(settings.secret_key)
    anchoring = Anchoring(database, settings.anchor, keys.anchor)
    said = "A server, or another restore, is running on this database. Stop it first."
    with closing(database), working_on(settings.database_url, alone=True, said=said), closing(anchoring):
        restored = restore_backup(file, database.url, keys, now=now, replace=replace, anchor=settings.anchor)
        anchoring.keep(now, "restore")
    kept = f" What was there is kept as {restored.kept_as}." if restored.kept_as else ""
    made = restored.manifest
    sys.stdout.write(f"Restored the backup of {made.made_at}: {_content(made)}.{kept} Everybody signs in again.\n")
    if anchoring.failing:
        sys.stderr.write(f"chairside: The anchor was not written: {anchoring.failing}\n")
    return 0


def _content(made: Manifest) -> str:
    return f"{made.counts['entries']} entries of {made.counts['sessions']} sessions"
