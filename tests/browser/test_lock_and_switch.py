"""A shared tablet in a real browser: the idle lock keeps what was typed, and a PIN changes hands."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.test_journey import NewPage, at, field, seated, sign_in
from tests.served import PASSWORD, Served

SOON_IDLE: Final = "window.chairsideLock = {idle: 2500, check: 100, tell: 60000};"
NEVER_IDLE: Final = "window.chairsideLock = {idle: 0};"
PINS: Final = {"m.silva": "2580", "r.okafor": "1379"}


def sign_in_with_pin(page: Page, name: str, path: str) -> Page:
    page.goto(f"/sign-in?next={path}")
    at(page, "sign-in-username").fill(name)
    at(page, "sign-in-password").fill(PASSWORD)
    at(page, "sign-in-pin").fill(PINS[name])
    at(page, "sign-in-submit").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def give_pin(page: Page, name: str) -> None:
    for digit in PINS[name]:
        at(page, f"pin-{digit}").click()
    at(page, "pin-go").click()


def tablet(new_page: NewPage, served: Served, script: str) -> Page:
    page = new_page(base_url=served.url)
    page.add_init_script(script)
    return page


def locked(page: Page) -> Page:
    expect(at(page, "lock")).to_be_visible()
    return page


def test_the_idle_lock_hides_everything_and_the_password_brings_back_what_was_typed(
    new_page: NewPage, served: Served
) -> None:
    seated(served)
    page = sign_in(tablet(new_page, served, SOON_IDLE), "m.silva", "/chair/1")
    field(page, "reading-sbp").fill("131")
    at(page, "nausea-3").click()

    locked(page)
    hidden = page.evaluate("() => document.body.innerText")
    told = page.locator("body").aria_snapshot()
    at(page, "lock-password").fill(PASSWORD)
    at(page, "lock-unlock").click()

    expect(at(page, "lock")).to_have_count(0)
    expect(field(page, "reading-sbp")).to_have_value("131")
    expect(at(page, "nausea-3")).to_have_attribute("aria-pressed", "true")
    for part in ("Priya", "Nair", "131", "Chair 1"):
        assert part not in hidden
        assert part not in told


def test_the_lock_ends_the_session_on_the_server_and_a_reload_shows_nothing(new_page: NewPage, served: Served) -> None:
    seated(served)
    page = sign_in(tablet(new_page, served, SOON_IDLE), "m.silva", "/chair/1")
    locked(page)
    expect(at(page, "lock-password")).to_be_visible()
    page.wait_for_function("() => fetch('/api/v1/me').then((answer) => answer.status === 401)")

    page.reload()

    expect(at(page, "sign-in-username")).to_be_visible()


def test_what_is_pushed_is_no_use(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = sign_in(tablet(new_page, served, SOON_IDLE), "m.silva", "/chair/1")
    nurse = served.sign_in("r.okafor")

    for number in range(8):
        nurse.good(nurse.chart(session, "note", text=f"Pushed {number}."))
        page.wait_for_timeout(400)

    locked(page)


def test_somebody_else_at_the_lock_gets_a_fresh_page(new_page: NewPage, served: Served) -> None:
    seated(served)
    page = tablet(new_page, served, SOON_IDLE)
    sign_in_with_pin(page, "r.okafor", "/chair/1")
    sign_in_with_pin(page, "m.silva", "/chair/1")
    field(page, "reading-sbp").fill("131")

    locked(page)
    at(page, "switch-to-r.okafor").click()
    give_pin(page, "r.okafor")

    expect(at(page, "signed-in")).to_have_text("r.okafor")
    expect(at(page, "lock")).to_have_count(0)
    expect(field(page, "reading-sbp")).to_have_value("")


def test_a_tablet_changes_hands_by_pin_and_what_waits_stays_whose_it_was(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = tablet(new_page, served, NEVER_IDLE)
    sign_in_with_pin(page, "m.silva", "/chair/1")
    sign_in_with_pin(page, "r.okafor", "/chair/1")
    expect(at(page, "save-author")).to_have_text("as r.okafor")
    page.route("**/entries", lambda route: route.abort())
    at(page, "nausea-4").click()
    at(page, "reading-save").click()
    expect(at(page, "save-status")).to_have_attribute("data-status", "kept")

    at(page, "switch-open").click()
    give_pin(page, "m.silva")

    expect(at(page, "signed-in")).to_have_text("m.silva")
    expect(at(page, "save-author")).to_have_text("as m.silva")
    expect(at(page, "pending-count")).to_contain_text("1 of r.okafor")
    page.unroute("**/entries")
    at(page, "nausea-2").click()
    at(page, "reading-save").click()
    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    at(page, "switch-open").click()
    give_pin(page, "r.okafor")
    expect(at(page, "signed-in")).to_have_text("r.okafor")
    expect(at(page, "pending-count")).to_contain_text("0 waiting")
    nurse = served.sign_in("m.silva")
    entries = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    by = {
        one["values"]["nausea"]: one["author"]
        for one in entries
        if one["kind"] == "reading" and len(one["values"]) == 1
    }
    assert by == {2: "m.silva", 4: "r.okafor"}


def test_without_a_network_charting_goes_on_behind_the_lock_and_nothing_is_lost(
    new_page: NewPage, served: Served
) -> None:
    session = seated(served)
    page = sign_in(tablet(new_page, served, SOON_IDLE), "m.silva", "/chair/1")
    page.context.set_offline(True)  # Playwright's own
    at(page, "nausea-4").click()
    at(page, "reading-save").click()
    expect(at(page, "save-status")).to_have_attribute("data-status", "kept")

    locked(page)
    at(page, "lock-go-on").click()
    expect(at(page, "lock")).to_have_count(0)
    expect(at(page, "pending-count")).to_contain_text("1 on this tablet")
    locked(page)
    page.context.set_offline(False)  # likewise
    at(page, "lock-password").fill(PASSWORD)
    at(page, "lock-unlock").click()

    expect(at(page, "lock")).to_have_count(0)
    expect(at(page, "pending-count")).to_contain_text("0 waiting")
    nurse = served.sign_in("m.silva")
    entries = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert [one["values"] for one in entries if one.get("values") == {"nausea": 4}] == [{"nausea": 4}]


def test_the_wall_is_never_locked(new_page: NewPage, served: Served) -> None:
    page = sign_in(tablet(new_page, served, "window.chairsideLock = {check: 100};"), "wall", "/?wall")
    expect(at(page, "chair-card")).to_have_count(3)

    idle = page.evaluate("() => fetch('/api/v1/me').then((answer) => answer.json()).then((said) => said.idle_s)")

    assert idle is None
    assert page.evaluate("() => localStorage.getItem('chairside-idle')") == "0"
