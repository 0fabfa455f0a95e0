"""A draft of limits tried on past sessions: what would have flagged, beside what did; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Final

from models.protocol import Protocol
from models.rules import Severity
from models.session import Record, SessionView, fold

MOST: Final = 100
"""How many of the newest sessions that have ended a draft is tried on: a page waits for no more."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """How many entries were flagged, by the worst flag of each."""

    caution: int
    critical: int


@dataclass(frozen=True, slots=True)
class SessionTrial:
    """One session, known by its day only: who tries limits need not know whose it was."""

    day: date
    before: Flagged
    after: Flagged

    @property
    def differs(self) -> bool:
        """Say whether the draft would have flagged otherwise."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """How often a rule fired, and how often it would have."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft would have flagged in sessions, newest first, and in total by rule."""

    sessions: tuple[SessionTrial, ...]
    rules: tuple[RuleTrial, ...]

    @property
    def before(self) -> Flagged:
        """Return what was flagged in all of them."""
        return _total(one.before for one in self.sessions)

    @property
    def after(self) -> Flagged:
        """Return what would have been flagged in all of them."""
        return _total(one.after for one in self.sessions)


def tried(records: Iterable[Record], draft: Protocol, now: datetime, zone: tzinfo) -> Trial:
    """Replay records under a draft and hold each against the version it was charted under."""
    sessions, fired, would = [], Counter[str](), Counter[str]()
    for record in records:
        view, other = fold(record, now, zone=zone), fold(replace(record, protocol=draft), now, zone=zone)
        if view is None or other is None:
            continue
        day = view.arrived_at.astimezone(zone).date()
        sessions.append(SessionTrial(day, flagged(view), flagged(other)))
        fired.update(_rules(view))
        would.update(_rules(other))
    rules = sorted(fired.keys() | would.keys())
    return Trial(tuple(sessions), tuple(RuleTrial(rule, fired[rule], would[rule]) for rule in rules))


def flagged(view: SessionView) -> Flagged:
    """Count the entries of a session that are flagged as it stands."""
    worst = Counter(judged.severity for judged in view.judged)
    return Flagged(worst[Severity.CAUTION], worst[Severity.CRITICAL])


def _rules(view: SessionView) -> list[str]:
    return [flag.rule for judged in view.judged for flag in judged.flags]


def _total(found: Iterable[Flagged]) -> Flagged:
    every = list(found)
    return Flagged(sum(one.caution for one in every), sum(one.critical for one in every))
