"""Looking into drawn components: what they say, and which carry a test id or a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def walk(part: object) -> Iterator[Component]:
    """Return a component and everything in it, outermost first."""
    if isinstance(part, Component):
        yield part
        yield from walk(getattr(part, "children", None))
    elif isinstance(part, list | tuple):
        for one in part:
            yield from walk(one)


def said(part: object) -> str:
    """Return the words of a component, one space between its parts."""
    return " ".join(" ".join(_texts(part)).split())


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, Component):
        yield from _texts(getattr(part, "children", None))
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _texts(one)
    elif part is not None:
        yield str(part)


def with_testid(part: object, name: str) -> list[Component]:
    """Return the components that carry a test id."""
    return [one for one in walk(part) if prop(one, "data-testid") == name]


def with_class(part: object, name: str) -> list[Component]:
    """Return the components that carry a class."""
    return [one for one in walk(part) if name in (prop(one, "className") or "").split()]


def of_type(part: object, name: str) -> list[Component]:
    """Return the components of a type, like ``Del``."""
    return [one for one in walk(part) if type(one).__name__ == name]


def prop(part: Component, name: str) -> Any:  # noqa: ANN401  # a property of any type
    """Return a property, ``None`` where it is not set."""
    return getattr(part, name, None)
