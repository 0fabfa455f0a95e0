"""Noting an effect: terms in order of frequency, typed text always possible, nothing chosen beforehand."""

from __future__ import annotations

from layouts.event_form import event_form, term_buttons
from models.terms import ACTIONS_TAKEN, GRADES, INTERVENTIONS, OUTCOMES, SERIOUSNESS, TERMS
from tests.component_tree import of_type, prop, said, walk, with_testid


def options(name: str) -> list[str]:
    [group] = [one for one in walk(event_form()) if prop(one, "data-pick") == name]
    return [prop(one, "data-value") for one in of_type(group, "Button")]


def test_the_most_frequent_terms_come_first() -> None:
    assert [prop(one, "data-value") for one in term_buttons()] == [term.label for term in TERMS]
    assert [said(one) for one in term_buttons()][:3] == ["Dizziness", "Dissociation", "Nausea"]


def test_a_term_can_always_be_typed() -> None:
    [wrapper] = with_testid(event_form(), "event-term")

    assert len(of_type(wrapper, "Input")) == 1


def test_every_word_of_the_vocabulary_can_be_chosen() -> None:
    assert options("grade") == [str(grade) for grade in GRADES]
    assert options("action_taken") == list(ACTIONS_TAKEN)
    assert options("outcome") == list(OUTCOMES)
    assert options("interventions") == list(INTERVENTIONS)
    assert options("serious") == list(SERIOUSNESS)


def test_a_grade_has_its_word_beside_the_number() -> None:
    [button] = with_testid(event_form(), "event-grade-3")

    assert said(button) == "3 severe"


def test_no_grade_outcome_or_seriousness_is_presumed() -> None:
    chosen = [prop(one, "data-testid") for one in walk(event_form()) if prop(one, "aria-pressed") == "true"]

    assert chosen == ["event-now", "medication-now", "note-now"]


def test_a_medicine_and_a_note_are_on_the_same_sheet() -> None:
    drawn = event_form()

    names = ("medication-name", "medication-dose", "medication-save", "note-text", "note-save", "event-save")
    assert {name: len(with_testid(drawn, name)) for name in names} == dict.fromkeys(names, 1)
