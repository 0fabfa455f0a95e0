"""The card of a chair: what it says in every state, and that a card updated is a card drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from layouts import ids, words
from layouts.chair_card import card, card_properties, set_at
from models.clinic import ChairNow
from models.entries import Infusion, Reading
from models.moments import MIN
from models.session import Chair, SessionView
from tests.sample_sessions import START, Sheet, core

NAME = "7"


def running(*lines: tuple[float, Any]) -> Sheet:
    """Write a session with baseline 122/76, 70, started at minute 0."""
    sheet = Sheet()
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    for minute, content in lines:
        sheet.write(minute, content)
    return sheet


def on(view: SessionView | None) -> ChairNow:
    return ChairNow(Chair("c", NAME), view, START - 8 * MIN if view is None else None)


def shown(view: SessionView | None) -> dict[str, str]:
    """Return what the parts of a card say, by family, as the browser writes it at the view's moment."""
    said = {}
    for name, properties in card_properties(on(view), UTC).items():
        at = str(properties.get("data-at") or "")
        text = str(properties.get("children", properties.get("data-say", "")))
        if at and view is not None:
            minutes = (view.now - datetime.fromisoformat(at)) // MIN
            text = text.replace(words.AGE, f"{minutes} min ago").replace(words.MINUTES, f"{minutes} min")
        said[name.removesuffix(f"-{NAME}").removesuffix(f"_{NAME}").removesuffix("-")] = text
    return said


def frame(view: SessionView | None) -> dict[str, Any]:
    return card_properties(on(view), UTC)[ids.CARD.of(NAME)]


def cell(view: SessionView | None, key: str) -> str:
    return str(card_properties(on(view), UTC)[ids.CARD_CELL.of(f"{key} {NAME}")]["className"])


def written(component: Component) -> Any:  # noqa: ANN401  # a tree of JSON
    return json.loads(json.dumps(component, cls=PlotlyJSONEncoder))


def gated() -> Sheet:
    """Write a set over the gate before the start."""
    sheet = Sheet()
    sheet.write(-8, core(152, 88, 70, 0, 0))
    return sheet


def every(component: object) -> Iterator[Any]:
    if isinstance(component, Component):
        yield component
        yield from every(getattr(component, "children", None))
    elif isinstance(component, list | tuple):
        for one in component:
            yield from every(one)


STATES = {
    "free": None,
    "before": Sheet().view(-10),
    "gated": gated().view(-7),
    "in range": running((10, core(126, 78, 72, 2, 0))).view(12),
    "due": running((10, core(128, 78, 72, 2, 0))).view(20),
    "caution": running((10, core(118, 72, 80, 4, 5))).view(12),
    "critical": running((10, core(184, 104, 104, 5, 2))).view(12),
    "late": running((10, core(126, 80, 76, 6, 1))).view(31),
    "paused": running((10, core(126, 80, 76, 6, 1)), (12, Infusion("pause", reason="washroom"))).view(15),
    "recovery": running((10, core(126, 80, 76, 6, 1)), (12, Infusion("stop"))).view(16),
}


@pytest.mark.parametrize(("before", "after"), list(permutations(STATES, 2)))
def test_a_card_that_was_updated_is_the_card_that_is_drawn_afresh(before: str, after: str) -> None:
    drawn = card(on(STATES[before]), UTC)
    changes = card_properties(on(STATES[after]), UTC)

    for component in every(drawn):
        for name, value in changes.get(getattr(component, "id", None) or "", {}).items():
            setattr(component, name, value)

    assert written(drawn) == written(card(on(STATES[after]), UTC))
    assert written(card(on(STATES[before]), UTC)) != written(drawn)


@pytest.mark.parametrize("state", list(STATES))
def test_every_change_has_its_place_on_the_card_and_no_place_is_drawn_twice(state: str) -> None:
    drawn = [one.id for one in every(card(on(STATES["in range"]), UTC)) if getattr(one, "id", None)]

    assert len(drawn) == len(set(drawn))
    assert set(card_properties(on(STATES[state]), UTC)) | {ids.CARD_TREND.of(NAME)} == set(drawn)


def test_text_that_ticks_is_never_drawn_by_the_server() -> None:
    ticking = [one for one in every(card(on(STATES["late"]), UTC)) if hasattr(one, "data-tick")]

    assert ticking
    assert [one for one in ticking if getattr(one, "children", None) is not None] == []


def test_the_test_ids_of_the_contract_are_on_the_card() -> None:
    found = {getattr(one, "data-testid", None) for one in every(card(on(STATES["in range"]), UTC))}

    values = {"card-sbp", "card-dbp", "card-hr", "card-dissociation", "card-nausea"}
    assert found - {None} == values | {
        *("chair-card", "card-why", "card-due", "card-trend", "card-responder", "card-nurse")
    }


def test_the_numbers_lead_to_the_chair_and_the_keyboard_stops_once() -> None:
    links = [one for one in every(card(ChairNow(Chair("c", "Bay 2"), None), UTC)) if getattr(one, "href", None)]

    assert {one.href for one in links} == {"/chair/Bay%202"}
    assert [getattr(one, "tabIndex", None) for one in links].count(None) == 1


def test_a_card_on_the_wall_leads_nowhere() -> None:
    assert [one for one in every(card(on(None), UTC, linked=False)) if getattr(one, "href", None)] == []


def test_a_chair_in_range_says_so_with_its_age_and_the_change_from_baseline() -> None:
    said = shown(STATES["in range"])

    assert said["card-why"] == "In range, 2 min ago"
    assert said["card-badge"] == ""
    assert (said["card-number--sbp"], said["card-number--dbp"]) == ("126", "78")
    assert (said["card-change--bp"], said["card-change--hr"]) == ("+4 (+3 %)", "+2")
    assert (said["card-word--dissociation"], said["card-word--nausea"]) == ("mild", "none")
    assert frame(STATES["in range"])["data-state"] == "normal"


def test_a_critical_chair_says_which_limit_and_marks_only_the_value_that_met_it() -> None:
    view = STATES["critical"]

    said = shown(view)

    assert said["card-badge"] == "▲▲ Critical"
    assert said["card-why"] == "SBP 184, limit 180, 2 min ago"
    assert (said["card-mark--bp"], said["card-word--bp"]) == ("▲▲", "very high")
    assert said["card-change--bp"] == "+62 (+51 %)"
    assert "value--critical" in cell(view, "bp")
    assert cell(view, "hr") == "value value--hr"
    assert frame(view)["data-state"] == frame(view)["data-count"] == "critical"


def test_a_caution_speaks_with_the_word_of_its_scale() -> None:
    said = shown(STATES["caution"])

    assert (said["card-badge"], said["card-why"]) == ("▲ Caution", "Nausea 5, limit 4, 2 min ago")
    assert (said["card-mark--nausea"], said["card-word--nausea"]) == ("▲", "moderate")


def test_a_low_value_points_down() -> None:
    view = running((10, core(95, 60, 70, 1, 0))).view(11)

    said = shown(view)

    assert said["card-badge"] == "▼ Caution"
    assert (said["card-mark--bp"], said["card-word--bp"]) == ("▼", "low")


def test_a_diastolic_that_is_alone_out_of_range_is_named() -> None:
    said = shown(running((10, core(135, 101, 70, 1, 0))).view(11))

    assert said["card-word--bp"] == "DBP high"


def test_a_late_chair_is_counted_as_late_and_says_since_when() -> None:
    view = STATES["late"]

    said = shown(view)

    assert (said["card-badge"], said["card-why"]) == ("Late 11 min", "No full set for 21 min, due 14:18")
    assert frame(view) == {
        "className": "card card--critical card--infusion card--late",
        "data-state": "critical",
        "data-count": "late",
        "data-late": "true",
        "data-urgency": "5",
    }


def test_a_check_that_is_due_is_not_late_and_stays_in_range() -> None:
    view = STATES["due"]

    assert frame(view)["data-state"] == "normal"
    assert frame(view)["data-late"] == "false"


def test_a_critical_value_outranks_a_check_that_is_a_little_late() -> None:
    view = running((10, core(184, 90, 104, 5, 2))).view(17.5)

    assert shown(view)["card-badge"] == "▲▲ Critical"
    assert frame(view)["data-count"] == "critical"
    assert frame(view)["data-late"] == "true"
    assert shown(view)["card-note"] == "▲ 1 more"


def test_a_free_chair_shows_nothing_but_since_when() -> None:
    said = shown(None)

    assert said.pop("card-why") == "Free since 13:50"
    assert set(said.values()) == {""}
    assert frame(None)["data-state"] == "free"


def test_a_patient_without_a_reading_is_not_in_range() -> None:
    view = STATES["before"]

    said = shown(view)

    assert said["card-why"] == "Before start. No reading yet"
    assert said["card-left"] == "arrived 13:38"
    assert said["card-number--sbp"] == words.SILENT
    assert "value--none" in cell(view, "bp")


def test_a_pause_is_told_with_its_reason_and_the_age_stays() -> None:
    said = shown(STATES["paused"])

    assert said["card-tag"] == "Paused 3 min"
    assert said["card-why"] == "Paused 14:10, washroom. Check due 14:18"
    assert said["card-note"] == "In range, 5 min ago"
    assert said["card-left"] == " min, 48 left"


def test_recovery_is_told_before_the_state_and_counts_from_the_stop() -> None:
    said = shown(STATES["recovery"])

    assert said["card-why"] == "Recovery. In range, 6 min ago"
    assert said["card-left"] == " min after"


def test_a_stop_that_was_not_charted_is_told() -> None:
    view = running((59, core(124, 78, 70, 1, 0))).view(61)

    assert shown(view)["card-tag"] == "Stop not charted"


def test_without_a_baseline_the_card_says_so() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(5, core(124, 78, 70, 1, 0))

    assert shown(sheet.view(6))["card-change--bp"] == "no baseline"


@pytest.mark.parametrize(("minute", "old"), [(12, False), (12.5, True)])
def test_a_value_older_than_its_set_carries_its_own_age(minute: float, old: bool) -> None:  # noqa: FBT001  # a column of the table
    view = running((10, core(124, 78, 70, 2, 5)), (minute, Reading({"sbp": 124, "dbp": 78, "hr": 72}))).view(26)

    assert ("value--old" in cell(view, "dissociation")) is old
    assert shown(view)["card-word--dissociation"] == ("16 min" if old else "mild")
    assert shown(view)["card-word--nausea"] == ("moderate, 16 min" if old else "moderate")
    assert "value--old" not in cell(view, "hr")


def test_the_age_of_a_set_is_that_of_its_oldest_value() -> None:
    view = running(
        (10, Reading({"sbp": 124, "dbp": 78})), (11, Reading({"hr": 70, "dissociation": 1, "nausea": 0}))
    ).view(14)

    assert set_at(view) == START + 10 * MIN


def test_distress_marks_the_score_and_says_so() -> None:
    reading = Reading({"sbp": 124, "dbp": 78, "hr": 70, "dissociation": 3, "nausea": 0}, distress=True)
    view = running((10, reading)).view(13)

    assert shown(view)["card-why"] == "Distressed, dissociation 3, 3 min ago"
    assert shown(view)["card-word--dissociation"] == "distressed"
    assert "value--caution" in cell(view, "dissociation")


def test_a_symptom_with_high_pressure_marks_the_pressure() -> None:
    reading = Reading({"sbp": 165, "dbp": 90, "hr": 70, "dissociation": 3, "nausea": 0}, symptoms=("chest_pain",))
    view = running((10, reading)).view(13)

    assert "value--critical" in cell(view, "bp")
    assert shown(view)["card-word--bp"] == words.WITH_SYMPTOM


@pytest.mark.parametrize("state", [state for state in STATES if state not in {"free", "before"}])
def test_a_screen_that_is_not_live_has_no_age_left(state: str) -> None:
    table = card_properties(on(STATES[state]), UTC)

    for properties in table.values():
        ticks = properties.get("data-tick") != "say" or "{" in properties.get("data-say", "")
        if ticks and properties.get("data-at"):
            assert "min" not in properties["data-was"]
            assert "{" not in properties["data-was"]
    was = [properties.get("data-was", "") for properties in table.values()]
    assert any(re.search(r"\d\d:\d\d", text) for text in was)


def test_what_was_critical_and_due_is_told_of_the_past() -> None:
    table = card_properties(on(STATES["critical"]), UTC)

    assert table[ids.CARD_BADGE.of(NAME)]["data-was"] == "▲▲ Was critical"
    assert table[ids.CARD_WHY.of(NAME)]["data-was"] == "SBP 184, limit 180, at 14:08"
    assert table[ids.CARD_DUE_NUMBER.of(NAME)]["data-was"] == "14:13"
    assert table[ids.CARD_DUE_NOTE.of(NAME)]["data-was"] == "last known"
    assert table[ids.CARD_LEFT.of(NAME)]["data-was"] == "start 13:58"


def test_a_recheck_is_named_and_an_ordinary_check_has_its_time() -> None:
    assert shown(STATES["critical"])["card-due-note"] == "recheck"
    assert shown(STATES["in range"])["card-due-note"] == "14:18"


def test_nothing_due_is_said_in_words() -> None:
    sheet = Sheet()
    sheet.write(-8, core(122, 76, 70, 0, 0))

    assert shown(sheet.view(-5))["card-due-note"] == "no check due"


def test_a_chair_without_any_reading_is_not_counted_as_in_range() -> None:
    assert frame(STATES["before"])["data-count"] == "silent"
    assert frame(STATES["in range"])["data-count"] == "normal"
