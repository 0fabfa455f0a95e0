"""Callbacks that no page of ours sends: refused before Dash reads them, without a word of what is inside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.served import Json
from tests.wall.calls import callback
from tests.wall.hostile import LEAKS, VALUES, nested
from tests.wall.world import World

PAGE: Final = "shell-page.children"
CHAIRS: Final = "..settings-chairs.children...settings-said.children.."
REVIEW: Final = (
    "..review-said.children...review-counts.children...review-drawn.data...review-events.children"
    "...review-sessions.children...review-rates.children.."
)
PATH = "/_dash-update-component"
Forge = Callable[[Json], object]


def post(world: World, content: str | bytes, who: str = "admin", **headers: str) -> httpx.Response:
    client = world.client(who)
    sent = {"X-CSRF-Token": client.csrf, "Content-Type": "application/json"} | headers
    return client.http.post(PATH, content=content, headers=sent)


def refused(world: World, answer: httpx.Response, before: dict[str, int]) -> None:
    """Assert that a request was refused with a problem document, told nothing, and wrote nothing."""
    assert 400 <= answer.status_code < 500, answer.text[:300]
    assert set(answer.json()) >= {"title", "status", "detail"}
    assert not [word for word in LEAKS if word in answer.text]
    assert world.rows() == before


def with_input(body: Json, **changed: object) -> Json:
    return body | {"inputs": [body["inputs"][0] | changed, *body["inputs"][1:]]}


def with_state(body: Json, **changed: object) -> Json:
    return body | {"state": [body["state"][0] | changed]}


FORGED: dict[str, Forge] = {
    "no output": lambda body: {key: one for key, one in body.items() if key != "output"},
    "an output of the browser alone": lambda body: body | {"output": "review-chart.figure"},
    "an output that is not wired": lambda body: body | {"output": "settings-said.children"},
    "an output that is a list": lambda body: body | {"output": [body["output"]]},
    "an output that is an object": lambda body: body | {"output": {"id": body["output"]}},
    "the output of Python": lambda body: body | {"output": "__class__.__init__"},
    "no outputs": lambda body: {key: one for key, one in body.items() if key != "outputs"},
    "empty outputs": lambda body: body | {"outputs": []},
    "outputs elsewhere": lambda body: body | {"outputs": {"id": "shell-location", "property": "href"}},
    "another property": lambda body: body | {"outputs": [{"id": "settings-chairs", "property": "dangerous"}] * 2},
    "outputs that are text": lambda body: body | {"outputs": "shell-page.children"},
    "outputs with a pattern": lambda body: body | {"outputs": [{"id": {"type": "x", "i": ["ALL"]}, "property": "y"}]},
    "no inputs": lambda body: {key: one for key, one in body.items() if key != "inputs"},
    "empty inputs": lambda body: body | {"inputs": []},
    "inputs that are an object": lambda body: body | {"inputs": {"0": body["inputs"][0]}},
    "one input twice": lambda body: body | {"inputs": body["inputs"] * 2},
    "a hundred inputs": lambda body: body | {"inputs": body["inputs"] * 100},
    "an input of another id": lambda body: with_input(body, id="settings-chair-name"),
    "an input of another property": lambda body: with_input(body, property="id"),
    "an input with a pattern": lambda body: with_input(body, id={"type": "chair", "index": "1"}),
    "an input with a wildcard": lambda body: with_input(body, id={"type": ["ALL"]}),
    "an input without an id": lambda body: body | {"inputs": [{"property": "n_clicks", "value": 1}]},
    "an input that is a list": lambda body: body | {"inputs": [body["inputs"]]},
    "an input with a prototype": lambda body: with_input(body, __proto__={"role": "admin"}),
    "an input with a constructor": lambda body: with_input(body, constructor={"prototype": {}}),
    "no state": lambda body: {key: one for key, one in body.items() if key != "state"},
    "state of another id": lambda body: with_state(body, id="settings-said"),
    "state that claims a person": lambda body: body | {"state": [*body["state"], {"id": "who", "property": "role"}]},
    "a prototype": lambda body: body | {"__proto__": {"admin": True}},
    "a part that nobody knows": lambda body: body | {"user": "admin"},
    "a trigger of another id": lambda body: body | {"changedPropIds": ["alert.n_clicks"]},
    "a trigger of its state": lambda body: body | {"changedPropIds": ["settings-chair-name.value"]},
    "a trigger that is a number": lambda body: body | {"changedPropIds": [1]},
    "a trigger that is an object": lambda body: body | {"changedPropIds": [{"id": "x"}]},
    "triggers that are text": lambda body: body | {"changedPropIds": "settings-chair-add.n_clicks"},
    "triggers without end": lambda body: body | {"changedPropIds": body["changedPropIds"] * 1000},
    "a value nested without end": lambda body: with_input(body, value=nested(40)),
    "a background job": lambda body: body | {"cancelJob": "1", "job": "1"},
    "a list": lambda body: [body],
    "text": json.dumps,
    "nothing": lambda _body: None,
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_callback_is_refused_and_writes_nothing(world: World, how: str) -> None:
    good = callback(world.served.app, CHAIRS, settings_chair_add=1, settings_chair_name="Forged")
    before = world.rows()

    answer = post(world, json.dumps(FORGED[how](good)))

    refused(world, answer, before)


def test_the_same_callback_unforged_adds_a_chair(world: World) -> None:
    good = callback(world.served.app, CHAIRS, settings_chair_add=1, settings_chair_name="Not forged")
    before = world.rows()["chairs"]

    answer = post(world, json.dumps(good))

    assert answer.status_code == 200
    assert world.rows()["chairs"] == before + 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b'{"output": NaN}',
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 9_000,
        b"x" * 66_000,
    ],
    ids=["nothing", "half", "no text", "null", "NaN", "deep lists", "deep objects", "large"],
)
def test_what_is_no_callback_at_all_is_refused(world: World, content: bytes) -> None:
    before = world.rows()

    answer = post(world, content)

    refused(world, answer, before)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_another_site_is_no_callback(world: World, kind: str) -> None:
    good = callback(world.served.app, CHAIRS, settings_chair_add=1, settings_chair_name="Form")
    before = world.rows()

    answer = post(world, json.dumps(good), **{"Content-Type": kind})

    refused(world, answer, before)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(output=st.sampled_from([PAGE, CHAIRS, REVIEW]), drawn=st.lists(VALUES, min_size=11, max_size=11))
def test_whatever_values_a_callback_is_handed_it_answers_or_refuses(
    world: World, output: str, drawn: list[Any]
) -> None:
    body = callback(world.served.app, output)
    for place, one in enumerate(body["inputs"] + body["state"]):
        one["value"] = drawn[place]
    body["inputs"][0]["value"] = drawn[0] if output != CHAIRS else None  # no button pressed: nothing may be written
    who = "clinician" if output == REVIEW else "admin"
    before = world.rows()

    answer = post(world, json.dumps(body), who)

    assert answer.status_code in {200, 204, 400, 403, 422}, answer.text[:300]
    assert not [word for word in LEAKS if word in answer.text]
    assert world.rows() == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=VALUES.filter(lambda one: not isinstance(one, str)))
def test_a_chair_is_added_by_a_name_that_is_text_and_by_nothing_else(world: World, name: object) -> None:
    body = callback(world.served.app, CHAIRS, settings_chair_add=1, settings_chair_name=name)
    before = world.rows()

    answer = post(world, json.dumps(body))

    assert answer.status_code in {200, 400}
    assert world.rows() == before


@pytest.mark.parametrize(
    "path", ["/chair/%00", "/chair/" + "a" * 5000, "/session/../x", "//evil.example", "/chair/1\x00"]
)
@pytest.mark.parametrize(
    "search", ["?" + "a=1&" * 3000, "?\x00", "?start=%ff", "no question mark", "?draft=x&version=y"]
)
def test_an_address_that_is_none_is_a_sentence_on_the_page(world: World, path: str, search: str) -> None:
    for who in ("nurse", "admin"):
        for asked in (path, "/paper", "/settings/protocols"):
            body = callback(world.served.app, PAGE, shell_location=asked)
            body["state"][0]["value"] = search

            answer = post(world, json.dumps(body), who)

            assert answer.status_code in {200, 413}
            assert not [word for word in LEAKS if word in answer.text]
