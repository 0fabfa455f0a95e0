"""Components as HTML text: for pages and parts of pages that our own scripts keep up to date.

Dash keeps a store entry and a wrapper for every component, and a page of many pays for each pair of them. The cards of
the board and the page of a chair are therefore written as HTML by the server (`assets/plain.js` keeps them up to date).
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Final, cast

from dash import html
from dash.development.base_component import Component

_TAGS: Final = frozenset({
    "a", "article", "b", "br", "button", "caption", "details", "dialog", "div", "footer", "form", "h1", "h2", "h3",
    "header", "i", "input", "label", "li", "main", "nav", "p", "section", "small", "span", "summary", "table", "tbody",
    "td", "textarea", "th", "thead", "tr", "ul",
})  # fmt: skip  # one tag a line would hide the rest of the file
_EMPTY: Final = frozenset({"br", "input"})
"""Elements that hold nothing and have no end."""
_NAMES: Final = {
    "autoComplete": "autocomplete",
    "className": "class",
    "colSpan": "colspan",
    "htmlFor": "for",
    "inputMode": "inputmode",
    "spellCheck": "spellcheck",
    "tabIndex": "tabindex",
}
WRITTEN: Final = "data-markup"
"""What this module has written already, for `assets/plain.js` to put in its place; in a whole document it is there."""
_HELD: Final = frozenset({"children", WRITTEN})
_PLAIN: Final = frozenset({"id", "href", "title", "role", "hidden", "type", "value", "placeholder", "rows", "scope"})


class Input(Component):
    """A plain text input, which `dash.html` does not have; Dash itself could not draw it."""

    _namespace = "layouts"
    _type = "Input"

    def __init__(self, **attributes: str | None) -> None:
        """Take attributes by the names that components give them."""
        self._prop_names = ["id", "type", "value", "inputMode", "autoComplete", "spellCheck", "placeholder"]
        self._valid_wildcard_attributes, self._base_nodes, self._children_props = ["data-", "aria-"], [], []
        super().__init__(**attributes)  # type: ignore[no-untyped-call]  # Dash ships it without types


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
    tag = _tag(part)
    props: dict[str, Any] = cast("Any", part).to_plotly_json()["props"]
    attributes = "".join(_attribute(name, value) for name, value in sorted(props.items()) if name not in _HELD)
    held = props.get(WRITTEN) or to_html(props.get("children"))
    end = "" if tag in _EMPTY else f"{held}</{tag}>"
    return f"<{tag}{attributes}>{end}"


def _tag(part: Component) -> str:
    kind = type(part)
    tag = kind.__name__.lower()
    ours = kind is Input or kind.__module__.rpartition(".")[0] == html.__name__
    if not ours or tag not in _TAGS:
        message = f"{kind.__name__} cannot be written as HTML."
        raise TypeError(message)
    return tag


def _attribute(name: str, value: object) -> str:
    written = _NAMES.get(name, name)
    known = name in _NAMES or name in _PLAIN or name.startswith(("data-", "aria-"))
    if not known:
        message = f"{name} is not written as an attribute."
        raise TypeError(message)
    if value is None or value is False:
        return ""
    return f" {written}" if value is True else f' {written}="{escape(str(value), quote=True)}"'
