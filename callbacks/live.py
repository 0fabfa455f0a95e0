"""A change becomes the properties to set on an open page, from the same functions that draw the page."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from layouts import ids
from layouts.chair_card import EMPTY_FIGURE, card_properties
from layouts.trend import card_figure
from models.clinic import ChairNow

Changes = dict[str, list[list[Any]]]


def board_changes(chair: ChairNow, zone: tzinfo) -> Changes:
    """Return what the card of one chair shows now: texts and classes at once, its trend after them."""
    figure = EMPTY_FIGURE if chair.view is None else card_figure(chair.view)
    return {
        "set": [[name, properties] for name, properties in card_properties(chair, zone).items()],
        "figures": [[ids.CARD_TREND.of(chair.chair.name), figure]],
    }
