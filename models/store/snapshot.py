"""Long work on whole tables, without the limits of a request: one moment of a database read, or one written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from models.errors import ChairsideError
from models.store.engine import sqlite_driver
from models.store.trouble import Trouble, trouble_of

_ROWS_AT_ONCE: Final = 2000
_text: Final = partial(str, encoding="utf-8", errors="surrogateescape")
"""Gives text back as it is; what is no text stays recognisable as such. Ten million times a year, hence no function."""
_WRITTEN: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", re.ASCII)


class UnreadableError(ChairsideError):
    """A database or a file cannot be read as what it should be."""

    title = "Cannot be read"


class DamagedError(UnreadableError):
    """A database is there, and what is in it cannot be read."""


@contextmanager
def snapshot(url: URL) -> Iterator[Connection]:
    """Open one moment of a database for reading, while others go on writing.

    Raises:
        UnreadableError: there is none, or it is damaged.
    """
    with _opened(url, "REPEATABLE READ") as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
        yield connection


@contextmanager
def whole(url: URL) -> Iterator[Connection]:
    """Open one transaction that writes as much as it takes; durable when the block has ended without an error.

    Raises:
        UnreadableError: the database is not there, or did not take it.
    """
    with _opened(url, "READ COMMITTED") as connection:
        yield connection


@contextmanager
def _opened(url: URL, isolation: str) -> Iterator[Connection]:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise UnreadableError(f"There is no database at {url.database}.")
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url, isolation)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except OperationalError as error:
        raise UnreadableError(_failed(url, trouble_of(error))) from error
    except (DBAPIError, UnicodeError) as error:
        raise DamagedError("the database cannot be read: it is damaged") from error
    finally:
        engine.dispose()


def _failed(url: URL, trouble: Trouble) -> str:
    if trouble not in {Trouble.FULL, Trouble.READ_ONLY}:
        return "The database does not answer, or it is not one of this program."
    return f"{url.database} cannot be written: {trouble.sentence}."


def _postgres(url: URL, isolation: str) -> Engine:
    arguments = {"connect_timeout": 3, "options": "-c timezone=UTC -c statement_timeout=0"}
    return sa.create_engine(
        url, poolclass=NullPool, isolation_level=isolation, connect_args=arguments, hide_parameters=True
    )


def _sqlite(url: URL) -> Engine:
    engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, module=sqlite_driver())

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  # a raw driver connection
        connection.isolation_level = None
        connection.text_factory = _text
        for setting in ("synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON", "cache_size = -131072"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def rows(connection: Connection, query: str, **values: object) -> Iterator[tuple[Any, ...]]:
    """Return what a query finds as plain tuples of the driver's own values, a few at a time."""
    found = connection.execute(text(query), values, execution_options={"yield_per": _ROWS_AT_ONCE})
    with closing(found):
        for part in found.partitions(_ROWS_AT_ONCE):
            yield from map(tuple, part)


def records(connection: Connection, query: str, **values: object) -> Iterator[dict[str, Any]]:
    """Return what a query finds, each row by the names of its columns."""
    found = connection.execute(text(query), values, execution_options={"yield_per": _ROWS_AT_ONCE})
    with closing(found):
        for part in found.mappings().partitions(_ROWS_AT_ONCE):
            yield from map(dict, part)


def moment_of(stored: object) -> datetime:
    """Read a moment from the driver's own value.

    Raises:
        ValueError: it is not written as the program writes it.
    """
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    if not isinstance(stored, str) or _WRITTEN.fullmatch(stored) is None:
        message = "This moment was not written by the program."
        raise ValueError(message)
    return datetime.fromisoformat(stored + "+00:00")
