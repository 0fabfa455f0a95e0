"""The wires of the record: none. What is changed there goes through the API, sent by ``assets/record.js``.

A correction, a note or a signature must say truthfully whether it was stored, and a Dash callback cannot: with the
network gone the page keeps its last success. The page is loaded anew after each, which is what draws the change.
"""

from __future__ import annotations

from dash import Dash

from models.clinic import Clinic


def register(app: Dash, clinic: Clinic) -> None:
    """Wire nothing: kept so that every page is registered alike."""
