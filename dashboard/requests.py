"""What every route of the API does with a request: who asks, what was sent, what is answered."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import Request
from starlette.responses import Response

from dashboard.wall import Pass
from models.errors import MalformedError
from models.people import Person

DEEPEST: Final = 20
"""How many lists and objects may stand within each other; nothing that a page or a device sends has more than six."""


def answer(body: object, status: int = 200) -> Response:
    """Return JSON."""
    return Response(orjson.dumps(body), status, media_type="application/json")


async def json_body(request: Request) -> Any:  # noqa: ANN401  # JSON, looked at by the use case
    """Return the body of a request.

    Raises:
        MalformedError: it is not JSON, or nested deeper than anything that is sent in earnest.
    """
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise MalformedError("The body is not JSON.") from error
    if is_deep(body):
        raise MalformedError(f"The body is nested deeper than {DEEPEST} lists and objects.")
    return body


def is_deep(body: object) -> bool:
    """Say whether more than ``DEEPEST`` lists and objects stand within each other."""
    level = [body]
    for _ in range(DEEPEST):
        within = [one for one in level if isinstance(one, list | dict)]
        level = [part for one in within for part in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return any(isinstance(one, list | dict) for one in level)


def acting(request: Request) -> Person:
    """Return who is at the other end, as the wall found."""
    passed: Pass = request.scope["state"]["passed"]
    return passed.person
