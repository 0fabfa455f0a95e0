"""The quiet line of the chair's page: allergies, loud where there are some, escort, and who has the chair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layouts import ids
from layouts.chair import chair_properties
from layouts.seat_line import has_allergies, seat_line_properties
from models.clinic import ChairNow
from models.entries import Opening
from models.session import SessionView
from tests.component_tree import said, with_class
from tests.sample_sessions import Sheet


def seated(allergies: str | None = None, escort: str | None = None) -> SessionView:
    sheet = Sheet("line")
    (first,) = sheet.entries
    assert isinstance(first.content, Opening)
    sheet.entries = [replace(first, content=replace(first.content, allergies=allergies, escort=escort))]
    return sheet.view(0)


def line(view: SessionView, nurse: str | None = None) -> list[object]:
    ((_, found),) = seat_line_properties(view, nurse)
    return list(found["children"])


@pytest.mark.parametrize(
    ("allergies", "escort", "words"),
    [
        ("penicillin", "sister", "▲ Allergies: penicillin · escort sister"),
        ("None known.", "sister", "Allergies: None known. · escort sister"),
        (None, None, "Allergies not charted · escort not charted"),
    ],
)
def test_the_line_says_what_was_asked_and_what_was_not(allergies: str | None, escort: str | None, words: str) -> None:
    assert " ".join(said(one) for one in line(seated(allergies, escort))) == words


def test_allergies_are_loud_and_their_absence_is_quiet() -> None:
    assert with_class(line(seated("latex")), "seat-line__loud")
    assert not with_class(line(seated("none")), "seat-line__loud")
    assert not with_class(line(seated()), "seat-line__loud")


@pytest.mark.parametrize(
    ("answer", "names"),
    [(None, False), ("no", False), ("NKDA", False), ("none to penicillin", True), ("not sure", True), ("eggs", True)],
)
def test_in_doubt_an_answer_names_an_allergy(answer: str | None, names: bool) -> None:  # noqa: FBT001  # a column of the table
    assert has_allergies(answer) is names


def test_who_has_the_chair_stands_at_the_end() -> None:
    assert "".join(said(one) for one in line(seated(), "m.silva")).endswith(" · M. Silva has this chair")


def test_a_corrected_opening_changes_the_line_on_an_open_page() -> None:
    view = seated("penicillin")
    sent = dict(chair_properties(ChairNow(view.chair, view), [], view.now, view.zone))

    assert "penicillin" in "".join(said(one) for one in sent[ids.ChairPage.SEAT_LINE]["children"])
