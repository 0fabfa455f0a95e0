"""Drafts of what somebody may want to say of a session, put together from its record by plain rules.

A draft is never stored. Whoever takes it edits it and saves it as a note of their own, apart from what was signed.
"""

from __future__ import annotations

from models.entries import Medication
from models.infusion import PumpState
from models.moments import clock
from models.review_facts import duration, peak
from models.session import Event, SessionView
from models.terms import GRADES


def narrative(view: SessionView) -> str:
    """Draft the course of a session in a few sentences, each from something that was charted."""
    parts = [_who(view), _dose(view), _baseline(view), _peak(view)]
    parts += [_event(view, event) for event in sorted(view.events, key=lambda one: one.onset_at)]
    parts += [_medicines(view), _end(view)]
    return " ".join(part for part in parts if part)


def sbar(view: SessionView) -> str:
    """Draft a handover as situation, background, assessment; what is recommended is left to who hands over."""
    flags = "; ".join(flag.sentence for flag in view.flags) or "nothing flagged"
    opened = ", ".join(event.term for event in view.events if event.open)
    assessed = [f"Now: {flags}.", f"Open: {opened}." if opened else "No event is open.", _peak(view)]
    return "\n".join(
        [
            f"Situation: {_who(view)} {_dose(view)}".strip(),
            f"Background: {_background(view)}",
            f"Assessment: {' '.join(part for part in assessed if part)}",
            "Recommendation: ",
        ]
    )


def _who(view: SessionView) -> str:
    """Return who by record number only: a note needs no name, it stands in the record of its patient."""
    return f"Record {view.patient.mrn}, {view.opening.weight_kg:g} kg, chair {view.chair.name}."


def _dose(view: SessionView) -> str:
    start, minutes = view.started_at, duration(view)
    if start is None or minutes is None:
        return "The infusion was not started."
    running = view.pump.state in {PumpState.RUNNING, PumpState.PAUSED} and view.ended_at is None
    so_far = "so far " if running else ""
    said = f"{view.delivered_mg:.1f} mg ({view.mg_per_kg:.2f} mg/kg) {so_far}in {int(minutes)} min"
    return f"Infusion from {clock(start, view.zone)}, {said}."


def _baseline(view: SessionView) -> str:
    values = view.baseline.values if view.baseline else {}
    if "sbp" not in values:
        return "No baseline was charted."
    return f"Baseline {_pressure(values['sbp'], values.get('dbp'))}."


def _pressure(sbp: float, dbp: float | None) -> str:
    return f"{sbp:g}" if dbp is None else f"{sbp:g}/{dbp:g}"


def _peak(view: SessionView) -> str:
    found = peak(view)
    if found is None or found.minute is None:
        return ""
    change = "" if found.change is None else f", {'−' if found.change < 0 else '+'}{abs(found.change):g} to baseline"
    return f"Peak systolic pressure {found.value:g} at minute {int(found.minute // 1)}{change}."


def _event(view: SessionView, event: Event) -> str:
    graded = f", {GRADES[event.grade]}" if event.grade is not None else ""
    serious = ", serious" if event.serious else ""
    when = "" if event.minutes_from_start is None else f" at minute {int(event.minutes_from_start // 1)}"
    ended = "still open" if event.open else "ended"
    if event.resolved_at is not None:
        ended = f"ended at {clock(event.resolved_at, view.zone)}"
    return f"{event.term}{graded}{serious}{when}, {ended}."


def _medicines(view: SessionView) -> str:
    given = [
        f"{content.name} {content.dose:g} {content.unit} {content.route} at {clock(said.effective.at, view.zone)}"
        for said in view.medications
        if isinstance(content := said.content, Medication)
    ]
    return f"Given: {'; '.join(given)}." if given else ""


def _background(view: SessionView) -> str:
    opening = view.opening
    said = [
        _baseline(view),
        f"Planned {opening.plan.dose_mg:g} mg over {opening.plan.duration_min:g} min.",
        f"Allergies: {opening.allergies}." if opening.allergies else "",
        f"Takes: {opening.medicines}." if opening.medicines else "",
        _medicines(view),
    ]
    return " ".join(part for part in said if part)


def _end(view: SessionView) -> str:
    if view.cancelled:
        return "Cancelled before the start."
    return "" if view.closed_at is None else f"Session closed at {clock(view.closed_at, view.zone)}."
