"""Alerts and overrides on the record: who, how fast, how far it was called out, and every reason."""

from __future__ import annotations

from datetime import UTC

from layouts.alerts_part import alerts_part, overrides_part
from layouts.discharge_part import pump_text
from layouts.record_parts import Shown
from models.entries import Acknowledgement, Discharge, Infusion, Override, Reading
from models.people import Person, Role
from tests.component_tree import said
from tests.sample_sessions import ALL_NO, Sheet, core

CLINICIAN = Person("2", "a.lindqvist", Role.CLINICIAN, "site")


def shown(sheet: Sheet, minute: float) -> Shown:
    return Shown(sheet.view(minute), UTC, CLINICIAN)


def running() -> Sheet:
    sheet = Sheet("record")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48, concentration_mg_ml=10))
    return sheet


def test_a_session_without_alerts_has_no_such_part() -> None:
    assert alerts_part(shown(running(), 5)) is None
    assert overrides_part(shown(running(), 5)) is None


def test_an_alert_tells_who_took_it_how_fast_and_how_it_ended() -> None:
    sheet = running()
    sheet.write(8, Reading({"spo2": 90}))
    sheet.write(11, Acknowledgement(sheet.view(8).alerts[0].id, "at the chair"), by="r.okafor")
    sheet.write(12, Reading({"spo2": 97}))

    assert said(alerts_part(shown(sheet, 13))) == (
        "Alerts 1 14:06 SpO2 90, low limit 91, rechecked 4 min later: 97. R. Okafor 14:09: at the chair (after 3 min). "
        "Clinician called out"
    )


def test_an_alert_that_nobody_took_says_so() -> None:
    sheet = running()
    sheet.write(8, Reading({"spo2": 90}))

    words = said(alerts_part(shown(sheet, 9)))

    assert words.startswith("Alerts 1, 1 not taken")
    assert "Nobody took it" in words
    assert words.endswith("Still open")


def test_overrides_stand_together_with_their_reasons() -> None:
    sheet = Sheet("overridden")
    sheet.write(-8, core(168, 90, 70, 0, 0))
    sheet.write(0, Infusion("start", 48, override=Override("138 at home")), by="a.lindqvist")
    sheet.write(60, Infusion("stop"))
    sheet.write(90, Discharge({"oriented": True}, Override("lives next door")), by="a.lindqvist")

    assert said(overrides_part(shown(sheet, 95))) == (
        "Overrides 2 13:58 Start overridden: 138 at home. A. Lindqvist 15:28 Discharge overridden: lives next door. "
        "What was not met is listed under Going home. A. Lindqvist"
    )


def test_the_pump_is_held_against_the_record() -> None:
    sheet = running()
    assert pump_text(sheet.view(5)) == ""
    sheet.write(60, Infusion("stop", pump_ml=4.8))
    assert pump_text(sheet.view(61)) == "Pump 4.8 mL at the stop, record 4.8 mL: agrees."


def test_a_pump_that_differs_wants_a_look() -> None:
    sheet = running()
    sheet.write(60, Infusion("stop", pump_ml=6))

    assert pump_text(sheet.view(61)) == "Pump 6 mL at the stop, record 4.8 mL: differs, look."
