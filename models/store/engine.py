"""Connections that cannot lose what was acknowledged: settings are asserted on each one before it is used."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from models.errors import NotStoredNowError, UnsafeStorageError
from models.store.database_file import DatabaseFile
from models.store.trouble import Trouble, not_now, trouble_of
from models.store.watch import Call, Watch, hang_up, interrupt
from models.waiting import in_storage

OLDEST_SQLITE: Final = (3, 51, 3)
_CONNECTIONS: Final = 20
"""More than there are threads that ask: nobody who charts waits for a connection."""
WAIT_SECONDS: Final = 2.0
"""How long a call may wait for the database before the answer is "not stored now"."""
_LEAST_SECONDS: Final = 0.05
_LOCK_SHARE: Final = 0.8
"""Of a call's time, how much may go by at a lock: the database then names it before the watch ends the call."""

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


_TRIAL: Final = {
    "sqlite": "SELECT zeroblob(65536) AS body",
    "postgresql": "SELECT number FROM generate_series(1, 5000) AS number",
}
"""What is put on a disk to see whether it takes anything: more than a save needs."""


_BESIDE: Final[ContextVar[list[Callable[[Connection], None]] | None]] = ContextVar("beside", default=None)


@contextmanager
def beside(also: Callable[[Connection], None]) -> Iterator[None]:
    """Let the next write of this thread do something more in its transaction: both are stored, or neither is."""
    waiting = [also]
    marked = _BESIDE.set(waiting)
    try:
        yield
    finally:
        _BESIDE.reset(marked)
    if waiting:
        message = "Nothing was written, so that nothing could be written beside it."
        raise RuntimeError(message)


def _write_beside(connection: Connection) -> None:
    waiting = _BESIDE.get()
    while waiting:
        waiting.pop()(connection)


class Database:
    """One database, SQLite or PostgreSQL: reads in snapshots, writes one after another, and nobody waits for ever."""

    def __init__(self, url: str) -> None:
        """Prepare an engine; nothing is connected yet."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._watch = Watch(interrupt if self.is_sqlite else hang_up)
        self._file = DatabaseFile(self.url.database or "") if self.is_sqlite else None
        self.engine = _sqlite(url, self._watch, self._file) if self._file is not None else _postgres(url, self._watch)
        self._writing = threading.Lock()
        self.trouble: Trouble | None = None
        """What the last write met; ``None`` once one was stored again."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection for reading.

        Raises:
            NotStoredNowError: the database does not answer.
        """
        with self._answered(WAIT_SECONDS), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, patience: float | None = None) -> Iterator[Connection]:
        """Open a transaction that is durable when this block has ended without an error.

        Args:
            patience: seconds to wait for other writers; as long as anybody waits for an answer when missing.

        Raises:
            NotStoredNowError: the database is locked, full, failing or gone; nothing was stored, or it is unknown.
        """
        wait = WAIT_SECONDS if patience is None else patience
        with in_storage(), self._alone(wait) as left:
            limit = max(left, WAIT_SECONDS - wait)
            with self._noted(), self._answered(limit), self.engine.connect() as connection:
                connection.execution_options(chairside_write=left * _LOCK_SHARE)
                with connection.begin():
                    if patience is not None and not self.is_sqlite:
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(left * _LOCK_SHARE * 1000)}")
                    yield connection
                    _write_beside(connection)

    @contextmanager
    def _alone(self, seconds: float) -> Iterator[float]:
        """Wait for the other writers of this process; gives the seconds that are left."""
        by = time.monotonic() + seconds
        if not self._writing.acquire(timeout=seconds):
            raise not_now(self.trouble or Trouble.NOT_ANSWERING)
        try:
            yield max(_LEAST_SECONDS, by - time.monotonic())
        finally:
            self._writing.release()

    def try_to_write(self) -> None:
        """Find out whether a write would be stored now; after a full or failing disk something must be stored on it.

        Raises:
            NotStoredNowError: it would not.
        """
        was = self.trouble
        with self.write() as connection:
            if not self.is_sqlite:
                if connection.scalar(sa.text("SHOW transaction_read_only")) == "on":
                    raise not_now(Trouble.READ_ONLY)
                connection.exec_driver_sql("LOCK TABLE entries IN ROW EXCLUSIVE MODE NOWAIT")
            if was in {Trouble.FULL, Trouble.FAILING}:
                connection.exec_driver_sql("DROP TABLE IF EXISTS trial")
                connection.exec_driver_sql(f"CREATE TABLE trial AS {_TRIAL[connection.dialect.name]}")
        if was in {Trouble.FULL, Trouble.FAILING}:
            with self.write() as connection:
                connection.exec_driver_sql("DROP TABLE IF EXISTS trial")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._watch.close()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Remember what a write met, for `try_to_write` and for whoever finds the way in barred by another write."""
        try:
            yield
        except NotStoredNowError as error:
            if self.trouble is None or error.why != Trouble.NOT_ANSWERING:  # the least precise word replaces no other
                self.trouble = Trouble(error.why)
            raise
        self.trouble = None

    @contextmanager
    def _answered(self, seconds: float) -> Iterator[None]:
        """Turn what the driver says into our own words, and end what lasts longer than somebody waits for."""
        call: Call | None = None
        try:
            with in_storage() as waited_for, self._watch.over(seconds) if waited_for else nullcontext() as call:
                if self._file is not None:
                    self._file.check()
                yield
        except PoolTimeoutError as error:
            raise not_now(Trouble.NOT_ANSWERING) from error
        except DBAPIError as error:
            if isinstance(error, sa.exc.IntegrityError):
                raise
            ended = call is not None and call.ended
            raise not_now(Trouble.NOT_ANSWERING if ended else trouble_of(error)) from error


def _sqlite(url: str, watch: Watch, file: DatabaseFile) -> Engine:
    engine = sa.create_engine(
        url,
        module=sqlite_driver(),
        hide_parameters=True,  # what was to be stored must not get into a log with an error
        connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False},
        pool_size=_CONNECTIONS,
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
        file.is_open()

    @event.listens_for(engine, "checkout")
    def watched(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401  # a raw driver connection
        watch.sees(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        seconds = connection.get_execution_options().get("chairside_write")
        if seconds is None:
            connection.exec_driver_sql("BEGIN")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres(url: str, watch: Watch) -> Engine:
    milliseconds = int(WAIT_SECONDS * 1000)
    lock_milliseconds = int(milliseconds * _LOCK_SHARE)
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        connect_args={
            "connect_timeout": 2,  # the least that libpq heeds
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 5000,  # a machine that is gone says nothing: the line is given up by ourselves
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={lock_milliseconds} -c timezone=UTC",
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, _record: object, given: list[Any], named: dict[str, Any]) -> Any:  # noqa: ANN401  # a raw driver connection
        connection = dialect.connect(*given, **named)
        watch.sees(connection)
        return connection

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401  # a raw driver connection
        """Find a dead connection before it is used; here and not by the pool, which would ping where nobody watches."""
        watch.sees(connection)
        if record.info.pop("fresh", False):
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401  # a raw driver connection
        with connection.cursor() as cursor:
            for name in _POSTGRES_SETTINGS:
                found = cursor.execute(f"SHOW {name}").fetchone()[0]
                if found == "off":
                    message = f"PostgreSQL runs with {name} off; it must be on so that saved means saved."
                    raise UnsafeStorageError(message)
        connection.commit()
        record.info["fresh"] = True

    return engine
