"""The main job in a real browser: from signing in to the record, as a nurse, a clinician and a reviewer do it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.served import ALL_NO, PASSWORD, Served, values

NewPage = Callable[..., Page]
SOON = 15_000
expect.set_options(timeout=SOON)


def at(page: Page, name: str) -> Locator:
    """Return the element of a test id."""
    return page.locator(f'[data-testid="{name}"]')


def field(page: Page, name: str) -> Locator:
    """Return the input of a test id, which stands on it or on a wrapper that holds just it."""
    return page.locator(
        f'input[data-testid="{name}"], textarea[data-testid="{name}"], '
        f'[data-testid="{name}"] input, [data-testid="{name}"] textarea'
    ).first


def sign_in(page: Page, name: str, path: str = "/") -> Page:
    page.goto(f"/sign-in?next={path}")
    at(page, "sign-in-username").fill(name)
    at(page, "sign-in-password").fill(PASSWORD)
    at(page, "sign-in-submit").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def card(page: Page, chair: str) -> Locator:
    return page.locator(f'[data-testid="chair-card"][data-chair="{chair}"]')


def open_board(new_page: NewPage, served: Served) -> Page:
    board = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "a.lindqvist")
    expect(at(board, "chair-card")).to_have_count(3)
    expect(board.locator("html")).to_have_attribute("data-live", "live")
    return board


def open_chair(new_page: NewPage, served: Served, chair: str = "1", name: str = "m.silva") -> Page:
    page = sign_in(new_page(base_url=served.url), name, f"/chair/{chair}")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    return page


def seated(served: Served, chair: str = "1", *, running: bool = True) -> str:
    """Seat a patient by the API, with a baseline and (if wanted) a running infusion."""
    nurse = served.sign_in("m.silva")
    session = nurse.seat(chair, minutes_ago=30)
    nurse.good(nurse.chart(session, "screening", 25, answers=ALL_NO))
    nurse.good(nurse.chart(session, "reading", 20, values=values(124, 78)))
    if running:
        nurse.good(nurse.chart(session, "infusion", 9, action="start", rate_mg_h=49.4))
    return session


def chart(page: Page, pressure: str, hr: str, dissociation: int, nausea: int) -> None:
    """Type a complete set and tap its scores; does not save."""
    field(page, "reading-sbp").press_sequentially(pressure)
    field(page, "reading-hr").click()
    page.keyboard.type(hr)
    at(page, f"dissociation-{dissociation}").click()
    at(page, f"nausea-{nausea}").click()


def test_seat_a_patient_and_chart_a_reading_that_every_board_shows(new_page: NewPage, served: Served) -> None:
    board = open_board(new_page, served)
    expect(card(board, "1")).to_have_attribute("data-state", "free")
    chair = open_chair(new_page, served)

    for name, text in (
        ("seat-mrn", "40-718"),
        ("seat-family", "Nair"),
        ("seat-given", "Priya"),
        ("seat-birth-date", "1979-03-14"),
        ("seat-weight", "72"),
        ("seat-dose", "49.4"),
        ("seat-duration", "60"),
    ):
        field(chair, name).fill(text)
    at(chair, "seat-confirm").click()
    expect(at(chair, "reading-save")).to_be_visible()
    expect(chair.get_by_text("Priya Nair").first).to_be_visible()

    chart(chair, "184/98", "96", 5, 2)
    at(chair, "reading-save").click()

    expect(at(chair, "save-status")).to_have_attribute("data-status", "saved")
    expect(card(board, "1").locator('[data-testid="card-sbp"]')).to_contain_text("184")
    expect(card(board, "1").locator('[data-testid="card-dbp"]')).to_contain_text("98")
    expect(card(board, "1").locator('[data-testid="card-hr"]')).to_contain_text("96")
    expect(card(board, "1").locator('[data-testid="card-dissociation"]')).to_contain_text("5")
    expect(card(board, "1")).to_have_attribute("data-state", "critical")
    expect(card(board, "1").locator('[data-testid="card-why"]')).to_contain_text("SBP 184, limit before start 160")
    expect(card(board, "1").locator(".js-plotly-plot, .main-svg").first).to_be_visible()


def test_every_score_button_is_large_enough_for_a_gloved_finger(new_page: NewPage, served: Served) -> None:
    seated(served)
    chair = open_chair(new_page, served)

    for name in ("dissociation-0", "dissociation-10", "nausea-5", "reading-save", "measured-now", "measured-minus-5"):
        box = at(chair, name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 48, name


def test_an_adverse_effect_is_on_the_chart_in_the_record_and_in_review(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    chair = open_chair(new_page, served)

    at(chair, "event-open").click()
    field(chair, "event-term").fill("Dizziness")
    field(chair, "event-note").fill("Says the room turns, <b>eyes</b> closed")
    at(chair, "event-save").click()

    expect(at(chair, "trend-panel")).to_contain_text(re.compile("dizziness", re.IGNORECASE))
    record = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "a.lindqvist", f"/session/{session}")
    expect(record.get_by_text("Dizziness").first).to_be_visible()
    expect(record.get_by_text("Says the room turns, <b>eyes</b> closed").first).to_be_visible()
    review = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "v.marsh", "/review")
    expect(at(review, "event-row")).to_have_count(1)
    expect(at(review, "event-row")).to_contain_text("Dizziness")
    expect(at(review, "session-row")).to_have_count(1)


def test_a_corrected_reading_shows_both_values(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    nurse = served.sign_in("m.silva")
    nurse.good(nurse.chart(session, "reading", 2, values=values(130, 80, 176), confirmed=["hr"]))
    chair = open_chair(new_page, served)

    at(chair, "entry-correct").first.click()
    field(chair, "reading-hr").fill("76")
    reason = chair.locator('[data-testid="correct-reason"] input, input[data-testid="correct-reason"]').first
    reason.fill("typing error")
    at(chair, "reading-save").click()

    expect(at(chair, "save-status")).to_have_attribute("data-status", "saved")
    assert nurse.session(session)["latest"]["hr"]["value"] == 76
    record = sign_in(new_page(viewport=(1280, 800), base_url=served.url), "a.lindqvist", f"/session/{session}")
    expect(record.locator("del, s").filter(has_text="176").first).to_be_visible()
    expect(record.get_by_text("typing error").first).to_be_visible()


def test_text_being_typed_survives_ten_live_updates(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    nurse = served.sign_in("r.okafor")
    chair = open_chair(new_page, served)
    chart(chair, "15/8", "", 4, 1)
    field(chair, "reading-sbp").focus()
    chair.evaluate("document.activeElement.setSelectionRange(1, 1)")

    for number in range(10):
        nurse.good(nurse.chart(session, "reading", 1, values={"hr": 70 + number}))
        expect(at(chair, "trend-panel")).to_be_visible()
    expect(chair.get_by_text("was 79").first).to_be_visible()

    assert field(chair, "reading-sbp").input_value() == "15"
    assert field(chair, "reading-dbp").input_value() == "8"
    expect(at(chair, "dissociation-4")).to_have_attribute("aria-pressed", "true")
    assert chair.evaluate("document.activeElement.value") == "15"
    assert chair.evaluate("document.activeElement.selectionStart") == 1


def test_a_refused_value_is_said_beside_its_field_and_stays_typed(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    before = served.sign_in("m.silva").session(session)["last_seq"]
    chair = open_chair(new_page, served)

    chart(chair, "80/90", "76", 1, 1)
    at(chair, "reading-save").click()

    expect(at(chair, "save-status")).to_have_attribute("data-status", "refused")
    expect(chair.get_by_text("DBP 90 must be below SBP 80").first).to_be_visible()
    assert field(chair, "reading-sbp").input_value() == "80"
    assert served.sign_in("m.silva").session(session)["last_seq"] == before


def test_an_unusual_value_is_asked_for_once_and_then_saved(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    chair = open_chair(new_page, served)

    chart(chair, "130/80", "155", 1, 1)
    at(chair, "reading-save").click()
    at(chair, "confirm-unusual").click()

    expect(at(chair, "save-status")).to_have_attribute("data-status", "saved")
    assert served.sign_in("m.silva").session(session)["latest"]["hr"]["value"] == 155


def test_the_board_recovers_after_the_server_restarts_and_shows_what_it_missed(
    new_page: NewPage, served: Served
) -> None:
    session = seated(served)
    board = open_board(new_page, served)
    expect(card(board, "1").locator('[data-testid="card-sbp"]')).to_contain_text("124")
    expect(at(board, "stale-banner")).to_have_count(0)

    served.stop()
    expect(at(board, "stale-banner")).to_be_visible()
    expect(card(board, "1")).to_have_attribute("data-state", "stale")

    served.restart()
    nurse = served.client()
    nurse.sign_in("m.silva")
    nurse.good(nurse.chart(session, "reading", 0, values=values(166, 90)))

    expect(at(board, "stale-banner")).to_have_count(0)
    expect(card(board, "1").locator('[data-testid="card-sbp"]')).to_contain_text("166")
    expect(card(board, "1")).to_have_attribute("data-state", "caution")


def test_the_infusion_is_started_and_stopped_at_the_chair(new_page: NewPage, served: Served) -> None:
    session = seated(served, running=False)
    chair = open_chair(new_page, served)
    nurse = served.sign_in("m.silva")

    at(chair, "infusion-start").click()
    expect(at(chair, "infusion-stop")).to_be_visible()
    assert nurse.session(session)["phase"] == "infusion"

    at(chair, "infusion-pause").click()
    expect(at(chair, "infusion-resume")).to_be_visible()
    assert nurse.session(session)["phase"] == "paused"

    at(chair, "infusion-resume").click()
    expect(at(chair, "infusion-pause")).to_be_visible()
    at(chair, "infusion-stop").click()
    expect(at(chair, "infusion-stop")).to_be_hidden()
    assert nurse.session(session)["phase"] == "recovery"


def test_a_page_that_is_not_for_a_role_says_so_without_a_patient(new_page: NewPage, served: Served) -> None:
    seated(served)
    page = new_page(viewport=(1280, 800), base_url=served.url)
    sign_in(page, "v.marsh", "/review")

    answer = page.goto("/chair/1")

    assert answer is not None
    assert answer.status == 403
    assert "Nair" not in page.content()
