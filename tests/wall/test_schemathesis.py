"""Schemathesis reads the API's own document and tries, within bounds, to get an answer that it does not tell of."""

from __future__ import annotations

from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from dashboard.api_document import told
from tests.wall.world import World

CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]
ENDS_THE_SESSION: Final = {"/api/v1/sign-in", "/api/v1/sign-out"}
"""A stranger's sign-in is throttled, and a sign-out leaves nobody to ask the rest; both are called elsewhere."""
OPERATIONS: Final = sorted(one for one in told() if one[1] not in ENDS_THE_SESSION)


@pytest.fixture(scope="module")
def api(world: World) -> Any:  # noqa: ANN401  # schemathesis' own
    """Give the document as a clinician of the running app gets it."""
    found = schemathesis.openapi.from_dict(world.client("clinician").get("/api/v1/openapi.json").json())
    found.config.update(base_url=world.served.url)
    return found


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation", OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(drawn=st.data())
def test_no_request_gets_an_answer_that_the_document_does_not_tell_of(
    world: World,
    api: Any,  # noqa: ANN401  # schemathesis' own
    operation: tuple[str, str],
    mode: GenerationMode,
    drawn: st.DataObject,
) -> None:
    method, path = operation
    case = drawn.draw(api[path][method].as_strategy(generation_mode=mode))
    who = "admin" if "/protocols/drafts" in path or path == "/api/v1/chairs" else "clinician"
    client = world.client(who)

    case.call_and_validate(
        headers={"X-CSRF-Token": client.csrf}, cookies=dict(client.http.cookies), checks=CHECKS, timeout=10
    )
