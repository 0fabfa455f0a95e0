"""Which adverse events are asked for over the API: by day, term and grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from models.errors import RefusedError
from models.fields import Fields
from models.moments import parse_moment
from models.session import Event
from models.terms import GRADES


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; ``None`` stands for all.

    ``since`` and ``until`` are days of the clinic, both included, or exact moments.
    """

    since: date | datetime | None = None
    until: date | datetime | None = None
    term: str | None = None
    grade: int | None = None

    @classmethod
    def parse(cls, asked: Mapping[str, object]) -> EventFilter:
        """Read ``from``, ``to``, ``term`` and ``grade`` as they come from an address or a form; blank is all.

        Raises:
            RefusedError: naming each wrong field and what is allowed.
        """
        given = {key: value for key, value in asked.items() if value is not None and value != ""}
        fields = Fields(given)
        since, until = _day_or_moment(fields, "from"), _day_or_moment(fields, "to")
        term = fields.text("term", most=120)
        grade = _grade(fields)
        if since is not None and until is not None and _day(since) > _day(until):
            fields.wrong("to", "to lies before from: give a later day, or swap the two.")
        if fields.errors:
            raise RefusedError(tuple(fields.errors))
        return cls(since, until, term, grade)

    @property
    def by_event(self) -> bool:
        """Say whether it asks for something that only an event has."""
        return self.term is not None or self.grade is not None

    def matches(self, event: Event, zone: tzinfo) -> bool:
        """Say whether an event is wanted; ``zone`` decides on which day of the clinic it began."""
        if self.term is not None and self.term.casefold() not in event.term.casefold():
            return False
        if self.grade is not None and event.grade != self.grade:
            return False
        return self.covers(event.onset_at, zone)

    def covers(self, moment: datetime, zone: tzinfo) -> bool:
        """Say whether a moment lies within the days asked for."""
        after = self.since is None or _reached(moment, self.since, zone)
        return after and (self.until is None or _not_past(moment, self.until, zone))


_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def _day_or_moment(fields: Fields, name: str) -> date | datetime | None:
    value = fields.take(name)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            found = date.fromisoformat(value) if len(value) <= len("2026-03-14") else parse_moment(value, name)
            if _FIRST_YEAR <= found.year <= _LAST_YEAR:
                return found
        except (ValueError, RefusedError):
            pass
    fields.wrong(name, f"{name}: give a day like 2026-03-14, or a time with offset.")
    return None


def _grade(fields: Fields) -> int | None:
    value = fields.take("grade")
    if value is None:
        return None
    said = str(value)
    if isinstance(value, bool) or said not in {str(grade) for grade in GRADES}:
        fields.wrong("grade", f"grade: give a whole number from {min(GRADES)} to {max(GRADES)}.")
        return None
    return int(said)


def _day(asked: date | datetime) -> date:
    return asked.date() if isinstance(asked, datetime) else asked


def _reached(moment: datetime, since: date | datetime, zone: tzinfo) -> bool:
    return moment >= since if isinstance(since, datetime) else moment.astimezone(zone).date() >= since


def _not_past(moment: datetime, until: date | datetime, zone: tzinfo) -> bool:
    return moment <= until if isinstance(until, datetime) else moment.astimezone(zone).date() <= until
