"""From the queue to the series, as a reviewer does it after the session, in a real browser."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journey import NewPage, at, field, seated, sign_in
from tests.served import Served, ago, values

DESK: Final = (1440, 900)


def charted(served: Served) -> str:
    """Return a closed session with a serious event in it that is over."""
    session = seated(served)
    nurse = served.sign_in("m.silva")
    nurse.good(nurse.chart(session, "reading", 4, values=values(172, 94)))
    event = {"event_id": str(uuid.uuid4()), "term": "Syncope", "onset_at": ago(4), "grade": 3}
    over = {"serious": ["other_important"], "outcome": "recovered", "resolved_at": ago(2)}
    nurse.good(nurse.chart(session, "adverse_event", 3, **event))
    nurse.good(nurse.chart(session, "adverse_event", 2, **event, **over))
    nurse.good(nurse.chart(session, "infusion", 1, action="stop"))
    nurse.good(nurse.chart(session, "phase", 0, to="closed"))
    return session


def add(page: Page, testid: str, **fields: str) -> None:
    """Fill in a small form of the record and save it."""
    at(page, testid).click()
    form = page.locator(".record-form")
    for path, value in fields.items():
        asked = form.locator(f'[data-path="{path}"]')
        asked.select_option(value) if path in {"event_id", "causality"} else asked.fill(value)
    form.locator('button[type="submit"]').click()
    expect(form).to_have_count(0)


def test_a_serious_event_is_found_played_back_judged_and_seen_in_its_series(
    new_page: NewPage, served: Served, tmp_path: Path
) -> None:
    session = charted(served)
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "v.marsh", "/review")

    # the queue says why; a number opens what is behind it
    expect(at(page, "session-row")).to_contain_text("serious event Syncope")
    page.locator("#review-counts li", has_text="serious event").locator("a").click()
    expect(page.locator("#review-look")).to_have_value("serious")
    expect(at(page, "event-row")).to_contain_text("serious: other important")
    at(page, "session-row").locator(f'a[href="/session/{session}"]').click()

    # played back, a minute at a time; the address is kept
    at(page, "playback-open").click()
    expect(at(page, "playback-at")).to_contain_text("Minute")
    expect(page.get_by_text("Syncope")).to_have_count(0)
    at(page, "playback-on-1").click()
    page.wait_for_url("**/session/*?at=*")
    at(page, "playback-whole").click()
    expect(page.get_by_text("Syncope").first).to_be_visible()

    # signed, judged, noted: apart from what was signed
    at(page, "session-sign").click()
    expect(page.locator(".record__stage")).to_have_text("Infusion, signed")
    add(page, "add-review", event_id=page_event(served, session), causality="probable", text="Seen with the nurse")
    expect(page.get_by_text("probable").first).to_be_visible()
    at(page, "draft-summary").click()
    draft = page.locator('.record-form [data-path="text"]')
    assert "Syncope, severe, serious" in draft.input_value()
    draft.fill("Fainted once, nothing after.")
    page.locator('.record-form button[type="submit"]').click()
    expect(page.get_by_text("Fainted once, nothing after.")).to_be_visible()

    # taken away in all three forms
    for form in ("csv", "fhir", "pdf"):
        with page.expect_download() as download:
            at(page, f"export-{form}").click()
        download.value.save_as(tmp_path / form)
        assert (tmp_path / form).stat().st_size > 0

    # and the series
    at(page, "open-series").click()
    expect(at(page, "series-row")).to_contain_text("Syncope")
    expect(at(page, "series-row")).to_contain_text("1 of 6")
    expect(page.locator("#patient-panel .plot-container")).to_be_visible()


def page_event(served: Served, session: str) -> str:
    """Return the id of the only event of a session."""
    return str(served.sign_in("m.silva").session(session)["events"][0]["id"])


@pytest.mark.parametrize(("asked", "said"), [("grade=9", "grade: left out"), ("colour=red", "no such filter")])
def test_a_senseless_filter_in_the_address_is_named_and_ignored(
    new_page: NewPage, served: Served, asked: str, said: str
) -> None:
    charted(served)

    page = sign_in(new_page(viewport=DESK, base_url=served.url), "v.marsh", f"/review?{asked}")

    expect(page.locator("#review-said")).to_contain_text(said)
    expect(at(page, "session-row")).to_have_count(1)


def test_a_bar_opens_the_sessions_behind_it_and_the_address_follows_the_filters(
    new_page: NewPage, served: Served
) -> None:
    charted(served)
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "v.marsh", "/review")

    page.locator("#review-chart .bars .point path").first.wait_for(state="attached")
    box = page.locator("#review-chart .x2y2 .bars .point path, #review-chart .subplot.x2y2 .point path").nth(2)
    box.click(force=True)
    page.wait_for_url("**/review?*grade=3*")
    expect(at(page, "event-row")).to_have_count(1)

    field(page, "review-term").fill("nausea")
    expect(at(page, "event-row")).to_have_count(0)
    page.wait_for_function("window.location.search.includes('term=nausea')")
