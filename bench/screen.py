"""How soon a screen is there, and how it answers a finger while readings arrive; beside a board of 24 graphs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page

from bench import browser as eyes
from bench.clinic import CHAIRS, NURSE, PASSWORD, entry, values_of
from bench.figures import Target, percentile
from models.moments import utc_now

SIZE: Final = (1180, 1080)
"""Narrow enough for every one of 24 cards to have its trend."""
SPEEDS: Final = (1, 4)
"""How many times slower than this machine the browser is."""
TEXT_OF_NAIVE: Final = 0.4
TRENDS_OF_NAIVE: Final = 0.6
MOST_INP_MS: Final = 200.0
MOST_SHIFT: Final = 0.02
EVERY_S: Final = 0.5
TAPS: Final = 12
Post = Callable[[str, dict[str, Any]], None]

WATCH: Final = """() => {
  window.benchTaps = [];
  window.benchShift = 0;
  let sum = 0, first = 0, last = 0;
  new PerformanceObserver((list) => window.benchTaps.push(...list.getEntries().filter((one) => one.interactionId)
    .map((one) => one.duration))).observe({ type: 'event', durationThreshold: 16 });
  new PerformanceObserver((list) => list.getEntries().filter((one) => !one.hadRecentInput).forEach((one) => {
    if (one.startTime - last > 1000 || one.startTime - first > 5000) [sum, first] = [0, one.startTime];
    [sum, last] = [sum + one.value, one.startTime];
    window.benchShift = Math.max(window.benchShift, sum);
  })).observe({ type: 'layout-shift' });
}"""
"""Every interaction from 16 ms on, and layout shift as it is defined: the worst window of at most 5 s."""


@dataclass(frozen=True, slots=True)
class Loads:
    """How soon text and trends of a board were there, in ms."""

    text: float
    trends: float


def slowed(context: BrowserContext, page: Page, speed: int) -> None:
    """Slow a page's processor."""
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": speed})


def loads(chrome: Browser, origin: str, user: str, speed: int, rounds: int) -> Loads:
    """Open a board anew some times and return the medians."""
    found = []
    for _ in range(rounds):
        with eyes.signed_in(chrome, origin, user, PASSWORD) as context:
            page = context.new_page()
            page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
            slowed(context, page, speed)
            page.goto("/", wait_until="commit")
            text = float(page.wait_for_function(eyes.TEXTS, arg=CHAIRS, polling="raf").json_value())
            trends = float(page.wait_for_function(eyes.TRENDS, arg=CHAIRS, polling="raf").json_value())
            found.append((text, trends))
    return Loads(percentile([text for text, _ in found], 0.5), percentile([trends for _, trends in found], 0.5))


def answers(chrome: Browser, origin: str, post: Post, speed: int) -> tuple[float, float]:
    """Return the slowest interaction in ms, and the layout shift, while two readings a second arrive."""
    with eyes.signed_in(chrome, origin, NURSE, PASSWORD) as context:
        page = context.new_page()
        slowed(context, page, speed)
        page.goto("/")
        page.wait_for_function(eyes.TEXTS, arg=CHAIRS)
        page.wait_for_timeout(1500)
        page.evaluate(WATCH)
        for number in range(TAPS * 2):
            chair = str(number % CHAIRS + 1)
            post(chair, entry(utc_now(), kind="reading", values=values_of(int(chair), 400 + number)))
            if number % 2:
                page.locator('[data-testid="theme-toggle"]').click()
            time.sleep(EVERY_S)
        page.wait_for_timeout(1000)
        slowest = float(page.evaluate("Math.max(0, ...window.benchTaps)"))
        return slowest, float(page.evaluate("window.benchShift"))


def measure(chrome: Browser, ours: str, naive: str, post: Post, rounds: int) -> tuple[list[Target], dict[str, float]]:
    """Measure both boards; the promises, and the times they were made of."""
    promises: list[Target] = []
    figures: dict[str, float] = {}
    for speed in SPEEDS:
        mine, other = loads(chrome, ours, NURSE, speed, rounds), loads(chrome, naive, "", speed, rounds)
        at = f"at {speed}x"
        promises += [
            Target(f"text {at}, to 24 graphs", mine.text, other.text * TEXT_OF_NAIVE),
            Target(f"trends {at}, to 24 graphs", mine.trends, other.trends * TRENDS_OF_NAIVE),
        ]
        slowest, shift = answers(chrome, ours, post, speed)
        promises += [
            Target(f"interaction to next paint {at}, slowest", slowest, MOST_INP_MS),
            Target(f"layout shift {at}", shift, MOST_SHIFT, ""),
        ]
        figures |= {
            f"24 graphs {at}, text, ms": other.text,
            f"24 graphs {at}, trends, ms": other.trends,
        }
    return promises, figures
