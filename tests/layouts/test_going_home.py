"""Going home at the chair: what is missing first, from when on, and an override that never looks like met."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from layouts import ids
from layouts.going_home import going_home_card, going_home_properties
from models.entries import Discharge, Infusion, Override
from tests.component_tree import said, with_testid
from tests.sample_sessions import ALL_NO, Sheet, core

PAGE = ids.ChairPage
ALL_YES = {"oriented": True, "steady_gait": True, "escort": True}


def recovering() -> Sheet:
    sheet = Sheet("home")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0, sedation=5))
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(60, Infusion("stop"))
    sheet.write(100, core(126, 80, 72, 1, 0, spo2=98, sedation=5))
    return sheet


def card(sheet: Sheet, minute: float) -> dict[str, dict[str, Any]]:
    return {str(name): one for name, one in going_home_properties(sheet.view(minute), UTC)}


def lines(one: dict[str, Any]) -> list[str]:
    return [said(line) for line in one["children"]]


def test_the_card_waits_for_the_stop() -> None:
    assert card(recovering(), 100)[PAGE.HOME]["hidden"] is False
    running = Sheet("running")
    running.write(0, Infusion("start", 49.4, happened=True))
    assert card(running, 10)[PAGE.HOME]["hidden"] is True


def test_what_is_missing_stands_first_with_the_moment_it_waits_for() -> None:
    found = card(recovering(), 105)

    assert found[PAGE.HOME_STATE]["children"] == "4 not met, 15:58 at the earliest"
    assert (found[PAGE.HOME_LEFT]["data-say"], found[PAGE.HOME_LEFT]["data-at"][11:16]) == ("{to go} left", "15:58")
    assert lines(found[PAGE.HOME_UNMET])[0] == "✗ Not met: 60 min after the end of the infusion: from 15:58"
    assert "✗ Not met: Oriented: not asked" in lines(found[PAGE.HOME_UNMET])


def test_what_is_met_names_the_reading_that_met_it() -> None:
    found = card(recovering(), 105)

    assert found[PAGE.HOME_MET_WORDS]["children"] == "10 met"
    assert "✓ SBP 126, within 20 % of baseline 124, 15:38" in lines(found[PAGE.HOME_MET])


def test_a_saturation_nobody_measured_since_the_stop_has_no_tick() -> None:
    without = Sheet("no saturation")
    without.write(0, Infusion("start", 49.4, happened=True))
    without.write(60, Infusion("stop"))
    without.write(100, core(126, 80, 72, 1, 0, sedation=5))
    found = card(without, 105)

    assert "– SpO2 not needed: not measured since the stop" in lines(found[PAGE.HOME_MET])
    assert found[PAGE.HOME_MET_WORDS]["children"].endswith(" met, 1 not needed")


def test_all_met_keeps_nobody() -> None:
    sheet = recovering()
    sheet.write(118, core(126, 80, 72, 1, 0, spo2=98, sedation=5))
    sheet.write(121, Discharge(ALL_YES))
    found = card(sheet, 122)

    assert (found[PAGE.HOME_STATE]["children"], found[PAGE.HOME]["data-unmet"]) == ("all met", "0")


def test_an_override_is_said_and_what_it_lifts_stays_not_met() -> None:
    sheet = recovering()
    sheet.write(105, Discharge(ALL_YES, Override("lives next door")), by="a.lindqvist")
    found = card(sheet, 106)

    assert found[PAGE.HOME_STATE]["children"] == "overridden, 1 not met"
    assert found[PAGE.HOME]["data-unmet"] == "0"
    assert lines(found[PAGE.HOME_UNMET]) == [
        "✗ Not met, overridden by a clinician: 60 min after the end of the infusion: from 15:58"
    ]
    assert not [line for line in lines(found[PAGE.HOME_MET]) if "60 min after" in line]


def test_only_a_clinician_is_asked_for_the_reason_of_an_override() -> None:
    view = recovering().view(105)

    assert with_testid(going_home_card(view, UTC, may_override=True), "discharge-override-reason")
    assert not with_testid(going_home_card(view, UTC, may_override=False), "discharge-override-reason")
