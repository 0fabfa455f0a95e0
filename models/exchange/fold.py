"""JSON of the API: a session as its fold, one entry, one flag, one event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.alerts import Alert
from models.breathing import asked, required
from models.clock_skew import skew_text
from models.device_readings import unvalidated
from models.discharge import going_home, unmet_at
from models.entries import LIMIT_SIDES, Entry
from models.exchange.afterwards import causality, discharge_json, said_json, said_of
from models.holds import OnHold
from models.infusion import PumpState
from models.moments import iso
from models.patient_limits import PatientLimit
from models.reconciliation import Reconciled, reconciled
from models.rules import Flag, Severity
from models.session import Event, Patient, Said, SessionView
from models.upcoming import Planned, Upcoming

Json = dict[str, Any]


def fold_json(view: SessionView) -> Json:
    """Return the answer to GET of a session: what is computed from its record at ``view.now``.

    Numbers are JSON numbers, moments ISO 8601 in UTC, what is not known is null.
    """
    return {
        "id": view.id,
        "phase": view.stage.value,
        "state": view.severity.word,
        "status": view.state,
        "chair": {"id": view.chair.id, "name": view.chair.name},
        "patient": patient_json(view.patient) | {"age": age(view)},
        "weight_kg": view.opening.weight_kg,
        "plan": view.opening.plan.body(),
        "protocol": {"name": view.protocol.name, "version": view.protocol.version},
        "arrived_at": iso(view.arrived_at),
        "started_at": _moment(view.started_at),
        "stopped_at": _moment(view.pump.stopped_at),
        "closed_at": _moment(view.closed_at),
        "cancelled": view.cancelled,
        "baseline": _baseline(view),
        "latest": _latest(view),
        "unvalidated": sorted(unvalidated(view.effective)),
        "flags": [flag_json(flag, view.now) | do_this(view, flag) for flag in view.flags],
        "due": {"at": _moment(view.due.at), "state": view.due.state.value},
        "asked": list(asked(view)),
        "required": list(required(view)),
        "hold": _hold(view.hold),
        "on_time": {"percent": view.on_time.percent, "kept": view.on_time.kept, "of": view.on_time.of},
        "infusion": _infusion(view),
        "stop_not_charted": view.stop_not_charted,
        "alerts": [alert_json(alert) for alert in view.alerts],
        "limits": [_limit(own) for own in view.patient_limits.values()],
        "handovers": [_handover(said) for said in view.handovers],
        "events": [event_json(event) | causality(view, event) for event in view.events],
        "discharge": discharge_json(going_home(view)),
        "waste": [said_json(one) for one in said_of(view, "waste")],
        "reviews": [said_json(one) for one in said_of(view, "review")],
        "follow_ups": [said_json(one) for one in said_of(view, "follow_up")],
        "signed_by": view.signed.author if view.signed else None,
        "signed_at": _moment(view.signed.measured_at if view.signed else None),
        "last_seq": view.last_seq,
        "now": iso(view.now),
    }


def flag_json(flag: Flag, now: datetime) -> Json:
    """Return one flag with its sentence and age at ``now``."""
    return {
        "rule": flag.rule,
        "vital": flag.vital,
        "severity": flag.severity.word,
        "value": flag.value,
        "limit": flag.limit,
        "text": flag.text(now),
        "entry_id": flag.entry_id,
        "measured_at": iso(flag.measured_at),
    }


def alert_json(alert: Alert) -> Json:
    """Return one alert: since when it was so, since when it was known, and who saw it and did what."""
    seen, response = alert.acknowledged, alert.response
    return {
        "id": alert.id,
        "rule": alert.rule,
        "severity": alert.severity.word,
        "entry_id": alert.entry_id,
        "since": iso(alert.since),
        "opened_at": iso(alert.opened_at),
        "acknowledged_by": seen.author if seen else None,
        "acknowledged_at": iso(seen.at) if seen else None,
        "action": seen.action if seen else None,
        "comment": seen.comment if seen else None,
        "response": None
        if response is None
        else {"entry_id": response.entry_id, "by": response.author, "at": iso(response.at), "text": response.text},
        "escalated": alert.escalated,
        "closed_at": _moment(alert.closed_at),
        "reopened_at": _moment(alert.reopened_at),
        "text": alert.text,
    }


def upcoming_json(found: Upcoming) -> Json:
    """Return the checks of the next half hour over all chairs, and those that are overdue, worst first."""
    checks, overdue = [[_planned(one) for one in some] for some in (found.checks, found.overdue)]
    return {"items": checks, "next": None, "until": iso(found.until), "overdue": overdue}


def _planned(one: Planned) -> Json:
    told = {"chair": one.chair, "session": one.session, "state": one.state.value, "collides": list(one.collides)}
    return {"at": iso(one.at)} | told


def do_this(view: SessionView, flag: Flag) -> Json:
    """Return what the clinic's protocol says to do about a flag; null where it says nothing."""
    return {"do_this": view.protocol.do_this.texts.get(flag.rule)}


def entry_json(entry: Entry, view: SessionView | None = None) -> Json:
    """Return one entry: who, when and in which place, then the fields of what it says.

    With ``view`` it carries the marks of the fold: ``disputed``, ``disputed_because``, ``after_signing``.
    """
    answer: Json = {
        "id": entry.id,
        "seq": entry.seq,
        "kind": entry.kind,
        "session": entry.session,
        "measured_at": iso(entry.measured_at),
        "recorded_at": iso(entry.recorded_at),
        "author": entry.author,
        "late": entry.late,
        "device": entry.device,
        "clock_skew_s": None if entry.clock_skew_ms is None else entry.clock_skew_ms / 1000,
    }
    return answer | entry.content.body() | ({} if view is None else _marks(entry, view))


def stored_json(
    entry: Entry,
    flags: Iterable[Flag],
    severity: Severity,
    now: datetime,
    view: SessionView | None = None,
) -> Json:
    """Return the answer to a posted entry: the entry, its own flags, and the worst of them."""
    return {
        "entry": entry_json(entry, view),
        "flags": [flag_json(flag, now) for flag in flags],
        "state": severity.word,
        "clock": skew_text(entry.clock_skew_ms),
    }


def event_json(event: Event, view: SessionView | None = None) -> Json:
    """Return one adverse event with what was running at its onset; with ``view`` also whose and where."""
    minute = event.minutes_from_start
    answer: Json = {
        "id": event.id,
        "entry_id": event.entry_id,
        "term": event.term,
        "onset_at": iso(event.onset_at),
        "grade": event.grade,
        "serious": None if event.serious is None else list(event.serious),
        "action_taken": event.action_taken,
        "interventions": list(event.interventions),
        "outcome": event.outcome,
        "resolved_at": _moment(event.resolved_at),
        "note": event.note,
        "author": event.author,
        "open": event.open,
        "minutes_from_start": None if minute is None else round(minute, 2),
        "delivered_mg": _number(event.delivered_mg),
        "rate_mg_h": _number(event.rate_mg_h),
        "last_bp": None if event.last_bp is None else {"sbp": event.last_bp[0], "dbp": event.last_bp[1]},
    }
    if view is None:
        return answer
    chair = {"id": view.chair.id, "name": view.chair.name}
    return answer | {"session": view.id, "chair": chair, "patient": patient_json(view.patient)}


def patient_json(patient: Patient) -> Json:
    """Return the identity of a patient."""
    return {
        "id": patient.id,
        "mrn": patient.mrn,
        "family": patient.family,
        "given": patient.given,
        "birth_date": patient.born.isoformat(),
        "sex": patient.sex,
        "indication": patient.indication,
    }


def age(view: SessionView) -> int:
    """Return the age in whole years on the day of the session, as the clinic counts days."""
    return view.patient.age_on(view.arrived_at.astimezone(view.zone).date())


def _marks(entry: Entry, view: SessionView) -> Json:
    marks: Json = {}
    if entry.id in view.disputed:
        marks |= {"disputed": True, "disputed_because": view.disputed[entry.id]}
    if entry.id in view.after_signing:
        marks["after_signing"] = True
    if entry.id in unvalidated(view.effective):
        marks["unvalidated"] = True
    if entry.kind == "discharge" and (unmet := unmet_at(view, entry.id)) is not None:
        marks["unmet"] = list(unmet)
    return marks


def _hold(hold: OnHold | None) -> Json | None:
    if hold is None:
        return None
    return {"reason": hold.reason, "since": iso(hold.since), "until": _moment(hold.until), "author": hold.author}


def _limit(own: PatientLimit) -> Json:
    sides = {side: getattr(own.limits, side) for side in LIMIT_SIDES}
    return {"vital": own.vital, "limits": sides, "reason": own.reason, "author": own.author, "at": iso(own.at)}


def _handover(said: Said) -> Json:
    return {"at": iso(said.effective.at), "author": said.effective.entry.author} | said.content.body()


def _baseline(view: SessionView) -> Json | None:
    if view.baseline is None:
        return None
    return {
        "values": dict(view.baseline.values),
        "measured_at": iso(view.baseline.measured_at),
        "entry_id": view.baseline.entry_id or None,
    }


def _latest(view: SessionView) -> Json:
    waiting = unvalidated(view.effective)
    return {
        vital: {
            "value": latest.value,
            "measured_at": iso(latest.measured_at),
            "severity": latest.severity.word,
            "entry_id": latest.entry_id,
            "unvalidated": latest.entry_id in waiting,
        }
        for vital, latest in view.latest.items()
    }


def _infusion(view: SessionView) -> Json:
    running = view.pump.state is PumpState.RUNNING
    return {
        "state": view.pump.state.value,
        "rate_mg_h": _number(view.pump.rate) if running else 0,
        "delivered_mg": _number(view.delivered_mg),
        "delivered_ml": _number(view.pump.delivered_ml(view.dosed_until)),
        "mg_per_kg": _number(view.mg_per_kg),
        "planned_end": _moment(view.planned_end),
        "dose_reached_at": _moment(view.dose_reached_at),
        "reconciliation": _reconciliation(reconciled(view)),
    }


def _reconciliation(found: Reconciled | None) -> Json | None:
    if found is None:
        return None
    return {
        "pump_ml": float(found.pump_ml),
        "record_ml": _number(found.record_ml),
        "difference_ml": _number(found.difference_ml),
        "differs": found.differs,
        "entry_id": found.entry_id,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
