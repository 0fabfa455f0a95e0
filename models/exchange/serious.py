"""The extract of serious adverse events of a session, under the names of E2B(R3): facts of the record, nothing else."""

from __future__ import annotations

from typing import Any, Final

from models.entries import Medication
from models.exchange.afterwards import causality
from models.moments import iso
from models.session import Event, SessionView

Json = dict[str, Any]

CRITERIA: Final = {
    "death": "E.i.3.2a",
    "life_threatening": "E.i.3.2b",
    "hospitalisation": "E.i.3.2c",
    "disability": "E.i.3.2d",
    "congenital_anomaly": "E.i.3.2e",
    "other_important": "E.i.3.2f",
}
"""Why an event is serious, by the element of E2B(R3) that says so."""
ACTIONS: Final = {
    "withdrawn": 1,
    "reduced": 2,
    "increased": 3,
    "not_changed": 4,
    "unknown": 0,
    "not_applicable": 9,
}
"""G.k.8; a pause has no code there."""
OUTCOMES: Final = {"recovered": 1, "recovering": 2, "not_recovered": 3, "sequelae": 4, "fatal": 5, "unknown": 0}
"""E.i.7."""
SEXES: Final = {"male": 1, "female": 2}
"""D.5, ISO 5218; what was not said as one of the two is left out."""


def serious_json(view: SessionView, broken: str | None = None) -> Json:
    """Return every event of a session that somebody called serious, one case each.

    What nobody charted is left out, not guessed: no assessment, no reporter, no term of a dictionary. ``warning`` says
    what is wrong with the chain of the record.
    """
    cases = [_case(view, event) for event in view.events if event.serious]
    return {"session": view.id, "warning": broken, "as_at": iso(view.now), "cases": cases}


def _case(view: SessionView, event: Event) -> Json:
    return {
        "C.1.1": event.id,
        "D": _without_silence(_patient(view)),
        "E.i": [_without_silence(_reaction(event))],
        "G.k": [_without_silence(_drug(view, event)), *_other_drugs(view, event)],
        "H.1": event.note,
    }


def _patient(view: SessionView) -> Json:
    patient = view.patient
    return {
        "D.1": patient.initials,
        "D.1.1.2": patient.mrn,
        "D.2.1": patient.born.isoformat(),
        "D.3": view.opening.weight_kg,
        "D.5": SEXES.get(patient.sex),
    }


def _reaction(event: Event) -> Json:
    criteria = {CRITERIA[reason]: True for reason in event.serious or ()}
    return {
        "E.i.1.1a": event.term,
        **criteria,
        "E.i.4": iso(event.onset_at),
        "E.i.5": None if event.resolved_at is None else iso(event.resolved_at),
        "E.i.7": None if event.outcome is None else OUTCOMES[event.outcome],
        "local.ctcae_grade": event.grade,
    }


def _drug(view: SessionView, event: Event) -> Json:
    """Return the infusion: what was planned for, given until the onset, and done about it."""
    pump = view.pump
    return {
        "G.k.2.2": "Ketamine",
        "G.k.4.r.1a": float(view.delivered_mg),
        "G.k.4.r.1b": "mg",
        "G.k.4.r.4": None if pump.started_at is None else iso(pump.started_at),
        "G.k.4.r.5": None if pump.stopped_at is None else iso(pump.stopped_at),
        "G.k.5a": None if event.delivered_mg is None else float(event.delivered_mg),
        "G.k.5b": None if event.delivered_mg is None else "mg",
        "G.k.7.r.1": view.patient.indication,
        "G.k.8": ACTIONS.get(event.action_taken or ""),
        "G.k.9.i.2.r.2": "WHO-UMC" if causality(view, event)["causality"] else None,
        "G.k.9.i.2.r.3": causality(view, event)["causality"],
        "local.action_taken": event.action_taken,
        "local.rate_mg_h": None if event.rate_mg_h is None else float(event.rate_mg_h),
    }


def _other_drugs(view: SessionView, event: Event) -> list[Json]:
    """Return what else was given by the onset; whether it played a part is for the review to say."""
    return [
        {"G.k.2.2": said.content.name, "G.k.4.r.1a": said.content.dose, "G.k.4.r.1b": said.content.unit}
        | {"G.k.4.r.4": iso(said.effective.at), "G.k.4.r.10.1": said.content.route}
        for said in view.medications
        if said.effective.at <= event.onset_at and isinstance(said.content, Medication)
    ]


def _without_silence(body: Json) -> Json:
    return {key: value for key, value in body.items() if value is not None}
