"""When the next set is due: intervals, triggers, grace, and what never makes it late."""

from __future__ import annotations

import pytest

from models.entries import Infusion, Phase, Reading
from models.schedule import Lateness
from models.session import SessionView
from tests.sample_sessions import ALL_NO, START, Sheet, core


def started(*, before: bool = True) -> Sheet:
    sheet = Sheet("due", arrived=-20)
    if before:
        sheet.write(-15, ALL_NO)
        sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 50))
    return sheet


def due_minute(view: SessionView) -> float | None:
    return None if view.due.at is None else (view.due.at - START).total_seconds() / 60


@pytest.mark.parametrize(
    ("minute", "state"),
    [
        (9.9, Lateness.NOT_DUE),
        (10, Lateness.DUE),
        (12, Lateness.DUE),
        (12.1, Lateness.CAUTION),
        (19.9, Lateness.CAUTION),
        (20, Lateness.CRITICAL),
    ],
)
def test_the_first_set_after_the_start_is_due_one_interval_after_it(minute: float, state: Lateness) -> None:
    view = started().view(minute)

    assert due_minute(view) == 10
    assert view.due.state is state


def test_a_set_long_before_the_start_never_makes_it_late() -> None:
    sheet = Sheet("early", arrived=-100)
    sheet.write(-95, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 50))

    assert due_minute(sheet.view(1)) == 10


def test_only_a_complete_set_resets_the_clock() -> None:
    sheet = started()
    sheet.write(10, core(130, 80, 74, 1, 0))
    sheet.write(19, Reading({"hr": 76}))

    assert due_minute(sheet.view(19)) == 20


@pytest.mark.parametrize(
    ("rate", "expected"), [(50, 20), (50.1, 17), (40, 20)], ids=["the same rate", "a rise", "a fall"]
)
def test_a_rate_rise_wants_a_check_within_five_minutes(rate: float, expected: float) -> None:
    sheet = started()
    sheet.write(10, core(130, 80, 74, 1, 0))
    sheet.write(12, Infusion("rate", rate))

    assert due_minute(sheet.view(12)) == expected


def test_a_bolus_wants_a_check_within_five_minutes() -> None:
    sheet = started()
    sheet.write(10, core(130, 80, 74, 1, 0))
    sheet.write(11, Infusion("bolus", dose_mg=5))

    assert due_minute(sheet.view(12)) == 16


@pytest.mark.parametrize(("rate", "expected"), [(50, 18), (25, 18), (60, 17)])
def test_a_resume_is_a_trigger_only_above_the_last_running_rate(rate: float, expected: float) -> None:
    sheet = started()
    sheet.write(8, core(130, 80, 74, 1, 0))
    sheet.write(9, Infusion("pause"))
    sheet.write(12, Infusion("resume", rate))

    assert due_minute(sheet.view(12)) == expected


def test_a_critical_set_is_its_own_trigger() -> None:
    sheet = started()
    sheet.write(10, core(184, 90, 74, 1, 0))

    view = sheet.view(15)

    assert due_minute(view) == 15
    assert [sheet.view(minute).due.state for minute in (17, 17.1, 19.9, 20)] == [
        Lateness.DUE,
        Lateness.CAUTION,
        Lateness.CAUTION,
        Lateness.CRITICAL,
    ]


def test_a_critical_part_set_is_a_trigger_too() -> None:
    sheet = started()
    sheet.write(10, core(130, 80, 74, 1, 0))
    sheet.write(12, Reading({"hr": 140}))

    assert due_minute(sheet.view(13)) == 17


def test_a_set_after_the_trigger_answers_it() -> None:
    sheet = started()
    sheet.write(10, core(184, 90, 74, 1, 0))
    sheet.write(14, core(150, 88, 74, 1, 0))

    assert due_minute(sheet.view(14)) == 24


def test_the_first_of_several_triggers_counts() -> None:
    sheet = started()
    sheet.write(5, core(130, 80, 74, 1, 0))
    sheet.write(6, Infusion("rate", 60))
    sheet.write(8, Infusion("rate", 70))

    assert due_minute(sheet.view(9)) == 11


def test_paused_counts_as_infusion() -> None:
    sheet = started()
    sheet.write(5, Infusion("pause"))

    assert due_minute(sheet.view(6)) == 10


def test_in_recovery_it_is_every_fifteen_minutes() -> None:
    sheet = started()
    sheet.write(55, core(130, 80, 74, 1, 0))
    sheet.write(60, Infusion("stop"))

    assert due_minute(sheet.view(61)) == 70


@pytest.mark.parametrize(("minute", "state"), [(-5.1, Lateness.NOT_DUE), (-5, Lateness.DUE), (10, Lateness.CRITICAL)])
def test_before_the_start_the_first_set_is_due_fifteen_minutes_after_arrival(minute: float, state: Lateness) -> None:
    view = Sheet("new", arrived=-20).view(minute)

    assert due_minute(view) == -5
    assert view.due.state is state


def test_a_set_over_the_gate_is_repeated_after_ten_minutes() -> None:
    sheet = Sheet("gate", arrived=-30)
    sheet.write(-25, core(148, 94, 84, 0, 2))

    assert due_minute(sheet.view(-20)) == -15


def test_a_set_over_the_gate_is_no_trigger_even_when_critical() -> None:
    sheet = Sheet("gate", arrived=-30)
    sheet.write(-25, core(166, 104, 84, 0, 2))

    assert due_minute(sheet.view(-24)) == -15


def test_within_the_gate_nothing_is_due_until_the_start() -> None:
    sheet = Sheet("in", arrived=-30)
    sheet.write(-25, core(124, 78, 70, 0, 0))

    assert due_minute(sheet.view(-1)) is None


def test_a_closed_session_is_never_due() -> None:
    sheet = started()
    sheet.write(60, Infusion("stop"))
    sheet.write(100, Phase("closed"))

    assert sheet.view(200).due.at is None


def test_overdue_is_a_flag_of_the_chair_with_its_sentence() -> None:
    sheet = started()
    sheet.write(10, core(130, 80, 74, 1, 0))

    flag = sheet.view(31).flags[0]

    assert (flag.rule, flag.severity.word) == ("OVERDUE", "critical")
    assert flag.text(sheet.view(31).now) == "No full set for 21 min, due 14:18"


@pytest.mark.parametrize(
    ("reading", "complete"),
    [
        (core(120, 80, 70, 0, 0), True),
        (Reading({"sbp": 120, "dbp": 80, "hr": 70, "dissociation": 0}), False),
        (Reading({"sbp": 120, "dbp": 80, "dissociation": 0, "nausea": 0}), False),
        (Reading({"sbp": 120, "hr": 70, "dissociation": 0, "nausea": 0}, {"dbp": "cuff failed"}), False),
        (Reading({"sbp": 120, "dbp": 80, "hr": 70, "dissociation": 0}, {"nausea": "asleep"}), True),
        (Reading({"sbp": 120, "dbp": 80, "hr": 70, "nausea": 0}, resting=True), True),
        (Reading({}, resting=True), False),
    ],
)
def test_what_makes_a_set_complete(reading: Reading, *, complete: bool) -> None:
    sheet = started()
    sheet.write(10, reading)

    assert sheet.view(11).readings[-1].complete is complete


@pytest.mark.parametrize(
    ("first", "second", "complete"),
    [
        ({"nausea": "asleep"}, {"nausea": "asleep"}, False),
        ({"nausea": "asleep"}, {"dissociation": "asleep"}, True),
    ],
)
def test_the_same_score_is_not_left_undone_twice_in_a_row(
    first: dict[str, str], second: dict[str, str], *, complete: bool
) -> None:
    values = {"sbp": 120, "dbp": 80, "hr": 70, "dissociation": 1, "nausea": 1}
    sheet = started()
    for minute, undone in ((10, first), (20, second)):
        sheet.write(minute, Reading({key: value for key, value in values.items() if key not in undone}, undone))

    assert sheet.view(21).readings[-1].complete is complete
    assert due_minute(sheet.view(21)) == (30 if complete else 20)


def test_a_score_measured_in_between_may_be_left_undone_again() -> None:
    values = {"sbp": 120, "dbp": 80, "hr": 70, "dissociation": 1}
    sheet = started()
    sheet.write(10, Reading(values, {"nausea": "asleep"}))
    sheet.write(20, Reading(values | {"nausea": 1}))
    sheet.write(30, Reading(values, {"nausea": "asleep"}))

    assert sheet.view(31).readings[-1].complete
