"""The settings page, for now: the chairs, and the limits that are in force with their sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.people import PATH as PEOPLE
from layouts.post_form import choice_form
from layouts.protocols import PATH
from layouts.unseen import unseen_title
from models.protocol import STANDARD, Limits, Protocol
from models.session import Chair
from models.vitals import VITALS
from models.wall_privacy import NameLevel

_WALL: Final = {
    NameLevel.NONE: "No name",
    NameLevel.INITIALS: "P.N.",
    NameLevel.GIVEN: "Priya N.",
    NameLevel.FULL: "Priya Nair",
}


def settings_page(
    chairs: Sequence[Chair], protocol: Protocol = STANDARD, names: NameLevel = NameLevel.INITIALS
) -> Component:
    """Return the page of whoever looks after the clinic's chairs."""
    return html.Main(
        [unseen_title("Settings"), _people(), _chairs(chairs), _wall(names), _limits(protocol)],
        className="settings",
    )


def _chairs(chairs: Sequence[Chair]) -> Component:
    listed = [html.Li(chair.name, className="settings__chair") for chair in chairs]
    field = dcc.Input(
        id=ids.SettingsPage.CHAIR_NAME, type="text", maxLength=40, autoComplete="off", className="settings__field"
    )
    button = html.Button("Add chair", id=ids.SettingsPage.CHAIR_ADD, className="button", n_clicks=0)
    return html.Section(
        [
            html.H2("Chairs"),
            html.Ul(listed or [html.Li("No chair yet.")], id=ids.SettingsPage.CHAIRS, className="settings__chairs"),
            html.Label("Name of a new chair", htmlFor=ids.SettingsPage.CHAIR_NAME, className="settings__label"),
            html.Div([field, button], className="settings__row"),
            html.P(id=ids.SettingsPage.SAID, className="settings__said", role="status"),
        ],
        className="settings__part",
    )


def _people() -> Component:
    link = html.A("People and devices", href=PEOPLE, className="settings__link")
    return html.Section(
        [html.H2("People"), html.P(["Who may sign in, and which devices may post: ", link])], className="settings__part"
    )


def _wall(names: NameLevel) -> Component:
    choices = [(level.value, _WALL[level]) for level in NameLevel]
    return html.Section(
        [
            html.H2("Names on the wall"),
            html.P("How patients' names show on the screen that everybody sees."),
            choice_form("/api/v1/wall", "names", choices, names.value),
        ],
        className="settings__part",
    )


def _limits(protocol: Protocol) -> Component:
    heads = ("Vital", "Unit", "Critical low", "Caution low", "Caution high", "Critical high", "Source")
    rows = [
        html.Tr([html.Th(vital.label, scope="row"), html.Td(vital.unit), *_cells(protocol.limits_of(vital.key))])
        for vital in VITALS
        if vital.key in protocol.limits
    ]
    return html.Section(
        [
            html.H2(f"Limits: {protocol.name}, version {protocol.version}"),
            html.P(["A clinician signs off the limits before use. ", html.A("Edit protocols", href=PATH)]),
            html.Div(_table(heads, rows), className="settings__scroll"),
        ],
        className="settings__part",
    )


def _table(heads: Sequence[str], rows: Sequence[Component]) -> Component:
    return html.Table([html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)])


def _cells(limits: Limits) -> list[Component]:
    below, above = ("≤", "≥") if limits.inclusive else ("<", ">")
    shown = [
        _bound(below, limits.critical_low),
        _bound(below, limits.caution_low),
        _bound(above, limits.caution_high),
        _bound(above, limits.critical_high),
    ]
    return [html.Td(text) for text in [*shown, limits.source]]


def _bound(sign: str, value: float | None) -> str:
    return "" if value is None else f"{sign} {value:g}"
