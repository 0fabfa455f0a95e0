"""Which sessions and events the review is asked for, as it stands in the address; what makes no sense is named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from models.errors import RefusedError
from models.moments import iso, parse_moment
from models.review_facts import Look
from models.rules import RULES
from models.terms import GRADES

T = TypeVar("T")
NONE: Final = "none"
"""The grade of an event that nobody graded, and the band of a session without the value."""
GRADE_KEYS: Final = (*(str(grade) for grade in GRADES), NONE)
SERIOUS_KEYS: Final = ("yes", "no", "unsaid")
_LONGEST: Final = 120
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Bands:
    """Stretches of a value that sessions or events are counted in: ``edges`` are where each begins."""

    edges: tuple[float, ...]
    unit: str
    step: float

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the bands as they stand in the address: where each begins."""
        return tuple(f"{edge:g}" for edge in self.edges)

    def label(self, key: str) -> str:
        """Return a band in words: ``0.5–0.74``, the last one open."""
        if key == NONE:
            return "not known"
        place = self.keys.index(key)
        if place + 1 == len(self.edges):
            return f"{key} or more"
        digits = 0 if self.step >= 1 else 2
        return f"{key}–{self.edges[place + 1] - self.step:.{digits}f}"


DOSES: Final = Bands((0, 0.25, 0.5, 0.75, 1, 1.5), "mg/kg", 0.01)
BASELINES: Final = Bands((0, 120, 130, 140, 150, 160), "mmHg", 1)
MINUTES: Final = Bands(tuple(range(0, 240, 15)), "min", 1)
BEFORE: Final = "before"
"""The band of events before the start, or without one."""
MINUTE_KEYS: Final = (BEFORE, *MINUTES.keys)


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """What the review is narrowed to; ``None`` stands for all.

    Days are days of the clinic on which the patient arrived, both included, or exact moments. ``term``, ``grade``,
    ``serious`` and ``minute`` ask for one event that meets all of them; the others ask about the session.
    """

    since: date | datetime | None = None
    until: date | datetime | None = None
    chair: str | None = None
    nurse: str | None = None
    term: str | None = None
    grade: str | None = None
    serious: str | None = None
    protocol: str | None = None
    rule: str | None = None
    look: str | None = None
    dose: str | None = None
    base: str | None = None
    minute: str | None = None

    @property
    def by_event(self) -> bool:
        """Say whether it asks for something that only an event has."""
        return any(one is not None for one in (self.term, self.grade, self.serious, self.minute))

    def query(self, **changed: str | None) -> str:
        """Return the address of this filter, with some of it changed: ``/review?from=2026-03-14&chair=4``.

        It always says from when: without that the review looks back some days only.
        """
        wanted = replace(self, **changed)  # type: ignore[arg-type]  # names of our own fields
        said = [(_NAMES.get(one.name, one.name), _text(getattr(wanted, one.name))) for one in fields(wanted)]
        return f"/review?{urlencode([(name, value) for name, value in said if value or name == 'from'])}"


_NAMES: Final = {"since": "from", "until": "to"}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen at this clinic: names of its chairs, of who charted, and of its protocols."""

    chairs: tuple[str, ...] = ()
    nurses: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()


def read_filter(asked: Mapping[str, object], choices: Choices) -> tuple[ReviewFilter, tuple[str, ...]]:
    """Read a filter from an address or a form; blank is all.

    Returns:
        The filter, and a sentence for each part that made no sense and is left out.
    """
    wrong: list[str] = []
    reader = _Reader(asked, wrong)
    since, until = reader.day("from"), reader.day("to")
    if since is not None and until is not None and _day(since) > _day(until):
        wrong.append("to lies before from: left out. Give a later day, or swap the two.")
        until = None
    found = ReviewFilter(
        since=since,
        until=until,
        chair=reader.choice("chair", choices.chairs, "a chair of this clinic"),
        nurse=reader.choice("nurse", choices.nurses, "somebody who charted here"),
        term=reader.text("term"),
        grade=reader.choice("grade", GRADE_KEYS, "1 to 5, or none"),
        serious=reader.choice("serious", SERIOUS_KEYS, "yes, no or unsaid"),
        protocol=reader.choice("protocol", choices.protocols, "a version that sessions ran under"),
        rule=reader.choice("rule", {rule.name for rule in RULES}, "the name of a rule, like SBP_HIGH"),
        look=reader.choice("look", ("any", *(look.value for look in Look)), "a reason to look, or any"),
        dose=reader.choice("dose", (*DOSES.keys, NONE), f"where a band begins: {', '.join(DOSES.keys)}"),
        base=reader.choice("base", (*BASELINES.keys, NONE), f"where a band begins: {', '.join(BASELINES.keys)}"),
        minute=reader.choice("minute", MINUTE_KEYS, "before, or where a quarter of an hour begins"),
    )
    known = {*(_NAMES.get(one.name, one.name) for one in fields(ReviewFilter))}
    wrong += [f"{_shown(name)}: there is no such filter, left out." for name in asked if name not in known]
    return found, tuple(wrong)


@dataclass(frozen=True, slots=True)
class _Reader:
    asked: Mapping[str, object]
    wrong: list[str]

    def text(self, name: str) -> str | None:
        value = self.asked.get(name)
        said = value.strip() if isinstance(value, str) else ""
        if value is not None and (not isinstance(value, str) or len(said) > _LONGEST):
            return self._refuse(name, f"text of at most {_LONGEST} characters")
        return said or None

    def choice(self, name: str, allowed: Collection[str], words: str) -> str | None:
        value = self.asked.get(name)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) and value in allowed else self._refuse(name, words)

    def day(self, name: str) -> date | datetime | None:
        value = self.asked.get(name)
        if value is None or value == "":
            return None
        return self._read(name, value, _day_or_moment, "a day like 2026-03-14, or a time with offset")

    def _read(self, name: str, value: object, read: Callable[[str, str], T], words: str) -> T | None:
        try:
            found = read(str(value), name) if isinstance(value, str) else None
        except (ValueError, RefusedError):
            found = None
        return self._refuse(name, words) if found is None else found

    def _refuse(self, name: str, words: str) -> None:
        self.wrong.append(f"{name}: left out. Give {words}.")


def _day_or_moment(value: str, name: str) -> date | datetime:
    found = date.fromisoformat(value) if len(value) <= len("2026-03-14") else parse_moment(value, name)
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(name)
    return found


def _day(asked: date | datetime) -> date:
    return asked.date() if isinstance(asked, datetime) else asked


def _shown(name: str) -> str:
    """Repeat a name only where it looks like one."""
    return name if name.isascii() and name.isidentifier() and len(name) <= len("a name of this length") else "A filter"
