"""Alerts, holds and emergencies at the chair: in words, silent, and never claiming that somebody came."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest

from layouts import ids
from layouts.alert_banner import (
    TAKEN_AS,
    alert_banner,
    alert_properties,
    emergency_properties,
    ended_alert_text,
    hold_properties,
    hold_text,
)
from layouts.chair import why_second_line
from models.entries import Acknowledgement, Emergency, Hold, Infusion, Medication, Reading
from models.moments import MIN
from tests.component_tree import prop, said, walk, with_testid
from tests.sample_sessions import ALL_NO, START, Sheet, core

PAGE = ids.ChairPage


def critical(minute: float = 20) -> Sheet:
    sheet = Sheet("alerts")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48))
    sheet.write(10, core(130, 80, 70, 0, 0))
    sheet.write(minute, core(184, 98, 96, 5, 2))
    return sheet


def banner(sheet: Sheet, minute: float) -> dict[str, dict[str, Any]]:
    return {str(name): one for name, one in alert_properties(sheet.view(minute), UTC)}


def test_a_chair_in_range_has_no_banner() -> None:
    sheet = Sheet("quiet")
    sheet.write(-8, core(124, 78, 70, 0, 0))

    assert banner(sheet, 0)[PAGE.ALERT]["hidden"] is True


def test_what_nobody_took_says_since_when_and_what_to_do() -> None:
    found = banner(critical(), 22)

    assert (found[PAGE.ALERT]["hidden"], found[PAGE.ALERT]["className"]) == (False, "chair-alert")
    assert found[PAGE.ALERT_WHO]["data-say"] == "Nobody has taken it, opened {age}, clinician called out"
    assert found[PAGE.ALERT_WHO]["data-at"][11:16] == "14:18"
    assert found[PAGE.ALERT_DO]["children"].startswith("Measure again within 5 min.")


@pytest.mark.parametrize(
    ("minute", "called"), [(21, ""), (22, ", clinician called out"), (25, ", called out on every screen")]
)
def test_a_banner_says_who_else_was_called(minute: float, called: str) -> None:
    assert banner(critical(), minute)[PAGE.ALERT_WHO]["data-say"] == f"Nobody has taken it, opened {{age}}{called}"


def test_two_rules_about_one_value_are_one_matter() -> None:
    found = banner(critical(), 21)

    assert found[PAGE.ALERT_WORDS]["children"] == "", "the reason above has said SBP 184, limit 180"
    assert [one.partition(":")[0] for one in json.loads(found[PAGE.ALERT]["data-alerts"])] == [
        "SBP_HIGH",
        "SBP_REL_HIGH",
    ]


def test_two_values_are_both_named() -> None:
    sheet = critical()
    sheet.write(21, Reading({"spo2": 90}))

    assert "SpO2 90, low limit 91; SBP 184, limit 180" in banner(sheet, 21.5)[PAGE.ALERT_WORDS]["children"]


def test_who_took_it_and_how_stands_there_in_a_quieter_banner() -> None:
    sheet = critical()
    for alert in sheet.view(21).alerts:
        sheet.write(21, Acknowledgement(alert.id, "clinician called", "on her way"), by="r.okafor")
    found = banner(sheet, 24)

    assert found[PAGE.ALERT]["className"] == "chair-alert chair-alert--taken"
    assert found[PAGE.ALERT_WHO]["data-say"] == "R. Okafor 14:19: clinician called, on her way"
    assert found[PAGE.ALERT_TAKE]["hidden"] is True


def test_what_was_done_at_the_chair_answers_but_can_still_be_acknowledged() -> None:
    sheet = critical()
    sheet.write(21, Medication("Labetalol", 10, "mg", "iv"))
    found = banner(sheet, 23)

    assert "Labetalol" in found[PAGE.ALERT_WHO]["data-say"]
    assert found[PAGE.ALERT_TAKE]["hidden"] is False


def test_one_that_was_taken_does_not_hide_one_that_was_not() -> None:
    sheet = critical()
    for alert in sheet.view(21).alerts:
        sheet.write(21, Acknowledgement(alert.id, "at the chair"))
    sheet.write(22, Reading({"spo2": 90}))
    found = banner(sheet, 22.5)

    assert found[PAGE.ALERT_WHO]["data-say"].startswith("Nobody has taken it")
    assert [one.partition(":")[0] for one in json.loads(found[PAGE.ALERT]["data-alerts"])] == ["SPO2_LOW"]


def test_an_older_one_that_nobody_took_is_shown_before_a_newer_one_that_somebody_did() -> None:
    sheet = critical()
    sheet.write(22, Reading({"spo2": 90}))
    newest = next(one for one in sheet.view(22).alerts if one.rule == "SPO2_LOW")
    sheet.write(22, Acknowledgement(newest.id, "at the chair"))
    found = banner(sheet, 22.5)

    assert found[PAGE.ALERT_WHO]["data-say"].startswith("Nobody has taken it")
    assert "SPO2_LOW" not in found[PAGE.ALERT]["data-alerts"]


def test_a_very_late_check_is_an_alert_as_well() -> None:
    found = banner(critical(10.5), 40)

    assert "Full set due" in found[PAGE.ALERT_WORDS]["children"]


def test_a_recheck_is_told_for_some_minutes_and_then_no_more() -> None:
    sheet = critical()
    sheet.write(24, core(158, 92, 84, 3, 1))

    assert "SBP 184, limit 180, rechecked 4 min later: 158" in why_second_line(sheet.view(25), None)
    assert "rechecked" in ended_alert_text(sheet.view(34))
    assert ended_alert_text(sheet.view(34.1)) == ""


def test_there_is_one_button_and_a_tap_for_each_usual_answer() -> None:
    drawn = alert_banner(critical().view(21), UTC)

    assert len(with_testid(drawn, "alert-acknowledge")) == 1
    assert [prop(one, "data-words") for one in walk(drawn) if prop(one, "data-act") == "take-alerts-as"] == list(
        TAKEN_AS
    )


# Emergency


def test_an_emergency_says_when_it_was_called_until_it_is_over() -> None:
    sheet = critical()
    sheet.write(21, Emergency())
    called = emergency_properties(sheet.view(22), UTC)
    sheet.write(25, Reading({"sbp": 150, "dbp": 90}, symptoms=()))

    assert called == [(PAGE.EMERGENCY_CALLED, {"children": "called 14:19"})]
    assert emergency_properties(sheet.view(26), UTC) == [(PAGE.EMERGENCY_CALLED, {"children": ""})]


# Holds


def test_a_hold_says_why_since_when_who_and_that_the_check_goes_on() -> None:
    sheet = critical()
    until = (START + 30 * MIN).isoformat()
    sheet.write(22, Hold("washroom", until))

    assert hold_text(sheet.view(23), UTC) == (
        "On hold since 14:20: washroom, back by 14:28, M. Silva. The check goes on counting."
    )


def test_a_hold_that_is_over_is_told_no_more() -> None:
    sheet = critical()
    sheet.write(22, Hold("washroom"))
    before = dict(hold_properties(sheet.view(24), UTC))[PAGE.HOLD]
    sheet.write(25, Hold("washroom", over=True))
    after = dict(hold_properties(sheet.view(26), UTC))[PAGE.HOLD]

    assert (before["hidden"], before["data-reason"]) == (False, "washroom")
    assert (after["hidden"], after["data-reason"]) == (True, "")


def test_every_word_of_the_banner_is_silent() -> None:
    drawn = alert_banner(critical().view(21), UTC)

    assert not [one for one in walk(drawn) if prop(one, "role") == "alert" and said(one)]
    assert not [one for one in walk(drawn) if type(one).__name__ in {"Audio", "Video"}]
