"""Holds, limits of one patient, a decided baseline, moves; how much was on time; the next half hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.breathing import asked, required
from models.checks import check_entry
from models.entries import (
    BaselineSet,
    Content,
    Correction,
    Draft,
    Handover,
    Hold,
    Infusion,
    Limit,
    Medication,
    Move,
    Phase,
    Reading,
    Written,
)
from models.errors import RefusedError
from models.moments import MIN
from models.protocol import STANDARD
from models.rules import Severity
from models.schedule import Lateness
from models.session import Chair, Record, SessionView, fold
from models.upcoming import upcoming
from tests.sample_sessions import ALL_NO, START, Sheet, core, same_id


def running(name: str = "watching", chair: str = "7", start: float = 0) -> Sheet:
    sheet = Sheet(name, chair=chair, mrn=f"40-{chair}", start=START + start * MIN)
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    return sheet


def rules(view: SessionView) -> set[str]:
    return {flag.rule for flag in view.flags}


# Limits of one patient


def test_a_limit_counts_from_its_moment_and_changes_no_earlier_verdict() -> None:
    sheet = running()
    before = sheet.write(5, core(124, 78, 46, 0, 0))
    sheet.write(6, Limit("hr", {"caution_low": 44}, "athlete"), by="a.lindqvist")
    after = sheet.write(7, core(124, 78, 46, 0, 0))

    view = sheet.view(8)
    verdicts = [view.judgement(entry.id) for entry in (before, after)]

    assert [one.severity for one in verdicts if one is not None] == [Severity.CAUTION, Severity.NORMAL]
    assert view.protocol.limits_of("hr").caution_low == 50
    own = view.patient_limits["hr"]
    assert (own.author, own.reason, own.at) == ("a.lindqvist", "athlete", START + 6 * MIN)


@pytest.mark.parametrize(
    ("limits", "value", "severity"),
    [
        ({"caution_low": 44}, 45, Severity.NORMAL),
        ({"caution_low": 44}, 44, Severity.CAUTION),
        ({"caution_low": 44}, 40, Severity.CRITICAL),
        ({"caution_low": None}, 45, Severity.NORMAL),
        ({"caution_low": None}, 40, Severity.CRITICAL),
        ({"caution_low": None, "critical_low": None}, 30, Severity.NORMAL),
        ({"caution_low": 60}, 60, Severity.CAUTION),
    ],
)
def test_a_side_that_is_named_changes_one_of_null_is_lifted_and_the_others_stay(
    limits: dict[str, float | None], value: int, severity: Severity
) -> None:
    sheet = running()
    sheet.write(5, Limit("hr", limits, "athlete"))
    sheet.write(6, core(124, 78, value, 0, 0))

    assert sheet.view(7).latest["hr"].severity is severity


def test_a_second_limit_builds_on_the_first() -> None:
    sheet = running()
    sheet.write(5, Limit("hr", {"caution_low": 44}, "athlete"))
    sheet.write(6, Limit("hr", {"caution_high": 121}, "anxious"))

    limits = sheet.view(7).limits_of("hr")

    assert (limits.caution_low, limits.caution_high, limits.critical_high) == (44, 121, 131)


def refused(sheet: Sheet, minute: float, content: Content, now: float = 20) -> list[str]:
    """Return the fields that are refused of an entry measured at a minute and sent later."""
    draft = Draft(same_id("draft", str(minute)), START + minute * MIN, content)
    try:
        check_entry(sheet.view(now), draft, START + now * MIN)
    except RefusedError as error:
        return [one.field for one in error.errors]
    return []


def test_a_late_limit_is_held_against_those_of_its_moment_and_of_afterwards() -> None:
    sheet = running()
    sheet.write(10, Limit("sbp", {"caution_high": 150, "critical_high": 170}, "aneurysm"))
    sheet.write(12, Limit("sbp", {"caution_high": 145}, "aneurysm"))

    assert refused(sheet, 5, Limit("sbp", {"caution_high": 175}, "tall")) == []
    assert refused(sheet, 5, Limit("sbp", {"caution_high": 180.5}, "tall")) == ["critical_high"]
    assert refused(sheet, 11, Limit("sbp", {"caution_high": 175}, "tall")) == ["critical_high"]
    assert refused(sheet, 5, Limit("sbp", {"caution_low": 148}, "low")) == ["limits"]


def test_a_corrected_limit_is_not_held_against_what_it_corrects() -> None:
    sheet = running()
    first = sheet.write(10, Limit("sbp", {"caution_high": 140, "critical_high": 150}, "aneurysm"))

    def corrected(limits: dict[str, float | None]) -> Correction:
        return Correction(first.id, "typo", Written(Limit("sbp", limits, "aneurysm"), first.measured_at))

    assert refused(sheet, 15, corrected({"critical_high": 150})) == ["critical_high"]
    assert refused(sheet, 15, corrected({"critical_high": 161})) == []


# The baseline


def test_a_decided_baseline_stands_in_the_place_of_the_measured_one() -> None:
    sheet = running()
    sheet.write(1, BaselineSet({"sbp": 110, "dbp": 70}, "was anxious"), by="a.lindqvist")
    sheet.write(5, core(140, 80, 70, 0, 0))

    view = sheet.view(6)

    assert "SBP_REL_HIGH" in rules(view)
    assert view.baseline is not None
    assert view.baseline.values["sbp"] == 110
    assert view.baseline.values["hr"] == 70


def test_a_baseline_decided_before_the_start_outlasts_a_later_set() -> None:
    sheet = Sheet("decided")
    sheet.write(-15, ALL_NO)
    sheet.write(-10, BaselineSet({"sbp": 110, "dbp": 70}, "from the last visit"))
    sheet.write(-8, core(150, 90, 70, 0, 0, headache=3))
    sheet.write(0, Infusion("start", 49.4))

    baseline = sheet.view(1).baseline

    assert baseline is not None
    assert dict(baseline.values) == {"sbp": 110, "dbp": 70, "hr": 70, "dissociation": 0, "nausea": 0, "headache": 3}


def test_without_a_measured_baseline_a_decided_one_is_enough() -> None:
    sheet = Sheet("none")
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(1, BaselineSet({"sbp": 100, "dbp": 70}, "from the referral"))
    sheet.write(5, core(140, 80, 70, 0, 0))

    assert "SBP_REL_HIGH" in rules(sheet.view(6))


# Holds


def test_a_hold_is_told_and_keeps_no_check_from_being_late() -> None:
    sheet = running()
    sheet.write(9, Hold("washroom"))

    view = sheet.view(13)

    assert view.due.state is Lateness.CAUTION
    assert view.flags[0].sentence == "No full set for 21 min, due 14:08, on hold: washroom"
    assert view.hold is not None


def test_a_patient_who_is_back_ends_the_hold_without_a_reading() -> None:
    sheet = running()
    sheet.write(9, Hold("washroom"))
    held = sheet.view(10).hold
    sheet.write(12, Hold("washroom", over=True))

    assert held is not None
    assert sheet.view(13).hold is None


@pytest.mark.parametrize(("minute", "held"), [(9, True), (14.9, True), (15, False)])
def test_a_hold_ends_at_its_own_end(minute: float, *, held: bool) -> None:
    sheet = running()
    sheet.write(9, Hold("washroom", (START + 15 * MIN).isoformat()))

    assert (sheet.view(minute).hold is not None) is held


def test_a_reading_ends_a_hold() -> None:
    sheet = running()
    sheet.write(9, Hold("washroom"))
    sheet.write(11, Reading({"hr": 70}))

    assert sheet.view(12).hold is None


# Moves and handovers


def test_a_move_is_where_the_patient_sits_from_its_moment_on() -> None:
    sheet = running()
    other = Chair(same_id("chair", "9"), "9")
    sheet.chairs = {**sheet.chairs, other.id: other}
    sheet.write(20, Move(other.id))

    assert sheet.view(30).chair.name == "9"


def test_handovers_are_kept_in_order() -> None:
    sheet = running()
    sheet.write(20, Handover("r.okafor", "Recheck at 14:20."))
    sheet.write(40, Handover("m.silva", "All quiet."))

    assert [said.effective.entry.author for said in sheet.view(50).handovers] == ["m.silva", "m.silva"]
    assert len(sheet.view(50).handovers) == 2


# On time


@pytest.mark.parametrize(
    ("sets", "minute", "kept", "of"),
    [
        ([], 9, 1, 1),  # the set before the start was in time
        ([10], 11, 2, 2),
        ([12], 13, 2, 2),  # within the grace
        ([12.1], 13, 1, 2),
        ([], 12, 1, 1),  # due, not late yet
        ([], 12.1, 1, 2),  # missed so far
        ([10, 20, 33], 34, 3, 4),
        ([5, 8], 9, 3, 3),  # more often than asked for is in time
        ([35], 36, 1, 2),  # one long gap is one check that was late
    ],
)
def test_how_many_checks_were_in_time(sets: list[float], minute: float, kept: int, of: int) -> None:
    sheet = running()
    for at in sets:
        sheet.write(at, core(124, 78, 70, 0, 0))

    found = sheet.view(minute).on_time

    assert (found.kept, found.of) == (kept, of)
    assert found.percent == round(100 * kept / of)


def test_a_check_that_was_late_when_the_session_closed_was_missed() -> None:
    sheet = running()
    sheet.write(13, Phase("closed", "transferred"))

    assert (sheet.view(60).on_time.kept, sheet.view(60).on_time.of) == (1, 2)


def test_where_nothing_fell_due_there_is_no_percentage() -> None:
    assert Sheet("just seated").view(-19).on_time.percent is None


# The next half hour


def views(*sheets: Sheet, minute: float) -> list[SessionView]:
    return [sheet.view(minute - (sheet.start - START) / MIN) for sheet in sheets]


def test_the_next_half_hour_lists_the_checks_of_all_chairs_in_order() -> None:
    found = upcoming(views(running("a", "1"), running("b", "2", start=4), minute=5), START + 5 * MIN)

    told = [((one.at - START) / MIN, one.chair) for one in found.checks]

    assert told == [(10, "1"), (14, "2"), (20, "1"), (24, "2"), (30, "1"), (34, "2")]
    assert found.overdue == ()


@pytest.mark.parametrize(("apart", "collide"), [(0, True), (1.9, True), (2, False)])
def test_checks_that_lie_too_close_collide(apart: float, *, collide: bool) -> None:
    found = upcoming(views(running("a", "1"), running("b", "2", start=apart), minute=5), START + 5 * MIN)

    assert [one.collides for one in found.checks[:2]] == ([("2",), ("1",)] if collide else [(), ()])


def test_what_is_overdue_comes_worst_first() -> None:
    sheets = [running("a", "1", start=-3), running("b", "2", start=-11), running("c", "3", start=-12)]
    quiet = running("d", "4", start=5)

    found = upcoming(views(*sheets, quiet, minute=10), START + 10 * MIN)

    assert [(one.chair, one.state) for one in found.overdue] == [
        ("3", Lateness.CRITICAL),
        ("2", Lateness.CRITICAL),
        ("1", Lateness.CAUTION),
    ]
    assert all(
        one.collides for one in found.checks if one.chair in {"1", "2", "3"} and one.state is not Lateness.NOT_DUE
    )


def test_a_chair_where_nothing_is_due_is_not_listed() -> None:
    waiting = Sheet("within the gate", chair="1")
    waiting.write(-8, core(124, 78, 70, 0, 0))

    assert upcoming([waiting.view(0)], START).checks == ()


# What a set has to bring


def test_a_clinic_that_adds_a_medicine_to_its_protocol_adds_it_to_both_questions() -> None:
    sheet = running()
    sheet.write(1, Medication("Clonidine", 0.1, "mg", "PO"))
    more = replace(STANDARD, discharge=replace(STANDARD.discharge, sedatives=("clonidine",)))
    record = Record(sheet.id, tuple(sheet.entries), more, sheet.patients, sheet.chairs)

    view = fold(record, START + 2 * MIN)

    assert view is not None
    assert required(view) == ("spo2", "rr", "sedation")
    assert required(sheet.view(2)) == ()


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        (Medication("Midazolam", 2, "mg", "IV"), True),
        (Medication("Fentanyl citrate", 25, "mcg", "IV"), True),
        (Medication("Promethazine", 25, "mg", "IV"), True),
        (Medication("Ondansetron", 4, "mg", "IV"), False),
        (Reading({"spo2": 96}, oxygen_l_min=2), True),
        (Reading({"spo2": 96}, oxygen_l_min=0), False),
    ],
    ids=["benzodiazepine", "opioid", "antihistamine", "something else", "oxygen", "oxygen off"],
)
def test_breathing_is_required_in_every_set_after_what_slows_it(content: Medication | Reading, *, needed: bool) -> None:
    sheet = running()
    before = sheet.view(5)
    sheet.write(6, content)

    view = sheet.view(7)

    assert required(before) == ()
    assert required(view) == (("spo2", "rr", "sedation") if needed else ())
    assert asked(view) == (
        *("sbp", "dbp", "hr", "dissociation", "nausea", "spo2"),
        *(("rr", "sedation") if needed else ()),
    )
