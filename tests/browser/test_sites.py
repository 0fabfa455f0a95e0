"""Sites, emergency access and the trail in a real browser: what a tap changes, and what ends by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from models.moments import utc_now
from models.people import Role
from tests.browser.test_journey import NewPage, at, sign_in
from tests.served import Served, password_hash

DESK = (1280, 900)


@pytest.fixture
def north(served: Served) -> str:
    """Add a second site with a chair of its own, and a clinician there."""
    app = served.app
    site = app.clinic.sites.add("North", utc_now()).id
    app.clinic.new_chair(site, "1")
    app.stores.people.add_account(site, "c.north", Role.CLINICIAN, password_hash(), utc_now())
    return site


def opened(new_page: NewPage, served: Served, name: str, path: str) -> Page:
    return sign_in(new_page(viewport=DESK, base_url=served.url), name, path)


def test_a_nurse_of_two_sites_goes_to_the_other_one_by_tap(new_page: NewPage, served: Served, north: str) -> None:
    served.app.clinic.sites.join("m.silva", north, utc_now())
    served.sign_in("a.lindqvist").seat("2")
    page = opened(new_page, served, "m.silva", "/chair/2")
    expect(page.locator("body")).to_contain_text("Nair")

    at(page, "signed-in").click()
    expect(at(page, "acting-site")).to_have_text("Site: Clinic")
    page.get_by_role("button", name="Act at North").click()

    page.wait_for_url(f"{served.url}/")
    expect(at(page, "chair-card")).to_have_count(1)
    at(page, "signed-in").click()
    expect(at(page, "acting-site")).to_have_text("Site: North")
    page.goto("/chair/2")
    expect(page.locator("body")).to_contain_text("There is no chair of this name.")


@pytest.mark.usefixtures("north")
def test_a_clinician_opens_a_record_in_an_emergency_sees_the_banner_and_ends_it(
    new_page: NewPage, served: Served
) -> None:
    served.sign_in("m.silva").seat("2")
    page = opened(new_page, served, "c.north", "/emergency")
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)

    page.locator("#emergency-site").fill("Clinic")
    page.locator("#emergency-chair").fill("2")
    page.locator("#emergency-open").click()
    expect(page.locator("#emergency-said")).to_contain_text("reason")
    page.locator("#emergency-reason").fill("unconscious, no record here")
    page.locator("#emergency-open").click()

    page.wait_for_url(re.compile("/session/"))
    expect(at(page, "emergency-banner")).to_contain_text("Emergency access until")
    expect(page.locator("main")).to_contain_text("Nair")
    page.goto("/chair/1")
    expect(at(page, "emergency-banner")).to_contain_text("unconscious, no record here")
    page.get_by_role("button", name="End now").click()
    page.wait_for_url(f"{served.url}/")
    expect(at(page, "chair-card")).to_have_count(1)
    expect(at(page, "emergency-banner")).to_have_count(0)
    assert [fault for fault in faults if "422" not in fault] == []


def test_a_reviewer_narrows_the_trail(new_page: NewPage, served: Served) -> None:
    nurse = served.sign_in("m.silva")
    session = nurse.seat("2")
    nurse.session(session)
    page = opened(new_page, served, "v.marsh", "/trail")
    expect(at(page, "trail-row").first).to_be_visible()

    page.locator("#trail-person").fill("m.silva")
    page.locator("#trail-kind").select_option("view")

    expect(at(page, "trail-row")).to_have_count(1)
    expect(at(page, "trail-row")).to_contain_text("looked at a record")
    page.locator("#trail-patient").fill("no such number")
    expect(page.locator("#trail-lines")).to_contain_text("No line of the trail fits this search.")
    page.locator("#trail-patient").fill("")
    at(page, "trail-row").get_by_role("link", name=session).click()
    page.wait_for_url(f"{served.url}/session/{session}")
