"""The nurse of the demo: what to chart next at a chair, read from the same view a real nurse sees."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from dashboard.simulate import Invented, breathing, effect_at, is_distressed, pressures, scores
from models.infusion import PumpState
from models.moments import MIN, iso, minutes_between
from models.rules import Severity, Stage
from models.session import Event, SessionView
from models.terms import SCREENING

Body = dict[str, Any]

SECOND: Final = timedelta(seconds=1)
NAUSEA_TREATED: Final = 5
NAUSEA_NOTED: Final = 4
STRONG: Final = 6
RESTING_MIN: Final = 60
SETS_IN_RECOVERY: Final = 2
ANTIEMETIC_MIN: Final = 12
CONCENTRATION_MG_ML: Final = 2
LASTING: Final = frozenset({"Dizziness", "Nausea", "Dissociation"})
"""Effects that go when the drug goes."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do at a chair: when, and either its kind or the entries themselves."""

    at: datetime
    kind: str
    bodies: tuple[Body, ...] = ()


@dataclass(slots=True)
class Care:
    """What the nurse keeps in mind about one patient, beside what is charted.

    ``away`` leaves the sets of a stretch of time undone, ``slip`` is the set whose systolic is typed wrong,
    ``pause_at`` the minute of a walk to the washroom, ``punctual`` takes chance out of the due times.
    """

    patient: Invented
    session: str
    chance: Random
    punctual: bool = False
    away: tuple[datetime, datetime] | None = None
    slip: int | None = None
    pause_at: float | None = None
    pending: list[Todo] = field(default_factory=list)
    sets: int = 0
    delay: timedelta = timedelta()
    noted: set[str] = field(default_factory=set)
    nausea: tuple[str, datetime] | None = None
    eased_from: datetime | None = None
    pause_for: timedelta = timedelta(minutes=6)

    def late(self) -> timedelta:
        """Draw how long after the due time the next set is charted: mostly at once, sometimes late."""
        if self.punctual:
            return timedelta(seconds=self.chance.uniform(2, 15))
        often = self.chance.random()
        if often < 0.06:  # noqa: PLR2004  # one set in sixteen is really late
            return timedelta(minutes=self.chance.uniform(3, 8))
        return timedelta(seconds=self.chance.uniform(-50, 100))


def next_todo(view: SessionView, care: Care) -> Todo | None:
    """Return what comes next at this chair; ``None`` where nothing is left to do."""
    if view.stage is Stage.CLOSED:
        return None
    by_stage = {
        Stage.BEFORE: _before,
        Stage.INFUSION: _during,
        Stage.PAUSED: _paused,
        Stage.RECOVERY: _after,
    }[view.stage]
    candidates = [*care.pending, *by_stage(view, care)]
    return min(candidates, key=lambda todo: todo.at, default=None)


def perform(todo: Todo, view: SessionView, care: Care, at: datetime) -> list[Body]:
    """Return the entries for something to do, measured at ``at``; what follows from them is kept in mind."""
    if todo in care.pending:
        care.pending.remove(todo)
        return [dict(body) for body in todo.bodies]
    return _BY_KIND[todo.kind](view, care, at)


def _said(at: datetime, kind: str, **content: object) -> Body:
    return {"id": None, "kind": kind, "measured_at": iso(at), **content}


def _pause(_view: SessionView, care: Care, at: datetime) -> list[Body]:
    care.pause_at = None
    return [_said(at, "infusion", action="pause", reason="washroom")]


def _before(view: SessionView, care: Care) -> list[Todo]:
    arrived = view.arrived_at
    sets = [one for one in view.readings if one.complete]
    if view.screening is None:
        return [Todo(arrived + 2 * MIN, "screen")]
    if not sets:
        return [Todo(arrived + 5 * MIN + care.delay, "set")]
    if any(flag.rule.startswith("PRE_") and flag.severity is Severity.CRITICAL for flag in sets[-1].flags):
        again = sets[-1].at + 8 * MIN
        return [Todo(again, "set" if len(sets) <= SETS_IN_RECOVERY else "cancel")]
    return [Todo(sets[-1].at + 4 * MIN, "start")]


def _during(view: SessionView, care: Care) -> list[Todo]:
    todos = [_next_set(view, care), *_settling(view, care)]
    if view.planned_end is not None:
        todos.append(Todo(view.planned_end, "stop"))
    if care.pause_at is not None and view.started_at is not None:
        todos.append(Todo(view.started_at + care.pause_at * MIN, "pause"))
    return todos


def _paused(view: SessionView, care: Care) -> list[Todo]:
    since = view.pump.paused_since() or view.now
    return [_next_set(view, care), *_settling(view, care), Todo(since + care.pause_for, "resume")]


def _next_set(view: SessionView, care: Care) -> Todo:
    at = max((view.due.at or view.now) + care.delay, view.readings[-1].at + MIN if view.readings else view.arrived_at)
    if care.away is not None and care.away[0] <= at < care.away[1]:
        at = care.away[1]
    return Todo(at, "set")


def _settling(view: SessionView, care: Care) -> list[Todo]:
    """Return when each open event is seen to have ended."""
    return [Todo(_ends(view, care, event), "settle") for event in view.events if event.open]


def _ends(view: SessionView, care: Care, event: Event) -> datetime:
    """Return when an effect is over: nausea some time after its remedy, others after minutes or with the drug."""
    if event.term == "Nausea" and care.eased_from is not None:
        return care.eased_from + 24 * MIN
    if event.term in LASTING:
        faded = (view.pump.stopped_at or view.planned_end or event.onset_at) + 18 * MIN
        return max(faded, event.onset_at + 10 * MIN)
    return event.onset_at + (11 + int(event.id[:2], 16) % 12) * MIN


def _after(view: SessionView, care: Care) -> list[Todo]:
    stopped = view.pump.stopped_at or view.now
    todos = [_next_set(view, care), *_settling(view, care)]
    last = view.readings[-1].at if view.readings else stopped
    after = [one for one in view.readings if one.complete and one.at > stopped]
    calm = view.severity < Severity.CRITICAL and not any(event.open for event in view.events)
    if calm and len(after) >= SETS_IN_RECOVERY and minutes_between(stopped, last) >= RESTING_MIN - 5:
        todos.append(Todo(max(stopped + RESTING_MIN * MIN, last + MIN), "close"))
    return todos


def _set(view: SessionView, care: Care, at: datetime) -> list[Body]:
    """Measure a set, and note what follows from it for the next minutes."""
    chance, patient = care.chance, care.patient
    effect = effect_at(view.pump.segments, patient.weight_kg, at)
    eased = care.eased_from is not None and at - care.eased_from > ANTIEMETIC_MIN * MIN
    values = pressures(patient, effect, chance) | scores(patient, effect, chance, 0.35 if eased else 1.0)
    asked = view.protocol.sets[view.due.asked]
    values |= {key: value for key, value in breathing(patient, effect, chance).items() if key in asked}
    care.sets += 1
    care.delay = care.late()
    if view.stage in {Stage.INFUSION, Stage.PAUSED}:
        _react(view, care, at, values)
    body = _said(at, "reading", values=values)
    if values["dissociation"] >= NAUSEA_NOTED:
        body["distress"] = is_distressed(patient, values["dissociation"])
    elif any(flag.rule == "DISTRESS" for flag in view.flags):
        body["distress"] = False
    return _slipped(care, at, body) if care.sets == care.slip else [body]


def _slipped(care: Care, at: datetime, body: Body) -> list[Body]:
    """Type two digits of the systolic the wrong way round and correct it two minutes later."""
    entry_id = str(uuid.UUID(int=care.chance.getrandbits(128), version=4))
    sbp = body["values"]["sbp"]
    typed = sbp // 100 * 100 + sbp % 10 * 10 + sbp // 10 % 10
    if typed == sbp or typed <= body["values"]["dbp"]:
        typed = sbp + 10
    replacement = {key: value for key, value in body.items() if key != "id"}
    correction = {"entry_id": entry_id, "reason": "digits typed the wrong way round", "replacement": replacement}
    then = at + 2 * MIN
    care.pending.append(Todo(then, "correction", (_said(then, "correction", **correction),)))
    return [body | {"id": entry_id, "values": body["values"] | {"sbp": typed}}]


def _react(view: SessionView, care: Care, at: datetime, values: Mapping[str, int]) -> None:
    """Plan what a nurse does about the values of a set; each thing once."""
    if values["nausea"] >= NAUSEA_NOTED:
        _nausea(care, at, values["nausea"])
    if is_distressed(care.patient, values["dissociation"]) and "distress" not in care.noted:
        _distress(view, care, at)
    high = values["sbp"] >= 180 or values["dbp"] >= 110  # noqa: PLR2004  # where the label of esketamine acts
    if high and "pressure" not in care.noted:
        _high(view, care, at, values)
    if values["dissociation"] >= STRONG and "dizzy" not in care.noted and care.chance.random() < 0.5:  # noqa: PLR2004  # every other
        plan_effect(care, at + MIN, "dizzy", term="Dizziness", grade=1, action_taken="not_changed")


def plan_effect(care: Care, at: datetime, name: str, **event: object) -> str:
    """Plan an adverse event that began a minute before it is charted; return its id."""
    care.noted.add(name)
    event_id = str(uuid.UUID(int=care.chance.getrandbits(128), version=4))
    body = _said(at, "adverse_event", event_id=event_id, onset_at=iso(at - MIN), **event)
    care.pending.append(Todo(at, "event", (body,)))
    return event_id


def _nausea(care: Care, at: datetime, score: int) -> None:
    """Note nausea once, and treat it once where it is or becomes worse."""
    if "nausea" not in care.noted:
        told = {"interventions": ["reassurance"], "action_taken": "not_changed", "note": "Eyes closed, basin given"}
        then = at + timedelta(seconds=50)
        care.nausea = (plan_effect(care, then, "nausea", term="Nausea", grade=1, **told), then - MIN)
    if score < NAUSEA_TREATED or care.nausea is None or care.eased_from is not None:
        return
    event_id, onset = care.nausea
    given = care.eased_from = at + 2 * MIN
    dose = {"name": "Ondansetron", "dose": 4, "unit": "mg", "route": "IV", "event_id": event_id}
    worse = {"event_id": event_id, "term": "Nausea", "onset_at": iso(onset), "grade": 2}
    told = {"interventions": ["reassurance", "ondansetron"]}
    bodies = (_said(given, "medication", **dose), _said(given, "adverse_event", **worse, **told))
    care.pending.append(Todo(given, "antiemetic", bodies))


def _distress(view: SessionView, care: Care, at: datetime) -> None:
    told = {"action_taken": "paused", "interventions": ["reassurance", "paused"]}
    note = "Says that the room is far away and is frightened by it; calmer with a hand on the arm"
    plan_effect(care, at + MIN, "distress", term="Dissociation", grade=2, note=note, **told)
    if view.pump.state is PumpState.RUNNING:
        body = _said(at + 30 * SECOND, "infusion", action="pause", reason="distress")
        care.pending.append(Todo(at + 30 * SECOND, "pause now", (body,)))


def _high(view: SessionView, care: Care, at: datetime, values: Mapping[str, int]) -> None:
    care.noted.add("pressure")
    then = at + 3 * MIN
    bodies = [_said(then, "note", text=f"{values['sbp']}/{values['dbp']} told to the clinician; rate lowered")]
    if view.pump.state is PumpState.RUNNING and view.pump.rate:
        slower = round(float(view.pump.rate) * 0.7, 1)
        bodies.insert(0, _said(then, "infusion", action="rate", rate_mg_h=slower, reason="pressure"))
    care.pending.append(Todo(then, "slower", tuple(bodies)))


def _settled(view: SessionView, care: Care, at: datetime) -> list[Body]:
    """Chart that the events whose time has come have ended."""
    ended = [event for event in view.events if event.open and _ends(view, care, event) <= at]
    return [
        _said(
            at,
            "adverse_event",
            event_id=event.id,
            term=event.term,
            onset_at=iso(event.onset_at),
            outcome="recovered",
            resolved_at=iso(max(event.onset_at, at - timedelta(minutes=care.chance.uniform(0, 3)))),
        )
        for event in ended
    ]


_BY_KIND: Final[Mapping[str, Callable[[SessionView, Care, datetime], list[Body]]]] = {
    "screen": lambda _view, _care, at: [_said(at, "screening", answers=dict.fromkeys(SCREENING, "no"))],
    "set": _set,
    "start": lambda _view, _care, at: [_said(at, "infusion", action="start", concentration_mg_ml=CONCENTRATION_MG_ML)],
    "stop": lambda _view, _care, at: [_said(at, "infusion", action="stop")],
    "pause": _pause,
    "resume": lambda _view, _care, at: [_said(at, "infusion", action="resume")],
    "settle": _settled,
    "cancel": lambda _view, _care, at: [
        _said(at, "phase", to="cancelled", reason="Pressure stays over the gate; new date given")
    ],
    "close": lambda _view, _care, at: [_said(at, "phase", to="closed")],
}
