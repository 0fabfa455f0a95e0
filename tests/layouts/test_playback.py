"""Playback: which minute is asked for, where the steps lead, and that nothing can be changed from there."""

from __future__ import annotations

from datetime import UTC

import pytest

from layouts.playback import origin_of, playback_bar, playback_of
from layouts.session import past_page, session_page
from models.entries import Infusion, Phase
from models.moments import MIN
from models.people import Person, Role
from models.session import SessionView, fold
from tests.component_tree import of_type, prop, said, with_testid
from tests.sample_sessions import Sheet, finished

CLINICIAN = Person("1", "a.lindqvist", Role.CLINICIAN, "site")


def at_minute(minute: int) -> SessionView:
    whole = finished().view()
    view = fold(whole.record, whole.now, at=origin_of(whole) + minute * MIN)
    assert view is not None
    return view


def test_a_session_is_played_from_arrival_to_its_end() -> None:
    found = playback_of(finished().view(), "40")

    assert (found.first, found.last, found.at, found.ignored) == (-20, 130, 40, "")


def test_the_first_minute_lies_within_the_session() -> None:
    sheet = Sheet(arrived=-20.7)
    sheet.write(0, Infusion("start", 48, happened=True))
    view = sheet.view(10)

    found = playback_of(view, "-20")

    assert (found.first, found.at) == (-20, -20)
    assert fold(view.record, view.now, at=origin_of(view) + found.first * MIN) is not None


def test_without_a_start_minutes_count_from_the_arrival() -> None:
    sheet = Sheet()
    sheet.write(5, Phase("cancelled", "went home"))

    found = playback_of(sheet.view(), "3")

    assert (found.first, found.last, found.at) == (0, 25, 3)


@pytest.mark.parametrize("asked", ["131", "-21", "soon", "1.5", "9" * 5000])
def test_what_is_no_minute_of_it_is_named_and_the_whole_record_shown(asked: str) -> None:
    found = playback_of(finished().view(), asked)

    assert found.at is None
    assert "whole minute from -20 to 130" in said(playback_bar(found))


def test_the_steps_lead_on_and_back_and_stop_at_the_ends() -> None:
    found = playback_of(finished().view(), "128")

    links = {said(one): prop(one, "href") for one in of_type(playback_bar(found), "A")}

    origin = found.origin
    assert links == {
        "−5 min": f"{origin}?at=123",
        "−1 min": f"{origin}?at=127",
        "+1 min": f"{origin}?at=129",
        "+5 min": f"{origin}?at=130",
        "Whole record": origin,
    }


def test_a_minute_shows_what_was_charted_up_to_then() -> None:
    found = playback_of(finished().view(), "24")

    page = past_page(at_minute(24), UTC, CLINICIAN, found)

    assert len(with_testid(page, "reading-row")) == 5
    assert ["Dizziness" in said(one) for one in with_testid(page, "event-row")] == [True]


def test_nothing_can_be_changed_from_the_past() -> None:
    found = playback_of(finished().view(), "24")
    now, past = session_page(at_minute(24), UTC, CLINICIAN), past_page(at_minute(24), UTC, CLINICIAN, found)

    for testid in ("entry-correct", "draft-sbar"):
        assert with_testid(now, testid)
        assert not with_testid(past, testid)
