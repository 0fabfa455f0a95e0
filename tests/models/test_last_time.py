"""The infusion before in short, and what the record says at the end: pump, waste, reviews."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.entries import Discharge, FollowUp, Infusion, Phase, Reading, ReviewNote, Waste
from models.exchange.afterwards import last_time_json
from models.exchange.fold import fold_json
from models.last_time import Worst, last_time
from models.reconciliation import reconciled, wasted_mg
from tests.sample_sessions import ALL_NO, Sheet, core, finished, same_id


def test_last_time_tells_peak_worst_scores_events_medicines_and_when_the_patient_left() -> None:
    sheet = finished()
    sheet.write(128, Discharge({"oriented": True, "steady_gait": True, "escort": True}))

    found = last_time(sheet.view())

    assert found is not None
    assert found.peak_sbp == Worst(178, 40)
    assert found.worst == {
        "dissociation": Worst(7, 40),
        "nausea": Worst(5, 44),
        "sedation": Worst(5, 125),
        "headache": Worst(1, 125),
    }
    assert found.events == ("Dizziness", "Nausea")
    assert found.medications == ("Ondansetron 4 mg",)
    assert found.discharged_minute == 63
    assert not found.distress


def test_without_a_discharge_the_end_of_the_session_counts() -> None:
    found = last_time(finished().view())

    assert found is not None
    assert found.discharged_minute == 65


def test_what_was_before_the_start_is_no_peak_and_lower_sedation_is_worse() -> None:
    sheet = Sheet()
    sheet.write(-8, core(170, 90, 70, 0, 0, sedation=5))
    sheet.write(0, Infusion("start", 49.4, happened=True))
    sheet.write(10, Reading({"sbp": 130, "dbp": 80, "sedation": 4}, distress=True))
    sheet.write(20, Reading({"sbp": 128, "dbp": 80, "sedation": 3}))
    sheet.write(30, Reading({"sbp": 130, "dbp": 80, "sedation": 5}))

    found = last_time(sheet.view())

    assert found is not None
    assert (found.peak_sbp, found.worst["sedation"], found.distress) == (Worst(130, 10), Worst(3, 20), True)
    assert found.discharged_minute is None
    assert "nausea" not in found.worst


def test_a_session_that_never_started_tells_nothing() -> None:
    sheet = Sheet()
    sheet.write(-8, core(170, 104, 70, 0, 0))
    sheet.write(-5, Phase("cancelled", "pressure too high"))

    assert last_time(sheet.view()) is None
    assert last_time(None) is None
    assert last_time_json(None) is None


def stopped(pump_ml: float | None, concentration: float | None = 10) -> Sheet:
    sheet = Sheet()
    sheet.write(-15, ALL_NO)
    sheet.write(0, Infusion("start", 40, concentration_mg_ml=concentration))
    sheet.write(60, Infusion("stop", pump_ml=pump_ml))
    return sheet


@pytest.mark.parametrize(
    ("pump_ml", "difference", "differs"),
    [(4.0, "0.00", False), (4.2, "0.20", False), (4.21, "0.21", True), (3.8, "-0.20", False), (3.79, "-0.21", True)],
)
def test_the_volume_on_the_pump_is_held_against_the_record(pump_ml: float, difference: str, *, differs: bool) -> None:
    found = reconciled(stopped(pump_ml).view())

    assert found is not None
    assert (found.record_ml, found.difference_ml, found.differs) == (Decimal("4.00"), Decimal(difference), differs)


def test_without_a_concentration_or_a_reading_of_the_pump_nothing_is_compared() -> None:
    assert reconciled(stopped(None).view()) is None
    found = reconciled(stopped(4, None).view())

    assert found is not None
    assert (found.record_ml, found.difference_ml, found.differs) == (None, None, None)
    told = fold_json(stopped(4, None).view())["infusion"]["reconciliation"]
    assert (told["pump_ml"], told["record_ml"]) == (4.0, None)


def test_waste_reviews_and_follow_ups_are_in_the_fold() -> None:
    sheet = finished()
    first = sheet.write(127, Waste(3.5, "r.okafor"))
    sheet.write(128, Waste(1.5, "r.okafor"))
    sheet.write(131, ReviewNote(same_id("event", "sick"), "possible"))
    sheet.write(132, ReviewNote(same_id("event", "sick"), "probable", "as last time"))
    sheet.write(133, FollowUp(2, "slept well"))

    answer = fold_json(sheet.view())

    assert [(one["amount_mg"], one["witness"]) for one in answer["waste"]] == [(3.5, "r.okafor"), (1.5, "r.okafor")]
    assert {one["term"]: one["causality"] for one in answer["events"]} == {"Dizziness": None, "Nausea": "probable"}
    assert [one["text"] for one in answer["follow_ups"]] == ["slept well"]
    assert wasted_mg(sheet.view()) == 5
    sheet.correct(140, first, None, "entered twice")
    assert wasted_mg(sheet.view()) == Decimal("1.5")
