"""The forms of the record: who may correct what, and which fields `record.js` asks for, with what stands in them now.

A button carries its form as data: the body to send, and one description per field. The script draws the fields when
the button is pressed, so that a record of a hundred lines does not draw a hundred forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from dash import html

from layouts.record_words import ACTIONS_TAKEN, OUTCOMES, PHASES, PUMP_ACTIONS, SERIOUSNESS, grade_text
from models.device_readings import is_unvalidated, may_accept
from models.discharge import CHECKS
from models.drafts import narrative, sbar
from models.entries import (
    KIND_BY_KEY,
    LIMIT_SIDES,
    Entry,
    Movable,
    Reading,
    Written,
)
from models.infusion import PumpState
from models.moments import clock
from models.people import Person, Right
from models.rules import Stage
from models.session import SessionView
from models.terms import CAUSALITY, GRADES, INTERVENTIONS, NOT_DONE_REASONS, SCREENING, SYMPTOMS, TERMS
from models.versions import Versions
from models.vitals import CHARTED

CORRECT: Final = "Correct"
ADD_NOTE: Final = "Add note"
CLOSE: Final = "Close session"
CANCEL: Final = "Cancel session"
_NEVER_SENT: Final = frozenset({"queued", "unconfirmed", "moved_from", "moved_from_chair"})
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``path`` says where its value stands in the body (``values.sbp``). ``type`` is number, text, long, flag (yes, no
    or unsaid), choice, count (a choice that is sent as a number), many or time. What is asked for rarely (``more``)
    is folded away while nothing stands in it.
    """

    path: str
    label: str
    type: str
    unit: str = ""
    options: tuple[Option, ...] = ()
    suggest: tuple[str, ...] = ()
    required: bool = False
    more: bool = False


def _pairs(words: Mapping[str, str]) -> tuple[Option, ...]:
    return tuple(words.items())


def _reading_fields() -> Iterable[Field]:
    for vital in CHARTED:
        yield Field(f"values.{vital.key}", vital.short, "number", vital.unit)
    yield Field("distress", "Distressing", "flag")
    for vital in CHARTED:
        yield Field(f"not_done.{vital.key}", f"{vital.short} not done", "text", suggest=NOT_DONE_REASONS, more=True)
    yield Field("resting", "Seen resting", "flag", more=True)
    yield Field("oxygen_l_min", "Oxygen", "number", "L/min", more=True)
    symptoms = tuple((one.key, one.label.lower()) for one in SYMPTOMS)
    yield Field("symptoms", "Symptoms", "many", options=symptoms, more=True)


_CAUSALITY: Final = Field("causality", "Causality", "choice", options=tuple((one, one) for one in CAUSALITY))
_NO_YES: Final = (("no", "no"), ("yes", "yes"))
_MEASURED: Final = Field("measured_at", "Measured", "time", required=True)
FORMS: Final[Mapping[str, tuple[Field, ...]]] = {
    "opening": (
        Field("measured_at", "Arrived", "time", required=True),
        Field("weight_kg", "Weight", "number", "kg", required=True),
        Field("plan.dose_mg", "Planned dose", "number", "mg", required=True),
        Field("plan.duration_min", "Planned time", "number", "min", required=True),
        Field("plan.rate_mg_h", "Planned rate", "number", "mg/h", required=True),
        Field("allergies", "Allergies", "text", more=True),
        Field("medicines", "Takes", "text", more=True),
        Field("consent", "Consent", "flag", more=True),
        Field("iv_check", "IV checked", "flag", more=True),
        Field("escort", "Escort", "text", more=True),
        Field("vial_lot", "Vial lot", "text", more=True),
        Field("pump", "Pump", "text", more=True),
        Field("headache_days", "Headache days a month", "number", more=True),
        Field("aura", "Aura", "flag", more=True),
        Field("light_sensitive", "Light hurts", "flag", more=True),
        Field("sound_sensitive", "Sound hurts", "flag", more=True),
        Field("treatments_tried", "Treatments tried", "text", more=True),
    ),
    "screening": (
        _MEASURED,
        *(
            Field(f"answers.{key}", words, "choice", options=(("no", "no"), ("yes", "yes")))
            for key, words in SCREENING.items()
        ),
    ),
    "reading": (_MEASURED, *_reading_fields()),
    "infusion": (
        _MEASURED,
        Field("action", "Action", "choice", options=_pairs(PUMP_ACTIONS), required=True),
        Field("rate_mg_h", "Rate", "number", "mg/h"),
        Field("dose_mg", "Bolus", "number", "mg"),
        Field("concentration_mg_ml", "Concentration", "number", "mg/mL"),
        Field("pump_ml", "On the pump", "number", "mL", more=True),
        Field("reason", "Reason given then", "text"),
    ),
    "adverse_event": (
        _MEASURED,
        Field("term", "Term", "text", suggest=tuple(term.label for term in TERMS), required=True),
        Field("onset_at", "Began", "time", required=True),
        Field("grade", "Severity", "count", options=tuple((str(grade), grade_text(grade)) for grade in GRADES)),
        Field("action_taken", "Infusion", "choice", options=_pairs(ACTIONS_TAKEN)),
        Field("outcome", "Outcome", "choice", options=_pairs(OUTCOMES)),
        Field("resolved_at", "Ended", "time"),
        Field("interventions", "Done", "many", options=tuple((one, one) for one in INTERVENTIONS), more=True),
        Field("serious", "Serious", "many", options=_pairs(SERIOUSNESS), more=True),
        Field("note", "Note", "long"),
    ),
    "medication": (
        _MEASURED,
        Field("name", "Medicine", "text", required=True),
        Field("dose", "Dose", "number", required=True),
        Field("unit", "Unit", "text", required=True),
        Field("route", "Route", "text", required=True),
    ),
    "acknowledgement": (_MEASURED, Field("action", "Done", "text"), Field("comment", "Comment", "text")),
    "emergency": (_MEASURED, Field("note", "Note", "text")),
    "hold": (
        _MEASURED,
        Field("reason", "Reason given then", "text", required=True),
        Field("until", "Until", "time"),
        Field("over", "Back at the chair", "flag", more=True),
    ),
    "limit": (
        _MEASURED,
        *(Field(f"limits.{side}", side.replace("_", " ").capitalize(), "number") for side in LIMIT_SIDES),
        Field("reason", "Reason given then", "text", required=True),
    ),
    "baseline": (
        _MEASURED,
        *(Field(f"values.{vital.key}", vital.short, "number", vital.unit) for vital in CHARTED),
        Field("reason", "Reason given then", "text", required=True),
    ),
    "move": (_MEASURED,),
    "handover": (
        _MEASURED,
        Field("to", "To", "text", required=True),
        Field("text", "Open matters", "long", required=True),
    ),
    "note": (_MEASURED, Field("text", "Note", "long", required=True)),
    "phase": (
        _MEASURED,
        Field("to", "Moved to", "choice", options=_pairs(PHASES), required=True),
        Field("reason", "Reason given then", "text"),
    ),
    "discharge": (_MEASURED, *(Field(f"checks.{key}", words, "flag") for key, words in CHECKS.items())),
    "waste": (
        _MEASURED,
        Field("amount_mg", "Wasted", "number", "mg", required=True),
        Field("witness", "Witness", "text", required=True),
    ),
    "review": (
        _MEASURED,
        _CAUSALITY,
        Field("text", "Review", "long"),
    ),
    "follow_up": (_MEASURED, Field("headache", "Headache", "number"), Field("text", "Follow-up", "long")),
}
"""The fields of a correction by kind of entry; what a form leaves out (chair, patient) keeps its value."""


def forms_json() -> str:
    """Return the forms of all kinds as the page carries them, once."""
    return _json_of({kind: [_said(field) for field in fields] for kind, fields in FORMS.items()})


def _said(field: Field) -> dict[str, Any]:
    return {key: value for key, value in asdict(field).items() if value not in ("", (), False)}


def _json_of(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def may_correct(person: Person, view: SessionView, entry: Entry) -> bool:
    """Say whether to offer a correction: own entries, a clinician everybody's; nothing once signed."""
    if view.signed is not None or entry.kind in {"signature", "correction"}:
        return False
    if person.role not in KIND_BY_KEY["correction"].writers:
        return False
    own = entry.author == person.name or may_accept(person.role, entry)
    return own or person.may(Right.CORRECT_OTHERS)


def may_write(person: Person, kind: str) -> bool:
    """Say whether the role of this person writes entries of a kind."""
    return person.role in KIND_BY_KEY[kind].writers


def correct_button(person: Person, view: SessionView, said: Versions, zone: tzinfo) -> html.Button | None:
    """Return the button that opens the correction of one entry, with what counts now in its fields."""
    if not may_correct(person, view, said.entry):
        return None
    written = said.current or Written(said.entry.content, said.entry.measured_at)
    body = {key: value for key, value in written.body().items() if key not in _NEVER_SENT}
    data = {
        "data-entry": said.entry.id,
        "data-body": _json_of(body),
        "data-times": _json_of(_clocks(body, zone)),
        "aria-label": f"{CORRECT} {KIND_BY_KEY[written.content.kind].label.lower()} of {clock(said.at, zone)}",
        "data-testid": "entry-correct",
        **_ways(said),
    }
    return _button(CORRECT, "correct", "record-tool record-tool--row", data)


def _ways(said: Versions) -> dict[str, str]:
    """Return what may be done besides: moved to the right chair, or confirmed as it stands."""
    content = said.current.content if said.current else None
    moves = {"data-moves": ""} if isinstance(content, Movable) else {}
    asked = isinstance(content, Reading) and (content.unconfirmed or is_unvalidated(said.effective))
    return moves | ({"data-unconfirmed": ""} if asked else {})


def _clocks(body: Mapping[str, Any], zone: tzinfo) -> dict[str, str]:
    """Return the clock time of every moment in a body: the browser does not know the clinic's zone."""
    moments = (field.path for field in FORMS[body["kind"]] if field.type == "time" and body.get(field.path))
    return {path: clock(datetime.fromisoformat(body[path]), zone) for path in moments}


def note_button(person: Person) -> html.Button | None:
    """Return the button that opens the form for a note; notes may follow a signature."""
    if not may_write(person, "note"):
        return None
    fields = [Field("text", "Note", "long", required=True)]
    data = {
        "data-body": _json_of({"kind": "note"}),
        "data-fields": _json_of([_said(one) for one in fields]),
        "data-save": "Save note",
    }
    return _button(ADD_NOTE, "add", "record-tool", data)


def drafts_buttons(person: Person, view: SessionView) -> list[html.Button]:
    """Return the buttons that open a note with a draft in it: it is stored only as what its writer makes of it."""
    if not may_write(person, "note"):
        return []
    fields = _json_of([_said(Field("text", "Note, from a draft", "long", required=True))])
    drafts = (("Draft summary", "draft-summary", narrative), ("Draft SBAR", "draft-sbar", sbar))
    return [
        _button(
            words,
            "add",
            "record-tool",
            {
                "data-body": _json_of({"kind": "note", "text": draft(view)}),
                "data-fields": fields,
                "data-save": "Save note",
                "data-testid": testid,
            },
        )
        for words, testid, draft in drafts
    ]


def add_button(person: Person, kind: str, words: str, fields: Iterable[Field]) -> html.Button | None:
    """Return the button that opens a form for another entry of a kind; nothing for who may not write it."""
    if not may_write(person, kind):
        return None
    body: dict[str, Any] = {"kind": kind} | ({"checks": {}} if kind == "discharge" else {})
    data = {"data-body": _json_of(body), "data-fields": _json_of([_said(one) for one in fields]), "data-save": "Save"}
    return _button(words, "add", "record-tool", data | {"data-testid": f"add-{kind}"})


def discharge_fields(person: Person) -> list[Field]:
    """Return what is asked before somebody goes home; who may override is asked for the reason as well."""
    fields = [Field(f"checks.{key}", words, "flag") for key, words in CHECKS.items()]
    reason = Field("override.reason", "Override, reason", "text")
    return [*fields, reason] if person.may(Right.OVERRIDE) else fields


def waste_fields() -> list[Field]:
    """Return what is asked about the rest of the drug."""
    return [
        Field("amount_mg", "Wasted", "number", "mg", required=True),
        Field("witness", "Witness (account)", "text", required=True),
    ]


def review_fields(view: SessionView) -> list[Field]:
    """Return what the review says: of the session, or the causality of one event."""
    events = tuple((event.id, event.term) for event in view.events)
    of_event = [Field("event_id", "Adverse event", "choice", options=events), _CAUSALITY] if events else []
    return [*of_event, Field("text", "Review", "long")]


def follow_up_fields() -> list[Field]:
    """Return what is asked after the visit."""
    return [Field("headache", "Headache, 0 to 10", "number"), Field("text", "Follow-up", "long")]


def close_button(person: Person, view: SessionView) -> html.Button | None:
    """Return the button that closes the session; it asks for a reason where closing wants one."""
    if view.stage is Stage.CLOSED or not may_write(person, "phase"):
        return None
    started = view.started_at is not None
    why = _speaks_against_closing(view)
    label = f"Reason ({why})" if why else "Reason, if there is one"
    body = {"kind": "phase", "to": "closed" if started else "cancelled"}
    words = CLOSE if started else CANCEL
    data = {
        "data-body": _json_of(body),
        "data-fields": _json_of([_said(Field("reason", label, "text", required=bool(why)))]),
        "data-save": words,
    }
    return _button(words, "add", "record-tool", data)


def _speaks_against_closing(view: SessionView) -> str:
    if view.started_at is None:
        return "the infusion was not started"
    against = []
    if view.pump.state in {PumpState.RUNNING, PumpState.PAUSED}:
        against.append("no stop is charted")
    terms = [event.term.lower() for event in view.events if event.open]
    if terms:
        against.append(f"still open: {', '.join(terms)}")
    return "; ".join(against)


def _button(words: str, act: str, look: str, data: Mapping[str, str]) -> html.Button:
    more: dict[str, Any] = {"data-record": act, **data}
    return html.Button(words, type="button", className=look, disable_n_clicks=True, **more)
