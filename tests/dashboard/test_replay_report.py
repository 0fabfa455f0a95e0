"""The account of a replay: every row counted, equal reasons together, faults loud."""

from dashboard.charted import Row, parse_chart
from dashboard.replay_report import Outcome, Report, Result, reason_of

RAW = b"case,minute,sbp,dbp,hr,rr,spo2\na,0,120,80,70,,\na,5,76,97,72,,\na,10,,,,,\na,15,230,90,70,,\n"


def report() -> Report:
    chart = parse_chart(RAW, "vitals.csv")
    outcomes = (Outcome.STORED, Outcome.REFUSED, Outcome.EMPTY, Outcome.CONFIRMED)
    reasons = ("", "DBP must be below SBP.", "", "SBP is unusual.")
    results = [Result(*three) for three in zip(chart.rows, outcomes, reasons, strict=True)]
    return Report(chart, results, sessions=1, read_back=2)


def test_every_row_is_counted_once() -> None:
    told = report()

    assert [told.count(outcome) for outcome in Outcome] == [1, 1, 1, 1, 0]
    assert told.unaccounted == 0
    assert told.values == 6
    assert told.exit_code == 0


def test_the_text_names_reasons_with_their_lines() -> None:
    text = report().text()

    assert "vitals.csv: 4 rows read, 1 cases, 1 sessions" in text
    assert "1  DBP must be below SBP.\n         lines 3" in text
    assert "1  SBP is unusual.\n         lines 5" in text
    assert "6  values stored; 2 rows read back exactly as charted" in text


def test_a_row_without_outcome_is_a_fault() -> None:
    told = report()
    told.results.pop()

    assert told.exit_code == 1
    assert "FAULT: 1 rows are not accounted for." in told.text()


def test_a_value_that_came_back_differently_is_a_fault() -> None:
    told = report()
    told.problems.append("line 2: charted 120, the record holds 121.")

    assert told.exit_code == 1
    assert "FAULT: line 2" in told.text()


def test_a_row_that_was_not_sent_is_told() -> None:
    told = report()
    told.results[0] = Result(told.chart.rows[0], Outcome.NOT_SENT, "No answer.")

    assert told.exit_code == 1
    assert "Not sent, by reason:\n      1  No answer.\n         lines 2" in told.text()


def test_an_unreadable_line_fails_the_run_and_is_counted() -> None:
    chart = parse_chart(RAW + b"a,20,x,1,1,,\n", "vitals.csv")
    told = Report(chart, [Result(row, Outcome.STORED) for row in chart.rows])

    assert told.exit_code == 1
    assert "1  unreadable, nothing sent from these lines" in told.text()


def test_equal_reasons_count_together_whatever_their_numbers() -> None:
    low = reason_of(["dbp 17: give a number from 20 to 200."], {"sbp": 120, "dbp": 17})
    lower = reason_of(["dbp 1: give a number from 20 to 200."], {"sbp": 120, "dbp": 1})
    crossed = reason_of(["DBP 97 must be below SBP 76."], {"sbp": 76, "dbp": 97})

    assert low == lower == "dbp: give a number from 20 to 200."
    assert crossed == "DBP must be below SBP."


def test_a_number_that_only_begins_alike_is_kept() -> None:
    assert reason_of(["sbp 300 is the most."], {"sbp": 30}) == "sbp 300 is the most."


def test_a_row_says_which_line_it_stood_on() -> None:
    assert report().results[0].row == Row(2, "a", 0, {"sbp": 120, "dbp": 80, "hr": 70})
