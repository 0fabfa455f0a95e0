"""The trail on a page: a search by person, session, patient, kind and day, and lines without names of patients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.record_words import day_text
from layouts.review_filters import TYPING
from layouts.ticking import marked
from models.people import Person, Right
from models.store.emergencies import Emergency
from models.store.trail import Line
from models.trail import Trace

PATH: Final = "/trail"
ANY: Final = "any"
NOTHING: Final = "No line of the trail fits this search."
KINDS: Final = {
    Trace.SIGN_IN: "signed in",
    Trace.SIGN_IN_FAILED: "could not sign in",
    Trace.SIGN_OUT: "signed out",
    Trace.REFUSED: "was refused",
    Trace.BOARD: "watched the board",
    Trace.VIEW: "looked at a record",
    Trace.LIST: "looked at a list",
    Trace.EXPORT: "exported a record",
    Trace.PATIENT: "added a patient",
    Trace.SETTINGS: "changed a setting",
    Trace.PROTOCOL: "changed a protocol",
    Trace.ACCOUNT: "changed an account",
    Trace.SITE: "changed a site",
    Trace.EMERGENCY: "emergency access",
}
HEADS: Final = ("when", "who", "role", "what", "about", "session", "patient", "address", "device")


def trail_page(
    lines: Sequence[Line], cursor: str | None, opened: Sequence[Emergency], person: Person, zone: tzinfo
) -> Component:
    """Return the page: the search stays, the lines below follow it."""
    return html.Main(
        [
            html.Header([html.H1("Trail"), _search(person)], className="review__head"),
            html.P(id=ids.TrailPage.SAID, role="alert", className="record-error review__said"),
            html.Div(lines_table(lines, person, zone), id=ids.TrailPage.LINES, className="record-part"),
            html.Button("Older lines", id=ids.TrailPage.OLDER, type="button", className="button", n_clicks=0),
            dcc.Store(id=ids.TrailPage.NEXT, data=cursor),
            html.Section([html.H2("Emergency access"), emergencies_list(opened, zone)], className="record-part"),
        ],
        className="review",
    )


def _search(person: Person) -> Component:
    number = "Patient's id or record number" if person.may(Right.SEE_RECORDS) else "Patient's id"
    return html.Div(
        [
            _field("Account", ids.TrailPage.PERSON, "text"),
            _labelled("What", _kinds()),
            _field("Session's id", ids.TrailPage.SESSION, "text"),
            _field(number, ids.TrailPage.PATIENT, "text"),
            _field("From", ids.TrailPage.FROM, "date"),
            _field("To", ids.TrailPage.UNTIL, "date"),
        ],
        className="review__filters",
        role="search",
    )


def _kinds() -> dbc.Select:
    options = [{"label": "anything", "value": ANY}, *({"label": KINDS[kind], "value": kind.value} for kind in Trace)]
    return dbc.Select(id=ids.TrailPage.KIND, options=options, value=ANY, className="record-input")


def _field(label: str, name: str, kind: str) -> Component:
    return _labelled(label, dbc.Input(id=name, type=kind, debounce=TYPING, className="record-input"))


def _labelled(label: str, control: Component) -> Component:
    return html.Label([html.Span(label, className="review__label"), control], className="review__filter")


def lines_table(lines: Sequence[Line], person: Person, zone: tzinfo) -> Component:
    """Return the lines, newest first; a session is a link for whoever may read it."""
    if not lines:
        return html.P(NOTHING)
    rows = [html.Tr([html.Td(cell) for cell in _cells(line, person, zone)], **marked("trail-row")) for line in lines]
    heads = html.Thead(html.Tr([html.Th(head, scope="col") for head in HEADS]))
    table = html.Table([heads, html.Tbody(rows)], className="review-list")
    return html.Div(table, className="settings__scroll")


def _cells(line: Line, person: Person, zone: tzinfo) -> list[str | Component]:
    when = f"{day_text(line.at, zone)} {line.at.astimezone(zone):%H:%M:%S}"
    session: str | Component = line.session or ""
    if line.session and person.may(Right.SEE_RECORDS):
        session = html.A(line.session, href=f"/session/{line.session}", className="review-list__link")
    who = line.person or "no account"
    said = [when, who, line.role or "", KINDS[Trace(line.kind)], line.about]
    return [*said, session, line.patient or "", line.address or "", line.device or ""]


def emergencies_list(found: Sequence[Emergency], zone: tzinfo) -> Component:
    """Return what was opened in emergencies into this site or from it."""
    if not found:
        return html.P("No emergency access so far.")
    rows = [html.Li(_emergency_text(one, zone), **marked("emergency-row")) for one in found]
    return html.Ul(rows, className="settings__list")


def _emergency_text(one: Emergency, zone: tzinfo) -> str:
    end = one.ended_at or one.until
    day = day_text(one.began_at, zone)
    hours = f"{one.began_at.astimezone(zone):%H:%M} to {end.astimezone(zone):%H:%M}"
    return f"{day}, {hours}: {one.person} opened session {one.session}. {one.reason}"
