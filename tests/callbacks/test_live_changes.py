"""What a change sends to an open page: the same as drawing it, as plain JSON, with figures after texts."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import plotly.graph_objects as go
import pytest
from dash import html

from callbacks.live import board_changes, chair_changes, sent
from layouts import ids
from layouts.alert_pill import pill_properties
from layouts.chair_card import EMPTY_FIGURE, card_properties
from layouts.markup import to_html
from layouts.theme import figure_colours
from models.clinic import ChairNow
from models.session import Chair
from tests.sample_sessions import finished


def seated(minute: float = 42) -> ChairNow:
    view = finished().view(minute)
    return ChairNow(view.chair, view)


FREE = ChairNow(Chair("c", "3"), None)


@pytest.mark.parametrize("chair", [seated(), FREE], ids=["taken", "free"])
def test_a_board_is_sent_what_its_card_and_pill_are_drawn_from(chair: ChairNow) -> None:
    changes = board_changes(chair, UTC)

    assert {one[0]: one[1] for one in changes["set"]} == card_properties(chair, UTC) | pill_properties(chair, UTC)
    assert [name for name, _ in changes["figures"]] == [ids.CARD_TREND.of(chair.chair.name)]


def test_the_trend_of_a_free_chair_is_empty_and_that_of_a_taken_one_is_not() -> None:
    assert board_changes(FREE, UTC)["figures"][0][1] == EMPTY_FIGURE
    assert board_changes(seated(), UTC)["figures"][0][1]["data"] != []


def test_a_chairs_page_is_sent_its_own_state_and_the_tabs_of_the_others() -> None:
    changes = chair_changes(seated(), [FREE], UTC)

    names = [name for name, _ in changes["set"]]
    assert len(names) == len(set(names))
    assert ids.CHAIR_TAB.of("3") in names
    assert [name for name, _ in changes["figures"]] == [ids.ChairPage.PANEL.value]


def test_the_page_of_a_free_chair_has_no_panel() -> None:
    assert chair_changes(FREE, [seated()], UTC)["figures"] == []


@pytest.mark.parametrize(
    "changes", [board_changes(seated(), UTC), chair_changes(seated(), [FREE], UTC)], ids=["board", "chair"]
)
def test_a_change_is_plain_json(changes: dict[str, Any]) -> None:
    assert json.loads(json.dumps(changes, allow_nan=False))["set"]


def test_elements_among_properties_are_sent_as_the_html_that_the_page_is_drawn_with() -> None:
    children = [html.B("184 <", id="one"), " text"]

    assert sent({"children": children, "className": "a"}) == {"markup": to_html(children), "className": "a"}
    assert sent({"children": []}) == {"markup": ""}


def test_a_text_is_sent_as_a_text() -> None:
    assert sent({"children": "184 <"}) == {"children": "184 <"}


@pytest.mark.parametrize("chair", [seated(), FREE], ids=["taken", "free"])
def test_figures_are_ones_that_plotly_draws(chair: ChairNow) -> None:
    for _, figure in board_changes(chair, UTC)["figures"]:
        assert go.Figure(figure).layout is not None


def test_every_colour_of_a_figure_has_one_for_the_light_theme() -> None:
    known = figure_colours()
    found = {
        text
        for changes in (board_changes(seated(), UTC), chair_changes(seated(), [], UTC))
        for _, figure in changes["figures"]
        for text in strings(figure)
        if text.startswith(("#", "rgba(")) and not text.endswith((" 0)", ",0)")) and text != "#ffffff"
    }

    solid = {f"#{''.join(f'{int(part):02x}' for part in text[5:].split(',')[:3])}" for text in found if text[0] == "r"}

    assert found
    assert ({text for text in found if text[0] == "#"} | solid) - set(known) == set()


def strings(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    if isinstance(part, dict):
        return [text for value in part.values() for text in strings(value)]
    return [text for value in part for text in strings(value)] if isinstance(part, list | tuple) else []
