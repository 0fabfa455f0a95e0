"""The scripts of a live page in a real browser, against a small server that speaks and falls silent as told."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from dash import Dash
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect
from playwright.sync_api import Browser, Page, Route, expect

from callbacks.live import board_changes
from dashboard.live import CLOSE_CROWDED
from layouts import words
from layouts.board import board_page
from layouts.shell import shell
from layouts.theme import TOKENS
from models.clinic import ChairNow
from models.entries import Infusion
from models.moments import MIN
from models.people import Person, Role
from models.session import Chair
from tests.sample_sessions import Sheet, core

ASSETS = Path(__file__).parents[2] / "assets"
QUICK = "window.chairsideLive = {silence: 2500, check: 100, first: 100, longest: 300};"
expect.set_options(timeout=20_000)  # a machine that runs everything at once is slow
NewPage = Callable[..., Page]
Element = Callable[[dict[str, Any]], tuple[str, int]]


def seated(name: str, sbp: int, session: str = "one") -> ChairNow:
    """Return a chair with a set of two minutes ago."""
    start = datetime.now(UTC) - timedelta(minutes=12)
    sheet = Sheet(f"{session} {name}", start=start, chair=name)
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(10, core(sbp, 78, 72, 2, 0))
    view = sheet.view(12)
    return ChairNow(view.chair, view)


class Told:
    """A server that draws a board once and says on its sockets what the test tells it."""

    def __init__(self) -> None:
        self.sockets: set[WebSocket] = set()
        self.begin()
        self.server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self.server.websocket("/live")(self.live)
        self.server.get("/api/v1/me")(self.me)
        self._draw()
        self.port = _free_port()
        config = uvicorn.Config(self.server, port=self.port, log_level="critical", ws_ping_interval=None)
        self.uvicorn = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        while not self.uvicorn.started:
            time.sleep(0.02)

    def begin(self) -> None:
        """Be as at the start of every test."""
        self.chairs = [seated("1", 126), seated("2", 184), ChairNow(Chair("c", "3"), None)]
        self.first = [message(chair, 5) for chair in self.chairs]
        self.speaks, self.refuses, self.opened = True, False, 0
        self.is_crowded = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _draw(self) -> None:
        app = Dash(
            server=self.server,  # type: ignore[arg-type]  # Dash's hints know its Flask backend only
            assets_folder=str(ASSETS),
            assets_path_ignore=["vendor"],
            external_scripts=["/assets/vendor/plotly-address.js"],
        )
        somebody = Person("1", "m.silva", Role.NURSE, "main")
        app.layout = lambda: shell(somebody, board_page(self.chairs, datetime.now(UTC), UTC, wall=False), "Board")

    def _run(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.uvicorn.serve())
        self.loop.close()

    async def me(self) -> Response:
        return Response(status_code=401 if self.refuses else 200)

    async def live(self, ws: WebSocket) -> None:
        if self.refuses:
            await ws.close()
            return
        await ws.accept()
        if self.is_crowded:
            await ws.close(CLOSE_CROWDED)
            return
        self.opened += 1
        self.sockets.add(ws)
        try:
            greeted = False
            while True:
                if self.speaks:  # silent is silent, also to whoever comes back
                    for message in () if greeted else self.first:
                        await ws.send_text(json.dumps(message))
                    greeted = True
                    await ws.send_text(json.dumps({"now": datetime.now(UTC).isoformat()}))
                await asyncio.sleep(0.2)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets.discard(ws)

    def say(self, message: dict[str, Any]) -> None:
        for ws in list(self.sockets):
            asyncio.run_coroutine_threadsafe(ws.send_text(json.dumps(message)), self.loop).result(5)

    def hang_up(self) -> None:
        for ws in list(self.sockets):
            asyncio.run_coroutine_threadsafe(ws.close(), self.loop).result(5)

    def stop(self) -> None:
        self.uvicorn.should_exit = self.uvicorn.force_exit = True
        self.thread.join(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def message(chair: ChairNow, v: int, tick: int = 0, session: str | None = "one") -> dict[str, Any]:
    return {"chair": chair.chair.name, "session": session, "v": v, "tick": tick, **board_changes(chair, UTC)}


@pytest.fixture(scope="module")
def server() -> Iterator[Told]:
    told = Told()
    yield told
    told.stop()


@pytest.fixture
def told(server: Told) -> Told:
    server.begin()
    return server


@pytest.fixture
def board(told: Told, new_page: NewPage) -> Page:
    """Open the board and wait until it is drawn and live."""
    return opened(told, new_page)


def opened(told: Told, new_page: NewPage, scheme: Any = "dark") -> Page:  # noqa: ANN401  # a literal of Playwright's
    page = new_page(viewport=(1280, 800), base_url=told.url)
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(QUICK)
    page.goto("/")
    expect(page.get_by_test_id("chair-card")).to_have_count(3)
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    return page


def sbp(page: Page, chair: str) -> Any:  # noqa: ANN401  # a locator
    return page.locator(f'[data-chair="{chair}"]').get_by_test_id("card-sbp")


def test_a_change_is_shown_and_an_older_one_that_comes_late_is_not(told: Told, board: Page) -> None:
    told.say(message(seated("1", 133), 7))
    expect(sbp(board, "1")).to_have_text("133")

    told.say(message(seated("1", 129), 6))  # overtaken on its way
    told.say(message(seated("2", 150), 6))

    expect(sbp(board, "2")).to_have_text("150")
    expect(sbp(board, "1")).to_have_text("133")


def test_a_new_session_starts_afresh_and_the_tick_decides_within_a_version(told: Told, board: Page) -> None:
    told.say(message(seated("1", 133), 9, tick=4))
    told.say(message(seated("1", 99), 9, tick=3))
    told.say(message(seated("2", 141), 1, session="two"))

    expect(sbp(board, "2")).to_have_text("141")
    expect(sbp(board, "1")).to_have_text("133")


def test_the_trend_is_drawn_after_the_text(board: Page) -> None:
    drawn = board.locator('[data-chair="1"] [data-testid="card-trend"] svg .trace')

    expect(drawn.first).to_be_attached(timeout=15_000)


def test_a_server_that_falls_silent_leaves_a_screen_that_says_so_and_comes_back(told: Told, board: Page) -> None:
    card = board.locator('[data-chair="2"]')
    expect(card.get_by_test_id("card-why")).to_have_text("SBP 184, limit 180, 2 min ago")

    told.speaks = False

    banner = board.get_by_test_id("stale-banner")
    expect(banner).to_contain_text("Not live")
    expect(banner).to_contain_text("look at each chair")
    expect(board.locator('[data-testid="chair-card"][data-state="stale"]')).to_have_count(3)
    expect(card.get_by_test_id("card-why")).to_have_text(
        f"SBP 184, limit 180, at {told.chairs[1].view.flags[0].measured_at:%H:%M}"  # type: ignore[union-attr]  # it is seated
    )
    expect(card.locator(".badge")).to_have_text("▲▲ Was critical")
    expect(card.get_by_test_id("card-due")).to_contain_text("last known")
    expect(board.locator(".counts")).to_be_hidden()
    expect(board.get_by_test_id("clock")).to_be_visible()

    told.speaks = True

    expect(banner).to_have_count(0)
    expect(card).to_have_attribute("data-state", "critical")
    expect(board.locator('[data-chair="3"]')).to_have_attribute("data-state", "free")
    expect(card.get_by_test_id("card-why")).to_contain_text("min ago")


def test_a_broken_connection_is_mended_and_what_was_missed_is_shown(told: Told, board: Page) -> None:
    before = told.opened
    told.first = [message(seated("1", 147), 3), *told.first[1:]]  # a lower version: what the server has now counts

    told.hang_up()

    expect(sbp(board, "1")).to_have_text("147")
    assert told.opened > before
    expect(board.get_by_test_id("stale-banner")).to_have_count(0)


def test_a_page_that_finds_no_place_says_so_in_words(told: Told, board: Page) -> None:
    told.is_crowded = True
    told.hang_up()

    banner = board.get_by_test_id("stale-banner")
    expect(banner).to_contain_text(words.CROWDED)
    expect(board.locator('[data-testid="chair-card"][data-state="stale"]')).to_have_count(3)

    told.is_crowded = False

    expect(banner).to_have_count(0)
    expect(board.locator("html")).to_have_attribute("data-live", "live")


def test_a_page_whose_session_has_ended_says_so_at_once_and_not_after_a_silence(told: Told, new_page: NewPage) -> None:
    page = new_page(viewport=(1280, 800), base_url=told.url)
    page.add_init_script("window.chairsideLive = {silence: 600000, check: 100, first: 100, longest: 300};")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-live", "live")

    told.refuses = True
    told.hang_up()

    expect(page.get_by_test_id("stale-banner")).to_contain_text(words.SIGNED_OUT)
    expect(page.get_by_test_id("live-state")).to_contain_text(words.NOT_LIVE)
    told.refuses = False
    expect(page.get_by_test_id("stale-banner")).to_have_count(0)


def test_a_server_that_is_gone_is_noticed_and_found_again(told: Told, board: Page) -> None:
    told.refuses = True
    told.hang_up()

    banner = board.get_by_test_id("stale-banner")
    expect(banner.get_by_role("link")).to_have_text(words.SIGNED_OUT)

    told.refuses = False

    expect(banner).to_have_count(0)


def test_what_comes_before_the_page_is_drawn_is_not_lost(told: Told, new_page: NewPage) -> None:
    told.first = [message(seated("1", 139), 8), *told.first[1:]]
    page = new_page(base_url=told.url)

    def late(route: Route) -> None:
        deadline = time.monotonic() + 5
        while told.opened == 0 and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        page.wait_for_timeout(200)
        route.continue_()

    page.route("**/_dash-layout", late)
    page.goto("/")

    expect(sbp(page, "1")).to_have_text("139")


def test_a_chair_that_the_board_does_not_know_brings_the_board_anew(told: Told, board: Page) -> None:
    told.chairs.append(seated("4", 118))

    told.say(message(told.chairs[-1], 3))

    expect(sbp(board, "4")).to_have_text("118")


def test_the_header_counts_the_cards_and_leaves_out_what_is_nought(told: Told, board: Page) -> None:
    counts = board.locator(".count:visible")
    expect(counts).to_have_text(["▲▲1critical"])  # beside an alert that nobody has taken the quiet ones give way

    told.say(message(seated("2", 126), 9))

    expect(counts).to_have_text(["2in range", "1free"])


def test_figures_follow_the_theme_and_the_choice_is_kept(told: Told, new_page: NewPage) -> None:
    page = opened(told, new_page, scheme="light")
    plot = '(document.querySelector("#card-trend--1.js-plotly-plot") || { data: [] })'
    inks = f"{plot}.data.flatMap((trace) => trace.line ? [trace.line.color] : [])"
    page.wait_for_function(f'{inks}.includes("{TOKENS["hr"].light}")')

    page.get_by_test_id("theme-toggle").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dim")
    page.wait_for_function(f'{inks}.includes("{TOKENS["hr"].dim}")')
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dim")


@pytest.fixture(scope="module")
def scripts(chromium: Browser, server: Told) -> Iterator[Page]:
    """Open an empty page of the server's with the scripts alone, for what is pure in them."""
    page = chromium.new_page(base_url=server.url)
    page.goto("/assets/tokens.css")
    for name in ("figure_colours.js", "clock.js", "plain.js", "theme.js", "board.js", "live.js"):
        page.add_script_tag(path=ASSETS / name)
    yield page
    page.close()


@pytest.mark.parametrize(
    ("pathname", "address"),
    [
        ("/", "ws://host/live?page=board"),
        ("/chair/2", "ws://host/live?page=chair&chair=2"),
        ("/chair/Bay%202", "ws://host/live?page=chair&chair=Bay%202"),
        ("/review", None),
        ("/session/abc", None),
    ],
)
def test_a_page_knows_where_it_listens(scripts: Page, pathname: str, address: str | None) -> None:
    where = {"protocol": "http:", "host": "host", "pathname": pathname}

    assert scripts.evaluate("(where) => chairside.live.address(where)", where) == address


def test_waits_grow_to_their_longest_and_differ_by_chance(scripts: Page) -> None:
    waits = scripts.evaluate("[0, 1, 2, 20].map((attempt) => chairside.live.wait(attempt, 1))")
    lucky = scripts.evaluate("chairside.live.wait(20, 0)")

    assert waits == [500, 850, pytest.approx(1445), 5000]
    assert lucky == 3500


@pytest.fixture
def element(scripts: Page) -> Element:
    """Return what setting properties makes of an element, and how often it was touched for that."""
    return lambda properties: tuple(scripts.evaluate(SET, properties))


SET = """(props) => {
    const place = document.createElement("div");
    place.innerHTML = '<p class="a" data-at="1" hidden><b>184</b> text</p>';
    const watch = new MutationObserver(() => {});
    watch.observe(place, { subtree: true, childList: true, attributes: true, characterData: true });
    chairside.plain.set(place.firstChild, props);
    const touched = watch.takeRecords().length;
    return [place.innerHTML, touched];
}"""


@pytest.mark.parametrize(
    "properties",
    [
        {"className": "a", "data-at": "1", "hidden": True},
        {"data-at": 1, "data-was": None, "title": False},
        {"children": "184 text"},
        {"markup": "<b>184</b> text"},
    ],
)
def test_what_is_there_already_is_not_touched(element: Element, properties: dict[str, Any]) -> None:
    assert element(properties) == ('<p class="a" data-at="1" hidden=""><b>184</b> text</p>', 0)


def test_what_is_set_is_what_would_have_been_drawn(element: Element) -> None:
    text, _ = element({"className": "b", "data-at": None, "hidden": False, "aria-hidden": True, "children": "<i>"})
    markup, _ = element({"markup": "<i>now</i>"})

    assert text == '<p class="b" aria-hidden="">&lt;i&gt;</p>'
    assert markup == '<p class="a" data-at="1" hidden=""><i>now</i></p>'


@pytest.mark.parametrize("seconds", [-5, 0, 59, 60, 61, 119, 120, 3599, 3600])
def test_the_browser_words_ages_as_the_server_does(scripts: Page, seconds: int) -> None:
    at = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
    now = at + timedelta(seconds=seconds)
    data = {"tick": "say", "at": at.isoformat(), "say": "Late {min}, {age}"}

    text = scripts.evaluate("([data, now]) => chairside.clock.text(data, Date.parse(now))", [data, now.isoformat()])

    assert text == words.said_at("Late {min}, {age}", at, now)


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (-8.5, ["9", "min", "14:40"]),
        (-8, ["8", "min", "14:40"]),
        (-0.1, ["1", "min", "14:40"]),
        (0, ["due", "", "now, 14:40"]),
        (1, ["due", "", "since 14:40"]),
        (2, ["due", "", "since 14:40"]),
        (2.02, ["2", "min", "late"]),
        (11, ["11", "min", "late"]),
    ],
)
def test_a_check_counts_down_is_due_and_is_late(scripts: Page, late: float, said: list[str]) -> None:
    at = datetime(2026, 11, 22, 14, 40, tzinfo=UTC)
    now = (at + late * MIN).isoformat()
    kinds = [
        {"tick": f"due-{part}", "at": at.isoformat(), "say": "14:40", "grace": "2"}
        for part in ("number", "unit", "note")
    ]

    text = scripts.evaluate(
        "([kinds, now]) => kinds.map((data) => chairside.clock.text(data, Date.parse(now)))", [kinds, now]
    )

    assert text == said


def test_what_ticks_says_its_past_while_nothing_is_heard(scripts: Page) -> None:
    data = {"tick": "say", "at": "2026-11-22T14:00:00Z", "say": "In range, {age}", "was": "Was in range at 14:00"}
    stale = "([data, now]) => chairside.clock.text(data, Date.parse(now), true)"

    assert scripts.evaluate(stale, [data, "2026-11-22T14:05:00Z"]) == "Was in range at 14:00"
    assert scripts.evaluate(stale, [{"tick": "age", "at": data["at"]}, "2026-11-22T14:05:00Z"]) == "14:00"


def test_a_translucent_token_keeps_its_alpha_and_a_strange_colour_stays(scripts: Page) -> None:
    light = "(text) => chairside.theme.colour(text, window.chairsideFigureColours)"

    assert scripts.evaluate(light, TOKENS["text"].dim.upper()) == TOKENS["text"].light
    assert scripts.evaluate(light, "rgba(242, 181, 76, 0.5)") == "rgba(135, 86, 0, 0.5)"
    assert scripts.evaluate(light, "rgba(242, 181, 76, 0.1)") == "rgba(245, 184, 61, 0.2)"
    assert scripts.evaluate(light, "#abcdef") == "#abcdef"
