"""What the screens say, at both edges of every threshold."""

from __future__ import annotations

from datetime import UTC

import pytest

from layouts import words
from models.entries import Infusion, Reading
from models.moments import MIN
from models.rules import Severity
from tests.sample_sessions import START, Sheet, core

NORMAL, CAUTION, CRITICAL = Severity.NORMAL, Severity.CAUTION, Severity.CRITICAL


def running(*lines: tuple[float, Reading]) -> Sheet:
    """Write a session with baseline 124/78, 70, started at minute 0."""
    sheet = Sheet()
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    for minute, reading in lines:
        sheet.write(minute, reading)
    return sheet


@pytest.mark.parametrize(
    ("severity", "low", "text"),
    [
        (NORMAL, False, ""),
        (CAUTION, False, "▲ Caution"),
        (CRITICAL, False, "▲▲ Critical"),
        (CAUTION, True, "▼ Caution"),
        (CRITICAL, True, "▼▼ Critical"),
    ],
)
def test_a_badge_says_its_severity_in_triangles_and_a_word(severity: Severity, low: bool, text: str) -> None:  # noqa: FBT001  # a column of the table
    assert words.badge_text(severity, low=low) == text


@pytest.mark.parametrize(
    ("value", "baseline", "text"),
    [
        (184, 122, "+62 (+51 %)"),
        (122, 122, "0 (0 %)"),
        (110, 122, "−12 (−10 %)"),
        (123, 200, "−77 (−39 %)"),  # 38.5, halves away from 0
        (None, 122, ""),
        (184, None, ""),
    ],
)
def test_a_change_from_baseline_has_its_sign_and_percent(
    value: float | None, baseline: float | None, text: str
) -> None:
    assert words.change_text(value, baseline, percent=True) == text


def test_a_change_without_percent_is_the_difference_alone() -> None:
    assert words.change_text(102, 70) == "+32"


@pytest.mark.parametrize(("value", "text"), [(None, "—"), (0, "0"), (128.0, "128")])
def test_silence_is_a_dash_and_nought_is_nought(value: float | None, text: str) -> None:
    assert words.value_text(value) == text


@pytest.mark.parametrize(
    ("vital", "value", "severity", "low", "text"),
    [
        ("sbp", 184, CRITICAL, False, "very high"),
        ("sbp", 164, CAUTION, False, "high"),
        ("sbp", 96, CAUTION, True, "low"),
        ("sbp", 85, CRITICAL, True, "very low"),
        ("sbp", 120, NORMAL, False, ""),
        ("nausea", 3, NORMAL, False, "mild"),
        ("nausea", 7, CRITICAL, False, "severe"),
        ("dissociation", 9, CRITICAL, False, "overwhelming"),
        ("hr", None, NORMAL, False, ""),
    ],
)
def test_a_value_has_the_word_of_its_scale_or_of_its_limits(
    vital: str,
    value: float | None,
    severity: Severity,
    low: bool,  # noqa: FBT001  # a column of the table
    text: str,
) -> None:
    assert words.value_word(vital, value, severity, low=low) == text


@pytest.mark.parametrize(("minute", "late"), [(13, False), (13.1, True)])
def test_a_ticking_sentence_says_what_the_flag_says(minute: float, late: bool) -> None:  # noqa: FBT001  # a column of the table
    view = running((0.5, core(184, 104, 88, 2, 0)), (1, core(164, 98, 88, 2, 0))).view(minute)

    said = [words.said_at(*words.why_flag(flag, view), view.now) for flag in view.flags]

    assert said == [flag.text(view.now) for flag in view.flags]
    assert any("No full set" in text for text in said) is late


def test_a_flag_on_a_screen_that_is_not_live_has_a_clock_time_for_an_age() -> None:
    view = running((10, core(164, 90, 88, 2, 0))).view(14)

    assert words.why_flag_was(view.flags[0], view, UTC) == "SBP 164, limit 160, at 14:08"


def test_what_the_first_flag_leaves_unsaid_is_counted_once_a_vital() -> None:
    view = running((10, core(184, 112, 135, 2, 5))).view(11)

    assert [flag.vital for flag in view.flags].count("sbp") > 1  # its own and the absolute limit
    assert words.more_text(view.flags) == "▲▲ 3 more"


def test_a_single_flag_leaves_nothing_unsaid() -> None:
    view = running((10, core(130, 80, 70, 2, 5))).view(11)

    assert words.more_text(view.flags) == ""
    assert words.more_text(()) == ""


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (core(120, 80, 70, 1, 0), ""),
        (Reading({"sbp": 120, "dbp": 80, "hr": 70, "dissociation": 1}), "Part set: nausea empty"),
        (Reading({"dissociation": 1}), "Part set: SBP, DBP, HR, nausea empty"),
        (
            Reading({"hr": 70}, {"sbp": "cuff failed"}),
            "Part set: SBP not done, cuff failed; DBP, dissociation, nausea empty",
        ),
        (Reading({"spo2": 97}), ""),
    ],
)
def test_a_part_set_says_what_it_lacks_and_an_extra_value_is_no_part_set(reading: Reading, text: str) -> None:
    view = running((10, reading)).view(11)

    assert words.part_set_text(view.readings[-1]) == text


def test_a_pause_says_since_when_why_and_what_stays_due() -> None:
    sheet = running((10, core(124, 78, 70, 1, 0)))
    sheet.write(12, Infusion("pause", reason="washroom"))

    assert words.paused_text(sheet.view(14), UTC) == "Paused 14:10, washroom. Check due 14:18"
    assert words.paused_text(running().view(14), UTC) == ""


@pytest.mark.parametrize(
    ("seconds", "age", "minutes"), [(59, "now", "0 min"), (60, "1 min ago", "1 min"), (-30, "now", "0 min")]
)
def test_an_age_turns_on_the_full_minute(seconds: int, age: str, minutes: str) -> None:
    now = START + seconds * MIN / 60

    assert words.said_at("{age}", START, now) == age
    assert words.said_at("{min}", START, now) == minutes
