"""Emergency access on the screen: the form that asks why, and the banner that stays while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.ticking import marked
from models.moments import clock, iso
from models.store.emergencies import Emergency
from models.store.sites import Site

PATH: Final = "/emergency"
_READ_ONLY: Final = "Everything you open is in the trail of both sites, with your reason. You can read and not chart."


def emergency_page() -> Component:
    """Return the form: which session of another site, and why it cannot wait."""
    fields = [
        _field("Site, by its name", ids.EmergencyPage.SITE),
        _field("Chair there, by its name", ids.EmergencyPage.CHAIR),
        _field("Or the session's id", ids.EmergencyPage.SESSION),
        _field("Why this cannot wait (no names: the trail keeps it)", ids.EmergencyPage.REASON),
    ]
    button = html.Button("Open for 60 minutes", id=ids.EmergencyPage.OPEN, type="button", className="button")
    said = html.P(id=ids.EmergencyPage.SAID, role="alert", className="settings__said")
    heading = html.H1("Emergency access to a patient of another site")
    part = html.Section([heading, html.P(_READ_ONLY), *fields, said, button], className="settings__part")
    return html.Main(part, className="settings")


def _field(label: str, name: str) -> Component:
    control = dbc.Input(id=name, type="text", autocomplete="off", maxlength=300, className="record-input")
    return html.Label([html.Span(label, className="settings__label"), control], className="emergency-field")


def emergency_banner(running: Sequence[Emergency], zone: tzinfo) -> list[Component]:
    """Return a line for each emergency access that runs: whose record, until when, why, and how to end it."""
    return [_banner(one, zone) for one in running]


def _banner(one: Emergency, zone: tzinfo) -> Component:
    return html.Div(
        [
            html.B(f"Emergency access until {clock(one.until, zone)}"),
            html.A("Open the record", href=f"/session/{one.session}"),
            html.Span(one.reason, className="emergency-banner__reason"),
            html.Button("End now", type="button", className="button", **attributes({"data-emergency-end": one.id})),
        ],
        className="emergency-banner",
        role="status",
        **marked("emergency-banner"),
        **attributes({"data-emergency-until": iso(one.until)}),
    )


def site_switch(sites: Sequence[Site], acting: str) -> list[Component]:
    """Return where one acts and the other sites one may go to; nothing for who works at one site only."""
    if not any(one.id != acting for one in sites):
        return []
    here = next((one.name for one in sites if one.id == acting), "")
    others = [
        html.Button(f"Act at {one.name}", type="button", className="button", **attributes({"data-act-at": one.id}))
        for one in sites
        if one.id != acting
    ]
    return [html.Span(f"Site: {here}", className="menu__who", **marked("acting-site")), *others]
