"""The frame of every page: where one is, who is signed in, whether the page is live, and the time."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids, words
from layouts.ticking import Properties, marked, ticking
from models.people import Person, Right

BRAND: Final = "Chairside"
LINKS: Final = (
    ("Board", "/", Right.SEE_BOARD),
    ("Review", "/review", Right.SEE_REVIEW),
    ("Settings", "/settings", Right.MANAGE_CHAIRS),
)
SELDOM: Final = (
    ("Paper forms", "/paper", Right.CHART),
    ("Protocols", "/settings/protocols", Right.SEE_PROTOCOLS),
    ("My account", "/account", Right.OWN_ACCOUNT),
    ("Trail", "/trail", Right.SEE_TRAIL),
    ("Emergency access", "/emergency", Right.BREAK_GLASS),
)
"""What is wanted too seldom for a place in the bar: under the name."""


_LOOKING: Final = (words.NOT_LIVE, words.NOTHING_HEARD, words.LOOK)
_CHARTING: Final = (words.NOT_CONNECTED, "since", words.GO_ON_CHARTING)


def shell(
    person: Person,
    page: Component,
    title: str,
    *,
    path: str = "/",
    zone: tzinfo = UTC,
) -> Component:
    """Frame a page.

    Args:
        person: who is signed in; decides the links.
        page: the page itself.
        title: what the browser's tab says (``assets/shell.js``).
        path: the address of the page, to mark its link; a chair's page gets the bar that leaves room for its tabs.
        zone: the clinic's time zone, for the clock and every ticking time.
    """
    kind = "chair" if path.startswith("/chair/") else "page"
    live = [live_state(short=kind == "chair")] if path == "/" or kind == "chair" else []
    place = _CHARTING if kind == "chair" else _LOOKING
    return html.Div(
        [
            html.A("Skip to the page", href="#content", className="skip"),
            html.Header([_brand(), _links(person, path), _end(person, live)], className="bar"),
            stale_place(*place),
            html.Div(id=ids.Shell.EMERGENCY),
            html.Div(page, id="content", className="shell__page"),
        ],
        className=f"shell shell--{kind}",
        **frame(zone, title),
    )


def frame(zone: tzinfo, title: str) -> Properties:
    """Return what the outermost element tells the scripts: the clinic's time zone and the page's title."""
    return {"data-zone": str(zone), "data-title": f"{title} · {BRAND}" if title else BRAND}


def stale_place(badge: str, since: str, advice: str) -> Component:
    """Return the empty place into which `live.js` puts the banner of a page that is not live, with its words."""
    said = {
        "data-stale-place": "",
        "data-badge": badge,
        "data-since": since,
        "data-advice": advice,
        "data-sign-in": words.SIGNED_OUT,
        "data-crowded": words.CROWDED,
    }
    return html.Section(
        id=ids.Shell.STALE_PLACE, className="stale-place", **_any(said | {"aria-label": words.CONNECTION})
    )


def wall_stale_place() -> Component:
    """Return that place for the wall, which has a header of its own."""
    return stale_place(*_LOOKING)


def live_state(*, short: bool = False) -> Component:
    """Return the pill that says whether the page is live, and (unless ``short``) since when something was heard."""
    said = ticking("heard", None, "short" if short else "", was=words.NOT_LIVE)
    return html.Span(className="live", **said, **marked("live-state"))


def clock_face() -> Component:
    """Return the clinic's time; it goes on while the page is not live, for it is the screen's own."""
    attributes = ticking("clock", None)
    del attributes["data-was"]
    return html.Span(className="clock", **attributes, **marked("clock"))


def _any(attributes: dict[str, str]) -> Properties:
    return dict(attributes)


def _brand() -> Component:
    return html.A(BRAND, href="/", className="bar__brand")


def _links(person: Person, path: str) -> Component:
    links = []
    for text, href, right in LINKS:
        if person.may(right):
            here: Properties = {"aria-current": "page"} if href == path else {}
            links.append(html.A(text, href=href, className="bar__link", **here))
    return html.Nav(links, className="bar__links", **_any({"aria-label": "Pages"}))


def _seldom(person: Person) -> list[Component]:
    return [html.A(text, href=href, className="menu__link") for text, href, right in SELDOM if person.may(right)]


def _end(person: Person, live: list[Component]) -> Component:
    toggle = html.Button(
        id=ids.Shell.THEME,
        className="button button--quiet",
        type="button",
        **_any({"data-testid": "theme-toggle", "data-light": "Light", "data-dim": "Dim"}),
    )
    switch = [_switch()] if person.may(Right.CHART) else []
    return html.Div([*live, clock_face(), toggle, *switch, _menu(person)], className="bar__end")


def _switch() -> Component:
    """Draw the way to hand this tablet over by a PIN (`assets/switch.js`)."""
    said = {"data-switch": "", "data-testid": "switch-open", "aria-label": "Switch to somebody else"}
    return html.Button("Switch", id=ids.Shell.SWITCH, className="button button--quiet", type="button", **_any(said))


def _menu(person: Person) -> Component:
    out = html.Button(
        "Sign out",
        id=ids.Shell.SIGN_OUT,
        className="button",
        type="button",
        **_any({"data-testid": "sign-out"}),
    )
    return html.Details(
        [
            html.Summary(person.name, className="button button--quiet menu__name", **marked("signed-in")),
            html.Div(
                [
                    html.Span(f"{person.name}, {person.role}", className="menu__who"),
                    html.Div(id=ids.Shell.SITES, className="menu__sites"),
                    *_seldom(person),
                    out,
                ],
                className="menu__list",
            ),
        ],
        className="menu",
    )
