"""The use cases around a chair itself: what it is kept for, and which nurse has it; each asks who does it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

from models import acting
from models.chair_marks import NOBODY, NURSE, SAID, STATE, ChairMark, ChairState
from models.errors import ConflictError, NotFoundError
from models.feed import Change, Feed
from models.fields import Fields
from models.people import Person, Right
from models.store.chair_marks import ChairMarkStore, check_in_use

_NOTE_MOST: Final = 80


class ChairDesk:
    """Everything that can be said of a chair; what changed is announced like an entry."""

    def __init__(self, store: ChairMarkStore, feed: Feed, clock: Callable[[], datetime]) -> None:
        """Keep it in ``store`` and tell ``feed``."""
        self.store, self.feed, self.now = store, feed, clock

    def may_mark(self, person: Person) -> None:
        """Let pass who may say what a chair is kept for."""
        acting.allow(person, Right.MARK_CHAIRS)

    def may_take(self, person: Person) -> None:
        """Let pass who may have a chair."""
        acting.allow(person, Right.CHART)

    def check_there(self, person: Person, chair: str) -> None:
        """Let pass a chair of this person's site.

        Raises:
            NotFoundError: there is no such chair.
        """
        acting.allow(person, Right.SEE_CHAIRS)
        self.store.check_there(person.site, _id(chair))

    def set_state(self, person: Person, chair: str, body: object) -> str:
        """Say what a chair is kept for while nobody sits on it, and return the chair's id.

        Raises:
            RefusedError: no such state, or a note that is too long.
            NotAllowedError: out of use, or back in use, is not this role's to say.
            NotFoundError: there is no such chair.
        """
        acting.allow(person, Right.MARK_CHAIRS)
        fields = Fields(body)
        state = fields.choice("state", SAID, required=True)
        note = fields.text("note", most=_NOTE_MOST)
        fields.finish()
        mark = ChairMark(STATE, state or ChairState.FREE, person.name, self.now(), note)

        def check(known: ChairMark | None) -> None:
            if ChairState.OUT_OF_USE in {mark.value, known.value if known else None}:
                acting.allow(person, Right.TAKE_OUT_OF_USE)

        return self._add(person, chair, mark, check)

    def assign(self, person: Person, chair: str, body: object) -> str:
        """Take a chair, or give it back, and return the chair's id.

        Raises:
            RefusedError: neither of the two.
            ConflictError: it is somebody else's to give back.
            NotFoundError: there is no such chair.
        """
        acting.allow(person, Right.CHART)
        fields = Fields(body)
        take = fields.flag("take")
        if take is None:
            fields.wrong("take", "take: give true to take the chair, false to give it back.")
        fields.finish()

        def check(known: ChairMark | None) -> None:
            holder = known.value if known else NOBODY
            if not take and holder not in {person.name, NOBODY}:
                raise ConflictError(f"{holder} has this chair now. Take it first, or leave it as it is.")

        mark = ChairMark(NURSE, person.name if take else NOBODY, person.name, self.now())
        return self._add(person, chair, mark, check)

    def log(self, person: Person, chair: str) -> list[ChairMark]:
        """Return what was said of a chair, newest first."""
        acting.allow(person, Right.MARK_CHAIRS)
        return self.store.log(person.site, _id(chair))

    def check_in_use(self, site: str, chair: str) -> None:
        """Let pass a chair to which somebody may be moved.

        Raises:
            ConflictError: it is out of use.
        """
        marks = self.store.newest(site).get(chair)
        check_in_use(marks.state if marks else None)

    def occupied(self, site: str, chair: str, author: str) -> None:
        """Note that somebody sits there now: what the chair was kept for is over."""
        self.store.occupied(site, chair, author, self.now())

    def _add(self, person: Person, chair: str, mark: ChairMark, check: Callable[[ChairMark | None], None]) -> str:
        chair_id = _id(chair)
        if self.store.add(person.site, chair_id, mark, check):
            self.feed.announce(Change(person.site, chair_id, None))
        return chair_id


def _id(text: str) -> str:
    """Return an id in its one spelling; what is none cannot be found."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise NotFoundError("There is no such chair.") from error
