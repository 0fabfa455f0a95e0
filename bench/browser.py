"""Chromium as the measuring instrument: when a text changed on the page, by one clock for server and browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

INSTALLED: Final = Path("/usr/bin/chromium")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WALL_SIZE: Final = (1920, 1080)

RECORD: Final = """() => {
  const seen = (window.benchSeen = []);
  const last = {};
  const read = (at) => {
    for (const card of document.querySelectorAll('[data-testid="chair-card"]')) {
      const cell = card.querySelector('[data-testid="card-sbp"]');
      const text = cell ? cell.textContent : '';
      if (last[card.dataset.chair] !== text) {
        last[card.dataset.chair] = text;
        seen.push([at, card.dataset.chair, text]);
      }
    }
  };
  read(0);
  new MutationObserver(() => read(performance.timeOrigin + performance.now()))
    .observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
TEXTS: Final = """(count) => {
  const cells = [...document.querySelectorAll('[data-testid="card-sbp"]')];
  return cells.filter((cell) => /[0-9]/.test(cell.textContent)).length >= count && performance.now();
}"""
TRENDS: Final = """(count) => {
  const drawn = document.querySelectorAll('[data-testid="card-trend"] .main-svg .trace, '
    + '[data-testid="card-trend"] .main-svg path.js-line, [data-testid="card-trend"] .main-svg .point');
  const cards = new Set([...drawn].map((mark) => mark.closest('[data-testid="card-trend"]')));
  const shown = [...document.querySelectorAll('[data-testid="card-trend"]')].filter((place) => place.offsetParent);
  return cards.size >= Math.min(count, shown.length) && performance.now();
}"""


@dataclass(frozen=True, slots=True)
class Sight:
    """A text that appeared on a page: when (ms since 1970 by the server's clock), on which chair, and what."""

    at_ms: float
    chair: str
    text: str


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        path = INSTALLED if INSTALLED.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def signed_in(browser: Browser, origin: str, user: str, password: str) -> Iterator[BrowserContext]:
    """Open a fresh browser profile, signed in, with nothing cached."""
    width, height = WALL_SIZE
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=origin)
    if user:
        answer = context.request.post("/api/v1/sign-in", data={"username": user, "password": password})
        assert answer.ok, f"signing in: {answer.status} {answer.text()}"
    yield context
    context.close()


def cookie_of(context: BrowserContext) -> str:
    """Return the cookies of a profile as a header."""
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())


def open_recording(context: BrowserContext, chairs: int) -> Page:
    """Open the board, wait until every chair shows a value, and record every change from then on."""
    page = context.new_page()
    page.goto("/")
    if chairs > 1:
        page.wait_for_function(TEXTS, arg=chairs)
    page.wait_for_timeout(1500)
    page.evaluate(RECORD)
    return page


def first_load(context: BrowserContext, chairs: int) -> tuple[float, float]:
    """Return the ms from navigation until every card has its text, and every card with room for one its trend."""
    page = context.new_page()
    page.goto("/", wait_until="commit")
    texts = float(page.wait_for_function(TEXTS, arg=chairs, polling="raf").json_value())
    trends = float(page.wait_for_function(TRENDS, arg=chairs, polling="raf").json_value())
    page.close()
    return texts, trends


def ahead_ms(page: Page) -> float:
    """Return by how many ms the page's clock is ahead of this process's: the shortest of 30 round trips decides."""
    trips = []
    for _ in range(30):
        before = time.time() * 1000
        there = float(page.evaluate("() => performance.timeOrigin + performance.now()"))
        after = time.time() * 1000
        trips.append((after - before, there - (before + after) / 2))
    return min(trips)[1]


def sights(page: Page, ahead: float) -> list[Sight]:
    """Return what appeared since the last time, in this process's time."""
    found = page.evaluate("() => window.benchSeen.splice(0)")
    return [Sight(at - ahead, chair, text) for at, chair, text in found]
