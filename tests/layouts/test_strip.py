"""The strip of the next half hour: overdue first, what is due now, rechecks, what follows, and what lies together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from dash.development.base_component import Component

from callbacks.live import strip_changes
from layouts import ids, words
from layouts.board import board_page
from layouts.markup import to_html
from layouts.strip import collisions, short_name, strip, strip_properties
from models.entries import Infusion
from models.moments import MIN
from models.schedule import Lateness
from models.session import SessionView
from models.upcoming import Planned, Upcoming, upcoming
from tests.sample_sessions import START, Sheet, core

NOW = START + 30 * MIN


def sat(chair: str, last: float, sbp: int = 124) -> SessionView:
    """Return a session whose last full set was at a minute from the start, seen at minute 30."""
    sheet = Sheet(f"on {chair}", chair=chair)
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(last, core(sbp, 78, 72, 2, 0))
    return sheet.view(30)


def drawn(*views: SessionView) -> dict[str, list[Any]]:
    table = strip_properties(upcoming(views, NOW), UTC)
    return {name: table[str(name)]["children"] for name in (ids.Board.STRIP_LATE, ids.Board.STRIP_MARKS)}


def marks(*views: SessionView) -> list[tuple[str, str]]:
    """Return the marks on the line: the chair and the look of each."""
    found = [one for one in drawn(*views)[ids.Board.STRIP_MARKS] if hasattr(one, "data-mark")]
    return [(one.children.children, one.className.removeprefix("mark ")) for one in found]


def texts(part: object) -> str:
    if isinstance(part, Component):
        ticks = str(getattr(part, "data-say", ""))
        return ticks + texts(getattr(part, "children", None))
    return "".join(texts(one) for one in part) if isinstance(part, list | tuple) else "" if part is None else str(part)


def test_a_check_to_come_is_a_circle_and_those_after_it_are_dashed() -> None:
    assert marks(sat("1", 28)) == [("1", "mark--check"), ("1", "mark--follows"), ("1", "mark--follows")]


def test_a_check_that_is_due_now_is_filled() -> None:
    assert marks(sat("3", 20))[0] == ("3", "mark--due")


def test_a_recheck_is_a_diamond_and_what_follows_it_is_not() -> None:
    found = marks(sat("2", 28, sbp=184))

    assert found[0] == ("2", "mark--check mark--recheck")
    assert {look for _, look in found[1:]} == {"mark--follows"}


def test_an_overdue_chair_stands_first_with_its_minutes_and_not_on_the_line() -> None:
    views = sat("5", 9), sat("1", 28)

    late = drawn(*views)[ids.Board.STRIP_LATE]

    assert [texts(one) for one in late] == ["5{min} late"]
    assert [chair for chair, look in marks(*views) if look != "mark--follows"] == ["1"]


def test_of_many_overdue_the_worst_comes_first_and_the_rest_say_only_which() -> None:
    late = drawn(sat("1", 17), sat("2", 5), sat("3", 9))[ids.Board.STRIP_LATE]

    assert [texts(one) for one in late] == ["2{min} late", "3{min} late", "1"]
    assert "mark--critical" in to_html(late[0])
    assert "mark--caution" in to_html(late[2])


def planned(chair: str, minute: float, *collides: str) -> Planned:
    return Planned(NOW + minute * MIN, chair, f"on {chair}", Lateness.NOT_DUE, collides)


def test_checks_that_lie_together_are_joined_and_a_row_of_them_is_not_one_group() -> None:
    checks = [planned("1", 1, "2"), planned("2", 2.5, "1", "3"), planned("3", 4, "2"), planned("4", 9)]

    assert [[one.chair for one in group] for group in collisions(checks)] == [["1", "2"]]


@pytest.mark.parametrize(("apart", "brackets"), [(1.9, 1), (2, 0)])
def test_a_bracket_joins_checks_within_two_minutes(apart: float, brackets: int) -> None:
    other = sat("2", 28 - apart)
    found = strip_properties(upcoming([sat("1", 28), other], NOW), UTC)
    first = [one for one in found[ids.Board.STRIP_MARKS]["children"] if hasattr(one, "data-bracket")]

    assert len([one for one in first if getattr(one, "data-bracket") == "0"]) == brackets


def test_every_mark_of_a_group_knows_its_bracket() -> None:
    children = drawn(sat("1", 28), sat("2", 27))[ids.Board.STRIP_MARKS]
    groups = {getattr(one, "data-group") for one in children if hasattr(one, "data-mark")}

    assert groups == {getattr(one, "data-bracket") for one in children if hasattr(one, "data-bracket")}


def test_the_times_under_the_line_are_those_of_the_clock_every_five_minutes() -> None:
    children = drawn(sat("1", 28))[ids.Board.STRIP_MARKS]
    times = [one.children for one in children if hasattr(one, "data-time")]

    assert times == ["14:30", "14:35", "14:40", "14:45", "14:50", "14:55", "15:00"]


def test_nothing_to_come_is_said_in_words() -> None:
    assert words.NO_CHECKS in texts(drawn()[ids.Board.STRIP_MARKS])
    assert words.NO_CHECKS not in texts(drawn(sat("1", 28))[ids.Board.STRIP_MARKS])


@pytest.mark.parametrize(("name", "short"), [("7", "7"), ("Bay 12", "Bay 12"), ("The bay by the window 3", "…dow 3")])
def test_a_long_name_is_shortened_to_its_end(name: str, short: str) -> None:
    assert short_name(name) == short


def test_what_a_change_sends_is_what_the_strip_is_drawn_from() -> None:
    found = upcoming([sat("1", 28), sat("5", 9)], NOW)
    page = to_html(strip(found, UTC))

    sent = cast("dict[str, Any]", dict(strip_changes(found, UTC)["set"]))

    assert set(sent) == {ids.Board.STRIP_LATE.value, ids.Board.STRIP_MARKS.value}
    assert all(properties["markup"] in page for properties in sent.values())
    assert "<button" not in page
    assert "<input" not in page


def test_the_board_has_the_strip_and_says_what_it_cannot_know() -> None:
    page = board_page([], NOW, UTC, wall=True)
    told = [getattr(one, "data-markup", "") for one in page.children]

    assert any(words.STRIP_STALE in markup for markup in told)


def test_late_minutes_say_nothing_while_nothing_is_heard() -> None:
    part = to_html(drawn(sat("5", 9))[ids.Board.STRIP_LATE])

    assert 'data-was=""' in part


def test_the_half_hour_begins_at_this_moment() -> None:
    empty = Upcoming(datetime(2026, 11, 22, 15, 0, tzinfo=UTC) + timedelta(seconds=20), (), ())
    times = [
        one.children
        for one in strip_properties(empty, UTC)[ids.Board.STRIP_MARKS]["children"]
        if hasattr(one, "data-time")
    ]

    assert times == ["14:35", "14:40", "14:45", "14:50", "14:55", "15:00"]
