"""Who works on a database: servers hold a lock for as long as they run, and a restore waits for none of them."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from models.errors import ChairsideError, NotStoredNowError
from models.store.engine import sqlite_file

_LOCK: Final = 7_241_366


class InUseError(ChairsideError):
    """Another process works on this database."""

    title = "In use"


@contextmanager
def working_on(url: str, *, alone: bool, said: str) -> Iterator[None]:
    """Hold the lock of a database, ``alone`` or beside others; on SQLite it is always alone.

    Raises:
        InUseError: somebody else holds it; ``said`` is the sentence.
        NotStoredNowError: the database does not answer.
    """
    file = sqlite_file(url)
    with _of_file(file, said) if file is not None else _of_postgres(url, alone=alone, said=said):
        yield


@contextmanager
def _of_file(database: str, said: str) -> Iterator[None]:
    try:
        file = Path(f"{database}.serving").open("w")  # noqa: SIM115  # closed below, once nobody needs the lock
    except OSError as error:
        raise NotStoredNowError("The folder of the database cannot be written.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUseError(said) from error
        yield


@contextmanager
def _of_postgres(url: str, *, alone: bool, said: str) -> Iterator[None]:
    engine = sa.create_engine(
        make_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    take = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise NotStoredNowError("The database does not answer.") from error
    try:
        if not connection.scalar(text(f"SELECT {take}(:key)"), {"key": _LOCK}):
            raise InUseError(said)
        yield
    finally:
        connection.close()
        engine.dispose()
