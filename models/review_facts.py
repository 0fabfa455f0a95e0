"""What the review asks of one session, computed once from its fold: why it needs a look, its events, its rules.

Facts are a projection: they can be dropped and computed again from the record, and a test holds them to the fold.
They carry no names; whoever shows a session asks for its patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from models.entries import Discharge, Infusion, Override, Screening
from models.moments import minutes_between
from models.rule_use import RuleUse, rule_uses
from models.rules import Severity
from models.session import Event, Judged, SessionView
from models.terms import TERMS
from models.vitals import BY_KEY

FORM: Final = 1
"""The form of the facts; raised whenever what is computed changes, so that older ones are computed again."""
_LABELS: Final = {term.label.casefold(): term.label for term in TERMS}


class Look(StrEnum):
    """Why somebody should look at a session, most pressing first."""

    OPEN_EVENT = "open_event"
    SERIOUS = "serious"
    CRITICAL = "critical"
    OVERRIDE = "override"
    DISPUTED = "disputed"
    UNCONFIRMED = "unconfirmed"
    LATE = "late"
    AFTER_SIGNING = "after_signing"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to look, and in words what it was; empty where the reason says it all."""

    look: Look
    words: str = ""


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
class EventFacts:
    """One adverse event as the review lists and counts it; ``term`` is spelled as in the picklist where it is there."""

    id: str
    term: str
    onset_at: datetime
    grade: int | None
    serious: tuple[str, ...] | None
    open: bool
    minutes_from_start: float | None
    delivered_mg: float | None
    last_bp: tuple[float, float] | None
    action_taken: str | None
    outcome: str | None
    ended_minute: float | None
    resolved_at: datetime | None
    interventions: tuple[str, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session as the review lists and counts it.

    ``watched_min`` runs from the start to the end of the session (or now); an event at a later minute cannot be in it.
    ``baseline_sbp``, ``mg_per_kg`` and the minutes are ``None`` where nothing was charted or started.
    """

    session: str
    last_seq: int
    patient_id: str
    chair: str
    nurses: tuple[str, ...]
    protocol: str
    arrived_at: datetime
    started_at: datetime | None
    state: str
    stage: str
    cancelled: bool
    signed_by: str | None
    delivered_mg: float
    mg_per_kg: float | None
    duration_min: float | None
    watched_min: float | None
    baseline_sbp: float | None
    peak: Peak | None
    late_entries: int
    sets_kept: int
    sets_due: int
    reasons: tuple[Reason, ...]
    events: tuple[EventFacts, ...]
    rules: tuple[RuleUse, ...]

    def body(self) -> bytes:
        """Return the facts as they are kept."""
        return orjson.dumps(self)


def line_of(facts: SessionFacts) -> list[Any]:
    """Return what is selected and counted by, as one line of plain values: short, for all of them are held at once."""
    return [
        facts.session,
        facts.last_seq,
        facts.arrived_at.timestamp(),
        facts.chair,
        facts.protocol,
        facts.mg_per_kg,
        facts.baseline_sbp,
        facts.watched_min,
        list(facts.nurses),
        [reason.look.value for reason in facts.reasons],
        [
            [
                event.id,
                event.term,
                event.grade,
                _seriousness(event),
                event.minutes_from_start,
                event.onset_at.timestamp(),
            ]
            for event in facts.events
        ],
        [
            [use.rule, use.fired, use.alerts, use.acknowledged, use.acted, use.corrected, list(use.waits_s)]
            for use in facts.rules
        ],
    ]


def _seriousness(event: EventFacts) -> str:
    return "unsaid" if event.serious is None else "yes" if event.serious else "no"


def facts_of(view: SessionView) -> SessionFacts:
    """Compute the facts of a session from its fold; of one that has ended they do not depend on the time."""
    started, ended = view.started_at, view.ended_at or view.now
    return SessionFacts(
        session=view.id,
        last_seq=view.last_seq,
        patient_id=view.opening.patient_id,
        chair=view.chair.name,
        nurses=tuple(sorted({entry.author for entry in view.record.entries})),
        protocol=protocol_name(view.protocol.name, view.protocol.version),
        arrived_at=view.arrived_at,
        started_at=started,
        state=view.state,
        stage=view.stage.value,
        cancelled=view.cancelled,
        signed_by=None if view.signed is None else view.signed.author,
        delivered_mg=float(view.delivered_mg),
        mg_per_kg=None if started is None else float(view.mg_per_kg),
        duration_min=duration(view),
        watched_min=None if started is None else minutes_between(started, ended),
        baseline_sbp=view.baseline.values.get("sbp") if view.baseline else None,
        peak=peak(view),
        late_entries=sum(entry.late for entry in view.record.entries),
        sets_kept=view.on_time.kept,
        sets_due=view.on_time.of,
        reasons=reasons(view),
        events=tuple(_event(view, event) for event in view.events),
        rules=rule_uses(view),
    )


def protocol_name(name: str, version: int) -> str:
    """Return how a version of a protocol is called."""
    return f"{name}, version {version}"


def _event(view: SessionView, event: Event) -> EventFacts:
    return EventFacts(
        id=event.id,
        term=_LABELS.get(event.term.casefold(), event.term),
        onset_at=event.onset_at,
        grade=event.grade,
        serious=event.serious,
        open=event.open,
        minutes_from_start=event.minutes_from_start,
        delivered_mg=None if event.delivered_mg is None else float(event.delivered_mg),
        last_bp=event.last_bp,
        action_taken=event.action_taken,
        outcome=event.outcome,
        ended_minute=None if event.resolved_at is None else view.minute(event.resolved_at),
        resolved_at=event.resolved_at,
        interventions=event.interventions,
        note=event.note,
    )


# Why somebody should look.


def reasons(view: SessionView) -> tuple[Reason, ...]:
    """Say why a session needs a look, each reason with its words; empty where nothing asks for one."""
    said: Mapping[Look, Sequence[str]] = {
        Look.OPEN_EVENT: [event.term for event in view.events if event.open],
        Look.SERIOUS: [event.term for event in view.events if event.serious],
        Look.CRITICAL: list(_critical(view)),
        Look.OVERRIDE: list(_overrides(view)),
        Look.DISPUTED: list(view.disputed.values()),
        Look.UNCONFIRMED: list(_unconfirmed(view)),
        Look.LATE: _late_sets(view),
        Look.AFTER_SIGNING: _after_signing(view),
        Look.UNSIGNED: [""] if view.state == "closed" and not view.cancelled else [],
    }
    return tuple(Reason(look, _first_of(said[look])) for look in Look if said[look])


def _first_of(said: Sequence[str]) -> str:
    """Return the first of several things, and how many more there were."""
    more = len(said) - 1
    return f"{said[0]}, and {more} more" if more else said[0]


def _critical(view: SessionView) -> Iterator[str]:
    for judged in view.judged:
        for flag in judged.flags:
            if flag.severity is Severity.CRITICAL:
                yield f"{flag.sentence}{_at_minute(view, judged.at)}"


def _at_minute(view: SessionView, at: datetime) -> str:
    minute = view.minute(at)
    return "" if minute is None else f", min {int(minute // 1)}"


def _overrides(view: SessionView) -> Iterator[str]:
    for one in view.effective:
        content = one.written.content
        override: Override | None = None
        if isinstance(content, Screening | Infusion | Discharge) and not one.struck:
            override = content.override
        if override is not None:
            yield f"{_OVERRIDDEN[content.kind]}: {override.reason}"


_OVERRIDDEN: Final = {"screening": "screening", "infusion": "start", "discharge": "discharge"}


def _unconfirmed(view: SessionView) -> Iterator[str]:
    for judged in view.readings:
        reading = judged.reading
        if reading is not None and reading.unconfirmed:
            named = ", ".join(BY_KEY[key].short if key in BY_KEY else key for key in reading.unconfirmed)
            yield f"{named}{_at_minute(view, judged.at)}"


def _late_sets(view: SessionView) -> list[str]:
    found = view.on_time
    return [f"{found.of - found.kept} of {found.of} sets"] if found.of > found.kept else []


def _after_signing(view: SessionView) -> list[str]:
    number = len(view.after_signing)
    return [f"{number} {'entry' if number == 1 else 'entries'}"] if number else []


# Numbers.


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


def duration(view: SessionView) -> float | None:
    """Return the minutes from the start of the infusion to its end (or to now), pauses included."""
    if view.started_at is None:
        return None
    return minutes_between(view.started_at, view.pump.stopped_at or view.ended_at or view.now)


# Read again.


def read_facts(body: bytes | str) -> SessionFacts:
    """Return the facts that were kept."""
    return facts_from(orjson.loads(body))


def facts_from(said: Mapping[str, Any]) -> SessionFacts:
    """Return the facts of one session from the plain form they are kept in."""
    return SessionFacts(
        **dict(said)
        | {
            "nurses": tuple(said["nurses"]),
            "arrived_at": datetime.fromisoformat(said["arrived_at"]),
            "started_at": _moment(said["started_at"]),
            "peak": None if said["peak"] is None else _peak_from(said["peak"]),
            "reasons": tuple(Reason(Look(one["look"]), one["words"]) for one in said["reasons"]),
            "events": tuple(_event_from(one) for one in said["events"]),
            "rules": tuple(RuleUse(**one | {"waits_s": tuple(one["waits_s"])}) for one in said["rules"]),
        }
    )


def _peak_from(said: Mapping[str, Any]) -> Peak:
    more = {"at": datetime.fromisoformat(said["at"]), "severity": Severity(said["severity"])}
    return Peak(**dict(said) | more)


def _event_from(said: Mapping[str, Any]) -> EventFacts:
    return EventFacts(
        **dict(said)
        | {
            "onset_at": datetime.fromisoformat(said["onset_at"]),
            "resolved_at": _moment(said["resolved_at"]),
            "serious": None if said["serious"] is None else tuple(said["serious"]),
            "last_bp": None if said["last_bp"] is None else tuple(said["last_bp"]),
            "interventions": tuple(said["interventions"]),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
