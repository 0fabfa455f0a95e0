"""Readings of a device count at once and are unvalidated until somebody who charts accepts them."""

from __future__ import annotations

from typing import Any

import pytest

from models.moments import utc_now
from models.signing_in import new_device_token
from tests.served import Client, Served, ago, values

Json = dict[str, Any]


@pytest.fixture
def device(served: Served) -> Client:
    client, stores = served.client(), served.app.stores
    token = new_device_token(stores.people, stores.site, "monitor 1", utc_now())
    client.http.headers["Authorization"] = f"Bearer {token}"
    return client


def sent(nurse: Client, device: Client, sbp: int = 128) -> tuple[str, str, Json]:
    """Return a session, a reading that the device sent, and that reading as it was sent."""
    session, moment = nurse.seat(minutes_ago=30), ago(5)
    body: Json = {"measured_at": moment, "values": values(sbp, 78)}
    stored = device.good(device.chart(session, "reading", **body))
    return session, stored["entry"]["id"], {"kind": "reading"} | body


def accept(by: Client, session: str, entry: str, replacement: Json | None, reason: str = "accepted") -> int:
    more: Json = {} if replacement is None else {"replacement": replacement}
    return by.chart(session, "correction", entry_id=entry, reason=reason, **more).status_code


def test_a_reading_of_a_device_counts_at_once_and_is_marked(nurse: Client, device: Client) -> None:
    session, entry, _ = sent(nurse, device)

    fold = nurse.session(session)

    assert fold["unvalidated"] == [entry]
    assert (fold["latest"]["sbp"]["value"], fold["latest"]["sbp"]["unvalidated"]) == (128, True)
    (item,) = [
        one for one in nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"] if one["id"] == entry
    ]
    assert (item["device"], item["unvalidated"]) == ("monitor 1", True)


def test_a_reading_of_a_nurse_is_not_marked(nurse: Client) -> None:
    session = nurse.seat(minutes_ago=30)
    nurse.good(nurse.chart(session, "reading", 5, values=values(128, 78)))

    fold = nurse.session(session)

    assert fold["unvalidated"] == []
    assert fold["latest"]["sbp"]["unvalidated"] is False


def test_a_nurse_accepts_what_a_device_measured_and_both_stand(nurse: Client, device: Client) -> None:
    session, entry, reading = sent(nurse, device)

    assert accept(nurse, session, entry, reading) == 201

    fold = nurse.session(session)
    assert fold["unvalidated"] == []
    assert fold["latest"]["sbp"]["value"] == 128
    items = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert [one["author"] for one in items[-2:]] == ["monitor 1", "m.silva"]


def test_a_nurse_puts_another_value_in_the_place_or_strikes_it(nurse: Client, device: Client) -> None:
    session, entry, reading = sent(nurse, device)

    assert accept(nurse, session, entry, reading | {"values": values(118, 78)}, "cuff had slipped") == 201
    assert nurse.session(session)["latest"]["sbp"]["value"] == 118
    assert accept(nurse, session, entry, None, "not this patient") == 201
    assert nurse.session(session)["latest"] == {}


def test_a_device_accepts_nothing(nurse: Client, device: Client) -> None:
    session, entry, reading = sent(nurse, device)

    assert accept(device, session, entry, reading) == 403


def test_what_another_nurse_wrote_stays_hers(nurse: Client, served: Served) -> None:
    session = nurse.seat(minutes_ago=30)
    body: Json = {"measured_at": ago(5), "values": values(128, 78)}
    entry = nurse.good(nurse.chart(session, "reading", **body))["entry"]["id"]

    assert accept(served.sign_in("r.okafor"), session, entry, {"kind": "reading"} | body) == 403


def test_an_alert_of_a_device_stays_open_when_its_value_is_accepted(nurse: Client, device: Client) -> None:
    session, moment = nurse.seat(minutes_ago=30), ago(5)
    nurse.good(nurse.chart(session, "infusion", 20, action="start", rate_mg_h=49.4, happened=True))
    body: Json = {"measured_at": moment, "values": values(190, 88)}
    entry = device.good(device.chart(session, "reading", **body))["entry"]["id"]

    def alert() -> Json:
        (found,) = [one for one in nurse.session(session)["alerts"] if one["rule"] == "SBP_HIGH"]
        return {key: found[key] for key in ("id", "opened_at", "closed_at")}

    before = alert()
    assert accept(nurse, session, entry, {"kind": "reading"} | body) == 201

    assert alert() == before
    assert before["closed_at"] is None


def test_a_bundle_says_preliminary_until_it_is_accepted(nurse: Client, device: Client) -> None:
    session, entry, reading = sent(nurse, device)

    def status() -> tuple[str, str | None]:
        bundle = nurse.get(f"/api/v1/sessions/{session}/fhir").json()
        (pulse,) = [
            one["resource"] for one in bundle["entry"] if one["resource"].get("code", {}).get("text") == "Heart rate"
        ]
        return pulse["status"], pulse["device"]["display"]

    assert status() == ("preliminary", "monitor 1")
    assert accept(nurse, session, entry, reading) == 201
    assert status() == ("final", "monitor 1")
