"""Connections that cannot lose what was acknowledged: settings are asserted on each one before it is used."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.errors import NotStoredNowError, UnsafeStorageError

OLDEST_SQLITE: Final = (3, 51, 3)
WAIT_SECONDS: Final = 2.5
"""How long a statement may wait for a lock before the answer is "not stored now"."""

_SQLITE_SETTINGS: Final = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
}
_POSTGRES_SETTINGS: Final = ("fsync", "full_page_writes", "synchronous_commit")


def sqlite_driver() -> ModuleType:
    """Return the SQLite driver: the system's where it is new enough, else the wheel's.

    Raises:
        UnsafeStorageError: both are older than the release that fixed the WAL race.
    """
    if sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        return sqlite3
    try:
        import pysqlite3  # noqa: PLC0415  # only where the system's SQLite is too old
    except ImportError:
        found = sqlite3.sqlite_version
    else:
        if pysqlite3.sqlite_version_info >= OLDEST_SQLITE:
            return pysqlite3  # type: ignore[no-any-return]  # the wheel ships no types
        found = pysqlite3.sqlite_version
    wanted = ".".join(map(str, OLDEST_SQLITE))
    message = f"SQLite {found} can lose committed writes: {wanted} or later is needed (the pysqlite3 wheel has it)."
    raise UnsafeStorageError(message)


def check_address(url: str) -> None:
    """Let pass the address of a database that can keep records.

    Raises:
        UnsafeStorageError: it cannot be read, is of another engine, or would be kept in memory only.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UnsafeStorageError("It cannot be read.") from error
    if parts.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise UnsafeStorageError("This engine is not known.")
    if parts.drivername.startswith("sqlite") and parts.database in {None, "", ":memory:"}:
        raise UnsafeStorageError("SQLite needs a file, so that saved means saved.")


def sqlite_file(url: str) -> str | None:
    """Return the file of a SQLite address; ``None`` for another engine."""
    parts = make_url(url)
    return parts.database if parts.get_backend_name() == "sqlite" else None


class Database:
    """One database, SQLite or PostgreSQL: reads in snapshots, writes one after another."""

    def __init__(self, url: str) -> None:
        """Prepare an engine; nothing is connected yet."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _postgres(url)
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection for reading.

        Raises:
            NotStoredNowError: the database does not answer.
        """
        with _answered(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is durable when this block has ended without an error.

        Raises:
            NotStoredNowError: the database is locked, full, failing or gone; nothing was stored, or it is unknown.
        """
        if not self._writing.acquire(timeout=WAIT_SECONDS):
            raise NotStoredNowError(_NOT_NOW)
        try:
            with _answered(), self.engine.connect() as connection:
                connection.execution_options(chairside_write=True)
                with connection.begin():
                    yield connection
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


_NOT_NOW: Final = "The server could not store this now. It is kept here and may be sent again."


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        if isinstance(error, sa.exc.IntegrityError):
            raise
        raise NotStoredNowError(_NOT_NOW) from error


def _sqlite(url: str) -> Engine:
    engine = sa.create_engine(
        url,
        module=sqlite_driver(),
        connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False},
        pool_size=8,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  # a raw driver connection
        connection.isolation_level = None
        cursor = connection.cursor()
        for name, wanted in _SQLITE_SETTINGS.items():
            cursor.execute(f"PRAGMA {name} = {wanted}")
            found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            if found != wanted:
                message = f"SQLite keeps {name} at {found!r}; {wanted!r} is needed so that saved means saved."
                raise UnsafeStorageError(message)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("chairside_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres(url: str) -> Engine:
    milliseconds = int(WAIT_SECONDS * 1000)
    engine = sa.create_engine(
        url,
        pool_size=8,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 3,
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} -c timezone=UTC",
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  # a raw driver connection
        with connection.cursor() as cursor:
            for name in _POSTGRES_SETTINGS:
                found = cursor.execute(f"SHOW {name}").fetchone()[0]
                if found == "off":
                    message = f"PostgreSQL runs with {name} off; it must be on so that saved means saved."
                    raise UnsafeStorageError(message)
        connection.commit()

    return engine
