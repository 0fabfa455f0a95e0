"""Who is acting: set by the wall from the server's own session, read by callbacks; never taken from the browser."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from models.errors import NotSignedInError
from models.people import Person

ACTING: Final[ContextVar[Person | None]] = ContextVar("acting", default=None)


def person() -> Person:
    """Return the person this request belongs to.

    Raises:
        NotSignedInError: nobody is signed in.
    """
    acting = ACTING.get()
    if acting is None:
        raise NotSignedInError("Nobody is signed in. Sign in and try again.")
    return acting
