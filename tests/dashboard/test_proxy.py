"""The web server in front: its word on the browser's address is taken, and nobody else's, and no other word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.proxy import is_loopback, plain_address, seen_through
from models.moments import utc_now
from models.signing_in import PER_ADDRESS, new_device_token
from tests.served import Served, serving, settings_for

PROXY = "127.0.0.1"


def address(peer: str, *said: str, proxies: tuple[str, ...] = (PROXY,)) -> str:
    """Return where a request is taken to come from."""
    headers = [(b"x-forwarded-for", one.encode()) for one in said]
    scope = seen_through({"type": "http", "client": (peer, 5000), "headers": headers}, proxies)
    return str(scope["client"][0])


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (("192.0.2.7",), "192.0.2.7"),
        (("10.9.9.9, 192.0.2.7",), "192.0.2.7"),
        (("10.9.9.9", "192.0.2.7"), "192.0.2.7"),
        (("2001:db8::1",), "2001:db8::1"),
        (("::ffff:192.0.2.7",), "192.0.2.7"),
        (("unknown",), PROXY),
        (("192.0.2.7, ",), PROXY),
        (("<script>",), PROXY),
        ((), PROXY),
    ],
)
def test_only_what_the_proxy_saw_itself_is_taken(said: tuple[str, ...], taken: str) -> None:
    assert address(PROXY, *said) == taken


@pytest.mark.parametrize("peer", ["192.0.2.7", "::1", "127.0.0.2"])
def test_nobody_but_the_proxy_is_believed(peer: str) -> None:
    assert address(peer, "10.0.0.1") == peer


def test_without_a_proxy_nobody_is_believed() -> None:
    assert address(PROXY, "10.0.0.1", proxies=()) == PROXY


def test_a_proxy_is_known_also_where_its_address_is_wrapped() -> None:
    assert address("::ffff:127.0.0.1", "192.0.2.7") == "192.0.2.7"


def test_an_address_has_one_form() -> None:
    assert [plain_address(one) for one in ("::FFFF:10.0.0.1", "2001:DB8:0::1", "x")] == [
        "10.0.0.1",
        "2001:db8::1",
        None,
    ]
    assert [is_loopback(one) for one in ("::1", "127.8.8.8", "::ffff:127.0.0.1", "localhost", "10.0.0.1", "x")] == [
        *[True] * 4,
        *[False] * 2,
    ]


def guess(door: Served, number: int, forwarded: str) -> int:
    """Try a wrong password for another account each time."""
    body = {"username": f"nobody{number}", "password": "four words that are wrong"}
    http = door.client().http
    return http.post("/api/v1/sign-in", json=body, headers={"X-Forwarded-For": forwarded}).status_code


def test_a_forged_address_does_not_reset_how_often_passwords_may_be_tried(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path) as door:
        codes = [guess(door, number, f"10.0.0.{number}") for number in range(PER_ADDRESS + 2)]

    assert codes == [401] * PER_ADDRESS + [429] * 2


def test_behind_a_proxy_one_browser_does_not_use_up_the_tries_of_another(tmp_path: Path) -> None:
    door = Served(replace(settings_for(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path), proxies=frozenset({PROXY})))
    door.start()
    try:
        forged = [guess(door, number, f"10.0.0.{number}, 192.0.2.7") for number in range(PER_ADDRESS + 1)]
        other = guess(door, 99, "192.0.2.8")
    finally:
        for client in door.clients:
            client.http.close()
        door.stop()
        door.app.stores.database.close()

    assert forged[-1] == 429
    assert other == 401


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded"])
def test_no_header_turns_plain_http_into_https_or_this_host_into_another(tmp_path: Path, header: str) -> None:
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "443"}
    forged["Forwarded"] = "for=10.0.0.1;proto=https;host=evil.example"
    with serving(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path) as door:
        http = door.client().http
        said = {header: forged[header], "Origin": "https://evil.example"}
        foreign = http.get("/api/v1/time", headers=said)
        page = http.get("/", headers={header: forged[header]}, follow_redirects=False)

    assert foreign.status_code == 403
    assert page.headers["Location"].startswith("/sign-in")
    assert "Strict-Transport-Security" not in page.headers


def test_metrics_open_to_a_device_token_from_elsewhere_and_to_no_other(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path) as door:
        token = new_device_token(door.app.stores.people, door.app.stores.site, "prometheus", utc_now())
        http = door.client().http
        codes = [
            http.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7", "Authorization": said}).status_code
            for said in (f"Bearer {token}", "Bearer wrong", f"Basic {token}", "Bearer")
        ]

    assert codes == [200, 401, 401, 401]
