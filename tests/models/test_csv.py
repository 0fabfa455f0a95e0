"""The record as CSV: what was written, what took its place, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest

from models.entries import Infusion, Note, Override, Reading, Screening
from models.exchange.csv import COLUMNS, harmless, record_csv
from models.session import SessionView
from models.terms import SCREENING
from tests.sample_sessions import ALL_NO, Sheet, core, event, finished, signed


def rows(view: SessionView) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(record_csv(view), newline="")))


def of(view: SessionView, seq: int) -> list[dict[str, str]]:
    return [row for row in rows(view) if row["seq"] == str(seq)]


def test_the_header_names_the_columns_of_the_contract() -> None:
    header = record_csv(Sheet().view()).split("\r\n", 1)[0]

    assert header == "seq,kind,measured_at,recorded_at,author,vital,value,unit,severity,text,corrects,reason"
    assert header.split(",") == list(COLUMNS)


def test_every_entry_of_a_session_has_a_row() -> None:
    sheet = signed()

    seqs = {int(row["seq"]) for row in rows(sheet.view())}

    assert seqs == {entry.seq for entry in sheet.entries}


def test_a_reading_has_a_row_per_value_with_unit_and_severity() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 36))
    entry = sheet.write(10, core(184, 92, 70, 0, 0))

    found = of(sheet.view(), entry.seq)

    assert [(row["vital"], row["value"], row["unit"], row["severity"]) for row in found] == [
        ("sbp", "184", "mmHg", "critical"),
        ("dbp", "92", "mmHg", "normal"),
        ("hr", "70", "/min", "normal"),
        ("dissociation", "0", "/10", "normal"),
        ("nausea", "0", "/10", "normal"),
    ]


def test_the_mean_pressure_is_not_exported() -> None:
    assert "map" not in {row["vital"] for row in rows(finished().view())}


def test_moments_are_told_in_utc() -> None:
    sheet = Sheet()
    entry = sheet.write(55, Note("late"), typed=63)

    (row,) = of(sheet.view(), entry.seq)

    assert row["measured_at"] == "2026-11-22T14:53:00+00:00"
    assert row["recorded_at"] == "2026-11-22T15:01:00+00:00"


def test_a_correction_stands_beside_its_original() -> None:
    sheet = Sheet()
    wrong = sheet.write(12, Reading({"hr": 176}))
    right = sheet.correct(16, wrong, Reading({"hr": 76}), "typing error", by="a.lindqvist")

    (before,) = of(sheet.view(), wrong.seq)
    (after,) = of(sheet.view(), right.seq)

    assert (before["value"], before["severity"], before["text"]) == ("176", "", f"corrected, see {right.seq}")
    assert (after["value"], after["severity"], after["author"]) == ("76", "normal", "a.lindqvist")
    assert (after["corrects"], after["reason"]) == (str(wrong.seq), "typing error")
    assert after["measured_at"] == before["measured_at"]


def test_what_was_entered_in_error_keeps_its_values_and_is_marked() -> None:
    sheet = Sheet()
    wrong = sheet.write(12, Reading({"hr": 176}))
    strike = sheet.correct(16, wrong, None, "other chair")

    (before,) = of(sheet.view(), wrong.seq)
    (after,) = of(sheet.view(), strike.seq)

    assert (before["value"], before["text"]) == ("176", f"entered in error, see {strike.seq}")
    assert (after["value"], after["text"], after["reason"]) == ("", "entered in error", "other chair")
    assert after["corrects"] == str(wrong.seq)


def test_a_struck_note_keeps_its_words() -> None:
    sheet = Sheet()
    wrong = sheet.write(12, Note("allergic to nothing"))
    strike = sheet.correct(16, wrong, None, "other patient")

    found = of(sheet.view(), wrong.seq)

    assert [row["text"] for row in found] == ["allergic to nothing", f"entered in error, see {strike.seq}"]


def test_a_corrected_correction_counts_no_more() -> None:
    sheet = Sheet()
    first = sheet.write(12, Reading({"hr": 176}))
    second = sheet.correct(16, first, Reading({"hr": 67}), "typing error")
    third = sheet.correct(18, second, Reading({"hr": 76}), "typing error again")

    found = [of(sheet.view(), entry.seq)[0] for entry in (first, second, third)]

    assert [(row["value"], row["severity"]) for row in found] == [("176", ""), ("67", ""), ("76", "normal")]
    assert found[1]["text"] == f"corrected, see {third.seq}"


def test_a_struck_correction_lets_the_original_count_again() -> None:
    sheet = Sheet()
    first = sheet.write(12, Reading({"hr": 76}))
    second = sheet.correct(16, first, Reading({"hr": 67}), "typing error")
    third = sheet.correct(18, second, None, "was right")

    found = [of(sheet.view(), entry.seq)[0] for entry in (first, second, third)]

    assert [row["text"] for row in found] == ["", f"entered in error, see {third.seq}", "entered in error"]
    assert [row["severity"] for row in found] == ["normal", "", ""]


def test_the_last_of_two_corrections_counts() -> None:
    sheet = Sheet()
    first = sheet.write(12, Reading({"hr": 176}))
    second = sheet.correct(16, first, Reading({"hr": 67}), "typing error")
    third = sheet.correct(18, first, Reading({"hr": 76}), "typing error")

    found = [of(sheet.view(), entry.seq)[0] for entry in (first, second, third)]

    assert [row["severity"] for row in found] == ["", "", "normal"]
    assert [row["text"] for row in found[:2]] == [f"corrected, see {third.seq}"] * 2


def test_what_was_not_done_has_no_value_and_its_reason() -> None:
    sheet = Sheet()
    entry = sheet.write(12, Reading({"hr": 76}, {"nausea": "asleep"}))

    row = of(sheet.view(), entry.seq)[1]

    assert (row["vital"], row["value"], row["text"], row["reason"]) == ("nausea", "", "not done", "asleep")


def test_zero_is_a_value_and_blank_is_no_row() -> None:
    sheet = Sheet()
    entry = sheet.write(12, Reading({"nausea": 0}))

    assert [(row["vital"], row["value"]) for row in of(sheet.view(), entry.seq)] == [("nausea", "0")]


def test_symptoms_asked_and_absent_are_told() -> None:
    sheet = Sheet()
    asked = sheet.write(12, Reading({"hr": 76}, symptoms=(), distress=False))
    noted = sheet.write(14, Reading({"hr": 76}, symptoms=("headache", "vision"), oxygen_l_min=2))

    absent = {row["vital"]: row["text"] for row in of(sheet.view(), asked.seq)}
    present = [(row["vital"], row["value"], row["unit"], row["text"]) for row in of(sheet.view(), noted.seq)]

    assert (absent["symptoms"], absent["distress"]) == ("none", "no")
    assert present[1:] == [
        ("symptoms", "", "", "headache"),
        ("symptoms", "", "", "vision"),
        ("oxygen_l_min", "2", "L/min", ""),
    ]


def test_a_rate_change_tells_action_rate_and_reason() -> None:
    sheet = Sheet()
    entry = sheet.write(0, Infusion("start", 36.5, reason="as planned", override=Override("gate checked twice")))

    found = of(sheet.view(), entry.seq)

    assert [(row["vital"], row["value"], row["unit"], row["text"], row["reason"]) for row in found] == [
        ("action", "", "", "start", "as planned"),
        ("rate_mg_h", "36.5", "mg/h", "", "as planned"),
        ("override", "", "", "", "gate checked twice; as planned"),
    ]


def test_an_adverse_event_keeps_every_field() -> None:
    sheet = Sheet()
    chest = event("pain", "Chest pain", sheet.start, grade=3, serious=[], interventions=["oxygen", "fluid"])
    entry = sheet.write(0, chest)

    found = [(row["vital"], row["value"] or row["text"], row["severity"]) for row in of(sheet.view(), entry.seq)]

    assert ("term", "Chest pain", "critical") in found
    assert ("grade", "3", "") in found
    assert ("serious", "none", "") in found
    assert [text for name, text, _ in found if name == "interventions"] == ["oxygen", "fluid"]


def test_screening_tells_each_answer() -> None:
    sheet = Sheet()
    entry = sheet.write(-5, Screening(dict(ALL_NO.answers) | {"liver": "yes"}, Override("seen by hepatology")))

    found = {row["vital"]: row for row in of(sheet.view(), entry.seq)}

    assert found["answers.liver"]["text"] == "yes"
    assert found["override"]["reason"] == "seen by hepatology"
    assert len(found) == len(SCREENING) + 1


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+44 20 7946",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        " =1",
        '"=1',
        "'=1",
        "\n=1",
        "\ufeff=1",
        "\uff1d1",
        "|calc",
        "%0A",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "3-4 mg", "a=b", "Slept.", "(-1)", "Zoë"])
def test_harmless_text_stays_as_it_was_written(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("formula", ['=HYPERLINK("http://x","y")', "@x", "  -2+3"])
def test_formulas_are_neutralised_in_every_text_of_the_file(formula: str) -> None:
    sheet = Sheet(mrn=formula)
    wrong = sheet.write(1, Note(formula), by=formula)
    sheet.correct(2, wrong, Note(formula), formula)
    sheet.write(3, Reading({"hr": 70}, {"nausea": formula}))
    sheet.write(4, event("x", formula, sheet.start, note=formula))

    cells = [cell for row in csv.reader(io.StringIO(record_csv(sheet.view()), newline="")) for cell in row]

    assert formula not in cells
    assert cells.count(f"'{formula}") == 9


def test_quotes_commas_and_line_breaks_survive() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Note('said "dizzy, a bit"\nthen slept'))

    (row,) = of(sheet.view(), entry.seq)

    assert row["text"] == 'said "dizzy, a bit"\nthen slept'


def test_a_value_that_nobody_confirmed_says_so() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Reading({"sbp": 240, "dbp": 90}, queued=True, unconfirmed=("sbp",)))

    found = of(sheet.view(), entry.seq)

    assert [row["text"] for row in found] == ["not confirmed", ""]
