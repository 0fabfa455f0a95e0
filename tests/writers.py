"""A process of eight writers on one clinic, told apart by nothing but their names; it ends when it is ended."""

from __future__ import annotations

import sys

from models.store import engine
from tests.crashes import write

if __name__ == "__main__":
    url, synchronous, *sessions = sys.argv[1:]
    engine._SQLITE_SETTINGS["synchronous"] = int(synchronous)  # noqa: SLF001  # the control of a test takes it out
    write(url, sessions, sys.stdout.fileno(), "", honest=True)
