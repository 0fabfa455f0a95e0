"""A change becomes the properties to set on an open page, from the same functions that draw the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from dash.development.base_component import Component

from layouts import ids
from layouts.alert_pill import pill_properties
from layouts.chair import chair_properties
from layouts.chair_card import EMPTY_FIGURE, card_properties
from layouts.markup import to_html
from layouts.panel import panel_changes
from layouts.panel_figure import panel_figure
from layouts.strip import strip_properties
from layouts.trend import card_figure
from models.clinic import ChairNow
from models.session import SessionView
from models.upcoming import Upcoming
from models.wall_privacy import NameLevel

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""A free chair has no present moment of its own; the browser counts every age from its start."""

Changes = dict[str, list[list[Any]]]


def board_changes(chair: ChairNow, zone: tzinfo, names: NameLevel = NameLevel.INITIALS) -> Changes:
    """Return what card and pill of one chair show now: texts and classes at once, the trend after them."""
    figure = EMPTY_FIGURE if chair.view is None else card_figure(chair.view)
    return {
        "set": [
            [name, properties]
            for name, properties in (card_properties(chair, zone, names) | pill_properties(chair, zone)).items()
        ],
        "figures": [[ids.CARD_TREND.of(chair.chair.name), figure]],
    }


def strip_changes(found: Upcoming, zone: tzinfo) -> Changes:
    """Return what the strip of the next half hour shows now, over all chairs."""
    return {"set": [[name, sent(properties)] for name, properties in strip_properties(found, zone).items()]}


def chair_changes(
    chair: ChairNow, others: Sequence[ChairNow], zone: tzinfo, last_time: SessionView | None = None
) -> Changes:
    """Return what the page of one chair shows now; nothing that anybody types in is among it."""
    view = chair.view
    table = list(chair_properties(chair, others, view.now if view else _NEVER, zone))
    if view is None:
        return {"set": [[str(name), sent(properties)] for name, properties in table], "figures": []}
    panel = ids.ChairPage.PANEL
    table += panel_changes(view, zone, panel, last_time=last_time)
    figure = panel_figure(view, zone, last_time=last_time)
    return {"set": [[str(name), sent(properties)] for name, properties in table], "figures": [[str(panel), figure]]}


def sent(properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties as a browser takes them: an element gets a new text, or ``markup`` for what it holds."""
    children = properties.get("children")
    if not isinstance(children, Component | list | tuple):
        return properties
    others = {name: value for name, value in properties.items() if name != "children"}
    return others | {"markup": to_html(children)}
