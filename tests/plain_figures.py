"""The figures of review and patient pages computed a second time, in plain Python over entries, by no code of ours.

Nothing here asks the fold, the pump or pandas: what counts is worked out from what was written. It reads slowly and
simply on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from typing import Any

from models.entries import Correction, Entry
from models.session import Record
from tests.sample_sessions import Sheet

CORE = ("sbp", "dbp", "hr", "dissociation", "nausea")


@dataclass
class PlainEvent:
    term: str
    onset: datetime
    grade: int | None
    serious: list[str] | None
    ended: bool
    minute: float | None


@dataclass
class Plain:
    """One session as its entries tell it."""

    session: str
    patient: str
    chair: str
    nurses: set[str]
    arrived: datetime
    start: datetime | None = None
    stop: datetime | None = None
    end: datetime | None = None
    signed: bool = False
    cancelled: bool = False
    weight: float = 0
    dose: float = 0
    baseline: dict[str, float] = field(default_factory=dict)
    readings: list[tuple[float | None, datetime, dict[str, float]]] = field(default_factory=list)
    events: list[PlainEvent] = field(default_factory=list)
    medicines: list[str] = field(default_factory=list)
    follow_ups: list[tuple[datetime, float]] = field(default_factory=list)

    @property
    def mg_per_kg(self) -> float:
        return self.dose / self.weight

    def after_start(self, vital: str) -> list[tuple[float, float]]:
        return [
            (values[vital], minute)
            for minute, _, values in self.readings
            if minute is not None and minute >= 0 and vital in values
        ]


def written(record: Record) -> list[tuple[datetime, str, dict[str, Any]]]:
    """Return what counts after corrections, by its moment: readings before actions of the pump, then by id."""
    said: dict[str, tuple[Entry, datetime, dict[str, Any], str] | None] = {}
    for entry in record.entries:
        if isinstance(entry.content, Correction):
            new, old = entry.content.replacement, said[entry.content.entry_id]
            assert old is not None
            said[entry.content.entry_id] = (
                None if new is None else (old[0], new.measured_at, new.content.body(), new.content.kind)
            )
        else:
            said[entry.id] = (entry, entry.measured_at, entry.content.body(), entry.content.kind)
    rank = {"opening": -1, "reading": 0, "infusion": 2}
    found = [one for one in said.values() if one is not None]
    found.sort(key=lambda one: (one[1], rank.get(one[3], 1), one[0].id))
    return [(at, kind, body) for _, at, body, kind in found]


def plain(sheet: Sheet, record: Record, now: datetime) -> Plain:
    """Work out one session from what was written in it."""
    opening = record.entries[0]
    body = opening.content.body()
    found = Plain(
        sheet.id,
        body["patient_id"],
        record.chairs[body["chair_id"]].name,
        {one.author for one in record.entries},
        opening.measured_at,
    )
    found.weight = body["weight_kg"]
    lines = written(record)
    found.start = next((at for at, kind, one in lines if kind == "infusion" and one["action"] == "start"), None)
    raw: dict[str, list[dict[str, Any]]] = {}
    for at, kind, one in lines:
        minute = None if found.start is None else (at - found.start).total_seconds() / 60
        if kind == "reading":
            found.readings.append((minute, at, one["values"]))
        elif kind == "infusion" and one["action"] == "stop":
            found.stop = at
        elif kind == "phase":
            found.end, found.cancelled = at, one["to"] == "cancelled"
        elif kind == "signature":
            found.signed = True
        elif kind == "adverse_event":
            raw.setdefault(one["event_id"], []).append(one)
        elif kind == "medication":
            found.medicines.append(f"{one['name']} {one['dose']:g} {one['unit']}")
        elif kind == "follow_up" and one.get("headache") is not None:
            found.follow_ups.append((at, one["headache"]))
    found.events = [_event(updates, found.start) for updates in raw.values()]
    found.baseline = _baseline(found)
    found.dose = _dose(lines, min(now, found.end or now))
    return found


def _event(updates: Sequence[dict[str, Any]], start: datetime | None) -> PlainEvent:
    whole: dict[str, Any] = {}
    for one in updates:
        whole |= {key: value for key, value in one.items() if value is not None}
    onset = datetime.fromisoformat(whole["onset_at"])
    ended = whole.get("resolved_at") is not None or whole.get("outcome") in {"recovered", "sequelae", "fatal"}
    minute = None if start is None else (onset - start).total_seconds() / 60
    return PlainEvent(whole["term"], onset, whole.get("grade"), whole.get("serious"), ended, minute)


def _baseline(found: Plain) -> dict[str, float]:
    before = [(at, values) for _, at, values in found.readings if found.start is None or at <= found.start]
    whole = [values for _, values in before if all(vital in values for vital in CORE)]
    if not whole:
        return {}
    newest: dict[str, float] = {}
    for _, values in before:
        newest |= values
    return newest | whole[-1]


def _dose(lines: Iterable[tuple[datetime, str, dict[str, Any]]], until: datetime) -> float:
    rate, since, dose = 0.0, None, 0.0
    last = 0.0
    for at, kind, one in lines:
        if kind != "infusion" or at > until:
            continue
        if since is not None:
            dose += rate * (at - since).total_seconds() / 3600
        since = at
        match one["action"]:
            case "start" | "resume" | "rate":
                rate = last = one.get("rate_mg_h") or last
            case "pause" | "stop":
                rate = 0.0
            case "bolus":
                dose += one["dose_mg"]
    return dose + (0.0 if since is None else rate * (until - since).total_seconds() / 3600)


def score_interval(hits: int, of: int) -> tuple[float, float]:
    """Return the Wilson interval by solving its equation for the share: ``(p - x)^2 = z^2 p (1 - p) / n``."""
    z2 = 1.959963984540054**2
    share = hits / of
    a, b, c = 1 + z2 / of, -(2 * share + z2 / of), share * share
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)
