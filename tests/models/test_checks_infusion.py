"""What is accepted of the pump: both edges of what is refused, what wants confirming, and what needs a reason."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from models.checks import check_entry, check_opening, unusual_opening
from models.entries import Infusion, Opening, Plan, parse_entry
from models.errors import RefusedError
from models.moments import MIN, iso
from tests.sample_sessions import ALL_NO, START, Sheet, core

KG = 72


def running(plan_rate: float = 49.4) -> Sheet:
    """Write a session of somebody of 72 kg whose infusion runs with 10 mg/mL."""
    sheet = seated(plan_rate)
    sheet.write(0, Infusion("start", 49.4, concentration_mg_ml=10))
    return sheet


def seated(plan_rate: float = 49.4) -> Sheet:
    sheet = Sheet("bounds")
    opening = sheet.entries.pop().content
    assert isinstance(opening, Opening)
    sheet.write(-20, Opening(opening.chair_id, opening.patient_id, KG, Plan(49.4, 60, plan_rate)))
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    return sheet


def asked(sheet: Sheet, **fields: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401  # the body of an entry
    """Send an entry ten minutes in; return which fields are refused and which want confirming."""
    now = START + 10 * MIN
    body = {"id": str(uuid.uuid4()), "kind": "infusion", "measured_at": iso(now)} | fields
    try:
        check_entry(sheet.view(10), parse_entry(body), now)
    except RefusedError as error:
        return [one.field for one in error.errors], [one.field for one in error.confirm]
    return [], []


GOOD: tuple[list[str], list[str]] = ([], [])
CONFIRM: tuple[list[str], list[str]] = ([], ["rate_mg_h"])
REASON = "asked for by the clinician"


@pytest.mark.parametrize(
    ("per_kg", "more", "answer"),
    [
        (0, {}, GOOD),
        (-0.001, {}, (["rate_mg_h"], [])),
        (1.5, {}, GOOD),
        (1.501, {}, CONFIRM),
        (1.501, {"confirmed": ["rate_mg_h"]}, GOOD),
        (3, {"confirmed": ["rate_mg_h"]}, GOOD),
        (3.001, {"confirmed": ["rate_mg_h"]}, (["reason"], [])),
        (3.001, {"reason": REASON}, CONFIRM),
        (3.001, {"confirmed": ["rate_mg_h"], "reason": REASON}, GOOD),
        (10, {"confirmed": ["rate_mg_h"], "reason": REASON}, GOOD),
        (10.001, {"confirmed": ["rate_mg_h"], "reason": REASON}, (["rate_mg_h"], [])),
    ],
)
@pytest.mark.parametrize("action", ["rate", "resume"])
def test_a_rate_has_its_bounds(
    action: str, per_kg: float, more: dict[str, Any], answer: tuple[list[str], list[str]]
) -> None:
    assert asked(running(), action=action, rate_mg_h=round(per_kg * KG, 3), **more) == answer


@pytest.mark.parametrize(
    ("plan_rate", "more", "answer"),
    [
        (1.5 * KG, {}, GOOD),
        (1.501 * KG, {}, CONFIRM),
        (3.001 * KG, {}, (["reason"], [])),
        (3.001 * KG, {"confirmed": ["rate_mg_h"], "reason": REASON}, GOOD),
        (3.001 * KG, {"rate_mg_h": 49.4}, GOOD),
    ],
)
def test_a_start_without_a_rate_is_held_to_the_planned_one(
    plan_rate: float, more: dict[str, Any], answer: tuple[list[str], list[str]]
) -> None:
    assert asked(seated(plan_rate), action="start", **more) == answer


@pytest.mark.parametrize(
    ("per_kg", "more", "answer"),
    [
        (0, {}, (["dose_mg"], [])),
        (0.01, {}, GOOD),
        (0.5, {}, GOOD),
        (0.501, {}, ([], ["dose_mg"])),
        (0.501, {"confirmed": ["dose_mg"]}, GOOD),
        (5, {"confirmed": ["dose_mg"]}, GOOD),
        (5.001, {"confirmed": ["dose_mg"]}, (["dose_mg"], [])),
    ],
)
def test_a_bolus_has_its_bounds(per_kg: float, more: dict[str, Any], answer: tuple[list[str], list[str]]) -> None:
    assert asked(running(), action="bolus", dose_mg=round(per_kg * KG, 3), **more) == answer


@pytest.mark.parametrize("usual", [1, 2, 10, 50, 100])
def test_a_usual_concentration_needs_no_question(usual: float) -> None:
    assert asked(running(), action="rate", rate_mg_h=40, concentration_mg_ml=usual) == GOOD


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (0, (["concentration_mg_ml"], [])),
        (-1, (["concentration_mg_ml"], [])),
        (0.001, ([], ["concentration_mg_ml"])),
        (9.9, ([], ["concentration_mg_ml"])),
        (10.1, ([], ["concentration_mg_ml"])),
    ],
)
def test_another_concentration_is_refused_or_asked_about(given: float, answer: tuple[list[str], list[str]]) -> None:
    assert asked(running(), action="rate", rate_mg_h=40, concentration_mg_ml=given) == answer


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"rate_mg_h": 48, "as_entered": "4.8 mL/h"}, GOOD),
        ({"rate_mg_h": 48, "as_entered": "4.8 mL/h at 10 mg/mL"}, GOOD),
        ({"rate_mg_h": 48, "as_entered": "4.8 mL/h at 1 mg/mL"}, (["rate_mg_h"], [])),
        ({"rate_mg_h": 4.8, "as_entered": "4.8 mL/h"}, (["rate_mg_h"], [])),
        ({"rate_mg_h": 48.48, "as_entered": "0.8 mg/min"}, GOOD),
        ({"rate_mg_h": 48.49, "as_entered": "0.8 mg/min"}, (["rate_mg_h"], [])),
        ({"rate_mg_h": 36, "as_entered": "0.5 mg/kg/h"}, GOOD),
        ({"rate_mg_h": 51.84, "as_entered": "12 mcg/kg/min"}, GOOD),
        ({"rate_mg_h": 12, "as_entered": "12 mcg/kg/min"}, (["rate_mg_h"], [])),
        ({"rate_mg_h": 48, "as_entered": "a little slower"}, GOOD),
    ],
)
def test_a_rate_that_is_not_what_was_typed_is_refused(
    fields: dict[str, Any], answer: tuple[list[str], list[str]]
) -> None:
    assert asked(running(), action="rate", **fields) == answer


def test_the_volume_on_the_pump_is_read_at_the_stop_and_nowhere_else() -> None:
    assert asked(running(), action="stop", pump_ml=0) == GOOD
    assert asked(running(), action="stop", pump_ml=-0.1) == (["pump_ml"], [])
    assert asked(running(), action="pause", pump_ml=1) == (["pump_ml"], [])


@pytest.mark.parametrize(
    ("weight", "dose", "rate", "field", "confirmed"),
    [
        (72, 108, 108, None, None),
        (72, 108.01, 108.01, None, "dose_mg"),
        (72, 360, 360, None, "dose_mg"),
        (72, 360.01, 360.01, "dose_mg", None),
        (72, 50, 50.5, None, None),
        (72, 50, 50.51, None, "rate_mg_h"),
        (72, 50, 49.5, None, None),
        (72, 50, 49.49, None, "rate_mg_h"),
        (40, 20, 20, None, None),
        (39.9, 20, 20, None, "weight_kg"),
        (180, 20, 20, None, None),
        (180.1, 20, 20, None, "weight_kg"),
    ],
)
def test_weight_and_plan_have_their_bounds(
    weight: float, dose: float, rate: float, field: str | None, confirmed: str | None
) -> None:
    opening = Opening("chair", "patient", weight, Plan(dose, 60, rate))

    try:
        check_opening(opening, START, None, START)
    except RefusedError as error:
        found = {one.field for one in error.errors}, {one.field for one in error.confirm}
    else:
        found = set(), set()

    assert found == ({field} if field else set(), {confirmed} if confirmed else set())


@pytest.mark.parametrize(("last", "asks"), [(80, False), (80.1, True), (65.4, True), (65.5, False), (None, False)])
def test_a_weight_far_from_the_last_visit_is_asked_about(last: float | None, *, asks: bool) -> None:
    opening = Opening("chair", "patient", 72, Plan(49.4, 60, 49.4))

    assert [one.field for one in unusual_opening(opening, last)] == (["weight_kg"] if asks else [])
