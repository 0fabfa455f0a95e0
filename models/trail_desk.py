"""Reading the trail: by person, session, patient, kind and time; reviewers and admins, and no names of patients."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from models import acting
from models.errors import NotAllowedError, refuse
from models.fields import is_plain
from models.moments import parse_charted
from models.people import Person, Right
from models.store.places import PlaceStore
from models.store.trail import Line, Wanted
from models.trail import Trace, Trail

PAGE: Final = 50
_TEXT_MOST: Final = 64
_DIGITS_MOST: Final = 9
_YEARS: Final = (1900, 2200)
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"


class TrailDesk:
    """Finds lines of the trail of the site that somebody acts at."""

    def __init__(self, trail: Trail, places: PlaceStore, zone: tzinfo) -> None:
        """Search ``trail``; days are those of ``zone``."""
        self.trail, self.places, self.zone = trail, places, zone

    def find(self, person: Person, asked: Mapping[str, object]) -> tuple[list[Line], str | None]:
        """Return lines, newest first, and the cursor of the older ones.

        Args:
            person: who asks.
            asked: ``person``, ``session``, ``patient`` (an id), ``mrn``, ``kind``, ``from``, ``to``, ``after``;
                empty ones do not narrow.

        Raises:
            RefusedError: one of them cannot be read.
            NotAllowedError: the role may not read the trail, or not look for a record number.
        """
        acting.allow(person, Right.SEE_TRAIL)
        wanted = self._wanted(person, {name: value for name, value in asked.items() if value not in {None, ""}})
        self.trail.flush()
        self.trail.view(person, Trace.LIST, about="trail")
        found = self.trail.store.find(person.site, wanted, PAGE + 1)
        return found[:PAGE], str(found[PAGE - 1].number) if len(found) > PAGE else None

    def _wanted(self, person: Person, asked: Mapping[str, object]) -> Wanted:
        texts = {name: _text(name, value) for name, value in asked.items()}
        kind = texts.get("kind")
        if kind is not None and kind not in set(Trace):
            raise refuse("kind", f"kind: give one of {', '.join(Trace)}.")
        wanted = Wanted(
            person=texts.get("person"),
            kind=kind,
            session=_id("session", texts),
            patient=_id("patient", texts),
            since=self._moment("from", texts, timedelta()),
            until=self._moment("to", texts, timedelta(days=1)),
            before=_cursor(texts),
        )
        return replace(wanted, patient=self._by_mrn(person, texts["mrn"])) if "mrn" in texts else wanted

    def _by_mrn(self, person: Person, mrn: str) -> str:
        """Return the id of the patient with this record number; only for who may read records."""
        if not person.may(Right.SEE_RECORDS):
            raise NotAllowedError(f"The role {person.role} may not look for a record number: give the patient's id.")
        return self.places.with_mrn(person.site, mrn) or _NOBODY

    def _moment(self, name: str, texts: Mapping[str, str], whole_day: timedelta) -> datetime | None:
        text = texts.get(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return parse_charted(text, name)
        if not _YEARS[0] <= day.year < _YEARS[1]:
            raise refuse(name, f"{name}: give a day of the years {_YEARS[0]} to {_YEARS[1] - 1}.")
        return datetime.combine(day, time(), self.zone) + whole_day


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not is_plain(value) or len(value.strip()) > _TEXT_MOST:
        raise refuse(name, f"{name}: give plain text of {_TEXT_MOST} letters at most.")
    return value.strip()


def _id(name: str, texts: Mapping[str, str]) -> str | None:
    text = texts.get(name)
    if text is None:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise refuse(name, f"{name}: give the full id.") from error


def _cursor(texts: Mapping[str, str]) -> int | None:
    text = texts.get("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS_MOST:
        raise refuse("after", "after: give the cursor that came with the page before.")
    return int(text)
