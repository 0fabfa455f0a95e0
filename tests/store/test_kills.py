"""Killed in the middle of a save: what was acknowledged is there, once, in a chain that holds."""

from __future__ import annotations

from random import Random

import pytest

from models.store.faults import PLACES
from tests.crashes import crash, judge, settle
from tests.kept import Kept

KILLS = 30
KILLS_IN_SOAK = 500
PLACES_AND_OUTSIDE = (*PLACES, None)


def kill(kept: Kept, times: int) -> tuple[int, list[str]]:
    """Kill eight writers so many times; return how many entries were acknowledged, and what went wrong."""
    acknowledged, wrong = 0, []
    for number in range(times):
        random = Random(number)
        sessions = [kept.seat(f"{number}-{chair}") for chair in range(4)]
        told = crash(kept, sessions, random, PLACES_AND_OUTSIDE[number % len(PLACES_AND_OUTSIDE)])
        wrong += judge(kept, sessions, told)
        settle(kept, told)
        wrong += judge(kept, sessions, told)
        acknowledged += len(told.acknowledged)
    return acknowledged, wrong


def test_thirty_kills_under_eight_writers_lose_and_double_nothing(kept: Kept) -> None:
    acknowledged, wrong = kill(kept, KILLS)

    assert wrong == []
    assert acknowledged > KILLS
    assert kept.records.first_break() is None


@pytest.mark.soak
def test_five_hundred_kills_under_eight_writers_lose_and_double_nothing(kept: Kept) -> None:
    acknowledged, wrong = kill(kept, KILLS_IN_SOAK)

    assert wrong == []
    assert acknowledged > KILLS_IN_SOAK


@pytest.mark.parametrize("place", ["before-insert", "after-insert", "before-commit"])
def test_an_acknowledgement_before_the_commit_would_be_found_out(kept: Kept, place: str) -> None:
    sessions = [kept.seat(str(chair)) for chair in range(4)]

    told = crash(kept, sessions, Random(1), place, honest=False)

    assert any("acknowledged and lost" in one for one in judge(kept, sessions, told))
