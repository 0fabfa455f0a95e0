"""What is wanted seldom at a chair: hold, hand over, move, waste, limits and baseline of this patient, the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import html

from layouts import ids
from layouts.form_fields import (
    action_button,
    aria,
    choice,
    data,
    error_line,
    option_button,
    text_area,
    text_field,
    time_chips,
)
from layouts.record_words import person_text
from layouts.room_part import nurse_part
from layouts.ticking import marked
from models.chair_marks import ChairState
from models.clinic import ChairNow
from models.entries import LIMIT_SIDES
from models.infusion import PumpState
from models.moments import clock
from models.people import Person, Right
from models.session import SessionView
from models.terms import GRADES
from models.vitals import BY_KEY, VITALS

Properties = list[tuple[str, dict[str, Any]]]

HOLD_REASONS: Final = ("washroom", "with the clinician", "examination", "on the telephone")
HOLD_MINUTES: Final = ("5", "10", "15", "20")
BASELINE_OF: Final = ("sbp", "dbp", "hr")
SIDES_HINT: Final = "An empty limit stays as it is; the word none lifts it."
NO_CHAIR: Final = "No other chair is free."
_PARTS: Final = (("hold", "Hold"), ("handover", "Hand over"), ("move", "Move"), ("waste", "Waste"))
_CLINICIANS: Final = (("limit", "Limits"), ("baseline", "Baseline"))


def more_sheet(
    chair: ChairNow, view: SessionView, others: Sequence[ChairNow], person: Person, colleagues: Sequence[Person]
) -> html.Dialog:
    """Return the sheet; limits and baseline are there for who may decide them."""
    decides = person.may(Right.OVERRIDE)
    names = [*_PARTS, *(_CLINICIANS if decides else ())]
    tabs = [option_button(name, words, "chip", f"more-{name}") for name, words in names]
    props, now = dict(more_properties(view, others)), ids.ChairPage.LIMITS_NOW
    parts = [_hold(), _handover(colleagues, props), _move(others, props), _waste(colleagues)]
    return html.Dialog(
        [
            html.Div(
                [
                    choice("sheet", "What is it about", tabs, "chips chips--one"),
                    action_button("Emergency", "emergency"),
                    _leave(),
                ],
                className="sheet__head",
            ),
            *parts,
            *([_limit(view), _baseline()] if decides else []),
            html.P(id=now, className="quiet", **props[now]),
            nurse_part(chair),
            html.Div(
                action_button("End or cancel the session…", "end-or-cancel", testid="session-end-or-cancel"),
                className="sheet__end",
            ),
        ],
        className="sheet",
        **data(form="more"),
        **aria(label="More"),
    )


def more_properties(view: SessionView, others: Sequence[ChairNow]) -> Properties:
    """Return what a change brings into the sheet: free chairs, the draft of a handover, limits in force."""
    free = [one for one in others if takes_patients(one)]
    page = ids.ChairPage
    return [
        *((ids.MOVE_TO.of(one.chair.name), {"hidden": not takes_patients(one)}) for one in others),
        (page.MOVE_NOTE, {"children": "" if free else NO_CHAIR}),
        (page.HANDOVER_DRAFT, {"data-draft": handover_text(view)}),
        (page.LIMITS_NOW, {"children": own_limits_text(view)}),
    ]


def takes_patients(chair: ChairNow) -> bool:
    """Say whether somebody can be moved to a chair."""
    return chair.view is None and chair.state is not ChairState.OUT_OF_USE


def handover_text(view: SessionView) -> str:
    """Draft what the next nurse has to know: the pump, what is flagged, what is open, what comes next."""
    zone, pump = view.zone, view.pump
    minute = view.minute(view.now)
    parts = ["Not started." if minute is None else f"Minute {int(minute)}, {_pump_text(view)}"]
    if pump.started_at is not None:
        parts.append(f"{view.delivered_mg:.1f} of {view.opening.plan.dose_mg:g} mg in.")
    parts += [f"{flag.sentence}." for flag in view.flags[:3]]
    opened = [", ".join(filter(None, (one.term, GRADES.get(one.grade or 0)))) for one in view.events if one.open]
    parts += [f"Open: {'; '.join(opened)}."] if opened else []
    parts += [f"On hold: {view.hold.reason}."] if view.hold else []
    parts += [f"Next check {clock(view.due.at, zone)}."] if view.due.at else []
    return " ".join(parts)


def _pump_text(view: SessionView) -> str:
    if view.pump.state is PumpState.STOPPED:
        return "stopped."
    return f"paused at {view.pump.rate:g} mg/h." if view.pump.state is PumpState.PAUSED else f"{view.pump.rate:g} mg/h."


def own_limits_text(view: SessionView) -> str:
    """Return the limits set for this patient, who set them and why; nothing where those of the protocol hold."""
    said = []
    for own in view.patient_limits.values():
        sides = [
            f"{side.replace('_', ' ')} {value:g}"
            for side in LIMIT_SIDES
            if (value := getattr(own.limits, side)) is not None
        ]
        who = f"{person_text(own.author)} {clock(own.at, view.zone)}: {own.reason}"
        said.append(f"{BY_KEY[own.vital].short} {', '.join(sides) or 'no limits'} ({who})")
    return f"For this patient: {'; '.join(said)}." if said else ""


def _leave() -> html.Button:
    return action_button("Leave it", "close-more", testid="more-close")


def _part(name: str, children: Sequence[Any], save: str) -> html.Div:
    foot = html.Div(
        [
            html.P(className="panel__said", role="alert", **data(said="")),
            action_button(save, f"save-{name}", "press--strong press--save", f"{name}-save"),
        ],
        className="sheet__foot",
    )
    return html.Div([*children, foot], className="sheet__part", **data(sheet=name))


def _chips(name: str, label: str, words: Sequence[tuple[str, str]], testid: str) -> html.Div:
    buttons = [option_button(value, text, "chip", f"{testid}-{value.replace(' ', '-')}") for value, text in words]
    return html.Div(
        [html.Span(label, className="entry__label"), choice(name, label, buttons, "chips"), error_line()],
        className="entry entry--wide",
        **data(field=name),
    )


def _hold() -> html.Div:
    minutes = [(one, f"in {one} min") for one in HOLD_MINUTES]
    return _part(
        "hold",
        [
            html.P("The check goes on counting, and every screen says why it waits.", className="quiet"),
            text_field("reason", "Why can it not be done now?", "hold-reason", look="entry--wide"),
            _chips("reason_pick", "Usual reasons", [(one, one) for one in HOLD_REASONS], "hold"),
            _chips("until_pick", "Back, where somebody knows", minutes, "hold-until"),
            time_chips("hold_at", "Since", "hold-at"),
        ],
        "Hold",
    )


def _people(colleagues: Sequence[Person], name: str, label: str, testid: str) -> html.Div:
    return _chips(name, label, [(one.name, person_text(one.name)) for one in colleagues], testid)


def _handover(colleagues: Sequence[Person], props: dict[str, dict[str, Any]]) -> html.Div:
    draft = ids.ChairPage.HANDOVER_DRAFT
    return _part(
        "handover",
        [
            text_field("to", "To whom (account)", "handover-to", look="entry--wide"),
            _people(colleagues, "to_pick", "Colleagues", "handover-to"),
            text_area("text", "What is open", "handover-text"),
            html.Div(
                action_button("Draft it from the record", "draft-handover", testid="handover-draft"),
                id=draft,
                **props[draft],
            ),
        ],
        "Hand over",
    )


def _move(others: Sequence[ChairNow], props: dict[str, dict[str, Any]]) -> html.Div:
    note = ids.ChairPage.MOVE_NOTE
    buttons = []
    for one in others:
        key = ids.MOVE_TO.of(one.chair.name)
        chair = option_button(one.chair.id, f"Chair {one.chair.name}", "chip", f"move-to-{one.chair.name}")
        buttons.append(html.Span(chair, id=key, **data(chair=one.chair.name), **props[key]))
    return _part(
        "move",
        [
            html.P("The record goes along; this chair becomes free.", className="quiet"),
            html.P(id=note, **props[note]),
            html.Div(
                [choice("chair_id", "To which chair", buttons, "chips"), error_line()],
                className="entry entry--wide",
                **data(field="chair_id"),
            ),
        ],
        "Move",
    )


def _waste(colleagues: Sequence[Person]) -> html.Div:
    return _part(
        "waste",
        [
            text_field("amount_mg", "Thrown away, mg", "waste-amount", mode="decimal"),
            text_field("witness", "Witness (account)", "waste-witness", look="entry--wide"),
            _people(colleagues, "witness_pick", "Who saw it", "waste-witness"),
            time_chips("waste_at", "At", "waste-at"),
        ],
        "Save waste",
    )


def _limit(view: SessionView) -> html.Div:
    vitals = [(one.key, one.short) for one in VITALS if one.key in view.protocol.limits]
    sides = [
        text_field(side, side.replace("_", " ").capitalize(), f"limit-{side.replace('_', '-')}") for side in LIMIT_SIDES
    ]
    return _part(
        "limit",
        [
            _chips("vital", "Limits of", vitals, "limit"),
            html.Div([*sides, error_line()], className="panel__row", **data(field="limits")),
            html.P(SIDES_HINT, className="quiet"),
            text_field("reason", "Why for this patient", "limit-reason", look="entry--wide"),
        ],
        "Set from now on",
    )


def _baseline() -> html.Div:
    fields = [text_field(key, BY_KEY[key].short, f"baseline-{key}", mode="numeric") for key in BASELINE_OF]
    return _part(
        "baseline",
        [
            html.P("Stands in the place of what was measured before the start.", className="quiet"),
            html.Div([*fields, error_line()], className="panel__row", **data(field="values")),
            text_field("reason", "Why", "baseline-reason", look="entry--wide"),
        ],
        "Decide",
    )


def more_button() -> html.Button:
    """Return the button in the bar that opens the sheet."""
    return html.Button(
        "More",
        type="button",
        className="press press--bar",
        **data(act="open-more"),
        **aria(label="More: hold, hand over, move, waste"),
        **marked("more-open"),
    )
