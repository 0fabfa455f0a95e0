"""What is asked at seating, and the pump's volume at the stop, in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_journey import NewPage, at, field, open_chair, seated, sign_in
from tests.served import Served


def test_what_was_asked_at_seating_is_in_the_record(new_page: NewPage, served: Served) -> None:
    page = sign_in(new_page(base_url=served.url), "m.silva", "/chair/1")
    typed = {
        "mrn": "40-718",
        "given": "Priya",
        "family": "Nair",
        "birth-date": "1979-03-14",
        "weight": "72",
        "dose": "49.4",
        "duration": "60",
        "allergies": "penicillin",
        "vial-lot": "KET-2291",
    }
    for name, text in typed.items():
        field(page, f"seat-{name}").fill(text)
    at(page, "seat-sex-female").click()
    at(page, "seat-consent-yes").click()
    at(page, "seat-iv-check-no").click()

    at(page, "seat-confirm").click()

    expect(at(page, "infusion-start")).to_be_visible()
    nurse = served.sign_in("m.silva")
    (session,) = nurse.good(nurse.get("/api/v1/sessions"))["items"]
    entry = nurse.good(nurse.get(f"/api/v1/sessions/{session['id']}/entries"))["items"][0]
    told = {key: entry.get(key) for key in ("allergies", "medicines", "vial_lot", "consent", "iv_check")}
    assert told == {
        "allergies": "penicillin",
        "medicines": None,
        "vial_lot": "KET-2291",
        "consent": True,
        "iv_check": False,
    }


def test_the_volume_on_the_pump_is_asked_for_at_the_stop(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    at(page, "infusion-details").click()
    expect(field(page, "infusion-pump-ml")).to_be_hidden()
    page.locator('[data-panel="infusion"] [data-pick="action"] [data-value="stop"]').click()

    field(page, "infusion-pump-ml").fill("0,7")
    at(page, "infusion-save").click()

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    assert served.sign_in("m.silva").session(session)["infusion"]["reconciliation"]["pump_ml"] == 0.7
