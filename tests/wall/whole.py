"""One session in which every kind says something in every field that holds a text: what an attacker dreams of."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.served import ALL_NO, Client, Json, ago, values

Text = Callable[[int], str]
"""Gives the text for a field of at most so many characters."""


def cut(text: str) -> Text:
    """Return what gives one text, cut to what a field takes."""
    return lambda most: text[:most]


NOT_FREE: Final = {
    "opening": {"id", "arrived_at", "chair_id", "patient_id", "protocol", "confirmed"},
    "screening": {"answers"},
    "reading": {"symptoms", "confirmed"},
    "infusion": {"action", "confirmed"},
    "adverse_event": {"event_id", "onset_at", "serious", "action_taken", "outcome", "resolved_at"},
    "medication": {"event_id"},
    "acknowledgement": {"alert_id"},
    "hold": {"until"},
    "limit": {"vital"},
    "move": {"chair_id"},
    "correction": {"entry_id", "replacement", "moved_from", "confirmed"},
    "phase": {"to"},
    "waste": {"witness"},
    "handover": {"to"},
    "review": {"event_id", "causality"},
}
"""Fields that look like text and hold an id, a moment, a chosen word or the name of an account."""


@dataclass(frozen=True)
class Said:
    """One entry: its kind, how many minutes ago, and its fields."""

    kind: str
    minutes_ago: float
    fields: Json


def patient(text: Text) -> Json:
    """Return a patient whose every text is hostile."""
    fields = {"mrn": text(50) + uuid.uuid4().hex[:6], "family": text(100), "given": text(100), "indication": text(200)}
    return fields | {"birth_date": "1979-03-14", "sex": "female"}


def opening(text: Text) -> Json:
    """Return what is said in words when a patient is seated."""
    return {
        "allergies": text(500),
        "medicines": text(500),
        "escort": text(500),
        "vial_lot": text(80),
        "pump": text(80),
        "treatments_tried": text(500),
    }


def charted(text: Text, alert: str, event: str, note: str) -> Iterator[Said]:
    """Return what is charted while the patient sits there; ``alert``, ``event`` and ``note`` are there to refer to."""
    why = {"reason": text(500)}
    yield Said("acknowledgement", 7, {"alert_id": alert, "action": text(120), "comment": text(500)})
    yield Said("reading", 6, {"values": {"hr": 74}, "not_done": {"dissociation": text(120), "nausea": text(120)}})
    yield Said("infusion", 5.5, {"action": "pause", "as_entered": text(80)} | why)
    yield Said("infusion", 5, {"action": "resume", "override": why} | why)
    told = {"event_id": event, "term": text(120), "onset_at": ago(5), "note": text(4000), "interventions": [text(200)]}
    yield Said("adverse_event", 4.9, told)
    drug = {"name": text(120), "dose": 4, "unit": text(20), "route": text(40), "event_id": event}
    yield Said("medication", 4.8, drug)
    yield Said("emergency", 4.5, {"note": text(500)})
    yield Said("hold", 4, {"reason": text(200)})
    yield Said("limit", 3.9, {"vital": "sbp", "limits": {"critical_high": 190}} | why)
    yield Said("baseline", 3.8, {"values": values(120, 76)} | why)
    yield Said("handover", 3.7, {"to": "r.okafor", "text": text(2000)})
    new = {"kind": "note", "measured_at": ago(8), "text": text(4000)}
    yield Said("correction", 3.6, {"entry_id": note, "replacement": new} | why)
    yield Said("note", 3, {"text": text(4000)})


def ended(text: Text, event: str, last_seq: Callable[[], int]) -> Iterator[Said]:
    """Return what is said when the session ends and after it."""
    yield Said("infusion", 2, {"action": "stop", "reason": text(500)})
    checks = {"oriented": True, "steady_gait": True, "escort": True}
    yield Said("discharge", 1.5, {"checks": checks, "override": {"reason": text(500)}})
    yield Said("waste", 1.4, {"amount_mg": 2, "witness": "m.silva"})
    yield Said("phase", 1, {"to": "closed", "reason": text(500)})
    yield Said("signature", 0, {"meaning": text(200), "last_seq": last_seq()})
    yield Said("review", 0, {"event_id": event, "causality": "possible", "text": text(4000)})
    yield Said("follow_up", 0, {"headache": 2, "text": text(4000)})


@dataclass(frozen=True)
class Visit:
    """A session that is charted by a clinician in hostile words."""

    session: str
    event: str
    text: Text
    clinician: Client

    def end(self) -> None:
        """Close and sign it."""
        for said in ended(self.text, self.event, lambda: int(self.clinician.session(self.session)["last_seq"])):
            self.clinician.good(self.clinician.chart(self.session, said.kind, said.minutes_ago, **said.fields))


def visit(clinician: Client, chair: str, text: Text) -> Visit:
    """Seat a patient and chart every kind that may come before the end."""
    who = str(clinician.good(clinician.post("/api/v1/patients", patient(text)))["id"])
    session = clinician.seat(chair, minutes_ago=40, patient_id=who, **opening(text))
    answers = ALL_NO | {"cardiac": "yes"}

    def chart(kind: str, minutes: float, **said: object) -> Json:
        return clinician.good(clinician.chart(session, kind, minutes, **said))

    chart("screening", 30, answers=answers, override={"reason": text(500)})
    chart("reading", 25, values=values(124, 78))
    chart("infusion", 20, action="start", rate_mg_h=49.4, override={"reason": text(500)})
    chart("reading", 9, values=values(185, 95), confirmed=["sbp", "dbp"])
    note = chart("note", 8, text="To be corrected.")["entry"]["id"]
    alerts = clinician.session(session)["alerts"]
    event = str(uuid.uuid4())
    for said in charted(text, alerts[0]["id"], event, note):
        chart(said.kind, said.minutes_ago, **said.fields)
    return Visit(session, event, text, clinician)
