"""axe-core finds nothing on any page; every size meets every theme, spread over the pages to spare page loads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from callbacks.pages import PAGES
from tests.browser import ten_states
from tests.browser.conftest import TABLET
from tests.browser.test_journey import NewPage, at, field, seated, sign_in
from tests.browser.test_lock_and_switch import SOON_IDLE, sign_in_with_pin
from tests.served import Served, serving

AXE: Final = (Path(__file__).parents[1] / "vendor" / "axe" / "axe.min.js").read_text("utf-8")
DESK: Final = (1280, 800)
WALL: Final = (1920, 1080)
SIZES: Final = (TABLET, DESK, WALL)
THEMES: Final = ("dim", "light")
RUN: Final = "() => axe.run(document, {resultTypes: ['violations']})"
SESSION: Final = "{session}"
PATIENT: Final = "{patient}"

Look = tuple[tuple[int, int], str]
LOOKS: Final[tuple[Look, ...]] = tuple(product(SIZES, THEMES))
OPENED: Final = (
    ("wall", "/?wall", (WALL, "dim")),
    ("a.lindqvist", "/", (TABLET, "light")),
    ("m.silva", "/chair/3", (TABLET, "dim")),
    ("a.lindqvist", "/chair/8", (DESK, "light")),
    ("a.lindqvist", "/review", (DESK, "dim")),
    ("a.lindqvist", f"/session/{SESSION}", (WALL, "light")),
    ("m.silva", "/paper", (DESK, "light")),
    ("m.silva", f"/back-entry/{SESSION}", (DESK, "dim")),
    ("admin", "/settings", (TABLET, "dim")),
    ("admin", "/settings/protocols", (TABLET, "light")),
    ("admin", "/settings/people", (DESK, "light")),
    ("m.silva", "/account", (TABLET, "dim")),
    ("a.lindqvist", "/emergency", (TABLET, "light")),
    ("v.marsh", "/trail", (DESK, "dim")),
    ("v.marsh", f"/patient/{PATIENT}", (WALL, "dim")),
)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve twelve chairs in ten states."""
    folder = tmp_path_factory.mktemp("ward")
    with serving(f"sqlite:///{folder / 'ward.db'}", folder, ten_states.CHAIRS) as found:
        ten_states.tell(found)
        yield found


def opened(new_page: NewPage, ward: Served, name: str, path: str, look: Look) -> Page:
    """Open a page in a size and a theme, and wait until it is drawn."""
    size, theme = look
    page = new_page(viewport=size, base_url=ward.url)
    page.add_init_script(f"localStorage.setItem('chairside-theme', '{theme}')")
    sign_in(page, name, path)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    expect(page.locator("main")).to_be_visible()
    return page


def faults(page: Page) -> list[str]:
    """Return what axe-core finds, in a line each."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(RUN)["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("name", "path", "look"), OPENED, ids=[path for _, path, _ in OPENED])
def test_axe_finds_nothing_on_a_page(new_page: NewPage, ward: Served, name: str, path: str, look: Look) -> None:
    one = ward.sign_in("m.silva").get("/api/v1/sessions").json()["items"][0]
    there = path.replace(SESSION, one["id"]).replace(PATIENT, one["patient"]["id"])
    page = opened(new_page, ward, name, there, look)

    assert faults(page) == []


def test_axe_finds_nothing_on_the_sign_in_page(new_page: NewPage, ward: Served) -> None:
    page = new_page(viewport=TABLET, base_url=ward.url)
    page.goto("/sign-in")

    assert faults(page) == []


def test_axe_finds_nothing_on_the_sheets_of_a_chair(new_page: NewPage, ward: Served) -> None:
    page = opened(new_page, ward, "m.silva", "/chair/2", (TABLET, "dim"))
    found = {}
    for button, sign in (("event-open", "event-save"), ("more-open", "more-handover")):
        at(page, button).click()
        expect(at(page, sign)).to_be_visible()
        found[button] = faults(page)
        page.keyboard.press("Escape")
    field(page, "reading-sbp").fill("250")
    field(page, "reading-dbp").fill("120")
    at(page, "reading-save").click()
    expect(at(page, "confirm-unusual")).to_be_visible()
    found["an unusual value"] = faults(page)

    assert found == {"event-open": [], "more-open": [], "an unusual value": []}


def test_axe_finds_nothing_on_the_lock_and_where_somebody_else_takes_the_tablet(
    new_page: NewPage, served: Served
) -> None:
    seated(served)
    page = new_page(base_url=served.url)
    page.add_init_script(SOON_IDLE)
    sign_in_with_pin(page, "m.silva", "/chair/1")
    at(page, "switch-open").click()
    expect(at(page, "pin-1")).to_be_visible()
    switching = faults(page)
    page.keyboard.press("Escape")
    expect(at(page, "lock")).to_be_visible()

    assert (switching, faults(page)) == ([], [])


def test_axe_finds_nothing_on_a_board_that_is_not_live(new_page: NewPage, served: Served) -> None:
    page = opened(new_page, served, "a.lindqvist", "/", (DESK, "dim"))
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    served.stop()
    expect(at(page, "stale-banner")).to_be_visible()

    assert faults(page) == []


def test_axe_sees_a_fault_where_there_is_one(new_page: NewPage, ward: Served) -> None:
    page = opened(new_page, ward, "m.silva", "/paper", (DESK, "light"))
    page.evaluate("document.querySelector('h1').style.color = '#eef'")
    page.evaluate("document.querySelector('input').removeAttribute('aria-label')")

    assert any(one.startswith("color-contrast") for one in faults(page))


def test_every_page_is_looked_at_and_every_size_meets_every_theme() -> None:
    seen = [path for _, path, _ in OPENED]

    assert [
        page.path for page in PAGES if not any(page.match(path.replace(SESSION, "1")) is not None for path in seen)
    ] == []
    assert {look for _, _, look in OPENED} == set(LOOKS)
