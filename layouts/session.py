"""The whole record of one infusion on one page, for screen and paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.alerts_part import alerts_part, overrides_part
from layouts.attributes import attributes
from layouts.discharge_part import afterwards_part, going_home_part, waste_part
from layouts.panel import panel
from layouts.playback import Playback, playback_bar
from layouts.record_forms import close_button, drafts_buttons, forms_json, may_write, note_button
from layouts.record_parts import (
    Shown,
    arrived_after_part,
    card,
    events_part,
    infusion_part,
    lines_part,
    numbers,
    signatures,
)
from layouts.record_table import record_table
from layouts.record_words import day_text, minute_text, moment_text
from layouts.ticking import marked
from layouts.words import NO_BASELINE, STAGES
from models.infusion import PumpState
from models.moments import clock, iso
from models.people import Person, Right, Role
from models.rules import Stage
from models.session import SessionView

SIGN: Final = "Sign and lock"
MEANINGS: Final = (
    "Reviewed and agreed",
    "Charted by me and complete",
    "Reviewed, with the notes I added",
)
STOP_FIRST: Final = "It can be signed once the stop of the infusion is charted."
AFTER_SIGNING: Final = "after signing, only notes, reviews and follow-ups"
NOT_LIVE_NOTE: Final = "This page does not follow the session."


def past_page(view: SessionView, zone: tzinfo, person: Person, playback: Playback) -> Component:
    """Return the record as it stood at a minute: to read only, for nobody writes into the past from there."""
    return session_page(view, zone, replace(person, role=Role.WALL), playback)


def session_page(view: SessionView, zone: tzinfo, person: Person, playback: Playback | None = None) -> Component:
    """Return the record of one session as ``person`` may read and change it."""
    shown = Shown(view, zone, person)
    return html.Main(
        [
            _head(shown),
            *([playback_bar(playback)] if playback else []),
            html.Div(className="record__form", **attributes({"data-record-form": "", "aria-live": "polite"})),
            html.Div(
                [html.Div(_left(shown), className="record__left"), html.Div(_right(shown), className="record__right")],
                className="record__body",
            ),
        ],
        className="record",
        **attributes(
            {
                "data-record-page": view.id,
                "data-arrived": iso(view.arrived_at),
                "data-last-seq": str(view.last_seq),
                "data-forms": forms_json(),
                "data-state": view.state,
            }
        ),
    )


# Head.


def _head(shown: Shown) -> html.Header:
    view = shown.view
    return html.Header(
        [
            html.Div(
                [
                    html.H1(view.patient.name),
                    html.P(identity_text(view), className="record__sub"),
                ],
                className="record__who",
            ),
            html.Div(
                [
                    html.P(stage_text(view), className="record__stage"),
                    html.P(when_text(view, shown.zone), className="record__sub"),
                ],
                className="record__when",
            ),
            html.Div(_tools(shown), className="record__tools"),
        ],
        className="record__head",
    )


def _series_link(view: SessionView) -> html.A:
    return html.A("Series", href=f"/patient/{view.patient.id}", className="record-tool", **marked("open-series"))


def identity_text(view: SessionView) -> str:
    """Return who it is: birth date and age, record number, weight, indication."""
    patient, born = view.patient, view.patient.born
    age = patient.age_on(view.arrived_at.astimezone(view.zone).date())
    parts = [
        f"born {born.day} {born:%b %Y} ({age})",
        f"record {patient.mrn}",
        f"{view.opening.weight_kg:g} kg",
        patient.indication or "",
    ]
    return " · ".join(part for part in parts if part)


def stage_text(view: SessionView) -> str:
    """Return where the session stands."""
    if view.cancelled:
        return "Infusion, cancelled"
    if view.signed is not None:
        return "Infusion, signed"
    if view.stage is Stage.INFUSION:
        return f"Infusion, minute {minute_text(view.minute(view.now))}"
    if view.stage is Stage.CLOSED:
        return "Infusion, closed"
    return f"Infusion, {STAGES[view.stage].lower()}"


def when_text(view: SessionView, zone: tzinfo) -> str:
    """Return day, chair, times and the version of the limits."""
    start, stop = view.started_at, view.pump.stopped_at
    if start is None:
        times = f"arrived {clock(view.arrived_at, zone)}, not started"
    elif stop is None:
        times = f"from {clock(start, zone)}, no stop charted"
    else:
        times = f"{clock(start, zone)} to {moment_text(stop, zone, start)}"
    parts = [day_text(view.arrived_at, zone), f"chair {view.chair.name}", times]
    return " · ".join([*parts, f"limits version {view.protocol.version}"])


def _tools(shown: Shown) -> list[Component]:
    view, person = shown.view, shown.person
    printing = html.Button(
        "Print",
        type="button",
        className="record-tool",
        disable_n_clicks=True,
        **(marked("print") | {"data-record": "print"}),
    )
    found = [
        *drafts_buttons(person, view),
        _series_link(view),
        note_button(person),
        close_button(person, view),
        _from_paper(shown),
        *_exports(view),
        printing,
    ]
    return [tool for tool in found if tool is not None]


_EXPORTS: Final = {"pdf": ("PDF", "record.pdf"), "csv": ("CSV", "record.csv"), "fhir": ("FHIR", "fhir")}


def _exports(view: SessionView) -> list[html.A]:
    """Return one link for each form in which the record can be taken away."""
    return [
        html.A(
            label,
            href=f"/api/v1/sessions/{view.id}/{path}",
            download="",
            className="record-tool",
            **(marked(f"export-{form}") | attributes({"aria-label": f"Export {label}"})),
        )
        for form, (label, path) in _EXPORTS.items()
    ]


def _from_paper(shown: Shown) -> html.A | None:
    """Return the way to type in what was charted on paper."""
    if shown.view.cancelled or not shown.person.may(Right.CHART):
        return None
    href = f"/back-entry/{shown.view.id}"
    return html.A("From paper", href=href, className="record-tool", **marked("from-paper"))


# Body.


def _left(shown: Shown) -> list[Component]:
    view, zone = shown.view, shown.zone
    return [
        html.Section(panel(view, zone, ids.SessionPage.PANEL, record=True), className="record-part record-part--panel"),
        html.Section(record_table(view, zone, shown.person), className="record-part record-part--table"),
        html.Div(
            [part for part in (_before(shown), lines_part("Notes", "note", shown)) if part], className="record__pair"
        ),
    ]


_WATCHING: Final = {
    "emergency": "Emergency",
    "acknowledgement": "Alerts seen",
    "hold": "Holds",
    "limit": "Limits of this patient",
    "baseline": "Baseline decided",
    "move": "Moved",
    "handover": "Handed over",
}


def _right(shown: Shown) -> list[Component]:
    found = [
        numbers(shown.view),
        events_part(shown),
        infusion_part(shown),
        lines_part("Medicines", "medication", shown),
        alerts_part(shown),
        overrides_part(shown),
        *(lines_part(title, kind, shown) for kind, title in _WATCHING.items()),
        lines_part("Course", "phase", shown, lambda _: ""),
        going_home_part(shown),
        waste_part(shown),
        afterwards_part(shown),
        _signing(shown),
        arrived_after_part(shown),
    ]
    return [part for part in found if part is not None]


def _before(shown: Shown) -> html.Section:
    """Return what stood before the start: plan, screening, baseline."""
    view = shown.view
    parts = [lines_part("", kind, shown) for kind in ("opening", "screening")]
    inner = [part.children[1] for part in parts if part is not None]
    screened = "" if view.screening else "not screened"
    return card(
        "Before the start", screened, [*inner, html.P(baseline_text(view, shown.zone), className="record-part__line")]
    )


def baseline_text(view: SessionView, zone: tzinfo) -> str:
    """Return the baseline the limits of this patient follow from."""
    if view.baseline is None or "sbp" not in view.baseline.values:
        return f"{NO_BASELINE[:1].upper()}{NO_BASELINE[1:]}: limits against the patient's own values are silent."
    values = view.baseline.values
    pressure = f"{values['sbp']:g}/{values['dbp']:g}" if "dbp" in values else f"{values['sbp']:g}"
    return f"Baseline {pressure} at {clock(view.baseline.measured_at, zone)}"


# Signing.


def _signing(shown: Shown) -> html.Section:
    view = shown.view
    note = AFTER_SIGNING if view.signed is None else "notes, reviews and follow-ups can be added"
    parts: list[Component | None] = [*signatures(view, shown.zone), _sign(shown), _standing(shown)]
    return card("Signatures", note, parts, "record-part--signing")


def _standing(shown: Shown) -> html.P:
    view = shown.view
    words = f"{view.last_seq} entries, shown as at {clock(view.now, shown.zone)}."
    more = "" if view.state == "signed" else f" {NOT_LIVE_NOTE} "
    reload = html.Button(
        "Reload",
        type="button",
        className="record-tool record-tool--row",
        disable_n_clicks=True,
        **attributes({"data-record": "reload", "data-testid": "record-reload"}),
    )
    return html.P([words, more, reload], className="record-part__line")


def _sign(shown: Shown) -> html.Div | None:
    """Return what signs: the meaning, one button, and a sentence that says what it does."""
    view, person = shown.view, shown.person
    if view.signed is not None or not may_write(person, "signature"):
        return None
    if view.pump.state in {PumpState.RUNNING, PumpState.PAUSED} and view.closed_at is None:
        return html.Div(html.P(STOP_FIRST, className="record-part__line"), className="record-sign")
    meanings = [html.Option(words, value=words) for words in MEANINGS]
    data = {"data-record": "sign", "data-testid": "session-sign", "data-last-seq": str(view.last_seq)}
    return html.Div(
        [
            html.Label(
                [
                    html.Span("As", className="record-sign__as"),
                    html.Select(meanings, className="record-input", **attributes({"data-record-meaning": ""})),
                ],
                className="record-sign__meaning",
            ),
            html.Button(
                SIGN,
                type="button",
                className="record-tool record-tool--main",
                disable_n_clicks=True,
                **attributes(data),
            ),
            html.P(sign_text(view, person), className="record-part__line"),
            html.P(className="record-error", role="alert", **attributes({"data-record-said": ""})),
        ],
        className="record-sign",
    )


def sign_text(view: SessionView, person: Person) -> str:
    """Return what signing does, and what is still unsettled."""
    unsettled = [f"{event.term.lower()} is still open" for event in view.events if event.open]
    unsettled += ["the session is not closed"] if view.stage is not Stage.CLOSED else []
    said = f"{person.name} signs {view.last_seq} entries. Afterwards only notes, reviews and follow-ups can be added."
    return f"{said} {unsettled_text(unsettled)}".strip()


def unsettled_text(unsettled: list[str]) -> str:
    """Return the matters that a signature would leave open as one sentence."""
    words = "; ".join(unsettled)
    return f"{words[:1].upper()}{words[1:]}." if words else ""
