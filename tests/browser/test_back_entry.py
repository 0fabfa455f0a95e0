"""Typing in from paper in a real browser: by keyboard, nothing called saved that is not, nothing typed lost."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.test_journey import NewPage, at, sign_in
from tests.served import Served, values

DESK = (1280, 800)


def on_paper(served: Served) -> str:
    """Return a session whose infusion ran while nothing could be charted."""
    nurse = served.sign_in("m.silva")
    session = nurse.seat("1", minutes_ago=75)
    nurse.good(nurse.chart(session, "reading", 61, values=values(124, 78)))
    nurse.good(nurse.chart(session, "infusion", 55, action="start", rate_mg_h=49.4, happened=True))
    return session


def typing(new_page: NewPage, served: Served, session: str) -> Page:
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "m.silva", f"/back-entry/{session}")
    expect(lines(page).first.locator("input").first).to_be_visible()
    return page


def lines(page: Page) -> Locator:
    return at(page, "back-line")


def cell(line: Locator, name: str) -> Locator:
    return line.locator(f'[data-cell="{name}"]')


def type_set(page: Page, *texts: str) -> None:
    """Type across a line, and save it."""
    for place, text in enumerate(texts):
        if place:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_lines_are_typed_by_keyboard_and_stored_at_their_times_and_late(new_page: NewPage, served: Served) -> None:
    session = on_paper(served)
    page = typing(new_page, served, session)
    second = lines(page).nth(1)
    cell(second, "sbp").focus()

    type_set(page, "142", "88", "90", "4", "2", "97")
    type_set(page, "138", "86", "88", "asleep", "1")

    expect(second.locator(".back-line__state")).to_contain_text("marked late")
    expect(lines(page).nth(2)).to_have_attribute("data-state", "saved")
    expect(cell(lines(page).nth(3), "sbp")).to_be_focused()
    items = served.sign_in("m.silva").good(served.sign_in("m.silva").get(f"/api/v1/sessions/{session}/entries"))[
        "items"
    ]
    typed = items[3:]
    assert [one["values"]["sbp"] for one in typed] == [142, 138]
    assert typed[1]["not_done"] == {"dissociation": "asleep"}
    assert all(one["late"] for one in typed)
    assert typed[0]["measured_at"][:16] == (second.get_attribute("data-at") or "")[:16]


def test_what_is_refused_or_unusual_is_said_beside_its_line_and_stays(new_page: NewPage, served: Served) -> None:
    page = typing(new_page, served, on_paper(served))
    first, second = lines(page).nth(1), lines(page).nth(2)

    cell(first, "sbp").focus()
    type_set(page, "88", "142")
    expect(first).to_have_attribute("data-state", "refused")
    expect(first).to_contain_text("must be below SBP")
    expect(cell(first, "dbp")).to_have_attribute("aria-invalid", "true")
    expect(cell(first, "dbp")).to_have_value("142")

    cell(second, "sbp").focus()
    type_set(page, "230", "88", "90", "1", "1")
    expect(second).to_contain_text("As on paper?")
    expect(second).not_to_contain_text("Saved")
    second.locator("[data-save]").click()
    expect(second).to_contain_text("Saved")


def test_what_was_typed_survives_a_reload_and_a_network_that_is_gone(new_page: NewPage, served: Served) -> None:
    session = on_paper(served)
    page = typing(new_page, served, session)
    first = lines(page).nth(1)

    def gone(route: Route) -> None:
        route.abort()

    cell(first, "sbp").fill("142")
    cell(first, "dbp").fill("88")
    page.reload()
    expect(cell(first, "sbp")).to_have_value("142")

    page.route("**/entries", gone)
    cell(first, "hr").focus()
    type_set(page, "90")
    expect(first).to_contain_text("not yet sent")
    expect(first).not_to_contain_text("Saved")
    expect(at(page, "pending-count")).to_contain_text("1 on this tablet")
    page.unroute("**/entries", gone)

    expect(first).to_contain_text("Saved")
    assert served.sign_in("m.silva").session(session)["latest"]["sbp"]["value"] == 142


def test_pump_medicines_effects_and_notes_are_typed_in_as_what_happened(new_page: NewPage, served: Served) -> None:
    session = on_paper(served)
    page = typing(new_page, served, session)
    at_time = lines(page).nth(1).get_attribute("data-clock") or ""
    others = at(page, "back-other")

    told = (
        ("rate", "36", ""),
        ("medication", "4 mg IV", "Ondansetron"),
        ("adverse_event", "2", "Nausea"),
    )
    for place, (what, amount, words) in enumerate(told):
        line = others.nth(place)
        cell(line, "time").fill(at_time)
        cell(line, "what").select_option(what)
        cell(line, "amount").fill(amount)
        cell(line, "words").fill(words)
        cell(line, "words").press("Enter")
        expect(line).to_have_attribute("data-state", "saved")

    found = served.sign_in("m.silva").session(session)
    assert found["infusion"]["rate_mg_h"] == 36
    assert [(event["term"], event["grade"]) for event in found["events"]] == [("Nausea", 2)]


def test_the_paper_forms_print_one_sheet_a_chair_on_either_paper(new_page: NewPage, served: Served) -> None:
    on_paper(served)
    page = sign_in(new_page(viewport=DESK, base_url=served.url), "m.silva", "/paper")
    expect(at(page, "paper-sheet")).to_have_count(3)

    for width, height in ((703, 1010), (725, 940)):  # what 8 mm of margin leave of A4 and of Letter, in CSS pixels
        page.emulate_media(media="print")
        page.set_viewport_size({"width": width, "height": height})
        heights = [(sheet.bounding_box() or {"height": 9999})["height"] for sheet in at(page, "paper-sheet").all()]
        assert all(one <= height for one in heights), heights
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(".bar")).to_be_hidden()
