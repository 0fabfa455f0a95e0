"""People, tokens, the own account and PINs over HTTP: who may, in which order it is judged, and what is answered."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime

import httpx
import pytest

from models.one_time_code import SECONDS, code_of
from models.passwords import hashed
from models.people import Role
from tests.served import PASSWORD, PEOPLE, Client, Served

NEW = "violet tram under snow"
PIN = "2580"


@pytest.fixture
def admin(served: Served) -> Client:
    """Give an admin who has signed in."""
    return served.sign_in("admin")


@pytest.fixture
def fresh(served: Served) -> str:
    """Give the name of somebody new, so that a test may change the account."""
    name = f"n.{uuid.uuid4().hex[:8]}"
    served.app.stores.people.add_account(served.app.stores.site, name, Role.CLINICIAN, hashed(PASSWORD), served.clock())
    return name


def id_of(admin: Client, name: str) -> str:
    return next(str(one["id"]) for one in admin.good(admin.get("/api/v1/people"))["items"] if one["name"] == name)


def fields(answer: httpx.Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("name", [name for name, role in PEOPLE if role is not Role.ADMIN])
def test_only_an_admin_gets_anything_below_people(served: Served, admin: Client, name: str) -> None:
    other = id_of(admin, "r.okafor")
    client = served.sign_in(name)
    gets = ("/people", f"/people/{other}", "/people/tokens")
    posts = (
        "",
        "/tokens",
        "/tokens/x/revoke",
        *(f"/{other}/{what}" for what in ("disable", "enable", "role", "password")),
    )

    answers = [client.get(f"/api/v1{path}") for path in gets]
    answers += [client.post(f"/api/v1/people{path}", {}) for path in (*posts, f"/{other}/second-factor/reset")]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


def test_a_person_is_added_changed_disabled_and_enabled(served: Served, admin: Client) -> None:
    name = f"j.{uuid.uuid4().hex[:8]}"

    added = admin.post("/api/v1/people", {"name": name, "role": "nurse", "password": NEW})
    mine = f"/api/v1/people/{added.json()['id']}"
    client = served.client()
    signed_in = client.sign_in(name, NEW)
    role = admin.post(f"{mine}/role", {"role": "clinician"})
    after_role = client.get("/api/v1/me")
    client.sign_in(name, NEW)
    disabled = admin.post(f"{mine}/disable")
    after_disabling = (client.get("/api/v1/me"), served.client().sign_in(name, NEW))
    enabled = admin.post(f"{mine}/enable")
    reset = admin.post(f"{mine}/password", {"password": PASSWORD})

    assert (added.status_code, signed_in.status_code) == (201, 200)
    assert set(added.json()) == {"id", "name", "role", "disabled", "second_factor", "created_at"}
    assert (role.json()["role"], after_role.status_code) == ("clinician", 401)
    assert (disabled.json()["disabled"], [one.status_code for one in after_disabling]) == (True, [401, 401])
    assert (enabled.json()["disabled"], reset.status_code) == (False, 200)
    assert served.client().sign_in(name).status_code == 200


def test_what_is_not_there_is_404_before_the_body_is_looked_at(admin: Client) -> None:
    nobody = f"/api/v1/people/{uuid.uuid4()}"
    posts = ("disable", "enable", "role", "password", "second-factor/reset")

    answers = [admin.get(nobody), *(admin.post(f"{nobody}/{what}", "no object") for what in posts)]

    assert [answer.status_code for answer in answers] == [404] * 6


def test_a_refused_account_names_the_fields_and_never_the_password(admin: Client) -> None:
    answer = admin.post("/api/v1/people", {"name": "", "role": "queen", "password": "hunter2hunter2"})

    assert answer.status_code == 422
    assert fields(answer) == ["name", "role", "password"]
    assert "hunter2" not in answer.text


def test_a_token_is_shown_once_works_and_ends_when_revoked(served: Served, admin: Client, nurse: Client) -> None:
    name, session = f"monitor {uuid.uuid4().hex[:6]}", nurse.seat()
    token = admin.good(admin.post("/api/v1/people/tokens", {"name": name}))["token"]
    listed = next(one for one in admin.good(admin.get("/api/v1/people/tokens"))["items"] if one["name"] == name)
    device = served.client()

    def post() -> int:
        return device.chart(session, "reading", values={"spo2": 97}).status_code

    device.http.headers["Authorization"] = f"Bearer {token}"
    before = post()
    revoked = admin.post(f"/api/v1/people/tokens/{listed['id']}/revoke")

    assert set(listed) == {"id", "name", "created_at", "revoked"}
    assert (before, revoked.status_code, post()) == (201, 204, 401)


def test_the_own_password_is_changed_over_http(served: Served, fresh: str) -> None:
    client = served.client()
    client.sign_in(fresh)

    wrong = client.post("/api/v1/account/password", {"password": "x" * 20, "new_password": NEW})
    changed = client.post("/api/v1/account/password", {"password": PASSWORD, "new_password": NEW})

    assert (wrong.status_code, fields(wrong)) == (422, ["password"])
    assert changed.status_code == 204
    assert client.get("/api/v1/me").status_code == 200
    assert [served.client().sign_in(fresh, one).status_code for one in (PASSWORD, NEW)] == [401, 200]


def test_a_second_factor_is_enrolled_and_asked_for_over_http(served: Served, fresh: str) -> None:
    client = served.client()
    client.sign_in(fresh)
    offer = client.good(client.post("/api/v1/account/second-factor", {"password": PASSWORD}))
    secret = _secret(offer["secret"])
    step = int(datetime.now(UTC).timestamp()) // SECONDS

    codes = client.good(client.post("/api/v1/account/second-factor/confirm", {"code": code_of(secret, step)}))
    body = {"username": fresh, "password": PASSWORD}
    post = served.client().http.post
    without = post("/api/v1/sign-in", json=body)
    used = post("/api/v1/sign-in", json=body | {"code": code_of(secret, step)})
    right = post("/api/v1/sign-in", json=body | {"code": code_of(secret, step + 1)})

    assert offer["qr"].startswith("data:image/svg+xml")
    assert len(codes["recovery_codes"]) == 10
    assert [(one.status_code, fields(one)) for one in (without, used)] == [(401, ["code"])] * 2
    assert "set-cookie" not in without.headers
    assert right.status_code == 200
    assert client.good(client.get("/api/v1/account"))["second_factor"]["on"]


def _secret(text: str) -> bytes:
    return base64.b32decode(text)


def test_a_tablet_changes_hands_by_a_pin_over_http(served: Served, fresh: str) -> None:
    client = served.client()
    client.sign_in(fresh)
    set_pin = client.post("/api/v1/account/pin", {"pin": PIN, "password": PASSWORD})
    client.sign_in("m.silva")
    former = dict(client.http.cookies)

    names = client.good(client.get("/api/v1/switch"))["items"]
    wrong = client.http.post("/api/v1/switch", json={"username": fresh, "pin": "9999"})
    switched = client.http.post("/api/v1/switch", json={"username": fresh, "pin": PIN})
    old = httpx.get(f"{served.url}/api/v1/me", cookies=former)

    assert set_pin.status_code == 201
    assert names == [{"name": fresh, "role": "clinician"}]
    assert wrong.status_code == 401
    assert switched.json()["user"]["name"] == fresh
    assert client.get("/api/v1/me").json()["user"]["name"] == fresh
    assert old.status_code == 401


def test_a_stranger_learns_no_names_from_the_list_of_who_can_switch(served: Served) -> None:
    stranger = served.client()
    stranger.http.cookies.set("chairside-device", "invented", domain="127.0.0.1")

    assert stranger.good(stranger.get("/api/v1/switch"))["items"] == []


def test_signing_out_forgets_the_pin_and_locking_does_not(served: Served, fresh: str) -> None:
    client = served.client()
    client.sign_in(fresh)
    client.good(client.post("/api/v1/account/pin", {"pin": PIN, "password": PASSWORD}))

    locked = client.post("/api/v1/lock")
    after_lock = (client.get("/api/v1/me").status_code, client.good(client.get("/api/v1/switch"))["items"])
    client.sign_in(fresh)
    client.post("/api/v1/sign-out")

    assert locked.status_code == 204
    assert after_lock == (401, [{"name": fresh, "role": "clinician"}])
    assert client.good(client.get("/api/v1/switch"))["items"] == []


@pytest.mark.parametrize("path", ["/sign-in", "/switch"])
@pytest.mark.parametrize("body", [[], "x", 1, True])
def test_what_is_no_object_is_refused(served: Served, path: str, body: object) -> None:
    answer = served.client().http.post(f"/api/v1{path}", json=body)

    assert (answer.status_code, fields(answer)) == (422, ["username"])


@pytest.mark.parametrize("path", ["/sign-in", "/switch"])
def test_another_site_makes_nobody_sign_in(served: Served, path: str) -> None:
    body = {"username": "m.silva", "password": PASSWORD, "pin": PIN}

    answer = served.client().http.post(f"/api/v1{path}", json=body, headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403


def test_a_device_has_no_account_of_its_own(served: Served, admin: Client) -> None:
    token = admin.good(admin.post("/api/v1/people/tokens", {"name": f"m {uuid.uuid4().hex[:6]}"}))["token"]
    device = served.client()
    device.http.headers["Authorization"] = f"Bearer {token}"

    answers = [
        device.get("/api/v1/account"),
        *(device.post(f"/api/v1/account/{what}", {}) for what in ("password", "pin")),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_a_forged_forwarding_header_buys_no_more_tries(served: Served, fresh: str) -> None:
    statuses = []
    for number in range(12):
        forged = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        body = {"username": f"guess of {fresh}", "password": "not a password of anybody"}
        statuses.append(served.client().http.post("/api/v1/sign-in", json=body, headers=forged).status_code)

    assert statuses == [401] * 10 + [429] * 2
