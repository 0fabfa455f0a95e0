"""An entry charted on the wrong chair: struck there and written on the right one, in one step.

Neither record names the other patient: the wrong one says to which chair it went, the right one from which it came.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from models.corrections import Effective, moved_to
from models.entries import AdverseEvent, Content, Correction, Draft, Entry, Infusion, Medication, Movable, Reading
from models.errors import ConflictError, SignedError, refuse
from models.fields import Fields
from models.moments import parse_moment
from models.session import SessionView, merged_event

_SPACE: Final = uuid.UUID("0f2c9b1e-5a55-4a0e-8f0c-8f6a1c7b2d30")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is asked for at the tap: which entry goes to which session, why, and what unusual was confirmed."""

    id: str
    at: datetime
    entry_id: str
    to: str
    reason: str
    confirmed: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, body: object) -> Transfer:
        """Read a move as it is posted.

        Raises:
            RefusedError: with every wrong field.
        """
        fields = Fields(body)
        ids = {name: fields.uuid(name, required=True) or "" for name in ("id", "entry_id", "to")}
        at = fields.moment("measured_at", required=True)
        reason = fields.text("reason", required=True) or ""
        confirmed = fields.texts("confirmed")
        fields.finish()
        return cls(ids["id"], parse_moment(at, "measured_at"), ids["entry_id"], ids["to"], reason, confirmed)

    @property
    def moved_id(self) -> str:
        """Return the id of the entry on the right chair: the same for every repeat of this move."""
        return str(uuid.uuid5(_SPACE, self.id))

    def strike_id(self, entry_id: str) -> str:
        """Return the id of the correction that strikes one entry; that of the entry itself is the move's own."""
        return self.id if entry_id == self.entry_id else str(uuid.uuid5(_SPACE, f"{self.id}/{entry_id}"))


def check_not_moved(view: SessionView, entry_id: str) -> None:
    """Let pass what is done to an entry that still stands here: its double on the right chair is the one that counts.

    Raises:
        ConflictError: it was moved away.
    """
    chair = moved_to(entry_id, view.record.entries)
    if chair is not None:
        raise ConflictError(f"It was moved to chair {chair}: correct it there.")


def check_unsigned(*views: SessionView) -> None:
    """Let pass a move between two records that nobody has signed.

    Raises:
        SignedError: one of them is signed: a strike would change nothing there, and the entry would count twice.
    """
    if any(view.signed is not None for view in views):
        raise SignedError("One of the two records is signed, so nothing moves out of it or into it. Add a note to it.")


def misplaced(view: SessionView, entry_id: str) -> list[Effective]:
    """Return what goes with an entry: itself, and of an adverse event every entry that speaks of it.

    Raises:
        RefusedError: there is no such entry, or it is of a kind that stays where it is.
        ConflictError: it was moved away or struck already.
    """
    check_not_moved(view, entry_id)
    one = next((one for one in view.effective if one.entry.id == entry_id), None)
    if one is None:
        raise refuse("entry_id", "entry_id: there is no such entry in this session.")
    content = one.written.content
    if not isinstance(content, Movable):
        raise refuse("entry_id", f"entry_id: a {one.kind} cannot be moved. Correct it, or cancel the session.")
    if one.struck:
        raise ConflictError("This entry was entered in error already. Look at the record again.")
    if not isinstance(content, AdverseEvent):
        return [one]
    return [other for other in view.effective if not other.struck and _event_of(other) == content.event_id]


def _event_of(one: Effective) -> str | None:
    content = one.written.content
    return content.event_id if isinstance(content, AdverseEvent) else None


def moved(found: Sequence[Effective], move: Transfer, wrong: SessionView, right: SessionView) -> Draft:
    """Return the entry as it is written on the right chair: measured when it was measured."""
    contents = [one.written.content for one in found]
    content = merged_event(found) if isinstance(contents[0], AdverseEvent) else contents[0]
    told = _as_told_here(content, move, right)
    assert isinstance(told, Movable)  # noqa: S101  # misplaced() let nothing else pass
    marked = replace(told, moved_from=move.entry_id, moved_from_chair=wrong.chair.name)
    return Draft(move.moved_id, found[0].at, marked)


def _as_told_here(content: Content, move: Transfer, right: SessionView) -> Content:
    """Return the content without what was true of the other record only; somebody stands here to confirm it."""
    match content:
        case Reading():
            return replace(content, queued=None, unconfirmed=None, confirmed=move.confirmed)
        case Infusion():
            return replace(content, happened=True, override=None, confirmed=move.confirmed)
        case Medication():
            known = content.event_id in {event.id for event in right.events}
            return replace(content, event_id=content.event_id if known else None)
        case _:
            return content


def strikes(found: Sequence[Effective], move: Transfer, right: SessionView) -> list[Draft]:
    """Return the corrections that strike it where it does not belong, with the reason and the chair it went to."""
    return [
        Draft(
            move.strike_id(one.entry.id),
            move.at,
            Correction(one.entry.id, move.reason, moved_to_chair=right.chair.name),
        )
        for one in found
    ]


def check_still(view: SessionView, was: Effective, at: datetime) -> None:
    """Let pass a strike made at a moment while the entry still says what is being moved.

    Raises:
        ConflictError: it was struck or corrected meanwhile, or by a correction that would stand after the strike.
    """
    now = next((one for one in view.effective if one.entry.id == was.entry.id), None)
    if now is None or now.struck or now.written != was.written or _corrected_after(now, at):
        raise ConflictError("This entry was changed meanwhile. Look at the record again.")


def _corrected_after(one: Effective, at: datetime) -> bool:
    return one.corrected_by is not None and one.corrected_by.measured_at >= at


def repeated(wrong: SessionView, move: Transfer, author: str) -> bool:
    """Say whether this very move was made before.

    Raises:
        ConflictError: its id was used for something else.
    """
    known = next((entry for entry in wrong.record.entries if entry.id == move.id), None)
    if known is None:
        return False
    content = known.content
    same = isinstance(content, Correction) and (content.entry_id, content.reason) == (move.entry_id, move.reason)
    if not same or known.author != author:
        raise ConflictError("This entry id is already used for another entry.")
    return True


def moved_entry(right: SessionView, move: Transfer) -> Entry:
    """Return what a move that was made before wrote on the right chair.

    Raises:
        ConflictError: it went to another session.
    """
    found = next((entry for entry in right.record.entries if entry.id == move.moved_id), None)
    if found is None:
        raise ConflictError("This entry was moved to another session already.")
    return found
