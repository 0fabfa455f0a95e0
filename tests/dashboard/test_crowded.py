"""Live pages are bounded: of one browser, of one address, and all together; who finds no place is told why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dashboard import live
from tests.dashboard.test_slow_peers import until
from tests.dashboard.test_wall import chairs_until, closed_within, listen
from tests.served import Served, serving

BOARD = "?page=board"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one clinic for the whole file."""
    folder = tmp_path_factory.mktemp("crowded")
    with serving(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
        yield found


def test_a_browser_with_too_many_pages_is_told_so_and_others_are_not(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "OF_A_SESSION_MOST", 2)
    nurse, other = door.sign_in("m.silva"), door.sign_in("r.okafor")
    with ExitStack() as opened:
        for _ in range(2):
            chairs_until(opened.enter_context(listen(nurse, BOARD)), 3)

        with listen(nurse, BOARD) as third:
            assert closed_within(third, 5) == live.CLOSE_CROWDED
        with listen(other, BOARD) as fourth:
            chairs_until(fourth, 3)


def test_an_address_is_bounded_over_all_who_sign_in_there(door: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "OF_AN_ADDRESS_MOST", 1)
    until(lambda: not door.app.hub.places.held)
    with listen(door.sign_in("m.silva"), BOARD) as first, listen(door.sign_in("wall"), BOARD) as second:
        chairs_until(first, 3)

        assert closed_within(second, 5) == live.CLOSE_CROWDED


def test_all_pages_together_are_bounded_and_a_place_that_is_left_is_free_again(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: not door.app.hub.places.held)
    monkeypatch.setattr(door.app.hub.places, "most", 3)
    nurse = door.sign_in("m.silva")
    codes = []
    with ExitStack() as opened:
        sockets = [opened.enter_context(listen(nurse, BOARD)) for _ in range(30)]
        codes = [closed_within(one, 0.3) for one in sockets]

    assert (codes.count(None), codes.count(live.CLOSE_CROWDED)) == (3, 27)
    until(lambda: not door.app.hub.places.held)
    with listen(nurse, BOARD) as again:
        chairs_until(again, 3)
