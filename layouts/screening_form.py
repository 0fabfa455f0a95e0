"""The conditions asked about before a start: each yes or no, none answered beforehand, all of them no in one tap."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html

from layouts.form_fields import action_button, choice, data, error_line, option_button
from models.terms import SCREENING


def screening_questions(texts: Mapping[str, str] = SCREENING) -> html.Div:
    """Return the questions, in the words of a session's protocol where there is one; a page holds them once."""
    rows = [
        html.Div(
            [
                html.Span(label, className="screening__words"),
                choice(
                    condition,
                    label,
                    [
                        option_button("no", "No", testid=f"screening-{condition}-no"),
                        option_button("yes", "Yes", testid=f"screening-{condition}-yes"),
                    ],
                    "screening__answer",
                ),
            ],
            className="screening__row",
        )
        for condition, label in ((key, texts.get(key, words)) for key, words in SCREENING.items())
    ]
    return html.Div(
        [
            html.Div(
                [html.H3("Screening"), action_button("All no", "screening-all-no", testid="screening-all-no")],
                className="screening__head",
            ),
            *rows,
            error_line(),
        ],
        className="screening",
        **data(screening="", field="screening"),
    )
