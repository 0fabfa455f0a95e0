"""The named ways in which something is refused, each with a sentence a nurse can act on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its bare name and what is allowed."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """One value that is accepted only once somebody confirms it."""

    field: str
    value: object
    reason: str


class ChairsideError(Exception):
    """Something was refused; ``str()`` is a sentence for the person who asked."""

    status = 500
    title = "Refused"


class NotSignedInError(ChairsideError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    title = "Not signed in"


class WrongCodeError(NotSignedInError):
    """The password is right and the code of the second factor is missing, wrong or used; nobody is signed in."""

    def __init__(self, message: str) -> None:
        """Say it of the field ``code``."""
        self.errors = (FieldError("code", message),)
        super().__init__(message)


class NotAllowedError(ChairsideError):
    """The role of the person does not include this."""

    status = 403
    title = "Not allowed"


class NotFoundError(ChairsideError):
    """There is no such thing, or this person may not see it."""

    status = 404
    title = "Not found"


class MalformedError(ChairsideError):
    """The request cannot be read at all."""

    status = 400
    title = "Cannot be read"


class RefusedError(ChairsideError):
    """Fields are wrong or want confirming; nothing was stored."""

    status = 422
    title = "Not stored"

    def __init__(self, errors: tuple[FieldError, ...] = (), confirm: tuple[Unusual, ...] = ()) -> None:
        """Keep what is wrong (``errors``) and what only wants confirming (``confirm``)."""
        self.errors = errors
        self.confirm = confirm
        said = [error.message for error in errors] or [f"Confirm first: {one.reason}" for one in confirm]
        super().__init__(" ".join(said))


class ConflictError(ChairsideError):
    """It contradicts what is already stored."""

    status = 409
    title = "Conflict"


class SignedError(ChairsideError):
    """The record is signed: only notes, reviews and follow-ups may be added."""

    status = 423
    title = "Signed"


class ThrottledError(ChairsideError):
    """Too many attempts; ``retry_after`` says how many seconds to wait."""

    status = 429
    title = "Too many attempts"

    def __init__(self, retry_after: int) -> None:
        """Say when to come back."""
        self.retry_after = retry_after
        super().__init__(f"Too many wrong passwords. Try again in {max(1, -(-retry_after // 60))} min.")


class TooLargeError(ChairsideError):
    """The body of a request is larger than anything a page or a device sends."""

    status = 413
    title = "Too large"


class NotStoredNowError(ChairsideError):
    """The storage gave no answer in time; the same entry may be sent again."""

    status = 503
    title = "Not stored now"
    retry_after = 2

    def __init__(self, said: str, why: str = "not answering") -> None:
        """Say what happened, and ``why`` in a word."""
        self.why = why
        super().__init__(said)


class UnsafeStorageError(ChairsideError):
    """The database could lose what it acknowledged; the start is refused."""


def refuse(field: str, message: str) -> RefusedError:
    """Build a refusal of a single field."""
    return RefusedError((FieldError(field, message),))
