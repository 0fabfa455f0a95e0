"""What runs, what went in, and what can be done with the pump: shown as the record has it, charted in one tap."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.form_fields import (
    action_button,
    aria,
    choice,
    data,
    error_line,
    option_button,
    text_field,
    text_input,
    time_chips,
)
from layouts.screening_form import screening_questions
from layouts.ticking import marked
from layouts.words import STOP_NOT_CHARTED, paused_text
from models.checks import speaks_against_start
from models.infusion import RATE_UNITS, PumpState
from models.moments import clock, iso
from models.rules import Stage
from models.session import SessionView

Properties = list[tuple[str, dict[str, Any]]]

ACTIONS: Final = {
    "start": "Start",
    "rate": "Change rate",
    "pause": "Pause",
    "resume": "Resume",
    "bolus": "Bolus",
    "stop": "Stop",
}
REASONS: Final = ("planned dose reached", "too high", "distressed", "nausea", "washroom", "asked by the patient")

_SHOWN_IN: Final = {
    ids.ChairPage.CHANGE_RATE: (PumpState.RUNNING, PumpState.PAUSED),
    ids.ChairPage.PAUSE: (PumpState.RUNNING,),
    ids.ChairPage.RESUME: (PumpState.PAUSED,),
    ids.ChairPage.STOP: (PumpState.RUNNING, PumpState.PAUSED),
    ids.ChairPage.CLOSE: (PumpState.STOPPED,),
}


def infusion_bar(view: SessionView, *, may_override: bool, clinicians: Sequence[str] = ()) -> html.Section:
    """Return the bar and, below it, what opens only when it is asked for.

    ``clinicians`` are the names of who may override a refused start; told to who may not.
    """
    props = dict(infusion_properties(view))
    return html.Section(
        [
            html.Div([_texts(props), _buttons(view, props)], className="infusion__bar"),
            _refused_panel(_override() if may_override else _who_can(clinicians)),
            _screening_panel(view),
            _details_panel(),
            _ending_panel(),
            _closing_panel(),
        ],
        className="form-card infusion",
        **data(form="infusion"),
        **aria(label="Infusion"),
    )


def infusion_properties(view: SessionView) -> Properties:
    """Return what a new entry changes in the bar: texts, and which buttons are shown."""
    state = view.pump.state
    shown: Properties = [(key, {"hidden": state not in states}) for key, states in _SHOWN_IN.items()]
    return [
        (ids.ChairPage.RATE, {"children": rate_text(view)}),
        (ids.ChairPage.DOSE, _dose_properties(view)),
        (ids.ChairPage.PUMP_NOTE, {"children": pump_note(view)}),
        (ids.ChairPage.START_BOX, {"hidden": state is not PumpState.NOT_STARTED}),
        (ids.ChairPage.SCREEN, {"hidden": state is not PumpState.NOT_STARTED or view.screening is not None}),
        *shown,
    ]


def rate_text(view: SessionView) -> str:
    """Return what runs now: ``48 mg/h · 4.8 mL/h``, or that nothing does."""
    pump = view.pump
    if pump.state is PumpState.NOT_STARTED:
        return "Not started"
    if pump.state is PumpState.STOPPED:
        return f"Stopped {clock(pump.stopped_at, view.zone)}" if pump.stopped_at else "Stopped"
    rate = f"{plain(pump.rate)} mg/h"
    volume = f" · {plain(pump.rate / pump.concentration)} mL/h" if pump.concentration else ""
    return f"Paused at {rate}{volume}" if pump.state is PumpState.PAUSED else f"{rate}{volume}"


def plain(number: Decimal) -> str:
    """Return a rate without trailing zeros, to 0.1 from 10 on and to 0.01 below."""
    places = Decimal("0.1") if abs(number) >= 10 else Decimal("0.01")  # noqa: PLR2004  # as the docstring says
    return f"{number.quantize(places).normalize():f}"


def pump_note(view: SessionView) -> str:
    """Return what needs saying beside the numbers: a stop nobody charted, a pause, an end that is planned."""
    if view.started_at is None:
        return start_note(view)
    if view.stop_not_charted:
        return f"Planned dose reached. {STOP_NOT_CHARTED}"
    if view.stage is Stage.PAUSED:
        return paused_text(view, view.zone)
    disputed = list(view.disputed.values())
    if disputed:
        return f"Disputed: {disputed[-1]}"
    if view.stage is Stage.INFUSION and view.planned_end:
        return f"ends {clock(view.planned_end, view.zone)}"
    return ""


def start_note(view: SessionView) -> str:
    """Return what would refuse a start now: the screening, and the reading that is over the gate with its time."""
    said = []
    for sentence in speaks_against_start(view):
        over = next((flag for flag in view.flags if sentence.startswith(flag.sentence)), None)
        first = sentence.partition(". ")[0]
        said.append(f"{over.sentence}, at {clock(over.measured_at, view.zone)}: over the gate" if over else first)
    return " · ".join(said)


def _dose_properties(view: SessionView) -> dict[str, Any]:
    """Return what the browser needs to count the dose on: mg at a moment and the rate since."""
    running = view.pump.state is PumpState.RUNNING
    since = view.pump.segments[-1].since if running else view.now
    return {
        "data-dose-mg": str(view.pump.delivered(since)),
        "data-dose-at": iso(since) if running else "",
        "data-dose-rate": str(view.pump.rate) if running else "0",
        "data-dose-of": f"{view.opening.plan.dose_mg:g}",
        "data-dose-min": f"{view.opening.plan.duration_min:g}",
        "data-dose-kg": f"{view.opening.weight_kg:g}",
        "data-dose-concentration": "" if view.pump.concentration is None else str(view.pump.concentration),
        "data-dose-baseline": "yes" if view.baseline else "no",
        "data-dose-started": "yes" if view.started_at else "no",
    }


def _texts(props: dict[str, dict[str, Any]]) -> html.Div:
    return html.Div(
        [
            html.Div(id=ids.ChairPage.RATE, className="infusion__rate", **props[ids.ChairPage.RATE]),
            html.Div(
                [
                    html.Span(id=ids.ChairPage.DOSE, **props[ids.ChairPage.DOSE]),
                    html.Span(id=ids.ChairPage.PUMP_NOTE, className="infusion__note", **props[ids.ChairPage.PUMP_NOTE]),
                ],
                className="infusion__dose",
            ),
            html.Div(className="infusion__waits hatched", **marked("infusion-waits"), **data(pump_waits="")),
        ],
        className="infusion__texts",
    )


def _glyph(shape: str) -> html.Span:
    return html.Span(className=f"glyph glyph--{shape}", **aria(hidden="true"))


def _buttons(view: SessionView, props: dict[str, dict[str, Any]]) -> html.Div:
    planned = f"{view.opening.plan.rate_mg_h:.2f}".rstrip("0").rstrip(".")
    page = ids.ChairPage

    def press(button_id: str, words: list[Any], act: str, testid: str) -> html.Span:
        return html.Span(action_button(words, act, testid=testid), id=button_id, **props[button_id])

    return html.Div(
        [
            html.Div(
                [
                    html.Label("mg/h, as planned", htmlFor=ids.FORM_INPUT.of("infusion-start-rate")),
                    text_input("infusion-start-rate", mode="decimal", value=planned),
                    action_button([_glyph("start"), "Start"], "start", testid="infusion-start"),
                ],
                id=page.START_BOX,
                className="infusion__start",
                **data(field="start_rate"),
                **props[page.START_BOX],
            ),
            press(page.SCREEN, ["Screening"], "open-screening", "screening-open"),
            press(page.CHANGE_RATE, ["Change rate"], "rate", "infusion-rate"),
            press(page.PAUSE, [_glyph("pause"), "Pause"], "pause", "infusion-pause"),
            press(page.RESUME, [_glyph("start"), "Resume"], "resume", "infusion-resume"),
            press(page.STOP, [_glyph("stop"), "Stop"], "stop", "infusion-stop"),
            press(page.CLOSE, ["End session"], "close-session", "session-close"),
            action_button("…", "infusion-details", "press--square", "infusion-details"),
        ],
        className="infusion__buttons",
    )


def _override() -> html.Div:
    return html.Div(
        [
            text_field("override", "Override with a reason", "infusion-override-reason", look="entry--wide"),
            action_button("Override", "start-override", testid="infusion-override"),
        ],
        className="panel__row",
    )


def _who_can(clinicians: Sequence[str]) -> html.P:
    """Return who may override, for who may not."""
    named = f": {', '.join(clinicians)}" if clinicians else ", signed in here or elsewhere"
    words = f"A clinician can override with a reason{named}."
    return html.P(words, className="quiet", **marked("infusion-who-can"))


def _refused_panel(override: Component) -> html.Div:
    """Return the choices when the server will not take a planned start; the script puts its sentence above."""
    return html.Div(
        [
            html.P(className="panel__said", role="alert", **data(said="")),
            html.Div(
                [
                    action_button("Measure again", "measure-again", testid="infusion-measure-again"),
                    action_button("Chart the screening", "open-screening", testid="infusion-screening"),
                    action_button("It has already been started", "start-happened", testid="infusion-happened"),
                    action_button("Leave it", "close-panel"),
                ],
                className="panel__row",
            ),
            override,
        ],
        className="panel",
        **data(panel="start-refused"),
    )


def _screening_panel(view: SessionView) -> html.Div:
    return html.Div(
        [
            screening_questions(view.protocol.screening.texts),
            html.Div(
                [
                    action_button("Save screening", "save-screening", "press--strong", "screening-save"),
                    action_button("Leave it", "close-panel"),
                ],
                className="panel__row",
            ),
        ],
        className="panel",
        **data(panel="screening"),
    )


def _details_panel() -> html.Div:
    return html.Div(
        [
            choice(
                "action", "What was done", [option_button(k, w, "chip") for k, w in ACTIONS.items()], "chips chips--one"
            ),
            html.Div(
                [
                    text_field("rate_mg_h", "Rate", "infusion-rate-value", mode="decimal", look="only-rate"),
                    choice(
                        "unit", "Unit", [option_button(u, u, "chip") for u in RATE_UNITS], "chips chips--one only-rate"
                    ),
                    text_field("dose_mg", "Bolus, mg", "infusion-bolus", mode="decimal", look="only-bolus"),
                    text_field("concentration_mg_ml", "Concentration, mg/mL", "infusion-concentration", mode="decimal"),
                    text_field("pump_ml", "On the pump, mL", "infusion-pump-ml", mode="decimal", look="only-stop"),
                ],
                className="panel__row",
            ),
            time_chips("infusion_at", "Done", "infusion"),
            text_field("reason", "Reason, where there is one", "infusion-reason", look="entry--wide"),
            choice("infusion_reason", "Usual reasons", [option_button(r, r, "chip") for r in REASONS], "chips"),
            html.Div(
                [
                    action_button("Save", "save-infusion", "press--strong", "infusion-save"),
                    action_button("Screening", "open-screening"),
                    action_button("Leave it", "close-panel"),
                ],
                className="panel__row",
            ),
        ],
        className="panel",
        **data(panel="infusion"),
    )


def _ending_panel() -> html.Div:
    """Return the question before a session ends; the script names the patient and what is typed and not saved."""
    return html.Div(
        [
            html.P(className="panel__said", role="alert", **data(said="")),
            html.Div(
                [
                    action_button("End", "end-session", "press--strong", "session-end"),
                    action_button("Go on charting", "close-panel", testid="session-go-on"),
                ],
                className="panel__row",
            ),
        ],
        className="panel",
        **data(panel="ending"),
    )


def _closing_panel() -> html.Div:
    """Return what ends the session: closed after an infusion, cancelled when none was started."""
    return html.Div(
        [
            html.P(className="panel__said", role="alert", **data(said="")),
            text_field("close_reason", "Reason", "session-close-reason", look="entry--wide"),
            html.Div(
                [
                    action_button("End session", "close-with-reason", "press--strong", "session-close-confirm"),
                    action_button("Leave it", "close-panel"),
                ],
                className="panel__row",
            ),
            error_line(),
        ],
        className="panel",
        **data(panel="closing"),
    )
