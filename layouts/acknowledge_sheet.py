"""The sheet on which somebody takes an alert: what is done about it as buttons, or a comment; one of them is needed."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import words
from layouts.attributes import attributes, labelled
from layouts.markup import Input
from layouts.ticking import marked

ACTIONS: Final = (
    "Rechecking",
    "At the chair",
    "Rate reduced",
    "Infusion paused",
    "Infusion stopped",
    "Prescriber called",
)
"""What is mostly done first (local); anything else goes into the comment."""


def acknowledge_sheet() -> Component:
    """Draw the sheet, closed; `assets/acknowledge.js` opens it for the alert that was tapped and for no other."""
    buttons = [
        html.Button(action, type="button", className="button", **attributes({"data-answer": action}))
        for action in ACTIONS
    ]
    comment = Input(
        type="text",
        autoComplete="off",
        spellCheck="false",
        placeholder=words.COMMENT,
        **attributes({"data-comment": "", "data-testid": "alert-comment"}),
        **labelled(words.COMMENT),
    )
    save = html.Button(words.SAVE_COMMENT, type="button", className="button", **attributes({"data-answer": ""}))
    leave = html.Button(
        words.CLOSE_SHEET, type="button", className="button button--quiet", **attributes({"data-leave": ""})
    )
    return html.Dialog(
        [
            html.H2(className="take__about", **attributes({"data-sheet-about": ""})),
            html.P(words.COLOUR_STAYS, className="take__stays"),
            html.Div(buttons, className="take__actions"),
            html.Div([comment, save], className="take__comment"),
            html.P(className="take__said", role="status", **attributes({"data-sheet-said": ""})),
            leave,
        ],
        className="take",
        **attributes({"data-sheet": "acknowledge"}),
        **labelled(words.TAKE),
        **marked("alert-sheet"),
    )
