"""Passwords: long, not among the usual ones, never repeated, and as slow for nobody as for somebody."""

from __future__ import annotations

import threading
import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from models import passwords
from models.errors import RefusedError
from models.passwords import LONGEST, SHORTEST, check_strength, fits, hashed
from tests.kept import at_once

GOOD = "violet tram under snow"


@pytest.mark.parametrize(
    "password",
    [GOOD, "abcdefghijklmno", "ä" * 5 + "bcdefghijk", "four words that do not belong", "k" * 190 + "0123456789"],
)
def test_a_long_password_passes_whatever_it_is_made_of(password: str) -> None:
    check_strength(password, "m.silva")


@pytest.mark.parametrize("length", [SHORTEST, LONGEST])
def test_both_edges_of_the_length_pass(length: int) -> None:
    check_strength((GOOD * 10)[:length], "m.silva")


@pytest.mark.parametrize("length", [0, SHORTEST - 1, LONGEST + 1])
def test_beyond_the_edges_of_the_length_is_refused(length: int) -> None:
    with pytest.raises(RefusedError, match="15 to 200"):
        check_strength((GOOD * 10)[:length], "m.silva")


@pytest.mark.parametrize(
    "password",
    [
        "password123456password",
        "PASSWORDpassword1",
        "m.silvam.silvam.silva",
        "M.Silva ketamine 1",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "qwertyqwertyqwerty",
    ],
)
def test_what_is_easy_to_guess_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(RefusedError, match="easy to guess") as refused:
        check_strength(password, "m.silva")

    assert password not in str(refused.value)
    assert [error.field for error in refused.value.errors] == ["password"]


@pytest.mark.parametrize("password", ["short-secret", "long-secret-" * 20])
def test_a_refusal_never_repeats_the_password(password: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_strength(password, "m.silva")

    assert "secret" not in str(refused.value)


def test_a_digest_has_the_agreed_cost_and_fits_only_its_password() -> None:
    digest = hashed(GOOD)
    cost = extract_parameters(digest)

    assert (cost.memory_cost, cost.time_cost, cost.parallelism) == (19 * 1024, 2, 1)
    assert digest.startswith("$argon2id$")
    assert GOOD not in digest
    assert fits(GOOD, digest)
    assert not fits(GOOD + " ", digest)
    assert hashed(GOOD) != digest


def test_without_a_digest_nothing_fits() -> None:
    assert not fits(GOOD, None)
    assert not fits("nobody signs in with this", None)


def test_a_digest_that_is_none_fits_nothing() -> None:
    assert not fits(GOOD, "not a digest")


class Counting:
    """Counts how many hashes run at the same time."""

    def __init__(self) -> None:
        self.now, self.most, self.lock = 0, 0, threading.Lock()

    def verify(self, _kept: str, _password: str) -> bool:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self.lock:
            self.now -= 1
        return True


def test_at_most_two_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr(passwords, "_HASHER", counting)

    answers = at_once([lambda: fits(GOOD, "a digest")] * 8)

    assert answers == [True] * 8
    assert counting.most == 2


def test_the_counted_hasher_stands_for_the_real_one() -> None:
    assert isinstance(passwords._HASHER, PasswordHasher)  # noqa: SLF001  # what the test above puts aside
