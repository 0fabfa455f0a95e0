"""Seating a patient: every field of the contract, and a screening that nobody answered yet."""

from __future__ import annotations

from datetime import UTC, datetime

from layouts.chair import chair_page
from layouts.screening_form import screening_questions
from layouts.seat_form import seat_form
from models.clinic import ChairNow
from models.people import Person, Role
from models.session import Chair
from models.terms import SCREENING
from tests.component_tree import of_type, prop, said, walk, with_testid

NURSE = Person("1", "m.silva", Role.NURSE, "site")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_every_field_of_the_contract_is_there_and_empty() -> None:
    drawn = seat_form()

    for name in ("mrn", "family", "given", "birth-date", "weight", "dose", "duration"):
        [wrapper] = with_testid(drawn, f"seat-{name}")
        [typed] = of_type(wrapper, "Input")
        assert prop(typed, "value") is None, name


def test_only_the_arrival_is_presumed_to_be_now() -> None:
    chosen = [prop(one, "data-testid") for one in walk(seat_form()) if prop(one, "aria-pressed") == "true"]

    assert chosen == ["seat-now"]


def test_each_condition_is_asked_by_itself_and_answered_by_nobody() -> None:
    drawn = screening_questions()

    groups = [one for one in walk(drawn) if prop(one, "data-pick")]
    assert [prop(one, "data-pick") for one in groups] == list(SCREENING)
    assert all([prop(button, "data-value") for button in of_type(one, "Button")] == ["no", "yes"] for one in groups)
    assert with_testid(drawn, "screening-all-no")


def test_a_free_chair_says_since_when() -> None:
    chair = ChairNow(Chair("c", "9"), None, NOON)

    drawn = chair_page(chair, [], NOON, UTC, NURSE, None)

    assert "Free since 12:00" in said(drawn)
    assert prop(drawn, "data-chair-id") == "c"
    assert prop(drawn, "data-session") == ""
    assert with_testid(drawn, "seat-confirm")


def test_the_questions_are_asked_in_the_words_of_the_protocol() -> None:
    drawn = screening_questions({"cardiac": "Any heart trouble in the last month?"})

    assert "Any heart trouble in the last month?" in said(drawn)
    assert "Pregnancy" in said(drawn)


def test_what_is_asked_at_seating_has_its_fields_and_nothing_is_answered() -> None:
    drawn = seat_form()

    for name in ("allergies", "medicines", "escort", "vial-lot", "pump", "consent-yes", "iv-check-no"):
        assert len(with_testid(drawn, f"seat-{name}")) == 1, name
