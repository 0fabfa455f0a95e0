"""A nurse's tablet: a Chromium with a profile on disk, which can be killed and started again with what it had kept."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser.conftest import FLAGS, INSTALLED, TABLET
from tests.browser.test_journey import at, sign_in

SETTINGS = "window.chairsideSend = {first: 150, longest: 400, soon: 1500, patience: 4000};"
"""Pauses short enough for a test; what they lengthen to is told in Node."""
Json = dict[str, Any]


@dataclass
class Tablet:
    """One tablet; `open` starts its browser, `kill` ends it as an empty battery would."""

    chromium: BrowserType
    profile: Path
    base_url: str
    context: BrowserContext | None = None

    def open(self, path: str) -> Page:
        """Start the browser and open a page, with or without a network."""
        width, height = TABLET
        self.context = self.chromium.launch_persistent_context(
            self.profile,
            executable_path=INSTALLED if INSTALLED.exists() else None,
            args=list(FLAGS),
            viewport={"width": width, "height": height},
            base_url=self.base_url,
        )
        self.context.add_init_script(SETTINGS)
        page = self.context.pages[0]
        page.goto(path)
        return page

    def sign_in(self, name: str, path: str) -> Page:
        """Start the browser, sign in, and wait until the page would also open without a network."""
        page = sign_in(self.open("/sign-in"), name, path)
        ready(page)
        return page

    def kill(self, *, tidy: bool = True) -> None:
        """Kill every process of this browser at once; unless ``tidy``, its profile is left as it is."""
        mine = f"--user-data-dir={self.profile}"
        found = [one for one in psutil.process_iter(["cmdline"]) if mine in (one.info["cmdline"] or [])]
        assert found, "the browser is not running"
        for process in found:
            os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(found, timeout=10)
        self.context = None
        if tidy:
            self.tidy()

    def tidy(self) -> None:
        """Take away the mark by which a browser says that it runs."""
        for lock in self.profile.glob("Singleton*"):
            lock.unlink()

    def close(self) -> None:
        """End the browser, whatever is left of it."""
        if self.context is not None:
            self.context.close()
        self.context = None


@contextmanager
def tablet(chromium: BrowserType, profile: Path, base_url: str) -> Iterator[Tablet]:
    """Give a tablet and end its browser afterwards."""
    found = Tablet(chromium, profile, base_url)
    try:
        yield found
    finally:
        found.close()


def ready(page: Page) -> None:
    """Wait until this page is kept for a time without a network."""
    expect(page.locator("html")).to_have_attribute("data-offline", "ready")


def waiting(page: Page) -> list[Json]:
    """Return what waits in the tablet's own database, oldest first."""
    found: list[Json] = page.evaluate("() => window.chairside.kept.storage.all()")
    return found


def tap(page: Page, nausea: int, status: str = "kept") -> str:
    """Chart a nausea score and return what the line beside Save says of it."""
    at(page, f"nausea-{nausea}").click()
    at(page, "reading-save").click()
    line = at(page, "save-status")
    expect(line).to_have_attribute("data-status", status)
    return line.inner_text()
