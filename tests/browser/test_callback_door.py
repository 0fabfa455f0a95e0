"""What Dash's own renderer sends passes the door that forged callbacks do not."""

from __future__ import annotations

from playwright.sync_api import expect

from layouts import ids
from tests.browser.test_journey import NewPage, sign_in
from tests.served import Served


def test_an_admin_adds_a_chair_and_sees_it(new_page: NewPage, served: Served) -> None:
    page = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "admin", "/settings")

    page.locator(f"#{ids.SettingsPage.CHAIR_NAME}").fill("Window")
    page.locator(f"#{ids.SettingsPage.CHAIR_ADD}").click()

    expect(page.locator(f"#{ids.SettingsPage.CHAIRS}")).to_contain_text("Window")
    expect(page.locator(f"#{ids.SettingsPage.SAID}")).to_have_text("Chair Window was added.")
