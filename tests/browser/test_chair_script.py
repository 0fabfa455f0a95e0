"""The chair page in a real browser against an API of its own: what is typed, what goes out, what becomes of it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from dash import html
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from callbacks.live import chair_changes
from layouts import ids
from layouts.chair import chair_page
from layouts.document import Files, document
from layouts.theme import TOKENS
from models.clinic import ChairNow
from models.entries import Infusion, Reading
from models.fields import Fields
from models.moments import MIN
from models.people import Person, Role
from models.session import Chair
from tests.sample_sessions import ALL_NO, Sheet, core, event, same_id

ASSETS = Path(__file__).parents[2] / "assets"
SHEETS = sorted(one.name for one in ASSETS.glob("*.css"))
NURSE = Person("1", "m.silva", Role.NURSE, "site")
FREE = ChairNow(Chair(same_id("chair", "9"), "9"), None)
FILES = Files(
    styles=tuple(f"/assets/{name}" for name in ("vendor/bootstrap.min.css", "vendor/inter/inter.css", *SHEETS)),
    scripts=("/assets/vendor/plotly-address.js", *(f"/assets/{one.name}" for one in sorted(ASSETS.glob("*.js")))),
)
PATH = "/desk"
SLOW = 30_000  # ms for the first page on a machine that does much else
SHOWN = {"taken"}
DRAWN: list[ChairNow] = []
Json = dict[str, Any]


def running_sheet(now: datetime) -> Sheet:
    """Return a session 34 minutes after its start, with a baseline of 124/78 and an effect that is still open."""
    sheet = Sheet("running", start=now - 34 * MIN)
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0, spo2=98))
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(22, event("dizzy", "Dizziness", now - 12 * MIN, grade=1))
    sheet.write(30, core(164, 98, 88, 6, 3, spo2=97))
    return sheet


def taken(now: datetime) -> ChairNow:
    view = running_sheet(now).view(34)
    return ChairNow(view.chair, view)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the chair in `SHOWN` with the scripts of the product, at an address where no live socket is expected."""
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    server.mount("/assets", StaticFiles(directory=ASSETS))
    server.get(PATH, response_class=HTMLResponse)(page_shown)
    running = uvicorn.Server(uvicorn.Config(server, port=0, log_level="warning", ws="none", lifespan="off"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


def page_shown() -> str:
    now = datetime.now(UTC)
    chair = FREE if "free" in SHOWN else taken(now)
    DRAWN[:] = [chair]
    page = chair_page(chair, [FREE] if chair.view else [], now, UTC, NURSE, None)
    return document(html.Div(page, className="shell shell--chair"), FILES)


class Api:
    """Answers like the server: it keeps what is posted, and says what the test wants it to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.posted: list[tuple[str, Json]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Callable[[Route, Json], None]] = []
        self.patients: list[Json] = []
        page.route(re.compile(r"/api/v1/"), self.answer)

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.split("/api/v1/", 1)[1]
        if path == "time":
            route.fulfill(json={"now": datetime.now(UTC).isoformat()})
        elif request.method == "GET":
            route.fulfill(json={"items": self.patients, "next": None})
        else:
            body = json.loads(request.post_data or "{}")
            self.posted.append((path, body))
            self.headers.append(request.headers)
            (self.answers.pop(0) if self.answers else stored)(route, body)

    @property
    def bodies(self) -> list[Json]:
        return [body for _, body in self.posted]


def stored(route: Route, body: Json) -> None:
    entry = {"id": body["id"], "seq": 9, "recorded_at": datetime.now(UTC).isoformat(), "late": False}
    route.fulfill(status=201, json={"entry": entry, "flags": [], "state": "normal"})


def stored_with_flag(route: Route, body: Json) -> None:
    flag = {"rule": "SBP_HIGH", "vital": "sbp", "severity": "critical", "text": "SBP 184, limit 180, now"}
    route.fulfill(status=201, json={"entry": {"id": body["id"]}, "flags": [flag], "state": "critical"})


def refused(field: str, message: str) -> Callable[[Route, Json], None]:
    problem = {"title": "Not stored", "detail": message, "errors": [{"field": field, "message": message}]}
    return lambda route, _body: route.fulfill(status=422, json=problem, content_type="application/problem+json")


def asks(field: str, reason: str) -> Callable[[Route, Json], None]:
    problem = {"title": "Not stored", "detail": reason, "errors": [], "confirm": [{"field": field, "reason": reason}]}
    return lambda route, _body: route.fulfill(status=422, json=problem, content_type="application/problem+json")


def no_network(route: Route, _body: Json) -> None:
    route.abort("internetdisconnected")


def sign_in_page_of_the_wifi(route: Route, _body: Json) -> None:
    route.fulfill(status=200, content_type="text/html", body="<h1>Accept the terms</h1>")


def signed_out(route: Route, _body: Json) -> None:
    route.fulfill(status=401, json={"title": "Not signed in"}, content_type="application/problem+json")


@pytest.fixture(scope="module")
def tablet(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """One tablet for all tests: each has a tab of its own, and the scripts come from the cache."""
    context = chromium.new_context(viewport={"width": 820, "height": 1180}, base_url=address)
    context.add_init_script("window.chairsideSend = {first: 60, longest: 200};")
    yield context
    context.close()


@pytest.fixture
def page(tablet: BrowserContext) -> Iterator[Page]:
    page = tablet.new_page()
    yield page
    forget(page)
    page.close()


def forget(page: Page) -> None:
    """Leave a tablet on which nothing waits and nothing is half typed."""
    page.unroute_all(behavior="ignoreErrors")
    page.goto("/assets/tokens.css")
    page.evaluate("""() => new Promise((done) => {
        const request = indexedDB.deleteDatabase("chairside");
        request.onsuccess = request.onerror = done;
    })""")


@pytest.fixture
def api(page: Page) -> Api:
    """Open the taken chair with an API that stores everything."""
    api = Api(page)
    page.goto(PATH)
    expect(place(page, "reading-sbp")).to_be_visible(timeout=SLOW)
    return api


@pytest.fixture
def desk(api: Api) -> Page:
    """Open the taken chair where nothing is asked of what is sent."""
    return api.page


def place(page: Page, testid: str) -> Locator:
    return page.locator(f'[data-testid="{testid}"]')


def box(page: Page, testid: str) -> Locator:
    return page.locator(f'[data-testid="{testid}"] input, textarea[data-testid="{testid}"]')


def texts(page: Page) -> list[str]:
    return [box(page, f"reading-{key}").input_value() for key in ("sbp", "dbp", "hr", "spo2")]


def is_chosen(page: Page, testid: str) -> bool:
    return place(page, testid).get_attribute("aria-pressed") == "true"


def save(page: Page) -> Locator:
    place(page, "reading-save").click()
    return place(page, "save-status")


# Typing


def test_a_pressure_with_a_slash_fills_both_fields_and_the_rate(desk: Page) -> None:
    box(desk, "reading-sbp").click()

    desk.keyboard.type("128/74 76")

    assert texts(desk) == ["128", "74", "76", ""]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("1287476", ["128", "74", "76", ""]),  # three digits, two above 3, two above 3
        ("95607098", ["95", "60", "70", "98"]),
        ("12810411299", ["128", "104", "112", "99"]),
        ("30", ["30", "", "", ""]),  # 300 is possible still
        ("40", ["40", "", "", ""]),
    ],
)
def test_fields_move_on_when_no_longer_value_is_possible(desk: Page, typed: str, fields: list[str]) -> None:
    box(desk, "reading-sbp").click()

    desk.keyboard.type(typed)

    assert texts(desk) == fields


@pytest.mark.parametrize(
    ("keys", "fields"),
    [
        (("128", "Tab", "78", "Tab", "72"), ["128", "78", "72", ""]),
        (("128", "78", "72"), ["128", "78", "72", ""]),
        (("98", "Tab", "60", "Enter", "72"), ["98", "60", "72", ""]),
        (("30", "Tab", "78", "Tab", "72"), ["30", "78", "72", ""]),  # nothing moved by itself, so Tab does
        (("128", "/", "78", " ", "72"), ["128", "78", "72", ""]),
        (("128", "Tab", "Tab", "72"), ["128", "", "72", ""]),
        (("128", "Shift+Tab", "131"), ["131", "", "", ""]),
    ],
)
@pytest.mark.parametrize("old", ["", "99"])
def test_a_key_for_a_move_that_has_just_happened_moves_no_further(
    desk: Page, keys: tuple[str, ...], fields: list[str], old: str
) -> None:
    box(desk, "reading-dbp").fill(old)
    box(desk, "reading-sbp").click()

    for key in keys:
        if key.isdigit():
            desk.keyboard.type(key)
        else:
            desk.keyboard.press(key)

    assert texts(desk) == [text or (old if n == 1 else "") for n, text in enumerate(fields)]


def test_a_field_stays_while_a_longer_value_is_possible_and_is_left_once_it_is_not(desk: Page) -> None:
    box(desk, "reading-sbp").click()

    desk.keyboard.type("12")
    expect(box(desk, "reading-sbp")).to_be_focused()
    desk.keyboard.type("8")

    expect(box(desk, "reading-dbp")).to_be_focused()


def test_a_field_that_is_entered_again_is_typed_over(desk: Page) -> None:
    box(desk, "reading-sbp").fill("128")

    box(desk, "reading-sbp").click()
    desk.keyboard.type("131")

    assert texts(desk)[0] == "131"


def test_the_wheel_changes_nothing(desk: Page) -> None:
    box(desk, "reading-hr").fill("76")
    box(desk, "reading-hr").click()

    desk.mouse.wheel(0, 300)

    assert box(desk, "reading-hr").input_value() == "76"


def test_the_change_from_baseline_is_told_while_it_is_typed(desk: Page) -> None:
    change = desk.locator('[data-vital="sbp"] [data-change]')

    box(desk, "reading-sbp").fill("158")

    expect(change).to_have_text("▲ +34 base")
    assert change.get_attribute("data-look") == "caution"


def test_a_second_tap_takes_a_score_back(desk: Page) -> None:
    place(desk, "dissociation-5").click()
    place(desk, "dissociation-7").click()
    assert [is_chosen(desk, f"dissociation-{digit}") for digit in (5, 7)] == [False, True]

    place(desk, "dissociation-7").click()

    assert not is_chosen(desk, "dissociation-7")


def test_save_names_what_is_missing(desk: Page) -> None:
    part = desk.locator("[data-save-part]")
    expect(part).to_have_text("")

    box(desk, "reading-sbp").fill("128")
    box(desk, "reading-dbp").fill("74")
    place(desk, "dissociation-3").click()

    expect(part).to_have_text("part set: HR, nausea empty")


def test_high_pressure_asks_for_symptoms(desk: Page) -> None:
    asked = desk.locator('[data-field="symptoms"] [data-change]')
    box(desk, "reading-sbp").fill("159")
    expect(asked).to_have_text("")

    box(desk, "reading-sbp").fill("160")

    expect(asked).to_have_text("pressure is high: any of these?")


# What goes out


def test_a_set_goes_out_as_it_was_entered_and_nothing_else(page: Page, api: Api) -> None:
    page.context.add_cookies([{"name": "chairside-csrf", "value": "token", "url": page.url}])
    before = datetime.now(UTC)
    box(page, "reading-sbp").click()
    page.keyboard.type("128/74 76")
    place(page, "dissociation-4").click()
    place(page, "nausea-0").click()

    expect(save(page)).to_have_attribute("data-status", "saved")

    [(path, body)] = api.posted
    moment = datetime.fromisoformat(body.pop("measured_at"))
    assert path == f"sessions/{same_id('session', 'running')}/entries"
    assert abs(moment - before) < timedelta(seconds=20)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", body.pop("id"))
    assert body == {"kind": "reading", "values": {"sbp": 128, "dbp": 74, "hr": 76, "dissociation": 4, "nausea": 0}}
    assert api.headers[0]["x-csrf-token"] == "token"


def test_nothing_and_zero_differ(page: Page, api: Api) -> None:
    place(page, "nausea-0").click()

    expect(save(page)).to_be_visible()

    assert api.bodies[0]["values"] == {"nausea": 0}


def test_an_empty_form_is_not_sent(page: Page, api: Api) -> None:
    expect(save(page)).to_have_attribute("data-status", "refused")

    assert api.posted == []


def test_asked_and_absent_is_told_from_not_asked(page: Page, api: Api) -> None:
    place(page, "nausea-1").click()
    page.locator('[data-pick="distress"] [data-value="no"]').click()
    place(page, "symptom-headache").click()
    place(page, "symptom-none").click()

    expect(save(page)).to_be_visible()

    assert api.bodies[0]["distress"] is False
    assert api.bodies[0]["symptoms"] == []


def test_the_name_of_distress_reaches_yes(page: Page, api: Api) -> None:
    place(page, "reading-distress").click()
    place(page, "symptom-chest_pain").click()

    expect(save(page)).to_be_visible()

    assert api.bodies[0] | {"id": "", "measured_at": ""} == {
        "id": "",
        "measured_at": "",
        "kind": "reading",
        "values": {},
        "distress": True,
        "symptoms": ["chest_pain"],
    }


def test_what_was_not_done_has_its_reason(page: Page, api: Api) -> None:
    place(page, "dissociation-2").click()
    place(page, "reading-not-done").click()
    page.locator('[data-pick="undone sbp dbp"] [data-value="cuff failed"]').click()
    box(page, "not-done-nausea").fill("asked later")

    expect(save(page)).to_be_visible()

    assert api.bodies[0]["not_done"] == {"sbp": "cuff failed", "dbp": "cuff failed", "nausea": "asked later"}


def test_a_patient_left_to_sleep_is_one_tap(page: Page, api: Api) -> None:
    place(page, "reading-resting").click()

    expect(save(page)).to_have_attribute("data-status", "saved")

    assert api.bodies[0]["resting"] is True
    assert api.bodies[0]["values"] == {}


def test_five_minutes_ago_counts_from_the_tap(page: Page, api: Api) -> None:
    place(page, "measured-minus-5").click()
    place(page, "nausea-1").click()

    expect(save(page)).to_be_visible()

    ago = datetime.now(UTC) - datetime.fromisoformat(api.bodies[0]["measured_at"])
    assert timedelta(minutes=4, seconds=55) < ago < timedelta(minutes=5, seconds=20)


def test_a_clock_time_is_the_last_one_that_was(page: Page, api: Api) -> None:
    wanted = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=17)
    box(page, "measured-clock").fill(f"{wanted:%H%M}")
    place(page, "nausea-1").click()

    expect(save(page)).to_be_visible()

    assert datetime.fromisoformat(api.bodies[0]["measured_at"]) == wanted


def test_the_arrivals_own_minute_is_the_arrival_and_no_moment_before_it(page: Page, api: Api) -> None:
    arrived = datetime.fromisoformat(page.locator("[data-arrived]").get_attribute("data-arrived") or "")
    box(page, "measured-clock").fill(f"{arrived:%H%M}")
    place(page, "nausea-1").click()

    expect(save(page)).to_be_visible()

    said = datetime.fromisoformat(api.bodies[0]["measured_at"])
    assert timedelta() <= arrived - said < timedelta(milliseconds=1)
    assert said > arrived.replace(second=0, microsecond=0)


def test_one_line_fills_the_fields_to_be_looked_at(page: Page, api: Api) -> None:
    box(page, "quick-line").fill("142/88 96 d3 n0")
    page.keyboard.press("Enter")

    assert texts(page) == ["142", "88", "96", ""]
    assert is_chosen(page, "dissociation-3")
    assert is_chosen(page, "nausea-0")
    assert api.posted == []


def test_a_word_that_is_not_understood_stays_in_the_line(desk: Page) -> None:
    box(desk, "quick-line").fill("142/88 96 x3")
    desk.keyboard.press("Enter")

    expect(desk.get_by_text("Not understood")).to_be_visible()
    assert box(desk, "quick-line").input_value() == "142/88 96 x3"
    assert texts(desk) == ["", "", "", ""]


def test_a_reason_stays_in_sight_and_save_says_what_was_not_done(desk: Page) -> None:
    place(desk, "dissociation-2").click()
    place(desk, "nausea-0").click()
    box(desk, "reading-hr").fill("72")
    place(desk, "reading-not-done").click()
    desk.locator('[data-pick="undone sbp dbp"] [data-value="asleep"]').click()

    place(desk, "reading-not-done").click()

    expect(desk.locator('[data-vital="sbp"] [data-change]')).to_have_text("not done: asleep")
    expect(desk.locator("[data-save-part]")).to_have_text("part set: SBP, DBP not done")


# What becomes of it


def test_saved_says_what_and_clears_the_form(page: Page, api: Api) -> None:
    api.answers = [stored_with_flag]
    box(page, "reading-sbp").fill("184")
    box(page, "reading-dbp").fill("98")

    status = save(page)

    expect(status).to_contain_text(re.compile(r"Saved \d\d:\d\d. 184/98"))
    expect(status).to_contain_text("▲▲ SBP 184, limit 180")
    assert texts(page) == ["", "", "", ""]


def test_the_message_is_gone_while_the_next_entry_is_typed(desk: Page) -> None:
    expect(place(desk, "save-status")).to_have_count(0)
    place(desk, "nausea-1").click()
    expect(save(desk)).to_have_count(1)

    box(desk, "reading-sbp").press_sequentially("1")

    expect(place(desk, "save-status")).to_have_count(0)


def test_what_is_refused_stays_in_the_form_with_its_reason_beside_it(page: Page, api: Api) -> None:
    api.answers = [refused("dbp", "DBP 98 is not a reading of this cuff.")]
    box(page, "reading-sbp").fill("128")
    box(page, "reading-dbp").fill("98")

    expect(save(page)).to_have_attribute("data-status", "refused")

    expect(page.locator('[data-vital="dbp"] [data-error]')).to_have_text(re.compile("not a reading of this cuff"))
    assert texts(page) == ["128", "98", "", ""]
    expect(place(page, "pending-count")).to_have_text("0 waiting, but not all is saved")
    box(page, "reading-dbp").fill("78")
    expect(save(page)).to_have_attribute("data-status", "saved")
    expect(place(page, "pending-count")).to_have_text("0 waiting, all saved")


def test_an_unusual_value_is_asked_about_before_it_is_sent(page: Page, api: Api) -> None:
    box(page, "reading-hr").fill("38")
    place(page, "reading-save").click()
    expect(place(page, "confirm-unusual")).to_be_visible()
    assert api.posted == []

    place(page, "confirm-unusual").click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    assert api.bodies[0]["confirmed"] == ["hr"]


def test_what_cannot_be_stored_is_refused_beside_its_field_without_a_question(page: Page, api: Api) -> None:
    box(page, "reading-hr").fill("0")

    expect(save(page)).to_have_attribute("data-status", "refused")

    expect(page.locator('[data-vital="hr"] [data-error]')).to_have_text("HR 0 cannot be stored: 20 to 250.")
    expect(place(page, "confirm-unusual")).to_be_hidden()
    assert api.posted == []


@pytest.mark.parametrize(
    ("sbp", "dbp", "field"),
    [("58", "128", "dbp"), ("98", "98", "dbp"), ("128", "", "dbp"), ("", "74", "sbp")],
)
def test_an_impossible_pair_of_pressures_is_refused_in_the_servers_words_before_a_question_and_before_it_is_kept(
    page: Page, api: Api, sbp: str, dbp: str, field: str
) -> None:
    body = {"values": {key: int(text) for key, text in (("sbp", sbp), ("dbp", dbp)) if text} | {"hr": 38}}
    fields = Fields(body)
    Reading.parse(fields)
    box(page, "reading-sbp").fill(sbp)
    box(page, "reading-dbp").fill(dbp)
    box(page, "reading-hr").fill("38")

    expect(save(page)).to_have_attribute("data-status", "refused")

    expect(page.locator(f'[data-vital="{field}"] [data-error]')).to_have_text(fields.errors[0].message)
    expect(place(page, "confirm-unusual")).to_be_hidden()
    expect(place(page, "pending-count")).to_have_text("0 waiting, but not all is saved")
    assert api.posted == []


def test_one_pressure_alone_is_saved_where_the_other_was_not_done(page: Page, api: Api) -> None:
    box(page, "reading-sbp").fill("128")
    place(page, "reading-not-done").click()
    box(page, "not-done-sbp-dbp").fill("cuff slipped")

    expect(save(page)).to_have_attribute("data-status", "saved")

    assert api.bodies[0]["not_done"] == {"dbp": "cuff slipped"}


@pytest.mark.parametrize("action", ["pause", "stop"])
def test_the_pump_is_charted_while_a_question_is_open(page: Page, api: Api, action: str) -> None:
    box(page, "reading-hr").fill("38")
    place(page, "reading-save").click()
    expect(place(page, "confirm-unusual")).to_be_visible()

    place(page, f"infusion-{action}").click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    assert [body["action"] for body in api.bodies] == [action]
    place(page, "confirm-unusual").click()
    expect(place(page, "save-status")).to_contain_text("HR 38")
    assert api.bodies[1]["confirmed"] == ["hr"]


def test_a_rate_is_saved_while_a_question_is_open(page: Page, api: Api) -> None:
    box(page, "reading-hr").fill("38")
    place(page, "reading-save").click()
    place(page, "infusion-rate").click()
    box(page, "infusion-rate-value").fill("40")

    place(page, "infusion-save").click()

    expect(place(page, "save-status")).to_contain_text("Rate 40 mg/h")
    assert [body["rate_mg_h"] for body in api.bodies] == [40]


def test_typing_on_withdraws_the_question(page: Page, api: Api) -> None:
    box(page, "reading-hr").fill("38")
    place(page, "reading-save").click()

    box(page, "reading-hr").fill("83")

    expect(place(page, "confirm-unusual")).to_be_hidden()
    expect(save(page)).to_have_attribute("data-status", "saved")
    assert "confirmed" not in api.bodies[0]


def test_a_question_of_the_server_is_answered_with_the_same_entry(page: Page, api: Api) -> None:
    api.answers = [asks("sbp", "SBP 128 is 60 below the last one.")]
    box(page, "reading-sbp").fill("128")
    box(page, "reading-dbp").fill("74")
    place(page, "reading-save").click()

    place(page, "confirm-unusual").click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    first, second = api.bodies
    assert second == first | {"confirmed": ["sbp"]}


def test_without_a_network_it_is_kept_and_goes_out_once_by_itself(page: Page, api: Api) -> None:
    api.answers = [no_network] * 500
    place(page, "nausea-2").click()

    status = save(page)

    expect(status).to_have_attribute("data-status", "kept")
    expect(place(page, "pending-count")).to_contain_text("1 on this tablet, not yet sent")
    api.answers = []
    expect(status).to_have_attribute("data-status", "saved")
    expect(place(page, "pending-count")).to_have_text("0 waiting, all saved")
    assert len({body["id"] for body in api.bodies}) == 1
    assert len({body["measured_at"] for body in api.bodies}) == 1
    assert "queued" not in api.bodies[0]
    assert api.bodies[-1]["queued"] is True


def test_a_refused_entry_stays_loud_until_it_is_saved_again(page: Page, api: Api) -> None:
    api.answers = [no_network] * 500
    box(page, "reading-hr").fill("76")
    expect(save(page)).to_have_attribute("data-status", "kept")
    api.answers = [refused("hr", "HR 40 was not accepted."), refused("hr", "Still not accepted.")]
    loud = place(page, "refused-entry")
    expect(loud).to_contain_text("Not accepted")
    assert "all saved" not in place(page, "pending-count").inner_text()

    loud.get_by_role("button", name="Look").click()
    expect(box(page, "reading-hr")).to_have_value("76")
    expect(loud).to_be_visible()
    expect(save(page)).to_have_attribute("data-status", "refused")
    expect(page.locator('[data-vital="hr"] [data-error]')).to_have_text("Still not accepted.")
    expect(loud).to_be_visible()
    expect(save(page)).to_have_attribute("data-status", "saved")

    expect(place(page, "pending-count")).to_have_text("0 waiting, all saved")
    assert len({body["id"] for body in api.bodies}) == 1


def test_a_refused_entry_is_put_away_in_two_taps_only(page: Page, api: Api) -> None:
    api.answers = [no_network, refused("hr", "HR was not accepted.")]
    box(page, "reading-hr").fill("76")
    save(page)

    place(page, "refused-entry").get_by_role("button", name="Put away").click()
    expect(place(page, "refused-entry")).to_be_visible()
    place(page, "refused-entry").get_by_role("button", name="Put away for good?").click()

    expect(place(page, "refused-entry")).to_have_count(0)


def test_what_waits_is_listed_with_time_words_and_the_limits_it_meets(page: Page, api: Api) -> None:
    api.answers = [no_network] * 50
    box(page, "reading-sbp").fill("205")
    box(page, "reading-dbp").fill("99")
    box(page, "reading-hr").fill("88")
    place(page, "reading-save").click()
    if place(page, "confirm-unusual").is_visible():
        place(page, "confirm-unusual").click()

    line = place(page, "waiting-list").locator("li")

    expect(line).to_have_text(re.compile(r"^\d\d:\d\d 205/99, HR 88 ▲▲ SBP critical"))
    assert "HR caution" not in line.inner_text()
    assert page.locator(".identity__name").inner_text() not in line.inner_text()


def test_a_critical_value_that_waits_stands_beside_why_the_chair_needs_a_look(page: Page, api: Api) -> None:
    api.answers = [no_network] * 50
    box(page, "reading-sbp").fill("190")
    box(page, "reading-dbp").fill("99")
    place(page, "reading-save").click()
    if place(page, "confirm-unusual").is_visible():
        place(page, "confirm-unusual").click()

    expect(place(page, "why-waits")).to_have_text(re.compile(r"^▲▲ SBP 190 critical, \d\d:\d\d, not yet sent$"))
    api.answers = []
    expect(place(page, "why-waits")).to_be_empty()


def test_a_stop_that_waits_is_said_beside_the_dose_and_asked_about_before_another(page: Page, api: Api) -> None:
    api.answers = [no_network] * 500
    before = place(page, "dissociation-9").bounding_box()
    place(page, "infusion-stop").click()
    waits = place(page, "infusion-waits")
    expect(waits).to_have_text(re.compile(r"^Stop \d\d:\d\d waits on this tablet$"))
    after = place(page, "dissociation-9").bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=1)

    page.reload()
    expect(waits).to_have_text(re.compile(r"^Stop \d\d:\d\d waits on this tablet$"))
    place(page, "infusion-stop").click()
    expect(page.locator('[data-panel="ask"]')).to_contain_text("Stop already waits. Chart another?")
    place(page, "change-unusual").click()
    assert len({body["id"] for body in api.bodies}) == 1

    api.answers = []
    expect(waits).to_be_empty()


def test_a_page_of_html_is_not_an_answer(page: Page, api: Api) -> None:
    api.answers = [sign_in_page_of_the_wifi] * 500
    place(page, "nausea-2").click()

    expect(save(page)).to_have_attribute("data-status", re.compile("kept|unknown"))

    api.answers = []
    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    assert api.bodies[0]["id"] == api.bodies[1]["id"]


def test_signed_out_is_said_and_the_entry_kept(page: Page, api: Api) -> None:
    api.answers = [signed_out] * 50
    place(page, "nausea-2").click()

    status = save(page)

    expect(status).to_contain_text("signed out")
    expect(status.get_by_role("link")).to_have_attribute("href", "/sign-in")
    expect(place(page, "pending-count")).to_contain_text("1 on this tablet, not yet sent")


def test_entries_go_out_in_the_order_in_which_they_were_made(page: Page, api: Api) -> None:
    api.answers = [no_network] * 500
    place(page, "nausea-1").click()
    expect(save(page)).to_have_attribute("data-status", "kept")
    place(page, "nausea-2").click()
    save(page)

    api.answers = []
    expect(place(page, "pending-count")).to_have_text("0 waiting, all saved")
    scores = [body["values"]["nausea"] for body in api.bodies]
    assert scores == sorted(scores)
    assert set(scores) == {1, 2}


def test_two_taps_on_save_are_one_entry(page: Page, api: Api) -> None:
    waiting: list[Route] = []
    api.answers = [lambda route, _body: waiting.append(route)]
    place(page, "nausea-1").click()

    place(page, "reading-save").click()
    place(page, "reading-save").click()
    page.wait_for_timeout(100)
    stored(waiting[0], api.bodies[0])

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    assert len(api.posted) == 1


# What is typed is never lost


def push(page: Page, minute: int) -> None:
    """Set everything on the page that a new set would change, as the live script does."""
    now = datetime.now(UTC)
    sheet = running_sheet(now)
    sheet.write(30 + minute / 10, core(150 + minute, 90, 80, 4, 2))
    view = sheet.view(34)
    for name, properties in chair_changes(ChairNow(view.chair, view), [FREE], UTC)["set"]:
        change(page, name, properties)


def change(page: Page, name: str, properties: Json) -> None:
    """Set properties of an element as the live script does."""
    there = page.evaluate(
        """([name, props]) => {
            const element = chairside.plain.find(name);
            if (element) chairside.plain.set(element, props);
            return Boolean(element);
        }""",
        [name, properties],
    )
    assert there, f"{name} is not on the page"


def test_a_draft_survives_ten_live_updates(desk: Page) -> None:
    box(desk, "reading-sbp").fill("128")
    place(desk, "dissociation-3").click()
    box(desk, "reading-hr").click()

    for minute in range(1, 11):
        push(desk, minute)
        desk.keyboard.type("7" if minute in {3, 7} else "")

    assert texts(desk) == ["128", "", "77", ""]
    assert is_chosen(desk, "dissociation-3")
    expect(desk.locator('[data-vital="sbp"]')).to_contain_text("was 160")


def test_an_update_that_says_nothing_new_touches_nothing(desk: Page) -> None:
    desk.evaluate(
        """() => {
            window.touched = [];
            const note = (records) => touched.push(...records.map((one) => one.target.id));
            new MutationObserver(note).observe(document.querySelector(".chair-page"), {
                subtree: true, childList: true, attributes: true, characterData: true,
                attributeFilter: ["class", "hidden", "data-at", "data-say", "data-was", "data-body", "data-verdicts"],
            });
        }"""
    )
    updated = [name for name, _ in chair_changes(DRAWN[0], [FREE], UTC)["set"]]

    for name, properties in chair_changes(DRAWN[0], [FREE], UTC)["set"]:
        change(desk, name, properties)
    told = desk.evaluate("touched.splice(0)")
    push(desk, 3)
    told_new = desk.evaluate("touched.splice(0)")

    assert [name for name in told if name in updated] == []
    assert ids.ChairPage.WHY_WORDS in told_new
    assert ids.PANEL_TABLE.of(ids.ChairPage.PANEL) in told_new


def test_a_draft_survives_a_reload(desk: Page) -> None:
    box(desk, "reading-sbp").fill("128")
    place(desk, "nausea-3").click()

    desk.reload()

    expect(box(desk, "reading-sbp")).to_have_value("128")
    assert is_chosen(desk, "nausea-3")


def typed_ago(page: Page, minutes: float) -> datetime:
    """Let what is kept of this page have been typed some minutes ago; return when."""
    then = datetime.now(UTC) - minutes * MIN
    aged = """async (at) => {
        const found = await chairside.kept.drafts();
        await Promise.all(found.map((one) => chairside.kept.keepDraft({...one, at})));
        return found.length;
    }"""
    page.wait_for_function("async () => (await chairside.kept.drafts()).length > 0")
    assert page.evaluate(aged, then.timestamp() * 1000) == 1
    return then


def test_a_set_that_was_typed_some_time_ago_is_of_then_also_after_a_second_reload(page: Page, api: Api) -> None:
    box(page, "reading-hr").fill("76")
    then = typed_ago(page, 9)

    for _ in range(2):
        page.reload()
        expect(place(page, "reading-typed")).to_have_text(f"Typed {then:%H:%M}, not saved")
        expect(box(page, "measured-clock")).to_have_value(f"{then:%H:%M}")
    expect(save(page)).to_have_attribute("data-status", "saved")

    measured = datetime.fromisoformat(api.bodies[0]["measured_at"])
    assert abs(measured - then) < timedelta(seconds=15)
    expect(place(page, "reading-typed")).to_be_hidden()


def test_a_set_that_was_typed_just_now_comes_back_as_of_now(desk: Page) -> None:
    box(desk, "reading-hr").fill("76")
    typed_ago(desk, 0.5)

    desk.reload()

    expect(box(desk, "reading-hr")).to_have_value("76")
    expect(place(desk, "reading-typed")).to_be_hidden()
    assert is_chosen(desk, "measured-now")


def test_the_time_that_was_said_for_a_set_stays_when_it_comes_back_later(desk: Page) -> None:
    box(desk, "reading-hr").fill("76")
    place(desk, "measured-minus-5").click()
    box(desk, "measured-clock").fill("09:05")
    typed_ago(desk, 9)

    desk.reload()

    expect(place(desk, "reading-typed")).to_contain_text("not saved")
    expect(box(desk, "measured-clock")).to_have_value("09:05")


def test_another_patient_on_the_chair_means_another_page(desk: Page) -> None:
    box(desk, "reading-sbp").fill("128")
    desk.evaluate("window.before = true")

    change(desk, ids.ChairPage.ROOT, {"data-session": ""})

    desk.wait_for_function("window.before === undefined")


def test_what_was_typed_for_somebody_else_is_not_put_back_by_the_browser(desk: Page) -> None:
    place(desk, "event-open").click()
    box(desk, "event-note").fill("felt far away")
    box(desk, "event-term").fill("Anxiety")
    desk.evaluate("sessionStorage.clear(); chairside.drafts.drop()")

    desk.goto("/assets/tokens.css")
    desk.go_back()

    expect(place(desk, "reading-sbp")).to_be_visible()
    assert [box(desk, name).input_value() for name in ("event-note", "event-term")] == ["", ""]


# The panel


PLOT = 'document.querySelector("#chair-panel.js-plotly-plot")'


def test_the_panel_is_drawn_from_the_page_alone_and_follows_the_theme(desk: Page) -> None:
    inks = f"(({PLOT} || {{data: []}}).data.filter((one) => one.name === 'HR').map((one) => one.line.color))"
    before = desk.evaluate("chairside.theme.current()")
    other = "light" if before == "dim" else "dim"
    desk.wait_for_function(f'{inks}.includes("{getattr(TOKENS["hr"], before)}")')

    desk.evaluate(f'chairside.theme.choose("{other}")')

    desk.wait_for_function(f'{inks}.includes("{getattr(TOKENS["hr"], other)}")')
    desk.evaluate("localStorage.removeItem('chairside-theme')")


def test_the_panel_follows_the_width_of_its_place(desk: Page) -> None:
    desk.wait_for_function(f"{PLOT} && {PLOT}.querySelector('.main-svg')")

    desk.evaluate("document.querySelector('.trend').style.width = '610px'")

    desk.wait_for_function(f"{PLOT}.querySelector('.main-svg').getBoundingClientRect().width === 610")


# Corrections, effects, the pump


def test_a_correction_carries_the_whole_reading_and_a_reason(page: Page, api: Api) -> None:
    place(page, "entry-correct").first.click()
    assert texts(page) == ["164", "98", "88", "97"]
    expect(place(page, "reading-save")).to_contain_text("Save correction")

    box(page, "reading-sbp").fill("146")
    box(page, "correct-reason").fill("typing error")
    expect(save(page)).to_have_attribute("data-status", "saved")

    body = api.bodies[0]
    corrected = running_sheet(datetime.now(UTC)).entries[-1]
    assert (body["kind"], body["entry_id"], body["reason"]) == ("correction", corrected.id, "typing error")
    assert body["replacement"]["values"] == {
        "sbp": 146,
        "dbp": 98,
        "hr": 88,
        "spo2": 97,
        "dissociation": 6,
        "nausea": 3,
    }
    assert body["replacement"]["kind"] == "reading"
    assert texts(page) == ["", "", "", ""]
    expect(place(page, "reading-save")).to_have_text("Saveas m.silva")


def test_leaving_a_correction_brings_the_draft_back(page: Page, api: Api) -> None:
    box(page, "reading-sbp").fill("128")

    place(page, "entry-correct").first.click()
    page.get_by_role("button", name="Leave as it is").click()

    assert texts(page) == ["128", "", "", ""]
    assert api.posted == []


def test_an_effect_goes_out_with_its_term_and_onset(page: Page, api: Api) -> None:
    place(page, "event-open").click()
    page.get_by_role("button", name="Anxiety", exact=True).click()
    assert box(page, "event-term").input_value() == "Anxiety"
    box(page, "event-term").fill("Afraid of the dark")
    place(page, "event-grade-2").click()
    box(page, "event-note").fill("asked for the lamp")
    place(page, "event-save").click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    body = api.bodies[0]
    assert {key: body[key] for key in ("kind", "term", "grade", "note")} == {
        "kind": "adverse_event",
        "term": "Afraid of the dark",
        "grade": 2,
        "note": "asked for the lamp",
    }
    assert body["onset_at"] == body["measured_at"]
    assert not {"outcome", "serious", "action_taken"} & body.keys()
    expect(place(page, "event-term")).to_be_hidden()


def test_an_effect_that_is_refused_stays_in_the_sheet(page: Page, api: Api) -> None:
    api.answers = [refused("note", "note: 5000 characters; at most 4000 are allowed.")]
    place(page, "event-open").click()
    box(page, "event-term").fill("Dizziness")
    box(page, "event-note").fill("a long story")

    place(page, "event-save").click()

    expect(page.get_by_text("at most 4000 are allowed").first).to_be_visible()
    assert box(page, "event-note").input_value() == "a long story"


def test_an_open_effect_is_resolved_in_one_tap(page: Page, api: Api) -> None:
    place(page, "event-resolved").first.click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    body = api.bodies[0]
    assert body["event_id"] == same_id("event", "dizzy")
    assert (body["term"], body["outcome"]) == ("Dizziness", "recovered")
    assert body["resolved_at"] == body["measured_at"]


def test_the_pump_is_charted_in_one_tap_and_taken_back_in_another(page: Page, api: Api) -> None:
    expect(place(page, "infusion-start")).to_be_hidden()

    place(page, "infusion-pause").click()
    place(page, "save-status").get_by_role("button").click()

    expect(place(page, "save-status")).to_contain_text("Taken back")
    pause, undo = api.bodies
    assert (pause["kind"], pause["action"]) == ("infusion", "pause")
    assert (undo["kind"], undo["entry_id"]) == ("correction", pause["id"])


def test_a_rate_in_ml_is_sent_in_mg_as_it_was_entered(page: Page, api: Api) -> None:
    place(page, "infusion-rate").click()
    box(page, "infusion-rate-value").fill("4,8")
    page.locator('[data-pick="unit"] [data-value="mL/h"]').first.click()
    box(page, "infusion-concentration").fill("10")

    place(page, "infusion-save").click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    body = api.bodies[0]
    assert (body["action"], body["rate_mg_h"], body["concentration_mg_ml"]) == ("rate", 48, 10)
    assert body["as_entered"] == "4,8 mL/h at 10 mg/mL"


def test_the_big_save_carries_out_the_sheet_that_is_open_and_then_the_reading(page: Page, api: Api) -> None:
    box(page, "reading-hr").fill("76")
    place(page, "infusion-rate").click()
    box(page, "infusion-rate-value").fill("40")
    expect(place(page, "reading-save")).to_have_text("Save the rateas m.silvathen the reading")

    place(page, "reading-save").click()
    expect(place(page, "save-status")).to_contain_text("Rate 40 mg/h")
    expect(place(page, "reading-save")).to_contain_text("part set")
    place(page, "reading-save").click()

    expect(place(page, "save-status")).to_contain_text("HR 76")
    assert [body["kind"] for body in api.bodies] == ["infusion", "reading"]


def test_the_big_save_saves_an_open_screening(page: Page, api: Api) -> None:
    page.evaluate("window.chairside.acts['open-screening']()")
    place(page, "screening-all-no").click()
    expect(place(page, "reading-save")).to_have_text("Save screeningas m.silva")

    expect(save(page)).to_contain_text("Screening, all no")

    assert [body["kind"] for body in api.bodies] == ["screening"]


def test_the_rate_sheet_opens_without_the_reason_of_the_time_before(page: Page, api: Api) -> None:
    place(page, "infusion-rate").click()
    page.locator('[data-pick="infusion_reason"] [data-value="too high"]').click()
    box(page, "infusion-rate-value").fill("40")
    place(page, "infusion-save").click()
    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    assert api.bodies[0]["reason"] == "too high"

    place(page, "infusion-rate").click()

    assert box(page, "infusion-reason").input_value() == ""
    chip = page.locator('[data-pick="infusion_reason"] [data-value="too high"]')
    expect(chip).to_have_attribute("aria-pressed", "false")


def test_the_end_of_a_session_is_asked_about_and_leads_to_its_record(page: Page, api: Api) -> None:
    session = same_id("session", "running")
    change(page, ids.ChairPage.CLOSE, {"hidden": False})
    box(page, "reading-sbp").fill("124")
    box(page, "reading-dbp").fill("76")
    place(page, "session-close").click()
    question = page.locator('[data-panel="ending"] [data-said]')
    expect(question).to_have_text(re.compile("End session of .+ 124/76 typed and not saved."))
    place(page, "session-go-on").click()
    expect(question).to_be_hidden()
    assert api.posted == []

    place(page, "session-close").click()
    place(page, "session-end").click()

    link = place(page, "save-status").get_by_role("link")
    expect(link).to_have_attribute("href", f"/session/{session}")
    assert [(body["kind"], body["to"]) for body in api.bodies] == [("phase", "closed")]
    SHOWN.add("free")
    page.reload()
    expect(page.get_by_role("link", name="Last session's record")).to_have_attribute("href", f"/session/{session}")
    SHOWN.remove("free")


def test_a_refusal_names_the_field_as_the_screen_does(page: Page, api: Api) -> None:
    api.answers = [refused("route", "route is missing: give one of oral, iv.")]
    place(page, "event-open").click()
    place(page, "sheet-medicine").click()
    box(page, "medication-name").fill("Ondansetron")

    place(page, "medication-save").click()

    expect(page.locator('[data-sheet="medicine"] [data-field="route"] [data-error]')).to_have_text("Route is missing.")


@pytest.mark.parametrize(
    ("field", "offered", "other"),
    [
        ("sbp", "infusion-measure-again", "infusion-screening"),
        ("screening", "infusion-screening", "infusion-measure-again"),
    ],
)
def test_a_refused_start_offers_what_would_help(page: Page, api: Api, field: str, offered: str, other: str) -> None:
    change(page, ids.ChairPage.START_BOX, {"hidden": False})
    api.answers = [refused(field, "Not as it is.")]

    place(page, "infusion-start").click()

    expect(place(page, offered)).to_be_visible()
    expect(place(page, other)).to_be_hidden()


@pytest.mark.parametrize(("baseline", "bare"), [("no", True), ("yes", False)])
def test_a_start_without_a_complete_set_before_it_says_so(
    page: Page,
    api: Api,
    baseline: str,
    bare: bool,  # noqa: FBT001  # a column of the table
) -> None:
    change(page, ids.ChairPage.START_BOX, {"hidden": False})
    change(page, ids.ChairPage.DOSE, {"data-dose-baseline": baseline})

    expect(place(page, "infusion-start")).to_be_visible()

    place(page, "infusion-start").click()

    expect(place(page, "save-status")).to_have_attribute("data-status", "saved")
    assert len(api.posted) == 1
    found = "there is no baseline" in place(page, "save-status").inner_text()
    assert found == bare


def test_measuring_again_begins_with_the_pressure(desk: Page) -> None:
    desk.evaluate("window.chairside.acts['measure-again']()")

    expect(box(desk, "reading-sbp")).to_be_focused()


@pytest.mark.parametrize("width", [360, 820, 1280, 1600])
def test_the_middle_of_the_distress_question_is_yes_at_every_width(desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})

    place(desk, "reading-distress").click()

    expect(desk.locator('[data-pick="distress"] [data-value="yes"]')).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [360, 820])
def test_who_and_whether_it_is_connected_stay_in_sight(desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    desk.evaluate("document.documentElement.dataset.live = 'stale'")

    desk.evaluate("scrollTo(0, document.body.scrollHeight)")

    expect(desk.locator(".identity__chair")).to_be_in_viewport(ratio=1)
    expect(desk.locator(".identity__name")).to_be_in_viewport(ratio=1)
    expect(desk.locator(".identity__stale")).to_be_in_viewport(ratio=1)


# Seating

# Seating


@pytest.fixture
def free(page: Page) -> Iterator[Api]:
    """Open the free chair."""
    SHOWN.add("free")
    api = Api(page)
    page.goto(PATH)
    expect(place(page, "seat-mrn")).to_be_visible(timeout=SLOW)
    yield api
    SHOWN.remove("free")


def fill_seat(page: Page, **more: str) -> None:
    typed = {
        "seat-mrn": "40-718",
        "seat-given": "Priya",
        "seat-family": "Nair",
        "seat-birth-date": "19790314",
        "seat-weight": "72",
        "seat-dose": "49,4",
        "seat-duration": "60",
    }
    for testid, text in (typed | more).items():
        box(page, testid).fill(text)


def added(route: Route, body: Json) -> None:
    route.fulfill(status=201, json=body | {"id": same_id("patient", body["mrn"])})


def seated(route: Route, body: Json) -> None:
    route.fulfill(status=201, json={"id": body["id"], "phase": "before"})


def test_seating_adds_the_patient_opens_the_session_and_charts_the_screening(page: Page, free: Api) -> None:
    free.answers = [added, seated]
    fill_seat(page)
    expect(place(page, "seat-rate")).to_have_text("49.4 mg/h, 0.69 mg/kg")
    expect(place(page, "seat-confirm")).to_contain_text("Priya Nair, born 14 Mar 1979")
    place(page, "screening-all-no").click()
    page.evaluate("window.before = true")

    place(page, "seat-confirm").click()
    page.wait_for_function("window.before === undefined")

    (_, patient), (_, session), (path, screening) = free.posted
    assert patient == {
        "mrn": "40-718",
        "given": "Priya",
        "family": "Nair",
        "birth_date": "1979-03-14",
        "sex": "unknown",
    }
    assert session["patient_id"] == same_id("patient", "40-718")
    assert session["chair_id"] == FREE.chair.id
    assert session["weight_kg"] == 72
    assert session["plan"] == {"dose_mg": 49.4, "duration_min": 60, "rate_mg_h": 49.4}
    assert path == f"sessions/{session['id']}/entries"
    assert screening["answers"] == ALL_NO.answers


def test_a_screening_of_somebody_who_arrived_earlier_is_of_the_arrival(page: Page, free: Api) -> None:
    free.answers = [added, seated]
    fill_seat(page)
    place(page, "screening-all-no").click()
    place(page, "seat-minus-10").click()
    page.evaluate("window.before = true")

    place(page, "seat-confirm").click()
    page.wait_for_function("window.before === undefined")

    _patient, (_, session), (_, screening) = free.posted
    assert screening["measured_at"] == session["arrived_at"]
    assert datetime.now(UTC) - datetime.fromisoformat(screening["measured_at"]) > timedelta(minutes=9)


def test_the_next_patient_finds_an_empty_form_though_the_chair_was_told_of_its_session_before_the_answer(
    page: Page, free: Api
) -> None:
    def seated_and_told(route: Route, body: Json) -> None:
        change(page, ids.ChairPage.ROOT, {"data-session": body["id"]})
        box(page, "seat-weight").fill("73")  # a hand that types on
        seated(route, body)

    free.answers = [added, seated_and_told]
    fill_seat(page)
    page.wait_for_function("async () => (await chairside.kept.drafts()).length > 0")
    page.evaluate("window.before = true")

    place(page, "seat-confirm").click()
    page.wait_for_function("window.before === undefined")

    page.wait_for_load_state()
    expect(place(page, "seat-mrn")).to_be_visible()
    assert page.evaluate("chairside.kept.drafts()") == []
    assert [box(page, name).input_value() for name in ("seat-mrn", "seat-weight", "seat-dose")] == [""] * 3


def test_what_was_typed_to_seat_somebody_is_forgotten_once_the_chair_is_taken(desk: Page) -> None:
    draft = """chairside.kept.keepDraft({key: "m.silva:7:", v: 1, at: Date.now(), draft: {}})"""
    desk.evaluate(draft)
    desk.reload()

    gone = """async () => {
        for (let n = 0; n < 40; n += 1) {
            if (!(await chairside.kept.drafts()).length) return true;
            await new Promise((done) => setTimeout(done, 50));
        }
        return false;
    }"""
    assert desk.evaluate(gone)


def test_a_known_record_number_offers_its_patient_by_two_identifiers(page: Page, free: Api) -> None:
    known = {"id": same_id("patient", "x"), "mrn": "40-718", "given": "Paul", "family": "Nolan"}
    free.patients = [known | {"birth_date": "1961-07-02", "sex": "male", "indication": None}]
    conflict = {"title": "Conflict", "detail": "The record number 40-718 is taken.", "errors": []}
    free.answers = [lambda route, _body: route.fulfill(status=409, json=conflict), seated]
    fill_seat(page)
    place(page, "seat-confirm").click()
    expect(place(page, "save-status")).to_contain_text("Nobody is seated")

    place(page, "seat-found").get_by_role("button", name=re.compile("Paul Nolan born 2 Jul 1961")).click()
    expect(place(page, "seat-confirm")).to_contain_text("Paul Nolan")
    page.evaluate("window.before = true")
    place(page, "seat-confirm").click()
    page.wait_for_function("window.before === undefined")

    assert free.posted[-1][0] == "sessions"
    assert free.bodies[-1]["patient_id"] == known["id"]


def test_an_unusual_weight_is_asked_about_with_the_same_session(page: Page, free: Api) -> None:
    free.answers = [added, asks("weight_kg", "Weight 31 kg is unusual."), seated]
    fill_seat(page, **{"seat-weight": "31"})
    page.evaluate("window.before = true")
    place(page, "seat-confirm").click()

    place(page, "confirm-unusual").click()
    page.wait_for_function("window.before === undefined")

    first, second = free.bodies[1:]
    assert second == first | {"confirmed": ["weight_kg"]}


def test_seating_without_a_screening_says_so_afterwards(page: Page, free: Api) -> None:
    def seated_here(route: Route, body: Json) -> None:
        SHOWN.discard("free")
        seated(route, body)

    free.answers = [added, seated_here]
    fill_seat(page)
    page.evaluate("window.chairside.outbox.uuid = () => $id".replace("$id", json.dumps(same_id("session", "running"))))

    place(page, "seat-confirm").click()

    expect(place(page, "reading-save")).to_be_visible(timeout=SLOW)
    expect(place(page, "save-status")).to_have_text("Seated. Screening is not answered yet.")
    SHOWN.add("free")


@pytest.mark.parametrize("typed", ["12.03.1980", "12.3.1980", "1980-03-12", "19800312", "12 Mar 1980"])
def test_a_birth_date_is_understood_where_it_can_mean_one_day_only(page: Page, free: Api, typed: str) -> None:
    fill_seat(page, **{"seat-birth-date": typed})

    expect(place(page, "seat-confirm")).to_contain_text("born 12 Mar 1980")
    assert free.posted == []


def test_a_birth_date_that_can_mean_two_days_is_not_guessed(page: Page, free: Api) -> None:
    fill_seat(page, **{"seat-birth-date": "12/03/1980"})

    place(page, "seat-confirm").click()

    expect(page.locator('[data-field="birth_date"] [data-error]')).to_have_text(re.compile("like 1979-03-14"))
    assert free.posted == []


def test_a_refusal_names_the_record_number_as_the_screen_does(page: Page, free: Api) -> None:
    free.answers = [refused("mrn", "mrn is missing: give some text.")]
    fill_seat(page, **{"seat-mrn": ""})

    place(page, "seat-confirm").click()

    expect(page.locator('[data-field="mrn"] [data-error]')).to_have_text("Record number is missing.")


def test_a_half_answered_screening_seats_nobody(page: Page, free: Api) -> None:
    fill_seat(page)
    place(page, "screening-pregnancy-no").click()

    place(page, "seat-confirm").click()

    expect(place(page, "save-status")).to_contain_text("half answered")
    assert free.posted == []
