"""The pages: each is drawn for whom it is meant, and says no in a sentence to everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from dash import html
from dash.development.base_component import Component

from callbacks import pages
from callbacks.pages import PAGES, Page, draw_page, home
from models.acting import ACTING
from models.errors import NotSignedInError
from models.people import Person, Right, Role
from tests.kept import COMPLETE, Kept

ROLES = (Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.ADMIN, Role.WALL)
CHARTERS = frozenset({Role.NURSE, Role.CLINICIAN})
READERS = CHARTERS | {Role.REVIEWER}
ADDRESSES = {
    "/": READERS | {Role.WALL},
    "/chair/1": CHARTERS,
    "/chair/Bay%202": CHARTERS,
    "/review": frozenset({Role.CLINICIAN, Role.REVIEWER}),
    "/session/SESSION": READERS,
    "/patient/PATIENT": READERS,
    "/paper": CHARTERS,
    "/back-entry/SESSION": CHARTERS,
    "/settings": frozenset({Role.ADMIN}),
    "/settings/people": frozenset({Role.ADMIN}),
    "/account": READERS | {Role.ADMIN},
    "/settings/protocols": READERS | {Role.ADMIN},
    "/trail": frozenset({Role.REVIEWER, Role.ADMIN}),
    "/emergency": frozenset({Role.CLINICIAN}),
}
REFUSED = "Not here"


@dataclass(frozen=True)
class Drawn:
    """A page, as every string in it."""

    said: str

    @property
    def refused(self) -> bool:
        return REFUSED in self.said


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Give a clinic with a patient on chair 1 and a free chair."""
    with closing(Kept(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'chairside.db'}")) as found:
        session = found.seat("1")
        found.chart(session, "reading", values=COMPLETE)
        found.clinic.new_chair(found.site, "Bay 2")
        yield found


def patient_of(kept: Kept) -> str:
    (patient,) = kept.records.record(kept.site, session_of(kept)).patients
    return patient


def session_of(kept: Kept) -> str:
    return kept.records.standings(kept.site)[0].session


@contextmanager
def acting(person: Person | None) -> Iterator[None]:
    marked = ACTING.set(person)
    try:
        yield
    finally:
        ACTING.reset(marked)


def text_of(part: object) -> str:
    """Return every string of a component tree: what it says, its names and its attributes."""
    if isinstance(part, Component):
        return " ".join(text_of(value) for value in cast("Any", part).to_plotly_json()["props"].values())
    if isinstance(part, dict):
        return " ".join(text_of(value) for value in part.values())
    if isinstance(part, list | tuple):
        return " ".join(text_of(one) for one in part)
    return "" if part is None else str(part)


def opened(kept: Kept, person: Person, address: str, search: object = "") -> Drawn:
    """Open an address as somebody."""
    with acting(person):
        page = draw_page(
            kept.clinic, address.replace("SESSION", session_of(kept)).replace("PATIENT", patient_of(kept)), search
        )
    return Drawn(text_of(page))


def test_every_page_is_among_these_tests() -> None:
    assert {page.path for page in PAGES if any(page.match(address) is not None for address in ADDRESSES)} == {
        page.path for page in PAGES
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_drawn_for_whom_it_is_meant(kept: Kept, address: str, role: Role) -> None:
    drawn = opened(kept, kept.person(role), address)

    assert drawn.refused is (role not in ADDRESSES[address])
    if drawn.refused:
        assert f"The role {role} may not" in drawn.said
        assert "Nair" not in drawn.said
        assert session_of(kept) not in drawn.said.replace(f"/session/{session_of(kept)}", "")


@pytest.mark.parametrize("role", ROLES)
def test_the_row_of_a_page_guards_it_even_where_its_drawing_does_not(
    kept: Kept, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    unguarded = Page("/new", "New", Right.MANAGE_CHAIRS, lambda *_asked: html.P("drawn"))
    monkeypatch.setattr(pages, "PAGES", (unguarded,))

    assert opened(kept, kept.person(role), "/new").refused is (role is not Role.ADMIN)


@pytest.mark.parametrize("address", ["/", "/chair/1", "/session/SESSION"])
def test_what_is_drawn_shows_what_was_charted(kept: Kept, address: str) -> None:
    said = opened(kept, kept.person(Role.NURSE), address).said

    assert "124" in said
    assert "78" in said


def test_a_paper_form_is_of_one_chair_from_a_start_and_without_a_name(kept: Kept) -> None:
    nurse = kept.person(Role.NURSE)

    every, one = opened(kept, nurse, "/paper"), opened(kept, nurse, "/paper", "?chair=1&start=14:00&minutes=30&blank=1")

    assert "Bay 2" in every.said
    assert "Nair" in every.said
    assert every.said.count('data-testid="paper-sheet"') == 2
    assert one.said.count('data-testid="paper-sheet"') == 1
    assert "14:30" in one.said
    assert ">Priya Nair<" not in one.said


@pytest.mark.parametrize("search", ["?start=25:00", "?start=<b>", "?minutes=-5", "?minutes=9999999", "?chair=nowhere"])
def test_a_wish_for_paper_that_cannot_be_read_still_gives_a_page(kept: Kept, search: str) -> None:
    said = opened(kept, kept.person(Role.NURSE), "/paper", search).said

    assert "Paper forms" in said
    assert ("is not a time" in said) is ("start" in search)


def test_the_wall_shows_the_board_alone(kept: Kept) -> None:
    wall = kept.person(Role.WALL)

    alone, with_frame = opened(kept, wall, "/", "?wall"), opened(kept, wall, "/")

    assert not alone.refused
    assert "124" in alone.said
    assert wall.name not in alone.said
    assert wall.name in with_frame.said


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("address", ["/nowhere", "//", "", "/chair/", "/chair/1/more", "/review/", "/session"])
def test_an_unknown_page_says_so(kept: Kept, address: str, role: Role) -> None:
    drawn = opened(kept, kept.person(role), address)

    assert drawn.refused
    assert "There is no such page." in drawn.said


@pytest.mark.parametrize("chair", ["9", "1%00", "%2e%2e", "<script>"])
def test_an_unknown_chair_says_so(kept: Kept, chair: str) -> None:
    drawn = opened(kept, kept.person(Role.NURSE), f"/chair/{chair}")

    assert drawn.refused
    assert "There is no chair of this name." in drawn.said


@pytest.mark.parametrize("session", ["none", "6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e70"])
def test_an_unknown_session_says_so(kept: Kept, session: str) -> None:
    drawn = opened(kept, kept.person(Role.REVIEWER), f"/session/{session}")

    assert drawn.refused
    assert "There is no such session." in drawn.said


def test_a_session_of_another_site_is_not_there(kept: Kept) -> None:
    stranger = Person("x", "stranger", Role.CLINICIAN, "another site")

    assert opened(kept, stranger, "/session/SESSION").refused
    assert opened(kept, stranger, "/chair/1").refused
    assert "Nair" not in opened(kept, stranger, "/").said


@pytest.mark.parametrize("search", [None, 7, "", "?", "?wall=1&wall=2", "?%00", "?x=" + "y" * 2000, ["?wall"]])
@pytest.mark.parametrize("path", ["/", None, 7])
def test_whatever_the_browser_claims_a_page_is_drawn(kept: Kept, path: object, search: object) -> None:
    with acting(kept.person(Role.NURSE)):
        page = draw_page(kept.clinic, path, search)

    assert REFUSED not in text_of(page)


def test_nobody_sees_nothing(kept: Kept) -> None:
    with acting(None), pytest.raises(NotSignedInError):
        draw_page(kept.clinic, "/", "")


@pytest.mark.parametrize(
    ("role", "path"),
    [(Role.NURSE, "/"), (Role.REVIEWER, "/"), (Role.WALL, "/"), (Role.ADMIN, "/settings"), (Role.DEVICE, "/sign-in")],
)
def test_everybody_has_a_first_page(kept: Kept, role: Role, path: str) -> None:
    assert home(kept.person(role)) == path


def test_a_page_that_was_not_there_at_the_start_is_drawn_later(tmp_path: Path) -> None:
    with closing(Kept(f"sqlite:///{tmp_path / 'chairside.db'}")) as clinic, acting(clinic.person(Role.NURSE)):
        before = text_of(draw_page(clinic.clinic, "/chair/7", ""))
        clinic.clinic.new_chair(clinic.site, "7")
        after = text_of(draw_page(clinic.clinic, "/chair/7", ""))

    assert REFUSED in before
    assert REFUSED not in after
