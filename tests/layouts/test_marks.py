"""Numbered marks: what was done with the pump and what the patient felt, in time order."""

from __future__ import annotations

from layouts.marks import marks
from models.entries import Infusion
from models.moments import MIN
from tests.sample_sessions import Sheet, event, finished


def texts(sheet: Sheet, minute: float = 60) -> list[str]:
    return [f"{mark.number} {mark.text}" for mark in marks(sheet.view(minute))]


def test_actions_and_events_share_one_row_of_numbers_in_time_order() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 36))
    sheet.write(31, Infusion("rate", 48))
    sheet.write(22, event("dizzy", "Dizziness", sheet.start + 22 * MIN, grade=1))
    sheet.write(12, Infusion("rate", 60))

    assert texts(sheet) == ["1 rate 60", "2 dizziness, mild, open", "3 rate 48"]


def test_an_event_stands_at_its_onset_not_where_it_was_typed() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 36))
    sheet.write(20, Infusion("rate", 40))
    sheet.write(30, event("sick", "Nausea", sheet.start + 10 * MIN))

    assert texts(sheet) == ["1 nausea, open", "2 rate 40"]


def test_the_first_start_needs_no_number_and_a_second_one_has_it() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 36))
    assert marks(sheet.view(5)) == ()

    sheet.write(10, Infusion("start", 36))
    assert texts(sheet) == ["1 start 36, disputed"]


def test_a_pause_is_told_with_its_length_and_its_plain_resume_is_part_of_it() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 36))
    sheet.write(40, Infusion("pause"))
    assert texts(sheet, 43) == ["1 paused 3 min"]

    sheet.write(45, Infusion("resume"))
    assert texts(sheet, 60) == ["1 paused 5 min"]


def test_a_resume_at_another_rate_has_its_own_number() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 48))
    sheet.write(40, Infusion("pause"))
    sheet.write(45, Infusion("resume", 36))

    assert texts(sheet) == ["1 paused 5 min", "2 resumed 36"]


def test_a_bolus_and_the_stop_are_told() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 48))
    sheet.write(5, Infusion("bolus", dose_mg=10))
    sheet.write(60, Infusion("stop"))

    assert texts(sheet) == ["1 bolus 10 mg", "2 stopped"]


def test_an_event_that_ended_is_no_longer_open() -> None:
    ended = [mark for mark in marks(finished().view()) if mark.event]

    assert [(mark.text, mark.open) for mark in ended] == [("dizziness, mild", False), ("nausea, moderate", False)]


def test_rates_are_written_without_idle_decimals() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 48.0))
    sheet.write(5, Infusion("rate", 60.0))
    sheet.write(9, Infusion("rate", 58.5))

    assert texts(sheet) == ["1 rate 60", "2 rate 58.5"]


def test_a_pause_of_nothing_is_disputed_and_has_no_length() -> None:
    sheet = Sheet()
    sheet.write(-5, Infusion("pause"))

    assert texts(sheet) == ["1 paused, disputed"]


def test_a_struck_action_has_no_mark() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 48))
    wrong = sheet.write(10, Infusion("rate", 84))
    sheet.correct(11, wrong, None, "other chair")

    assert marks(sheet.view(20)) == ()
