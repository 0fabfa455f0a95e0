"""The API against its own document: complete, true, and never upset by whatever is sent."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for

from dashboard.api_document import PROBLEM, entry_schemas, told
from models.entries import ENTRY_KINDS, EntryKind
from models.fields import Fields
from tests.served import Client, ago
from tests.wall.calls import CHANGES, call
from tests.wall.hostile import LEAKS, SCALARS, TEXTS, VALUES
from tests.wall.world import World

Operation = tuple[str, str]
OPERATIONS: Final[list[Operation]] = sorted(told())
CHANGED: Final = [one for one in OPERATIONS if one in CHANGES and one[1] not in {"/api/v1/sign-in", "/api/v1/sign-out"}]
WRITER: Final = {"/api/v1/chairs": "admin", "/api/v1/protocols/{version}/sign-off": "clinician"}
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
PROBLEMS: Final = validator_for(PROBLEM)
KINDS: Final = [kind for kind in ENTRY_KINDS if kind.key in entry_schemas()]


def writer(world: World, path: str) -> Client:
    """Return who may change what stands at a path."""
    return world.client(WRITER.get(path, "admin" if "/protocols/drafts" in path else "clinician"))


def send(client: Client, method: str, path: str, content: bytes | None = None) -> httpx.Response:
    kind = {} if content is None else {"Content-Type": "application/json"}
    return client.http.request(method, path, content=content, headers={"X-CSRF-Token": client.csrf} | kind)


def is_answered_in_form(answer: httpx.Response) -> None:
    """Assert a 2xx, or a refusal that is a whole problem document and tells nothing of what is inside."""
    assert answer.status_code < 500, answer.text[:300]
    assert not [word for word in LEAKS if word in answer.text]
    if answer.status_code >= 400:
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert PROBLEMS.is_valid(said), said
        assert said["status"] == answer.status_code


def test_the_document_tells_of_every_route_of_the_api_and_of_no_other(world: World) -> None:
    document = world.client("nurse").get("/api/v1/openapi.json").json()

    found = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert found == set(told())
    for method, path in sorted(found & set(CHANGES)):
        sends = "requestBody" in document["paths"][path][method.lower()]
        assert sends == (method != "DELETE" and path != "/api/v1/sign-out"), path


@pytest.mark.parametrize("kind", KINDS, ids=[kind.key for kind in KINDS])
def test_the_fields_of_a_kind_are_those_that_are_read(kind: EntryKind) -> None:
    reading = Fields({})
    kind.content.parse(reading)

    assert set(entry_schemas()[kind.key]["properties"]) - {"id", "kind", "measured_at"} == reading._read  # noqa: SLF001  # what was read is known to nobody else


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
def test_every_answer_is_as_it_is_told(world: World, method: str, path: str) -> None:
    made = call(world, method, path, "clinician")
    client = world.client("nurse", throwaway=True) if path.endswith(("/sign-in", "/sign-out")) else writer(world, path)
    what = told()[method, path]

    if what.body is not None:
        assert validator_for(what.body).is_valid(json.loads(json.dumps(made.body))), "the body that is stored fits"
    answer = send(client, method, made.path, None if made.body is None else json.dumps(made.body).encode())

    assert answer.status_code in what.codes, answer.text[:300]
    if what.answer is None:
        assert not answer.content
    else:
        assert answer.headers["content-type"].split(";")[0] == what.media
        if what.media == "application/json":
            assert validator_for(what.answer).is_valid(answer.json())


@pytest.mark.parametrize(("method", "path"), CHANGED, ids=[" ".join(one) for one in CHANGED])
@FEW
@given(body=VALUES)
def test_whatever_is_posted_is_answered_in_form(world: World, method: str, path: str, body: object) -> None:
    made = call(world, "GET", path, "clinician") if method == "GET" else None
    address = made.path if made else address_of(world, path)

    is_answered_in_form(send(writer(world, path), method, address, json.dumps(body).encode()))


def address_of(world: World, path: str) -> str:
    return path.format(session=world.session, version=world.version, draft=world.version)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.key for kind in KINDS])
@FEW
@given(drawn=st.data())
def test_a_kind_with_some_fields_turned_hostile_is_answered_in_form(
    world: World, kind: EntryKind, drawn: st.DataObject
) -> None:
    names = sorted(entry_schemas()[kind.key]["properties"])
    body: dict[str, Any] = {"id": str(uuid.uuid4()), "kind": kind.key, "measured_at": ago(1)}
    for name in drawn.draw(st.lists(st.sampled_from(names), max_size=4, unique=True)):
        body[name] = drawn.draw(st.one_of(VALUES, st.sampled_from(TEXTS)))
    path = f"/api/v1/sessions/{world.session}/entries"

    is_answered_in_form(send(world.client("clinician"), "POST", path, json.dumps(body).encode()))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"NaN", b"[1e999]", b'{"a": Infinity}', b"[" * 5000, b"{}" * 2, b'"\\ud800"']
)
@pytest.mark.parametrize(("method", "path"), CHANGED, ids=[" ".join(one) for one in CHANGED])
def test_what_is_no_json_is_refused(world: World, method: str, path: str, content: bytes) -> None:
    if method == "DELETE":
        return
    before = world.rows()

    answer = send(writer(world, path), method, address_of(world, path), content)

    is_answered_in_form(answer)
    assert answer.status_code in {400, 404, 422}
    assert world.rows() == before


@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "GET"])
@FEW
@given(drawn=st.data())
def test_whatever_an_address_asks_for_is_answered_in_form(world: World, path: str, drawn: st.DataObject) -> None:
    query = {name: str(drawn.draw(SCALARS)).encode("utf-8", "replace") for name in told()["GET", path].query}
    named = drawn.draw(st.sampled_from(["x", "%00", "%ff", "..%2f..", "a" * 300, str(uuid.UUID(int=0)), world.session]))
    address = path.format(session=named, patient=named, version=named, draft=named)

    is_answered_in_form(send(world.client("admin"), "GET", f"{address}?{urlencode(query)}"))
    is_answered_in_form(send(world.client("clinician"), "GET", f"{address}?{urlencode(query)}"))
