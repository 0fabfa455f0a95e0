"""A whole session by clicking, with the clinic's clock moved on in between; afterwards the record tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.moments import clock, utc_now
from tests.browser.test_journey import NewPage, at, chart, sign_in
from tests.browser.test_journey import field as input_of
from tests.served import Served, settings_for

CLINICIAN = "a.lindqvist"


@dataclass
class Hands:
    """The hands of the clinic's clock, which a test moves on."""

    moved: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return utc_now() + self.moved

    def on(self, minutes: float, page: Page) -> None:
        """Move the clock, and wait until the page shows the new time."""
        self.moved += timedelta(minutes=minutes)
        expect(at(page, "clock")).to_have_text(clock(self.now(), UTC), timeout=20_000)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clinic(sqlite_url: str, tmp_path: Path, hands: Hands) -> Iterator[Served]:
    """Serve a clinic whose clock the test moves; nobody is signed out meanwhile."""
    settings = replace(settings_for(sqlite_url, tmp_path), idle=timedelta(hours=12))
    found = Served(settings, clock=hands.now)
    found.start()
    yield found
    for client in found.clients:
        client.http.close()
    found.stop()
    found.app.stores.database.close()


def saved(page: Page) -> None:
    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")


def save_set(page: Page, pressure: str, hr: str, dissociation: int, nausea: int) -> None:
    chart(page, pressure, hr, dissociation, nausea)
    at(page, "reading-save").click()
    saved(page)
    expect(input_of(page, "reading-sbp")).to_have_value("")


def seat(page: Page) -> None:
    typed = {"mrn": "40-718", "given": "Priya", "family": "Nair", "birth-date": "1979-03-14"}
    for name, text in (typed | {"weight": "72", "dose": "49.4", "duration": "60"}).items():
        input_of(page, f"seat-{name}").fill(text)
    at(page, "screening-all-no").click()
    at(page, "seat-confirm").click()
    expect(at(page, "infusion-start")).to_be_visible()


def test_a_whole_session_is_done_by_clicking_and_the_record_tells_it(
    new_page: NewPage, clinic: Served, hands: Hands
) -> None:
    page = sign_in(new_page(base_url=clinic.url), CLINICIAN, "/chair/1")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    seat(page)

    # over the gate: the start is refused with the reading, and overridden with a reason
    save_set(page, "164/88", "72", 0, 0)
    at(page, "alert-acknowledge").click()
    at(page, "alert-action-at-the-chair").click()
    saved(page)
    at(page, "infusion-start").click()
    expect(page.locator('[data-panel="start-refused"]')).to_contain_text("SBP 164, limit before start 160")
    input_of(page, "infusion-override-reason").fill("anxious, 138 at home this morning")
    at(page, "infusion-override").click()
    expect(at(page, "infusion-stop")).to_be_visible()

    # critical: an alert nobody has taken, taken in two taps, and rechecked
    hands.on(20, page)
    save_set(page, "186/98", "96", 4, 1)
    expect(at(page, "alert-banner")).to_contain_text("Nobody has taken it")
    expect(at(page, "alert-banner")).to_contain_text("Measure again within 5 min")
    at(page, "infusion-pause").click()
    expect(at(page, "infusion-resume")).to_be_visible()
    at(page, "alert-acknowledge").click()
    at(page, "alert-action-measuring-again").click()
    expect(at(page, "alert-acknowledge")).to_be_hidden()
    expect(at(page, "alert-banner")).to_contain_text("A. Lindqvist")
    hands.on(4, page)
    save_set(page, "158/90", "84", 3, 1)
    expect(at(page, "alert-banner")).to_be_hidden()
    expect(page.get_by_text("rechecked 4 min later: 158").first).to_be_visible()
    at(page, "infusion-resume").click()
    expect(at(page, "infusion-pause")).to_be_visible()

    # the end of the infusion, and going home
    hands.on(40, page)
    at(page, "infusion-stop").click()
    expect(at(page, "infusion-stop")).to_be_hidden()
    hands.on(62, page)
    save_set(page, "150/84", "70", 0, 0)
    at(page, "discharge-open").click()
    for name in ("oriented", "steady_gait", "escort"):
        at(page, f"discharge-{name}-yes").click()
    input_of(page, "discharge-override-reason").fill("sedation looked at, alert and chatting")
    at(page, "discharge-save").click()
    saved(page)
    expect(at(page, "discharge-state")).to_contain_text("overridden")
    at(page, "session-close").click()
    at(page, "session-end").click()
    expect(at(page, "seat-confirm")).to_be_visible()
    told(clinic, page)


def told(clinic: Served, page: Page) -> None:
    """Read the record: what was refused, decided, taken, answered and overridden, in words."""
    client = clinic.sign_in(CLINICIAN)
    (session,) = client.good(client.get("/api/v1/sessions"))["items"]
    assert (session["phase"], session["discharge"]["ready"]) == ("closed", True)
    page.goto(f"/session/{session['id']}")
    record = page.locator(".record")
    for words in (
        "All 9 conditions answered no",
        "Start overridden: anxious, 138 at home this morning.",
        "SBP 186, limit 180, rechecked 4 min later: 158",
        "A. Lindqvist",
        "measuring again",
        "Paused",
        "Resumed",
        "Stopped",
        "Discharge overridden: sedation looked at, alert and chatting.",
        "Not met: ",
        "Oriented",
        "Session closed",
    ):
        expect(record.get_by_text(words).first).to_be_visible()
