"""What keeps a database from storing, in a word each: from the error of the driver to the word for the clinic."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError

from models.errors import NotStoredNowError


class Trouble(StrEnum):
    """Why nothing is stored now."""

    LOCKED = "locked"
    FULL = "full"
    READ_ONLY = "read-only"
    FAILING = "failing"
    NOT_ANSWERING = "not answering"
    GONE = "gone"
    WRONG_REVISION = "wrong revision"

    @property
    def sentence(self) -> str:
        """Return it in a sentence without its full stop."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    Trouble.LOCKED: "another program holds the database",
    Trouble.FULL: "the disk of the database is full",
    Trouble.READ_ONLY: "the database can only be read",
    Trouble.FAILING: "the database or its disk fails",
    Trouble.NOT_ANSWERING: "the database does not answer",
    Trouble.GONE: "the database is gone",
    Trouble.WRONG_REVISION: "the database belongs to another version of Chairside",
}
_SQLITE: Final = {
    5: Trouble.LOCKED,  # SQLITE_BUSY
    6: Trouble.LOCKED,  # SQLITE_LOCKED
    8: Trouble.READ_ONLY,  # SQLITE_READONLY
    9: Trouble.NOT_ANSWERING,  # SQLITE_INTERRUPT: our own watch has ended it
    13: Trouble.FULL,  # SQLITE_FULL
    14: Trouble.GONE,  # SQLITE_CANTOPEN
}
_POSTGRES: Final = {
    "55P03": Trouble.LOCKED,  # lock_not_available
    "53100": Trouble.FULL,  # disk_full
    "25006": Trouble.READ_ONLY,  # read_only_sql_transaction
    "57014": Trouble.NOT_ANSWERING,  # query_canceled: statement_timeout
    "3D000": Trouble.GONE,  # invalid_catalog_name: the database is not there
}


def trouble_of(error: DBAPIError) -> Trouble:
    """Return the word for what a driver reported."""
    found = error.orig
    code = getattr(found, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, Trouble.FAILING)
    state = getattr(found, "sqlstate", None)
    if state is not None:
        gone = state.startswith(("08", "57P"))  # connection exceptions, a server that is shutting down or starting
        return Trouble.GONE if gone else _POSTGRES.get(state, Trouble.FAILING)
    return Trouble.NOT_ANSWERING if type(found).__name__ == "ConnectionTimeout" else Trouble.GONE


def not_now(why: Trouble) -> NotStoredNowError:
    """Return the refusal for a trouble; what was sent may have been stored or not, and its id tells on the next try."""
    said = f"The server could not store this now: {why.sentence}. The same may be sent again; it is stored once."
    return NotStoredNowError(said, why)
