"""Noting an effect, a medicine or a few words: a sheet over the page, nothing in it chosen beforehand."""

from __future__ import annotations

from typing import Final

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
from models.terms import ACTIONS_TAKEN, GRADES, INTERVENTIONS, OUTCOMES, SERIOUSNESS, TERMS

UNITS: Final = ("mg", "mcg", "mL", "g")
ROUTES: Final = ("oral", "iv", "im", "sublingual", "nasal")
_WORDS: Final = {
    "withdrawn": "infusion stopped",
    "reduced": "rate reduced",
    "increased": "rate increased",
    "not_recovered": "not recovered",
    "sequelae": "with sequelae",
}


def event_form() -> html.Dialog:
    """Return the sheet; the script opens it, as new or with an effect that is edited."""
    return html.Dialog(
        [
            html.Div(
                [
                    choice(
                        "sheet",
                        "What is noted",
                        [
                            option_button("effect", "Effect", "chip", "sheet-effect"),
                            option_button("medicine", "Medicine", "chip", "sheet-medicine"),
                            option_button("note", "Note", "chip", "sheet-note"),
                        ],
                        "chips chips--one",
                    ),
                    action_button("Emergency", "emergency"),
                    action_button("Leave it", "close-sheet", testid="event-close"),
                ],
                className="sheet__head",
            ),
            _effect(),
            _medicine(),
            _note(),
        ],
        id=ids.ChairPage.EFFECTS,
        className="sheet",
        **data(form="sheet"),
        **aria(label="Note an effect"),
    )


def term_buttons() -> list[html.Button]:
    """Return a button for each term of the picklist, the most frequent first."""
    return [option_button(term.label, term.label, "chip") for term in TERMS]


def _said(word: str) -> str:
    return _WORDS.get(word, word.replace("_", " "))


def _options(name: str, label: str, words: tuple[str, ...], *, many: bool = False) -> html.Div:
    """Return a small choice under its label."""
    buttons = [option_button(word, _said(word), "chip") for word in words]
    return html.Div(
        [
            html.Span(label, className="entry__label"),
            choice(name, label, buttons, "chips", many=many),
            error_line(),
        ],
        className="entry entry--wide",
        **data(field=name),
    )


def _effect() -> html.Div:
    grades = [
        option_button(str(n), [html.B(str(n)), f" {word}"], "grade", f"event-grade-{n}") for n, word in GRADES.items()
    ]
    return html.Div(
        [
            text_field("term", "What was it? Tap or type", "event-term", look="entry--wide"),
            choice("term_pick", "Terms", term_buttons(), "chips terms"),
            time_chips("onset_at", "Began", "event"),
            html.Div(
                [
                    html.Span("How severe (CTCAE grade)", className="entry__label"),
                    choice("grade", "Grade", grades, "grades"),
                ],
                className="entry entry--wide",
                **data(field="grade"),
            ),
            text_area("note", "In your own words", "event-note"),
            _options("interventions", "What was done", INTERVENTIONS, many=True),
            _options("action_taken", "Infusion", ACTIONS_TAKEN),
            _options("outcome", "Outcome so far", OUTCOMES),
            html.Details(
                [
                    html.Summary("Serious? Left for the review where not known"),
                    _options("serious", "Seriousness", SERIOUSNESS, many=True),
                ],
                className="entry entry--wide",
            ),
            _foot("Save effect", "save-event", "event-save"),
        ],
        className="sheet__part",
        **data(sheet="effect"),
    )


def _medicine() -> html.Div:
    return html.Div(
        [
            text_field("name", "Medicine", "medication-name", look="entry--wide"),
            text_field("dose", "Dose", "medication-dose", mode="decimal"),
            _options("unit", "Unit", UNITS),
            _options("route", "Route", ROUTES),
            time_chips("given_at", "Given", "medication"),
            _foot("Save medicine", "save-medication", "medication-save"),
        ],
        className="sheet__part",
        **data(sheet="medicine"),
    )


def _note() -> html.Div:
    return html.Div(
        [
            text_area("text", "Note", "note-text"),
            time_chips("noted_at", "At", "note"),
            _foot("Save note", "save-note", "note-save"),
        ],
        className="sheet__part",
        **data(sheet="note"),
    )


def _foot(words: str, act: str, testid: str) -> html.Div:
    return html.Div(
        [
            html.P(className="panel__said", role="alert", **data(said="")),
            action_button(words, act, "press--strong press--save", testid),
        ],
        className="sheet__foot",
    )
