"""Words for those who listen to a page: what the eye has from place and look already."""

from __future__ import annotations

from dash import html


def unseen(said: str) -> html.Span:
    """Return words that are read aloud and not drawn."""
    return html.Span(said, className="visually-hidden")


def unseen_title(said: str) -> html.H1:
    """Return the heading of a page whose look needs none."""
    return html.H1(said, className="visually-hidden")
