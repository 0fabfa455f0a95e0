"""The large panel: every charted thing at its true time, limits as they were in force, nothing for what is missing."""

from __future__ import annotations

import json
import re
import warnings
from datetime import timedelta, timezone
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest

from layouts import panel_scores, panel_sheet
from layouts.panel_figure import panel_figure, panel_height
from layouts.panel_sheet import more_vitals
from layouts.theme import dim, figure_colours
from layouts.trend import stamp
from models.entries import Infusion, Phase, Reading
from models.moments import MIN
from models.session import SessionView
from models.vitals import BY_KEY, CHARTED, VITALS, Band, Vital
from tests.sample_sessions import START, Sheet, core, event, finished

ZONE = timezone(timedelta(hours=1))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([^)]*\)")


def at(minute: float) -> str:
    return stamp(START + minute * MIN)


def running(*sets: tuple[float, Reading]) -> Sheet:
    sheet = Sheet()
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    for minute, content in sets:
        sheet.write(minute, content)
    return sheet


def draw(view: SessionView, **how: Any) -> dict[str, Any]:  # noqa: ANN401  # what the panel takes
    return panel_figure(view, ZONE, **how)


def named(figure: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace["name"] == name]


def of(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (trace,) = named(figure, name)
    return trace


def points(figure: dict[str, Any], name: str) -> list[tuple[Any, Any]]:
    return [point for trace in named(figure, name) for point in zip(trace["x"], trace["y"], strict=True)]


def words(figure: dict[str, Any]) -> list[str]:
    return [re.sub(r"<.*?>", "", word["text"]) for word in figure["layout"]["annotations"]]


def number(figure: dict[str, Any], text: str) -> dict[str, Any]:
    (word,) = [word for word in figure["layout"]["annotations"] if word["text"] == f"<b>{text}</b>"]
    return dict(word)


# Values.


def test_every_pressure_and_heart_rate_stands_at_its_true_time() -> None:
    figure = draw(running((6, core(130, 80, 74, 1, 0)), (17.5, core(143, 88, 80, 4, 1))).view(20))

    assert points(figure, "SBP") == [(at(-8), 124), (at(6), 130), (at(17.5), 143)]
    assert points(figure, "DBP") == [(at(-8), 78), (at(6), 80), (at(17.5), 88)]
    assert points(figure, "HR") == [(at(-8), 70), (at(6), 74), (at(17.5), 80)]


def test_every_score_is_a_digit_at_its_time() -> None:
    figure = draw(running((6, core(130, 80, 74, 3, 2))).view(10))

    assert (of(figure, "Dissociation")["x"], of(figure, "Dissociation")["text"]) == ([at(-8), at(6)], ["0", "3"])
    assert (of(figure, "Nausea")["x"], of(figure, "Nausea")["text"]) == ([at(-8), at(6)], ["0", "2"])


def test_the_whole_example_is_on_the_panel() -> None:
    view = finished().view(140)
    figure = draw(view, record=True)

    for vital in CHARTED:
        charted = [
            (stamp(one.at), one.reading.values[vital.key])
            for one in view.readings
            if one.reading and vital.key in one.reading.values
        ]
        drawn = of(figure, vital.short)
        values = drawn["y"] if vital.key in {"sbp", "dbp", "hr"} else [int(text) for text in drawn["text"]]
        assert list(zip(drawn["x"], values, strict=True)) == charted


def test_the_axis_is_time_in_utc_under_the_clock_of_the_clinic() -> None:
    axis = draw(running().view(10))["layout"]["xaxis"]

    assert axis["type"] == "date"
    ticks = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
    assert ticks[at(0)] == "<b>0</b><br>14:58"
    assert ticks[at(15)] == "<b>15</b><br>15:13"
    assert at(5) in axis["minor"]["tickvals"]


def test_before_the_start_the_axis_tells_the_clock_alone() -> None:
    sheet = Sheet()
    sheet.write(-8, core(124, 78, 70, 0, 0))

    axis = draw(sheet.view(-5))["layout"]["xaxis"]

    assert axis["ticktext"] == ["14:45", "15:00"]


def test_nothing_is_drawn_for_what_was_not_measured() -> None:
    figure = draw(running((10, Reading({"hr": 74})), (20, core(130, 80, 76, 1, 0))).view(22))

    for name in ("SBP", "DBP", "Dissociation", "Nausea"):
        assert of(figure, name)["x"] == [at(-8), at(20)]
    assert of(figure, "HR")["x"] == [at(-8), at(10), at(20)]
    assert 0 not in of(figure, "SBP")["y"] + of(figure, "HR")["y"]


def test_a_bar_joins_the_pressures_of_one_set_and_never_two_sets() -> None:
    figure = draw(running((10, core(130, 80, 74, 1, 0)), (20, core(136, 84, 76, 2, 0))).view(22))

    assert points(figure, "BP") == [(at(-8), 124), (at(-8), 78), (None, None), (at(10), 130), (at(10), 80)]
    assert points(figure, "BP last") == [(at(20), 136), (at(20), 84)]


def test_a_palpated_systolic_has_a_caret_and_no_bar() -> None:
    figure = draw(running((20, Reading({"sbp": 118, "hr": 66}, {"dbp": "palpated"}))).view(22))

    assert (at(20), 118) in points(figure, "SBP")
    assert points(figure, "DBP") == [(at(-8), 78)]
    assert named(figure, "BP last") == []


def test_an_empty_session_has_lanes_and_limits_and_no_marks() -> None:
    figure = draw(Sheet().view(-15))

    marks = ("SBP", "DBP", "BP", "HR", "Dissociation", "Nausea", "mg/h", "infusion", "adverse events", "checks done")
    assert not any(named(figure, name) for name in marks)
    assert {"BP mmHg", "HR", "Dissoc.", "Nausea", "mg/h", "now"} <= set(words(figure))


# Out of range.


@pytest.mark.parametrize(
    ("sbp", "colour", "symbol"),
    [
        (148, "text", "arrow-wide-open"),
        (149, "caution", "arrow-wide"),
        (173, "caution", "arrow-wide"),
        (174, "critical", "arrow-wide"),
    ],
)
def test_a_systolic_out_of_range_is_coloured_and_filled(sbp: int, colour: str, symbol: str) -> None:
    sheet = running((10, core(sbp, 80, 74, 1, 0)), (20, core(130, 80, 74, 1, 0)))

    marker = of(draw(sheet.view(22)), "SBP")["marker"]

    plain = sbp == 148
    assert (marker["color"] if plain else marker["color"][1]) == dim(colour)
    assert (marker["symbol"] if plain else marker["symbol"][1]) == symbol


def test_a_value_out_of_range_has_its_number_and_a_critical_one_a_filled_box() -> None:
    sheet = running((10, core(152, 80, 74, 1, 0)), (20, core(184, 80, 74, 1, 0)), (30, core(130, 80, 74, 1, 0)))

    figure = draw(sheet.view(32))

    assert number(figure, "152")["x"] == at(10)
    assert number(figure, "152")["font"]["color"] == dim("caution")
    assert number(figure, "152")["bgcolor"] == dim("plot")
    assert number(figure, "184")["font"]["color"] == dim("on-fill")
    assert number(figure, "184")["bgcolor"] == dim("critical-fill")
    assert number(figure, "184")["bordercolor"] == dim("critical"), "so that a grey copy shows the box"
    assert "80" in words(figure), "the last set has its numbers"


def test_values_in_range_have_no_number_but_the_last_set() -> None:
    figure = draw(running((10, core(130, 80, 74, 1, 0)), (20, core(136, 84, 76, 2, 0))).view(22))

    assert {"136", "84", "76"} <= set(words(figure))
    assert not {"124", "78", "130", "80", "74"} & set(words(figure))


def test_where_numbers_would_collide_the_critical_one_stays() -> None:
    crowd = [(10 + n, core(184 if n == 1 else 150, 80, 74, 1, 0)) for n in range(4)]
    sheet = running(*crowd, (30, core(130, 80, 74, 1, 0)))

    figure = draw(sheet.view(32))

    assert "184" in words(figure)
    assert words(figure).count("150") < 3


def test_a_value_off_the_axis_sits_at_the_edge_with_its_number() -> None:
    figure = draw(running((10, core(236, 132, 168, 2, 0)), (20, core(130, 80, 74, 1, 0))).view(22))

    assert (at(10), 220) in points(figure, "SBP")
    assert (at(10), 150) in points(figure, "HR")
    assert {"236", "168"} <= set(words(figure))


@pytest.mark.parametrize(
    ("nausea", "fill", "outline"),
    [
        (0, "raised", "raised"),
        (3, "line", "line"),
        (4, "caution-bg", "caution"),
        (6, "caution-bg", "caution"),
        (7, "critical-fill", "critical"),
    ],
)
def test_a_score_is_outlined_from_caution_and_filled_from_critical(nausea: int, fill: str, outline: str) -> None:
    sheet = running((10, core(130, 80, 74, 1, nausea)), (20, core(130, 80, 74, 1, 1)))

    marker = of(draw(sheet.view(22)), "Nausea")["marker"]

    assert marker["color"][1] == dim(fill)
    assert marker["line"]["color"][1] == dim(outline)


def test_what_was_not_done_is_a_hatched_cell_and_no_digit() -> None:
    content = Reading({"sbp": 130, "dbp": 80, "hr": 74, "dissociation": 1}, {"nausea": "asleep"})
    figure = draw(running((10, content)).view(12))

    (cell,) = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "path"]
    lane = of(figure, "Nausea")["yaxis"]
    assert (cell["xanchor"], cell["yref"]) == (at(10), lane)
    assert of(figure, "Nausea")["x"] == [at(-8)]


def test_resting_leaves_a_hatched_cell_for_dissociation() -> None:
    content = Reading({"sbp": 130, "dbp": 80, "hr": 74, "nausea": 1}, resting=True)
    figure = draw(running((10, content)).view(12))

    assert [shape["yref"] for shape in figure["layout"]["shapes"] if shape["type"] == "path"] == [
        of(figure, "Dissociation")["yaxis"]
    ]


def test_a_pressure_that_could_not_be_taken_is_hatched_in_its_lane() -> None:
    content = Reading({"hr": 74}, {"sbp": "cuff off", "dbp": "cuff off"})
    figure = draw(running((10, content)).view(12))

    assert [shape["yref"] for shape in figure["layout"]["shapes"] if shape["type"] == "path"] == ["y"]


# Corrected, struck, late.


def test_a_corrected_value_stands_in_its_place_and_leaves_a_ghost() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 176, 3, 0))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0), "typing error")

    figure = draw(sheet.view(20))

    assert (at(12), 76) in points(figure, "HR")
    assert points(figure, "corrected") == [(at(12), 150)]
    assert of(figure, "corrected")["marker"]["color"] == dim("ghost")


def test_a_value_moved_in_time_leaves_its_ghosts_where_it_stood() -> None:
    sheet = running()
    wrong = sheet.write(12, Reading({"hr": 76}))
    sheet.correct(16, wrong, Reading({"hr": 76}), "clock", at=10)

    figure = draw(sheet.view(20))

    assert (at(10), 76) in points(figure, "HR")
    assert points(figure, "corrected") == [(at(12), 76)]


def test_a_struck_set_is_only_ghosts() -> None:
    sheet = running()
    wrong = sheet.write(15, core(190, 120, 120, 9, 9))
    sheet.correct(17, wrong, None, "wrong chair")

    figure = draw(sheet.view(20))

    assert points(figure, "corrected") == [(at(15), 190), (at(15), 120), (at(15), 120)]
    assert of(figure, "SBP")["x"] == [at(-8)]
    assert of(figure, "Nausea")["text"] == ["0"]


def test_a_set_typed_later_has_a_broken_bar() -> None:
    sheet = running()
    sheet.write(10, core(130, 80, 74, 1, 0), typed=15)
    sheet.write(20, core(132, 82, 74, 1, 0), typed=26)

    figure = draw(sheet.view(30))

    assert points(figure, "BP typed later") == [(at(20), 132), (at(20), 82)]
    assert "dash" in of(figure, "BP typed later")["line"]
    assert (at(10), 130) in points(figure, "BP")


def test_a_set_typed_later_has_a_tail_to_the_moment_it_was_typed() -> None:
    sheet = running((10, core(126, 78, 72, 1, 0)), (40, core(128, 80, 74, 1, 0)))
    sheet.write(20, core(132, 82, 76, 2, 0), typed=31)

    tail = of(draw(sheet.view(44)), "measured to typed")

    assert list(zip(tail["x"], tail["y"], strict=True)) == [(at(20), 132), (at(31), 132)]
    assert tail["marker"]["size"][:2] == [0, 8]


def test_a_tail_ends_at_the_edge_of_the_paper() -> None:
    sheet = running((10, core(126, 78, 72, 1, 0)))
    sheet.write(20, core(132, 82, 76, 2, 0), typed=600)
    figure = draw(sheet.view(44))

    tail = of(figure, "measured to typed")

    assert tail["x"][1] == figure["layout"]["xaxis"]["range"][1]


def test_what_was_typed_at_once_has_no_tail() -> None:
    figure = draw(running((10, core(126, 78, 72, 1, 0))).view(14))

    assert named(figure, "measured to typed") == []


def test_what_nobody_knows_is_hatched_once_the_next_set_is_late() -> None:
    view = running((10, core(130, 80, 74, 1, 0)))

    assert named(draw(view.view(22)), "late") == []
    late = named(draw(view.view(23)), "late")
    assert {tuple(trace["x"]) for trace in late} == {(at(10), at(10), at(23), at(23))}
    assert {trace["yaxis"] for trace in late} == {"y", "y2", "y3", "y4"}


# Limits.


def test_bands_are_the_limits_in_force_and_step_at_the_start() -> None:
    figure = draw(running().view(10))
    left, right = figure["layout"]["xaxis"]["range"]

    assert points(figure, "caution high limit")[:4] == [(left, 140), (at(0), 140), (at(0), 149), (right, 149)]
    assert points(figure, "critical high limit")[:4] == [(left, 160), (at(0), 160), (at(0), 174), (right, 174)]
    amber = named(figure, "caution high")[0]
    assert amber["y"] == [140, 140, 160, 160, None, 149, 149, 174, 174]
    red = named(figure, "critical high")[0]
    assert red["y"] == [160, 160, 220, 220, None, 174, 174, 220, 220]
    assert red["fillpattern"]["shape"] == "/"


def test_the_heart_rate_has_its_own_bands_on_both_sides() -> None:
    figure = draw(running().view(10))

    assert [trace["y"][0] for trace in named(figure, "caution high limit")] == [140, 111]
    assert of(figure, "caution low limit")["y"] == [50, 50]
    assert of(figure, "critical low")["y"] == [40, 40, 30, 30]
    assert of(figure, "caution low limit")["yaxis"] == "y2"


def test_the_limits_are_said_in_words() -> None:
    said = words(draw(running().view(10)))

    assert {"▲▲ from 174", "▲ from 149", "baseline 124", "SBP ▼ to 100", "DBP ▲ from 100"} <= set(said)
    assert {"▲ from 111", "▼ to 50"} <= set(said)


def test_before_the_start_the_words_are_those_of_the_gate() -> None:
    said = words(draw(Sheet().view(-10)))

    assert {"▲▲ from 160", "▲ above 140", "SBP ▼ to 100", "DBP ▲ above 90"} <= set(said)
    assert not any(word.startswith("baseline") for word in said)


def test_a_missing_baseline_is_said() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 36))

    said = words(draw(sheet.view(5)))

    assert "no baseline" in said
    assert "▲ from 160" in said


def test_words_in_the_gutter_never_cover_each_other() -> None:
    for sbp in range(90, 180, 3):
        sheet = Sheet()
        sheet.write(-8, core(sbp, 70, 70, 0, 0))
        sheet.write(0, Infusion("start", 36))
        for record in (False, True):
            figure = draw(sheet.view(5), record=record)
            paper = panel_height(sheet.view(5), record=record) - 60
            gutter = sorted(
                word["y"] * paper for word in figure["layout"]["annotations"] if word.get("x") == 1 and "xref" in word
            )
            gaps = [above - below for below, above in pairwise(gutter)]
            assert min(gaps) > 15


def test_one_dotted_line_where_both_pressures_should_straddle_it() -> None:
    figure = draw(running().view(10))
    right = figure["layout"]["xaxis"]["range"][1]

    assert (right, 100) in points(figure, "SBP low")
    assert (right, None) in points(figure, "DBP high")
    assert of(figure, "SBP low")["line"]["dash"] == "dot"


def test_the_baseline_is_dashed() -> None:
    figure = draw(running().view(10))

    assert of(figure, "baseline")["y"] == [124, 124]
    assert of(figure, "baseline")["line"]["dash"] == "7px,5px"


def test_the_last_infusion_is_laid_on_this_start() -> None:
    last = finished("before", start=START - timedelta(days=7)).view(200)

    figure = draw(running().view(10), last_time=last)

    assert (at(40), 178) in points(figure, "last infusion")
    assert of(figure, "last infusion")["line"]["color"] == dim("ghost")
    assert named(draw(running().view(10)), "last infusion") == []


# Dose, marks, checks.


def test_the_rate_is_a_stepped_area_with_mg_an_hour_in_each_step() -> None:
    sheet = running()
    sheet.write(12, Infusion("rate", 98.8))

    figure = draw(sheet.view(30))

    assert points(figure, "mg/h") == [
        (at(0), 0), (at(0), 49.4), (at(12), 49.4), (at(12), 98.8), (at(30), 98.8), (at(30), 0),
    ]  # fmt: skip  # one pair a line reads as the table it is
    assert [text.strip() for text in of(figure, "rates")["text"]] == ["49.4", "98.8"]
    assert points(figure, "planned") == [(at(30), 98.8), (at(36), 98.8), (at(36), 0)], "the dose is reached earlier"


def test_a_pause_is_hatched_and_nothing_runs_in_it() -> None:
    sheet = running()
    sheet.write(20, Infusion("pause"))
    sheet.write(25, Infusion("resume"))

    figure = draw(sheet.view(30))

    assert of(figure, "paused")["x"] == [at(20), at(20), at(25), at(25)]
    assert (at(20), 0) in points(figure, "mg/h")
    assert (at(25), 0) in points(figure, "mg/h")
    assert points(figure, "planned")[-1] == (at(65), 0)


def test_a_running_pause_is_hatched_to_now_and_plans_nothing() -> None:
    sheet = running()
    sheet.write(20, Infusion("pause"))

    figure = draw(sheet.view(24))

    assert of(figure, "paused")["x"] == [at(20), at(20), at(24), at(24)]
    assert named(figure, "planned") == []


def test_what_runs_past_the_plan_without_a_stop_is_hatched() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 49.4))

    assert named(draw(sheet.view(59)), "stop not charted") == []
    assert of(draw(sheet.view(66)), "stop not charted")["x"] == [at(60), at(60), at(66), at(66)]


def test_actions_are_circles_and_events_squares_with_one_row_of_numbers() -> None:
    sheet = running()
    sheet.write(12, Infusion("rate", 60))
    sheet.write(22, event("dizzy", "Dizziness", START + 22 * MIN, grade=1))
    sheet.write(31, Infusion("rate", 48))

    figure = draw(sheet.view(34))

    circles, squares = of(figure, "infusion"), of(figure, "adverse events")
    assert (circles["x"], circles["text"], circles["marker"]["symbol"]) == ([at(12), at(31)], ["1", "3"], "circle")
    assert (squares["x"], squares["text"], squares["marker"]["symbol"]) == ([at(22)], ["2"], "square")


def test_marks_of_one_moment_do_not_cover_each_other() -> None:
    sheet = running()
    sheet.write(4, Infusion("pause"))
    for name in ("Bradycardia", "Hypotension", "Nausea"):
        sheet.write(4, event(name, name, START + 4 * MIN))

    figure = draw(sheet.view(10))

    places = points(figure, "infusion") + points(figure, "adverse events")
    assert len(set(places)) == 4


def test_checks_done_are_solid_and_those_to_come_open() -> None:
    figure = draw(running((10, core(130, 80, 74, 1, 0)), (14, Reading({"hr": 70}))).view(15))

    assert of(figure, "checks done")["x"] == [at(-8), at(10)]
    assert of(figure, "checks done")["marker"]["symbol"] == "triangle-up"
    assert of(figure, "checks due")["x"] == [at(20), at(30), at(40), at(50), at(60)]
    assert of(figure, "checks due")["marker"]["symbol"] == "triangle-up-open"


@pytest.mark.parametrize(("minute", "colour"), [(22, "text-2"), (23, "caution"), (31, "critical")])
def test_a_check_that_is_late_is_coloured_where_it_was_due(minute: float, colour: str) -> None:
    due = of(draw(running((10, core(130, 80, 74, 1, 0))).view(minute)), "checks due")

    assert due["x"][0] == at(20)
    assert due["marker"]["color"][0] == dim(colour)


# Time lines.


def test_now_and_planned_end_are_lines_with_words() -> None:
    figure = draw(running().view(34))

    now, end = named(figure, "now, min 34"), named(figure, "planned end")
    assert [line["yaxis"] for line in now] == [line["yaxis"] for line in end] == ["y", "y2", "y3", "y4", "y5"]
    assert all(line["x"] == [at(34), at(34)] and line["line"]["color"] == dim("accent") for line in now)
    assert all(line["x"] == [at(60), at(60)] and "dash" in line["line"] for line in end)
    assert {"now, min 34", "planned end"} <= set(words(figure))


def test_after_the_stop_the_stop_has_the_line() -> None:
    sheet = running()
    sheet.write(65, Infusion("stop"))

    figure = draw(sheet.view(70))

    assert {"stop 16:03", "now, min 70"} <= set(words(figure))
    assert "planned end" not in words(figure)
    assert of(figure, "mg/h")["x"][-1] == at(65)


def test_a_closed_session_has_no_now() -> None:
    sheet = running()
    sheet.write(40, Infusion("stop"))
    sheet.write(60, Phase("closed", "went home"))

    figure = draw(sheet.view(500), record=True)

    assert not any(word.startswith("now") for word in words(figure))
    assert {"start 14:58", "stop 15:38"} <= set(words(figure))


def test_a_now_far_beyond_the_last_entry_is_told_at_the_edge() -> None:
    figure = draw(running().view(24 * 60))

    (now,) = [word for word in figure["layout"]["annotations"] if "now" in word["text"]]
    assert now["x"] == figure["layout"]["xaxis"]["range"][1]
    assert "min 1440 ▸" in now["text"]
    assert at(24 * 60) not in {shape["x0"] for shape in figure["layout"]["shapes"]}


def test_words_of_moments_that_are_close_lean_away_from_each_other() -> None:
    figure = draw(running().view(56))

    anchors = {re.sub(r"<.*?>", "", word["text"]): word.get("xanchor") for word in figure["layout"]["annotations"]}
    assert (anchors["now, min 56"], anchors["planned end"]) == ("right", "left")


# Lanes.


def test_at_the_chair_a_further_vital_gets_a_lane_once_it_was_out_of_range() -> None:
    sheet = running((10, core(130, 80, 74, 1, 0, spo2=97, rr=14)))
    assert more_vitals(sheet.view(12)) == ()
    before = panel_height(sheet.view(12))

    sheet.write(20, core(130, 80, 74, 1, 0, spo2=92))
    assert [vital.key for vital in more_vitals(sheet.view(22))] == ["spo2"]
    assert of(draw(sheet.view(22)), "SpO2")["text"] == ["97", "92"]
    assert panel_height(sheet.view(22)) == before + 28


def test_on_the_record_every_charted_vital_has_a_lane() -> None:
    figure = draw(finished().view(140), record=True)

    assert {"SpO2", "RR", "MOAA/S", "Headache"} <= set(words(figure))


def test_a_vital_that_is_added_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Vital("temp", "Temperature", "Temp", "°C", "Cel", Band(30, 45), Band(34, 42), "test")
    monkeypatch.setitem(BY_KEY, "temp", new)
    monkeypatch.setattr(panel_sheet, "CHARTED", (*CHARTED, new))
    sheet = running((10, core(130, 80, 74, 1, 0, temp=37)))

    figure = draw(sheet.view(12), record=True)

    assert (of(figure, "Temp")["x"], of(figure, "Temp")["text"]) == ([at(10)], ["37"])
    assert "Temp" in words(figure)


def test_the_lanes_have_the_heights_of_the_design() -> None:
    view = running((10, core(130, 80, 74, 1, 0))).view(12)
    for record, heights in ((False, [160, 44, 24, 24, 46, 14]), (True, [136, 34, 20, 20, 42, 14])):
        layout = draw(view, record=record)["layout"]
        paper = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
        axes = [layout["yaxis" if n == 1 else f"yaxis{n}"]["domain"] for n in range(1, 7)]

        assert [round((top - bottom) * paper) for bottom, top in axes] == heights


def test_the_pressure_axis_never_moves() -> None:
    for reading in (core(130, 80, 74, 1, 0), core(290, 190, 240, 1, 0), core(40, 25, 25, 1, 0)):
        layout = draw(running((10, reading)).view(12))["layout"]

        assert layout["yaxis"]["range"] == [40, 220]
        assert layout["yaxis2"]["range"] == [30, 150]


# The figure as data.


def views() -> list[SessionView]:
    forty = [core(120 + n * 3, 70 + n, 40 + n * 3, n % 11, n % 9, spo2=88 + n % 12) for n in range(40)]
    sheet = running(*((3 + 4 * n, content) for n, content in enumerate(forty)))
    return [Sheet().view(-15), sheet.view(165), *(finished().view(minute) for minute in (-5, 5, 38, 42, 70, 140))]


@pytest.mark.parametrize("record", [False, True])
def test_panels_are_valid_figures_in_colours_of_the_theme(record: bool) -> None:  # noqa: FBT001  # both variants
    known = {*figure_colours(), "rgba(0, 0, 0, 0)", dim("on-fill")}
    last = finished("before", start=START - timedelta(days=7)).view(200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        for view in views():
            figure = draw(view, record=record, last_time=last)
            go.Figure(figure)
            assert set(COLOUR.findall(json.dumps(figure))) <= known


def test_a_panel_is_small_enough_to_push() -> None:
    example = draw(finished().view(140), record=True)
    forty = draw(views()[1])

    assert len(json.dumps(example, separators=(",", ":"))) < 25_000
    assert len(json.dumps(forty, separators=(",", ":"))) < 40_000


def test_no_trace_is_empty_and_x_and_y_have_one_length() -> None:
    for view in views():
        for trace in draw(view)["data"]:
            assert len(trace["x"]) == len(trace["y"]) > 0


def test_every_core_score_and_no_other_vital_has_a_lane_of_its_own() -> None:
    lanes = panel_scores.digit_lanes(panel_sheet.lay_out(running().view(5), ZONE, record=False))

    assert [lane.key for lane in lanes] == [vital.key for vital in VITALS if vital.core and vital.is_score]
