"""Small forms that send what is typed to one address of the API; `assets/post_form.js` brings them to life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.form_fields import aria, data
from layouts.markup import Input
from layouts.ticking import marked

RELOAD: Final = "reload"
"""Load the page anew once it was taken."""
SHOW: Final = "show"
"""Show what came back, this once."""


@dataclass(frozen=True, slots=True)
class PostField:
    """One field: its name in the body, its label, and what a browser should know of it."""

    name: str
    label: str
    type: str = "text"
    complete: str = "off"
    mode: str = "text"


def post_form(  # noqa: PLR0913  # where to, what, how it is called, what then
    key: str,
    path: str,
    fields: Sequence[PostField],
    button: str,
    *,
    then: str = RELOAD,
    said: str = "",
    choose: Component | None = None,
) -> html.Form:
    """Return a form with a place for what is wrong and what came of it; ``key`` tells it from others on the page."""
    parts: list[Component] = [_field(key, field) for field in fields]
    parts += [choose] if choose is not None else []
    submit = html.Button(button, type="submit", className="button button--strong", **marked(f"{key}-send"))
    return html.Form(
        [*parts, html.Div(submit, className="post__row"), said_line()],
        className="post",
        **data(post=path, then=then, done=said),
        **marked(key),
    )


def _field(key: str, field: PostField) -> html.Label:
    place = ids.POST_FIELD.of(f"{key}-{field.name}")
    return html.Label(
        [
            html.Span(field.label, className="post__label"),
            Input(
                id=place,
                type=field.type,
                inputMode=field.mode,
                autoComplete=field.complete,
                spellCheck="false",
                **data(name=field.name, testid=f"{key}-{field.name}"),
            ),
        ],
        htmlFor=place,
        className="post__field",
    )


def choice_form(path: str, name: str, choices: Sequence[tuple[str, str]], now: str, *, sure: bool = False) -> html.Form:
    """Return a row of buttons that each send one value at once; the one in force is pressed.

    With ``sure`` the first tap asks and the second one means it.
    """
    buttons = [_choice(name, value, words, pressed=value == now, sure=sure) for value, words in choices]
    row = html.Div(buttons, className="post__row", role="group")
    return html.Form([row, said_line()], className="post", **data(post=path, then=RELOAD), **marked(f"choose-{name}"))


def _choice(name: str, value: str, words: str, *, pressed: bool, sure: bool) -> html.Button:
    more: dict[str, Any] = data(field=name, value=value) | aria(pressed="true" if pressed else "false")
    more |= data(sure=f"{words}: tap again") if sure else {}
    return html.Button(words, type="submit", className="button", **more, **marked(f"{name}-{value}"))


def act_form(key: str, path: str, button: str, *, sure: str = "") -> html.Form:
    """Return one button that sends nothing but itself; with ``sure`` the first tap asks and the second one means it."""
    more = data(sure=sure) if sure else {}
    submit = html.Button(button, type="submit", className="button", **more, **marked(key))
    return html.Form([submit, said_line()], className="post post--act", **data(post=path, then=RELOAD))


def said_line() -> html.P:
    """Return the empty place for a sentence."""
    return html.P(className="post__said", role="status", **data(said=""))
