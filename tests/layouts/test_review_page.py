"""The review page: filters that stay, counts, a chart, and the lists with their links."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component

from layouts import ids
from layouts.review import (
    EVENT_HEADS,
    MOST,
    NO_EVENTS,
    NO_SESSIONS,
    SESSION_HEADS,
    chart,
    counts,
    events_list,
    review_page,
    sessions_list,
    short_moment,
    state_text,
)
from layouts.theme import figure_colours
from models.entries import Infusion, Phase
from models.review import EventFilter, ReviewSummary, summarise
from tests.component_tree import of_type, prop, said, walk, with_testid
from tests.sample_sessions import START, Sheet, event, finished, signed

ALL = EventFilter()
NOW = START + timedelta(hours=3)


def with_event(term: str = "Nausea", at: datetime = START, **more: object) -> Sheet:
    sheet = Sheet(f"{term}{at}{more}", start=at)
    sheet.write(0, Infusion("start", 36))
    sheet.write(10, event(f"{term}{at}", term, at + timedelta(minutes=8), **more))
    return sheet


def summary(*sheets: Sheet, wanted: EventFilter = ALL) -> ReviewSummary:
    return summarise([sheet.view() for sheet in sheets], wanted)


def row_of(part: object, testid: str) -> dict[str, str]:
    """Return what the first row says, by the head of its column."""
    first = with_testid(part, testid)[0]
    return {prop(cell, "data-head"): said(cell) for cell in of_type(first, "Td")}


def by_id(part: object, name: str) -> Component:
    (found,) = [one for one in walk(part) if getattr(one, "id", None) == name]
    return found


def test_the_page_draws_every_id_of_the_review_once() -> None:
    page = review_page(summary(finished()), NOW, UTC)

    drawn = [prop(one, "id") for one in walk(page) if prop(one, "id")]

    assert sorted(drawn) == sorted(ids.Review)


def test_an_event_tells_what_dose_minute_pressure_action_and_outcome() -> None:
    row = row_of(events_list(summary(finished()), UTC), "event-row")

    assert row == {
        "onset": "22 Nov 14:44",
        "term": "Nausea",
        "severity": "2 moderate",
        "min": "46",
        "dose": "34.0 mg",
        "last BP": "158/92",
        "action": "dose not changed",
        "outcome": "recovered, min 64",
        "patient": "Priya Nair",
        "record": "40-718",
        "chair": "7",
    }


def test_an_event_links_to_its_session() -> None:
    sheet = finished()

    links = [prop(one, "href") for one in of_type(events_list(summary(sheet), UTC), "A")]

    assert links == [f"/session/{sheet.id}"] * 2


def test_an_open_event_that_nobody_judged_says_no_more_than_that() -> None:
    row = row_of(events_list(summary(with_event()), UTC), "event-row")

    assert (row["severity"], row["action"], row["outcome"], row["last BP"]) == ("not graded", "—", "open", "—")


def test_seriousness_and_the_nurses_words_stand_in_the_line() -> None:
    sheet = with_event("Syncope", grade=3, serious=["life_threatening"], note="<b>Fell</b>", outcome="recovering")

    row = row_of(events_list(summary(sheet), UTC), "event-row")

    assert row["severity"] == "3 severe, serious: life-threatening"
    assert row["outcome"] == "open recovering <b>Fell</b>"


def test_an_event_before_the_start_has_no_minute_and_no_dose() -> None:
    sheet = Sheet()
    sheet.write(-5, event("x", "Anxiety", START - timedelta(minutes=6)))

    row = row_of(events_list(summary(sheet), UTC), "event-row")

    assert (row["min"], row["dose"]) == ("—", "—")


def test_a_session_tells_state_length_dose_peak_events_and_who_signed() -> None:
    row = row_of(sessions_list(summary(signed()), UTC), "session-row")

    assert row == {
        "start": "22 Nov 13:58",
        "patient": "Priya Nair",
        "record": "40-718",
        "chair": "7",
        "needs a look": "was critical",
        "state": "Signed 1 typed late",
        "time": "65 min",
        "dose": "45.4 mg",
        "peak SBP": "178 ▲▲ +54 (+44 %) at 40 min",
        "events": "Dizziness, Nausea",
        "signed by": "A. Lindqvist",
    }


def test_a_session_that_never_started_has_dashes() -> None:
    row = row_of(sessions_list(summary(Sheet()), UTC), "session-row")

    assert (row["time"], row["dose"], row["peak SBP"], row["events"], row["needs a look"]) == ("—",) * 5
    assert row["state"] == "Before start"


def test_every_reason_to_look_is_named() -> None:
    row = row_of(sessions_list(summary(finished()), UTC), "session-row")

    assert row["needs a look"] == "was critical not signed"


@pytest.mark.parametrize(
    ("phase", "words"), [(Phase("closed"), "Closed"), (Phase("cancelled", "went home"), "Cancelled")]
)
def test_an_ended_session_says_how(phase: Phase, words: str) -> None:
    sheet = Sheet()
    sheet.write(0, phase)

    assert state_text(sheet.view()) == words


def test_another_year_is_named() -> None:
    view = Sheet().view()

    assert short_moment(START.replace(year=2025), view, UTC) == "22 Nov 2025 13:58"
    assert short_moment(START, view, UTC) == "22 Nov 13:58"


def test_nothing_found_is_said() -> None:
    nothing = summary()

    assert NO_EVENTS in said(events_list(nothing, UTC))
    assert NO_SESSIONS in said(sessions_list(nothing, UTC))


def test_long_lists_end_and_say_how_much_is_left() -> None:
    sheet = Sheet()
    for number in range(MOST + 3):
        sheet.write(0, event(str(number), "Nausea", START))

    drawn = events_list(summary(sheet), UTC)

    assert len(with_testid(drawn, "event-row")) == MOST
    assert said(drawn).endswith("3 more. Narrow the days to see them.")


def test_a_list_that_just_fits_says_nothing() -> None:
    sheet = Sheet()
    for number in range(MOST):
        sheet.write(0, event(str(number), "Nausea", START))

    drawn = events_list(summary(sheet), UTC)

    assert len(with_testid(drawn, "event-row")) == MOST
    assert "more." not in said(drawn)


def test_counts_tell_events_sessions_grades_and_terms() -> None:
    found = said(counts(summary(finished(), with_event("Syncope", grade=3), with_event("Nausea"))))

    assert found == (
        "4 adverse events 1 mild, 1 moderate, 1 severe, 1 not graded 3 sessions 3 need a look "
        "2 Nausea 1 Dizziness 1 Syncope 1 severe"
    )


def test_one_is_not_told_as_many() -> None:
    found = said(counts(summary(with_event("Nausea", grade=1, outcome="recovered"))))

    assert found.startswith("1 adverse event 1 mild 1 session")


def test_counts_lead_to_their_lists() -> None:
    links = [prop(one, "href") for one in of_type(counts(summary(finished())), "A")]

    assert links == [f"#{ids.Review.EVENTS}", f"#{ids.Review.SESSIONS}"]


def test_the_chart_counts_events_by_quarter_of_an_hour_with_the_severe_ones_apart() -> None:
    figure = chart(summary(finished(), with_event("Syncope", grade=3)))

    severe, other = figure["data"]
    assert severe["x"] == ["0–14", "15–29", "30–44", "45–59"]
    assert severe["y"] == [1, 0, 0, 0]
    assert other["y"] == [0, 1, 0, 1]
    assert figure["layout"]["showlegend"] is True


def test_the_chart_is_valid_and_drawn_with_known_colours_only() -> None:
    figure = chart(summary(finished()))

    go.Figure(figure)
    colours = {trace["marker"]["color"] for trace in figure["data"]} | {figure["layout"]["yaxis"]["gridcolor"]}
    assert colours <= figure_colours().keys()


def test_a_chart_of_nothing_says_so() -> None:
    figure = chart(summary())

    assert [one["text"] for one in figure["layout"]["annotations"]] == ["no event"]
    assert chart(summary(finished()))["layout"]["annotations"] == []


def test_the_filters_show_what_was_asked_for() -> None:
    wanted = EventFilter(date(2026, 11, 20), date(2026, 11, 22), "nau", 2)

    page = review_page(summary(finished(), wanted=wanted), NOW, UTC)

    asked = [prop(by_id(page, name), "value") for name in (ids.Review.FROM, ids.Review.UNTIL, ids.Review.TERM)]
    assert asked == ["2026-11-20", "2026-11-22", "nau"]
    assert prop(by_id(page, ids.Review.GRADE), "value") == "2"


def test_the_page_says_of_which_moment_its_lists_are() -> None:
    assert "As at 16:58, Sun 22 Nov 2026" in said(review_page(summary(finished()), NOW, UTC))


def test_each_row_has_a_cell_for_each_head() -> None:
    found = summary(finished())

    for part, heads in ((events_list(found, UTC), EVENT_HEADS), (sessions_list(found, UTC), SESSION_HEADS)):
        assert tuple(said(one) for one in of_type(part, "Th")) == heads
