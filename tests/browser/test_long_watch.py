"""Pages that are watched for hours: what they hold does not grow, the focus stays, and nothing shifts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.test_journey import NewPage, at, card, field, sign_in
from tests.served import ALL_NO, Client, Served, serving, values

CHAIRS: Final = tuple(str(number) for number in range(1, 13))
MINUTES: Final = 3
SOAK_MINUTES: Final = 60
A_MINUTE: Final = 60
"""Readings that arrive in a minute of a busy room."""
WARM: Final = 120
SETTLING_S: Final = 6
MOST_GROWTH: Final = 1.10
MOST_SHIFT: Final = 0.02
WATCH: Final = """() => {
  window.lostFocus = 0;
  window.shifted = 0;
  document.addEventListener('focusout', () => { window.lostFocus += 1; }, true);
  new PerformanceObserver((list) => list.getEntries().forEach((one) => {
    if (!one.hadRecentInput) window.shifted = Math.max(window.shifted, one.value);
  })).observe({ type: 'layout-shift' });
}"""


@pytest.fixture
def room(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve twelve chairs with a running infusion on each."""
    with serving(sqlite_url, tmp_path_factory.mktemp("room"), CHAIRS) as found:
        yield found


def seat_all(nurse: Client) -> dict[str, str]:
    sessions = {}
    for chair in CHAIRS:
        session = sessions[chair] = nurse.seat(chair, minutes_ago=30)
        nurse.good(nurse.chart(session, "screening", 25, answers=ALL_NO))
        nurse.good(nurse.chart(session, "reading", 20, values=values(124, 78)))
        nurse.good(nurse.chart(session, "infusion", 9, action="start", rate_mg_h=49.4))
    return sessions


def feed(nurse: Client, sessions: dict[str, str], count: int, first: int = 0, every_s: float = 0) -> None:
    """Chart ``count`` readings, chair after chair; in a soak at the pace of a room."""
    for number in range(first, first + count):
        chair = CHAIRS[number % len(CHAIRS)]
        found = values(124 + number % 40, 78, 70 + number % 20)
        nurse.good(nurse.chart(sessions[chair], "reading", 0, values=found, confirmed=[*found]))
        if every_s:
            time.sleep(every_s)


def heap(page: Page, tools: CDPSession) -> float:
    """Return what the scripts hold once all that can go has gone; ports to the worker go a little later."""
    found = []
    for _ in range(SETTLING_S):
        page.wait_for_timeout(1000)
        tools.send("HeapProfiler.collectGarbage")
        found.append(float(tools.send("Runtime.getHeapUsage")["usedSize"]))
    return min(found)


def watch(new_page: NewPage, room: Served, minutes: int, every_s: float = 0) -> None:
    """Let readings arrive for some minutes while a board is looked at and a set is half typed at a chair."""
    nurse = room.sign_in("r.okafor")
    sessions = seat_all(nurse)
    board = sign_in(new_page(viewport=(1280, 800), base_url=room.url), "a.lindqvist", "/")
    chair = sign_in(new_page(base_url=room.url), "m.silva", "/chair/1")
    for page in (board, chair):
        expect(page.locator("html")).to_have_attribute("data-live", "live")
    feed(nurse, sessions, WARM)
    seen = field(chair, "reading-sbp")
    seen.fill("12")
    at(board, "theme-toggle").focus()
    for page in (board, chair):
        page.evaluate(WATCH)
    tools = [(page, page.context.new_cdp_session(page)) for page in (board, chair)]
    before = [heap(*one) for one in tools]

    count = minutes * A_MINUTE
    feed(nurse, sessions, count, WARM, every_s)
    last = WARM + count - 1
    newest = card(board, CHAIRS[last % len(CHAIRS)]).locator('[data-testid="card-sbp"]')
    expect(newest).to_have_text(f"{124 + last % 40}")
    growth = [heap(*one) / was for one, was in zip(tools, before, strict=True)]

    assert max(growth) < MOST_GROWTH, growth
    for page in (board, chair):
        assert page.evaluate("window.lostFocus") == 0
        shifted = page.evaluate("window.shifted")
        assert shifted < MOST_SHIFT, shifted
    expect(seen).to_be_focused()
    expect(seen).to_have_value("12")


def test_three_minutes_of_readings_leave_no_trace_in_the_pages(new_page: NewPage, room: Served) -> None:
    watch(new_page, room, MINUTES)


@pytest.mark.soak
def test_an_hour_of_readings_leaves_no_trace_in_the_pages(new_page: NewPage, room: Served) -> None:
    watch(new_page, room, SOAK_MINUTES, every_s=60 / A_MINUTE)
