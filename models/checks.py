"""What speaks against an entry, given the record so far: plausibility, order, signature and end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from models.entries import (
    AHEAD,
    KIND_BY_KEY,
    Acknowledgement,
    AdverseEvent,
    Content,
    Correction,
    Draft,
    Hold,
    Infusion,
    Limit,
    Medication,
    Move,
    Opening,
    Phase,
    Reading,
    ReviewNote,
    Signature,
    Written,
    confirmed_fields,
)
from models.errors import ConflictError, FieldError, RefusedError, SignedError, Unusual
from models.infusion import PumpState, decimal, entered_rate, to_mg_h
from models.moments import clock
from models.patient_limits import contradictions, merged
from models.rules import Flag, Severity, Stage
from models.session import SessionView, start_objections
from models.vitals import BY_KEY
from models.wrong_chair import check_not_moved

LONGEST_BACK: Final = timedelta(hours=24)
_RATE_MOST, _RATE_WITH_REASON, _RATE_UNUSUAL = Decimal(10), Decimal(3), Decimal("1.5")
_DOSE_MOST, _PLAN_UNUSUAL, _BOLUS_UNUSUAL = Decimal(5), Decimal("1.5"), Decimal("0.5")
_USUAL_CONCENTRATIONS: Final = (1, 2, 10, 50, 100)
_WEIGHT_LOW, _WEIGHT_HIGH, _WEIGHT_CHANGE = 40, 180, Decimal("0.1")
_PLAN_DIFFERS: Final = Decimal("0.01")


def check_entry(view: SessionView, draft: Draft, now: datetime) -> Content:
    """Let pass what can be stored and return it, marked where it came unconfirmed from a queue.

    Fields are judged first, then what wants confirming, then whether the record still takes entries.

    Raises:
        RefusedError: wrong fields, or unusual values that nobody confirmed.
        ConflictError: the session is closed, what it corrects was moved away, or the record grew since it was read.
        SignedError: the record is signed.
    """
    content = draft.content
    if isinstance(content, Correction):
        _check_standing(view, content)
    errors = [*_time_errors(view, draft, now), *_content_errors(view, draft, now)]
    if errors:
        raise RefusedError(tuple(errors))
    content = _settle(content, [*_unusual(view, draft.measured_at, content)])
    _check_open(view, draft)
    if isinstance(content, Signature):
        _check_signature(view, content)
    return content


def _check_standing(view: SessionView, content: Correction) -> None:
    root = view.root_of(content.entry_id)
    if root is not None:
        check_not_moved(view, root.id)


def _time_errors(view: SessionView, draft: Draft, now: datetime) -> Iterable[FieldError]:
    yield from _moment_errors("measured_at", draft.measured_at, view.arrived_at, now)
    content = draft.content
    if isinstance(content, Correction) and content.replacement is not None:
        moment = content.replacement.measured_at
        if not isinstance(content.replacement.content, Opening):
            yield from _moment_errors("measured_at", moment, view.arrived_at, now)
        content = content.replacement.content
    if isinstance(content, AdverseEvent):
        yield from _moment_errors("onset_at", datetime.fromisoformat(content.onset_at), view.arrived_at, now)
        if content.resolved_at:
            yield from _moment_errors("resolved_at", datetime.fromisoformat(content.resolved_at), None, now)


def _moment_errors(name: str, moment: datetime, arrived: datetime | None, now: datetime) -> Iterable[FieldError]:
    if moment > now + AHEAD:
        said = f"{name} lies {_minutes(moment - now)} ahead of the server's clock. Check the time; at most 2 min."
        yield FieldError(name, said)
    if arrived is not None and moment < arrived:
        yield FieldError(
            name, f"{name} lies {_minutes(arrived - moment)} before the patient's arrival. Check the time."
        )


def _minutes(span: timedelta) -> str:
    return f"{max(1, round(span.total_seconds() / 60))} min"


def _content_errors(view: SessionView, draft: Draft, now: datetime) -> Iterable[FieldError]:
    content = draft.content
    match content:
        case Infusion():
            yield from _infusion_errors(view, draft.measured_at, content)
        case Phase():
            yield from _phase_errors(view, content)
        case AdverseEvent():
            yield from _event_errors(view, content)
        case Signature():
            yield from _signature_errors(view, draft)
        case Correction():
            yield from _correction_errors(view, content, now)
        case Medication() | ReviewNote():
            yield from _event_named(view, content)
        case _:
            yield from _watching_errors(view, draft.measured_at, content)


def _watching_errors(view: SessionView, at: datetime, content: Content) -> Iterable[FieldError]:
    """Say what is wrong with what is about the watching itself: an alert, a hold, a limit, a chair."""
    match content:
        case Acknowledgement():
            yield from _acknowledgement_errors(view, at, content)
        case Hold(until=str(until)) if datetime.fromisoformat(until) <= at:
            yield FieldError("until", "until lies before the hold itself. Check the two times.")
        case Limit():
            yield from _limit_errors(view, at, content, None)
        case Move() if content.chair_id == view.chair_id:
            yield FieldError("chair_id", "chair_id: the patient is on this chair already.")
        case _:
            pass


def _limit_errors(view: SessionView, at: datetime, content: Limit, corrected: str | None) -> list[FieldError]:
    """Say what contradicts itself from the moment of a limit on, beside those charted before and after it."""
    limits = view.protocol.limits_of(content.vital)
    before = [limit for moment, limit in _limits_charted(view, content.vital, corrected) if moment <= at]
    after = [limit for moment, limit in _limits_charted(view, content.vital, corrected) if moment > at]
    for limit in before:
        limits = merged(limits, limit)
    for limit in (content, *after):
        limits = merged(limits, limit)
        found = [FieldError(side, f"{said} Check the limits.") for side, said in contradictions(limits)]
        if found:
            return found
    return []


def _limits_charted(view: SessionView, vital: str, corrected: str | None) -> Iterable[tuple[datetime, Limit]]:
    for one in view.effective:
        limit = one.written.content
        if isinstance(limit, Limit) and limit.vital == vital and not one.struck and one.entry.id != corrected:
            yield one.at, limit


def _acknowledgement_errors(view: SessionView, at: datetime, content: Acknowledgement) -> Iterable[FieldError]:
    existed = view.alert_existed_from(content.alert_id)
    if existed is None:
        said = "alert_id: there is no such alert in this session. It may be over: look at the chair again."
        yield FieldError("alert_id", said)
    elif at < existed:
        said = f"measured_at lies before the alert, which began {clock(existed, view.zone)}. Check the time."
        yield FieldError("measured_at", said)


def _begins_at(view: SessionView, content: Infusion) -> float | None:
    """Return the rate that an action asks for: a start without one runs as planned."""
    planned = content.action == "start" and content.rate_mg_h is None
    return view.opening.plan.rate_mg_h if planned else content.rate_mg_h


def _entered_errors(view: SessionView, content: Infusion) -> Iterable[FieldError]:
    """Refuse a rate that is not what was typed: what is kept beside it would say something else."""
    typed = entered_rate(content.as_entered or "")
    if typed is None or content.rate_mg_h is None:
        return
    given = content.concentration_mg_ml
    concentration = view.pump.concentration if given is None else decimal(given)
    means = to_mg_h(typed, decimal(view.opening.weight_kg), concentration)
    if means is not None and abs(means - decimal(content.rate_mg_h)) > max(means * _PLAN_DIFFERS, _PLAN_DIFFERS):
        said = f"{typed.value:f} {typed.unit} is {means:.2f} mg/h, not {content.rate_mg_h:g}. Check rate and unit."
        yield FieldError("rate_mg_h", f"rate_mg_h: {said}")


def _event_named(view: SessionView, content: Medication | ReviewNote) -> Iterable[FieldError]:
    if content.event_id is not None and content.event_id not in _events_of(view):
        yield FieldError("event_id", "event_id: there is no such event in this session.")


def _events_of(view: SessionView) -> set[str]:
    """Return the ids of the events, those that arrived after the signature included."""
    late = (one.written.content for one in view.arrived_after)
    return {one.id for one in view.events} | {one.event_id for one in late if isinstance(one, AdverseEvent)}


def _infusion_errors(view: SessionView, at: datetime, content: Infusion) -> Iterable[FieldError]:
    weight = decimal(view.opening.weight_kg)
    yield from _entered_errors(view, content)
    rate = _begins_at(view, content)
    if rate is not None:
        per_kg = decimal(rate) / weight
        if per_kg > _RATE_MOST:
            said = f"rate_mg_h {rate:g} is {per_kg:.1f} mg/kg/h: at most 10 mg/kg/h is accepted."
            yield FieldError("rate_mg_h", said)
        elif per_kg > _RATE_WITH_REASON and not content.reason:
            said = f"rate_mg_h {rate:g} is {per_kg:.1f} mg/kg/h: above 3 mg/kg/h give a reason as well."
            yield FieldError("reason", said)
    if content.dose_mg is not None and decimal(content.dose_mg) / weight > _DOSE_MOST:
        said = f"dose_mg {content.dose_mg:g} is more than 5 mg/kg, the most that is accepted."
        yield FieldError("dose_mg", said)
    started = view.started_at
    if content.action == "start" and not content.happened and started is None:
        for field, said in _objections(view, at, content):
            yield FieldError(field, said)


def speaks_against_start(view: SessionView) -> list[str]:
    """Return the sentences of what would refuse a planned start now; nothing once it was started."""
    if view.started_at is not None or view.stage is not Stage.BEFORE:
        return []
    return [said for _, said in _objections(view, view.now, Infusion("start"))]


def _objections(view: SessionView, at: datetime, content: Infusion) -> list[tuple[str, str]]:
    """Return what speaks against a start at ``at``: the screening and the gate as charted by then."""
    gate: dict[str, list[Flag]] = {}
    for one in view.readings:
        if one.at <= at and one.stage is Stage.BEFORE and one.reading is not None:
            for key in ("sbp", "dbp"):
                if key in one.reading.values:
                    gate[key] = [flag for flag in one.flags if flag.rule == f"PRE_{key.upper()}"]
    critical = [flag for flags in gate.values() for flag in flags if flag.severity is Severity.CRITICAL]
    return start_objections(view.screening_by(at), critical, content)


def _phase_errors(view: SessionView, content: Phase) -> Iterable[FieldError]:
    started = view.started_at is not None
    if content.to == "cancelled" and started:
        yield FieldError("to", "to cancelled: the infusion was started, so the session is closed, not cancelled.")
    if content.to == "recovery" and view.pump.state is not PumpState.STOPPED:
        yield FieldError("to", "to recovery: the infusion is not stopped. Chart the stop; recovery follows by itself.")
    if content.to != "closed" or content.reason:
        return
    if not started:
        yield FieldError("to", "to closed: the infusion was never started. Send cancelled, with a reason.")
    if view.pump.state in {PumpState.RUNNING, PumpState.PAUSED}:
        yield FieldError("reason", "The infusion is still running. Chart the stop first, or give a reason.")
    open_events = [event for event in view.events if event.open]
    if open_events:
        said = f"{len(open_events)} adverse event(s) still open. Chart how they ended, or give a reason."
        yield FieldError("reason", said)


def _event_errors(view: SessionView, content: AdverseEvent) -> Iterable[FieldError]:
    known = next((event for event in view.events if event.id == content.event_id), None)
    if known is None or known.resolved_at is None or content.resolved_at is not None:
        return
    if datetime.fromisoformat(content.onset_at) > known.resolved_at:
        yield FieldError("onset_at", "onset_at lies after the end that is charted for this event. Check the two times.")


def _signature_errors(view: SessionView, draft: Draft) -> Iterable[FieldError]:
    last = max((one.at for one in view.effective), default=draft.measured_at)
    if draft.measured_at < last - AHEAD:
        yield FieldError("measured_at", "measured_at lies before what is signed. Sign at the end.")


def _correction_errors(view: SessionView, content: Correction, now: datetime) -> Iterable[FieldError]:
    target = next((entry for entry in view.record.entries if entry.id == content.entry_id), None)
    if target is None:
        yield FieldError("entry_id", "entry_id: there is no such entry in this session.")
        return
    root = view.root_of(target.id)
    if root is not None and root.kind == "signature":
        yield FieldError("entry_id", "entry_id: a signature cannot be corrected. Add a note instead.")
        return
    if content.replacement is None:
        if root is not None and root.id == target.id and target.kind == "opening":
            said = "An opening cannot be taken away, only replaced. Cancel the session instead."
            yield FieldError("replacement", said)
        return
    wanted = root.kind if root else target.kind
    if content.replacement.content.kind != wanted:
        said = f"kind {content.replacement.content.kind}: the replacement must be of kind {wanted}."
        yield FieldError("kind", said)
    if isinstance(content.replacement.content, Limit):
        replaced = root.id if root else target.id
        yield from _limit_errors(view, content.replacement.measured_at, content.replacement.content, replaced)
        return
    yield from _replacement_errors(view, content.replacement, target.recorded_at, now)


def _replacement_errors(
    view: SessionView, written: Written, first_recorded: datetime, now: datetime
) -> Iterable[FieldError]:
    """Say what is wrong with what takes the place of an entry that was first recorded at that moment."""
    match written.content:
        case Opening() as new:
            first = min((one.at for one in view.effective if one.kind != "opening"), default=now)
            if written.measured_at > first:
                said = "measured_at: the arrival cannot lie after something that was charted."
                yield FieldError("measured_at", said)
            yield from opening_errors(new, written.measured_at, first_recorded)
        case Infusion() as new:
            yield from _infusion_limits_only(view, new)
        case Medication() | ReviewNote() as new:
            yield from _event_named(view, new)
        case Move():
            pass
        case new:
            yield from _watching_errors(view, written.measured_at, new)


def _infusion_limits_only(view: SessionView, content: Infusion) -> Iterable[FieldError]:
    return _infusion_errors(view, view.now, replace(content, happened=True))


def _settle(content: Content, unusual: list[Unusual]) -> Content:
    """Ask for what nobody confirmed; what comes from a queue is kept and marked instead."""
    confirmed = confirmed_fields(content)
    asked = tuple(one for one in unusual if one.field not in confirmed)
    if not asked:
        return content
    unconfirmed = tuple(dict.fromkeys(one.field for one in asked))
    match content:
        case Reading(queued=True):
            return replace(content, unconfirmed=unconfirmed)
        case Correction(replacement=Written(content=Reading(queued=True) as reading) as written):
            marked = replace(written, content=replace(reading, unconfirmed=unconfirmed))
            return replace(content, replacement=marked)
        case _:
            raise RefusedError(confirm=asked)


def _unusual(view: SessionView, at: datetime, content: Content) -> Iterable[Unusual]:
    match content:
        case Reading():
            yield from _unusual_values(view, at, content, None)
        case Infusion():
            yield from _unusual_infusion(view, content)
        case Correction(replacement=written) if written is not None:
            new = written.content
            if isinstance(new, Reading):
                yield from _unusual_values(view, written.measured_at, new, content.entry_id)
            elif isinstance(new, Infusion):
                yield from _unusual_infusion(view, new)
            elif isinstance(new, Opening):
                yield from unusual_opening(new, None)
        case _:
            pass


def _unusual_values(view: SessionView, at: datetime, reading: Reading, corrected: str | None) -> Iterable[Unusual]:
    root = view.root_of(corrected) if corrected else None
    skip = root.id if root else None
    for key, value in reading.values.items():
        vital = BY_KEY[key]
        if vital.unusual is not None and value not in vital.unusual:
            said = f"{vital.short} {value:g} is unusual (usual {vital.unusual.low:g} to {vital.unusual.high:g})."
            yield Unusual(key, value, said)
        if vital.step is not None:
            before = _previous(view, key, at, skip)
            if before is not None and abs(value - before) >= vital.step:
                yield Unusual(
                    key, value, f"{vital.short} {value:g} after {before:g}: a step of {abs(value - before):g}."
                )


def _previous(view: SessionView, vital: str, at: datetime, skip: str | None) -> float | None:
    """Return the newest value of ``vital`` measured before ``at``."""
    found = None
    for one in view.readings:
        if one.at > at:
            break
        if one.reading is not None and one.entry.id != skip and vital in one.reading.values:
            found = one.reading.values[vital]
    return found


def _unusual_infusion(view: SessionView, content: Infusion) -> Iterable[Unusual]:
    weight = decimal(view.opening.weight_kg)
    rate = _begins_at(view, content)
    if rate is not None:
        per_kg = decimal(rate) / weight
        if per_kg > _RATE_UNUSUAL:
            said = f"{rate:g} mg/h is {per_kg:.2f} mg/kg/h (usual up to 1.5)."
            yield Unusual("rate_mg_h", rate, said)
    if content.dose_mg is not None and decimal(content.dose_mg) / weight > _BOLUS_UNUSUAL:
        said = f"A bolus of {content.dose_mg:g} mg is more than 0.5 mg/kg."
        yield Unusual("dose_mg", content.dose_mg, said)
    given = content.concentration_mg_ml
    if given is not None and given not in _USUAL_CONCENTRATIONS:
        yield Unusual("concentration_mg_ml", given, f"{given:g} mg/mL is not one of 1, 2, 10, 50, 100 mg/mL.")


def _check_open(view: SessionView, draft: Draft) -> None:
    """Let pass what a closed or signed record still takes.

    Raises:
        SignedError: measured after the signature, and not an addendum.
        ConflictError: measured after the end.
    """
    kind = KIND_BY_KEY[draft.content.kind]
    ended = view.closed_at is not None and not kind.after_closing and draft.measured_at > view.closed_at
    signed = view.signed
    if signed is not None and not kind.after_signing:
        again = isinstance(draft.content, Signature)
        if again or ended or draft.measured_at >= signed.measured_at:
            raise SignedError("This record is signed. Only notes, reviews and follow-ups can be added.")
    if ended:
        raise ConflictError("This session is closed. What was measured before its end can still be charted.")


def _check_signature(view: SessionView, content: Signature) -> None:
    if view.pump.state in {PumpState.RUNNING, PumpState.PAUSED} and view.closed_at is None:
        raise ConflictError("The infusion is still running. Chart the stop before signing.")
    if content.last_seq != view.last_seq:
        said = f"The record has grown to {view.last_seq} entries since you read {content.last_seq}."
        raise ConflictError(f"{said} Read it again before signing.")


def check_opening(content: Opening, arrived_at: datetime, last_weight: float | None, now: datetime) -> None:
    """Let pass an opening that is plausible.

    Raises:
        RefusedError: wrong fields, or unusual values that nobody confirmed.
    """
    errors = list(_moment_errors("arrived_at", arrived_at, None, now))
    errors += opening_errors(content, arrived_at, now, "arrived_at")
    if errors:
        raise RefusedError(tuple(errors))
    _settle(content, list(unusual_opening(content, last_weight)))


def opening_errors(
    content: Opening, arrived_at: datetime, recorded_at: datetime, name: str = "measured_at"
) -> Iterable[FieldError]:
    """Say what is wrong with an opening: an arrival too far back, a plan above what is accepted."""
    if recorded_at - arrived_at > LONGEST_BACK:
        yield FieldError(name, f"{name} lies more than 24 hours back.")
    weight, plan = decimal(content.weight_kg), content.plan
    if plan.dose_mg <= 0:
        yield FieldError("dose_mg", "dose_mg: give more than 0 mg.")
    if decimal(plan.dose_mg) / weight > _DOSE_MOST:
        yield FieldError("dose_mg", f"dose_mg {plan.dose_mg:g} is more than 5 mg/kg, the most that is accepted.")
    if decimal(plan.rate_mg_h) / weight > _RATE_MOST:
        yield FieldError("rate_mg_h", f"rate_mg_h {plan.rate_mg_h:g}: at most 10 mg/kg/h is accepted.")


def unusual_opening(content: Opening, last_weight: float | None) -> Iterable[Unusual]:
    """Say what about weight and plan wants confirming."""
    weight, plan = decimal(content.weight_kg), content.plan
    if content.weight_kg < _WEIGHT_LOW or content.weight_kg > _WEIGHT_HIGH:
        yield Unusual("weight_kg", content.weight_kg, f"{content.weight_kg:g} kg is unusual (usual 40 to 180).")
    elif last_weight and abs(weight - decimal(last_weight)) / decimal(last_weight) > _WEIGHT_CHANGE:
        said = f"{content.weight_kg:g} kg after {last_weight:g} kg at the last visit: a change of more than 10 %."
        yield Unusual("weight_kg", content.weight_kg, said)
    if decimal(plan.dose_mg) / weight > _PLAN_UNUSUAL:
        yield Unusual("dose_mg", plan.dose_mg, f"{plan.dose_mg:g} mg is more than 1.5 mg/kg.")
    made = decimal(plan.rate_mg_h) * decimal(plan.duration_min) / 60
    if plan.dose_mg and abs(made - decimal(plan.dose_mg)) / decimal(plan.dose_mg) > _PLAN_DIFFERS:
        said = f"{plan.rate_mg_h:g} mg/h for {plan.duration_min:g} min makes {made:.2f} mg, not {plan.dose_mg:g} mg."
        yield Unusual("rate_mg_h", plan.rate_mg_h, said)
