"""The form of a backup: only the tables that a revision has, so that what is proved is what is read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from models.store.engine import sqlite_driver
from models.store.migrate import upgrade

MANIFEST_TABLE: Final = "CREATE TABLE backup_manifest (body TEXT NOT NULL, signature TEXT NOT NULL)"
_SQLITE: Final = b"SQLite format 3"
_OBJECTS: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
Form = dict[tuple[str, str], tuple[Any, ...]]


def is_backup(path: Path) -> bool:
    """Say whether a file is one of our backups, by its table of contents; nothing of it is proved."""
    driver, found = sqlite_driver(), None
    with suppress(OSError, driver.DatabaseError), path.open("rb") as file:
        if file.read(len(_SQLITE)).startswith(_SQLITE):
            with closing(driver.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
                found = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'backup_manifest'").fetchone()
    return found is not None


def foreign_parts(copy: Connection, revision: str) -> list[str]:
    """Name what a file has and a backup of that revision has not, or has otherwise, or lacks.

    A view in the place of a table may answer differently each time it is read, and so may a virtual table or a
    computed column. Triggers and indexes may be fewer: they do not change what is read.
    """
    found, wanted = _form(copy), _form_of(revision)
    differing = [name for name, how in found.items() if wanted.get(name) != how]
    missing = [name for name in wanted if name[0] == "table" and name not in found]
    return [" ".join(one) for one in [*differing, *missing]]


def _form_of(revision: str) -> Form:
    """Return the form that a backup of a revision was made in, by making one of no records."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, module=sqlite_driver())
    try:
        with engine.begin() as empty:
            upgrade(empty, revision)
            empty.exec_driver_sql(MANIFEST_TABLE)
            return _form(empty)
    finally:
        engine.dispose()


def _form(connection: Connection) -> Form:
    return dict(_parts(connection))


def _parts(connection: Connection) -> Iterator[tuple[tuple[str, str], tuple[Any, ...]]]:
    for kind, name, table, sql in connection.exec_driver_sql(_OBJECTS).all():
        if kind == "table":
            columns = connection.exec_driver_sql("SELECT * FROM pragma_table_xinfo(?)", (name,)).all()
            stored = str(sql).upper().startswith("CREATE TABLE")  # a virtual table is of this kind too
            yield (kind, name), (stored, *map(tuple, columns))
        else:
            yield (kind, name), (table, " ".join(str(sql).split()) if kind == "trigger" else "")
