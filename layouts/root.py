"""What is drawn before the address is known, and what is drawn when a page says no."""

from __future__ import annotations

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids

DEMO: Final = html.Footer("Demo: every patient is invented.", className="demo-note")
"""Stands under every page of the demo."""


def root(*, demo: bool = False) -> Component:
    """Return the outermost layout: the address, the place of the page, and a word where patients are invented."""
    parts: list[Component] = [
        dcc.Location(id=ids.Shell.LOCATION, refresh=False),
        html.Div(id=ids.Shell.PAGE, className="page"),
    ]
    if demo:
        parts.append(DEMO)
    return html.Div(parts)


def refusal(said: str) -> Component:
    """Return the page that says in a sentence why nothing else is shown."""
    return html.Main([html.H1("Not here"), html.P(said), html.A("To the board", href="/")], className="refusal")
