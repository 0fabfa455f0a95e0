"""The page of a patient: the series line by line, the courses on one panel, facts without advice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import plotly.graph_objects as go

from layouts.patient import (
    HEADS,
    NO_ADVICE,
    NONE_YET,
    NOT_ASKED,
    courses,
    facts_texts,
    patient_page,
    profile_text,
    series_text,
    values_of,
)
from layouts.theme import figure_colours
from models.entries import FollowUp
from models.series import Series, series_of
from tests.component_tree import of_type, prop, said, with_testid
from tests.sample_sessions import START, Sheet, finished

NOW = START + timedelta(days=30)


def series(number: int = 2) -> Series:
    sheets = [finished(str(day), start=START + timedelta(days=7 * day)) for day in range(number)]
    views = [sheet.view() for sheet in sheets]
    return series_of(views[0].patient, views)


def test_a_line_tells_dose_time_peak_scores_headache_events_and_medicines() -> None:
    first = with_testid(patient_page(series(), NOW, UTC), "series-row")[0]

    row = {prop(cell, "data-head"): said(cell) for cell in of_type(first, "Td")}

    assert row == {
        "infusion": "1 of 6",
        "day": "Sun 22 Nov 2026",
        "dose": "45.4 mg (0.63 mg/kg)",
        "time": "65 min",
        "peak SBP": "178 (+54) at 40 min",
        "dissociation": "7 at 40 min",
        "nausea": "5 at 44 min",
        "headache before": "4",
        "after": "1",
        "next": "—",
        "relief": "75 %, 50 % responder",
        "events": "Dizziness, Nausea",
        "medicines": "Ondansetron 4 mg",
        "left after": "65 min",
    }


def test_each_line_opens_its_session() -> None:
    found = series()

    links = [prop(one, "href") for one in of_type(with_testid(patient_page(found, NOW, UTC), "series-row"), "A")]

    assert links == [f"/session/{line.view.id}" for line in found.infusions]


def test_the_series_says_where_it_stands_and_how_many_responded() -> None:
    assert series_text(series()) == (
        "2 infusions · the next is 3 of 6 · relief of 30 % or more after 2 of 2 · relief of 50 % or more after 2 of 2"
    )


def test_the_facts_are_what_was_charted_and_say_that_they_are_no_advice() -> None:
    assert facts_texts(series()) == [
        "Last time: 45.4 mg (0.63 mg/kg) in 65 min.",
        "Highest systolic pressure: 178 at minute 40, infusion 1 of 6.",
        "Strongest dissociation: 7 at minute 40, infusion 1 of 6.",
        "Worst nausea: 5 at minute 44, infusion 1 of 6.",
        "Event: Dizziness, in 2 of 2 infusions.",
        "Event: Nausea, in 2 of 2 infusions.",
        "Given: Ondansetron 4 mg, in 2 of 2 infusions.",
    ]
    assert NO_ADVICE in said(patient_page(series(), NOW, UTC))


def test_the_courses_lie_one_over_the_other_from_minute_0_and_the_last_stands_out() -> None:
    found = series()

    figure = courses(found, UTC)

    go.Figure(figure)
    assert [trace["x"][0] for trace in figure["data"]] == [-8] * 4
    assert [trace["y"][0] for trace in figure["data"]] == [124, 0, 124, 0]
    assert [trace["line"]["width"] for trace in figure["data"]] == [1.5, 1.5, 3, 3]
    assert {trace["line"]["color"] for trace in figure["data"]} <= figure_colours().keys()
    assert dict(values_of(found.infusions[0].view, "sbp"))[12] == 134


def test_somebody_who_was_never_infused_has_a_page_too() -> None:
    view = Sheet().view()

    page = patient_page(series_of(view.patient, [view]), NOW, UTC)

    assert NONE_YET in said(page)
    assert with_testid(page, "series-row") == []


def test_what_was_heard_afterwards_is_told_newest_first() -> None:
    sheet = finished()
    for minute, headache in ((1500, 3), (3000, 1)):
        sheet.write(minute, FollowUp(headache=headache, text="Phoned"))
    view = sheet.view(4000)

    found = said(patient_page(series_of(view.patient, [view]), NOW, UTC))

    assert found.index("headache 1. Phoned") < found.index("headache 3. Phoned")


def test_every_column_has_its_head() -> None:
    heads = [said(one) for one in of_type(patient_page(series(), NOW, UTC), "Th")]

    assert tuple(heads) == HEADS


def test_the_migraine_is_told_with_the_visit_that_said_it() -> None:
    sheet = Sheet()
    opening = replace(
        sheet.view().opening, headache_days=0, aura=True, sound_sensitive=False, treatments_tried="triptans"
    )
    sheet.correct(1, sheet.entries[0], opening, "asked")
    view = sheet.view()

    assert profile_text(series_of(view.patient, [view]), UTC) == (
        "headache days a month: 0; aura; sensitive to sound: no; tried: triptans (visit of Sun 22 Nov 2026)"
    )
    assert profile_text(series(), UTC) == NOT_ASKED
