"""Attributes of elements that are no property of Dash's own: for scripts, and for those who listen to the page."""

from __future__ import annotations

from typing import Final

from layouts.ticking import Properties

HIDDEN: Final[Properties] = {"aria-hidden": "true"}
"""For signs that a word beside them already says."""


def labelled(words: str) -> Properties:
    """Name an element for those who listen to the page."""
    return {"aria-label": words}


def attributes(values: dict[str, str]) -> Properties:
    """Return ``data-…`` and ``aria-…`` attributes in the form that components take."""
    return {**values}
