"""The bench's figures: nearest-rank percentiles, verdicts decided by numbers, and a table that lines up."""

import pytest

from bench.clinic import values_of
from bench.figures import Series, Target, percentile, series_rows, shown, table


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.95, 95), (0.951, 96), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_series_tells_median_and_p95() -> None:
    series = Series("ours", 1, tuple(float(value) for value in range(1, 21)))

    assert (series.p50, series.p95) == (10, 19)


@pytest.mark.parametrize(("found", "mark"), [(97.0, "met"), (97.1, "falls short")])
def test_a_target_is_met_up_to_its_limit(found: float, mark: str) -> None:
    assert Target("ours", found, 97.0).mark == mark


@pytest.mark.parametrize(("value", "text"), [(1903.4, "1903 ms"), (26.04, "26.0 ms"), (0.914, "0.91 ms")])
def test_figures_are_shown_with_about_three_digits(value: float, text: str) -> None:
    assert shown(value) == text


def test_a_series_is_compared_with_the_floor_of_as_many_boards() -> None:
    ours = [Series("ours", 1, (10.0,)), Series("ours", 50, (30.0,))]

    rows = series_rows(ours, {1: 5.0, 50: 20.0})

    assert [row[-1] for row in rows] == ["2.00", "1.50"]


def test_the_table_lines_up() -> None:
    assert table(["a", "long"], [["123", "b"]]).splitlines() == ["| a   | long |", "|-----|------|", "| 123 | b    |"]


def test_every_next_reading_of_a_chair_changes_its_text_and_needs_no_confirming() -> None:
    for chair in range(1, 25):
        for step in range(200):
            values, following = values_of(chair, step), values_of(chair, step + 1)

            assert values["sbp"] != following["sbp"]
            assert 100 <= values["sbp"] < 160
            assert values["dbp"] < values["sbp"]
            assert abs(values["dissociation"] - following["dissociation"]) < 5
