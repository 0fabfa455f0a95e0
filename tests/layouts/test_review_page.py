"""The review page: filters that stay, counts, a chart, and the lists with their links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component

from layouts import ids
from layouts.review import (
    EVENT_HEADS,
    NO_EVENTS,
    NO_SESSIONS,
    SESSION_HEADS,
    events_list,
    review_page,
    sessions_list,
    short_moment,
    state_text,
)
from layouts.review_charts import chart
from layouts.review_rates import counts, interval_text, rates, share_text, wait_text
from layouts.theme import figure_colours
from models.entries import Infusion, Phase
from models.review import MOST, ReviewSummary
from models.review_facts import facts_of
from tests.component_tree import of_type, prop, said, walk, with_testid
from tests.reviewed import reviewed
from tests.sample_sessions import START, Sheet, event, finished, signed

NOW = START + timedelta(hours=3)


def with_event(term: str = "Nausea", at: datetime = START, **more: object) -> Sheet:
    sheet = Sheet(f"{term}{at}{more}", start=at)
    sheet.write(0, Infusion("start", 36))
    sheet.write(10, event(f"{term}{at}", term, at + timedelta(minutes=8), **more))
    return sheet


def summary(*sheets: Sheet, **asked: object) -> ReviewSummary:
    return reviewed([sheet.view() for sheet in sheets], **asked)


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
        "onset": "22 Nov 2026 14:44",
        "term": "Nausea",
        "severity": "2 moderate",
        "min": "46",
        "dose": "34.0 mg",
        "last BP": "158/92",
        "action": "dose not changed",
        "outcome": "recovered, min 64",
        "patient": "Priya Nair series",
        "record": "40-718",
        "chair": "7",
    }


def test_an_event_links_to_its_session_and_to_the_series() -> None:
    sheet = finished()

    links = [prop(one, "href") for one in of_type(events_list(summary(sheet), UTC), "A")]

    assert links == [f"/session/{sheet.id}", f"/patient/{sheet.view().patient.id}"] * 2


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
        "start": "22 Nov 2026 13:58",
        "patient": "Priya Nair series",
        "record": "40-718",
        "chair": "7",
        "needs a look": "was critical SBP 178, own limit 174, min 40",
        "state": "Signed 1 typed late",
        "time": "65 min",
        "dose": "45.4 mg",
        "peak SBP": "178 ▲▲ +54 (+44 %) at 40 min",
        "events": "Dizziness, Nausea",
        "signed by": "A. Lindqvist",
    }


def test_a_session_that_never_started_has_dashes() -> None:
    row = row_of(sessions_list(reviewed([Sheet().view(-19)]), UTC), "session-row")

    assert (row["time"], row["dose"], row["peak SBP"], row["events"], row["needs a look"]) == ("—",) * 5
    assert row["state"] == "Before start"


def test_every_reason_to_look_is_named() -> None:
    row = row_of(sessions_list(summary(finished()), UTC), "session-row")

    assert row["needs a look"] == "was critical SBP 178, own limit 174, min 40 not signed"


@pytest.mark.parametrize(
    ("phase", "words"), [(Phase("closed"), "Closed"), (Phase("cancelled", "went home"), "Cancelled")]
)
def test_an_ended_session_says_how(phase: Phase, words: str) -> None:
    sheet = Sheet()
    sheet.write(0, phase)

    assert state_text(facts_of(sheet.view())) == words


def test_a_moment_names_its_year() -> None:
    assert short_moment(START.replace(year=2025), UTC) == "22 Nov 2025 13:58"


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


def test_counts_tell_events_sessions_and_reasons_to_look() -> None:
    found = said(counts(summary(finished(), with_event("Syncope", grade=3, serious=["death"]), with_event("Nausea"))))

    assert found.startswith("4 adverse events 1.33 per session 3 sessions 3 with an event 3 need a look")
    assert "2 event open" in found
    assert "1 serious event" in found


def test_one_is_not_told_as_many() -> None:
    found = said(counts(summary(with_event("Nausea", grade=1, outcome="recovered"))))

    assert found.startswith("1 adverse event 1.00 per session 1 session 1 with an event")


def test_every_number_opens_what_is_behind_it() -> None:
    found = summary(finished(), since="2026-11-01", chair="7")

    links = [prop(one, "href") for one in of_type(counts(found), "A")]

    assert links[:2] == [f"#{ids.Review.EVENTS}", f"#{ids.Review.SESSIONS}"]
    assert links[2] == "/review?from=2026-11-01&chair=7&look=any"
    assert "/review?from=2026-11-01&chair=7&look=critical" in links


def test_a_rate_tells_share_and_interval_and_opens_its_sessions() -> None:
    found = summary(*(Sheet(str(number)) for number in range(9)), with_event("Nausea"))

    (rate,) = found.per_term
    (link,) = [one for one in of_type(rates(found), "A") if prop(one, "href").endswith("term=Nausea")]

    assert (share_text(rate), interval_text(rate.interval)) == ("10.0 %", "1.8 to 40.4 %")
    assert said(link) == "1"


@pytest.mark.parametrize(("seconds", "words"), [(None, "—"), (0.0, "0 s"), (59.4, "59 s"), (90.0, "1.5 min")])
def test_a_wait_is_told_in_seconds_or_minutes(seconds: float | None, words: str) -> None:
    assert wait_text(seconds) == words


def test_the_chart_counts_events_by_quarter_of_an_hour_with_the_severe_ones_apart() -> None:
    figure = chart(summary(finished(), with_event("Syncope", grade=3)))

    severe, other, *_ = figure["data"]
    assert severe["x"] == ["0–14", "15–29", "30–44", "45–59"]
    assert severe["y"] == [1, 0, 0, 0]
    assert other["y"] == [0, 1, 0, 1]
    assert figure["layout"]["showlegend"] is True


def test_the_chart_is_valid_and_drawn_with_known_colours_only() -> None:
    figure = chart(summary(finished()))

    go.Figure(figure)
    colours = {trace["marker"]["color"] for trace in figure["data"]} | {figure["layout"]["yaxis"]["gridcolor"]}
    colours |= {trace["error_y"]["color"] for trace in figure["data"] if "error_y" in trace}
    assert colours <= figure_colours().keys()


def test_a_chart_of_nothing_says_so() -> None:
    figure = chart(summary())

    assert [one["text"] for one in figure["layout"]["annotations"]] == ["no event"]
    assert chart(summary(finished()))["layout"]["annotations"] == []


def test_a_bar_carries_the_address_of_what_is_behind_it() -> None:
    figure = chart(summary(finished(), chair="7"))

    addresses = [one for trace in figure["data"] for one in trace["customdata"]]

    assert all(one.startswith("/review?from=&chair=7&") for one in addresses)
    assert "/review?from=&chair=7&minute=45" in addresses
    assert "/review?from=&chair=7&dose=0.5" in addresses
    assert figure["layout"]["meta"] == "/review?from=&chair=7"


def test_the_filters_show_what_was_asked_for() -> None:
    asked = {"since": "2026-11-20", "until": "2026-11-22", "term": "nau", "grade": "2", "chair": "7", "rule": "HR_HIGH"}

    page = review_page(summary(finished(), **asked), NOW, UTC)

    days = [prop(by_id(page, name), "value") for name in (ids.Review.FROM, ids.Review.UNTIL, ids.Review.TERM)]
    assert days == ["2026-11-20", "2026-11-22", "nau"]
    chosen = [prop(by_id(page, name), "value") for name in (ids.Review.GRADE, ids.Review.CHAIR, ids.Review.RULE)]
    assert chosen == ["2", "7", "HR_HIGH"]
    assert prop(by_id(page, ids.Review.NURSE), "value") == "all"


def test_what_a_bar_narrowed_can_be_taken_away() -> None:
    page = review_page(summary(finished(), dose="0.5", minute="before"), NOW, UTC)

    found = {said(one): prop(one, "href") for one in of_type(page, "A") if said(one).endswith("×")}

    assert found == {
        "dose 0.5–0.74 mg/kg ×": "/review?from=&minute=before",
        "began before the start ×": "/review?from=&dose=0.5",
    }


def test_what_makes_no_sense_is_named() -> None:
    page = review_page(summary(finished(), grade="9", colour="red"), NOW, UTC)

    assert said(by_id(page, ids.Review.SAID)) == (
        "grade: left out. Give 1 to 5, or none. colour: there is no such filter, left out."
    )


def test_the_page_says_of_which_moment_its_lists_are() -> None:
    assert "As at 16:58, Sun 22 Nov 2026" in said(review_page(summary(finished()), NOW, UTC))


def test_each_row_has_a_cell_for_each_head() -> None:
    found = summary(finished())

    for part, heads in ((events_list(found, UTC), EVENT_HEADS), (sessions_list(found, UTC), SESSION_HEADS)):
        assert tuple(said(one) for one in of_type(part, "Th")) == heads
