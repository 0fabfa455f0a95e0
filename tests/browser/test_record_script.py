"""What a reader changes on the record, in a real browser: corrections, notes, closing, signing, filters."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from models.moments import utc_now
from models.signing_in import new_device_token
from tests.browser.test_journey import NewPage, at, field, seated, sign_in
from tests.sample_sessions import same_id
from tests.served import Served, ago, values

DESK = (1280, 800)


def charted(served: Served) -> str:
    """Return a session with a baseline, a running infusion and a wrong heart rate."""
    session = seated(served)
    nurse = served.sign_in("m.silva")
    nurse.good(nurse.chart(session, "reading", 4, values=values(134, 84) | {"hr": 106}))
    return session


def record(new_page: NewPage, served: Served, session: str, name: str = "a.lindqvist") -> Page:
    page = sign_in(new_page(viewport=DESK, base_url=served.url), name, f"/session/{session}")
    expect(at(page, "record-table")).to_be_visible()
    return page


def last_reading(page: Page) -> Locator:
    return at(page, "reading-row").last


def correcting(page: Page) -> Locator:
    last_reading(page).locator('[data-testid="entry-correct"]').click()
    return page.locator(".record-form")


def asked(form: Locator, path: str) -> Locator:
    return form.locator(f'[data-path="{path}"]')


def test_a_corrected_value_stands_beside_the_struck_one(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))

    form = correcting(page)
    asked(form, "values.hr").fill("76")
    asked(form, "reason").fill("typing <b>error</b>")
    at(page, "correction-save").click()

    expect(last_reading(page).locator("del")).to_have_text("106")
    expect(last_reading(page).locator(".reading-cell--hr b")).to_have_text("76")
    expect(last_reading(page)).to_contain_text("typing <b>error</b>")


def test_a_correction_without_a_reason_is_not_sent(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))

    form = correcting(page)
    asked(form, "values.hr").fill("76")
    at(page, "correction-save").click()

    expect(form.locator(".record-field--reason .record-error")).to_contain_text("Say why")
    expect(asked(form, "values.hr")).to_have_value("76")


def test_a_refused_value_is_named_beside_its_field_and_the_rest_stays(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))

    form = correcting(page)
    asked(form, "values.hr").fill("400")
    asked(form, "reason").fill("typing error")
    at(page, "correction-save").click()

    beside = form.locator("label", has=page.locator('[data-path="values.hr"]')).locator(".record-error")
    expect(beside).to_contain_text("from 20 to 250")
    expect(asked(form, "reason")).to_have_value("typing error")


def test_an_unusual_value_is_kept_once_it_was_confirmed(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))

    form = correcting(page)
    asked(form, "values.hr").fill("155")
    asked(form, "reason").fill("read again")
    at(page, "correction-save").click()
    expect(form.locator(".record-form__bar .record-error")).to_contain_text("Save again to confirm")
    at(page, "correction-save").click()

    expect(last_reading(page).locator(".reading-cell--hr b")).to_have_text("155")


def test_what_was_entered_in_error_is_struck(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))

    form = correcting(page)
    asked(form, "reason").fill("other chair")
    at(page, "correction-strike").click()

    expect(last_reading(page)).to_have_class("reading-line reading-line--struck")
    expect(last_reading(page)).to_contain_text("entered in error")


def test_what_was_typed_survives_a_network_that_is_gone(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))
    form = correcting(page)
    asked(form, "values.hr").fill("76")
    asked(form, "reason").fill("typing error")

    def gone(route: Route) -> None:
        route.abort()

    page.route("**/entries", gone)
    at(page, "correction-save").click()
    expect(form.locator(".record-form__bar .record-error")).to_contain_text("Not saved")
    page.unroute("**/entries", gone)
    at(page, "correction-save").click()

    expect(last_reading(page).locator(".reading-cell--hr b")).to_have_text("76")


def test_an_answer_that_was_lost_stores_a_note_once(new_page: NewPage, served: Served) -> None:
    session = charted(served)
    page = record(new_page, served, session)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.get_by_role("button", name="Add note").click()
    page.locator(".record-form textarea").fill("Slept.")
    page.route("**/entries", lose, times=1)
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".record-form .record-error").last).to_contain_text("Not saved")
    page.get_by_role("button", name="Save note").click()

    expect(at(page, "note-line")).to_have_count(1)


def test_a_record_left_open_never_writes_as_whoever_signed_in_since(new_page: NewPage, served: Served) -> None:
    session = charted(served)
    page = record(new_page, served, session)
    page.get_by_role("button", name="Add note").click()
    page.locator(".record-form textarea").fill("Slept.")
    sign_in(page.context.new_page(), "m.silva", "/")

    page.get_by_role("button", name="Save note").click()

    expect(page.locator(".record-form .record-error").last).to_contain_text("Somebody else is signed in")
    expect(page.locator(".record-form textarea")).to_have_value("Slept.")
    stored = served.sign_in("m.silva").get(f"/api/v1/sessions/{session}/entries").json()["items"]
    assert "note" not in [entry["kind"] for entry in stored]


def test_signing_is_refused_once_the_record_grew_and_done_after_reading_it_again(
    new_page: NewPage, served: Served
) -> None:
    session = charted(served)
    nurse = served.sign_in("m.silva")
    nurse.good(nurse.chart(session, "infusion", 2, action="stop"))
    nurse.good(nurse.chart(session, "phase", 1, to="closed"))
    page = record(new_page, served, session)
    nurse.good(nurse.chart(session, "note", 3, text="One more."))

    at(page, "session-sign").click()
    expect(page.locator("[data-record-said]")).to_contain_text("The record has grown")
    at(page, "record-reload").click()
    expect(at(page, "note-line")).to_have_count(1)
    at(page, "session-sign").click()

    expect(at(page, "signed-by")).to_have_text("A. Lindqvist")
    expect(at(page, "entry-correct")).to_have_count(0)


def test_the_record_prints_on_white(new_page: NewPage, served: Served) -> None:
    page = record(new_page, served, charted(served))
    page.evaluate("document.documentElement.dataset.theme = 'dim'")

    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")

    assert page.evaluate("document.documentElement.dataset.theme") == "dim"


def test_the_export_is_the_record_as_it_stands(new_page: NewPage, served: Served, tmp_path: Path) -> None:
    page = record(new_page, served, charted(served))

    with page.expect_download() as download:
        at(page, "export-csv").click()

    target = tmp_path / "record.csv"
    download.value.save_as(target)
    assert target.read_text(encoding="utf-8").startswith("seq,kind,measured_at,")
    assert ",hr,106," in target.read_text(encoding="utf-8")


def test_a_nurse_accepts_what_a_device_measured_as_it_stands(new_page: NewPage, served: Served) -> None:
    session, device, stores = charted(served), served.client(), served.app.stores
    token = new_device_token(stores.people, stores.site, "monitor 1", utc_now())
    device.http.headers["Authorization"] = f"Bearer {token}"
    device.good(device.chart(session, "reading", 1, values=values(128, 80)))
    page = record(new_page, served, session, "r.okafor")
    expect(last_reading(page)).to_contain_text("from monitor 1, not accepted")

    form = correcting(page)
    asked(form, "reason").fill("accepted, cuff seen")
    at(page, "correction-save").click()

    expect(last_reading(page)).to_contain_text("accepted, cuff seen")
    expect(last_reading(page)).not_to_contain_text("not accepted")


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("fhir", b'{"resourceType":"Bundle"')])
def test_the_record_is_taken_away_as_pdf_and_as_fhir(
    new_page: NewPage, served: Served, tmp_path: Path, form: str, begins: bytes
) -> None:
    page = record(new_page, served, charted(served))

    with page.expect_download() as download:
        at(page, f"export-{form}").click()

    target = tmp_path / "record"
    download.value.save_as(target)
    assert target.read_bytes().startswith(begins)


@pytest.mark.parametrize(("term", "found"), [("dizz", 1), ("nausea", 0)])
def test_the_review_is_narrowed_by_a_term(new_page: NewPage, served: Served, term: str, found: int) -> None:
    session = charted(served)
    nurse = served.sign_in("m.silva")
    onset = ago(5)
    effect = {"event_id": same_id("effect"), "term": "Dizziness", "onset_at": onset}
    nurse.good(nurse.chart(session, "adverse_event", 5, **effect))
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "a.lindqvist", "/review")
    expect(at(page, "event-row")).to_have_count(1)

    field(page, "review-term").fill(term)

    expect(at(page, "event-row")).to_have_count(found)
    expect(at(page, "session-row")).to_have_count(found)


def test_a_wrong_span_of_days_is_refused_in_words(new_page: NewPage, served: Served) -> None:
    charted(served)
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "a.lindqvist", "/review")
    expect(at(page, "session-row")).to_have_count(1)

    field(page, "review-from").fill("2026-11-23")
    field(page, "review-to").fill("2026-11-22")

    expect(page.locator("#review-said")).to_contain_text("to lies before from")


def wrongly_charted(served: Served) -> tuple[str, str]:
    """Return a session with a reading that belongs to the patient on chair 2, and that patient's session."""
    wrong, right = charted(served), seated(served, "2", running=False)
    return wrong, right


def test_a_reading_on_the_wrong_chair_is_moved_in_one_go(new_page: NewPage, served: Served) -> None:
    wrong, right = wrongly_charted(served)
    page = record(new_page, served, wrong, "m.silva")

    form = correcting(page)
    at(page, "correction-wrong-chair").click()
    expect(at(page, "move-to")).to_have_count(1)
    expect(at(page, "move-to")).to_contain_text("Chair 2")
    at(page, "move-to").locator("input").check()
    at(page, "move-confirm").click()
    expect(form.locator(".record-field--reason")).to_contain_text("Say why")
    asked(form, "reason").fill("stood at the other chair")
    at(page, "move-confirm").click()

    expect(last_reading(page)).to_contain_text("moved to chair 2")
    expect(last_reading(page)).to_contain_text("stood at the other chair")
    expect(last_reading(page)).to_have_class("reading-line reading-line--struck")
    page.goto(f"/session/{right}")
    expect(last_reading(page)).to_contain_text("moved here from chair 1")
    expect(last_reading(page)).to_contain_text("134/84")


def test_a_move_whose_answer_was_lost_is_made_once(new_page: NewPage, served: Served) -> None:
    wrong, right = wrongly_charted(served)
    page = record(new_page, served, wrong, "m.silva")
    form = correcting(page)
    at(page, "correction-wrong-chair").click()
    at(page, "move-to").locator("input").check()
    asked(form, "reason").fill("other patient")
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/moves", lose)
    at(page, "move-confirm").click()
    expect(form).to_contain_text("no answer from the server")
    at(page, "move-confirm").click()

    expect(last_reading(page)).to_contain_text("moved to chair 2")
    assert lost == [201]
    assert served.sign_in("m.silva").session(right)["last_seq"] == 4


def test_an_unconfirmed_value_is_confirmed_as_it_stands(new_page: NewPage, served: Served) -> None:
    session = charted(served)
    nurse = served.sign_in("m.silva")
    nurse.good(nurse.chart(session, "reading", 1, values=values(134, 84) | {"hr": 151}, queued=True))
    page = record(new_page, served, session, "m.silva")
    expect(last_reading(page)).to_contain_text("not confirmed: HR")

    form = correcting(page)
    asked(form, "reason").fill("seen so")
    at(page, "correction-save").click()
    expect(form).to_contain_text("Save again to confirm")
    at(page, "correction-save").click()

    expect(last_reading(page)).to_contain_text("corrected")
    expect(last_reading(page)).not_to_contain_text("not confirmed")
