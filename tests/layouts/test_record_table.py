"""The table of readings: every value legible, silence no number, text only text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from dash.development.base_component import Component

from layouts.record_table import NO_READINGS, columns, lines, name_in_words, record_table, value_in
from layouts.words import SILENT
from models.entries import Correction, Infusion, Reading, Signature, Written
from models.people import Person, Role
from models.vitals import BY_KEY
from tests.component_tree import of_type, prop, said, with_class, with_testid
from tests.sample_sessions import ALL_NO, Sheet, core, finished

CLINICIAN = Person("1", "a.lindqvist", Role.CLINICIAN, "site")
NURSE = Person("2", "m.silva", Role.NURSE, "site")
OTHER_NURSE = Person("3", "r.okafor", Role.NURSE, "site")
REVIEWER = Person("4", "v.marsh", Role.REVIEWER, "site")


def running() -> Sheet:
    sheet = Sheet()
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 36))
    return sheet


def rows(sheet: Sheet, person: Person = CLINICIAN) -> list[Component]:
    return with_testid(record_table(sheet.view(), UTC, person), "reading-row")


def cell(row: Component, name: str) -> Component:
    (found,) = with_class(row, f"reading-cell--{name}")
    return found


def remarks(row: Component) -> str:
    return said(cell(row, "remarks").children[1:])


def test_without_readings_the_table_says_so() -> None:
    assert said(record_table(Sheet().view(), UTC, CLINICIAN)) == NO_READINGS


def test_a_reading_is_a_row_with_minute_time_and_values() -> None:
    sheet = running()
    sheet.write(6, core(130, 80, 74, 1, 0, spo2=98))

    row = rows(sheet)[1]

    found = {name: said(cell(row, name)) for name in ("min", "at", "bp", "map", "hr", "dissociation", "nausea", "by")}
    assert found == {
        "min": "6",
        "at": "14:04",
        "bp": "130/80",
        "map": "97",
        "hr": "74",
        "dissociation": "1",
        "nausea": "0",
        "by": "M.S.",
    }


def test_minutes_before_the_start_have_a_true_minus() -> None:
    assert said(cell(rows(running())[0], "min")) == "−8"


def test_without_a_start_there_is_no_minute() -> None:
    sheet = Sheet()
    sheet.write(1, Reading({"hr": 70}))

    assert said(cell(rows(sheet)[0], "min")) == SILENT


def test_zero_and_blank_differ() -> None:
    sheet = running()
    sheet.write(6, Reading({"nausea": 0}))

    row = rows(sheet)[1]

    assert said(cell(row, "nausea")) == "0"
    assert said(cell(row, "dissociation")) == SILENT
    assert "reading-cell--silent" in prop(cell(row, "dissociation"), "className")


def test_what_was_not_done_is_hatched_and_says_why() -> None:
    sheet = running()
    sheet.write(6, Reading({"sbp": 120, "dbp": 80, "hr": 70, "dissociation": 1}, {"nausea": "asleep"}))

    row = rows(sheet)[1]

    assert said(cell(row, "nausea")) == "not done"
    assert "reading-cell--undone" in prop(cell(row, "nausea"), "className")
    assert remarks(row) == "nausea not done: asleep"


def test_a_part_set_says_what_was_left_out() -> None:
    sheet = running()
    sheet.write(6, Reading({"sbp": 120, "dbp": 80}))

    assert remarks(rows(sheet)[1]) == "part set: HR, dissociation, nausea empty"


def test_a_palpated_pressure_keeps_its_half() -> None:
    sheet = running()
    sheet.write(6, Reading({"sbp": 90}, {"dbp": "cuff failed"}))

    assert said(cell(rows(sheet)[1], "bp")).startswith("90/not done")


def test_a_correction_shows_both_values_reason_person_and_time() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 176, 3, 0))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0), "typing error", by="a.lindqvist")

    row = rows(sheet)[1]

    (old,) = of_type(cell(row, "hr"), "Del")
    (new,) = of_type(cell(row, "hr"), "B")
    assert (said(old), said(new)) == ("176", "76")
    assert said(cell(row, "hr")) == "was 176 now 76"
    assert remarks(row) == "corrected 14:14, A. Lindqvist: typing error"


def test_values_that_were_not_changed_are_not_struck() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 176, 3, 0))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0), "typing error")

    assert [said(one) for one in of_type(rows(sheet)[1], "Del")] == ["176"]


def test_a_value_corrected_twice_shows_all_three() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 176, 3, 0))
    again = sheet.correct(16, wrong, core(134, 84, 67, 3, 0), "typing error")
    sheet.correct(18, again, core(134, 84, 76, 3, 0), "digits swapped")

    row = rows(sheet)[1]

    assert [said(one) for one in of_type(cell(row, "hr"), "Del")] == ["176", "67"]
    assert "typing error · corrected 14:16, M. Silva: digits swapped" in remarks(row)


def test_a_value_taken_away_stays_legible() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 76, 3, 0, spo2=55))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0), "probe was off")

    row = rows(sheet)[1]

    assert [said(one) for one in of_type(row, "Del")] == ["55"]


def test_a_corrected_time_shows_both() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 76, 3, 0))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0), "clock was wrong", at=10)

    row = rows(sheet)[1]

    assert said(cell(row, "at")) == "was 14:10 now 14:08"
    assert said(cell(row, "min")) == "10"


def test_what_was_entered_in_error_is_struck_whole_and_legible() -> None:
    sheet = running()
    wrong = sheet.write(12, core(184, 84, 76, 3, 0))
    sheet.correct(16, wrong, None, "other chair")

    row = rows(sheet)[1]

    assert "reading-line--struck" in prop(row, "className")
    assert [said(one) for one in of_type(row, "Del")] == ["14:10", "184/84", "117", "76", "3", "0"]
    assert remarks(row) == "entered in error 14:14, M. Silva: other chair"
    assert prop(row, "data-severity") == "normal"


def test_what_was_corrected_before_it_was_struck_stays_legible_too() -> None:
    sheet = running()
    wrong = sheet.write(12, Reading({"hr": 176}))
    sheet.correct(16, wrong, Reading({"hr": 76}), "typing error")
    sheet.correct(18, wrong, None, "other chair")

    assert said(cell(rows(sheet)[1], "hr")) == "76 176"


def test_a_late_entry_says_when_it_was_typed() -> None:
    sheet = running()
    sheet.write(55, core(124, 78, 70, 0, 0), typed=63)

    assert remarks(rows(sheet)[1]) == "late entry, typed 15:01"


@pytest.mark.parametrize(("typed", "late"), [(15, False), (15.1, True)])
def test_five_minutes_are_not_late_and_more_is(typed: float, *, late: bool) -> None:
    sheet = running()
    sheet.write(10, core(124, 78, 70, 0, 0), typed=typed)

    assert ("late entry" in remarks(rows(sheet)[1])) is late


def test_a_flag_is_a_word_a_sign_and_a_class() -> None:
    sheet = running()
    sheet.write(6, core(184, 80, 74, 1, 0))

    row = rows(sheet)[1]

    assert said(cell(row, "bp")) == "184/80 ▲▲ critical"
    assert "reading-cell--critical" in prop(cell(row, "bp"), "className")
    assert prop(row, "data-severity") == "critical"
    assert remarks(row) == "▲▲ SBP 184, limit 180"


def test_a_low_value_points_down() -> None:
    sheet = running()
    sheet.write(6, core(124, 80, 45, 1, 0))

    row = rows(sheet)[1]

    assert said(cell(row, "hr")) == "45 ▼ caution"
    assert remarks(row) == "▼ HR 45, low limit 50"


def test_two_flagged_things_are_both_said_the_worst_first() -> None:
    sheet = running()
    sheet.write(6, core(178, 80, 74, 1, 4))

    assert remarks(rows(sheet)[1]) == "▲▲ SBP 178, own limit 174 · ▲ Nausea 4, limit 4"


def test_of_more_the_worst_is_said_the_rest_counted_and_kept_for_paper() -> None:
    sheet = running()
    sheet.write(6, core(178, 102, 96, 7, 4))

    row = rows(sheet)[1]

    (more,) = with_class(row, "remark__more")
    (every,) = with_class(row, "remark__all")
    assert remarks(row).startswith("▲▲ SBP 178, own limit 174 · ▲ 3 more")
    assert prop(more, "title") == said(every)
    assert sorted(said(every).split(" · ")) == [
        "▲ DBP 102, limit 100",
        "▲ Dissociation 7, limit 7",
        "▲ Nausea 4, limit 4",
    ]


def test_the_baseline_says_that_it_is_one() -> None:
    assert "baseline, frozen 13:58" in remarks(rows(running())[0])


def test_what_was_asked_and_absent_is_told() -> None:
    sheet = running()
    sheet.write(6, Reading({"hr": 70}, symptoms=(), distress=False, oxygen_l_min=2, resting=True))

    assert remarks(rows(sheet)[1]).endswith("not distressing · no symptoms · oxygen 2 L/min · seen resting, not roused")


def test_a_value_nobody_confirmed_says_so() -> None:
    sheet = running()
    sheet.write(6, Reading({"hr": 155}, queued=True, unconfirmed=("hr",)))

    assert "not confirmed: HR" in remarks(rows(sheet)[1])


def test_a_reading_that_came_after_signing_is_not_among_those_that_were_signed() -> None:
    sheet = running()
    before = len(rows(sheet))
    sheet.write(10, Signature("Reviewed", 4), by="a.lindqvist")
    sheet.write(6, core(124, 78, 70, 0, 0), typed=12)

    assert len(rows(sheet)) == before


def test_a_correction_that_came_after_signing_is_told_and_changes_nothing() -> None:
    sheet = running()
    entry = sheet.write(6, core(124, 78, 70, 0, 0))
    sheet.write(10, Signature("Reviewed", 5), by="a.lindqvist")
    correction = Correction(entry.id, "misread", Written(core(124, 78, 99, 0, 0), entry.measured_at))
    sheet.write(8, correction, typed=12)

    row = rows(sheet)[1]

    assert "came after signing and changes nothing: corrected" in remarks(row)
    assert "HR 99" in remarks(row)
    assert not of_type(row, "Del"), "what was signed stands as it was"


def test_a_correction_that_was_taken_back_does_not_strike_the_reading() -> None:
    sheet = running()
    entry = sheet.write(6, core(124, 78, 70, 0, 0))
    change = sheet.correct(8, entry, core(124, 78, 99, 0, 0), "misread", at=6)
    sheet.correct(9, change, None, "it was right")

    row = rows(sheet)[1]

    assert "correction taken back" in remarks(row)
    assert "entered in error" not in remarks(row)


def test_a_moved_reading_says_to_and_from_which_chair() -> None:
    sheet = running()
    gone = sheet.write(6, core(124, 78, 70, 0, 0))
    sheet.write(8, Correction(gone.id, "other patient", moved_to_chair="3"))
    here = replace(core(130, 80, 72, 0, 0), moved_from=gone.id, moved_from_chair="2")
    sheet.write(9, here)

    struck, new = rows(sheet)[1:3]

    assert "moved to chair 3" in remarks(struck)
    assert "other patient" in remarks(struck)
    assert "moved here from chair 2" in remarks(new)


def test_reasons_with_markup_are_text() -> None:
    sheet = running()
    wrong = sheet.write(6, Reading({"hr": 70}))
    sheet.correct(7, wrong, Reading({"hr": 71}), "<script>alert(1)</script>")

    row = rows(sheet)[1]

    assert "<script>alert(1)</script>" in remarks(row)
    assert {type(one).__name__ for one in with_class(row, "remark")} == {"Span"}
    assert not [one for one in of_type(row, "Markdown") if one]


def test_what_is_charted_often_has_a_column_and_what_is_rare_a_remark() -> None:
    sheet = finished()

    found = [column.key for column in columns(lines(sheet.view()))]
    first = rows(sheet)[0]

    assert found == ["bp", "map", "hr", "spo2", "dissociation", "nausea"]
    assert "RR 14 · MOAA/S 5 · headache 4" in remarks(first)


def test_a_rare_value_that_was_corrected_keeps_both() -> None:
    sheet = running()
    for minute in (10, 20, 30):
        sheet.write(minute, core(124, 78, 70, 0, 0))
    wrong = sheet.write(40, core(124, 78, 70, 0, 0, rr=41))
    sheet.correct(42, wrong, core(124, 78, 70, 0, 0, rr=14), "digits swapped")

    row = rows(sheet)[-1]

    assert [said(one) for one in of_type(row, "Del")] == ["41"]
    assert "RR was 41 now 14" in remarks(row)


def test_readings_stand_in_the_order_of_their_moments() -> None:
    sheet = running()
    sheet.write(30, core(124, 78, 70, 0, 0))
    sheet.write(10, core(124, 78, 70, 0, 0), typed=31)

    assert [said(cell(row, "min")) for row in rows(sheet)] == ["−8", "10", "30"]


@pytest.mark.parametrize(
    ("person", "offered"), [(CLINICIAN, True), (NURSE, True), (OTHER_NURSE, False), (REVIEWER, False)]
)
def test_who_may_correct_is_offered_it(person: Person, *, offered: bool) -> None:
    buttons = with_testid(rows(running(), person)[0], "entry-correct")

    assert bool(buttons) is offered


def test_nothing_can_be_corrected_once_signed() -> None:
    sheet = running()
    sheet.write(10, Signature("Reviewed", 4), by="a.lindqvist")

    assert with_testid(rows(sheet)[0], "entry-correct") == []


@pytest.mark.parametrize(
    ("vital", "name"), [("sbp", "SBP"), ("sedation", "MOAA/S"), ("nausea", "nausea"), ("spo2", "SpO2")]
)
def test_a_vital_is_named_within_a_sentence(vital: str, name: str) -> None:
    assert name_in_words(BY_KEY[vital]) == name


def test_mean_pressure_needs_both_pressures() -> None:
    (column,) = [column for column in columns([]) if column.key == "map"]

    assert value_in(Reading({"sbp": 120, "dbp": 80}), column) == "93"
    assert value_in(Reading({"sbp": 120}), column) == SILENT


def test_a_third_more_column_is_for_wide_pages_and_its_values_are_remarks_on_narrow_ones() -> None:
    sheet = running()
    for minute in (10, 20):
        sheet.write(minute, core(124, 78, 70, 0, 0, spo2=98, sedation=5))

    drawn = record_table(sheet.view(), UTC, CLINICIAN)
    row = with_testid(drawn, "reading-row")[1]

    assert [column.key for column in columns(lines(sheet.view())) if column.extra] == ["sedation"]
    assert "reading-cell--extra" in prop(cell(row, "sedation"), "className")
    assert "reading-cell--extra" not in prop(cell(row, "spo2"), "className")
    assert [said(one) for one in with_class(row, "remark--narrow")] == ["MOAA/S 5"]


def test_a_clock_that_was_off_is_told_beside_its_reading() -> None:
    sheet = running()
    off = sheet.write(6, core(130, 80, 74, 1, 0))
    sheet.entries[-1] = replace(off, clock_skew_ms=-250_000)
    right = sheet.write(9, core(130, 80, 74, 1, 0))
    sheet.entries[-1] = replace(right, clock_skew_ms=59_000)

    _baseline, first, second = rows(sheet)

    assert "Tablet clock 4 min behind" in remarks(first)
    assert "Tablet clock" not in remarks(second)


def test_a_reading_of_a_device_says_so_until_any_nurse_has_accepted_it() -> None:
    sheet = Sheet()
    sent = replace(sheet.write(5, Reading({"hr": 70}), by="monitor 1"), device="monitor 1")
    sheet.entries[-1] = sent

    before = rows(sheet, OTHER_NURSE)[0]
    sheet.correct(6, sent, Reading({"hr": 70}), "accepted", by="r.okafor")

    assert "from monitor 1, not accepted" in remarks(before)
    (button,) = with_testid(before, "entry-correct")
    assert prop(button, "data-unconfirmed") == ""
    assert "not accepted" not in remarks(rows(sheet, OTHER_NURSE)[0])
    assert with_testid(rows(sheet, REVIEWER)[0], "entry-correct") == []
