"""Protocols and going home in a real browser: what an admin edits, what a clinician signs off, what a nurse checks."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_journey import NewPage, at, sign_in
from tests.served import ALL_NO, Served, values

DESK = (1280, 900)


def opened(new_page: NewPage, served: Served, name: str) -> Page:
    return sign_in(new_page(viewport=DESK, base_url=served.url), name, "/settings/protocols")


def test_an_admin_copies_edits_sees_the_fault_and_publishes_and_a_clinician_signs_off(
    new_page: NewPage, served: Served
) -> None:
    page = opened(new_page, served, "admin")
    at(page, "protocol-copy").click()
    field = at(page, "protocol-limits.sbp.caution_high")

    field.fill("185")
    at(page, "protocol-save").click()

    fault = page.locator(".protocol-field", has=at(page, "protocol-limits.sbp.critical_high"))
    expect(fault.locator(".protocol-field__fault")).to_contain_text("must lie above caution high 185")
    at(page, "protocol-publish").click()
    expect(at(page, "protocol-said")).to_contain_text("1 to put right")

    field.fill("150")
    at(page, "protocol-reason").fill("agreed on Monday")
    at(page, "protocol-publish").click()

    page.wait_for_url(re.compile(r"\?version="))
    expect(at(page, "protocol-difference")).to_have_text(["Systolic pressure, mmHg: caution high160150"])
    clinician = opened(new_page, served, "a.lindqvist")
    expect(at(clinician, "protocol-version")).to_have_count(2)
    at(clinician, "protocol-version").first.locator("a").click()
    at(clinician, "protocol-sign-off").click()
    expect(clinician.locator("main")).to_contain_text("Signed off: A. Lindqvist")


def test_a_draft_that_somebody_else_saved_is_not_overwritten(new_page: NewPage, served: Served) -> None:
    first = opened(new_page, served, "admin")
    at(first, "protocol-copy").click()
    expect(at(first, "protocol-save")).to_be_visible()
    second = sign_in(new_page(viewport=DESK, base_url=served.url), "admin", "/settings/protocols")
    second.goto(first.url)
    expect(at(second, "protocol-save")).to_be_visible()

    at(second, "protocol-save").click()
    expect(at(second, "protocol-said")).to_contain_text("0 changed. No fault.")
    at(first, "protocol-save").click()

    expect(at(first, "protocol-said")).to_contain_text("Not saved. admin saved this draft since you read it")


def test_going_home_is_checked_on_the_record_and_overridden_with_a_reason(new_page: NewPage, served: Served) -> None:
    clinician = served.sign_in("a.lindqvist")
    session = clinician.seat("1", minutes_ago=120)
    clinician.good(clinician.chart(session, "screening", 110, answers=ALL_NO))
    clinician.good(clinician.chart(session, "reading", 100, values=values(124, 78, sedation=5)))
    clinician.good(clinician.chart(session, "infusion", 90, action="start", rate_mg_h=49.4))
    clinician.good(clinician.chart(session, "infusion", 30, action="stop"))
    clinician.good(clinician.chart(session, "reading", 5, values=values(126, 80, sedation=5)))
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "a.lindqvist", f"/session/{session}")

    expect(at(page, "discharge-minutes")).to_contain_text("Not met: 60 min after the end of the infusion")
    expect(at(page, "discharge-sedation")).to_contain_text("MOAA/S 5, wanted 5")
    at(page, "add-discharge").click()
    form = page.locator(".record-form")
    for check in ("oriented", "steady_gait", "escort"):
        form.locator(f'[data-path="checks.{check}"]').select_option("yes")
    at(page, "correction-save").click()
    expect(at(page, "discharge-oriented")).to_contain_text("✓")
    expect(at(page, "discharge-minutes")).to_contain_text("Not met")

    at(page, "add-discharge").click()
    for check in ("oriented", "steady_gait", "escort"):
        form.locator(f'[data-path="checks.{check}"]').select_option("yes")
    form.locator('[data-path="override.reason"]').fill("goes to the ward")
    at(page, "correction-save").click()

    expect(page.locator("main")).to_contain_text("overridden, 1 not met")
    expect(at(page, "discharge-minutes")).to_contain_text("Not met")
