"""JSON of what comes at the end and after it: discharge, waste, reviews, follow-ups, and the time before."""

from __future__ import annotations

from typing import Any

from models.corrections import Effective
from models.discharge import GoingHome
from models.entries import Discharge, ReviewNote
from models.last_time import LastTime, Worst
from models.moments import iso
from models.session import Event, SessionView

Json = dict[str, Any]


def discharge_json(found: GoingHome) -> Json:
    """Return how it stands with going home: what is not met, and every criterion with the entry that says so."""
    overridden, charted = found.overridden, found.charted
    content = charted.written.content if charted else None
    return {
        "ready": found.ready,
        "unmet": list(found.unmet),
        "earliest": None if found.earliest is None else iso(found.earliest),
        "judged_at": iso(found.at),
        "checks": dict(content.checks) if isinstance(content, Discharge) else None,
        "overridden": None
        if overridden is None
        else {
            "by": overridden.by,
            "reason": overridden.reason,
            "at": iso(overridden.at),
            "unmet": list(overridden.lifted),
        },
        "criteria": [
            {
                "name": one.name,
                "met": one.met,
                "text": one.text,
                "entry_id": one.entry_id,
                "measured_at": None if one.measured_at is None else iso(one.measured_at),
                "since": None if one.since is None else iso(one.since),
            }
            for one in found.criteria
        ],
    }


def said_of(view: SessionView, kind: str) -> list[Effective]:
    """Return the entries of one kind as they count, in order."""
    return [one for one in view.effective if one.kind == kind and not one.struck]


def said_json(one: Effective) -> Json:
    """Return what an entry says, with who said it and when."""
    head = {"entry_id": one.entry.id, "author": one.entry.author, "measured_at": iso(one.at)}
    return head | one.written.content.body()


def causality(view: SessionView, event: Event) -> Json:
    """Return what the last review said of the cause of an event; ``None`` where none did."""
    found = None
    for one in said_of(view, "review"):
        content = one.written.content
        if isinstance(content, ReviewNote) and content.event_id == event.id and content.causality is not None:
            found = content.causality
    return {"causality": found}


def last_time_json(found: LastTime | None) -> Json | None:
    """Return the infusion before in short."""
    if found is None:
        return None
    return {
        "session": found.session,
        "started_at": iso(found.started_at),
        "delivered_mg": float(found.delivered_mg),
        "mg_per_kg": float(found.mg_per_kg),
        "peak_sbp": _worst(found.peak_sbp),
        "worst": {key: _worst(one) for key, one in found.worst.items()},
        "events": list(found.events),
        "medications": list(found.medications),
        "distress": found.distress,
        "discharged_minute": None if found.discharged_minute is None else round(found.discharged_minute, 2),
    }


def _worst(found: Worst | None) -> Json | None:
    return None if found is None else {"value": found.value, "minute": round(found.minute, 2)}
