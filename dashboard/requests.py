"""What every route of the API does with a request: who asks, what was sent, what is answered."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from dashboard.shape import check_shape, json_of
from dashboard.wall import Pass
from models.people import Person


def answer(body: object, status: int = 200) -> Response:
    """Return JSON."""
    return Response(orjson.dumps(body), status, media_type="application/json")


async def json_body(request: Request) -> Any:  # noqa: ANN401  # JSON, looked at by the use case
    """Return the body of a request.

    Raises:
        MalformedError: it is not JSON, or deeper or longer than anything that is sent in earnest.
    """
    body = json_of(await request.body())
    check_shape(body)
    return body


def acting(request: Request) -> Person:
    """Return who is at the other end, as the wall found."""
    passed: Pass = request.scope["state"]["passed"]
    return passed.person
