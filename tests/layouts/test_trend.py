"""The small trend of a card, and what every trend shares."""

from __future__ import annotations

import json
import re
import warnings
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import plotly.graph_objects as go
import pytest

from layouts.theme import dim, figure_colours
from layouts.trend import AFTER_LAST, card_figure, empty_figure, held, late_stretch, packed, stamp, window
from models.entries import Infusion, Phase, Reading
from models.moments import MIN
from tests.sample_sessions import START, Sheet, core, event, finished

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([^)]*\)")
CLEAR = "rgba(0, 0, 0, 0)"


def running(*sets: tuple[float, Reading], rate: float = 49.4) -> Sheet:
    sheet = Sheet()
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", rate))
    for minute, content in sets:
        sheet.write(minute, content)
    return sheet


def of(figure: dict[str, Any], name: str) -> dict[str, Any]:
    return next(trace for trace in figure["data"] if trace["name"] == name)


def names(figure: dict[str, Any]) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def shapes(figure: dict[str, Any], token: str) -> list[dict[str, Any]]:
    return [
        shape
        for shape in figure["layout"]["shapes"]
        if dim(token) in {shape.get("fillcolor"), shape["line"].get("color")}
    ]


def colours_in(figure: object) -> set[str]:
    return set(COLOUR.findall(json.dumps(figure)))


def test_a_card_shows_every_pressure_at_its_minute() -> None:
    figure = card_figure(running((10, core(130, 80, 74, 1, 0)), (20, core(136, 84, 76, 2, 0))).view(22))

    assert of(figure, "BP")["x"] == [-8, -8, 10, 10, 20, 20]
    assert of(figure, "BP")["y"] == [124, 78, 130, 80, 136, 84]
    assert of(figure, "BP")["marker"]["angle"] == [180, 0] * 3
    assert of(figure, "bars")["x"] == [-8, -8, None, 10, 10, None, 20, 20]
    assert of(figure, "HR")["x"] == [-8, 10, 20]
    assert of(figure, "HR")["y"] == [70, 74, 76]


def test_a_card_counts_from_the_arrival_before_the_start() -> None:
    sheet = Sheet(arrived=-20)
    sheet.write(-8, core(124, 78, 70, 0, 0))

    assert of(card_figure(sheet.view(-5)), "HR")["x"] == [12]


def test_a_card_draws_nothing_for_what_was_not_measured() -> None:
    figure = card_figure(running((10, Reading({"hr": 74})), (20, Reading({"sbp": 130}, {"dbp": "palpated"}))).view(22))

    assert of(figure, "BP")["y"] == [124, 78, 130]
    assert of(figure, "bars")["x"] == [-8, -8]
    assert of(figure, "HR")["x"] == [-8, 10]


def test_an_empty_session_has_no_marks() -> None:
    assert names(card_figure(Sheet().view(-15))) == []


@pytest.mark.parametrize(
    ("reading", "colour", "band"),
    [
        (core(130, 80, 74, 1, 0), "text", "raised"),
        (core(150, 80, 74, 1, 0), "caution", "caution-band"),
        (core(184, 80, 74, 1, 0), "critical", "critical-band"),
    ],
)
def test_a_card_colours_pressure_and_band_by_the_flag(reading: Reading, colour: str, band: str) -> None:
    figure = card_figure(running((10, reading)).view(12))

    colours = of(figure, "BP")["marker"]["color"]
    assert colours[2] == dim(colour)
    assert colours[3] == dim("text")
    assert shapes(figure, band)


def test_a_band_stays_plain_where_something_else_needs_a_look() -> None:
    figure = card_figure(running((10, core(130, 80, 74, 1, 5))).view(12))

    assert shapes(figure, "raised")
    assert not shapes(figure, "caution-band") + shapes(figure, "critical-band")


def test_the_bands_of_a_card_are_the_limits_in_force() -> None:
    figure = card_figure(running((10, core(184, 80, 74, 1, 0))).view(12))
    low, high = figure["layout"]["yaxis"]["domain"]

    def height(value: float) -> float:
        return float(low + (value - 40) / 180 * (high - low))

    red, amber = shapes(figure, "critical-band")[0], shapes(figure, "caution-band")[0]
    assert (amber["y0"], amber["y1"]) == pytest.approx((height(149), height(174)), abs=1e-3)
    assert (red["y0"], red["y1"]) == pytest.approx((height(174), 1), abs=1e-3)


@pytest.mark.parametrize(("value", "shown"), [(39, 40), (40, 40), (220, 220), (221, 220), (300, 220)])
def test_a_value_off_the_axis_sits_at_its_edge(value: float, shown: float) -> None:
    assert held(value, "sbp") == shown


@pytest.mark.parametrize(("minute", "late"), [(22.0, False), (22.5, True)])
def test_a_late_card_is_hatched_from_the_last_set_to_now(minute: float, late: bool) -> None:  # noqa: FBT001  # a row of the table
    view = running((10, core(130, 80, 74, 1, 0))).view(minute)

    figure = card_figure(view)

    assert ("late" in names(figure)) is late
    assert (late_stretch(view) is not None) is late
    if late:
        assert of(figure, "late")["x"] == [10, 10, minute, minute]
        assert of(figure, "late")["fillpattern"]["shape"] == "/"


def test_the_bar_tells_elapsed_and_planned() -> None:
    figure = card_figure(running().view(20))

    assert [(bar["x0"], bar["x1"]) for bar in shapes(figure, "edge") if "dash" not in bar["line"]] == [(0, 20)]
    assert (0, 60) in [(bar["x0"], bar["x1"]) for bar in shapes(figure, "line")]


def test_the_bar_ends_at_the_stop() -> None:
    sheet = running()
    sheet.write(30, Infusion("stop"))

    figure = card_figure(sheet.view(40))

    assert [(bar["x0"], bar["x1"]) for bar in shapes(figure, "edge") if "dash" not in bar["line"]] == [(0, 30)]


def test_now_is_a_line_until_the_session_is_closed() -> None:
    sheet = running()
    assert [line["x0"] for line in shapes(card_figure(sheet.view(20)), "text-3")] == [20]

    sheet.write(25, Phase("closed", "left"))
    assert not shapes(card_figure(sheet.view(30)), "text-3")


def test_a_card_is_small() -> None:
    sheet = running(*((3 + 4 * n, core(120 + n, 80, 70, n % 11, 0)) for n in range(40)))

    sizes = [
        len(json.dumps(card_figure(view), separators=(",", ":"))) for view in (finished().view(140), sheet.view(165))
    ]

    assert sizes[0] < 3000
    assert sizes[1] < 4600


def test_cards_are_valid_figures_in_colours_of_the_theme() -> None:
    known = {*figure_colours(), CLEAR}
    views = [finished().view(minute) for minute in (-10, 5, 35, 45, 70, 140)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        for view in views:
            figure = card_figure(view)
            go.Figure(figure)
            assert colours_in(figure) <= known


def test_an_empty_figure_keeps_its_height() -> None:
    figure = empty_figure(160)

    assert (figure["data"], figure["layout"]["height"]) == ([], 160)
    go.Figure(figure)


def test_the_window_holds_everything_charted_and_planned() -> None:
    sheet = running((75, core(130, 80, 74, 1, 0)))

    shown = window(sheet.view(76))

    assert all(START + minute * MIN in shown for minute in (-8, 0, 60, 75, 76))


def test_the_window_reaches_back_to_an_early_onset_in_the_chair() -> None:
    sheet = running()
    sheet.write(5, event("dizzy", "Dizziness", START - 18 * MIN))

    assert START - 18 * MIN in window(sheet.view(10))


def test_a_session_left_open_does_not_squeeze_its_readings() -> None:
    sheet = running()
    sheet.write(60, Infusion("stop"))

    assert window(sheet.view(24 * 60)).until == START + (60 + AFTER_LAST) * MIN


def test_a_closed_session_ends_with_its_last_entry() -> None:
    assert window(finished().view(500)).until == START + 130 * MIN


def test_moments_are_utc_on_the_axis_whatever_the_clinic_zone() -> None:
    east = timezone(timedelta(hours=5, minutes=45))

    assert stamp(datetime(2026, 11, 22, 13, 58, tzinfo=UTC).astimezone(east)) == "2026-11-22 13:58"
    assert stamp(datetime(2026, 11, 22, 13, 58, 7, tzinfo=UTC)) == "2026-11-22 13:58:07"


def test_lists_of_one_value_travel_as_that_value() -> None:
    assert packed([2, 2, 2]) == 2
    assert packed([2, 3]) == [2, 3]
    assert packed([]) == []
