"""Everything the running app answers, asked by everybody: exactly who the contract's roles allow comes through.

The table of routes stands in `tests/dashboard/test_wall.py`; those of callbacks, sockets and kinds stand here. Every
cell is really called, and what changes something is sent in a form that would be stored.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from callbacks.pages import PAGES
from dashboard.app import create_app
from models.entries import ENTRY_KINDS
from models.moments import utc_now
from tests.dashboard.test_wall import CHARTERS, EVERYBODY, READERS, ROUTES, Row, chairs_until, listen, routes
from tests.served import ago, settings_for
from tests.wall.calls import CHANGES, ENDS_A_SESSION, Call, call, callback
from tests.wall.world import WHO, World

CALLBACKS = {
    "shell-page.children": Row(),
    "..review-said.children...review-counts.children...review-drawn.data...review-events.children"
    "...review-sessions.children...review-rates.children..": Row(frozenset({"clinician", "reviewer"})),
    "..trail-said.children...trail-lines.children...trail-next.data..": Row(frozenset({"reviewer", "admin"})),
    "..settings-chairs.children...settings-said.children..": Row(frozenset({"admin"})),
}
"""Who gets an answer from a callback; the page callback answers everybody, and says "may not" in a page's place."""
SOCKETS = {"?page=board": READERS | {"wall"}, "?page=chair&chair=1": CHARTERS}
WRITERS = {
    **dict.fromkeys(
        [
            "opening",
            "screening",
            "infusion",
            "adverse_event",
            "medication",
            "emergency",
            "acknowledgement",
            "correction",
            "hold",
            "phase",
            "move",
            "handover",
            "discharge",
            "waste",
            "follow_up",
        ],
        CHARTERS,
    ),
    "reading": CHARTERS | {"device"},
    "note": READERS,
    **dict.fromkeys(("review", "signature"), frozenset({"clinician", "reviewer"})),
    **dict.fromkeys(("limit", "baseline"), frozenset({"clinician"})),
}
CELLS = [(method, path, who) for method, path in sorted(ROUTES) for who in WHO]
ANYBODY_ASKS = frozenset(
    {"/sign-in", "/api/v1/switch", "/healthz", "/readyz", "/metrics", "/_favicon.ico", "/service-worker.js"}
)


def role(who: str) -> str:
    """Return the role of somebody: who is elsewhere is a nurse there."""
    return "nurse" if who == "elsewhere" else who


def is_nobody(who: str, path: str) -> bool:
    """Say whether the wall knows no person behind a request."""
    return who in {"anonymous", "disabled"} or (who == "device" and not path.startswith("/api/"))


def passes(row: Row, who: str, path: str) -> bool:
    """Say whether somebody may ask for a route at all, whatever the object."""
    if row.open:
        return True
    return not is_nobody(who, path) and (role(who) in row.allowed or (who == "device" and row.device))


def expected(row: Row, who: str, method: str, path: str, made: Call) -> int:
    """Return the one code that a cell must have."""
    if passes(row, who, path):
        if who == "elsewhere" and "{" in path and not row.open:
            return 404
        if who == "elsewhere" and (method, path) == ("POST", "/api/v1/sessions"):
            return 422
        return made.success
    if is_nobody(who, path):
        return 401 if path.startswith(("/api/", "/_dash-")) or method != "GET" else 303
    return 303 if who in row.goes_on else 403


def send(world: World, who: str, method: str, made: Call, *, throwaway: bool = False) -> httpx.Response:
    """Make one request as somebody, with the CSRF token that a page of theirs would send."""
    client = world.client(who, throwaway=throwaway)
    return client.http.request(method, made.path, json=made.body, headers={"X-CSRF-Token": client.csrf})


def test_every_route_has_a_row_and_every_change_a_body_that_would_be_stored(world: World) -> None:
    found = routes(world.served.app)

    assert found == set(ROUTES)
    dash = {("POST", "/_dash-update-component")}
    assert {one for one in found if one[0] != "GET"} - dash == set(CHANGES)


@pytest.mark.parametrize(("method", "path", "who"), CELLS, ids=[" ".join(one) for one in CELLS])
def test_exactly_the_allowed_cells_pass(world: World, method: str, path: str, who: str) -> None:
    if path == "/_dash-update-component":
        made = Call(path, callback(world.served.app, "shell-page.children", shell_location="/nowhere"))
    else:
        made = call(world, method, path, who)
    before = world.rows()

    answer = send(world, who, method, made, throwaway=path in ENDS_A_SESSION)

    assert answer.status_code == expected(ROUTES[method, path], who, method, path, made), answer.text[:300]
    if answer.status_code >= 300:
        assert world.rows() == before
        assert "Nair" not in answer.text


@pytest.mark.parametrize("path", [path for method, path in sorted(ROUTES) if method == "GET" and "{" not in path])
def test_nothing_that_a_nurse_of_another_site_reads_is_of_this_one(world: World, path: str) -> None:
    if ROUTES["GET", path].open:
        assert path in ANYBODY_ASKS | {"/assets"}
        return

    said = send(world, "elsewhere", "GET", call(world, "GET", path, "elsewhere")).text

    assert not any(word in said for word in ("Nair", world.session, world.patient, world.entry))


def test_a_second_site_sees_its_own(world: World) -> None:
    chairs = world.client("elsewhere").get("/api/v1/chairs").json()["items"]

    assert chairs[0]["name"] == "E1"
    assert all(chair["name"].startswith("E") for chair in chairs)


# Callbacks


def test_every_callback_of_the_running_app_has_a_row(world: World) -> None:
    served = {output for output, one in world.served.app.dash.callback_map.items() if "callback" in one}

    assert served == set(CALLBACKS)


def test_a_new_callback_and_a_new_route_would_be_found_missing(world: World, tmp_path: Path) -> None:
    from dash import Input, Output  # noqa: PLC0415  # wanted here alone

    app = create_app(settings_for(f"sqlite:///{tmp_path / 'other.db'}", tmp_path), stores=world.served.app.stores)
    app.server.add_api_route("/new", lambda: "new")
    app.dash.callback(Output("new", "children"), Input("shell-location", "pathname"))(lambda path: path)

    assert routes(app) - set(ROUTES) == {("GET", "/new")}
    assert set(app.dash.callback_map) - set(world.served.app.dash.callback_map) == {"new.children"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("output", CALLBACKS)
def test_exactly_the_allowed_get_an_answer_from_a_callback(world: World, output: str, who: str) -> None:
    given: dict[str, Any] = {
        "shell_location": "/nowhere",
        "settings_chair_add": 1,
        "settings_chair_name": uuid.uuid4().hex[:12],
    }
    body = callback(world.served.app, output, **given)
    before = world.rows()

    answer = send(world, who, "POST", Call("/_dash-update-component", body))

    if is_nobody(who, "/_dash-update-component"):
        assert answer.status_code == 401
    else:
        assert answer.status_code == (200 if role(who) in CALLBACKS[output].allowed else 403)
    wrote = world.rows()["chairs"] - before["chairs"]
    assert wrote == (1 if who == "admin" and output.startswith("..settings") else 0)


PAGE_ROWS = {path: row for (method, path), row in ROUTES.items() if path in {page.path for page in PAGES}}


@pytest.mark.parametrize("who", [*sorted(EVERYBODY), "elsewhere"])
@pytest.mark.parametrize("path", sorted(PAGE_ROWS))
def test_the_page_callback_draws_for_nobody_what_the_route_refuses(world: World, path: str, who: str) -> None:
    made = call(world, "GET", path, who)
    body = callback(world.served.app, "shell-page.children", shell_location=made.path)

    answer = send(world, who, "POST", Call("/_dash-update-component", body))

    drawn = json.dumps(answer.json())
    refused = role(who) not in PAGE_ROWS[path].allowed
    assert answer.status_code == 200
    assert ("may not" in drawn) == refused
    if refused or who == "elsewhere":
        assert "Nair" not in drawn


# The live socket


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("query", SOCKETS)
def test_exactly_the_allowed_may_listen(world: World, query: str, who: str) -> None:
    client = world.client(who)
    mine = query.replace("chair=1", "chair=E1") if who == "elsewhere" else query
    if is_nobody(who, "/live") or role(who) not in SOCKETS[query]:
        with pytest.raises(InvalidStatus) as refused:
            listen(client, query)
        assert refused.value.response.status_code == 403
        return

    with listen(client, mine) as socket:
        first = chairs_until(socket, 1)[0]
        socket.close_timeout = 1  # the chairs that were not read are not waited for

    assert (first["chair"] == "E1") == (who == "elsewhere")
    assert (first["session"] == world.session) == (first["chair"] == "1")


def test_a_page_of_another_site_may_not_ask_for_a_chair_of_this_one(world: World) -> None:
    with pytest.raises(InvalidStatus) as refused:
        listen(world.client("elsewhere"), "?page=chair&chair=1")

    assert refused.value.response.status_code == 403


# Kinds of entries


def test_every_kind_has_its_writers() -> None:
    assert set(WRITERS) == {kind.key for kind in ENTRY_KINDS}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_exactly_its_writers_may_write_a_kind(world: World, kind: str, who: str) -> None:
    body: dict[str, Any] = {"id": str(uuid.uuid4()), "kind": kind, "measured_at": ago(0)}
    before = world.rows()

    answer = send(world, who, "POST", Call(f"/api/v1/sessions/{world.session}/entries", body))

    writers = WRITERS[kind]
    if who in {"anonymous", "disabled"}:
        assert answer.status_code == 401
    elif who == "elsewhere":
        assert answer.status_code == 404
    elif who in writers:
        assert answer.status_code in {201, 422}
    else:
        assert answer.status_code == 403
        assert world.rows() == before


def test_a_device_that_was_made_elsewhere_writes_in_no_record_of_this_site(world: World) -> None:
    from models.signing_in import new_device_token  # noqa: PLC0415  # wanted here alone

    token = new_device_token(world.served.app.stores.people, world.site, "elsewhere-monitor", utc_now())
    client = world.served.client()
    client.http.headers["Authorization"] = f"Bearer {token}"

    answer = client.chart(world.session, "reading", values={"hr": 71})

    assert answer.status_code == 404
