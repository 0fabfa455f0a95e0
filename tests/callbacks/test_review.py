"""The wiring of the review: a filter asks the clinic, and a wrong one leaves the lists as they were."""

from __future__ import annotations

from datetime import UTC

import pytest
from dash import no_update

from callbacks.review import draw, refuse
from layouts import ids
from layouts.review import review_page
from models.errors import RefusedError
from models.review import EventFilter, summarise
from tests.component_tree import prop, said, walk
from tests.sample_sessions import START, finished


def test_a_filter_draws_counts_chart_and_both_lists_anew() -> None:
    found = summarise([finished().view()], EventFilter(term="nausea"))

    complaint, counted, figure, events, sessions = draw(found, UTC)

    assert complaint == ""
    assert "1 adverse event" in said(counted)
    assert sum(figure["data"][1]["y"]) == 1
    assert "Nausea" in said(events)
    assert "Priya Nair" in said(sessions)


def test_a_wrong_filter_says_what_is_wrong_and_changes_nothing() -> None:
    with pytest.raises(RefusedError) as caught:
        EventFilter.parse({"from": "2026-11-23", "to": "2026-11-22"})

    complaint, *rest = refuse(caught.value)

    assert complaint == "to lies before from: give a later day, or swap the two."
    assert all(one is no_update for one in rest)


def test_what_is_drawn_anew_is_what_the_page_drew() -> None:
    found = summarise([finished().view()], EventFilter())
    page = {prop(one, "id"): one for one in walk(review_page(found, START, UTC)) if prop(one, "id")}

    _, counted, figure, events, sessions = draw(found, UTC)

    assert said(page[ids.Review.COUNTS]) == said(counted)
    assert prop(page[ids.Review.CHART], "figure") == figure
    assert said(page[ids.Review.EVENTS]) == said(events)
    assert said(page[ids.Review.SESSIONS]) == said(sessions)
