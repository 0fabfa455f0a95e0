"""Charted vitals in a CSV file: what is read as written, and what is named and left alone."""

from pathlib import Path

import pytest

from dashboard.charted import Chart, Row, UnreadableFileError, parse_chart, read_chart

HEAD = "case,minute,sbp,dbp,hr,rr,spo2\n"


def chart_of(*lines: str, head: str = HEAD) -> Chart:
    return parse_chart((head + "\n".join(lines) + "\n").encode(), "vitals.csv")


def test_a_row_is_taken_exactly_as_written() -> None:
    chart = chart_of("134994,24,81,47,77,,98")

    assert chart.rows == (Row(2, "134994", 24, {"sbp": 81, "dbp": 47, "hr": 77, "spo2": 98}),)
    assert chart.unreadable == ()


def test_zeros_and_crossed_pressures_are_read_for_the_server_to_judge() -> None:
    chart = chart_of("a,0,0,0,0,0,0", "a,5,76,97,72,,")

    assert [row.values for row in chart.rows] == [
        {"sbp": 0, "dbp": 0, "hr": 0, "rr": 0, "spo2": 0},
        {"sbp": 76, "dbp": 97, "hr": 72},
    ]


def test_a_row_without_values_is_a_row_with_nothing_in_it() -> None:
    assert chart_of("a,5,,,,,").rows == (Row(2, "a", 5, {}),)


def test_a_pressure_alone_stays_alone() -> None:
    assert chart_of("a,5,120,,80,,").rows[0].values == {"sbp": 120, "hr": 80}


def test_rows_of_a_case_are_in_order_of_their_minutes_whatever_lies_between() -> None:
    chart = chart_of("b,5,120,80,70,,", "a,0,110,70,60,,", "b,0,121,81,71,,")

    assert [(case.name, [row.minute for row in case.rows]) for case in chart.cases] == [("b", [0, 5]), ("a", [0])]
    assert chart.cases[0].last_minute == 5


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("a,5,12o,80,70,,", "sbp"),
        ("a,5,120,eighty,70,,", "dbp"),
        ("a,5,120,80,nan,,", "hr"),
        ("a,5,120,80,70,inf,", "rr"),
        ("a,5,120,80,70,,9_8", "spo2"),
        ("a,5,\uff11\uff12\uff10,80,70,,", "sbp"),
        ("a,x,120,80,70,,", "minute"),
        ("a,,120,80,70,,", "minute"),
        ("a,-1,120,80,70,,", "minute"),
        ("a,1431,120,80,70,,", "minute"),
        (",5,120,80,70,,", "case"),
        ("a,5,120,80,70", "rr"),
        ("a,5,120,80,70,,,99", "8"),
        ('a,5,"120,80,70,,', "sbp"),
    ],
)
def test_an_unreadable_line_is_named_and_nothing_is_taken_from_it(line: str, column: str) -> None:
    chart = chart_of("a,0,110,70,60,,", line, "a,10,111,71,61,,")

    assert [row.minute for row in chart.rows] == [0, 10]
    assert [(one.line, one.column) for one in chart.unreadable] == [(3, column)]
    assert chart.complaints()[0].startswith(f"vitals.csv, line 3, column {column}: ")


@pytest.mark.parametrize("minute", ["0", "1430", "2.5"])
def test_both_edges_of_the_minutes_are_readable(minute: str) -> None:
    assert [row.minute for row in chart_of(f"a,{minute},120,80,70,,").rows] == [float(minute)]


def test_bytes_that_are_no_text_spoil_only_their_own_line() -> None:
    raw = HEAD.encode() + b"a,0,1\xff0,70,60,,\na,5,111,71,61,,\n"

    chart = parse_chart(raw, "vitals.csv")

    assert [row.minute for row in chart.rows] == [5]
    assert [(one.line, one.column) for one in chart.unreadable] == [(2, "sbp")]


def test_a_strange_cell_is_not_repeated() -> None:
    chart = chart_of("a,5,Mrs Example of Hill Street,80,70,,")

    assert "Example" not in chart.complaints()[0]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_counts_lines_alike(end: str) -> None:
    raw = (HEAD.strip() + end + end + "a,x,1,2,3,,").encode("utf-8-sig")

    assert [one.line for one in parse_chart(raw, "vitals.csv").unreadable] == [3]


@pytest.mark.parametrize("missing", ["case", "minute", "sbp", "dbp", "hr", "rr", "spo2"])
def test_a_missing_column_is_named(missing: str) -> None:
    head = ",".join(name for name in HEAD.strip().split(",") if name != missing)

    with pytest.raises(UnreadableFileError, match=rf"vitals.csv, line 1, column {missing}: it is missing"):
        chart_of("1,2,3,4,5,6", head=head + "\n")


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="column sbp: it is there more than once"):
        chart_of(head="case,minute,sbp,sbp,dbp,hr,rr,spo2\n")


@pytest.mark.parametrize("raw", [b"", b"\n", HEAD.encode(), HEAD.encode() + b"\n\n", b"\x00\x01\x02", b'"'])
def test_a_file_with_nothing_in_it_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"vitals\.csv"):
        parse_chart(raw, "vitals.csv")


def test_a_file_that_is_not_there_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_chart(tmp_path / "none.csv")


def test_a_column_of_another_vital_is_read_and_any_other_is_named() -> None:
    chart = chart_of("a,5,120,80,70,,,3,x", head=HEAD.strip() + ",nausea,ward\n")

    assert chart.rows[0].values == {"sbp": 120, "dbp": 80, "hr": 70, "nausea": 3}
    assert chart.left_out == ("ward",)


def test_the_charted_vitals_of_the_tests_are_readable(data: Path) -> None:
    chart = read_chart(data / "charted_vitals.csv")

    assert (len(chart.cases), len(chart.rows), chart.unreadable, chart.left_out) == (10, 145, (), ())
