"""The wires of the chair page: none.

Saving is never a callback: with the network gone it would show the last success and retry nothing (``assets/send.js``
saves). Changes come over the live socket (``callbacks/live.py``).
"""

from __future__ import annotations

from dash import Dash

from models.clinic import Clinic


def register(app: Dash, clinic: Clinic) -> None:
    """Wire nothing: what the page needs of Dash is that it draws it once."""
