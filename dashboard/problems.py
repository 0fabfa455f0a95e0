"""Problem documents (RFC 9457): every refusal in one shape, without a trace, a secret or a word about a patient."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from models.errors import ChairsideError, NotStoredNowError, RefusedError, ThrottledError, WrongCodeError

MEDIA_TYPE = "application/problem+json"


def problem(error: ChairsideError) -> Response:
    """Return the answer to a refusal."""
    extra: dict[str, Any] = {}
    if isinstance(error, RefusedError):
        extra["errors"] = [{"field": one.field, "message": one.message} for one in error.errors]
        if error.confirm:
            extra["confirm"] = [{"field": one.field, "value": one.value, "reason": one.reason} for one in error.confirm]
    if isinstance(error, WrongCodeError):
        extra["errors"] = [{"field": one.field, "message": one.message} for one in error.errors]
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, ThrottledError | NotStoredNowError) else {}
    return document(error.status, error.title, str(error), headers, **extra)


def document(status: int, title: str, detail: str, headers: dict[str, str] | None = None, **extra: object) -> Response:
    """Return a problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []} | extra
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)
