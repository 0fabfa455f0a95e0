"""What hands need, measured: targets, touches, keys, focus that is seen, narrow and enlarged pages, no motion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser import ten_states
from tests.browser.conftest import TABLET
from tests.browser.test_journey import NewPage, at, field, open_chair, seated, sign_in
from tests.served import Served, serving

TARGET_PX: Final = 48
NARROW: Final = (320, 640)
MOST_TOUCHES: Final = 12
EFFECT_TOUCHES: Final = 5
CONTROLS: Final = "button, a[href], input, textarea, select, summary, [role=button]"
SMALL: Final = """controls => controls.filter((one) => one.checkVisibility({visibilityProperty: true})
    && !one.closest('.skip, .visually-hidden, .js-plotly-plot'))
  .map((one) => {
    const box = (one.closest('.vital--number') || one).getBoundingClientRect();
    const over = getComputedStyle(one, '::after');
    const [width, height] = over.position === 'absolute' && over.content !== 'none'
      ? [parseFloat(over.width), parseFloat(over.height)] : [0, 0];
    return [one.textContent.trim() || one.dataset.testid || one.placeholder || one.className,
      Math.max(box.width, width), Math.max(box.height, height)];
  })
  .filter(([, width, height]) => Math.min(width, height) < 47.5)"""
"""Controls that are smaller than a gloved finger; a control may be larger than its words by what lies over it, and the
box around a number is its field's."""
COUNT: Final = """() => {
  window.touches = 0;
  document.addEventListener('pointerdown', () => { window.touches += 1; }, true);
  document.addEventListener('keydown', (event) => { window.touches += event.key.length === 1 ? 1 : 0; }, true);
}"""
FOCUSED: Final = """() => {
  const one = document.activeElement;
  const holder = one.closest('.pill, [data-vital], .field') || one;
  const drawn = [one, holder].some((box) => {
    const style = getComputedStyle(box);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  });
  const box = one.getBoundingClientRect();
  const shown = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return [one.dataset.testid || one.textContent.trim() || one.tagName, drawn, shown];
}"""
HAS_FOCUS: Final = "id => document.activeElement.closest(`[data-testid='${id}']`) !== null"
WIDER: Final = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve twelve chairs in ten states."""
    folder = tmp_path_factory.mktemp("ward")
    with serving(f"sqlite:///{folder / 'ward.db'}", folder, ten_states.CHAIRS) as found:
        ten_states.tell(found)
        yield found


def small(page: Page) -> list[Any]:
    found: list[Any] = page.locator(CONTROLS).evaluate_all(SMALL)
    return found


@pytest.mark.parametrize("path", ["/chair/3", "/chair/8", "/chair/7", "/"])
def test_every_control_is_large_enough_for_a_gloved_finger(new_page: NewPage, ward: Served, path: str) -> None:
    page = sign_in(new_page(base_url=ward.url), "m.silva", path)
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    page.locator("main").wait_for()

    assert len(page.locator(CONTROLS).all()) > 20
    assert small(page) == []


@pytest.mark.parametrize("button", ["event-open", "more-open", "infusion-rate"])
def test_every_control_of_a_sheet_is_large_enough(new_page: NewPage, ward: Served, button: str) -> None:
    page = sign_in(new_page(base_url=ward.url), "a.lindqvist", "/chair/3")
    expect(page.locator("html")).to_have_attribute("data-live", "live")

    at(page, button).click()

    assert small(page) == []


def test_a_tap_anywhere_in_the_box_of_a_number_is_a_tap_on_its_field(new_page: NewPage, ward: Served) -> None:
    page = sign_in(new_page(base_url=ward.url), "m.silva", "/chair/3")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    box = page.locator('[data-vital="hr"]').bounding_box()
    assert box is not None

    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)

    expect(field(page, "reading-hr")).to_be_focused()


def test_a_quiet_chair_shows_the_whole_form_of_a_set_at_once(new_page: NewPage, ward: Served) -> None:
    page = sign_in(new_page(base_url=ward.url), "m.silva", "/chair/1")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    scale, bar = page.locator('[data-vital="nausea"]').bounding_box(), page.locator(".bottom").bounding_box()

    assert scale is not None
    assert bar is not None
    assert scale["y"] + scale["height"] <= bar["y"]


def touches(page: Page) -> int:
    found: int = page.evaluate("window.touches")
    return found


def test_a_full_set_with_scores_takes_at_most_twelve_touches(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    page.evaluate(COUNT)

    field(page, "reading-sbp").click()
    page.keyboard.type("1287476")
    at(page, "dissociation-3").click()
    at(page, "nausea-0").click()
    at(page, "reading-save").click()

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    latest = served.sign_in("m.silva").session(session)["latest"]
    found = {vital: latest[vital]["value"] for vital in ("sbp", "dbp", "hr", "dissociation", "nausea")}
    assert found == {"sbp": 128, "dbp": 74, "hr": 76, "dissociation": 3, "nausea": 0}
    assert touches(page) <= MOST_TOUCHES


@pytest.mark.parametrize("typed", ["1287476", "1429896", "18410488"])
def test_pressures_and_rate_take_their_digits_and_four_touches(new_page: NewPage, served: Served, typed: str) -> None:
    seated(served)
    page = open_chair(new_page, served)
    page.evaluate(COUNT)

    field(page, "reading-sbp").click()
    page.keyboard.type(typed)
    at(page, "reading-save").click()

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    assert touches(page) <= len(typed) + 4


def test_a_common_effect_takes_at_most_five_touches(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    page.evaluate(COUNT)

    at(page, "event-open").click()
    page.locator("dialog [data-value='Nausea']").click()
    at(page, "event-grade-1").click()
    at(page, "event-save").click()

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    (event,) = served.sign_in("m.silva").session(session)["events"]
    assert (event["term"], event["grade"]) == ("Nausea", 1)
    assert touches(page) <= EFFECT_TOUCHES


def tab_to(page: Page, testid: str) -> None:
    """Go on by Tab until a control has the focus; every stop on the way has to show that it has it."""
    for _ in range(150):
        page.keyboard.press("Tab")
        name, drawn, shown = page.evaluate(FOCUSED)
        assert drawn, f"{name}: nothing shows the focus"
        assert shown, f"{name}: has the focus out of sight"
        if page.evaluate(HAS_FOCUS, testid):
            return
    pytest.fail(f"{testid} is not reached by Tab")


def test_a_set_is_charted_without_a_pointer(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)

    tab_to(page, "reading-sbp")
    page.keyboard.type("1429896")
    tab_to(page, "dissociation-3")
    page.keyboard.press("Space")
    tab_to(page, "nausea-1")
    page.keyboard.press("Space")
    tab_to(page, "reading-save")
    page.keyboard.press("Enter")

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    latest = served.sign_in("m.silva").session(session)["latest"]
    assert {vital: latest[vital]["value"] for vital in ("sbp", "hr", "dissociation", "nausea")} == {
        "sbp": 142,
        "hr": 96,
        "dissociation": 3,
        "nausea": 1,
    }


def test_an_effect_is_noted_without_a_pointer(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)

    tab_to(page, "event-open")
    page.keyboard.press("Enter")
    tab_to(page, "event-term")
    page.keyboard.type("Dizziness")
    tab_to(page, "event-save")
    page.keyboard.press("Enter")

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    assert [one["term"] for one in served.sign_in("m.silva").session(session)["events"]] == ["Dizziness"]


PLACES: Final = (
    ("m.silva", "/chair/3"),
    ("m.silva", "/chair/8"),
    ("a.lindqvist", "/"),
    ("a.lindqvist", "/review"),
    ("a.lindqvist", "/session/{session}"),
    ("m.silva", "/paper"),
    ("m.silva", "/back-entry/{session}"),
    ("admin", "/settings"),
    ("admin", "/settings/protocols"),
    ("admin", "/settings/people"),
    ("m.silva", "/account"),
    ("v.marsh", "/trail"),
    ("a.lindqvist", "/emergency"),
)


@pytest.mark.parametrize(("name", "path"), PLACES, ids=[path for _, path in PLACES])
def test_a_page_is_no_wider_than_a_narrow_screen(new_page: NewPage, ward: Served, name: str, path: str) -> None:
    session = ward.sign_in("m.silva").get("/api/v1/sessions").json()["items"][0]["id"]
    page = sign_in(new_page(viewport=NARROW, base_url=ward.url), name, path.replace("{session}", session))
    page.locator("main").wait_for()
    narrow = page.evaluate(WIDER)

    width, height = TABLET
    page.set_viewport_size({"width": width // 2, "height": height // 2})  # what a page enlarged to 200 % has to do with

    assert (narrow, page.evaluate(WIDER)) == (0, 0)


def test_nothing_moves_for_somebody_who_asked_for_no_motion(new_page: NewPage, ward: Served) -> None:
    page = new_page(base_url=ward.url)
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, "m.silva", "/chair/3")
    expect(page.locator("html")).to_have_attribute("data-live", "live")

    at(page, "event-open").click()

    assert page.evaluate("document.getAnimations().length") == 0
    moving = page.locator("*").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).animationName !== 'none').map((one) => one.className)"
    )
    assert moving == []
