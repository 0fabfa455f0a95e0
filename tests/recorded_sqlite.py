"""SQLite with every write and sync on its files recorded: a driver for the engine, on our own layer over the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import apsw.ext

# The names of a database driver (PEP 249).
paramstyle = "qmark"
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))


class Error(Exception):
    """Whatever SQLite refuses, with its code."""

    sqlite_errorcode = 1


class DatabaseError(Error):
    """As the standard wants it named."""


class OperationalError(DatabaseError):
    """Locked, full, failing."""


class IntegrityError(DatabaseError):
    """A constraint or a trigger said no."""


class ProgrammingError(DatabaseError):
    """As the standard wants it named."""


InterfaceError = DataError = InternalError = NotSupportedError = ProgrammingError


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to a file: ``write`` (or ``truncate``) at an offset, ``sync``, ``delete``."""

    file: str
    verb: str
    offset: int = 0
    data: bytes = b""


@dataclass
class Disk:
    """What happens to the files: recorded while ``recording``; ``before`` may refuse an operation."""

    operations: list[Operation] = field(default_factory=list)
    recording: bool = False
    before: Callable[[Operation], None] = lambda _operation: None

    def does(self, operation: Operation) -> None:
        self.before(operation)
        if self.recording:
            self.operations.append(operation)


DISK = Disk()


class _File(apsw.VFSFile):
    def __init__(self, filename: Any, flags: list[int]) -> None:  # noqa: ANN401  # a name or what stands for one
        self.name = str(filename.filename() if isinstance(filename, apsw.URIFilename) else filename)
        super().__init__("", filename, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # SQLite's own name
        DISK.does(Operation(self.name, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  # SQLite's own name
        DISK.does(Operation(self.name, "truncate", newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802  # SQLite's own name
        DISK.does(Operation(self.name, "sync"))
        super().xSync(flags)


class _FileSystem(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("recorded", "")

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: ANN401, N802  # SQLite's own
        return _File(name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802  # SQLite's own
        DISK.does(Operation(filename, "delete"))
        super().xDelete(filename, syncdir)


_FILE_SYSTEM = _FileSystem()


def connect(database: str, *, timeout: float = 5, check_same_thread: bool = False) -> Connection:
    """Open a database on the recorded files."""
    assert not check_same_thread
    return Connection(database, timeout)


class Connection:
    """A connection as a driver gives it."""

    isolation_level: str | None = None

    def __init__(self, database: str, timeout: float) -> None:
        self.raw = apsw.Connection(database, vfs="recorded")
        self.raw.set_busy_timeout(int(timeout * 1000))

    def cursor(self) -> Cursor:
        return Cursor(self.raw)

    def execute(self, sql: str) -> Cursor:
        return self.cursor().execute(sql)

    def create_function(self, name: str, count: int, function: Callable[..., Any], **_more: object) -> None:
        self.raw.create_scalar_function(name, function, count)

    def commit(self) -> None:
        if self.raw.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.raw.in_transaction:
            self.execute("ROLLBACK")

    def interrupt(self) -> None:
        self.raw.interrupt()

    def close(self) -> None:
        self.raw.close()


class Cursor:
    """The rows of one statement, all fetched at once."""

    arraysize = 1
    rowcount = -1
    lastrowid = 0

    def __init__(self, raw: apsw.Connection) -> None:
        self._raw = raw
        self._rows: Iterator[Any] = iter(())
        self.description: list[tuple[Any, ...]] | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        try:
            columns = apsw.ext.query_info(self._raw, sql).description
            self.description = [(name, kind, *[None] * 5) for name, kind in columns] or None
            self._rows = iter(self._raw.execute(sql, tuple(parameters)).fetchall())
        except apsw.ConstraintError as error:
            raise IntegrityError(str(error)) from error
        except apsw.Error as error:
            refused = OperationalError(str(error))
            refused.sqlite_errorcode = getattr(error, "extendedresult", 1)
            raise refused from error
        self.rowcount, self.lastrowid = self._raw.changes(), self._raw.last_insert_rowid()
        return self

    def executemany(self, sql: str, many: Sequence[Sequence[Any]]) -> Cursor:
        for parameters in many:
            self.execute(sql, parameters)
        return self

    def fetchone(self) -> Any:  # noqa: ANN401  # a row of any columns
        return next(self._rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for row, _ in zip(self._rows, range(size), strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def close(self) -> None:
        self._rows = iter(())


def apply(operations: Sequence[Operation], folder: Path) -> None:
    """Do recorded operations to the copies of the files in another folder."""
    for operation in operations:
        file = folder / Path(operation.file).name
        if operation.verb == "delete":
            file.unlink(missing_ok=True)
        elif operation.verb != "sync":
            with file.open("r+b" if file.exists() else "w+b") as copy:
                if operation.verb == "truncate":
                    copy.truncate(operation.offset)
                else:
                    copy.seek(operation.offset)
                    copy.write(operation.data)
