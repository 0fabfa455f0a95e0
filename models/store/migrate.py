"""Bringing a database to the newest form; one process at a time, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from models.store.engine import Database

_MIGRATION_LOCK: Final = 7_241_365


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database, revision: str = "head") -> None:
    """Run every migration that is missing, up to ``revision``."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        upgrade(connection, revision)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run every migration that is missing within a transaction that is open already."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows_revision(revision: str) -> bool:
    """Say whether this program can bring a database of that revision to the newest form."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database; ``None`` for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the revision this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()
