"""The wall at three metres, measured: twelve chairs in ten states on 1920 by 1080."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import ten_states
from tests.browser.test_journey import at, card, sign_in
from tests.served import Served, serving

WALL: Final = (1920, 1080)
VALUE_PX: Final = 56
SENTENCE_PX: Final = 28
SMALLEST_PX: Final = 24
BEYOND: Final = """all => all.filter((one) => one.getClientRects().length && !one.closest('.visually-hidden, .label')
  && (one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().bottom > innerHeight + 1))
  .map((one) => `${one.className}: ${one.textContent}`)"""
VALUES: Final = ("sbp", "dbp", "hr", "dissociation", "nausea")
SIZE: Final = "element => parseFloat(getComputedStyle(element).fontSize)"
CUT: Final = """cards => cards.flatMap((card) => [...card.querySelectorAll('*')]
  .filter((one) => one.clientWidth && getComputedStyle(one).overflow === 'hidden' && one.textContent.trim()
    && !one.matches('.label, .card__trend')
    && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
  .map((one) => `${card.dataset.chair}: ${one.textContent}`))"""
"""Words that do not fit the place they are cut off at."""
WORDS: Final = """card => {
  const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const box = node.parentElement;
    if (!node.data.trim() || box.closest('.label, .card__trend') || !box.getClientRects().length) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const one of range.getClientRects()) {
      const size = parseFloat(getComputedStyle(box).fontSize);
      const middle = one.top + one.height / 2;
      found.push({ text: node.data, left: one.left, right: one.right, size,
        top: middle - size * 0.36, bottom: middle + size * 0.36 });
    }
  }
  return found;
}"""
"""Where the letters of a card stand: a line is higher than its letters, which are taken at 0.72 of the size."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve twelve chairs in ten states."""
    folder: Path = tmp_path_factory.mktemp("ward")
    with serving(f"sqlite:///{folder / 'ward.db'}", folder, ten_states.CHAIRS) as found:
        ten_states.tell(found)
        yield found


@pytest.fixture(scope="module")
def wall(chromium: Browser, ward: Served) -> Iterator[Page]:
    """Open the wall, live."""
    width, height = WALL
    context = chromium.new_context(viewport={"width": width, "height": height}, base_url=ward.url)
    page = sign_in(context.new_page(), "wall", "/?wall")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    expect(at(page, "chair-card")).to_have_count(len(ten_states.CHAIRS))
    yield page
    context.close()


def shown(page: Page, selector: str) -> list[Locator]:
    """Return what of a kind says something."""
    return [one for one in page.locator(selector).all() if one.inner_text().strip()]


def test_every_value_can_be_read_at_three_metres(wall: Page) -> None:
    values = [one for vital in VALUES for one in shown(wall, f'[data-testid="card-{vital}"]')]

    assert len(values) == 11 * len(VALUES)
    assert [one.inner_text() for one in values if one.evaluate(SIZE) < VALUE_PX] == []


def test_every_sentence_can_be_read_at_three_metres(wall: Page) -> None:
    sentences = shown(wall, '[data-testid="card-why"]')

    assert len(sentences) == len(ten_states.CHAIRS)
    assert [one.inner_text() for one in sentences if one.evaluate(SIZE) < SENTENCE_PX] == []


def test_nothing_on_a_card_is_smaller_than_ten_millimetres_on_the_wall(wall: Page) -> None:
    cards = at(wall, "chair-card").all()

    assert [word for one in cards for word in one.evaluate(WORDS) if word["size"] < SMALLEST_PX] == []


def test_no_word_of_a_card_is_cut_off(wall: Page) -> None:
    assert at(wall, "chair-card").evaluate_all(CUT) == []


def test_no_word_of_a_card_stands_on_another(wall: Page) -> None:
    for chair in ten_states.CHAIRS:
        words = card(wall, chair).evaluate(WORDS)

        assert len(words) > 1, chair
        assert [(one["text"], other["text"]) for one, other in combinations(words, 2) if touch(one, other)] == [], chair


def touch(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two words share ground: more than the pixel by which letters overhang."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return bool(across > 1 and down > 1)


def test_every_card_stays_within_its_place(wall: Page) -> None:
    for chair in ten_states.CHAIRS:
        box = card(wall, chair).bounding_box()
        words = card(wall, chair).evaluate(WORDS)

        assert box is not None
        assert [one["text"] for one in words if one["bottom"] > box["y"] + box["height"]] == [], chair
        assert [one["text"] for one in words if one["top"] < box["y"]] == [], chair


def test_the_wall_fits_its_screen(wall: Page) -> None:
    beyond = wall.locator("body *").evaluate_all(BEYOND)

    assert beyond == []


def test_many_calls_at_once_leave_the_counts_in_sight(wall: Page) -> None:
    calls = shown(wall, ".pill:not([hidden])")
    boxes = [one.bounding_box() for one in calls]
    counts = wall.locator(".counts").bounding_box()

    assert len(calls) >= 4
    assert counts is not None
    for one, pill in zip(calls, boxes, strict=True):
        assert pill is not None
        assert pill["x"] + pill["width"] <= counts["x"]
        assert one.evaluate("pill => pill.scrollWidth <= pill.clientWidth")
