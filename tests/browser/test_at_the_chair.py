"""What a nurse does around a reading, in a real browser: call, take an alert, hold, hand over, move, decide limits."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_journey import NewPage, at, card, field, open_board, open_chair, seated
from tests.served import ALL_NO, Client, Json, Served, values


def saved(page: Page) -> None:
    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")


def entries(nurse: Client, session: str, kind: str) -> list[Json]:
    found = nurse.good(nurse.get(f"/api/v1/sessions/{session}/entries"))["items"]
    return [one for one in found if one["kind"] == kind]


# Emergency


def test_a_frightened_double_tap_calls_once_and_turns_the_board(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    board = open_board(new_page, served)
    page = open_chair(new_page, served)

    at(page, "emergency").dblclick()

    saved(page)
    expect(card(board, "1")).to_have_attribute("data-state", "critical")
    expect(at(page, "emergency")).to_contain_text("called")
    assert len(entries(served.sign_in("m.silva"), session, "emergency")) == 1


def test_an_emergency_by_mistake_is_taken_back_by_a_correction(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    at(page, "emergency").click()
    saved(page)

    page.get_by_role("button", name="Undo: by mistake").click()

    expect(at(page, "save-status")).to_contain_text("Taken back")
    expect(at(page, "emergency")).not_to_contain_text("called")
    nurse = served.sign_in("m.silva")
    assert len(entries(nurse, session, "emergency")) == 1
    assert len(entries(nurse, session, "correction")) == 1


def test_an_emergency_that_reaches_nobody_says_so_at_once(new_page: NewPage, served: Served) -> None:
    seated(served)
    page = open_chair(new_page, served)
    page.route(re.compile(r"/api/v1/sessions/.*/entries"), lambda route: route.abort("internetdisconnected"))

    at(page, "emergency").click()

    expect(at(page, "save-status")).to_contain_text("Call out loud")
    expect(at(page, "save-status")).to_have_attribute("data-status", "kept")


# Alerts


def test_an_alert_that_comes_while_another_is_taken_is_not_taken_with_it(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    nurse = served.sign_in("r.okafor")
    nurse.good(nurse.chart(session, "reading", 1, values=values(184, 98, spo2=97)))
    page = open_chair(new_page, served)
    at(page, "alert-acknowledge").click()
    field(page, "alert-comment").fill("legs up, a")

    nurse.good(nurse.chart(session, "reading", 0, values={"spo2": 90}))
    expect(at(page, "alert-banner")).to_contain_text("SpO2 90")
    assert field(page, "alert-comment").input_value() == "legs up, a"
    field(page, "alert-comment").press_sequentially("sked")
    at(page, "alert-save").click()
    saved(page)

    taken = {one["rule"]: one["acknowledged_by"] for one in nurse.session(session)["alerts"]}
    assert (taken["SBP_HIGH"], taken["SPO2_LOW"]) == ("m.silva", None)
    expect(at(page, "alert-banner")).to_contain_text("Nobody has taken it")


# Holds, handover, move


def test_a_hold_is_on_in_three_taps_and_over_in_one(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    at(page, "more-open").click()
    page.locator('[data-testid="hold-washroom"]').click()
    at(page, "hold-save").click()

    expect(at(page, "hold-line")).to_contain_text("washroom, M. Silva. The check goes on counting.")
    at(page, "hold-over").click()
    expect(at(page, "hold-line")).to_be_hidden()
    assert served.sign_in("m.silva").session(session)["hold"] is None


def test_a_handover_is_drafted_from_the_record(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    at(page, "more-open").click()
    at(page, "more-handover").click()
    page.locator('[data-sheet="handover"] [data-value="r.okafor"]').click()
    page.get_by_role("button", name="Draft it from the record").click()
    at(page, "handover-save").click()
    saved(page)

    (told,) = served.sign_in("m.silva").session(session)["handovers"]
    assert told["to"] == "r.okafor"
    assert "49.4 mg/h" in told["text"]


def test_what_is_typed_goes_along_to_the_other_chair(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    field(page, "reading-sbp").press_sequentially("158")
    at(page, "more-open").click()
    at(page, "more-move").click()
    at(page, "move-to-2").click()

    at(page, "move-save").click()

    page.wait_for_url("**/chair/2")
    expect(field(page, "reading-sbp")).to_have_value("158")
    assert served.sign_in("m.silva").session(session)["chair"]["name"] == "2"


def test_a_refused_limit_is_said_beside_its_field_and_stays_typed(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served, name="a.lindqvist")
    at(page, "more-open").click()
    at(page, "more-limit").click()
    at(page, "limit-sbp").click()
    field(page, "limit-critical-high").fill("150")
    field(page, "limit-reason").fill("aneurysm clipped")
    at(page, "limit-save").click()
    expect(page.locator('[data-sheet="limit"] [data-field="critical_high"]')).to_contain_text("lies below caution")

    field(page, "limit-caution-high").fill("130")
    at(page, "limit-save").click()
    saved(page)

    own = entries(served.sign_in("a.lindqvist"), session, "limit")
    assert [one["limits"] for one in own] == [{"caution_high": 130, "critical_high": 150}]


# The start


def test_an_override_is_of_the_very_start_that_was_refused(new_page: NewPage, served: Served) -> None:
    nurse = served.sign_in("m.silva")
    session = nurse.seat("1", minutes_ago=30)
    page = open_chair(new_page, served, name="a.lindqvist")
    at(page, "infusion-details").click()
    page.locator('[data-panel="infusion"] [data-value="start"]').click()
    field(page, "infusion-rate-value").fill("0.5")
    page.locator('[data-pick="unit"] [data-value="mg/kg/h"]').click()
    at(page, "infusion-minus-10").click()
    at(page, "infusion-save").click()
    field(page, "infusion-override-reason").fill("screened on paper")
    at(page, "infusion-override").click()
    saved(page)

    (start,) = entries(nurse, session, "infusion")
    told = nurse.session(session)["infusion"]
    assert (start["as_entered"], start["override"]) == ("0.5 mg/kg/h", {"reason": "screened on paper"})
    assert 5.5 < told["delivered_mg"] < 7, "36 mg/h for ten minutes"


def test_a_start_that_was_changed_after_its_refusal_is_not_overridden_unseen(new_page: NewPage, served: Served) -> None:
    served.sign_in("m.silva").seat("1", minutes_ago=30)
    page = open_chair(new_page, served, name="a.lindqvist")
    at(page, "infusion-details").click()
    page.locator('[data-panel="infusion"] [data-value="start"]').click()
    field(page, "infusion-rate-value").fill("36")
    at(page, "infusion-save").click()
    expect(at(page, "infusion-override")).to_be_visible()

    field(page, "infusion-rate-value").press_sequentially("0")

    expect(at(page, "infusion-override")).to_be_hidden()


def test_a_nurse_is_told_who_can_override_and_which_reading_is_over_the_gate(new_page: NewPage, served: Served) -> None:
    nurse = served.sign_in("m.silva")
    session = nurse.seat("1", minutes_ago=30)
    nurse.good(nurse.chart(session, "screening", 25, answers=ALL_NO))
    nurse.good(nurse.chart(session, "reading", 20, values=values(168, 88)))
    page = open_chair(new_page, served)

    expect(page.locator(".infusion__note")).to_contain_text(
        re.compile(r"SBP 168, limit before start 160, at \d\d:\d\d")
    )
    at(page, "infusion-start").click()

    expect(at(page, "infusion-who-can")).to_contain_text("A. Lindqvist")


# Seating


def test_a_patient_who_was_here_brings_the_last_time_along(new_page: NewPage, served: Served) -> None:
    nurse = served.sign_in("m.silva")
    first = nurse.seat("1", minutes_ago=130)
    mrn = nurse.session(first)["patient"]["mrn"]
    nurse.good(nurse.chart(first, "screening", 128, answers=ALL_NO))
    nurse.good(nurse.chart(first, "reading", 125, values=values(124, 78)))
    nurse.good(nurse.chart(first, "infusion", 120, action="start"))
    nurse.good(nurse.chart(first, "reading", 90, values=values(171, 90, nausea=4, dissociation=3)))
    nurse.good(nurse.chart(first, "infusion", 60, action="stop"))
    nurse.good(nurse.chart(first, "phase", 1, to="closed"))
    page = open_chair(new_page, served)

    field(page, "seat-mrn").press_sequentially(mrn)
    page.locator(".seat__patient").first.click()

    expect(at(page, "seat-found")).to_contain_text(
        "Last time: 49.4 mg, peak SBP 171 at 30 min, dissociation 3, nausea 4"
    )
    patient = nurse.session(first)["patient"]["id"]
    expect(at(page, "seat-series")).to_have_attribute("href", f"/patient/{patient}")
