"""The page of the own account: the password, the PIN for this tablet, and the second factor."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.form_fields import data
from layouts.post_form import SHOW, PostField, post_form
from layouts.ticking import marked
from models.passwords import SHORTEST, SHORTEST_WITH_CODE
from models.people import Person, Right

PATH: Final = "/account"
_PASSWORD: Final = PostField("password", "Your password", "password", "current-password")


def account_page(person: Person, *, has_code: bool) -> html.Main:
    """Return the page: what somebody may change about the own account."""
    parts = [_password(has_code=has_code)]
    parts += [_pin()] if person.may(Right.CHART) else []
    parts += [_second_factor(has_code=has_code)] if person.may(Right.SECOND_FACTOR) or has_code else []
    return html.Main(
        [html.H1(f"{person.name}, {person.role}", className="settings__title"), *parts], className="settings"
    )


def _part(title: str, children: list[Component]) -> html.Section:
    return html.Section([html.H2(title), *children], className="settings__part")


def _password(*, has_code: bool) -> html.Section:
    least = SHORTEST_WITH_CODE if has_code else SHORTEST
    new = PostField("new_password", f"New password, {least} characters or more", "password", "new-password")
    said = "The password is changed. Everywhere else you are signed out."
    form = post_form(
        "account-password", "/api/v1/account/password", (_PASSWORD, new), "Change password", then=SHOW, said=said
    )
    return _part("Password", [form])


def _pin() -> html.Section:
    why = (
        "With a PIN you take over this tablet in a moment, from the lock or from a colleague. It holds on this tablet "
        "only, until midnight, at most 12 hours after you gave the password. Five wrong tries end it, and so does "
        "signing out."
    )
    pin = PostField("pin", "PIN, 4 to 8 digits", "password", "off", "numeric")
    said = "The PIN holds for today on this tablet."
    form = post_form("account-pin", "/api/v1/account/pin", (pin, _PASSWORD), "Set PIN for today", then=SHOW, said=said)
    return _part("PIN on this tablet", [html.P(why, className="quiet"), form])


def _second_factor(*, has_code: bool) -> html.Section:
    if has_code:
        away = "/api/v1/account/second-factor/remove"
        on = html.P("On. The code of your authenticator is asked for at every sign-in.", **marked("second-factor-on"))
        return _part("Second factor", [on, post_form("factor-remove", away, (_PASSWORD,), "Take it away")])
    why = (
        "An authenticator on your telephone shows six digits; they are asked for beside the password at every sign-in."
    )
    offer = post_form("factor-offer", "/api/v1/account/second-factor", (_PASSWORD,), "Begin", then=SHOW)
    code = PostField("code", "The six digits it shows now", "text", "one-time-code", "numeric")
    confirm = post_form("factor-confirm", "/api/v1/account/second-factor/confirm", (code,), "Turn it on", then=SHOW)
    return _part("Second factor", [html.P(why, className="quiet"), offer, _offered(confirm), _codes()])


def _offered(confirm: Component) -> html.Div:
    return html.Div(
        [
            html.P("1. Scan this with the authenticator, or type the letters into it."),
            html.Div(**data(image="qr", alt="QR code of the secret"), **marked("factor-qr")),
            html.P(className="post__secret", **data(shows="secret"), **marked("factor-secret")),
            html.P("2. Give the code that it shows."),
            confirm,
        ],
        hidden=True,
        **data(after="factor-offer"),
    )


def _codes() -> html.Div:
    said = "It is on. Write these down now: each stands in for the telephone once. They are not shown again."
    return html.Div(
        [html.P(said), html.Ul(className="post__codes", **data(shows="recovery_codes"), **marked("recovery-codes"))],
        hidden=True,
        **data(after="factor-confirm"),
    )
