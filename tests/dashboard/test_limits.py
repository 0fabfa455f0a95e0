"""Limits on what one browser and one address may ask: rates, lengths, shapes; what is charted is counted apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.limits import Buckets, Places, Rate, Throttle, is_charting
from dashboard.shape import DEEPEST, LONGEST, check_shape
from dashboard.wall import LARGEST_HEAD, LONGEST_PATH, LONGEST_QUERY
from models.errors import MalformedError
from tests.served import Client, Served, serving, values

FEW = {"address": Rate(0.5, 200), "session": Rate(0.5, 5)}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one clinic for the whole file."""
    folder = tmp_path_factory.mktemp("limits")
    with serving(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
        yield found


@pytest.fixture
def strict(door: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Let a browser ask five times at once, and then once in two seconds; what is charted is not touched."""
    monkeypatch.setattr("dashboard.limits.EVERYTHING", FEW)
    monkeypatch.setattr(door.app.asgi, "throttle", Throttle())
    return door


# Counting


def test_so_many_at_once_pass_and_then_one_for_each_moment_that_went_by() -> None:
    buckets = Buckets(Rate(2, 3))

    waits = [buckets.wait("a", at) for at in (0, 0, 0, 0, 0.25, 0.5, 0.5)]

    assert waits == [0, 0, 0, 0.5, 0.25, 0, 0.5]


def test_who_waits_does_not_use_up_what_comes_next() -> None:
    buckets = Buckets(Rate(1, 1))
    buckets.wait("a", 0)

    for tenth in range(1, 10):
        assert buckets.wait("a", tenth / 10) > 0

    assert buckets.wait("a", 1) == 0


def test_what_one_asks_is_not_counted_against_another() -> None:
    buckets = Buckets(Rate(1, 1))
    buckets.wait("a", 0)

    assert buckets.wait("b", 0) == 0


def test_a_long_pause_allows_no_more_than_ever_at_once() -> None:
    buckets = Buckets(Rate(1, 2))
    buckets.wait("a", 0)

    assert [buckets.wait("a", 1000) for _ in range(3)] == [0, 0, 1]


def test_counting_is_bounded_in_memory_and_forgets_who_was_away_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.limits._KNOWN_MOST", 3)
    buckets = Buckets(Rate(1, 1))
    for who in "abcd":
        buckets.wait(who, 0)

    assert [buckets.wait(who, 0) for who in "db"] == [1, 1]
    assert buckets.wait("a", 0) == 0, "forgotten, and begun anew"


def test_places_are_bounded_for_each_holder_and_for_all() -> None:
    places = Places(3)
    mine, other = {"session:a": 2, "address:x": 9}, {"session:b": 2, "address:x": 9}

    assert [places.take(mine) for _ in range(3)] == [True, True, False]
    assert [places.take(other) for _ in range(2)] == [True, False]
    places.leave(mine)
    assert places.take(other)
    assert places.held == 3


def test_the_bound_of_an_address_holds_over_all_its_sessions() -> None:
    places = Places(9)

    taken = [places.take({f"session:{number}": 9, "address:x": 2}) for number in range(3)]

    assert taken == [True, True, False]


@pytest.mark.parametrize(
    ("method", "path", "charting"),
    [
        ("POST", "/api/v1/sessions", True),
        ("POST", "/api/v1/sessions/x/entries", True),
        ("POST", "/api/v1/sessions/x/moves", True),
        ("GET", "/api/v1/sessions/x/entries", False),
        ("POST", "/api/v1/sign-in", False),
        ("POST", "/api/v1/sessions/x/entries/y", False),
        ("POST", "/_dash-update-component", False),
    ],
)
def test_what_comes_for_a_record_is_known_by_its_address(method: str, path: str, charting: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_charting({"method": method, "path": path}) is charting


# Asking too often


def test_a_browser_that_asks_too_often_is_told_when_to_come_back(strict: Served) -> None:
    nurse = strict.sign_in("m.silva")

    answers = [nurse.get("/api/v1/me") for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    told = answers[-1]
    assert told.headers["Retry-After"] == "2"
    assert told.headers["content-type"].startswith("application/problem+json")
    assert "Wait 2 s" in told.json()["detail"]


def test_a_page_that_was_asked_for_too_often_tries_again_by_itself(strict: Served) -> None:
    nurse = strict.sign_in("m.silva")
    for _ in range(5):
        nurse.get("/api/v1/me")

    page = nurse.http.get("/", headers={"Accept": "text/html"})

    assert (page.status_code, page.headers["Refresh"]) == (429, "2")
    assert "still signed in" in page.text


def test_one_browser_that_asks_too_often_stops_no_other(strict: Served) -> None:
    busy, other = strict.sign_in("m.silva"), strict.sign_in("r.okafor")

    assert [busy.get("/api/v1/me").status_code for _ in range(6)][-1] == 429
    assert other.get("/api/v1/me").status_code == 200


def test_who_asked_too_often_charts_all_the_same(strict: Served) -> None:
    nurse = strict.sign_in("r.okafor")
    session = nurse.seat("2")
    while nurse.get("/api/v1/me").status_code != 429:
        pass

    answer = nurse.chart(session, "reading", 1, values=values(124, 78))

    assert answer.status_code == 201


def test_strangers_are_counted_by_their_address(door: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.limits.EVERYTHING", {"address": Rate(0.5, 3), "session": Rate(9, 9)})
    monkeypatch.setattr(door.app.asgi, "throttle", Throttle())
    stranger = door.client()

    codes = [
        stranger.http.get("/healthz", headers={"X-Forwarded-For": f"10.0.0.{one}"}).status_code for one in range(5)
    ]

    assert codes == [200] * 3 + [429] * 2, "whatever a stranger says of where it is"


def test_too_many_entries_are_refused_for_a_while_and_then_stored(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.limits.CHARTING", {"address": Rate(100, 100), "session": Rate(20, 4)})
    monkeypatch.setattr(door.app.asgi, "throttle", Throttle())
    nurse = door.sign_in("m.silva")
    session = nurse.seat("3")

    answers = [nurse.chart(session, "note", 1, text=f"{number}") for number in range(30)]
    refused = [answer for answer in answers if answer.status_code == 429]
    kept = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]

    assert refused
    assert all(answer.json()["title"] == "Too many requests" for answer in refused)
    assert len(kept) == 1 + len(answers) - len(refused), "what was answered 429 was not stored"


# Lengths and shapes


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me", "/", "/sign-in"])
def test_a_query_or_an_address_that_is_too_long_is_refused(door: Served, path: str) -> None:
    nurse = door.sign_in("m.silva")

    assert nurse.http.get(f"{path}?x={'a' * (LONGEST_QUERY - 2)}").status_code == 200
    assert nurse.http.get(f"{path}?x={'a' * LONGEST_QUERY}").status_code == 414
    assert nurse.http.get(f"/{'a' * LONGEST_PATH}").status_code == 414


def test_headers_that_are_too_large_are_refused_with_a_sentence(door: Served) -> None:
    answer = door.client().http.get("/healthz", headers={"X-More": "a" * LARGEST_HEAD})

    assert answer.status_code == 431
    assert "16 KB" in answer.json()["detail"]


def nested(depth: int) -> object:
    """Return lists within lists."""
    found: object = 1
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        (nested(DEEPEST), True),
        (nested(DEEPEST + 1), False),
        ([0] * LONGEST, True),
        ([0] * (LONGEST + 1), False),
        ({"a": [{"b": [0] * (LONGEST + 1)}]}, False),
        ({str(number): 0 for number in range(LONGEST + 1)}, False),
        ("text", True),
        (None, True),
    ],
)
def test_json_is_neither_deeper_nor_longer_than_what_is_sent_in_earnest(body: object, passes: bool) -> None:  # noqa: FBT001  # a column of the table
    if passes:
        check_shape(body)
    else:
        with pytest.raises(MalformedError, match=r"nested deeper|more than"):
            check_shape(body)


@pytest.mark.parametrize("shape", [nested(200), nested(21), [0] * 501], ids=["deepest", "deep", "long"])
@pytest.mark.parametrize("path", ["entries", "sessions", "sign-in", "callback"])
def test_no_door_takes_json_of_such_a_shape(door: Served, shape: object, path: str) -> None:
    nurse = door.sign_in("m.silva")
    session = "00000000-0000-4000-8000-000000000001" if path != "entries" else seated(nurse)
    where = {
        "entries": f"/api/v1/sessions/{session}/entries",
        "sessions": "/api/v1/sessions",
        "sign-in": "/api/v1/sign-in",
        "callback": "/_dash-update-component",
    }
    body: dict[str, Any] = {"output": "shell-page.children", "kind": "note", "id": "x", "text": shape, "inputs": shape}

    answer = nurse.post(where[path], body)

    assert answer.status_code == 400
    assert "The body" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["[" * 30_000, '{"a":' * 10_000, "NaN", '{"output": Infinity}', "\xff"])
def test_a_callback_that_is_no_json_is_refused_before_dash_reads_it(door: Served, text: str) -> None:
    nurse = door.sign_in("m.silva")
    headers = {"X-CSRF-Token": nurse.csrf, "Content-Type": "application/json"}

    answer = nurse.http.post("/_dash-update-component", content=text.encode("latin-1"), headers=headers)

    assert answer.status_code == 400
    assert json.loads(answer.content)["detail"] == "The body is not JSON."


def seated(nurse: Client) -> str:
    """Return a session on chair 1, seating somebody where nobody sits."""
    found = nurse.good(nurse.get("/api/v1/sessions", state="active"))["items"]
    return next((str(one["id"]) for one in found if one["chair"]["name"] == "1"), "") or nurse.seat("1")
