"""The page of whoever looks after people: accounts, what each may do, and the tokens of devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.form_fields import aria, data
from layouts.post_form import SHOW, PostField, act_form, choice_form, post_form
from layouts.ticking import marked
from layouts.unseen import unseen_title
from models.passwords import SHORTEST
from models.people import Person
from models.people_desk import ACCOUNT_ROLES
from models.store.people import Listed, ListedToken

PATH: Final = "/settings/people"
_NEW_PASSWORD: Final = PostField("password", f"New password, {SHORTEST} characters or more", "password", "new-password")
_ROLES: Final = tuple((role, role.capitalize()) for role in ACCOUNT_ROLES)


def people_page(people: Sequence[Listed], tokens: Sequence[ListedToken], person: Person, zone: tzinfo) -> html.Main:
    """Return the page: who may sign in, somebody new, and devices."""
    rows = [_row(one, is_own=one.person.id == person.id) for one in people]
    listed = html.Section([html.H2("People"), html.Div(rows, className="people")], className="settings__part")
    return html.Main([unseen_title("People"), listed, _somebody_new(), _devices(tokens, zone)], className="settings")


def state_words(one: Listed) -> str:
    """Return how an account stands: ``nurse``, ``clinician, second factor``, ``nurse, disabled``."""
    more = [words for words, holds in (("second factor", one.has_code), ("disabled", one.disabled)) if holds]
    return ", ".join([one.person.role.value, *more])


def _row(one: Listed, *, is_own: bool) -> html.Details:
    name, path = one.person.name, f"/api/v1/people/{one.person.id}"
    reset = post_form(f"reset-{name}", f"{path}/password", (_NEW_PASSWORD,), "Reset password")
    body: list[Component] = [
        html.P("A change counts at once: whoever is signed in with the account is signed out.", className="quiet"),
        *([] if is_own else [choice_form(f"{path}/role", "role", _ROLES, one.person.role.value, sure=True)]),
        reset,
        *([_reset_code(name, path)] if one.has_code else []),
        *([] if is_own else [_switch_off(one, path)]),
    ]
    summary = [html.B(name, className="people__name"), html.Span(state_words(one), className="people__state")]
    look = "people__one people__one--disabled" if one.disabled else "people__one"
    return html.Details(
        [html.Summary(summary), *body], className=look, **data(person_row=name), **marked(f"person-{name}")
    )


def _reset_code(name: str, path: str) -> html.Form:
    said = "Take the second factor away"
    return post_form(f"reset-code-{name}", f"{path}/second-factor/reset", (_NEW_PASSWORD,), said)


def _switch_off(one: Listed, path: str) -> html.Form:
    name = one.person.name
    if one.disabled:
        return act_form(f"enable-{name}", f"{path}/enable", "Enable")
    return act_form(f"disable-{name}", f"{path}/disable", "Disable", sure=f"Disable {name} and sign out everywhere")


def _somebody_new() -> html.Section:
    role = html.Div(
        [
            html.Button(
                words,
                type="button",
                className="button",
                **data(choose="role", value=value),
                **marked(f"new-role-{value}"),
            )
            for value, words in _ROLES
        ],
        className="post__row",
        role="group",
        **aria(label="Role"),
    )
    fields = (PostField("name", "Account name"), _NEW_PASSWORD)
    form = post_form("new-person", "/api/v1/people", fields, "Add", choose=role)
    return html.Section([html.H2("Somebody new"), form], className="settings__part")


def _devices(tokens: Sequence[ListedToken], zone: tzinfo) -> html.Section:
    rows = [_token(one, zone) for one in tokens]
    made = html.Div(
        [
            html.P("Copy this token into the device now. It is not shown again."),
            html.P(className="post__secret", **data(shows="token"), **marked("new-token-shown")),
        ],
        hidden=True,
        **data(after="new-token"),
    )
    add = post_form(
        "new-token", "/api/v1/people/tokens", (PostField("name", "Name of the device"),), "Make a token", then=SHOW
    )
    listed = html.Div(rows or [html.P("No device may post readings.", className="quiet")], className="people")
    return html.Section([html.H2("Devices"), listed, add, made], className="settings__part")


def _token(one: ListedToken, zone: tzinfo) -> html.Div:
    made = one.created_at.astimezone(zone)
    words = f"revoked, made {made:%Y-%m-%d}" if one.revoked else f"made {made:%Y-%m-%d}"
    revoke = act_form(
        f"revoke-{one.name}", f"/api/v1/people/tokens/{one.id}/revoke", "Revoke", sure=f"Revoke {one.name}"
    )
    parts: list[Component] = [html.B(one.name, className="people__name"), html.Span(words, className="people__state")]
    return html.Div([*parts, *([] if one.revoked else [revoke])], className="people__one people__one--token")
