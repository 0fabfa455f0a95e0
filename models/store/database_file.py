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

    def check(self) -> None:
        """Let pass while the file is in its place.

        Raises:
            NotStoredNowError: it was moved, deleted or exchanged under the running server.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            if self._opened is None:
                return
            raise not_now(Trouble.GONE) from None
        except OSError as error:
            raise not_now(Trouble.FAILING) from error
        here = found.st_dev, found.st_ino
        if self._opened is None:
            self._opened = here
        elif self._opened != here:
            raise not_now(Trouble.GONE)
