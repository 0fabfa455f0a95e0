"""The board: all chairs in the order of the room, its header, and its shape by the number of chairs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from html.parser import HTMLParser
from typing import Any

import pytest
from dash.development.base_component import Component

from layouts import words
from layouts.board import board_page
from layouts.shell import shell
from models.clinic import ChairNow
from models.people import Person, Role
from models.session import Chair
from tests.sample_sessions import START


class Attributes(HTMLParser):
    """Collects one attribute of every element of a text, in its order."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name == self.name and value is not None]


def in_cards(page: Component, attribute: str) -> list[str]:
    """Return an attribute of every element on the cards, which travel as markup."""
    parser = Attributes(attribute)
    for one in every(page):
        parser.feed(getattr(one, "data-markup", ""))
    return parser.found


def every(component: object) -> Iterator[Any]:
    if isinstance(component, Component):
        yield component
        yield from every(getattr(component, "children", None))
    elif isinstance(component, list | tuple):
        for one in component:
            yield from every(one)


def chairs(count: int, name: str = "{}") -> list[ChairNow]:
    return [ChairNow(Chair(str(number), name.format(number)), None) for number in range(1, count + 1)]


def board(count: int, name: str = "{}", *, wall: bool = False) -> Any:  # noqa: ANN401  # a component with the properties of its kind
    return board_page(chairs(count, name), START, UTC, wall=wall)


def marked(page: Component, test_id: str) -> list[Any]:
    return [one for one in every(page) if getattr(one, "data-testid", None) == test_id]


def somebody(role: Role) -> Person:
    return Person("1", "m.silva", role, "main")


def test_every_chair_has_a_card_in_the_order_of_the_room() -> None:
    page = board(24)

    assert in_cards(page, "data-chair") == [str(number) for number in range(1, 25)]
    assert in_cards(page, "data-testid").count("chair-card") == 24


@pytest.mark.parametrize(
    ("count", "classes"),
    [
        (1, {"board--few"}),
        (4, {"board--few"}),
        (5, set()),
        (9, set()),
        (10, {"board--two", "board--rows-5", "board--tall"}),
        (12, {"board--two", "board--rows-6", "board--tall"}),
        (13, {"board--two", "board--rows-7", "board--dense"}),
        (24, {"board--two", "board--rows-12", "board--dense"}),
        (25, {"board--two", "board--many", "board--dense"}),
    ],
)
def test_the_shape_follows_the_number_of_chairs(count: int, classes: set[str]) -> None:
    assert set(str(board(count).className).split()) == {"board", "board--page"} | classes


@pytest.mark.parametrize(
    ("name", "more"), [("{}", set()), ("Bay {}", {"board--names"}), ("The bay by the window {}", {"board--long-names"})]
)
def test_long_names_get_more_room(name: str, more: set[str]) -> None:
    assert set(str(board(8, name).className).split()) == {"board", "board--page"} | more


def test_the_board_says_that_it_is_not_a_monitor() -> None:
    said = [getattr(one, "children", None) for one in every(board(3))]

    assert words.DISCLAIMER in said


def test_the_header_counts_late_first() -> None:
    kinds = [getattr(one, "data-counts", None) for one in every(board(3))]

    assert [kind for kind in kinds if kind] == ["late", "critical", "caution", "normal", "silent", "free"]


def test_the_wall_has_its_own_clock_and_place_for_the_banner_and_no_links() -> None:
    wall = board(3, wall=True)

    assert len(marked(wall, "clock")) == len(marked(wall, "live-state")) == 1
    assert [one for one in every(wall) if hasattr(one, "data-stale-place")]
    assert getattr(wall, "data-zone") == "UTC"
    assert [one for one in every(wall) if getattr(one, "href", None)] == []


@pytest.mark.parametrize("wall", [True, False])
def test_no_id_is_drawn_twice_on_a_page(wall: bool) -> None:  # noqa: FBT001  # a column of the table
    page = board(12, wall=wall)
    whole = page if wall else shell(somebody(Role.NURSE), page, "Board", zone=UTC)

    drawn = [one.id for one in every(whole) if getattr(one, "id", None)] + in_cards(whole, "id")

    assert len(drawn) == len(set(drawn)) > 12


def test_a_clinic_without_chairs_says_how_to_add_one() -> None:
    assert words.NO_CHAIRS in [getattr(one, "children", None) for one in every(board(0))]


@pytest.mark.parametrize(
    ("role", "links", "seldom"),
    [
        (Role.NURSE, ["/"], ["/paper", "/settings/protocols", "/account"]),
        (Role.CLINICIAN, ["/", "/review"], ["/paper", "/settings/protocols", "/account", "/emergency"]),
        (Role.REVIEWER, ["/", "/review"], ["/settings/protocols", "/account", "/trail"]),
        (Role.ADMIN, ["/settings"], ["/settings/protocols", "/account", "/trail"]),
    ],
)
def test_the_frame_links_only_what_a_role_may_open(role: Role, links: list[str], seldom: list[str]) -> None:
    page = shell(somebody(role), board(1), "Board", zone=UTC)

    found = {
        look: [one.href for one in every(page) if getattr(one, "className", None) == look]
        for look in ("bar__link", "menu__link")
    }

    assert found == {"bar__link": links, "menu__link": seldom}


@pytest.mark.parametrize(("path", "live"), [("/", 1), ("/chair/2", 1), ("/review", 0)])
def test_only_a_page_that_listens_says_that_it_is_live(path: str, live: int) -> None:
    page = shell(somebody(Role.CLINICIAN), board(0), "", path=path, zone=UTC)

    assert len(marked(page, "live-state")) == live
    assert len(marked(page, "clock")) == len(marked(page, "theme-toggle")) == 1


@pytest.mark.parametrize(("path", "advice"), [("/", words.LOOK), ("/chair/2", words.GO_ON_CHARTING)])
def test_every_page_has_one_place_for_the_banner_with_its_own_advice(path: str, advice: str) -> None:
    page = shell(somebody(Role.CLINICIAN), board(0), "", path=path, zone=UTC)

    assert [getattr(one, "data-advice") for one in every(page) if hasattr(one, "data-stale-place")] == [advice]
