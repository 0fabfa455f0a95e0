"""The infusion before, in short: what to expect of this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from models.entries import Discharge, Medication
from models.session import SessionView
from models.vitals import BY_KEY

_SCORES: Final = ("dissociation", "nausea", "sedation", "headache")


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst value of a vital from the start on (the first of equals), and when, in minutes from the start."""

    value: float
    minute: float


@dataclass(frozen=True, slots=True)
class LastTime:
    """What one session tells the next; what was not charted is absent.

    ``discharged_minute`` counts from the end of the infusion to the discharge, or to the end of the session.
    """

    session: str
    started_at: datetime
    delivered_mg: Decimal
    mg_per_kg: Decimal
    peak_sbp: Worst | None
    worst: Mapping[str, Worst]
    events: tuple[str, ...]
    medications: tuple[str, ...]
    distress: bool
    discharged_minute: float | None


def last_time(view: SessionView | None) -> LastTime | None:
    """Sum up a session; ``None`` where there is none, or its infusion was never started."""
    if view is None or view.started_at is None:
        return None
    scores = {key: found for key in _SCORES if (found := _worst(view, key)) is not None}
    return LastTime(
        session=view.id,
        started_at=view.started_at,
        delivered_mg=view.delivered_mg,
        mg_per_kg=view.mg_per_kg,
        peak_sbp=_worst(view, "sbp"),
        worst=scores,
        events=tuple(dict.fromkeys(event.term for event in sorted(view.events, key=lambda one: one.onset_at))),
        medications=tuple(_medicine(said.content) for said in view.medications),
        distress=any(one.reading is not None and one.reading.distress is True for one in view.readings),
        discharged_minute=_discharged(view),
    )


def _worst(view: SessionView, key: str) -> Worst | None:
    found = [
        Worst(one.reading.values[key], one.minute)
        for one in view.readings
        if one.reading is not None and one.minute is not None and one.minute >= 0 and key in one.reading.values
    ]
    pick = min if BY_KEY[key].lower_is_worse else max
    return pick(found, key=lambda one: one.value) if found else None


def _medicine(content: object) -> str:
    return f"{content.name} {content.dose:g} {content.unit}" if isinstance(content, Medication) else ""


def _discharged(view: SessionView) -> float | None:
    charted = [one.at for one in view.effective if not one.struck and isinstance(one.written.content, Discharge)]
    left = charted[-1] if charted else view.closed_at
    if left is None or view.pump.stopped_at is None:
        return None
    return (left - view.pump.stopped_at).total_seconds() / 60
