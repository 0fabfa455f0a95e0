"""A tablet without its network: what was charted arrives once, in order, under the right name, whatever happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from models.moments import utc_now
from tests.browser.tablets import Tablet, ready, tablet, tap, waiting
from tests.browser.test_journey import NewPage, at, field, seated, sign_in
from tests.flapping import flapping
from tests.holding import holding
from tests.served import Served

GOLDEN = Path(__file__).parent / "golden"
Json = dict[str, Any]
SCORES = 5
"""Scores from 0 to 4: a larger step would be asked about."""


@pytest.fixture
def mine(chromium: Browser, served: Served, tmp_path: Path) -> Iterator[Tablet]:
    """Give a tablet that stands in the clinic."""
    with tablet(chromium.browser_type, tmp_path / "profile", served.url) as found:
        yield found


def readings(served: Served, session: str) -> list[Json]:
    """Return what another client reads back: readings of a nausea score, in the order in which they were stored."""
    reader = served.sign_in("a.lindqvist")
    items = reader.good(reader.get(f"/api/v1/sessions/{session}/entries"))["items"]
    return [one for one in items if one["kind"] == "reading" and set(one["values"]) == {"nausea"}]


def kept_of(page: Page) -> list[str]:
    """Return of whom pages are kept."""
    names: list[str] = page.evaluate("() => caches.keys()")
    return [name for name in names if name.startswith("chairside-of:")]


def sign_out(page: Page) -> None:
    page.locator("details.menu summary").click()
    at(page, "sign-out").click()
    page.wait_for_url("**/sign-in")


def all_saved(page: Page) -> None:
    expect(at(page, "pending-count")).to_contain_text("0 waiting, all saved")


def test_twenty_minutes_without_a_network_and_a_killed_browser_lose_nothing(mine: Tablet, served: Served) -> None:
    session = seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    nurse = served.sign_in("m.silva")
    nurse.good(nurse.chart(session, "reading", 1, values={"hr": 96}))
    expect(page.locator('[data-vital="hr"]')).to_contain_text("was 96")
    page.wait_for_timeout(1000)  # the worker notes what was pushed half a second later
    served.stop()

    started = utc_now().replace(second=0, microsecond=0) - timedelta(minutes=20)
    charted = [(started + timedelta(minutes=n), n % SCORES) for n in range(15)]
    page.reload()
    assert page.locator("html").get_attribute("data-live") == "stale"
    for number, (moment, nausea) in enumerate(charted):
        if number == 8:
            mine.kill()
            page = mine.open("/chair/1")
        field(page, "measured-clock").fill(f"{moment:%H:%M}")
        assert "not yet sent" in tap(page, nausea)
        expect(at(page, "pending-count")).to_contain_text(f"{number + 1} on this tablet, not yet sent")

    expect(at(page, "stale-banner")).to_contain_text("Not connected")
    expect(page.get_by_text("Priya Nair").first).to_be_visible()
    expect(page.locator('[data-vital="hr"]')).to_contain_text("was 96")
    expect(page.locator(".due__at")).to_contain_text("last known")
    served.restart()
    sign_in(page, "m.silva", "/chair/1")  # a killed Chromium forgets cookies of the last half minute

    all_saved(page)
    found = readings(served, session)
    assert [(datetime.fromisoformat(one["measured_at"]), one["values"]["nausea"]) for one in found] == charted
    assert {one["author"] for one in found} == {"m.silva"}
    assert waiting(page) == []


def test_another_nurse_sees_that_entries_wait_and_neither_sends_nor_reads_them(mine: Tablet, served: Served) -> None:
    session = seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    served.stop()
    tap(page, 1)
    field(page, "reading-sbp").fill("131")
    page.wait_for_timeout(300)
    page.goto("about:blank")
    served.restart()

    sign_in(page, "r.okafor", "/chair/1")
    expect(at(page, "pending-count")).to_contain_text("1 on this tablet, not yet sent")
    expect(at(page, "pending-count")).to_contain_text("1 of m.silva")
    ready(page)
    assert kept_of(page) == ["chairside-of:r.okafor"]
    assert field(page, "reading-sbp").input_value() == ""
    tap(page, 2, "saved")
    assert [(one["author"], one["values"]["nausea"]) for one in readings(served, session)] == [("r.okafor", 2)]
    assert [one["by"] for one in waiting(page)] == ["m.silva"]

    sign_in(page, "m.silva", "/chair/1")
    all_saved(page)
    expect(field(page, "reading-sbp")).to_have_value("131")
    found = [(one["author"], one["values"]["nausea"]) for one in readings(served, session)]
    assert found == [("r.okafor", 2), ("m.silva", 1)]


def test_a_page_left_open_never_charts_as_whoever_signed_in_since(mine: Tablet, served: Served) -> None:
    session = seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    assert mine.context is not None
    other = mine.context.new_page()
    sign_in(other, "r.okafor", "/")

    said = tap(page, 3)

    assert "signed out" in said
    assert readings(served, session) == []
    expect(at(page, "pending-count")).to_contain_text("1 on this tablet, not yet sent")


@pytest.mark.parametrize("seed", [1, 2])
def test_half_answers_and_resets_store_each_reading_once_and_in_order(
    chromium: Browser, served: Served, tmp_path: Path, seed: int
) -> None:
    session = seated(served)
    with flapping(served.port, seed) as network, tablet(chromium.browser_type, tmp_path / "p", network.url) as mine:
        page = mine.sign_in("m.silva", "/chair/1")
        shown = 0
        for number in range(10):
            network.turn(bad=number % 5 != 4)
            at(page, f"nausea-{number % SCORES}").click()
            at(page, "reading-save").click()
            expect(at(page, "save-status")).to_be_visible()
            if at(page, "save-status").get_attribute("data-status") == "saved":
                shown += 1
                assert len(readings(served, session)) == number + 1
        network.turn(bad=False)
        all_saved(page)

        assert [one["values"]["nausea"] for one in readings(served, session)] == [n % SCORES for n in range(10)]
        assert shown > 0
        assert {"half", "lost", "refused"} & set(network.done)


@pytest.mark.parametrize("scrolled", [0, 120])
def test_nothing_in_the_form_moves_when_not_connected_appears_and_goes(
    mine: Tablet, served: Served, scrolled: int
) -> None:
    seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    page.evaluate("top => window.scrollTo(0, top)", scrolled)
    button = at(page, "dissociation-9")
    before = button.bounding_box()

    served.stop()
    expect(at(page, "stale-banner")).to_be_visible(timeout=30_000)
    during = button.bounding_box()
    expect(at(page, "stale-banner")).to_be_in_viewport(ratio=1)
    served.restart()
    expect(at(page, "stale-banner")).to_have_count(0, timeout=30_000)

    after = button.bounding_box()
    assert before is not None
    assert during is not None
    assert after is not None
    assert [during["y"], after["y"]] == pytest.approx([before["y"], before["y"]], abs=1)


class Portal(BaseHTTPRequestHandler):
    """The sign-in page of the Wi-Fi: answers everything, and never as we do."""

    def do_GET(self) -> None:
        """Answer a page, whatever was asked for."""
        body = b"<h1>Accept the terms</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # the server's own name for it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the server's own name for it
        """Say nothing."""


@contextmanager
def portal(port: int) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", port), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def test_the_sign_in_page_of_the_wifi_is_no_answer(mine: Tablet, served: Served) -> None:
    session = seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    served.stop()
    with portal(served.port):
        tap(page, 1)
        page.reload()
        expect(page.get_by_text("Priya Nair").first).to_be_visible()
        tap(page, 2)
        expect(at(page, "pending-count")).to_contain_text("2 on this tablet, not yet sent")
    served.restart()

    all_saved(page)
    assert [one["values"]["nausea"] for one in readings(served, session)] == [1, 2]


def test_nothing_kept_is_shown_after_signing_out_nor_beyond_the_session(mine: Tablet, served: Served) -> None:
    seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    served.stop()
    tap(page, 1)
    page.locator("details.menu summary").click()
    at(page, "sign-out").click()
    expect(at(page, "sign-out")).to_contain_text("1 not yet sent")
    page.goto("/chair/2")
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    expect(page.get_by_text("1 on this tablet, not yet sent.")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(243, 245, 247)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 15, 19)"
    page.goto("/chair/1")
    served.restart()
    all_saved(page)

    page.evaluate("""async () => {
        const cache = await caches.open("chairside-of:m.silva");
        const kept = await cache.match(location.pathname, {ignoreVary: true});
        const headers = new Headers(kept.headers);
        const most = Date.now() + 12 * 3600 * 1000;
        if (!(Number(headers.get("X-Chairside-Ends")) <= most)) throw new Error("kept for too long");
        headers.set("X-Chairside-Ends", `${Date.now() - 1}`);
        await cache.put(location.pathname, new Response(await kept.text(), {headers}));
    }""")
    served.stop()
    page.reload()
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    assert "Nair" not in page.content()

    served.restart()
    page.goto("/chair/1")
    ready(page)
    sign_out(page)
    served.stop()
    page.goto("/chair/1")
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    assert "Nair" not in page.content()


@pytest.mark.parametrize("after_head", [False, True])
def test_a_page_that_comes_after_signing_out_is_not_kept(
    chromium: Browser, served: Served, tmp_path: Path, *, after_head: bool
) -> None:
    seated(served)
    with (
        holding(served.port, after_head=after_head) as network,
        tablet(chromium.browser_type, tmp_path / "p", network.url) as mine,
    ):
        page = sign_in(mine.open("/sign-in"), "m.silva", "/chair/1")
        assert network.held.wait(10)
        sign_out(page)
        network.go.set()
        page.wait_for_timeout(1500)  # the worker takes up what has come

        assert kept_of(page) == []
        served.stop()
        page.goto("/chair/1")
        expect(page.get_by_role("link", name="Signed out: sign in")).to_be_visible()
        assert "Nair" not in page.content()


@pytest.mark.parametrize("after_head", [False, True])
def test_a_page_that_comes_after_somebody_else_signed_in_is_not_kept(
    chromium: Browser, served: Served, tmp_path: Path, *, after_head: bool
) -> None:
    seated(served)
    with (
        holding(served.port, after_head=after_head) as network,
        tablet(chromium.browser_type, tmp_path / "p", network.url) as mine,
    ):
        sign_in(mine.open("/sign-in"), "m.silva", "/chair/1")
        assert network.held.wait(10)
        assert mine.context is not None
        other = sign_in(mine.context.new_page(), "r.okafor", "/")
        network.go.set()
        other.wait_for_timeout(1500)  # the worker takes up what has come

        assert "chairside-of:m.silva" not in kept_of(other)
        assert other.evaluate("() => caches.match('/chair/1', {ignoreVary: true}).then(Boolean)") is False


def test_a_kept_page_takes_nothing_once_another_tab_has_signed_out(mine: Tablet, served: Served) -> None:
    seated(served)
    page = mine.sign_in("m.silva", "/chair/1")
    served.stop()
    page.reload()
    tap(page, 1)
    served.restart()
    all_saved(page)
    assert mine.context is not None
    other = mine.context.new_page()
    other.goto("/")
    sign_out(other)
    served.stop()

    said = tap(page, 2, "refused")

    assert "Nobody is signed in on this browser." in said
    expect(at(page, "pending-count")).to_contain_text("Signed out: sign in")
    assert waiting(page) == []
    expect(at(page, "nausea-2")).to_have_attribute("aria-pressed", "true")


def test_what_a_tab_of_the_first_release_left_is_taken_over(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    left = json.loads((GOLDEN / "0.1.0.json").read_text(encoding="utf-8"))
    for minute, item in enumerate(left["waiting"]):
        item["session"] = session
        item["body"]["measured_at"] = (utc_now() - timedelta(minutes=5 - minute)).isoformat()
    page = sign_in(new_page(base_url=served.url), "m.silva", "/")
    page.evaluate(
        """([waiting, draft, session]) => {
            sessionStorage.setItem("chairside-waiting", waiting);
            sessionStorage.setItem(`chairside-draft:m.silva:1:${session}`, draft);
        }""",
        [json.dumps(left["waiting"]), json.dumps(left["draft"]), session],
    )

    page.goto("/chair/1")

    all_saved(page)
    expect(field(page, "reading-sbp")).to_have_value("131")
    expect(at(page, "nausea-3")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("() => sessionStorage.getItem('chairside-waiting')") is None
    reader = served.sign_in("a.lindqvist")
    items = reader.good(reader.get(f"/api/v1/sessions/{session}/entries"))["items"]
    assert [one["id"] for one in items][-2:] == [one["body"]["id"] for one in left["waiting"]]


# What the browser can and cannot keep.

NO_DATABASE = "Object.defineProperty(window, 'indexedDB', {value: undefined});"
FULL = """for (const name of ["add", "put"]) IDBObjectStore.prototype[name] = () => {
    throw new DOMException("full", "QuotaExceededError");
};"""


@pytest.mark.parametrize(
    ("broken", "why"), [(NO_DATABASE, "it has no storage for pages"), (FULL, "its storage is full")]
)
def test_a_browser_that_cannot_keep_readings_says_so_before_the_first(
    new_page: NewPage, served: Served, broken: str, why: str
) -> None:
    session = seated(served)
    page = new_page(base_url=served.url)
    page.add_init_script(broken)
    sign_in(page, "m.silva", "/chair/1")
    expect(at(page, "cannot-keep")).to_have_text(f"This browser cannot keep readings: {why}; do not chart here.")

    said = tap(page, 4, "refused")

    assert "do not chart here" in said
    expect(at(page, "nausea-4")).to_have_attribute("aria-pressed", "true")
    assert readings(served, session) == []


HELD = """window.strict = [];
const begin = IDBDatabase.prototype.transaction;
const complete = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "oncomplete");
IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const made = begin.call(this, stores, mode, options);
    if (mode !== "readwrite" || stores !== "outbox") return made;
    window.strict.push((options || {}).durability);
    Object.defineProperty(made, "oncomplete", {set(work) {
        complete.set.call(made, () => window.held ? (window.let = work) : work());
    }});
    return made;
};"""


def test_kept_is_said_only_once_the_strict_transaction_has_completed(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = new_page(base_url=served.url)
    page.add_init_script(HELD)
    sign_in(page, "m.silva", "/chair/1")
    expect(at(page, "pending-count")).to_contain_text("0 waiting")
    served.stop()
    page.evaluate("window.held = true")
    at(page, "nausea-3").click()
    at(page, "reading-save").click()
    page.wait_for_timeout(1500)
    assert at(page, "save-status").count() == 0

    page.evaluate("window.held = false; window.let()")

    expect(at(page, "save-status")).to_have_attribute("data-status", "kept")
    assert set(page.evaluate("window.strict")) == {"strict"}
    served.restart()
    all_saved(page)
    assert len(readings(served, session)) == 1
