"""What the forms of the chair page are made of: fields, chips and buttons, all empty until somebody fills them.

The scripts in ``assets/`` bring them to life. They find a field by ``data-field`` and a choice by ``data-pick``, and
own what no update sets: the value of an input, ``aria-pressed``, and every element drawn without children.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.markup import Input
from layouts.ticking import marked

Option = tuple[str, str]
InputMode = Literal["text", "numeric", "decimal"]

TIMES: Final = (("0", "now"), ("2", "−2"), ("5", "−5"), ("10", "−10"))
TIME_NAMES: Final = {"0": "now", "2": "minus-2", "5": "minus-5", "10": "minus-10"}
CLOCK_HINT: Final = "hh:mm"


def data(**names: str) -> dict[str, Any]:
    """Return ``data-`` attributes: ``data(field="sbp")`` is ``data-field="sbp"``."""
    return {f"data-{name.replace('_', '-')}": value for name, value in names.items()}


def aria(**names: str) -> dict[str, Any]:
    """Return ``aria-`` attributes: ``aria(label="Save")`` is ``aria-label="Save"``."""
    return {f"aria-{name}": value for name, value in names.items()}


def action_button(words: str | Sequence[Component | str], act: str, look: str = "", testid: str = "") -> html.Button:
    """Return a button that does ``act``."""
    more = marked(testid) if testid else {}
    return html.Button(words, type="button", className=f"press {look}".strip(), **data(act=act), **more)


def option_button(
    value: str, words: str | Sequence[Component | str], look: str = "", testid: str = "", label: str = ""
) -> html.Button:
    """Return one button of a choice; it is never chosen beforehand."""
    more = (marked(testid) if testid else {}) | (aria(label=label) if label else {})
    return html.Button(
        words,
        type="button",
        className=f"press option {look}".strip(),
        **data(value=value),
        **aria(pressed="false"),
        **more,
    )


def choice(name: str, label: str, options: Iterable[Component], look: str = "", *, many: bool = False) -> html.Div:
    """Return a choice of buttons: one of them, or ``many``; a second tap takes the choice back."""
    return html.Div(
        list(options),
        className=f"choice {look}".strip(),
        role="group",
        **data(pick=name, many="yes" if many else "no"),
        **aria(label=label),
    )


def text_input(testid: str, hint: str = "", mode: InputMode = "text", value: str | None = None) -> html.Div:
    """Return a plain text input in a wrapper that holds just it; numbers bring up one keypad and no spinner."""
    return html.Div(
        Input(
            id=ids.FORM_INPUT.of(testid),
            value=value,
            type="text",
            inputMode=mode,
            autoComplete="off",
            spellCheck="false",
            placeholder=hint,
        ),
        className="input",
        **marked(testid),
    )


def text_field(  # noqa: PLR0913  # what a field has: a name, a label, a place to type, a hint, a keypad and a look
    name: str,
    label: str | Sequence[Component | str],
    testid: str,
    hint: str = "",
    mode: InputMode = "text",
    *,
    look: str = "",
) -> html.Div:
    """Return a labelled input with room for the sentence that says what is wrong with it."""
    return html.Div(
        [
            html.Label(label, htmlFor=ids.FORM_INPUT.of(testid), className="entry__label"),
            text_input(testid, hint, mode),
            error_line(),
        ],
        className=f"entry {look}".strip(),
        **data(field=name),
    )


def text_area(name: str, label: str, testid: str, hint: str = "") -> html.Div:
    """Return a labelled place for some lines in the writer's own words."""
    return html.Div(
        [
            html.Label(label, htmlFor=ids.FORM_INPUT.of(testid), className="entry__label"),
            html.Textarea(
                id=ids.FORM_INPUT.of(testid),
                rows="3",
                placeholder=hint,
                autoComplete="off",  # else the browser puts back what was typed for somebody else
                className="area",
                **marked(testid),
            ),
            error_line(),
        ],
        className="entry entry--wide",
        **data(field=name),
    )


def error_line() -> html.Div:
    """Return the empty place beside a field where a script says what is wrong."""
    return html.Div(className="entry__error", role="alert", **data(error=""))


def time_chips(name: str, label: str, prefix: str) -> html.Div:
    """Return the choice of a moment: now, some minutes ago, or by the clock; now is what it starts with.

    ``prefix`` begins the test ids: ``measured`` gives ``measured-now``, ``measured-minus-5``, ``measured-clock``.
    """
    chips = [
        html.Button(
            [words, html.Span(className="when__at", **data(when_at=""))],
            type="button",
            className="press chip",
            **data(minutes=minutes),
            **aria(pressed="true" if minutes == "0" else "false"),
            **marked(f"{prefix}-{TIME_NAMES[minutes]}"),
        )
        for minutes, words in TIMES
    ]
    return html.Div(
        [
            html.Span(label, className="when__label"),
            *chips,
            html.Div(text_input(f"{prefix}-clock", CLOCK_HINT, "numeric"), className="when__clock"),
            error_line(),
        ],
        className="when",
        role="group",
        **data(when=name, field=name),
        **aria(label=label),
    )
