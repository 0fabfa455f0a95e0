"""Alerts: what opens one, what answers it, when it is called out, what ends it, and what a correction makes of it."""

from __future__ import annotations

import pytest

from models.alerts import Alert
from models.entries import (
    Acknowledgement,
    Correction,
    Emergency,
    Entry,
    Infusion,
    Medication,
    Phase,
    Reading,
    Written,
)
from models.moments import MIN, iso
from models.rules import Severity
from models.session import SessionView, later
from tests.sample_sessions import ALL_NO, START, Sheet, core, event


def running() -> Sheet:
    """Return an infusion that has just begun, baseline 124/78."""
    sheet = Sheet("alerts")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0, headache=3))
    sheet.write(0, Infusion("start", 49.4))
    return sheet


def of(view: SessionView, rule: str) -> list[Alert]:
    """Return the alerts of one rule, oldest first."""
    return sorted((one for one in view.alerts if one.rule == rule), key=lambda one: one.since)


def only(view: SessionView, rule: str = "SBP_HIGH") -> Alert:
    (alert,) = of(view, rule)
    return alert


def critical(sheet: Sheet, minute: float = 5, *, typed: float | None = None) -> Entry:
    return sheet.write(minute, core(184, 90, 70, 0, 0), typed=typed)


# A correction that is itself struck


def test_an_alert_stands_again_once_the_correction_that_closed_it_is_struck_and_waiting_begins_anew() -> None:
    sheet = running()
    entry = critical(sheet, 10)
    corrected = sheet.correct(11, entry, core(148, 80, 70, 0, 0), "misread")
    between = only(sheet.view(12))
    sheet.correct(14, corrected, None, "it was right")

    alert = only(sheet.view(15.9))

    assert not between.open
    assert alert.open
    assert (alert.opened_at, alert.reopened_at) == (START + 10 * MIN, START + 14 * MIN)
    assert alert.escalated is None
    assert only(sheet.view(16)).escalated == "clinician"


def test_an_alert_of_a_correction_that_is_struck_is_not_forgotten() -> None:
    sheet = running()
    entry = sheet.write(10, core(148, 80, 70, 0, 0))
    corrected = sheet.correct(11, entry, core(184, 80, 70, 0, 0), "it was 184")
    sheet.write(12, Acknowledgement(f"SBP_HIGH:{entry.id}", "rechecking", None), by="r.okafor")
    sheet.correct(14, corrected, None, "it was 148 after all")

    alert = only(sheet.view(15))

    assert not alert.open
    assert (alert.opened_at, alert.closed_at) == (START + 11 * MIN, START + 14 * MIN)
    assert alert.acknowledged is not None
    assert alert.text == "SBP 184, limit 180, corrected 4 min later"


def test_a_correction_that_arrives_late_and_does_not_count_takes_nothing_back() -> None:
    sheet = running()
    entry = critical(sheet, 10)
    sheet.correct(12, entry, core(186, 90, 70, 0, 0), "it was 186")
    sheet.write(11, Correction(entry.id, "misread", Written(core(148, 80, 70, 0, 0), entry.measured_at)), typed=13)

    alert = only(sheet.view(13.5))

    assert alert.open
    assert (alert.opened_at, alert.reopened_at) == (START + 10 * MIN, None)


# What opens one


def test_a_critical_reading_opens_an_alert_named_after_rule_and_entry() -> None:
    sheet = running()
    entry = critical(sheet)

    alert = only(sheet.view(6))

    assert alert.id == f"SBP_HIGH:{entry.id}"
    assert alert.open
    assert alert.severity is Severity.CRITICAL
    assert (alert.since, alert.opened_at) == (START + 5 * MIN, START + 5 * MIN)
    assert alert.text == "SBP 184, limit 180, 1 min ago"


def test_caution_is_silent() -> None:
    sheet = running()
    sheet.write(5, core(165, 90, 70, 0, 0))
    sheet.write(6, core(166, 90, 70, 0, 0))

    assert sheet.view(7).alerts == ()


def test_each_rule_that_is_critical_opens_its_own() -> None:
    sheet = running()
    sheet.write(5, core(184, 112, 70, 0, 0))

    assert {one.rule for one in sheet.view(6).alerts} == {"SBP_HIGH", "SBP_REL_HIGH", "DBP_HIGH"}


def test_a_value_that_stays_critical_opens_no_second_one() -> None:
    sheet = running()
    first = critical(sheet)
    sheet.write(8, core(188, 90, 70, 0, 0))

    alert = only(sheet.view(9))

    assert alert.id == f"SBP_HIGH:{first.id}"
    assert alert.text == "SBP 184, limit 180, 4 min ago, rechecked 3 min later: 188"


def test_a_late_critical_reading_opens_when_it_is_recorded() -> None:
    sheet = running()
    critical(sheet, 5, typed=15)

    alert = only(sheet.view(16))

    assert (alert.since, alert.opened_at) == (START + 5 * MIN, START + 15 * MIN)


@pytest.mark.parametrize(("newer", "typed", "opened"), [(130, 9, False), (184, 9, True), (130, 21, True)])
def test_a_late_reading_that_was_superseded_already_opens_none(newer: int, typed: float, *, opened: bool) -> None:
    sheet = running()
    sheet.write(8, core(newer, 80, 70, 0, 0), typed=typed)
    critical(sheet, 5, typed=20)

    assert bool(of(sheet.view(22), "SBP_HIGH")) is opened


def test_an_emergency_opens_one_until_symptoms_are_denied() -> None:
    sheet = running()
    called = sheet.write(5, Emergency())

    view = sheet.view(6)
    sheet.write(7, Reading({"sbp": 120, "dbp": 80}, symptoms=()))

    assert only(view, "EMERGENCY").id == f"EMERGENCY:{called.id}"
    assert view.severity is Severity.CRITICAL
    assert not only(sheet.view(8), "EMERGENCY").open
    assert "EMERGENCY" not in {flag.rule for flag in sheet.view(8).flags}


# What ends one


@pytest.mark.parametrize(("sbp", "closed"), [(179, True), (180, False), (120, True)])
def test_it_closes_at_the_first_newer_value_that_is_not_critical(sbp: int, *, closed: bool) -> None:
    sheet = Sheet("no baseline")
    sheet.write(0, Infusion("start", 49.4))
    critical(sheet)
    sheet.write(9, core(sbp, 80, 70, 0, 0))

    alert = only(sheet.view(10))

    assert alert.open is not closed
    assert f"rechecked 4 min later: {sbp}" in alert.text


def test_a_missing_value_never_closes_one() -> None:
    sheet = running()
    critical(sheet)
    sheet.write(7, Reading({"hr": 70, "dissociation": 0, "nausea": 0}, {"sbp": "away", "dbp": "away"}))

    assert only(sheet.view(8)).open


def test_it_stays_while_another_rule_finds_the_value_critical() -> None:
    sheet = running()
    critical(sheet)
    sheet.write(8, core(178, 90, 70, 0, 0))  # 43 % over the baseline of 124

    assert only(sheet.view(9)).open
    sheet.write(12, core(170, 90, 70, 0, 0))
    assert not only(sheet.view(13)).open


def test_a_second_episode_is_an_alert_of_its_own() -> None:
    sheet = running()
    critical(sheet, 5)
    sheet.write(8, core(150, 80, 70, 0, 0))
    again = critical(sheet, 12)

    first, second = of(sheet.view(13), "SBP_HIGH")

    assert (first.open, second.open) == (False, True)
    assert second.id == f"SBP_HIGH:{again.id}"


@pytest.mark.parametrize(
    ("answer", "closed"),
    [
        (Reading({"sbp": 120, "dbp": 80}), False),
        (Reading({"hr": 70}, symptoms=("headache",)), False),
        (Reading({"hr": 70}, symptoms=()), True),
    ],
)
def test_a_red_symptom_closes_by_an_explicit_negative_only(answer: Reading, *, closed: bool) -> None:
    sheet = running()
    sheet.write(5, Reading({"sbp": 120, "dbp": 80}, symptoms=("chest_pain",)))
    sheet.write(20, answer)

    assert only(sheet.view(21), "RED_SYMPTOM").open is not closed


def test_a_red_event_closes_when_it_is_resolved() -> None:
    sheet = running()
    onset = START + 5 * MIN
    began = sheet.write(5, event("fit", "Seizure", onset))
    view = sheet.view(6)
    sheet.write(9, event("fit", "Seizure", onset, outcome="recovered", resolved_at=(onset + 3 * MIN).isoformat()))

    assert only(view, "RED_EVENT").id == f"RED_EVENT:{began.id}"
    assert only(view, "RED_EVENT").response is None
    assert only(sheet.view(10), "RED_EVENT").closed_at == START + 9 * MIN


def test_distress_without_a_new_score_is_not_milder() -> None:
    sheet = running()
    sheet.write(5, Reading({"dissociation": 8}, distress=True))
    sheet.write(20, Reading({"hr": 80}, distress=True))

    view = sheet.view(21)

    assert only(view, "DISTRESS").open
    assert [flag.severity for flag in view.flags if flag.rule == "DISTRESS"] == [Severity.CRITICAL]
    sheet.write(22, Reading({"dissociation": 4}, distress=True))
    assert not only(sheet.view(23), "DISTRESS").open


def test_two_red_symptoms_one_after_the_other_are_two_alerts() -> None:
    sheet = running()
    sheet.write(5, Reading({"hr": 70}, symptoms=("chest_pain",)))
    sheet.write(6, Reading({"hr": 70}, symptoms=("chest_pain", "dyspnoea")))
    sheet.write(7, Reading({"hr": 70}, symptoms=("dyspnoea",)))

    assert len(of(sheet.view(8), "RED_SYMPTOM")) == 2


# What is done about it


def test_an_acknowledgement_names_who_and_what_and_keeps_the_colour() -> None:
    sheet = running()
    entry = critical(sheet)
    sheet.write(6, Acknowledgement(f"SBP_HIGH:{entry.id}", "rechecking"), by="a.lindqvist")

    view = sheet.view(7)
    alert = only(view)

    assert alert.open
    assert alert.acknowledged is not None
    assert (alert.acknowledged.author, alert.acknowledged.action) == ("a.lindqvist", "rechecking")
    assert view.severity is Severity.CRITICAL


def test_an_acknowledgement_of_a_reading_that_only_confirmed_it_counts() -> None:
    sheet = running()
    critical(sheet, 5)
    second = critical(sheet, 7)
    sheet.write(8, Acknowledgement(f"SBP_HIGH:{second.id}", comment="seen"))

    assert only(sheet.view(9)).acknowledged is not None


def test_an_acknowledgement_survives_an_earlier_reading_that_comes_late() -> None:
    sheet = running()
    entry = critical(sheet, 5)
    sheet.write(6, Acknowledgement(f"SBP_HIGH:{entry.id}", comment="seen"))
    earlier = critical(sheet, 3, typed=10)

    alert = only(sheet.view(11))

    assert alert.id == f"SBP_HIGH:{earlier.id}"
    assert alert.acknowledged is not None
    assert alert.opened_at == START + 5 * MIN


ANSWERS = [
    Infusion("pause"),
    Infusion("stop"),
    Infusion("rate", 20),
    Medication("Labetalol", 10, "mg", "IV"),
    event("tight", "Dizziness", START + 6 * MIN),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=["pause", "stop", "lower rate", "medicine", "event"])
def test_what_is_done_counts_as_a_response_and_stops_the_calling(answer: Infusion) -> None:
    sheet = running()
    critical(sheet)
    sheet.write(6, answer, by="r.okafor")

    view = sheet.view(20)
    alert = only(view)

    assert alert.response is not None
    assert alert.response.author == "r.okafor"
    assert alert.escalated is None
    assert alert.open
    assert view.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("minute", "answer"),
    [
        (4.9, Infusion("pause")),
        (6, Infusion("rate", 60)),
        (6, Infusion("rate", 49.4)),
        (6, Infusion("bolus", dose_mg=5)),
    ],
    ids=["before it", "a higher rate", "the same rate", "a bolus"],
)
def test_what_is_no_response(minute: float, answer: Infusion) -> None:
    sheet = running()
    critical(sheet)
    sheet.write(minute, answer)

    assert only(sheet.view(20)).response is None


def test_what_is_done_after_it_closed_is_no_response() -> None:
    sheet = running()
    critical(sheet)
    sheet.write(8, core(130, 80, 70, 0, 0))
    sheet.write(9, Infusion("pause"))

    assert only(sheet.view(10)).response is None


# Who is called


@pytest.mark.parametrize(
    ("minute", "escalated"), [(6.9, None), (7, "clinician"), (9.9, "clinician"), (10, "all"), (60, "all")]
)
def test_nobody_answering_calls_the_clinician_after_two_minutes_and_every_screen_after_five(
    minute: float, escalated: str | None
) -> None:
    sheet = running()
    critical(sheet)

    assert only(sheet.view(minute)).escalated == escalated


@pytest.mark.parametrize(("minute", "escalated"), [(6.9, None), (7.5, "clinician"), (11, "all")])
def test_an_acknowledgement_stops_the_calling_where_it_is(minute: float, escalated: str | None) -> None:
    sheet = running()
    entry = critical(sheet)
    sheet.write(minute, Acknowledgement(f"SBP_HIGH:{entry.id}", "called"))

    assert only(sheet.view(60)).escalated == escalated


def test_a_late_reading_is_called_out_from_when_it_was_recorded() -> None:
    sheet = running()
    critical(sheet, 5, typed=15)

    assert [only(sheet.view(minute)).escalated for minute in (16.9, 17, 20)] == [None, "clinician", "all"]


def test_nothing_is_called_out_after_the_end() -> None:
    sheet = running()
    critical(sheet)
    sheet.write(6, Phase("closed", "transferred"))

    assert only(sheet.view(60)).escalated is None


# Corrections


def test_a_typing_error_that_is_corrected_closes_its_alert() -> None:
    sheet = running()
    wrong = critical(sheet)
    sheet.correct(8, wrong, core(148, 90, 70, 0, 0), "typing error")

    alert = only(sheet.view(9))

    assert (alert.opened_at, alert.closed_at) == (START + 5 * MIN, START + 8 * MIN)
    assert alert.text == "SBP 184, limit 180, corrected 3 min later"


def test_an_entry_made_in_error_closes_its_alert() -> None:
    sheet = running()
    wrong = critical(sheet)
    sheet.correct(8, wrong, None, "other patient")

    alert = only(sheet.view(9))

    assert not alert.open
    assert alert.text == "SBP 184, limit 180, entered in error 3 min later"


def test_a_reading_that_turns_out_critical_opens_one_with_the_correction() -> None:
    sheet = running()
    wrong = sheet.write(5, core(148, 90, 70, 0, 0))
    sheet.correct(8, wrong, core(184, 90, 70, 0, 0), "typing error")

    alert = only(sheet.view(9))

    assert alert.id == f"SBP_HIGH:{wrong.id}"
    assert (alert.since, alert.opened_at, alert.reopened_at) == (START + 5 * MIN, START + 8 * MIN, None)


def test_a_correction_from_critical_to_critical_keeps_the_time_of_opening() -> None:
    sheet = running()
    wrong = critical(sheet)
    sheet.correct(8, wrong, core(194, 90, 70, 0, 0), "typing error")

    assert only(sheet.view(9)).opened_at == START + 5 * MIN


def test_an_alert_stands_again_when_what_closed_it_was_an_error() -> None:
    sheet = running()
    critical(sheet)
    recheck = sheet.write(6, core(150, 90, 70, 0, 0))
    sheet.correct(30, recheck, None, "other patient")

    alert = only(sheet.view(31))

    assert alert.open
    assert alert.reopened_at == START + 30 * MIN
    assert alert.escalated is None
    assert only(sheet.view(32)).escalated == "clinician"


# Overdue


def test_a_set_that_is_very_late_opens_an_alert_named_after_its_time() -> None:
    sheet = running()

    early, late = sheet.view(19.9), sheet.view(20)

    assert of(early, "OVERDUE") == []
    alert = only(late, "OVERDUE")
    assert alert.id == f"OVERDUE:{iso(START + 10 * MIN)}"
    assert (alert.since, alert.opened_at) == (START + 10 * MIN, START + 20 * MIN)
    assert [only(sheet.view(minute), "OVERDUE").escalated for minute in (21.9, 22, 25)] == [None, "clinician", "all"]


def test_a_complete_set_closes_an_overdue_alert_and_a_part_set_does_not() -> None:
    sheet = running()
    sheet.write(21, Reading({"hr": 70}))
    view = sheet.view(21.5)
    sheet.write(22, core(130, 80, 70, 0, 0))

    assert only(view, "OVERDUE").open
    assert only(sheet.view(23), "OVERDUE").closed_at == START + 22 * MIN
    assert only(sheet.view(23), "OVERDUE").text == "Full set due 14:08, ended 12 min late"


def test_an_overdue_alert_can_be_acknowledged() -> None:
    sheet = running()
    sheet.write(21, Acknowledgement(f"OVERDUE:{iso(START + 10 * MIN)}", "on my way"))

    view = sheet.view(40)

    assert view.alert_existed_from(f"OVERDUE:{iso(START + 10 * MIN)}") == START + 10 * MIN
    assert view.alert_existed_from(f"OVERDUE:{iso(START + 11 * MIN)}") is None
    assert only(view, "OVERDUE").escalated is None


def test_moving_on_in_time_gives_the_same_alerts_as_folding_anew() -> None:

    sheet = running()
    critical(sheet)

    early = sheet.view(6)

    for minute in (7, 10, 16, 24):
        assert later(early, START + minute * MIN).alerts == sheet.view(minute).alerts


def test_a_rate_that_swings_from_too_high_to_too_low_is_a_new_alert_and_the_old_one_stays() -> None:
    sheet = running()
    sheet.write(5, core(120, 80, 140, 0, 0))
    sheet.write(7, core(120, 80, 36, 0, 0))

    view = sheet.view(8)
    sheet.write(9, core(120, 80, 70, 0, 0))

    assert {one.rule for one in view.alerts if one.open} == {"HR_HIGH", "HR_LOW"}
    assert not any(one.open for one in sheet.view(10).alerts)


def test_a_correction_that_repeats_what_was_said_leaves_its_alert_as_old_as_it_is() -> None:
    sheet = Sheet("repeated")
    sheet.write(0, Infusion("start", 49.4))
    first = sheet.write(5, core(190, 88, 70, 0, 0))
    sheet.correct(9, first, core(190, 88, 70, 0, 0), "accepted")

    (alert,) = [one for one in sheet.view(10).alerts if one.rule == "SBP_HIGH"]

    assert (alert.opened_at, alert.closed_at) == (first.recorded_at, None)
    assert alert.escalated == "all"
