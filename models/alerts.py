"""Alerts: what is critical opens one, and it stays until the value, a denial or a correction ends it.

An alert lives in two times. ``since`` is when something was measured, ``opened_at`` when the record learned of it: from
then on escalation counts, because nobody could know before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Final

from models.moments import MIN, clock, iso, minutes_between
from models.punctuality import Lapse
from models.rules import Flag, Severity

TO_CLINICIAN: Final = 2 * MIN
TO_ALL: Final = 5 * MIN
CLINICIAN, ALL = "clinician", "all"
"""Who else is called when nobody acknowledged: the supervising clinician, then every screen."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one entry says about alerts, at its moment.

    ``ends`` holds what it takes away: the key of a vital whose value is not critical, ``~cause`` for what it denies or
    resolves, ``RULE~cause`` where the same rule was judged anew and is milder. ``until`` is set on a version that a
    correction took away at that moment; such a version counts only for what was known in between.
    """

    entry_id: str
    at: datetime
    known_at: datetime
    flags: tuple[Flag, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    ends: frozenset[str] = frozenset()
    until: datetime | None = None
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that was done at the chair: a pause, a stop, a lower rate, a medicine or an event."""

    entry_id: str
    at: datetime
    known_at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody saw an alert."""

    alert_id: str
    at: datetime
    known_at: datetime
    author: str
    action: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands at a moment; ``escalated`` is how far it was called out before somebody answered."""

    id: str
    rule: str
    severity: Severity
    entry_id: str | None
    since: datetime
    opened_at: datetime
    acknowledged: Acknowledged | None
    response: Answer | None
    escalated: str | None
    closed_at: datetime | None
    reopened_at: datetime | None
    text: str
    sentence: str = ""
    """What was wrong, without an age: ``SBP 184, limit 180``."""
    rechecked: str = ""
    """How it went on, once the value was measured again: ``Rechecked 4 min later: 158``."""

    @property
    def called_at(self) -> datetime:
        """Return since when somebody is wanted: when the record learned of it, or that it stands again."""
        return max(self.opened_at, self.reopened_at or self.opened_at)

    @property
    def open(self) -> bool:
        """Say whether it is still so."""
        return self.closed_at is None

    @property
    def unanswered(self) -> bool:
        """Say whether it is open and nobody has acknowledged it or done anything."""
        return self.open and self.acknowledged is None and self.response is None


@dataclass(slots=True)
class Episode:
    """A stretch in which one rule was critical: from the first entry that said so to the one that ended it.

    ``left`` is what still has to end. ``members`` are the entries that said it; the first gives the alert its id.
    ``ends_known`` is when the record learned of each end, ``withdrawn`` why the entry does not say it any more.
    """

    flag: Flag
    left: set[str]
    members: list[str]
    opened_at: datetime
    ends_known: list[datetime] = field(default_factory=list)
    recheck: tuple[float, datetime] | None = None
    closed_by: datetime | None = None
    reopened_at: datetime | None = None
    withdrawn: str | None = None

    @property
    def known_closed(self) -> datetime | None:
        """Return when the record first knew that nothing of it is left."""
        return max(self.ends_known, default=None) if not self.left else None

    @property
    def opened_nothing(self) -> bool:
        """Say whether it was over before the record learned of it."""
        closed = self.known_closed
        return closed is not None and closed <= self.opened_at

    def is_open_at(self, known_at: datetime) -> bool:
        """Say whether the record knew of it, and of no end, at a moment."""
        closed = self.known_closed
        return self.opened_at <= known_at and (closed is None or known_at < closed)

    def end(self, step: Step, first_known: Mapping[str, datetime]) -> None:
        """Take away what a step ends."""
        if not self.flag.causes and self.flag.vital in step.values:
            self.recheck = (step.values[self.flag.vital], step.at)
        for key, ending in _ends_of(self, step):
            self.left.discard(key)
            self.ends_known.append(first_known[ending])
            self.closed_by = step.at


def _keys(flag: Flag) -> set[str]:
    """Return what has to end before a flag is over: the denial of each cause, or a value of the vital."""
    return {f"~{cause}" for cause in flag.causes} or {flag.vital}


def _ends_of(episode: Episode, step: Step) -> list[tuple[str, str]]:
    """Return what a step ends of an episode: what was left, and how the step says it."""
    found = []
    for key in episode.left:
        milder = f"{episode.flag.rule}{key}"
        if key in step.ends or milder in step.ends:
            found.append((key, key if key in step.ends else milder))
    return found


def _first_known(steps: Sequence[Step]) -> list[dict[str, datetime]]:
    """Return for each step when an end at or after it was first known, by what ended."""
    soonest: dict[str, datetime] = {}
    found: list[dict[str, datetime]] = []
    for step in reversed(steps):
        for key in step.ends:
            known = soonest.get(key)
            soonest[key] = step.known_at if known is None or step.known_at < known else known
        found.append({key: soonest[key] for key in step.ends})
    found.reverse()
    return found


def _critical(steps: Iterable[Step]) -> bool:
    return any(flag.severity is Severity.CRITICAL for step in steps for flag in step.flags)


def episodes(steps: Sequence[Step]) -> list[Episode]:
    """Put together what was critical and when it ended, from steps in the order of their moments.

    What was superseded before the record learned of it opened nothing and is left out.
    """
    if not _critical(steps):
        return []
    real = [step for step in steps if step.until is None]
    found: list[Episode] = []
    running: list[Episode] = []
    for step, first_known in zip(real, _first_known(real), strict=True):
        for one in running:
            one.end(step, first_known)
        running = [one for one in running if one.left]
        for flag in step.flags:
            if flag.severity is Severity.CRITICAL:
                _begin(running, found, flag, step)
    for step in steps:
        if step.until is not None:
            _take_back(found, step, real)
    return [one for one in found if not one.opened_nothing]


def _begin(running: list[Episode], found: list[Episode], flag: Flag, step: Step) -> None:
    """Open an episode, or let the entry join the one that says the same already."""
    keys = _keys(flag)
    same = [one for one in running if one.flag.rule == flag.rule and one.left & keys]
    if keys <= {key for one in same for key in one.left}:
        for one in same:
            one.members.append(step.entry_id)
            one.opened_at = min(one.opened_at, step.known_at)
        return
    new = Episode(flag, keys, [step.entry_id], step.known_at)
    running.append(new)
    found.append(new)


def _take_back(found: list[Episode], gone: Step, real: Sequence[Step]) -> None:
    """Account for a version that counted until a correction: it may have opened an alert, or closed one."""
    for one in found:
        _reopen(one, gone)
    for flag in gone.flags:
        if flag.severity is not Severity.CRITICAL:
            continue
        same = [one for one in found if one.flag.rule == flag.rule]
        joined = [one for one in same if gone.entry_id in one.members]
        for one in joined:
            one.opened_at = min(one.opened_at, gone.known_at)
        if not joined and not any(one.is_open_at(gone.known_at) for one in same):
            found.append(_withdrawn(flag, gone, real))


def _reopen(episode: Episode, gone: Step) -> None:
    """Note that an alert stands again once the entry that had closed it says something else."""
    until, closed = gone.until, episode.known_closed
    if until is None or gone.at < episode.flag.measured_at or not episode.opened_at < until:
        return
    if (closed is None or until < closed) and any(
        key in gone.ends or f"{episode.flag.rule}{key}" in gone.ends for key in _keys(episode.flag)
    ):
        episode.reopened_at = max(until, episode.reopened_at or until)


def _withdrawn(flag: Flag, gone: Step, real: Sequence[Step]) -> Episode:
    """Return the alert of a version that does not count any more: it closed with the correction at the latest."""
    closed = [gone.until] if gone.until is not None else []
    for key in _keys(flag):
        closed += [step.known_at for step in real if step.at > gone.at and key in step.ends]
    why = "entered in error" if gone.struck else "corrected"
    return Episode(flag, set(), [gone.entry_id], gone.known_at, [min(closed)], closed_by=gone.at, withdrawn=why)


@dataclass(frozen=True)
class Watch:
    """Everything a record says about alerts; what time alone changes is computed when asked."""

    steps: tuple[Step, ...] = ()
    answers: tuple[Answer, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    lapses: tuple[Lapse, ...] = ()

    @cached_property
    def episodes(self) -> list[Episode]:
        """Return what was critical, in the order in which it began."""
        return episodes(self.steps)

    def alerts(self, now: datetime, zone: tzinfo, running: Lapse | None, ended_at: datetime | None) -> list[Alert]:
        """Return the alerts as they stand at ``now``, open ones first, then the newest.

        Args:
            now: the present moment.
            zone: the clinic's time zone, for times in sentences.
            running: the check that is very late at ``now``, if one is.
            ended_at: when the session was closed or signed; nothing escalates after it.
        """
        found = [self._of_episode(one, now, ended_at) for one in self.episodes]
        lapses = [*self.lapses, *([running] if running else [])]
        found += [self._of_lapse(one, now, zone, ended_at) for one in lapses]
        return sorted(found, key=lambda one: (not one.open, -one.since.timestamp(), one.id))

    def existed_from(self, alert_id: str, running: Lapse | None) -> datetime | None:
        """Return from when there was an alert of this id, ``None`` where there never was.

        An entry that only confirmed it names it as well. One measured by a clock that is ahead existed once recorded.
        """
        lapses = [*self.lapses, *([running] if running else [])]
        found = {_lapse_id(one): min(one.due_at, one.opened_at) for one in lapses}
        for one in self.episodes:
            found |= {f"{one.flag.rule}:{member}": min(one.flag.measured_at, one.opened_at) for member in one.members}
        return found.get(alert_id)

    def _of_episode(self, one: Episode, now: datetime, ended_at: datetime | None) -> Alert:
        rule, since, closed = one.flag.rule, one.flag.measured_at, one.known_closed
        seen = self._seen({f"{rule}:{member}" for member in one.members})
        over = None if closed is None else one.closed_by
        response = self._response(since, over, frozenset(one.members))
        called = max(one.opened_at, one.reopened_at or one.opened_at)
        return Alert(
            id=f"{rule}:{one.members[0]}",
            rule=rule,
            severity=one.flag.severity,
            entry_id=one.members[0],
            since=since,
            opened_at=one.opened_at,
            acknowledged=seen,
            response=response,
            escalated=escalated(called, _until(seen, response, closed, ended_at, now)),
            closed_at=closed,
            reopened_at=one.reopened_at,
            text=_text(one, now),
            sentence=one.flag.sentence,
            rechecked=_rechecked(one),
        )

    def _of_lapse(self, one: Lapse, now: datetime, zone: tzinfo, ended_at: datetime | None) -> Alert:
        seen = self._seen({_lapse_id(one)})
        response = self._response(one.due_at, one.closed_by, frozenset())
        return Alert(
            id=_lapse_id(one),
            rule="OVERDUE",
            severity=Severity.CRITICAL,
            entry_id=None,
            since=one.due_at,
            opened_at=one.opened_at,
            acknowledged=seen,
            response=response,
            escalated=escalated(one.opened_at, _until(seen, response, one.known_closed, ended_at, now)),
            closed_at=one.known_closed,
            reopened_at=None,
            text=_lapse_text(one, now, zone),
            sentence=f"Full set due {clock(one.due_at, zone)}",
        )

    def _seen(self, ids: set[str]) -> Acknowledged | None:
        return next((one for one in self.acknowledged if one.alert_id in ids), None)

    def _response(self, since: datetime, over: datetime | None, members: frozenset[str]) -> Answer | None:
        """Return the first thing done between the moment of an alert and what ended it."""
        for one in self.answers:
            if one.at >= since and (over is None or one.at <= over) and one.entry_id not in members:
                return one
        return None


def escalated(called: datetime, until: datetime) -> str | None:
    """Return how far an alert called at a moment was escalated by the time somebody answered, or by now."""
    waited = until - called
    if waited >= TO_ALL:
        return ALL
    return CLINICIAN if waited >= TO_CLINICIAN else None


def _until(
    seen: Acknowledged | None, response: Answer | None, closed: datetime | None, ended: datetime | None, now: datetime
) -> datetime:
    answered = [one.known_at for one in (seen, response) if one is not None]
    return min([now, *answered, *(moment for moment in (closed, ended) if moment is not None)])


def _lapse_id(lapse: Lapse) -> str:
    return f"OVERDUE:{iso(lapse.due_at)}"


def _text(one: Episode, now: datetime) -> str:
    """Return the sentence of an alert with how it went on: ``SBP 184, limit 180, rechecked 4 min later: 158``."""
    since = one.flag.measured_at
    if one.withdrawn is not None and one.known_closed is not None:
        return f"{one.flag.sentence}, {one.withdrawn} {_later(since, one.known_closed)}"
    said = one.flag.sentence if not one.left else one.flag.text(now)
    if one.recheck is not None:
        return f"{said}, rechecked {_later(since, one.recheck[1])}: {one.recheck[0]:g}"
    if not one.left and one.closed_by is not None:
        return f"{said}, over {_later(since, one.closed_by)}"
    return said


def _rechecked(one: Episode) -> str:
    if one.recheck is None or one.withdrawn is not None:
        return ""
    value, at = one.recheck
    return f"Rechecked {_later(one.flag.measured_at, at)}: {value:g}"


def _later(since: datetime, at: datetime) -> str:
    return f"{int(minutes_between(since, at))} min later"


def _lapse_text(one: Lapse, now: datetime, zone: tzinfo) -> str:
    late = int(minutes_between(one.due_at, one.closed_by or now))
    due = f"Full set due {clock(one.due_at, zone)}"
    return f"{due}, {late} min late" if one.closed_by is None else f"{due}, ended {late} min late"
