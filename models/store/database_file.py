"""The file of a SQLite database: it must stay the one that was opened, or what is saved is in no file at all."""

from __future__ import annotations

from pathlib import Path

from models.store.trouble import Trouble, not_now


class DatabaseFile:
    """Remembers which file was opened; put back in its place, a file that was moved is used again."""

    def __init__(self, path: str) -> None:
        """Look after ``path``; it may not be there yet."""
        self._path = Path(path)
        self._opened: tuple[int, int] | None = None

    def is_open(self) -> None:
        """Remember the file that is there when the first connection has opened it."""
        if self._opened is None:
            self._opened = self._found()

    def check(self) -> None:
        """Let pass while the file is in its place.

        Raises:
            NotStoredNowError: it was moved, deleted or exchanged under the running server.
        """
        if self._opened is not None and self._found() != self._opened:
            raise not_now(Trouble.GONE)

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
