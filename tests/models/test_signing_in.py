"""Signing in: budgets of wrong passwords, known devices, limits in time, and the end of a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from argon2.exceptions import VerificationError
from sqlalchemy import text

from models import passwords
from models.errors import NotSignedInError, RefusedError, ThrottledError
from models.moments import MIN
from models.people import Role
from models.signing_in import ABSOLUTE, PER_ACCOUNT, PER_ADDRESS, PER_HOUR, WINDOW, SignedIn, SignIn, new_device_token
from models.store.tries import Budget
from tests.kept import KEY, NOON, Kept, SetClock

SECOND = timedelta(seconds=1)
RIGHT, WRONG = "four words that do not belong", "five words that do not belong"
HOME = "192.0.2.1"


class FakeHasher:
    """Counts verifications, so that a test need not wait for a real hash."""

    def __init__(self) -> None:
        self.calls = 0

    def verify(self, kept: str, password: str) -> bool:
        self.calls += 1
        if kept != f"digest of {password}":
            raise VerificationError
        return True


@dataclass
class Desk:
    """Where people sign in, and the clock on the wall."""

    kept: Kept
    clock: SetClock
    signing: SignIn
    hasher: FakeHasher

    def enter(
        self, name: str = "m.silva", password: str = RIGHT, address: str = HOME, device: str | None = None
    ) -> SignedIn:
        return self.signing.sign_in(name, password, address, device)

    def fail(
        self, times: int = 1, name: str = "m.silva", address: str | None = HOME, device: str | None = None
    ) -> None:
        """Give a wrong password so many times; without an address each time from another one."""
        for number in range(times):
            with pytest.raises(NotSignedInError):
                self.enter(name, WRONG, address or f"198.51.100.{number}", device)

    def is_in(self, signed: SignedIn, *, used: bool = True) -> bool:
        try:
            self.signing.current(signed.token, used=used)
        except NotSignedInError:
            return False
        return True


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Give a desk with an account of each role that somebody signs in with."""
    hasher, clock = FakeHasher(), SetClock()
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    with closing(Kept(f"sqlite:///{tmp_path / 'chairside.db'}", clock)) as kept:
        for name, role in (("m.silva", Role.NURSE), ("r.okafor", Role.NURSE), ("wall", Role.WALL)):
            kept.people.add_account(kept.site, name, role, f"digest of {RIGHT}", NOON)
        yield Desk(kept, clock, SignIn(kept.people, key=KEY, clock=clock), hasher)


# Who gets in


def test_the_right_password_signs_in(desk: Desk) -> None:
    signed = desk.enter()

    session = desk.signing.current(signed.token, used=True)

    assert (session.person.name, session.person.role) == ("m.silva", Role.NURSE)
    assert session.csrf_token == signed.session.csrf_token


def test_every_sign_in_has_secrets_of_its_own(desk: Desk) -> None:
    one, two = desk.enter(), desk.enter()

    secrets = {one.token, two.token, one.device, two.device, one.session.csrf_token, two.session.csrf_token}

    assert len(secrets) == 6
    assert all(len(secret) >= 43 for secret in secrets)


def test_the_database_keeps_no_secret_that_signs_in(desk: Desk) -> None:
    signed = desk.enter()

    with desk.kept.database.read() as connection:
        kept = [
            str(value)
            for table in ("web_sessions", "known_devices")
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608  # our own tables
            for value in row
        ]

    assert kept
    assert signed.token not in kept
    assert signed.device not in kept


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_an_invented_token_is_nobody(desk: Desk, token: str) -> None:
    with pytest.raises(NotSignedInError):
        desk.signing.current(token, used=True)


def test_the_digest_of_a_token_does_not_sign_in(desk: Desk) -> None:
    signed = desk.enter()

    with pytest.raises(NotSignedInError):
        desk.signing.current(signed.session.token_digest, used=True)


@pytest.mark.parametrize(
    ("name", "password", "field"), [("", RIGHT, "username"), (" ", RIGHT, "username"), ("m.silva", "", "password")]
)
@pytest.mark.parametrize("wrong_type", [False, True])
def test_what_is_missing_is_named(desk: Desk, name: object, password: object, field: str, wrong_type: bool) -> None:  # noqa: FBT001  # a parameter of the test
    if wrong_type:
        name, password = (7, password) if field == "username" else (name, ["x"])

    with pytest.raises(RefusedError) as refused:
        desk.signing.sign_in(name, password, HOME, None)

    assert [error.field for error in refused.value.errors] == [field]
    assert desk.hasher.calls == 0


def test_strangers_and_the_disabled_hear_and_cost_the_same(desk: Desk) -> None:
    desk.kept.people.disable_account("r.okafor", NOON)
    said, calls = [], []

    for name, password in (("m.silva", WRONG), ("nobody", RIGHT), ("r.okafor", RIGHT), ("r.okafor", WRONG)):
        before = desk.hasher.calls
        with pytest.raises(NotSignedInError) as refused:
            desk.enter(name, password)
        said.append(str(refused.value))
        calls.append(desk.hasher.calls - before)

    assert len(set(said)) == 1
    assert calls == [1, 1, 1, 1]


# Budgets of wrong passwords


def test_ten_wrong_passwords_are_the_most_for_an_account(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT - 1)
    desk.enter()
    desk.fail()

    with pytest.raises(ThrottledError) as throttled:
        desk.enter()

    assert throttled.value.retry_after == WINDOW.total_seconds()
    assert throttled.value.status == 429


def test_the_right_password_is_not_even_tried_while_throttled(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT)
    before = desk.hasher.calls

    with pytest.raises(ThrottledError):
        desk.enter()

    assert desk.hasher.calls == before


def test_waiting_is_told_and_is_enough(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT)

    desk.clock.moment = NOON + WINDOW - SECOND
    with pytest.raises(ThrottledError) as throttled:
        desk.enter()
    desk.clock.moment = NOON + WINDOW
    signed = desk.enter()

    assert throttled.value.retry_after == 1
    assert desk.is_in(signed)


def test_the_window_slides(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT - 1)
    desk.clock.pass_minutes(10)
    desk.fail()

    with pytest.raises(ThrottledError) as throttled:
        desk.enter()
    desk.clock.pass_minutes(5)
    desk.enter()
    desk.fail(PER_ACCOUNT - 1)
    with pytest.raises(ThrottledError):
        desk.enter()

    assert throttled.value.retry_after == 5 * 60


def test_an_account_is_throttled_whatever_the_addresses(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT, address=None)

    with pytest.raises(ThrottledError):
        desk.enter(address="203.0.113.9")


def test_an_unknown_name_is_throttled_like_a_known_one(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT, name="nobody")

    with pytest.raises(ThrottledError):
        desk.enter("nobody")


def test_fifty_wrong_passwords_are_the_most_for_an_address(desk: Desk) -> None:
    for number in range(PER_ADDRESS - 1):
        desk.fail(name=f"guess {number}")
    desk.enter()
    desk.fail(name="one more")

    with pytest.raises(ThrottledError):
        desk.enter()

    assert desk.is_in(desk.enter(address="203.0.113.9"))


def test_spaces_around_a_name_buy_no_more_tries(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT - 1, name=" m.silva ")
    desk.fail()

    with pytest.raises(ThrottledError):
        desk.enter()


def test_strangers_do_not_lock_a_nurse_out_of_her_tablet(desk: Desk) -> None:
    device = desk.enter().device
    desk.fail(PER_ACCOUNT, address=None)
    for number in range(PER_ADDRESS):
        desk.fail(name=f"guess {number}")

    signed = desk.enter(device=device)

    assert desk.is_in(signed)
    assert signed.device == device


def test_a_known_device_has_a_budget_of_its_own(desk: Desk) -> None:
    device = desk.enter().device
    desk.fail(PER_ACCOUNT, device=device)

    with pytest.raises(ThrottledError):
        desk.enter(device=device)

    assert desk.is_in(desk.enter(address="203.0.113.9"))


def test_a_device_is_known_for_who_signed_in_on_it(desk: Desk) -> None:
    device = desk.enter("m.silva").device
    desk.fail(PER_ACCOUNT, name="r.okafor", address=None)

    with pytest.raises(ThrottledError):
        desk.enter("r.okafor", device=device)


def test_an_invented_device_buys_no_more_tries(desk: Desk) -> None:
    for number in range(PER_ACCOUNT):
        desk.fail(device=f"invented {number}")

    with pytest.raises(ThrottledError):
        desk.enter(device="another")


def test_an_invented_device_is_not_taken_on(desk: Desk) -> None:
    assert desk.enter(device="chosen by a stranger").device != "chosen by a stranger"


def test_nurses_who_share_a_tablet_all_stay_known_on_it(desk: Desk) -> None:
    device = desk.enter("m.silva").device
    shared = desk.enter("r.okafor", device=device).device
    for name in ("m.silva", "r.okafor"):
        desk.fail(PER_ACCOUNT, name=name, address=None)

    signed = [desk.enter(name, device=shared) for name in ("m.silva", "r.okafor", "m.silva")]

    assert [one.device for one in signed] == [device] * 3


def test_an_hour_holds_a_hundred_real_checks_of_an_account_from_unknown_devices(desk: Desk) -> None:
    for minute in range(60):
        desk.clock.moment = NOON + minute * MIN
        for number in range(4):
            with suppress(NotSignedInError, ThrottledError):
                desk.enter("m.silva", WRONG, f"198.51.{minute}.{number}")

    assert 4 * PER_ACCOUNT <= desk.hasher.calls <= PER_HOUR


def test_the_budget_of_an_hour_holds_where_that_of_a_quarter_would_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.signing_in.PER_HOUR", 15)
    desk.fail(PER_ACCOUNT, address=None)
    desk.clock.moment += WINDOW
    desk.fail(5, address=None)

    with pytest.raises(ThrottledError) as throttled:
        desk.enter()
    desk.clock.moment = NOON + timedelta(hours=1)
    signed = desk.enter()

    assert throttled.value.retry_after == 45 * 60
    assert desk.is_in(signed)


def test_a_flood_of_other_names_frees_no_charged_account(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT)
    for number in range(200):
        desk.signing.tries.take([Budget(f"account:flood {number}", PER_ACCOUNT, WINDOW)], desk.clock())

    with pytest.raises(ThrottledError):
        desk.enter(address="203.0.113.9")


def test_a_restart_and_another_server_process_share_the_budget(desk: Desk) -> None:
    desk.fail(PER_ACCOUNT)
    other = SignIn(desk.kept.people, key=KEY, clock=desk.clock)

    with pytest.raises(ThrottledError):
        other.sign_in("m.silva", RIGHT, "203.0.113.9", None)


def test_the_right_password_costs_nothing(desk: Desk) -> None:
    for _ in range(PER_ADDRESS + 1):
        desk.enter()

    assert desk.is_in(desk.enter())


def test_what_was_typed_as_a_name_is_not_kept(desk: Desk) -> None:
    desk.fail(name=RIGHT)

    with desk.kept.database.read() as connection:
        kept = str(connection.execute(text("SELECT * FROM sign_in_tries")).all())

    assert RIGHT not in kept
    assert HOME not in kept


# Limits in time


def test_who_does_nothing_is_signed_out_after_the_idle_limit(desk: Desk) -> None:
    signed = desk.enter()

    desk.clock.moment = NOON + 15 * MIN
    inside = desk.is_in(signed, used=False)
    desk.clock.moment += SECOND

    assert inside
    assert not desk.is_in(signed)


def test_use_keeps_somebody_signed_in_and_pushes_do_not(desk: Desk) -> None:
    busy, quiet = desk.enter(), desk.enter()

    found = []
    for _ in range(3):
        desk.clock.pass_minutes(6)
        found.append((desk.is_in(busy, used=True), desk.is_in(quiet, used=False)))

    assert found == [(True, True), (True, True), (True, False)]


def test_the_idle_limit_can_be_set(desk: Desk) -> None:
    signing = SignIn(desk.kept.people, key=KEY, idle=2 * MIN, clock=desk.clock)
    signed = signing.sign_in("m.silva", RIGHT, HOME, None)

    desk.clock.pass_minutes(2.1)

    with pytest.raises(NotSignedInError, match="without use"):
        signing.current(signed.token, used=True)


def test_nobody_stays_signed_in_for_more_than_twelve_hours(desk: Desk) -> None:
    signed = desk.enter()

    while desk.clock.moment < NOON + ABSOLUTE - 10 * MIN:
        desk.clock.pass_minutes(10)
        assert desk.is_in(signed)
    desk.clock.moment = NOON + ABSOLUTE - SECOND
    inside = desk.is_in(signed)
    desk.clock.moment = NOON + ABSOLUTE

    assert timedelta(hours=12) == ABSOLUTE
    assert inside
    assert not desk.is_in(signed)


def test_the_wall_is_never_idle(desk: Desk) -> None:
    signed = desk.enter("wall")

    desk.clock.moment = NOON + timedelta(days=30)

    assert desk.is_in(signed, used=False)


# The end


def test_signing_out_ends_this_browser_and_no_other(desk: Desk) -> None:
    one, two = desk.enter(), desk.enter()

    desk.signing.sign_out(one.token)

    assert [desk.is_in(one), desk.is_in(two)] == [False, True]


def test_a_disabled_account_is_out_at_once_everywhere(desk: Desk) -> None:
    mine = [desk.enter() for _ in range(2)]
    other = desk.enter("r.okafor")

    desk.kept.people.disable_account("m.silva", desk.clock())

    assert [desk.is_in(one) for one in [*mine, other]] == [False, False, True]
    with pytest.raises(NotSignedInError):
        desk.enter()


def test_a_disabled_wall_is_out_as_well(desk: Desk) -> None:
    signed = desk.enter("wall")

    desk.kept.people.disable_account("wall", desk.clock())

    assert not desk.is_in(signed)


def test_a_device_token_stands_for_a_device(desk: Desk) -> None:
    token = new_device_token(desk.kept.people, desk.kept.site, "monitor 1", NOON)

    person = desk.signing.device(token)

    assert (person.name, person.role, person.site) == ("monitor 1", Role.DEVICE, desk.kept.site)
    for wrong in ("", token + "x", desk.enter().token):
        with pytest.raises(NotSignedInError):
            desk.signing.device(wrong)
