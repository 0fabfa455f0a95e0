"""The page of a chair: drawn and sent alike, who sits there, why, what is due; what is typed in is not touched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from dash.development.base_component import Component

from layouts import ids
from layouts.chair import (
    chair_page,
    chair_properties,
    due_properties,
    elapsed_properties,
    facts_text,
    last_time_properties,
    last_time_text,
    peak_text,
    room_order,
    tab_properties,
    tab_words,
    why_properties,
    why_second_line,
)
from layouts.infusion_form import infusion_properties, plain, pump_note, rate_text
from layouts.markup import Input, to_html
from layouts.shell import shell
from models.clinic import ChairNow
from models.entries import Hold, Infusion
from models.infusion import decimal
from models.moments import MIN
from models.people import Person, Role
from models.session import Chair, SessionView
from tests.component_tree import prop, said, walk, with_testid
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, finished, same_id

NURSE = Person("1", "m.silva", Role.NURSE, "site")
CLINICIAN = Person("2", "a.lindqvist", Role.CLINICIAN, "site")
REVIEWER = Person("3", "v.marsh", Role.REVIEWER, "site")
FREE = ChairNow(Chair(same_id("chair", "9"), "9"), None)
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def running() -> Sheet:
    sheet = Sheet("running")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48, concentration_mg_ml=10))
    return sheet


def at_minute(minute: float) -> SessionView:
    sheet = finished()
    sheet.entries = [entry for entry in sheet.entries if entry.recorded_at <= START + minute * MIN]
    return sheet.view(minute)


def seated(view: SessionView) -> ChairNow:
    return ChairNow(view.chair, view)


def page(view: SessionView, person: Person = NURSE, last_time: SessionView | None = None) -> Component:
    return chair_page(seated(view), [FREE], view.now, UTC, person, last_time)


def props(properties: list[tuple[str, dict[str, Any]]], name: str) -> dict[str, Any]:
    return dict(properties)[name]


def plain_value(value: object) -> object:
    if isinstance(value, Component):
        return plain_value(value.to_plotly_json())  # type: ignore[no-untyped-call]  # Dash ships it without types
    if isinstance(value, dict):
        return {key: plain_value(part) for key, part in value.items()}
    return [plain_value(part) for part in value] if isinstance(value, list | tuple) else value


def held() -> SessionView:
    """Return a chair with an alert that nobody took, and a hold."""
    sheet = running()
    sheet.write(5, core(186, 98, 88, 1, 0))
    sheet.write(6, Hold("washroom"))
    return sheet.view(7)


VIEWS = {
    "held": held(),
    "before": Sheet("new").view(-18),
    "running": at_minute(34),
    "paused": at_minute(42),
    "recovery": at_minute(90),
    "late": running().view(31),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_is_sent_is_what_is_drawn(view: SessionView) -> None:
    drawn = {prop(one, "id"): one for one in walk(page(view)) if prop(one, "id")}

    for name, sent in chair_properties(seated(view), [FREE], view.now, UTC):
        for key, value in sent.items():
            assert plain_value(prop(drawn[name], key)) == plain_value(value), f"{name}.{key}"


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_change_never_touches_an_input_nor_replaces_one(view: SessionView) -> None:
    components = list(walk(page(view)))
    typed = {prop(one, "id") for one in components if isinstance(one, Input)}
    holding = {
        prop(one, "id")
        for one in components
        if any(isinstance(part, Input) or type(part).__name__ in {"Button", "Textarea"} for part in walk(one))
    }

    for name, sent in chair_properties(seated(view), [FREE], view.now, UTC):
        assert name not in typed
        assert not ("children" in sent and name in holding), name


def test_the_same_places_are_sent_whatever_the_state() -> None:
    names = [[name for name, _ in chair_properties(seated(view), [FREE], NOW, UTC)] for view in VIEWS.values()]

    assert all(one == names[0] for one in names)
    assert len(set(names[0])) == len(names[0])


def test_another_session_on_the_chair_is_told_by_its_id() -> None:
    assert props(chair_properties(seated(at_minute(34)), [], NOW, UTC), ids.ChairPage.ROOT) == {
        "data-session": same_id("session", "one"),
        "data-arrived": (START - 20 * MIN).isoformat(),
        "data-room": "running",
    }
    free = props(chair_properties(FREE, [], NOW, UTC), ids.ChairPage.ROOT)
    assert free == {"data-session": "", "data-arrived": "", "data-room": "free"}


@pytest.mark.parametrize("person", [NURSE, CLINICIAN, REVIEWER], ids=lambda person: person.role)
@pytest.mark.parametrize("chair", [*map(seated, VIEWS.values()), FREE], ids=[*VIEWS, "free"])
def test_the_page_is_made_of_plain_elements_alone(chair: ChairNow, person: Person) -> None:
    framed = shell(person, chair_page(chair, [FREE], NOW, UTC, person, None), "Chair", path="/chair/1")

    assert to_html(framed).count('data-form="page"') == 1


def test_a_free_chair_asks_whom_to_seat_and_has_no_reading_form() -> None:
    drawn = chair_page(FREE, [seated(at_minute(34))], NOW, UTC, NURSE, None)

    assert with_testid(drawn, "seat-confirm")
    assert not with_testid(drawn, "reading-save")


def test_a_page_carries_each_name_of_the_contract_once() -> None:
    drawn = page(at_minute(34))
    names = [
        *(f"reading-{vital}" for vital in ("sbp", "dbp", "hr", "spo2", "rr", "distress", "save")),
        *(f"{score}-{digit}" for score in ("dissociation", "nausea", "headache") for digit in range(11)),
        *(f"sedation-{digit}" for digit in range(6)),
        *("quick-line", "measured-now", "measured-minus-5", "symptom-chest_pain", "symptom-none", "pending-count"),
        *("confirm-unusual", "due-countdown", "trend-panel", "event-open", "event-term", "event-note", "event-save"),
        *(f"infusion-{action}" for action in ("start", "pause", "resume", "stop", "rate")),
    ]

    assert {name: len(with_testid(drawn, name)) for name in names} == dict.fromkeys(names, 1)


def test_nobody_who_may_not_chart_gets_the_forms() -> None:
    drawn = page(at_minute(34), REVIEWER)

    assert "Priya Nair" in said(drawn)
    assert not with_testid(drawn, "reading-save")


def test_only_a_clinician_is_offered_an_override() -> None:
    assert with_testid(page(at_minute(34), CLINICIAN), "infusion-override")
    assert not with_testid(page(at_minute(34), NURSE), "infusion-override")


# Who


def test_two_identifiers_and_the_weight_stand_under_the_name() -> None:
    assert facts_text(at_minute(34)) == "born 14 Mar 1979 (47) · record 40-718 · 72 kg"


def test_the_last_infusion_is_told_by_its_peak() -> None:
    assert last_time_text(at_minute(200)) == (
        "last time peak SBP 178 at 40 min, dissociation 7, nausea 5, Ondansetron 4 mg"
    )
    assert last_time_text(None) == "first infusion here"
    assert last_time_text(Sheet("empty").view(0)) == "last time no pressure charted"


def test_beside_the_name_there_is_room_for_the_peak_alone_and_all_of_it_stands_there_until_the_start() -> None:
    assert peak_text(at_minute(200)) == "last time peak SBP 178 at 40 min"
    assert peak_text(None) == "first infusion here"
    shown = [last_time_properties(VIEWS[name])[0][1]["hidden"] for name in ("before", "running", "recovery")]
    assert shown == [False, True, True]


def test_time_counts_from_arrival_then_from_the_start_then_from_the_stop() -> None:
    before = props(elapsed_properties(Sheet("new").view(-5)), ids.ChairPage.ELAPSED)
    during = props(elapsed_properties(at_minute(34)), ids.ChairPage.ELAPSED)
    after = props(elapsed_properties(at_minute(90)), ids.ChairPage.ELAPSED)

    assert (before["data-say"], before["data-at"][11:16]) == ("Here {min}", "13:38")
    assert (during["data-tick"], during["data-at"][11:16], during["data-end"][11:16]) == ("elapsed", "13:58", "14:58")
    assert (after["data-say"], after["data-at"][11:16]) == ("Recovery, {min}", "15:03")


# Own chairs


def test_a_chair_says_in_a_word_how_it_stands() -> None:
    said_of = {name: tab_words(view) for name, view in VIEWS.items()}

    assert said_of["before"] == ("before start", None)
    assert said_of["running"] == ("{min}", START)
    assert said_of["paused"][0] == "paused {min}"
    assert said_of["recovery"] == ("recovery", None)
    assert said_of["late"][0] == "late {min}"
    assert dict(tab_properties(FREE))["chair-tab-words--9"]["data-say"] == "free"


def test_a_late_chair_keeps_a_shape_and_a_word_beside_its_colour() -> None:
    look, words = (sent for _, sent in tab_properties(seated(VIEWS["late"])))

    assert look["className"] == "chairs__tab chairs__tab--critical chairs__tab--late"
    assert look["data-sign"] == ""  # the clock of the stylesheet stands there
    assert words["data-was"] == "was late"


def test_chairs_stand_in_the_order_of_the_room() -> None:
    assert sorted(["10", "2", "Bay 2", "Bay 10", "1"], key=room_order) == ["1", "2", "10", "Bay 2", "Bay 10"]


# Why, and what is due


def test_the_worst_flag_speaks_with_its_age_and_the_change_from_baseline() -> None:
    view = at_minute(32)
    sent = why_properties(view, UTC)

    assert props(sent, ids.ChairPage.WHY)["className"] == "why why--caution"
    assert props(sent, ids.ChairPage.BADGE)["data-say"] == "▲ Caution"
    assert props(sent, ids.ChairPage.WHY_WORDS)["data-say"] == "SBP 164, limit 160, {age}"
    assert props(sent, ids.ChairPage.WHY_WORDS)["data-was"] == "SBP 164, limit 160, at 14:28"
    assert why_second_line(view, view.flags[0]) == "+40 (+32 %) from baseline 124"


def test_what_else_is_flagged_is_counted_and_listed() -> None:
    sent = why_properties(at_minute(41), UTC)

    assert props(sent, ids.ChairPage.WHY_MORE_WORDS)["children"] == "▲ 3 more"
    assert props(sent, ids.ChairPage.WHY_MORE)["className"] == "why__more"
    assert "Nausea 4, limit 4, 14:38" in [said(item) for item in props(sent, ids.ChairPage.WHY_LIST)["children"]]


def test_a_chair_in_range_says_so_with_its_age_and_shows_no_badge() -> None:
    sent = why_properties(at_minute(8), UTC)

    assert props(sent, ids.ChairPage.WHY)["className"] == "why why--normal"
    assert props(sent, ids.ChairPage.BADGE)["data-say"] == ""
    assert props(sent, ids.ChairPage.WHY_WORDS)["data-say"] == "In range, {age}"


def test_silence_is_not_in_range() -> None:
    sent = why_properties(Sheet("new").view(-18), UTC)

    assert props(sent, ids.ChairPage.WHY_WORDS)["data-say"] == "No reading yet"


def test_a_late_set_is_hatched_and_says_since_when() -> None:
    sent = why_properties(VIEWS["late"], UTC)

    assert "why--late" in props(sent, ids.ChairPage.WHY)["className"].split()
    assert props(sent, ids.ChairPage.BADGE)["data-say"] == "Late {min}"
    assert props(sent, ids.ChairPage.WHY_WORDS)["data-say"] == "No full set for {min}, due 14:08"


def test_a_start_without_a_baseline_is_said() -> None:
    sheet = Sheet("bare")
    sheet.write(0, Infusion("start", 48, happened=True))

    assert "no baseline" in why_second_line(sheet.view(3), None)


@pytest.mark.parametrize(
    ("minute", "state", "words"),
    [(9, "not_due", "next check 14:08"), (11, "due", "check due 14:08"), (13, "caution", "check due 14:08")],
)
def test_the_next_check_counts_down_and_then_says_that_it_is_due(minute: float, state: str, words: str) -> None:
    sent = due_properties(running().view(minute), UTC)

    countdown = props(sent, ids.ChairPage.DUE_COUNTDOWN)
    assert (countdown["data-tick"], countdown["data-state"], countdown["data-grace"]) == ("countdown", state, "2")
    assert countdown["data-at"][11:16] == "14:08"
    assert props(sent, ids.ChairPage.DUE_AT)["data-say"] == words


# The pump


def screened() -> SessionView:
    """Return a session before its start whose screening is answered."""
    sheet = Sheet("screened")
    sheet.write(-8, ALL_NO)
    return sheet.view(-5)


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (Sheet("new").view(-5), {"chair-start-box", "chair-screen"}),
        (screened(), {"chair-start-box"}),
        (at_minute(34), {"chair-change-rate", "chair-pause", "chair-stop"}),
        (at_minute(42), {"chair-change-rate", "chair-resume", "chair-stop"}),
        (at_minute(90), {"chair-close"}),
    ],
)
def test_only_what_the_pump_can_do_is_offered(view: SessionView, shown: set[str]) -> None:
    sent = infusion_properties(view)

    assert {str(name) for name, one in sent if one.get("hidden") is False} == shown


def test_the_rate_is_told_in_mg_and_where_it_is_known_in_ml() -> None:
    assert rate_text(at_minute(34)) == "48 mg/h · 4.8 mL/h"
    assert rate_text(at_minute(42)) == "Paused at 48 mg/h · 4.8 mL/h"
    assert rate_text(at_minute(90)) == "Stopped 15:03"
    assert rate_text(Sheet("new").view(0)) == "Not started"


@pytest.mark.parametrize(("number", "text"), [("48.00", "48"), ("49.44", "49.4"), ("9.95", "9.95"), ("100", "100")])
def test_a_rate_has_no_idle_digits(number: str, text: str) -> None:
    assert plain(decimal(float(number))) == text


def test_the_dose_counts_on_from_the_last_change_of_rate() -> None:
    dose = props(infusion_properties(at_minute(34)), ids.ChairPage.DOSE)
    paused = props(infusion_properties(at_minute(42)), ids.ChairPage.DOSE)

    assert (dose["data-dose-mg"], dose["data-dose-at"][11:16], dose["data-dose-rate"]) == ("26.20", "14:29", "48")
    assert (paused["data-dose-at"], paused["data-dose-rate"]) == ("", "0")


def test_a_stop_that_nobody_charted_is_said_beside_the_rate() -> None:
    assert pump_note(running().view(60)) == "ends 14:59", "49.4 mg at 48 mg/h"
    assert pump_note(running().view(62)) == "Planned dose reached. Stop not charted"


def test_what_would_refuse_a_start_is_said_before_the_tap_with_the_reading_that_is_over_the_gate() -> None:
    sheet = Sheet("gate")
    sheet.write(-8, core(168, 88, 70, 0, 0))

    assert pump_note(sheet.view(-5)) == (
        "No screening is charted · SBP 168, limit before start 160, at 13:50: over the gate"
    )
    assert pump_note(screened()) == ""


def test_a_nurse_is_told_which_colleague_can_override() -> None:
    view = Sheet("new").view(-5)
    drawn = chair_page(seated(view), [FREE], view.now, UTC, NURSE, None, [CLINICIAN])

    assert [said(one) for one in with_testid(drawn, "infusion-who-can")] == [
        "A clinician can override with a reason: A. Lindqvist."
    ]
    assert not with_testid(page(view, CLINICIAN), "infusion-who-can")


def test_a_start_without_screening_is_shown_as_disputed() -> None:
    sheet = Sheet("unscreened")
    sheet.write(0, Infusion("start", 48, happened=True))
    sheet.write(5, Infusion("stop"))

    assert pump_note(sheet.view(6)).startswith("Disputed: No screening is charted")


# What was charted last


def test_the_last_readings_can_be_corrected_and_open_effects_resolved() -> None:
    sheet = running()
    sheet.write(8, core(130, 80, 72, 1, 0))
    sheet.write(9, event("dizzy", "Dizziness", START, grade=1))
    drawn = page(sheet.view(10))

    shown = [one for one in walk(drawn) if prop(one, "className") == "lines__row"]

    assert [said(one) for one in shown] == [
        "Dizziness, mild, since 13:58 Edit Resolved",
        "14:06 130/80 · HR 72 · Dissociation 1 · Nausea 0 m.silva Correct",
        "13:50 124/78 · HR 70 · Dissociation 0 · Nausea 0 m.silva Correct",
    ]


def test_what_was_saved_last_stands_first_even_where_it_was_measured_earlier() -> None:
    sheet = running()
    for minute in range(2, 16, 2):
        sheet.write(minute, core(120 + minute, 80, 72, 1, 0))
    sheet.write(1, core(199, 80, 72, 1, 0), typed=16)
    drawn = page(sheet.view(17))

    shown = [said(one) for one in walk(drawn) if prop(one, "className") == "lines__row"]

    assert shown[0] == "13:59 199/80 · HR 72 · Dissociation 1 · Nausea 0 m.silva, saved 14:14 Correct"
    assert len(shown) == 6


def test_a_corrected_reading_names_both_and_loads_what_counts_now() -> None:
    sheet = running()
    wrong = sheet.write(8, core(310, 80, 72, 1, 0))
    sheet.correct(9, wrong, core(130, 80, 72, 1, 0), "typing error", by="a.lindqvist")
    drawn = page(sheet.view(10))

    newest = next(one for one in walk(drawn) if prop(one, "data-author"))

    assert "m.silva, corrected by a.lindqvist" in said(newest)
    assert prop(newest, "data-entry") == wrong.id
    assert '"sbp": 130' in prop(newest, "data-body")
