"""Looking back over sessions: which need a look, which adverse events there were, and how often, when, at what dose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from models.errors import RefusedError
from models.fields import Fields
from models.moments import MIN, minutes_between, parse_moment
from models.rules import Severity, worst
from models.session import Event, Judged, SessionView, fold
from models.terms import GRADES, TERMS
from models.vitals import BY_KEY

BIN_MIN: Final = 15
"""Width in minutes of the bins in which events are counted."""

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
_LABELS: Final = {term.label.casefold(): term.label for term in TERMS}


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


class Look(StrEnum):
    """Why somebody should look at a session, most pressing first."""

    OPEN_EVENT = "open_event"
    CRITICAL = "critical"
    DISPUTED = "disputed"
    UNCONFIRMED = "unconfirmed"
    AFTER_SIGNING = "after_signing"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest systolic pressure (mmHg) from the start on, and how it stands to the baseline."""

    value: float
    at: datetime
    minute: float | None
    severity: Severity
    baseline: float | None

    @property
    def change(self) -> float | None:
        """Return the mmHg above the baseline."""
        return None if self.baseline is None else self.value - self.baseline

    @property
    def percent(self) -> int | None:
        """Return the change in whole percent of the baseline."""
        return None if not self.baseline else round(100 * (self.value - self.baseline) / self.baseline)


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
    """One session in the list, with what a reviewer looks for first."""

    view: SessionView
    looks: tuple[Look, ...]
    peak: Peak | None

    @property
    def worst(self) -> Severity:
        """Return the worst verdict of any moment of it."""
        return worst(flag for judged in self.view.judged for flag in judged.flags)


@dataclass(frozen=True, slots=True)
class EventLine:
    """One adverse event and the session it belongs to."""

    event: Event
    view: SessionView


@dataclass(frozen=True, slots=True)
class Count:
    """How often something came: ``severe`` of them had grade 3 or more."""

    label: str
    all: int
    severe: int


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """What the review shows: lists, newest first, and counts over the events in them.

    Sessions that need a look come before the others. ``per_grade`` is keyed by grade, ``None`` where nobody graded.
    """

    filter: EventFilter
    sessions: tuple[SessionLine, ...]
    events: tuple[EventLine, ...]
    per_term: tuple[Count, ...]
    per_minute: tuple[Count, ...]
    per_grade: Mapping[int | None, int]
    per_day: Mapping[date, int]

    @property
    def to_look_at(self) -> int:
        """Return how many sessions need a look."""
        return sum(bool(line.looks) for line in self.sessions)


def summarise(views: Iterable[SessionView], wanted: EventFilter) -> ReviewSummary:
    """Put the review together from sessions and a filter.

    A session is listed when it lies within the days asked for; with a term or a grade, when one of its events matches.
    """
    seen = list(views)
    events = [EventLine(one, view) for view in seen for one in view.events if wanted.matches(one, view.zone)]
    events.sort(key=lambda line: line.event.onset_at, reverse=True)
    found = {line.view.id for line in events}
    listed = [
        view for view in seen if (view.id in found if wanted.by_event else wanted.covers(view.arrived_at, view.zone))
    ]
    lines = [SessionLine(view, looks(view), peak(view)) for view in listed]
    lines.sort(key=lambda line: (not line.looks, -line.view.arrived_at.timestamp()))
    frame = _frame(_event_rows(events), _EVENTS)
    return ReviewSummary(
        filter=wanted,
        sessions=tuple(lines),
        events=tuple(events),
        per_term=_per_term(frame),
        per_minute=_per_minute(frame),
        per_grade=dict(sorted(Counter(line.event.grade for line in events).items(), key=_ungraded_last)),
        per_day=dict(sorted(Counter(_day_of(line) for line in events).items())),
    )


def looks(view: SessionView) -> tuple[Look, ...]:
    """Say why a session needs a look; empty where nothing asks for one."""
    critical = any(flag.severity is Severity.CRITICAL for judged in view.judged for flag in judged.flags)
    asked = {
        Look.OPEN_EVENT: any(event.open for event in view.events),
        Look.CRITICAL: critical,
        Look.DISPUTED: bool(view.disputed),
        Look.UNCONFIRMED: any(one.reading is not None and one.reading.unconfirmed for one in view.judged),
        Look.AFTER_SIGNING: bool(view.after_signing),
        Look.UNSIGNED: view.state == "closed" and not view.cancelled,
    }
    return tuple(look for look in Look if asked[look])


def peak(view: SessionView) -> Peak | None:
    """Return the highest systolic pressure from the start on (the first of equals); before it, of all there is."""
    pressures = [one for one in view.readings if one.reading and "sbp" in one.reading.values]
    after = [one for one in pressures if one.minute is not None and one.minute >= 0] or pressures
    if not after:
        return None
    top = max(after, key=_sbp)
    base = view.baseline.values.get("sbp") if view.baseline else None
    return Peak(_sbp(top), top.at, top.minute, top.severity_of("sbp"), base)


def _sbp(judged: Judged) -> float:
    return judged.reading.values["sbp"] if judged.reading else 0


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


def duration(view: SessionView) -> float | None:
    """Return the minutes from the start of the infusion to its end (or to now), pauses included."""
    if view.started_at is None:
        return None
    return minutes_between(view.started_at, view.pump.stopped_at or view.closed_at or view.now)


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
    return _frame(_event_rows(EventLine(event, view) for view in views for event in view.events), _EVENTS)


def _event_rows(lines: Iterable[EventLine]) -> list[tuple[Any, ...]]:
    return [
        (
            line.view.id,
            line.event.id,
            _day_of(line),
            line.event.minutes_from_start,
            _LABELS.get(line.event.term.casefold(), line.event.term),
            line.event.grade,
            None if line.event.delivered_mg is None else float(line.event.delivered_mg),
            line.event.open,
        )
        for line in lines
    ]


def _day_of(line: EventLine) -> date:
    return line.event.onset_at.astimezone(line.view.zone).date()


def _ungraded_last(counted: tuple[int | None, int]) -> int:
    return max(GRADES) + 1 if counted[0] is None else counted[0]


def _frame(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    named = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return pd.DataFrame({name: pd.Series(named[name], dtype=kind) for name, kind in columns.items()})


_SEVERE: Final = 3


def _per_term(frame: pd.DataFrame) -> tuple[Count, ...]:
    """Count per term, most frequent first, whatever its spelling in capitals."""
    counts = [
        Count(str(group["term"].iloc[0]), len(group), _severe(group))
        for _, group in frame.groupby(frame["term"].str.casefold())
    ]
    return tuple(sorted(counts, key=lambda count: (-count.all, count.label.casefold())))


def _per_minute(frame: pd.DataFrame) -> tuple[Count, ...]:
    """Count per stretch of the infusion, without gaps; events before the start (or without one) come first."""
    bins = frame["minute"] // BIN_MIN
    before = frame[~(bins >= 0)]
    counts = [Count("before", len(before), _severe(before))] if len(before) else []
    last = int(bins.max()) if (bins >= 0).any() else -1
    for number in range(last + 1):
        group = frame[bins == number]
        label = f"{number * BIN_MIN}–{(number + 1) * BIN_MIN - 1}"
        counts.append(Count(label, len(group), _severe(group)))
    return tuple(counts)


def _severe(group: pd.DataFrame) -> int:
    return int((group["grade"] >= _SEVERE).sum())
