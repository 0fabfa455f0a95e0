"""Changing hands on a shared tablet: a PIN of today, of one person, on one device; five wrong tries and it is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from models.errors import ConflictError, NotAllowedError, NotSignedInError, RefusedError
from models.moments import MIN
from models.signing_in import SignedIn, digest_of
from models.switching import WRONG_MOST, Switching
from tests.desk import RIGHT, WRONG, StaffDesk
from tests.kept import NOON, at_once

PIN, OTHER_PIN = "2580", "1379"


def shared(desk: StaffDesk) -> tuple[str, str]:
    """Let both nurses sign in on one tablet and set their PINs; the device, and who has it now."""
    device = desk.enter("m.silva").device
    desk.switching.set_pin(desk.who("m.silva"), PIN, RIGHT, device)
    now = desk.enter("r.okafor", device=device)
    desk.switching.set_pin(desk.who("r.okafor"), OTHER_PIN, RIGHT, device)
    return device, now.token


def test_a_pin_switches_to_its_person_and_ends_the_former_session(desk: StaffDesk) -> None:
    device, former = shared(desk)

    signed = desk.switching.switch("m.silva", PIN, device, former)

    assert desk.signing.current(signed.token, used=False).person.name == "m.silva"
    with pytest.raises(NotSignedInError):
        desk.signing.current(former, used=False)


def test_the_former_one_switches_back_by_the_own_pin(desk: StaffDesk) -> None:
    device, former = shared(desk)
    silva = desk.switching.switch("m.silva", PIN, device, former)

    okafor = desk.switching.switch("r.okafor", OTHER_PIN, device, silva.token)

    assert okafor.session.person.name == "r.okafor"


def test_the_list_names_who_has_a_pin_on_this_device_and_nobody_else(desk: StaffDesk) -> None:
    device, _ = shared(desk)
    elsewhere = desk.enter("a.lindqvist").device
    desk.switching.set_pin(desk.who("a.lindqvist"), PIN, RIGHT, elsewhere)

    found = [[one.name for one in desk.switching.people(at)] for at in (device, elsewhere, "invented", None)]

    assert found == [["m.silva", "r.okafor"], ["a.lindqvist"], [], []]


@pytest.mark.parametrize("device", ["invented", None])
def test_another_device_switches_to_nobody_and_costs_no_hash(desk: StaffDesk, device: str | None) -> None:
    shared(desk)
    before = desk.hasher.calls

    with pytest.raises(NotSignedInError):
        desk.switching.switch("m.silva", PIN, device, None)

    assert desk.hasher.calls == before


@pytest.mark.parametrize(("name", "pin"), [("m.silva", OTHER_PIN), ("m.silva", RIGHT), ("admin", PIN)])
def test_only_the_own_pin_fits(desk: StaffDesk, name: object, pin: object) -> None:
    device, former = shared(desk)

    with pytest.raises(NotSignedInError):
        desk.switching.switch(name, pin, device, former)

    assert desk.signing.current(former, used=False).person.name == "r.okafor"


@pytest.mark.parametrize(
    ("name", "pin", "field"), [(7, PIN, "username"), ("", PIN, "username"), ("m.silva", 2580, "pin")]
)
def test_a_switch_without_name_or_pin_names_what_is_missing(
    desk: StaffDesk, name: object, pin: object, field: str
) -> None:
    device, _ = shared(desk)

    with pytest.raises(RefusedError) as refused:
        desk.switching.switch(name, pin, device, None)

    assert [error.field for error in refused.value.errors] == [field]


def test_five_wrong_tries_and_the_pin_is_gone(desk: StaffDesk) -> None:
    device, _ = shared(desk)
    for _ in range(WRONG_MOST):
        with pytest.raises(NotSignedInError):
            desk.switching.switch("m.silva", "9999", device, None)

    with pytest.raises(NotSignedInError):
        desk.switching.switch("m.silva", PIN, device, None)

    assert [one.name for one in desk.switching.people(device)] == ["r.okafor"]
    assert desk.enter("m.silva", device=device).session.person.name == "m.silva"


def test_many_wrong_tries_at_once_are_no_more_than_five(desk: StaffDesk) -> None:
    device, _ = shared(desk)
    before = desk.hasher.calls

    answers = at_once([lambda: desk.switching.switch("m.silva", "9999", device, None)] * 16)

    assert {type(one) for one in answers} == {NotSignedInError}
    assert desk.hasher.calls - before == WRONG_MOST


def test_a_right_try_forgets_the_wrong_ones_before(desk: StaffDesk) -> None:
    device, _ = shared(desk)
    for _ in range(3):
        for _ in range(WRONG_MOST - 1):
            with pytest.raises(NotSignedInError):
                desk.switching.switch("m.silva", "9999", device, None)
        assert isinstance(desk.switching.switch("m.silva", PIN, device, None), SignedIn)


@pytest.mark.parametrize(
    ("zone", "since", "until"),
    [
        ("UTC", "08:00", "2026-03-01T20:00+00:00"),
        ("UTC", "15:00", "2026-03-02T00:00+00:00"),
        ("Europe/Berlin", "15:00", "2026-03-01T23:00+00:00"),
        ("America/New_York", "23:00", "2026-03-02T05:00+00:00"),
    ],
)
def test_a_pin_ends_at_midnight_of_the_clinic_and_after_twelve_hours(
    desk: StaffDesk, zone: str, since: str, until: str
) -> None:
    desk.kept.clock.moment = datetime.fromisoformat(f"2026-03-01T{since}+00:00")
    device = desk.enter().device
    switching = Switching(desk.signing, desk.switching.pins, ZoneInfo(zone), desk.kept.clinic.trail)
    end = datetime.fromisoformat(until)

    said = switching.set_pin(desk.who("m.silva"), PIN, RIGHT, device)
    desk.kept.clock.moment = end - timedelta(seconds=1)
    inside = switching.switch("m.silva", PIN, device, None)
    desk.kept.clock.moment = end

    assert said == end
    assert inside.session.expires_at == end
    with pytest.raises(NotSignedInError):
        switching.switch("m.silva", PIN, device, None)
    with pytest.raises(NotSignedInError):
        desk.signing.current(inside.token, used=True)


def test_yesterdays_password_sets_no_pin_today(desk: StaffDesk) -> None:
    device = desk.enter().device
    desk.kept.clock.moment = NOON + timedelta(hours=13)

    with pytest.raises(ConflictError, match="with the password first"):
        desk.switching.set_pin(desk.who("m.silva"), PIN, RIGHT, device)


def test_a_switch_by_pin_does_not_stretch_the_day(desk: StaffDesk) -> None:
    device, _ = shared(desk)
    desk.kept.clock.moment = NOON + timedelta(hours=11, minutes=50)
    desk.switching.switch("m.silva", PIN, device, None)

    until = desk.switching.set_pin(desk.who("m.silva"), PIN, RIGHT, device)

    assert until == NOON + timedelta(hours=12)


def test_a_device_on_which_the_password_was_never_given_takes_no_pin(desk: StaffDesk) -> None:
    desk.enter()

    for device in ("invented", None):
        with pytest.raises(ConflictError):
            desk.switching.set_pin(desk.who("m.silva"), PIN, RIGHT, device)


def test_who_finds_a_tablet_unlocked_sets_no_pin_without_the_password(desk: StaffDesk) -> None:
    device = desk.enter().device

    with pytest.raises(RefusedError, match="not the password"):
        desk.switching.set_pin(desk.who("m.silva"), PIN, WRONG, device)


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "123",
        "123456789",
        "25 80",
        "258a",
        "\uff12\uff15\uff18\uff10",
        2580,
        None,
        "0000",
        "1234",
        "98765432",
        "7890",
    ],
)
def test_what_is_no_pin_or_is_tried_first_is_refused(desk: StaffDesk, pin: object) -> None:
    device = desk.enter().device

    with pytest.raises(RefusedError) as refused:
        desk.switching.set_pin(desk.who("m.silva"), pin, RIGHT, device)

    assert [error.field for error in refused.value.errors] == ["pin"]


@pytest.mark.parametrize("name", ["v.marsh", "admin", "wall"])
def test_only_who_charts_has_a_pin(desk: StaffDesk, name: str) -> None:
    device = desk.enter(name).device

    with pytest.raises(NotAllowedError):
        desk.switching.set_pin(desk.who(name), PIN, RIGHT, device)


def test_disabling_changing_and_resetting_an_account_end_its_pin(desk: StaffDesk) -> None:
    admin, silva = desk.who("admin"), desk.who("m.silva")
    changes: tuple[Callable[[], object], ...] = (
        lambda: desk.people.change_role(admin, silva.id, {"role": "nurse"}),
        lambda: desk.people.reset_password(admin, silva.id, {"password": RIGHT}),
        lambda: desk.people.disable(admin, silva.id),
    )
    for change in changes:
        device, _ = shared(desk)
        change()

        assert [one.name for one in desk.switching.people(device)] == ["r.okafor"]
        with pytest.raises(NotSignedInError):
            desk.switching.switch("m.silva", PIN, device, None)


def test_the_database_keeps_no_pin(desk: StaffDesk) -> None:
    device, _ = shared(desk)

    with desk.kept.database.read() as connection:
        rows = connection.execute(text("SELECT device_digest, account_id, expires_at FROM device_pins")).all()

    assert len(rows) == 2
    assert device not in str(rows)


def test_a_pin_that_is_over_leaves_with_the_next_one(desk: StaffDesk) -> None:
    shared(desk)
    desk.kept.clock.moment = NOON + 24 * 60 * MIN
    device = desk.enter("m.silva").device

    desk.switching.set_pin(desk.who("m.silva"), PIN, RIGHT, device)

    with desk.kept.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM device_pins")) == 1


def test_a_try_that_comes_when_the_pin_is_over_is_none(desk: StaffDesk) -> None:
    device, _ = shared(desk)
    end = NOON + timedelta(hours=12)

    tries = [
        desk.switching.pins.take_try(digest_of(device), desk.who("m.silva").id, at, WRONG_MOST)
        for at in (end - timedelta(seconds=1), end)
    ]

    assert [one is not None for one in tries] == [True, False]
