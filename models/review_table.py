"""The facts of many sessions as tables: selecting, counting, rates. Held in memory, a hundred bytes a line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from models.intervals import Interval, wilson
from models.review_facts import Look
from models.review_filter import BASELINES, BEFORE, DOSES, MINUTES, NONE, SERIOUS_KEYS, Bands, Choices, ReviewFilter
from models.rules import RULES
from models.store.places import room_order

_RULE: Final = pd.CategoricalDtype([rule.name for rule in RULES])
_LOOK: Final = pd.CategoricalDtype([look.value for look in Look])
_SERIOUS: Final = pd.CategoricalDtype(list(SERIOUS_KEYS))
_NUMBER: Final = "int32"
_SESSIONS: Final = {
    "number": _NUMBER,
    "session": "object",
    "day": "int32",
    "arrived": "float64",
    "chair": "object",
    "protocol": "object",
    "mg_per_kg": "float64",
    "baseline": "float64",
    "watched": "float64",
    "looks": "bool",
    "last_seq": "int32",
}
_EVENTS: Final = {
    "number": _NUMBER,
    "event": "object",
    "term": "object",
    "folded": "object",
    "grade": "float64",
    "serious": _SERIOUS,
    "minute": "float64",
    "onset": "float64",
}
_NURSES: Final = {"number": _NUMBER, "nurse": "object"}
_LOOKS: Final = {"number": _NUMBER, "look": _LOOK}
_COUNTS: Final = ("fired", "alerts", "acknowledged", "acted", "corrected")
_RULES: Final = {"number": _NUMBER, "rule": _RULE, **dict.fromkeys(_COUNTS, "int32")}
_WAITS: Final = {"number": _NUMBER, "rule": _RULE, "wait": "float64"}
_FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "sessions": _SESSIONS,
    "events": _EVENTS,
    "nurses": _NURSES,
    "looks": _LOOKS,
    "rules": _RULES,
    "waits": _WAITS,
}
Line = Sequence[Any]
"""The line of one session, as ``review_facts.line_of`` writes it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many sessions, with the interval, and what narrows the review to the ones counted.

    ``events`` counts events where the line is about events; ``key`` is the value of ``name`` in the address.
    """

    name: str
    key: str
    label: str
    events: int
    hits: int
    of: int

    @property
    def interval(self) -> Interval | None:
        """Return the 95 % interval of the proportion; ``None`` where there is nothing to count."""
        return wilson(self.hits, self.of)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What became of one rule over many sessions; ``wait_s`` is the median time to the first answer, in seconds."""

    rule: str
    sessions: int
    fired: int
    alerts: int
    acknowledged: int
    acted: int
    corrected: int
    wait_s: float | None


@dataclass(frozen=True)
class ReviewTable:
    """Sessions, their events, and what they belong to (nurses, rules, reasons to look), a line each.

    A session is known by its ``number`` within the table, which is quick to look up in the others.
    """

    zone: tzinfo
    sessions: pd.DataFrame
    events: pd.DataFrame
    nurses: pd.DataFrame
    looks: pd.DataFrame
    rules: pd.DataFrame
    waits: pd.DataFrame

    @classmethod
    def of(cls, lines: Iterable[Line], zone: tzinfo, first: int = 0) -> ReviewTable:
        """Lay out the lines of sessions, numbered from ``first``."""
        rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _FORMS}
        for number, line in enumerate(lines, first):
            _lay_out(number, line, zone, rows)
        return cls(zone, **{name: _frame(rows.pop(name), form) for name, form in _FORMS.items()})

    def known(self) -> dict[str, int]:
        """Return the last number of each session it knows."""
        return dict(zip(self.sessions["session"], self.sessions["last_seq"].tolist(), strict=True))

    def without(self, sessions: Iterable[str]) -> ReviewTable:
        """Return the table without some sessions."""
        gone = set(sessions)
        mask = self.sessions["session"].isin(gone) if gone else None
        if mask is None or not mask.any():
            return self
        numbers = self.sessions["number"][mask]
        return ReviewTable(self.zone, *(frame[~frame["number"].isin(numbers)] for frame in self.frames))

    def plus(self, lines: Iterable[Line]) -> ReviewTable:
        """Return the table with more sessions."""
        first = 0 if self.sessions.empty else int(self.sessions["number"].max()) + 1
        more = ReviewTable.of(lines, self.zone, first)
        if more.sessions.empty:
            return self
        if self.sessions.empty:
            return more
        both = zip(self.frames, more.frames, strict=True)
        return ReviewTable(self.zone, *(pd.concat(pair, ignore_index=True) for pair in both))

    @property
    def frames(self) -> tuple[pd.DataFrame, ...]:
        """Return the tables in the order of the fields."""
        return self.sessions, self.events, self.nurses, self.looks, self.rules, self.waits

    @cached_property
    def choices(self) -> Choices:
        """Return what can be chosen: what the sessions of the clinic have."""
        chairs = sorted((str(one) for one in self.sessions["chair"].unique()), key=room_order)
        nurses = sorted(str(one) for one in self.nurses["nurse"].unique())
        protocols = sorted(str(one) for one in self.sessions["protocol"].unique())
        return Choices(tuple(chairs), tuple(nurses), tuple(protocols))

    def select(self, wanted: ReviewFilter) -> ReviewTable:
        """Return the sessions that are wanted, with those of their events that are."""
        sessions = self._narrowed(wanted)
        events = _wanted_events(self.events, wanted)
        if len(sessions) < len(self.sessions):
            events = events[events["number"].isin(sessions["number"])]
        if wanted.by_event:
            sessions = sessions[sessions["number"].isin(events["number"])]
        return replace(self, sessions=sessions, events=events)

    def _narrowed(self, wanted: ReviewFilter) -> pd.DataFrame:
        frame = self.sessions
        for edge, above in ((wanted.since, True), (wanted.until, False)):
            if edge is not None:
                frame = frame[_beyond(frame, edge, above=above)]
        for column, value in (("chair", wanted.chair), ("protocol", wanted.protocol)):
            if value is not None:
                frame = frame[frame[column] == value]
        for column, bands, key in (("mg_per_kg", DOSES, wanted.dose), ("baseline", BASELINES, wanted.base)):
            if key is not None:
                frame = frame[_in_band(frame[column], bands, key)]
        if wanted.look == "any":
            frame = frame[frame["looks"]]
        for members, column, key in (
            (self.nurses, "nurse", wanted.nurse),
            (self.rules, "rule", wanted.rule),
            (self.looks, "look", None if wanted.look == "any" else wanted.look),
        ):
            if key is not None:
                frame = frame[frame["number"].isin(members["number"][members[column] == key])]
        return frame

    # Which to show

    def newest(self, most: int) -> list[str]:
        """Return the sessions to list: those that need a look first, then the newest."""
        ordered = self.sessions.sort_values(["looks", "arrived"], ascending=[False, False], kind="stable")
        return [str(one) for one in ordered["session"].head(most)]

    def newest_events(self, most: int) -> list[tuple[str, str]]:
        """Return the events to list, each with its session: the newest onset first."""
        ordered = self.events.nlargest(most, "onset", keep="first")
        there = self.sessions[self.sessions["number"].isin(ordered["number"])]
        names = dict(zip(there["number"], there["session"], strict=True))
        return [(names[number], event) for number, event in zip(ordered["number"], ordered["event"], strict=True)]

    def to_look_at(self) -> int:
        """Return how many sessions need a look."""
        return int(self.sessions["looks"].sum())

    # Counts and rates

    def per_look(self) -> dict[str, int]:
        """Return how many sessions need a look for each reason."""
        return {str(key): int(number) for key, number in self._mine(self.looks)["look"].value_counts().items()}

    def with_event(self) -> Rate:
        """Return how many sessions had one of the events."""
        return Rate("", "", "any", len(self.events), int(self.events["number"].nunique()), len(self.sessions))

    def per_term(self, most: int) -> list[Rate]:
        """Return how many sessions had each term, most frequent first, whatever its spelling in capitals."""
        grouped = self.events.groupby("folded", sort=True)
        ordered = grouped.size().sort_values(ascending=False, kind="stable").head(most)
        found = [(grouped.get_group(name)) for name in ordered.index]
        return [self._rate("term", group["term"].iloc[0], group["term"].iloc[0], group) for group in found]

    def per_grade(self, labels: Mapping[str, str]) -> list[Rate]:
        """Return how many sessions had an event of each grade, the ungraded ones last."""
        grade = self.events["grade"]
        masks = {key: grade.isna() if key == NONE else grade == float(key) for key in labels}
        return [self._rate("grade", key, labels[key], self.events[mask]) for key, mask in masks.items()]

    def per_dose(self) -> list[Rate]:
        """Return how many sessions had an event, by the dose they were given; those never started are left out."""
        return self._by_band("dose", "mg_per_kg", DOSES, self.sessions[self.sessions["mg_per_kg"].notna()])

    def per_baseline(self) -> list[Rate]:
        """Return how many sessions had an event, by the systolic pressure before the start."""
        return self._by_band("base", "baseline", BASELINES, self.sessions)

    def per_minute(self) -> list[Rate]:
        """Return how many of the sessions that lasted so long had an event that began in each quarter of an hour.

        Those before the start (or without one) are held against all sessions. Without gaps, up to the last event.
        """
        minute = self.events["minute"]
        begun = minute >= 0
        early = self.events[~begun]
        found = [self._rate("minute", BEFORE, BEFORE, early)] if len(early) else []
        edges = (*MINUTES.edges, float("inf"))
        last = int(np.searchsorted(MINUTES.edges, minute[begun].max(), side="right")) if begun.any() else 0
        for key, low, high in zip(MINUTES.keys[:last], edges, edges[1:], strict=False):
            there = self.events[(minute >= low) & (minute < high)]
            hits, lasted = int(there["number"].nunique()), int((self.sessions["watched"] >= low).sum())
            found.append(Rate("minute", key, MINUTES.label(key), len(there), hits, max(hits, lasted)))
        return found

    def severe_per_minute(self) -> dict[str, int]:
        """Return how many of the events of each quarter of an hour had grade 3 or more."""
        severe = self.events[self.events["grade"] >= _SEVERE]
        place = np.searchsorted(MINUTES.edges, severe["minute"].to_numpy(), side="right")
        keys = [
            BEFORE if not minute >= 0 else MINUTES.keys[at - 1]
            for at, minute in zip(place, severe["minute"], strict=True)
        ]
        return {str(key): int(number) for key, number in pd.Series(keys, dtype="object").value_counts().items()}

    def per_rule(self) -> list[RuleCount]:
        """Return what became of each rule in these sessions, the one that fired most first."""
        mine, waits = self._mine(self.rules), self._mine(self.waits)
        if mine.empty:
            return []
        grouped = mine.groupby("rule", observed=True)
        sums, sessions = grouped[list(_COUNTS)].sum(), grouped.size()
        middle = waits.groupby("rule", observed=True)["wait"].median()
        found = [
            RuleCount(
                rule=str(rule),
                sessions=int(sessions[rule]),
                **{name: int(number) for name, number in zip(sums.columns, row, strict=True)},
                wait_s=float(middle[rule]) if rule in middle.index else None,
            )
            for rule, row in zip(sums.index, sums.itertuples(index=False), strict=True)
        ]
        return sorted(found, key=lambda one: (-one.fired, one.rule))

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["number"].isin(self.sessions["number"])]

    def _rate(self, name: str, key: str, label: str, events: pd.DataFrame) -> Rate:
        return Rate(name, key, label, len(events), int(events["number"].nunique()), len(self.sessions))

    def _by_band(self, name: str, column: str, bands: Bands, sessions: pd.DataFrame) -> list[Rate]:
        events = sessions["number"].map(self.events["number"].value_counts()).fillna(0)
        found = []
        for key in (*bands.keys, NONE):
            mask = _in_band(sessions[column], bands, key)
            if mask.any():
                hit = events[mask]
                label = bands.label(key)
                found.append(Rate(name, key, label, int(hit.sum()), int((hit > 0).sum()), int(mask.sum())))
        return found


_SEVERE: Final = 3


def _lay_out(number: int, line: Line, zone: tzinfo, rows: Mapping[str, list[tuple[Any, ...]]]) -> None:
    """Add one session to each table."""
    session, last_seq, arrived, chair, protocol, mg_per_kg, baseline, watched, nurses, looks, events, rules = line
    day = datetime.fromtimestamp(arrived, zone).toordinal()
    place = (number, session, day, arrived, sys.intern(chair), sys.intern(protocol))
    rows["sessions"].append((*place, mg_per_kg, baseline, watched, bool(looks), last_seq))
    rows["nurses"].extend((number, sys.intern(name)) for name in nurses)
    rows["looks"].extend((number, look) for look in looks)
    for event, term, *more in events:
        rows["events"].append((number, event, sys.intern(term), sys.intern(term.casefold()), *more))
    for rule, *counts, waits in rules:
        rows["rules"].append((number, rule, *counts))
        rows["waits"].extend((number, rule, wait) for wait in waits)


def _frame(rows: Sequence[tuple[Any, ...]], form: Mapping[str, str]) -> pd.DataFrame:
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * len(form)
    named = zip(form.items(), columns, strict=True)
    return pd.DataFrame({name: pd.Series(list(values), dtype=kind) for (name, kind), values in named})


def _beyond(frame: pd.DataFrame, edge: date | datetime, *, above: bool) -> pd.Series:
    if isinstance(edge, datetime):
        return frame["arrived"] >= edge.timestamp() if above else frame["arrived"] <= edge.timestamp()
    return frame["day"] >= edge.toordinal() if above else frame["day"] <= edge.toordinal()


def _in_band(values: pd.Series, bands: Bands, key: str) -> pd.Series:
    if key == NONE:
        return values.isna()
    place = bands.keys.index(key)
    over = values >= bands.edges[place]
    return over if place + 1 == len(bands.edges) else over & (values < bands.edges[place + 1])


def _wanted_events(events: pd.DataFrame, wanted: ReviewFilter) -> pd.DataFrame:
    if wanted.term is not None:
        fits = [name for name in events["folded"].unique() if wanted.term.casefold() in str(name)]
        events = events[events["folded"].isin(fits)]
    if wanted.grade is not None:
        grade = events["grade"]
        events = events[grade.isna() if wanted.grade == NONE else grade == float(wanted.grade)]
    if wanted.serious is not None:
        events = events[events["serious"] == wanted.serious]
    if wanted.minute is not None:
        minute = events["minute"]
        events = events[~(minute >= 0) if wanted.minute == BEFORE else _in_band(minute, MINUTES, wanted.minute)]
    return events
