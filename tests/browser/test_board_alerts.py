"""An alert on the board, in a real browser: it rings once, is answered by who taps it, and has its recheck planned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.served import PASSWORD, Served, values

NewPage = Callable[..., Page]
ASSETS = Path(__file__).parents[2] / "assets"
COUNT = "window.rung = 0; document.addEventListener('chairside:chime', () => { window.rung += 1; });"
BLOCKED = """
const Real = window.AudioContext;
let tapped = false;
let resumed = false;
addEventListener("pointerdown", () => (tapped = true), true);
window.AudioContext = class extends Real {
  get state() { return resumed ? super.state : "suspended"; }
  resume() {
    if (!tapped) return Promise.reject(new DOMException("a tap first", "NotAllowedError"));
    resumed = true;
    return super.resume();
  }
};
"""
"""A browser that wants a tap before any sound, as those on a desk do; a headless one asks for nothing."""
SLOW = 60_000  # a machine that runs everything at once is slow


def sign_in(page: Page, name: str) -> Page:
    page.set_default_timeout(SLOW)
    page.goto("/sign-in?next=/")
    page.get_by_test_id("sign-in-username").fill(name)
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()
    expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=SLOW)
    return page


def run(served: Served, chair: str) -> str:
    """Start an infusion 20 minutes ago and return the session."""
    nurse = served.sign_in("m.silva")
    session = nurse.seat(chair, minutes_ago=40)
    nurse.good(nurse.chart(session, "reading", 28, values=values(122, 76)))
    nurse.good(nurse.chart(session, "infusion", 20, action="start", rate_mg_h=49.4, happened=True))
    nurse.good(nurse.chart(session, "reading", 10, values=values(128, 80, 72, 2)))
    return session


def chart(served: Served, session: str, minutes_ago: float, **more: int) -> None:
    nurse = served.sign_in("m.silva")
    said = {"sbp": 128, "dbp": 80, "hr": 72, "dissociation": 2} | more
    confirmed = list(said)
    nurse.good(nurse.chart(session, "reading", minutes_ago, values=values(**said), confirmed=confirmed))


def card(page: Page, chair: str) -> Locator:
    return page.locator(f'[data-testid="chair-card"][data-chair="{chair}"]')


def rung(page: Page, times: int) -> None:
    page.wait_for_function("(times) => window.rung === times", arg=times, timeout=SLOW)


def test_an_alert_rings_once_is_taken_with_what_is_done_and_keeps_its_colour(served: Served, new_page: NewPage) -> None:
    amber, red, later = run(served, "1"), run(served, "2"), run(served, "3")
    page = new_page(viewport=(1280, 800), base_url=served.url)
    page.add_init_script(COUNT)
    sign_in(page, "r.okafor")
    chart(served, red, 1, sbp=184, dbp=104)
    take, sound = page.get_by_test_id("alert-acknowledge"), page.get_by_test_id("sound-switch")
    expect(take).to_have_count(1, timeout=SLOW)
    expect(card(page, "2").get_by_test_id("card-responder")).to_contain_text("Nobody")
    expect(sound).to_have_text("Sound is off: tap to switch on")
    rung(page, 0)

    sound.click()

    expect(sound).to_have_text("Sound on")
    rung(page, 1)

    for nausea in (5, 6):  # amber, and amber again
        chart(served, amber, 0.1, nausea=nausea)
        expect(card(page, "1").get_by_test_id("card-nausea")).to_have_text(f"{nausea}", timeout=SLOW)
    chart(served, red, 0.1, sbp=186, dbp=104)  # the same alert goes on
    expect(card(page, "2").get_by_test_id("card-sbp")).to_have_text("186", timeout=SLOW)
    expect(page.locator(".strip__line .mark--recheck").filter(has_text="2")).to_be_visible()
    rung(page, 1)

    take.click()
    sheet = page.get_by_test_id("alert-sheet")
    expect(sheet).to_contain_text("Chair 2: ")
    expect(sheet).to_contain_text("SBP 184, limit 180")
    sheet.get_by_role("button", name="Save comment").click()
    expect(sheet).to_contain_text("Tap what is done, or write a comment.")
    sheet.get_by_role("button", name="Rechecking").click()

    expect(sheet).to_be_hidden(timeout=SLOW)
    expect(take).to_have_count(0, timeout=SLOW)
    expect(card(page, "2").get_by_test_id("card-responder")).to_contain_text("R. Okafor, ")
    expect(card(page, "2")).to_have_attribute("data-state", "critical")
    stored = served.sign_in("m.silva").session(red)["alerts"]
    assert {(one["acknowledged_by"], one["action"]) for one in stored} == {("r.okafor", "Rechecking")}

    chart(served, later, 0.1, sbp=190)

    rung(page, 2)  # another alert is heard again


def test_a_sound_that_the_browser_blocks_is_said_and_offered_and_then_rings(served: Served, new_page: NewPage) -> None:
    chart(served, run(served, "2"), 1, sbp=184)
    page = new_page(viewport=(1280, 800), base_url=served.url)
    page.add_init_script(COUNT + BLOCKED + "localStorage.setItem('chairside-sound', 'on');")
    who = {"username": "a.lindqvist", "password": PASSWORD}
    assert page.request.post("/api/v1/sign-in", data=who).ok  # not a tap in this browser has been made
    page.goto("/")
    sound = page.get_by_test_id("sound-switch")

    expect(page.get_by_test_id("alert-acknowledge")).to_have_count(1, timeout=SLOW)
    expect(sound).to_have_text("Sound is off: tap to switch on")
    rung(page, 0)
    sound.click()

    expect(sound).to_have_text("Sound on")
    rung(page, 1)


def test_the_alert_that_was_tapped_is_answered_and_no_other(served: Served, new_page: NewPage) -> None:
    first, second = run(served, "1"), run(served, "2")
    page = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "r.okafor")
    chart(served, second, 1, sbp=184)
    take = page.get_by_test_id("alert-acknowledge")
    expect(take).to_have_count(1, timeout=SLOW)
    take.click()
    chart(served, first, 0.1, sbp=186)  # stands before it in the room from now on
    expect(take).to_have_count(2, timeout=SLOW)

    page.get_by_test_id("alert-comment").fill("Sitting with her")
    page.get_by_test_id("alert-comment").press("Enter")

    expect(take).to_have_count(1, timeout=SLOW)
    nurse = served.sign_in("m.silva")
    assert {one["comment"] for one in nurse.session(second)["alerts"]} == {"Sitting with her"}
    assert {one["acknowledged_by"] for one in nurse.session(first)["alerts"]} == {None}


def test_worst_first_is_a_choice_that_the_screen_keeps(served: Served, new_page: NewPage) -> None:
    run(served, "1")
    chart(served, run(served, "2"), 1, sbp=184)
    page = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "a.lindqvist")
    order = page.locator('[data-testid="chair-card"]')
    expect(order).to_have_count(3)
    names = "(cards) => cards.map((card) => card.dataset.chair)"
    assert order.evaluate_all(names) == ["1", "2", "3"]

    page.get_by_test_id("board-order").click()

    expect(page.get_by_test_id("board-order")).to_have_text("Worst first")
    assert order.evaluate_all(names) == ["2", "1", "3"]
    page.reload()
    expect(order.first).to_have_attribute("data-chair", "2", timeout=SLOW)


@pytest.mark.parametrize(("path", "count"), [("/?wall", 1), ("/chair/1", 0)])
def test_only_a_board_has_sound_and_a_wall_answers_nothing(
    served: Served, new_page: NewPage, path: str, count: int
) -> None:
    chart(served, run(served, "2"), 1, sbp=184)
    page = sign_in(new_page(viewport=(1920, 1080), base_url=served.url), "r.okafor")

    page.goto(path)

    expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=SLOW)
    expect(page.get_by_test_id("sound-switch")).to_have_count(count)
    expect(page.get_by_test_id("alert-acknowledge")).to_have_count(0)


def test_marks_that_would_cover_each_other_stand_apart_within_the_line(chromium: Browser) -> None:
    page = chromium.new_page()
    page.add_script_tag(path=ASSETS / "strip.js")
    spread = "([places, widths, line]) => chairside.strip.spread(places, widths, line)"

    assert page.evaluate(spread, [[0, 100, 300], [30, 30, 30], 400]) == [15, 100, 300]
    assert page.evaluate(spread, [[0, 4, 100], [30, 30, 30], 400]) == [15, 48, 100]
    assert page.evaluate(spread, [[390, 398], [30, 30], 400]) == [352, 385]
    page.close()
