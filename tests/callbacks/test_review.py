"""The wiring of the review: what is chosen and what the address narrows decide what is drawn."""

from __future__ import annotations

from datetime import UTC

from callbacks.review import FIELDS, asked_for, draw
from layouts import ids
from layouts.review import review_page
from tests.component_tree import prop, said, walk
from tests.reviewed import reviewed
from tests.sample_sessions import START, finished


def test_a_filter_draws_counts_chart_both_lists_and_rates_anew() -> None:
    found = reviewed([finished().view()], term="nausea")

    complaint, counted, figure, events, sessions, rated = draw(found, UTC)

    assert complaint == ""
    assert "1 adverse event" in said(counted)
    assert sum(figure["data"][1]["y"]) == 1
    assert "Nausea" in said(events)
    assert "Priya Nair" in said(sessions)
    assert "1 of 1" in said(rated)


def test_a_wrong_filter_is_named_and_left_out() -> None:
    found = reviewed([finished().view()], since="2026-11-23", until="2026-11-22")

    complaint, *_ = draw(found, UTC)

    assert complaint == "to lies before from: left out. Give a later day, or swap the two."


def test_what_is_chosen_joins_what_the_address_narrows() -> None:
    values = ["2026-11-01", None, "nau", "all", "7", *["all"] * 5]

    asked = asked_for("?dose=0.5&term=old&minute=15", *values)

    assert len(values) == len(FIELDS)
    assert {name: value for name, value in asked.items() if value is not None} == {
        "from": "2026-11-01",
        "term": "nau",
        "chair": "7",
        "dose": "0.5",
        "minute": "15",
    }


def test_what_is_drawn_anew_is_what_the_page_drew() -> None:
    found = reviewed([finished().view()])
    page = {prop(one, "id"): one for one in walk(review_page(found, START, UTC)) if prop(one, "id")}

    _, counted, figure, events, sessions, rated = draw(found, UTC)

    assert said(page[ids.Review.COUNTS]) == said(counted)
    assert prop(page[ids.Review.CHART], "figure") == figure
    assert said(page[ids.Review.EVENTS]) == said(events)
    assert said(page[ids.Review.SESSIONS]) == said(sessions)
    assert said(page[ids.Review.RATES]) == said(rated)
