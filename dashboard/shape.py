"""The shape of JSON that is sent to us: how deep, how long, how wide."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import orjson

from models.errors import MalformedError

DEEPEST: Final = 20
"""How many lists and objects may stand within each other; nothing that a page or a device sends has more than six."""
LONGEST: Final = 500
"""How many parts a list or an object may have; a draft of limits, the longest that is sent, has some fifty."""


def json_of(body: bytes) -> Any:  # noqa: ANN401  # JSON, looked at by whoever asked
    """Read JSON.

    Raises:
        MalformedError: it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedError("The body is not JSON.") from error


def check_shape(body: object) -> None:
    """Let pass what is neither deeper nor longer than anything that is sent in earnest.

    Raises:
        MalformedError: it is.
    """
    level: list[Collection[Any]] = _parts_of([body])
    for _ in range(DEEPEST):
        if any(len(one) > LONGEST for one in level):
            raise MalformedError(f"The body has a list or an object with more than {LONGEST} parts.")
        level = [part for one in level for part in _parts_of(one.values() if isinstance(one, dict) else one)]
        if not level:
            return
    raise MalformedError(f"The body is nested deeper than {DEEPEST} lists and objects.")


def _parts_of(values: Collection[Any]) -> list[Collection[Any]]:
    return [one for one in values if isinstance(one, list | dict)]
