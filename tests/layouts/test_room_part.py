"""What a chair says of itself: what it is kept for, since when, by whom, and which nurse has it."""

from __future__ import annotations

from datetime import UTC

import pytest

from layouts import ids
from layouts.chair import chair_page, chair_properties
from layouts.chair_card import card, card_properties
from layouts.room_part import chair_text, nurse_text, room_part, tab_text
from models.chair_marks import NURSE, STATE, ChairMark, ChairMarks
from models.clinic import ChairNow
from models.moments import MIN
from models.people import Person, Role
from models.session import Chair
from tests.component_tree import prop, said, with_testid
from tests.sample_sessions import START, Sheet

A_NURSE = Person("1", "m.silva", Role.NURSE, "site")
CLINICIAN = Person("2", "a.lindqvist", Role.CLINICIAN, "site")


def chair(state: str | None = None, note: str | None = None, nurse: str | None = None) -> ChairNow:
    marks = ChairMarks(
        None if state is None else ChairMark(STATE, state, "m.silva", START, note),
        None if nurse is None else ChairMark(NURSE, nurse, nurse or "m.silva", START),
    )
    return ChairNow(Chair("c", "3"), None, START - 8 * MIN, marks)


@pytest.mark.parametrize(
    ("now", "words", "tab"),
    [
        (chair(), "Free since 13:50", "free"),
        (chair("free"), "Free since 13:50", "free"),
        (chair("reserved"), "Reserved since 13:58, M. Silva", "reserved"),
        (chair("cleaning"), "Cleaning since 13:58, M. Silva", "cleaning"),
        (chair("out_of_use", "pump broken"), "Out of use since 13:58, M. Silva: pump broken", "out of use"),
    ],
)
def test_a_chair_says_what_it_is_since_when_and_who_said_so(now: ChairNow, words: str, tab: str) -> None:
    assert chair_text(now, UTC) == words
    assert tab_text(now) == tab
    assert card_properties(now, UTC)["card-why--3"]["data-say"] == words
    assert dict(chair_properties(now, [], START, UTC))[ids.ChairPage.ROOM_WORDS]["children"] == words


def test_the_card_of_a_chair_without_a_patient_stays_free_for_whoever_counts_cards() -> None:
    assert card_properties(chair("out_of_use"), UTC)["card--3"]["data-state"] == "free"


def test_a_chair_with_a_patient_says_nothing_of_what_it_was_kept_for() -> None:
    view = Sheet("one", chair="3").view(0)
    now = ChairNow(view.chair, view, None, chair("cleaning").marks)

    assert "Cleaning" not in str(card_properties(now, UTC))
    assert ids.ChairPage.ROOM_WORDS not in dict(chair_properties(now, [], START, UTC))
    assert now.state == "running"


@pytest.mark.parametrize(
    ("nurse", "words", "on_card"),
    [("r.okafor", "R. Okafor has this chair", "R.O."), ("", "No nurse has this chair", "")],
)
def test_the_nurse_who_has_a_chair_stands_on_the_card_and_the_page(nurse: str, words: str, on_card: str) -> None:
    now = chair(nurse=nurse)

    assert nurse_text(now) == words
    assert card_properties(now, UTC)["card-nurse--3"]["data-say"] == on_card
    assert with_testid(card(now, UTC), "card-nurse")
    assert said(with_testid(room_part(now, A_NURSE), "chair-nurse")) == words


def test_out_of_use_is_offered_to_a_clinician_and_not_to_a_nurse() -> None:
    assert with_testid(room_part(chair(), CLINICIAN), "chair-out-of-use")
    assert not with_testid(room_part(chair(), A_NURSE), "chair-out-of-use")
    assert with_testid(room_part(chair(), A_NURSE), "chair-cleaning")


@pytest.mark.parametrize(
    ("state", "means"),
    [("free", ""), ("reserved", "all the same"), ("cleaning", "all the same"), ("out_of_use", "Nobody can be seated")],
)
def test_the_page_says_whether_somebody_can_be_seated(state: str, means: str) -> None:
    told = dict(chair_properties(chair(state), [], START, UTC))[ids.ChairPage.ROOM_MEANS]["children"]

    assert means in told
    assert bool(told) is bool(means)
    assert told in said(room_part(chair(state), A_NURSE))


def test_the_page_tells_the_styles_that_nobody_can_be_seated() -> None:
    page = chair_page(chair("out_of_use"), [], START, UTC, A_NURSE, None)

    assert prop(page, "data-room") == "out_of_use"


def test_a_nurse_can_take_a_chair_while_a_patient_sits_there() -> None:
    view = Sheet("one", chair="3").view(0)
    page = chair_page(ChairNow(view.chair, view), [], START, UTC, A_NURSE, None)

    assert len(with_testid(page, "chair-take")) == 1
