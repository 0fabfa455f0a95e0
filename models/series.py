"""The infusions of one patient, one beside the other: what each was like, and how the headache went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.entries import FollowUp, Opening
from models.last_time import LastTime, last_time
from models.review_facts import duration
from models.session import Patient, SessionView

FIRST_SERIES: Final = 6
"""How many infusions the first series has; what follows is maintenance."""
RESPONSES: Final = (30, 50)
"""Percent of relief from which a patient counts as a responder."""


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """What was heard after a visit."""

    session: str
    at: datetime
    author: str
    headache: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Headache:
    """The headache (0 to 10) before an infusion, after it, and as heard next; ``None`` where nobody asked."""

    before: float | None
    after: float | None
    next_day: float | None

    @property
    def relief(self) -> float | None:
        """Return the percent of relief by the newest answer; ``None`` without a headache before or an answer."""
        later = self.after if self.next_day is None else self.next_day
        return None if not self.before or later is None else 100 * (self.before - later) / self.before

    def responds(self, percent: int) -> bool | None:
        """Say whether the relief reached ``percent``; ``None`` where it is not known."""
        return None if self.relief is None else self.relief >= percent


@dataclass(frozen=True, slots=True)
class InfusionLine:
    """One infusion of a series; ``number`` counts from 1 over all that were started."""

    number: int
    view: SessionView
    facts: LastTime
    duration_min: float | None
    baseline_sbp: float | None
    headache: Headache

    @property
    def position(self) -> str:
        """Return where in the series it stands: ``3 of 6``, or ``maintenance 2``."""
        over = self.number - FIRST_SERIES
        return f"maintenance {over}" if over > 0 else f"{self.number} of {FIRST_SERIES}"

    @property
    def rise(self) -> float | None:
        """Return the peak systolic pressure over the baseline, in mmHg."""
        peak = self.facts.peak_sbp
        return None if peak is None or self.baseline_sbp is None else peak.value - self.baseline_sbp


@dataclass(frozen=True, slots=True)
class Profile:
    """What was said of the migraine when somebody was seated, and at which visit: the newest that says anything."""

    opening: Opening
    at: datetime


@dataclass(frozen=True, slots=True)
class Series:
    """A patient's infusions, oldest first, and what was heard after them, newest first."""

    patient: Patient
    infusions: tuple[InfusionLine, ...]
    follow_ups: tuple[FollowUpLine, ...]
    not_started: int
    profile: Profile | None = None

    def responders(self, percent: int) -> tuple[int, int]:
        """Return after how many infusions the relief reached ``percent``, of how many where it is known."""
        known = [one.headache.responds(percent) for one in self.infusions]
        return sum(one is True for one in known), sum(one is not None for one in known)


def series_of(patient: Patient, views: Iterable[SessionView]) -> Series:
    """Put a series together from the sessions of a patient, in any order."""
    ordered = sorted(views, key=lambda view: view.started_at or view.arrived_at)
    told = [(view, facts) for view in ordered if (facts := last_time(view)) is not None]
    lines = [_line(number, view, facts) for number, (view, facts) in enumerate(told, 1)]
    heard = sorted((one for view in ordered for one in follow_ups(view)), key=lambda one: one.at, reverse=True)
    return Series(patient, tuple(lines), tuple(heard), len(ordered) - len(told), profile_of(ordered))


def profile_of(ordered: Sequence[SessionView]) -> Profile | None:
    """Return the newest profile of sessions in order; ``None`` where nobody ever asked."""
    for view in reversed(ordered):
        one = view.opening
        asked = (one.headache_days, one.aura, one.light_sensitive, one.sound_sensitive, one.treatments_tried)
        if any(answer is not None for answer in asked):
            return Profile(one, view.arrived_at)
    return None


def _line(number: int, view: SessionView, facts: LastTime) -> InfusionLine:
    base = view.baseline.values if view.baseline else {}
    return InfusionLine(number, view, facts, duration(view), base.get("sbp"), headache_of(view))


def follow_ups(view: SessionView) -> list[FollowUpLine]:
    """Return what was heard after a visit, oldest first."""
    return [
        FollowUpLine(view.id, one.at, one.entry.author, content.headache, content.text)
        for one in view.effective
        if not one.struck and isinstance(content := one.written.content, FollowUp)
    ]


def headache_of(view: SessionView) -> Headache:
    """Return the headache before the start, the last one charted after it, and the first one heard afterwards."""
    charted = [
        (one.minute, one.reading.values["headache"])
        for one in view.readings
        if one.reading is not None and "headache" in one.reading.values
    ]
    before = [value for minute, value in charted if minute is None or minute <= 0]
    after = [value for minute, value in charted if minute is not None and minute > 0]
    heard = [one.headache for one in follow_ups(view) if one.headache is not None]
    return Headache(_last(before), _last(after), heard[0] if heard else None)


def _last(values: Sequence[float]) -> float | None:
    return values[-1] if values else None
