"""The wall: who passes to what, over HTTP and over the live socket, on an app that is really served."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from dashboard.app import Chairside, create_app
from dashboard.wall import LARGEST_BODY
from models.moments import utc_now
from models.people import Role
from models.signing_in import new_device_token
from tests.served import PASSWORD, Client, Served, serving, settings_for, values

NAMES = {
    "nurse": "m.silva",
    "clinician": "a.lindqvist",
    "reviewer": "v.marsh",
    "admin": "admin",
    "wall": "wall",
}
EVERYBODY = frozenset(NAMES)
READERS = frozenset({"nurse", "clinician", "reviewer"})
CHARTERS = frozenset({"nurse", "clinician"})
WHO = ("anonymous", *NAMES, "device")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one clinic for the whole file."""
    folder = tmp_path_factory.mktemp("door")
    with serving(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
        yield found


@dataclass(frozen=True)
class There:
    """What there is to ask for."""

    session: str
    patient: str
    entry: str
    token: str


@pytest.fixture(scope="module")
def there(door: Served) -> There:
    """Seat a patient, chart a reading, and make a device token."""
    nurse = door.sign_in("m.silva")
    opening = nurse.opening("1")
    session = str(nurse.good(nurse.post("/api/v1/sessions", opening))["id"])
    entry = nurse.good(nurse.chart(session, "reading", 5, values=values(124, 78)))["entry"]["id"]
    token = new_device_token(door.app.stores.people, door.app.stores.site, "monitor", utc_now())
    return There(session, opening["patient_id"], entry, token)


# Every route for everybody


@dataclass(frozen=True)
class Row:
    """Who may ask for a route: ``allowed`` names roles, ``device`` whether a token passes, ``open`` everybody."""

    allowed: frozenset[str] = EVERYBODY
    device: bool = False
    open: bool = False
    goes_on: frozenset[str] = frozenset()


OPEN = Row(open=True)
ROUTES = {
    ("GET", "/"): Row(READERS | {"wall"}, goes_on=frozenset({"admin"})),
    ("GET", "/chair/{chair}"): Row(CHARTERS),
    ("GET", "/api/v1/upcoming"): Row(READERS | {"wall"}),
    ("GET", "/api/v1/patients/{patient}/last-time"): Row(READERS),
    ("GET", "/review"): Row(frozenset({"clinician", "reviewer"})),
    ("GET", "/session/{session}"): Row(READERS),
    ("GET", "/patient/{patient}"): Row(READERS),
    ("GET", "/paper"): Row(CHARTERS),
    ("GET", "/back-entry/{session}"): Row(CHARTERS),
    ("GET", "/settings"): Row(frozenset({"admin"})),
    ("GET", "/settings/protocols"): Row(READERS | {"admin"}),
    ("GET", "/trail"): Row(frozenset({"reviewer", "admin"})),
    ("GET", "/emergency"): Row(frozenset({"clinician"})),
    ("GET", "/sign-in"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/_favicon.ico"): OPEN,
    ("GET", "/service-worker.js"): OPEN,
    ("GET", "/assets"): OPEN,
    ("GET", "/_dash-component-suites/{package_name}/{fingerprinted_path:path}"): OPEN,
    ("GET", "/_dash-layout"): Row(),
    ("GET", "/_dash-dependencies"): Row(),
    ("POST", "/_dash-update-component"): Row(),
    ("GET", "/_reload-hash"): Row(),
    ("POST", "/api/v1/sign-in"): OPEN,
    ("POST", "/api/v1/sign-out"): Row(device=True),
    ("GET", "/api/v1/openapi.json"): Row(device=True),
    ("GET", "/api/v1/me"): Row(device=True),
    ("GET", "/api/v1/time"): Row(device=True),
    ("GET", "/api/v1/sites"): Row(device=True),
    ("POST", "/api/v1/sites/{site}/act"): Row(device=True),
    ("GET", "/api/v1/trail"): Row(frozenset({"reviewer", "admin"})),
    ("GET", "/api/v1/emergency-access"): Row(frozenset({"reviewer", "admin"})),
    ("POST", "/api/v1/emergency-access"): Row(frozenset({"clinician"})),
    ("POST", "/api/v1/emergency-access/{emergency}/end"): Row(frozenset({"clinician"})),
    ("GET", "/api/v1/chairs"): Row(),
    ("POST", "/api/v1/chairs"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/chairs/{chair}/state"): Row(CHARTERS | {"admin"}),
    ("POST", "/api/v1/chairs/{chair}/nurse"): Row(CHARTERS),
    ("GET", "/api/v1/chairs/{chair}/log"): Row(CHARTERS | {"admin"}),
    ("GET", "/api/v1/patients"): Row(READERS),
    ("POST", "/api/v1/patients"): Row(CHARTERS),
    ("GET", "/api/v1/patients/{patient}"): Row(READERS),
    ("GET", "/api/v1/sessions"): Row(READERS),
    ("POST", "/api/v1/sessions"): Row(CHARTERS),
    ("GET", "/api/v1/sessions/{session}"): Row(READERS),
    ("GET", "/api/v1/sessions/{session}/record.csv"): Row(READERS),
    ("GET", "/api/v1/sessions/{session}/record.pdf"): Row(READERS),
    ("GET", "/api/v1/sessions/{session}/fhir"): Row(READERS),
    ("GET", "/api/v1/sessions/{session}/serious.json"): Row(READERS),
    ("GET", "/api/v1/sessions/{session}/entries"): Row(READERS),
    ("POST", "/api/v1/sessions/{session}/entries"): Row(READERS, device=True),
    ("POST", "/api/v1/sessions/{session}/moves"): Row(CHARTERS),
    ("GET", "/api/v1/events"): Row(READERS),
    ("GET", "/api/v1/events.csv"): Row(READERS),
    ("GET", "/api/v1/protocols"): Row(READERS | {"admin"}),
    ("GET", "/api/v1/protocols/{version}"): Row(READERS | {"admin"}),
    ("GET", "/api/v1/protocols/{version}/differences"): Row(READERS | {"admin"}),
    ("POST", "/api/v1/protocols/{version}/sign-off"): Row(frozenset({"clinician"})),
    ("GET", "/api/v1/protocols/drafts"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/protocols/drafts"): Row(frozenset({"admin"})),
    ("GET", "/api/v1/protocols/drafts/{draft}"): Row(frozenset({"admin"})),
    ("PUT", "/api/v1/protocols/drafts/{draft}"): Row(frozenset({"admin"})),
    ("DELETE", "/api/v1/protocols/drafts/{draft}"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/protocols/drafts/{draft}/publish"): Row(frozenset({"admin"})),
    ("GET", "/settings/people"): Row(frozenset({"admin"})),
    ("GET", "/account"): Row(READERS | {"admin"}),
    ("POST", "/api/v1/used"): Row(device=True),
    ("POST", "/api/v1/lock"): Row(device=True),
    ("GET", "/api/v1/switch"): OPEN,
    ("POST", "/api/v1/switch"): OPEN,
    ("POST", "/api/v1/account/pin"): Row(CHARTERS),
    ("DELETE", "/api/v1/account/pin"): Row(CHARTERS),
    ("GET", "/api/v1/account"): Row(READERS | {"admin"}),
    ("POST", "/api/v1/account/password"): Row(READERS | {"admin"}),
    ("POST", "/api/v1/account/second-factor"): Row(frozenset({"clinician", "admin"})),
    ("POST", "/api/v1/account/second-factor/confirm"): Row(frozenset({"clinician", "admin"})),
    ("POST", "/api/v1/account/second-factor/remove"): Row(READERS | {"admin"}),
    ("GET", "/api/v1/wall"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/wall"): Row(frozenset({"admin"})),
    ("GET", "/api/v1/people"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people"): Row(frozenset({"admin"})),
    ("GET", "/api/v1/people/tokens"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/tokens"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/tokens/{token}/revoke"): Row(frozenset({"admin"})),
    ("GET", "/api/v1/people/{account}"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/{account}/disable"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/{account}/enable"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/{account}/role"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/{account}/password"): Row(frozenset({"admin"})),
    ("POST", "/api/v1/people/{account}/second-factor/reset"): Row(frozenset({"admin"})),
}
NOT_THERE = str(uuid.uuid4())
ELSEWHERE = ("version", "draft", "site", "emergency", "account", "token")
SUITES = "/_dash-component-suites/{package_name}/{fingerprinted_path:path}"
FILES = {
    "/assets": "/assets/base.css",
    SUITES: "/_dash-component-suites/dash/html/dash_html_components.min.js",
}
BODIES: dict[str, Any] = {
    "/_dash-update-component": {
        "output": "shell-page.children",
        "outputs": {"id": "shell-page", "property": "children"},
        "inputs": [{"id": "shell-location", "property": "pathname", "value": "/nowhere"}],
        "state": [{"id": "shell-location", "property": "search", "value": ""}],
        "changedPropIds": ["shell-location.pathname"],
    },
    "/api/v1/sessions/{session}/entries": {"kind": "note"},
}


def routes(app: Chairside) -> set[tuple[str, str]]:
    """Return method and path of everything the running app answers over HTTP."""
    found: set[tuple[str, str]] = set()
    pending: list[Any] = list(app.server.routes)
    while pending:
        route = pending.pop()
        inner = getattr(route, "original_router", None)
        if inner is not None:
            pending += inner.routes
        elif type(route).__name__ == "Mount":
            found.add(("GET", route.path))
        elif getattr(route, "methods", None):
            found |= {(method, route.path) for method in route.methods - {"HEAD"}}
    return found


def asking(door: Served, there: There, who: str, *, throwaway: bool = False) -> Client:
    """Return the client of somebody; one of its own where the request ends the session."""
    if who in NAMES and not throwaway:
        return door.sign_in(NAMES[who])
    client = door.client()
    if who in NAMES:
        client.sign_in(NAMES[who])
    elif who == "device":
        client.http.headers["Authorization"] = f"Bearer {there.token}"
    return client


def expected(row: Row, who: str, method: str, path: str) -> set[int] | None:
    """Return the codes a cell must have; ``None`` where any but a refusal is right."""
    if row.open or (who in row.allowed) or (who == "device" and row.device):
        return None
    if who in row.goes_on:
        return {303}
    api = path.startswith("/api/")
    if who == "anonymous" or (who == "device" and not api):
        return {401} if api or path.startswith("/_dash-") or method != "GET" else {303}
    return {403}


def test_every_route_of_the_running_app_has_a_row_and_every_row_a_route(door: Served) -> None:
    assert routes(door.app) == set(ROUTES)


def test_a_new_route_would_be_found_missing(door: Served, tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'other.db'}", tmp_path), stores=door.app.stores)

    app.server.add_api_route("/new", lambda: "new")

    assert routes(app) - set(ROUTES) == {("GET", "/new")}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("method", "path"), sorted(ROUTES), ids=[" ".join(one) for one in sorted(ROUTES)])
def test_exactly_the_allowed_pass(door: Served, there: There, method: str, path: str, who: str) -> None:
    client = asking(door, there, who, throwaway=path in {"/api/v1/sign-out", "/api/v1/lock"})
    named = {"session": there.session, "patient": there.patient, "chair": "1"}
    address = FILES.get(path) or path.format(**named, **dict.fromkeys(ELSEWHERE, NOT_THERE))
    body = BODIES.get(path, {}) if method == "POST" else None
    if who == "device" and body:
        body = {"kind": "reading"}

    code = client.http.request(method, address, json=body, headers={"X-CSRF-Token": client.csrf}).status_code

    wanted = expected(ROUTES[method, path], who, method, path)
    if wanted is None:
        assert code not in {303, 401, 403}
        assert code < 500
    else:
        assert code in wanted


WRITERS = {
    "screening": CHARTERS,
    "reading": CHARTERS | {"device"},
    "infusion": CHARTERS,
    "adverse_event": CHARTERS,
    "medication": CHARTERS,
    "note": READERS,
    "correction": CHARTERS,
    "phase": CHARTERS,
    "discharge": CHARTERS,
    "waste": CHARTERS,
    "review": frozenset({"clinician", "reviewer"}),
    "follow_up": CHARTERS,
    "signature": frozenset({"clinician", "reviewer"}),
}


@pytest.mark.parametrize("who", WHO[1:])
@pytest.mark.parametrize("kind", WRITERS)
def test_exactly_the_writers_of_a_kind_may_write_it(door: Served, there: There, kind: str, who: str) -> None:
    client = asking(door, there, who)

    code = client.post(f"/api/v1/sessions/{there.session}/entries", {"kind": kind}).status_code

    assert code == (422 if who in WRITERS[kind] else 403)


@pytest.mark.parametrize("who", ["admin", "wall"])
def test_who_may_not_write_is_told_so_before_anything_is_said_of_the_session(
    door: Served, there: There, who: str
) -> None:
    client = asking(door, there, who)

    for session in (there.session, str(uuid.uuid4()), "none"):
        assert client.post(f"/api/v1/sessions/{session}/entries", {"kind": "note"}).status_code == 403


def test_a_forbidden_page_says_nothing_of_a_patient(door: Served, there: There) -> None:
    answer = door.sign_in("admin").get(f"/session/{there.session}")

    assert answer.status_code == 403
    assert "Nair" not in answer.text
    assert there.session not in answer.text


def test_who_is_nobody_is_led_back_after_signing_in(door: Served) -> None:
    client = door.client()

    answer = client.http.get("/chair/Bay 1?wall&from=a%26b")
    page = client.http.get(answer.headers["location"]).text

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/")
    assert 'data-next="/chair/Bay%201?wall&amp;from=a%26b"' in page


@pytest.mark.parametrize("address", ["/api/v1/me", "/_dash-layout", "/"])
@pytest.mark.parametrize("value", ["", "x", "a=b; c", '"', "é"])
def test_a_cookie_that_means_nothing_is_nobody(door: Served, address: str, value: str) -> None:
    client = door.client()

    answer = client.http.get(address, headers={b"Cookie": f"chairside={value}".encode()})

    assert answer.status_code in {303, 401}


@pytest.mark.parametrize("sent", ["Bearer", "Bearer x", "Basic eDp5", "bearer \t x"])
def test_a_token_that_means_nothing_is_nobody(door: Served, sent: str) -> None:
    assert door.client().http.get("/api/v1/me", headers={b"Authorization": sent.encode()}).status_code == 401


def test_a_device_token_opens_no_page(door: Served, there: There) -> None:
    client = asking(door, there, "device")

    assert client.get("/").status_code == 303
    assert client.get("/_dash-layout").status_code == 401


def test_a_device_writes_under_its_own_name(door: Served, there: There) -> None:
    client = asking(door, there, "device")

    answer = client.good(client.chart(there.session, "reading", 2, values={"hr": 71}))

    assert answer["entry"]["author"] == "monitor"


# What is not there


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/_mcp",
        "/mcp",
        "/_dash-ws-callback",
        "/api/v1/nope",
        "/api/v2/me",
        "/assets/../dashboard/app.py",
        "/assets/%2e%2e/dashboard/app.py",
        "/assets/..%2fpyproject.toml",
        "/assets/%2e%2e/api/v1/sessions",
        "/assets/",
        "/_dash-component-suites/dash/%2e%2e/%2e%2e/version.py",
        "/_dash-component-suites/dash/nope.js",
        "/_dash-component-suites/dash/dash.py",
        "/_dash-component-suites/nope/nope.js",
        "/_dash-component-suites/os/path",
        "/_dash-component-suites/../_dash-layout",
        "/sign-in/",
        "/review/",
        "//",
    ],
)
def test_an_unknown_path_is_not_found_and_never_answered(door: Served, path: str) -> None:
    nurse = door.sign_in("m.silva").http
    kept = {"Cookie": "; ".join(f"{name}={value}" for name, value in nurse.cookies.items())}

    codes = [raw(door, path, headers) for headers in (kept, {})]

    assert codes[0] == 404
    assert codes[1] in {303, 401, 404}


def raw(door: Served, path: str, headers: dict[str, str]) -> int:
    """Ask for a path exactly as it is written."""
    with closing(HTTPConnection("127.0.0.1", door.port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


def test_a_wrong_method_is_refused(door: Served) -> None:
    assert door.sign_in("m.silva").http.delete("/api/v1/chairs", headers=forged(door, {})).status_code == 405


# Requests that another site made


def forged(door: Served, headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of a nurse's own request, changed; an empty value leaves one out."""
    own = {"X-CSRF-Token": door.sign_in("m.silva").csrf} | headers
    return {name: value for name, value in own.items() if value}


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"X-CSRF-Token": ""}, False),
        ({"X-CSRF-Token": "0" * 64}, False),
        ({"Origin": "HOST"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "ftp://HOST"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_only_our_own_pages_may_change_anything(door: Served, headers: dict[str, str], passes: bool) -> None:  # noqa: FBT001  # a parameter of the test
    host = f"127.0.0.1:{door.port}"
    filled = {
        name: value.replace("ftp://HOST", f"ftp://{host}").replace("HOST", f"http://{host}")
        for name, value in headers.items()
    }

    answer = door.sign_in("m.silva").http.post("/api/v1/patients", json={}, headers=forged(door, filled))

    assert answer.status_code == (422 if passes else 403)


def test_the_csrf_token_of_somebody_else_is_wrong(door: Served) -> None:
    other = door.sign_in("r.okafor").csrf

    answer = door.sign_in("m.silva").http.post("/api/v1/patients", json={}, headers={"X-CSRF-Token": other})

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/_dash-update-component", "/api/v1/sign-out", "/api/v1/nope"])
def test_no_path_is_changed_without_the_csrf_token(door: Served, path: str) -> None:
    assert door.sign_in("m.silva").http.post(path, json={}).status_code == 403


@pytest.mark.parametrize(("meant", "code"), [("m.silva", 422), ("r.okafor", 401), ("m.silva%20", 401), (None, 422)])
def test_what_is_meant_for_one_person_is_never_taken_from_another(door: Served, meant: str | None, code: int) -> None:
    client = door.sign_in("m.silva")
    headers = {} if meant is None else {"X-Chairside-For": meant}

    assert client.post("/api/v1/patients", {}, **headers).status_code == code


def test_a_page_says_for_whom_it_was_drawn_and_until_when_it_may_be_kept(door: Served) -> None:
    client = door.sign_in("m.silva")

    page, data = client.get("/chair/1"), client.get("/api/v1/me")

    left = datetime.fromisoformat(page.headers["x-chairside-until"]) - utc_now()
    assert page.headers["x-chairside-person"] == "m.silva"
    assert timedelta(hours=11) < left <= timedelta(hours=12)
    assert "x-chairside-person" not in data.headers
    assert "x-chairside-person" not in door.client().get("/sign-in").headers


def test_the_service_worker_may_look_after_every_page(door: Served) -> None:
    answer = door.client().get("/service-worker.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    assert "/worker/" not in door.sign_in("m.silva").get("/").text


def test_another_site_may_not_even_sign_somebody_in(door: Served) -> None:
    said = {"username": "m.silva", "password": PASSWORD}

    answer = door.client().http.post("/api/v1/sign-in", json=said, headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_foreign_origin_may_not_read(door: Served) -> None:
    answer = door.sign_in("m.silva").http.get("/api/v1/patients", headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403


def test_a_link_from_another_site_opens_a_page(door: Served) -> None:
    answer = door.sign_in("m.silva").http.get("/", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200


# The size of a body


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "code"), [(LARGEST_BODY, 400), (LARGEST_BODY + 1, 413), (3 * LARGEST_BODY, 413)])
def test_a_body_is_at_most_64_kb(door: Served, size: int, code: int, chunked: bool) -> None:  # noqa: FBT001  # a parameter of the test
    content: Any = (b"x" * part for part in (size // 2, size - size // 2)) if chunked else b"x" * size

    answer = door.sign_in("m.silva").http.post("/api/v1/patients", content=content, headers=forged(door, {}))

    assert answer.status_code == code
    assert LARGEST_BODY == 64 * 1024


def test_a_stranger_is_limited_too(door: Served) -> None:
    assert door.client().http.post("/api/v1/sign-in", content=b"x" * (LARGEST_BODY + 1)).status_code == 413


# What every answer carries


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a clinic with two routes that fail, each on a word about a patient."""
    folder = tmp_path_factory.mktemp("failing")

    def fail() -> None:
        message = "Priya Nair could not be drawn"
        raise RuntimeError(message)

    with serving(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
        found.app.server.add_api_route("/fails", fail)
        found.app.server.add_api_route("/api/v1/fails", fail, methods=["POST"])
        yield found


@pytest.fixture
def own(failing: Served) -> httpx.Client:
    """Give the plain client of a nurse of that clinic, who sends her CSRF token with everything."""
    nurse = failing.sign_in("m.silva")
    nurse.http.headers.update({"X-CSRF-Token": nurse.csrf, "Connection": "close"})  # a failure ends its connection
    return nurse.http


ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/sign-in", 200),
    ("GET", "/api/v1/me", 200),
    ("GET", "/api/v1/patients", 200),
    ("GET", "/settings", 403),
    ("POST", "/api/v1/chairs", 403),
    ("GET", "/nope", 404),
    ("DELETE", "/api/v1/chairs", 405),
    ("POST", "/api/v1/patients", 422),
    ("GET", "/fails", 500),
    ("POST", "/api/v1/fails", 500),
    ("GET", "/healthz", 200),
    ("GET", "/assets/base.css", 200),
    ("GET", "/assets/nope.css", 404),
]


@pytest.mark.parametrize(("method", "path", "code"), ANSWERS)
def test_every_answer_carries_the_headers_that_protect_it(own: httpx.Client, method: str, path: str, code: int) -> None:
    answer = own.request(method, path, json={} if method == "POST" else None, follow_redirects=False)

    headers = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert answer.status_code == code
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/assets/") else "no-store")
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(("headers", "code"), [({"Origin": "http://evil.example"}, 403), ({"X-CSRF-Token": "x"}, 403)])
def test_a_refusal_of_the_wall_carries_them_too(own: httpx.Client, headers: dict[str, str], code: int) -> None:
    answer = own.post("/api/v1/patients", json={}, headers=headers)

    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), [("GET", "/fails"), ("POST", "/api/v1/fails")])
def test_a_failure_tells_the_browser_nothing(own: httpx.Client, method: str, path: str) -> None:
    answer = own.request(method, path, json={"text": "a word about a patient"} if method == "POST" else None)

    assert answer.status_code == 500
    assert answer.json()["detail"] == "Something went wrong on the server. Nothing is known to be stored."
    for leaked in ("Nair", "Traceback", "RuntimeError", "patient", ".py"):
        assert leaked not in answer.text


def test_a_failing_callback_tells_the_browser_nothing(own: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        message = "Priya Nair could not be drawn"
        raise RuntimeError(message)

    monkeypatch.setattr("models.clinic.Clinic.board", fail)
    body = BODIES["/_dash-update-component"] | {
        "inputs": [{"id": "shell-location", "property": "pathname", "value": "/"}]
    }

    answer = own.post("/_dash-update-component", json=body)

    assert answer.status_code == 500
    for leaked in ("Nair", "Traceback", "RuntimeError", ".py"):
        assert leaked not in answer.text


# Cookies and signing in


def cookies_of(answer: httpx.Response) -> dict[str, Any]:
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        found.load(line)
    return dict(found)


def test_cookies_outlive_the_browser_and_are_out_of_reach_of_scripts(door: Served) -> None:
    set_ = cookies_of(door.client().sign_in("m.silva"))

    assert {name: one["max-age"] for name, one in set_.items()} == {
        "chairside": str(12 * 3600),
        "chairside-csrf": str(12 * 3600),
        "chairside-device": str(365 * 24 * 3600),
    }
    assert {name: bool(one["httponly"]) for name, one in set_.items()} == {
        "chairside": True,
        "chairside-csrf": False,
        "chairside-device": True,
    }
    assert {one["samesite"].lower() for one in set_.values()} == {"strict"}
    assert {one["path"] for one in set_.values()} == {"/"}
    assert not any(one["secure"] for one in set_.values())


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a clinic that browsers reach at https://clinic.example, through a proxy that is not here."""
    folder = tmp_path_factory.mktemp("secure")
    settings = settings_for(f"sqlite:///{folder / 'chairside.db'}", folder)
    found = Served(replace(settings, public_origin="https://clinic.example"))
    found.start()
    yield found
    for client in found.clients:
        client.http.close()
    found.stop()
    found.app.stores.database.close()


def test_over_https_cookies_are_bound_to_host_and_scheme(secure: Served) -> None:
    client = secure.client()

    answer = client.sign_in("m.silva")

    set_ = cookies_of(answer)
    kept = f"__Host-chairside={set_['__Host-chairside'].value}"
    assert set(set_) == {"__Host-chairside", "chairside-csrf", "__Host-chairside-device"}
    assert all(one["secure"] and one["path"] == "/" and not one["domain"] for one in set_.values())
    assert "max-age" in answer.headers["strict-transport-security"]
    assert client.http.get("/api/v1/me", headers={"Cookie": kept}).status_code == 200
    assert client.http.get("/api/v1/me", headers={"Cookie": kept.removeprefix("__Host-")}).status_code == 401


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("https://clinic.example", 200),
        ("http://clinic.example", 403),
        ("https://clinic.example:8443", 403),
        ("https://clinic.example.evil.example", 403),
        ("http://127.0.0.1:8050", 403),
    ],
)
def test_over_https_only_the_public_origin_is_ours(secure: Served, origin: str, code: int) -> None:
    said = {"username": "m.silva", "password": PASSWORD}

    answer = secure.client().http.post("/api/v1/sign-in", json=said, headers={"Origin": origin})

    assert answer.status_code == code


def test_signing_out_takes_the_cookies_and_ends_the_session(door: Served) -> None:
    client = door.client()
    client.sign_in("m.silva")
    kept = client.http.cookies["chairside"]

    answer = client.post("/api/v1/sign-out")

    assert answer.status_code == 204
    assert {name for name, one in cookies_of(answer).items() if one["max-age"] == "0"} == {
        "chairside",
        "chairside-csrf",
    }
    client.http.cookies.set("chairside", kept)
    assert client.get("/api/v1/me").status_code == 401


def test_a_sign_in_gives_a_new_id(door: Served) -> None:
    client = door.client()
    client.sign_in("m.silva")
    before = client.http.cookies["chairside"]

    client.sign_in("m.silva")

    assert client.http.cookies["chairside"] != before


def test_too_many_wrong_passwords_say_when_to_come_back(door: Served) -> None:
    client = door.client()

    answers = [client.sign_in("a stranger", "wrong") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60
    assert len({answer.text for answer in answers[:10]}) == 1


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/review?from=2026-03-01", "/review?from=2026-03-01"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("", "/"),
        ('/"><script>', "/&quot;&gt;&lt;script&gt;"),
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_site(door: Served, wanted: str, kept: str) -> None:
    page = door.client().get("/sign-in", next=wanted).text

    assert re.findall(r'data-next="([^"]*)"', page) == [kept]


# Measurements for the machine's own eyes


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "127.0.0.1"}, 401),
        ({"Forwarded": "for=127.0.0.1"}, 401),
        ({"X-Real-IP": "127.0.0.1"}, 401),
        ({"Via": "1.1 proxy"}, 401),
    ],
)
def test_metrics_are_for_this_machine_only(door: Served, headers: dict[str, str], code: int) -> None:
    assert door.client().http.get("/metrics", headers=headers).status_code == code


def test_a_database_that_is_busy_is_no_reason_to_sign_anybody_out(
    own: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.errors import NotStoredNowError  # noqa: PLC0415  # wanted here alone

    def busy(*_arguments: object, **_more: object) -> None:
        raise NotStoredNowError("Not now.")

    monkeypatch.setattr("models.signing_in.SignIn.current", busy)

    answers = [own.get(path, follow_redirects=False) for path in ("/", "/api/v1/me")]

    assert [answer.status_code for answer in answers] == [503, 503]


# The live socket


def listen(client: Client, query: str, *, origin: str | None = "own", cookie: bool = True) -> ClientConnection:
    """Open the live socket as a page would, with what is asked for changed."""
    url = str(client.http.base_url).rstrip("/")
    kept = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())} if cookie else {}
    said: Any = url if origin == "own" else origin
    return connect(f"{url.replace('http', 'ws')}/live{query}", origin=said, additional_headers=kept, proxy=None)


def chairs_until(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    """Return the next messages about chairs."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        message = json.loads(socket.recv(timeout=10))
        if "chair" in message:
            found.append(message)
    return found


@pytest.mark.parametrize(
    ("name", "query", "more"),
    [
        ("m.silva", "?page=board", {"cookie": False}),
        ("m.silva", "?page=board", {"origin": None}),
        ("m.silva", "?page=board", {"origin": "http://evil.example"}),
        ("m.silva", "?page=board", {"origin": "null"}),
        ("m.silva", "", {}),
        ("m.silva", "?page=nope", {}),
        ("m.silva", "?page=chair", {}),
        ("m.silva", "?page=chair&chair=none", {}),
        ("v.marsh", "?page=chair&chair=1", {}),
        ("wall", "?page=chair&chair=1", {}),
        ("admin", "?page=chair&chair=1", {}),
        ("admin", "?page=board", {}),
    ],
)
def test_who_may_not_listen_is_refused_before_the_socket_opens(
    door: Served, name: str, query: str, more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        listen(door.sign_in(name), query, **more)

    assert refused.value.response.status_code == 403


def test_a_device_token_opens_no_socket(door: Served, there: There) -> None:
    with pytest.raises(InvalidStatus):
        connect(
            f"ws://127.0.0.1:{door.port}/live?page=board",
            origin=Origin(door.url),
            additional_headers={"Authorization": f"Bearer {there.token}"},
            proxy=None,
        )


@pytest.mark.parametrize("path", ["/", "/_dash-ws-callback", "/live/", "/api/v1/live"])
def test_there_is_one_socket_and_no_other(door: Served, path: str) -> None:
    client = door.sign_in("m.silva")
    kept = "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())

    with pytest.raises(InvalidStatus):
        connect(
            f"ws://127.0.0.1:{door.port}{path}",
            origin=Origin(door.url),
            additional_headers={"Cookie": kept},
            proxy=None,
        )


@pytest.mark.parametrize("name", ["m.silva", "a.lindqvist", "v.marsh", "wall"])
def test_a_board_hears_first_of_every_chair(door: Served, there: There, name: str) -> None:
    with listen(door.sign_in(name), "?page=board") as socket:
        first = [json.loads(socket.recv(timeout=10)) for _ in range(3)]

    assert {one["chair"]: one["session"] for one in first} == {"1": there.session, "2": None, "3": None}


def test_then_a_board_hears_what_changes(door: Served, there: There) -> None:
    nurse = door.sign_in("m.silva")

    with listen(nurse, "?page=board") as socket:
        before = next(one for one in chairs_until(socket, 3) if one["chair"] == "1")
        nurse.good(nurse.chart(there.session, "reading", 1, values=values(131, 82)))
        after = chairs_until(socket, 1)[0]

    assert (after["chair"], after["session"], after["v"]) == ("1", there.session, before["v"] + 1)
    assert after["tick"] > before["tick"]
    assert "131" in json.dumps(after["set"])


def test_a_chair_hears_of_itself(door: Served, there: There) -> None:
    nurse = door.sign_in("m.silva")

    with listen(nurse, "?page=chair&chair=1") as socket:
        first = chairs_until(socket, 1)[0]
        nurse.good(nurse.chart(there.session, "reading", 0.5, values=values(132, 83)))
        after = chairs_until(socket, 1)[0]

    assert first["chair"] == after["chair"] == "1"
    assert after["v"] == first["v"] + 1


def test_the_server_speaks_at_least_every_five_seconds(door: Served) -> None:
    with listen(door.sign_in("m.silva"), "?page=board") as socket:
        chairs_until(socket, 3)
        ahead, *more = [json.loads(socket.recv(timeout=5)) for _ in range(5)]
        heard = [one for one in more if "set" not in one][:2]  # a strip may follow what changed a moment before

    assert set(ahead) == {"now", "tick", "set"}  # the strip of the next half hour comes with the time
    assert [set(one) for one in heard] == [{"now"}, {"now"}]
    assert heard[0]["now"] < heard[1]["now"]


def test_who_says_too_much_is_closed(door: Served) -> None:
    with listen(door.sign_in("m.silva"), "?page=board") as socket:
        socket.send("x" * 4096)
        chairs_until(socket, 3)
        socket.send("x" * 4097)
        code = closed_within(socket, 5)

    assert code == 1009


def closed_within(socket: ClientConnection, seconds: float) -> int | None:
    """Return the code with which a socket is closed within a time; ``None`` where it is not."""
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            socket.recv(timeout=left)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
    except TimeoutError:
        return None
    return None


def test_who_is_signed_out_or_disabled_hears_no_more_within_five_seconds(door: Served) -> None:
    people, site = door.app.stores.people, door.app.stores.site
    digest = people.account("m.silva")
    assert digest is not None
    people.add_account(site, "leaves", Role.NURSE, digest.password_hash, utc_now())
    leaving, out, stays = door.client(), door.client(), door.client()
    leaving.sign_in("leaves")
    out.sign_in("m.silva")
    stays.sign_in("m.silva")
    with (
        listen(leaving, "?page=board") as one,
        listen(out, "?page=chair&chair=2") as two,
        listen(stays, "?page=board") as three,
    ):
        people.disable_account("leaves", utc_now())
        out.post("/api/v1/sign-out")

        until = time.monotonic() + 5
        codes = [closed_within(one, 5), closed_within(two, max(0.1, until - time.monotonic()))]

        assert codes == [1008, 1008]
        assert closed_within(three, 0.2) is None


def test_a_socket_keeps_nobody_signed_in(door: Served) -> None:
    client = door.client()
    client.sign_in("m.silva")
    session = door.app.sign_in.people.web_session(_digest(client))
    assert session is not None

    with listen(client, "?page=board") as socket:
        chairs_until(socket, 3)
        client.get("/api/v1/time")
        after = door.app.sign_in.people.web_session(_digest(client))

    assert after is not None
    assert after.seen_at == session.seen_at


def _digest(client: Client) -> str:
    from models.signing_in import digest_of  # noqa: PLC0415  # wanted here alone

    return digest_of(client.http.cookies["chairside"])
