"""Components as HTML text: for parts of a page that our own scripts keep up to date, and Dash only carries.

Dash keeps a store entry and a wrapper for every component, and a page of many pays for each pair of them. The cards of
the board hold only text, so they travel as one attribute and become plain elements in the browser (`assets/plain.js`).
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Final, cast

from dash import html
from dash.development.base_component import Component

_NAMES: Final = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex"}
_PLAIN: Final = frozenset({"id", "href", "title", "role", "hidden"})


def to_html(part: object) -> str:
    """Return a component of `dash.html` and everything in it as HTML; every text and value is escaped.

    Raises:
        TypeError: a component of another kind, or a property that is not an attribute.
    """
    if part is None:
        return ""
    if isinstance(part, list | tuple):
        return "".join(to_html(one) for one in cast("Iterable[object]", part))
    if not isinstance(part, Component):
        return escape(str(part))
    kind = type(part)
    if kind.__module__.rpartition(".")[0] != html.__name__:
        message = f"{kind.__name__} cannot be written as HTML."
        raise TypeError(message)
    described: dict[str, Any] = cast("Any", part).to_plotly_json()
    props = described["props"]
    tag = described["type"].lower()
    attributes = "".join(_attribute(name, value) for name, value in sorted(props.items()) if name != "children")
    return f"<{tag}{attributes}>{to_html(props.get('children'))}</{tag}>"


def _attribute(name: str, value: object) -> str:
    written = _NAMES.get(name, name)
    known = name in _NAMES or name in _PLAIN or name.startswith(("data-", "aria-"))
    if not known:
        message = f"{name} is not written as an attribute."
        raise TypeError(message)
    if value is None or value is False:
        return ""
    return f" {written}" if value is True else f' {written}="{escape(str(value), quote=True)}"'
