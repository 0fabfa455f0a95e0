"""Protocols over HTTP: read by everybody clinical, edited and published by an admin, signed off by a clinician."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.served import Client, Served

BASE = "/api/v1/protocols"


@pytest.fixture
def admin(served: Served) -> Client:
    """Give an admin who has signed in."""
    return served.sign_in("admin")


def put(client: Client, path: str, body: object) -> httpx.Response:
    return client.http.put(path, json=body, headers={"X-CSRF-Token": client.csrf})


def drafted(admin: Client, **intervals: int) -> tuple[str, dict[str, Any]]:
    """Copy the protocol in force, save it with other intervals, and return its path and the answer."""
    draft = admin.good(admin.post(f"{BASE}/drafts", {}))
    path = f"{BASE}/drafts/{draft['id']}"
    body = draft["protocol"] | {"intervals": draft["protocol"]["intervals"] | intervals}
    return path, admin.good(put(admin, path, {"revision": draft["revision"], "protocol": body}))


def test_a_draft_is_copied_edited_checked_compared_and_published(admin: Client, nurse: Client) -> None:
    before = nurse.good(nurse.get(BASE))["items"][0]
    path, draft = drafted(admin, recovery=0)

    assert [fault["field"] for fault in draft["faults"]] == ["intervals.recovery"]
    refused = admin.post(f"{path}/publish", {"reason": "shorter recovery"})
    assert refused.status_code == 422
    assert refused.json()["errors"] == draft["faults"]

    fixed = draft["protocol"] | {"intervals": draft["protocol"]["intervals"] | {"recovery": 12}}
    again = admin.good(put(admin, path, {"revision": draft["revision"], "protocol": fixed}))
    made = admin.post(f"{path}/publish", {"reason": "shorter recovery"})

    assert (again["faults"], again["changes"]) == (
        [],
        [{"field": "intervals.recovery", "before": before_recovery(nurse, before["id"]), "after": 12}],
    )
    assert made.status_code == 201
    version = made.json()
    assert (version["version"], version["in_force"]) == (before["version"] + 1, True)
    assert (version["published"]["by"], version["published"]["reason"]) == ("admin", "shorter recovery")
    found = nurse.good(nurse.get(f"{BASE}/{version['id']}/differences", **{"from": before["id"]}))
    assert [one["field"] for one in found["items"]] == ["intervals.recovery"]
    assert admin.get(path).status_code == 404


def before_recovery(nurse: Client, version: str) -> int:
    found: int = nurse.good(nurse.get(f"{BASE}/{version}"))["protocol"]["intervals"]["recovery"]
    return found


def test_a_draft_that_was_saved_meanwhile_is_409(admin: Client) -> None:
    path, draft = drafted(admin, recovery=14)

    answer = put(admin, path, {"revision": draft["revision"] - 1, "protocol": draft["protocol"]})

    assert answer.status_code == 409


def test_a_clinician_signs_off_and_the_list_says_so(clinician: Client, nurse: Client) -> None:
    version = nurse.good(nurse.get(BASE))["items"][-1]["id"]

    answer = clinician.post(f"{BASE}/{version}/sign-off", {"meaning": "agreed for use"})

    assert answer.status_code == 201
    told = nurse.good(nurse.get(f"{BASE}/{version}"))["signed_off"]
    assert (told[-1]["by"], told[-1]["reason"]) == ("a.lindqvist", "agreed for use")


def test_who_may_not_is_403_before_anything_is_read(nurse: Client, admin: Client, served: Served) -> None:
    path, _draft = drafted(admin)
    version = nurse.good(nurse.get(BASE))["items"][0]["id"]

    answers = [
        nurse.post(f"{BASE}/drafts", "nonsense"),
        nurse.get(f"{BASE}/drafts"),
        nurse.get(path),
        put(nurse, path, {}),
        nurse.http.delete(path, headers={"X-CSRF-Token": nurse.csrf}),
        nurse.post(f"{path}/publish", {}),
        nurse.post(f"{BASE}/{version}/sign-off", {}),
        admin.post(f"{BASE}/{version}/sign-off", {}),
        served.sign_in("wall").get(BASE),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert served.client().get(BASE).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"protocol": {}}, "revision"),
        ({"revision": 1}, "protocol"),
        ({"revision": 1, "protocol": []}, "protocol"),
        ({"revision": 1, "protocol": {}, "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_a_draft_is_refused_by_name(admin: Client, body: dict[str, Any], field: str) -> None:
    path, _draft = drafted(admin)

    answer = put(admin, path, body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_draft_can_be_thrown_away(admin: Client) -> None:
    path, _draft = drafted(admin)

    answer = admin.http.delete(path, headers={"X-CSRF-Token": admin.csrf})

    assert answer.status_code == 204
    assert admin.get(path).status_code == 404


def test_what_is_not_there_is_404(admin: Client, nurse: Client) -> None:
    nothing = "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e70"
    version = nurse.good(nurse.get(BASE))["items"][0]["id"]

    assert nurse.get(f"{BASE}/{nothing}").status_code == 404
    assert nurse.get(f"{BASE}/{version}/differences", **{"from": nothing}).status_code == 404
    assert admin.post(f"{BASE}/drafts", {"from": nothing}).status_code == 404
