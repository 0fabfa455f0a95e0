"""The own account and the people page in a real browser: a second factor is enrolled, an account made and disabled."""

from __future__ import annotations

import base64
import time

from playwright.sync_api import Page, expect

from models.one_time_code import SECONDS, code_of
from tests.browser.test_journey import NewPage, at, sign_in
from tests.served import PASSWORD, Served

NEW = "violet tram under snow"


def code(secret: str, steps: int = 0) -> str:
    return code_of(base64.b32decode(secret), int(time.time()) // SECONDS + steps)


def enter(page: Page, name: str, password: str = PASSWORD) -> None:
    at(page, "sign-in-username").fill(name)
    at(page, "sign-in-password").fill(password)
    at(page, "sign-in-submit").click()


def test_a_clinician_enrols_a_second_factor_and_signs_in_with_it(new_page: NewPage, served: Served) -> None:
    page = sign_in(new_page(base_url=served.url), "a.lindqvist", "/account")
    at(page, "factor-offer-password").fill(PASSWORD)
    at(page, "factor-offer-send").click()
    expect(at(page, "factor-qr").locator("img")).to_be_visible()
    secret = at(page, "factor-secret").inner_text()
    drawn = page.evaluate("() => document.querySelector('[data-image] img').naturalWidth")

    at(page, "factor-confirm-code").fill(code(secret))
    at(page, "factor-confirm-send").click()
    expect(at(page, "recovery-codes").locator("li")).to_have_count(10)
    other = new_page(base_url=served.url)
    other.goto("/sign-in?next=/account")
    enter(other, "a.lindqvist")
    expect(at(other, "sign-in-code")).to_be_visible()
    at(other, "sign-in-code").fill(code(secret, 1))
    at(other, "sign-in-submit").click()

    expect(at(other, "second-factor-on")).to_be_visible()
    assert drawn > 0


def test_an_admin_adds_somebody_who_signs_in_and_is_disabled(new_page: NewPage, served: Served) -> None:
    page = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "admin", "/settings/people")
    at(page, "new-person-name").fill("j.doe")
    at(page, "new-person-password").fill("short")
    at(page, "new-role-nurse").click()
    at(page, "new-person-send").click()
    expect(at(page, "new-person").locator("[data-said]")).to_contain_text("15 to 200 characters")
    at(page, "new-person-password").fill(NEW)
    at(page, "new-person-send").click()
    expect(at(page, "person-j.doe")).to_contain_text("nurse")

    nurse = new_page(base_url=served.url)
    nurse.goto("/sign-in?next=/account")
    enter(nurse, "j.doe", NEW)
    expect(at(nurse, "signed-in")).to_have_text("j.doe")
    at(page, "person-j.doe").locator("summary").click()
    at(page, "disable-j.doe").click()
    expect(at(page, "disable-j.doe")).to_contain_text("sign out everywhere")
    at(page, "disable-j.doe").click()
    expect(at(page, "person-j.doe")).to_contain_text("disabled")
    nurse.reload()

    expect(at(nurse, "sign-in-username")).to_be_visible()


def test_a_token_is_shown_once_and_revoked(new_page: NewPage, served: Served) -> None:
    page = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "admin", "/settings/people")
    at(page, "new-token-name").fill("monitor 1")
    at(page, "new-token-send").click()
    expect(at(page, "new-token-shown")).not_to_be_empty()
    token = at(page, "new-token-shown").inner_text()

    page.reload()
    at(page, "revoke-monitor 1").click()
    at(page, "revoke-monitor 1").click()

    expect(page.get_by_text("revoked, made")).to_be_visible()
    assert token not in page.content()


def test_the_level_of_names_on_the_wall_is_chosen_by_a_tap(new_page: NewPage, served: Served) -> None:
    page = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "admin", "/settings")
    expect(at(page, "names-initials")).to_have_attribute("aria-pressed", "true")

    at(page, "names-none").click()

    expect(at(page, "names-none")).to_have_attribute("aria-pressed", "true")
    assert served.app.clinic.wall.level(served.app.stores.site) == "none"
