"""Looking back over sessions: which need a look, which adverse events there were, and how often, when, at what dose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from models.moments import MIN
from models.review_facts import EventFacts, SessionFacts, facts_of
from models.review_filter import GRADE_KEYS, NONE, Choices, ReviewFilter
from models.review_table import Rate, ReviewTable, RuleCount
from models.session import Patient, SessionView, fold
from models.terms import GRADES
from models.vitals import BY_KEY

_READINGS: Final = {
    "session": "object",
    "minute": "float64",
    "vital": "object",
    "value": "float64",
    "severity": "object",
}
_EVENTS: Final = {
    "session": "object",
    "event": "object",
    "day": "object",
    "minute": "float64",
    "term": "object",
    "grade": "Int64",
    "delivered_mg": "float64",
    "open": "bool",
}


@dataclass(frozen=True, slots=True)
class Checks:
    """How many complete sets came in time; a set that never came counts as one that was late."""

    on_time: int
    all: int

    @property
    def percent(self) -> int | None:
        """Return the whole percent in time; ``None`` where none was due."""
        return round(100 * self.on_time / self.all) if self.all else None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in the list: its facts, and who it was."""

    facts: SessionFacts
    patient: Patient


@dataclass(frozen=True, slots=True)
class EventLine:
    """One adverse event, and the session it belongs to."""

    event: EventFacts
    session: SessionLine


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """What the review shows: the first lines of both lists, and counts and rates over all that was asked for.

    Sessions that need a look come before the others, then the newest; events come newest first. ``ignored`` says what
    of the filter made no sense, ``choices`` what can be chosen.
    """

    filter: ReviewFilter
    ignored: tuple[str, ...]
    choices: Choices
    sessions: tuple[SessionLine, ...]
    events: tuple[EventLine, ...]
    session_count: int
    event_count: int
    to_look_at: int
    per_look: Mapping[str, int]
    with_event: Rate
    per_term: tuple[Rate, ...]
    per_grade: tuple[Rate, ...]
    per_dose: tuple[Rate, ...]
    per_baseline: tuple[Rate, ...]
    per_minute: tuple[Rate, ...]
    severe_per_minute: Mapping[str, int]
    per_rule: tuple[RuleCount, ...]


GRADE_LABELS: Final = {key: "not graded" if key == NONE else f"{key} {GRADES[int(key)]}" for key in GRADE_KEYS}
MOST: Final = 100
"""How many lines of a list are drawn: more of them and nobody reads, but everybody waits."""
_TERMS_MOST: Final = 20


def summarise(
    table: ReviewTable,
    wanted: ReviewFilter,
    ignored: tuple[str, ...],
    lines: Callable[[Sequence[str]], Mapping[str, SessionLine]],
) -> ReviewSummary:
    """Put the review together.

    Args:
        table: the facts of all sessions.
        wanted: what they are narrowed to.
        ignored: what of the filter was left out.
        lines: looks up the sessions that are listed, by id.
    """
    found = table.select(wanted)
    listed, events = found.newest(MOST), found.newest_events(MOST)
    known = lines(list(dict.fromkeys([*listed, *(session for session, _ in events)])))
    return ReviewSummary(
        filter=wanted,
        ignored=ignored,
        choices=table.choices,
        sessions=tuple(known[session] for session in listed),
        events=tuple(EventLine(_event_of(known[session], event), known[session]) for session, event in events),
        session_count=len(found.sessions),
        event_count=len(found.events),
        to_look_at=found.to_look_at(),
        per_look=found.per_look(),
        with_event=found.with_event(),
        per_term=tuple(found.per_term(_TERMS_MOST)),
        per_grade=tuple(found.per_grade(GRADE_LABELS)),
        per_dose=tuple(found.per_dose()),
        per_baseline=tuple(found.per_baseline()),
        per_minute=tuple(found.per_minute()),
        severe_per_minute=found.severe_per_minute(),
        per_rule=tuple(found.per_rule()),
    )


def _event_of(line: SessionLine, event: str) -> EventFacts:
    return next(one for one in line.facts.events if one.id == event)


def checks(view: SessionView) -> Checks:
    """Count the complete sets from the start on that came within the grace of their due time.

    Each is held against what was due just before it, by the same rule as the live screens; one that is overdue at
    the end (or now) counts as missed.
    """
    if view.started_at is None:
        return Checks(0, 0)
    grace = view.protocol.intervals.grace * MIN
    sets = [one for one in view.readings if one.complete and one.at > view.started_at]
    on_time = sum(_in_time(view, one.at, grace) for one in sets)
    end = view.closed_at or view.now
    missed = not _in_time(view, end, grace)
    return Checks(on_time, len(sets) + missed)


def _in_time(view: SessionView, moment: datetime, grace: timedelta) -> bool:
    just_before = moment - timedelta(microseconds=1)
    before = fold(view.record, view.now, at=just_before, zone=view.zone)
    at = before.due.at if before else None
    return at is None or moment <= at + grace


def readings_frame(views: Sequence[SessionView]) -> pd.DataFrame:
    """Lay out the readings of many sessions, as they count after corrections.

    Returns:
        One row per measured value: ``session``, ``minute`` (from the start of the infusion, float, negative before,
        NaN without a start), ``vital``, ``value`` (in the vital's unit), ``severity`` (its word). Computed values
        are left out. Empty with these columns when there is nothing.
    """
    return _frame(
        [
            (view.id, one.minute, vital, value, one.severity_of(vital).word)
            for view in views
            for one in view.readings
            if one.reading is not None
            for vital, value in one.reading.values.items()
            if not BY_KEY[vital].computed
        ],
        _READINGS,
    )


def events_frame(views: Sequence[SessionView]) -> pd.DataFrame:
    """Lay out the adverse events of many sessions.

    Returns:
        One row per event: ``session``, ``event``, ``day`` (of the clinic), ``minute`` (as for readings), ``term``
        (spelled as in the picklist where it is there), ``grade`` (missing where nobody graded), ``delivered_mg`` at
        the onset, ``open``. Empty with these columns when there is nothing.
    """
    return _frame(
        [
            (
                view.id,
                event.id,
                event.onset_at.astimezone(view.zone).date(),
                event.minutes_from_start,
                event.term,
                event.grade,
                event.delivered_mg,
                event.open,
            )
            for view in views
            for event in facts_of(view).events
        ],
        _EVENTS,
    )


def _frame(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    named = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return pd.DataFrame({name: pd.Series(named[name], dtype=kind) for name, kind in columns.items()})
