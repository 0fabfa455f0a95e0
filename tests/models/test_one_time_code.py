"""Codes of authenticators: the vectors of the standard, one step of grace, and nothing beyond it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.one_time_code import SECONDS, address_of, as_text, code_of, new_secret, step_of

RFC_SECRET = b"12345678901234567890"
RFC_6238 = (
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_the_vectors_of_rfc_6238_hold_in_their_last_six_digits(seconds: int, code: str) -> None:
    assert code_of(RFC_SECRET, seconds // SECONDS) == code[-6:]


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_holds_one_step_before_and_after(steps: int, is_right: bool) -> None:  # noqa: FBT001  # a parameter of the test
    step = int(NOW.timestamp()) // SECONDS + steps

    found = step_of(RFC_SECRET, code_of(RFC_SECRET, step), NOW)

    assert (found == step) is is_right


def test_a_code_of_another_secret_is_wrong() -> None:
    step = int(NOW.timestamp()) // SECONDS

    assert step_of(new_secret(), code_of(RFC_SECRET, step), NOW + timedelta(hours=1)) is None


def test_an_authenticator_reads_name_and_secret() -> None:
    assert as_text(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert address_of(RFC_SECRET, "a&b c") == (
        "otpauth://totp/Chairside:a%26b%20c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Chairside&digits=6&period=30"
    )


def test_every_secret_is_another() -> None:
    assert len({new_secret() for _ in range(9)}) == 9
    assert len(new_secret()) == 20
