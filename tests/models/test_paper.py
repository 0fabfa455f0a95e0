"""The lines of a paper form: at which minutes a set is wanted, and what is asked then."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.paper import asked_in, slots, start_today
from models.protocol import STANDARD
from models.rules import Stage

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_form_of_an_hour_has_the_sets_of_the_protocol() -> None:
    minutes = {stage: [slot.minute for slot in slots(STANDARD, 60) if slot.stage is stage] for stage in Stage}

    assert minutes[Stage.BEFORE] == [-15, -5]
    assert minutes[Stage.INFUSION] == [10, 20, 30, 40, 50, 60]
    assert minutes[Stage.RECOVERY] == [75, 90, 105, 120]


def test_a_form_that_ends_between_two_sets_recovers_from_its_end() -> None:
    minutes = [slot.minute for slot in slots(STANDARD, 45)]

    assert minutes == [-15, -5, 10, 20, 30, 40, 60, 75, 90, 105]


def test_each_line_asks_what_its_phase_asks() -> None:
    before, *_, recovery = slots(STANDARD, 60)

    assert before.asked == STANDARD.sets["before"]
    assert recovery.asked == STANDARD.sets["recovery"]


def test_the_columns_begin_with_the_core() -> None:
    assert asked_in(STANDARD)[:5] == ("sbp", "dbp", "hr", "dissociation", "nausea")
    assert set(asked_in(STANDARD)) == {vital for asked in STANDARD.sets.values() for vital in asked}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13:00", datetime(2026, 11, 25, 12, tzinfo=UTC)),
        ("9:05", datetime(2026, 11, 25, 8, 5, tzinfo=UTC)),
        ("00:30", datetime(2026, 11, 25, 23, 30, tzinfo=UTC)),
        ("02:00", datetime(2026, 11, 25, 1, tzinfo=UTC)),
        ("25:00", None),
        ("noon", None),
        ("", None),
    ],
)
def test_a_start_is_read_by_the_clock_of_the_clinic_nearest_to_now(text: str, expected: datetime | None) -> None:
    assert start_today(text, NOON, ZoneInfo("Europe/Berlin")) == expected
