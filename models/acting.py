"""Who is acting, and from where: set by the wall from the server's own session, never taken from the browser."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from models.errors import NotAllowedError, NotSignedInError
from models.people import Person, Right, Role


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: the address, and the beginning of the digest of the browser's device cookie."""

    address: str | None = None
    device: str | None = None


ACTING: Final[ContextVar[Person | None]] = ContextVar("acting", default=None)
ORIGIN: Final[ContextVar[Origin]] = ContextVar("origin", default=Origin())  # noqa: B039  # it is frozen, so that nobody can change the default


def person() -> Person:
    """Return the person this request belongs to.

    Raises:
        NotSignedInError: nobody is signed in.
    """
    acting = ACTING.get()
    if acting is None:
        raise NotSignedInError("Nobody is signed in. Sign in and try again.")
    return acting


def server(site: str) -> Person:
    """Return the server itself, looking after a site: the scheduler, the live push and the commands act as it."""
    return Person("server", "server", Role.SERVER, site)


def known(asking: Person) -> None:
    """Let pass who is really there: without a person nothing is done, and nobody acts for somebody else.

    Raises:
        NotSignedInError: nobody asks.
        NotAllowedError: within the request of one person, another one is named.
    """
    if not isinstance(asking, Person):
        raise NotSignedInError("Nobody is signed in. Sign in and try again.")
    acting = ACTING.get()
    if acting not in {None, asking} and asking.role is not Role.SERVER:
        raise NotAllowedError("This is asked for somebody else than who is signed in.")


def allow(asking: Person, right: Right) -> None:
    """Let pass who is really there and whose role includes ``right``.

    Raises:
        NotSignedInError: nobody asks.
        NotAllowedError: the role does not include it, or somebody else is named.
    """
    known(asking)
    asking.require(right)
