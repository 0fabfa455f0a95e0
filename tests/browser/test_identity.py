"""Whom one charts for stays in sight: on the chair page down to Save, and on the page that types in from paper."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_journey import NewPage, at, open_chair, seated, sign_in
from tests.served import Served


def test_the_name_stays_in_sight_while_a_reading_is_typed_and_saved(new_page: NewPage, served: Served) -> None:
    seated(served)
    page = open_chair(new_page, served)

    page.mouse.wheel(0, 5000)

    expect(page.get_by_role("heading", name="Priya Nair")).to_be_in_viewport()
    expect(at(page, "reading-save")).to_be_in_viewport()


def test_two_identifiers_stand_above_what_is_typed_in_from_paper(new_page: NewPage, served: Served) -> None:
    session = seated(served)

    page = sign_in(new_page(base_url=served.url), "m.silva", f"/back-entry/{session}")

    for words in ("Priya Nair", "born 14 Mar 1979", "record 40-"):
        expect(page.locator(".back-entry")).to_contain_text(words)
