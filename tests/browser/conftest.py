"""Fixtures for journeys in a real browser: each page has its own cookies, stores and cache."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.served import Served, serving

HERE = Path(__file__).parent
INSTALLED = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # or it looks for the internet at every start
    "--disable-component-update",
    "--disable-sync",
)
TABLET = (820, 1180)

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, so that `-m browser` and `-m 'not browser'` tell them apart."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium once: the installed one, else Playwright's (see get_chromium.sh)."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=INSTALLED if INSTALLED.exists() else None, args=list(FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Open pages as separate people would: `new_page(viewport=(820, 1180), base_url=server.url)`."""
    contexts: list[BrowserContext] = []

    def open_page(viewport: tuple[int, int] = TABLET, base_url: str | None = None) -> Page:
        width, height = viewport
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=base_url)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    """Serve a clinic with three chairs and one person of each role."""
    with serving(sqlite_url, tmp_path) as found:
        yield found
