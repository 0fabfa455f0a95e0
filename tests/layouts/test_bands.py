"""The limits in force: own and clinic, the stricter; before the start the gate."""

from __future__ import annotations

from datetime import date

import pytest

from layouts.bands import Edge, band_in_force
from models.entries import Infusion
from models.session import Patient, SessionView
from tests.sample_sessions import Sheet, core


def started(sbp: int, dbp: int) -> SessionView:
    sheet = Sheet()
    sheet.write(-8, core(sbp, dbp, 70, 0, 0))
    sheet.write(0, Infusion("start"))
    return sheet.view(5)


@pytest.mark.parametrize(
    ("baseline", "low", "caution", "critical"),
    [
        (
            124,
            100,
            149,
            174,
        ),  # 20 and 40 % above 124 begin at 149 and 174; 20 % below at 99, the clinic's 100 is stricter
        (114, 100, 140, 160),  # the floors
        (138, 110, 160, 180),  # own limits lie beyond the clinic's; 20 % below begins at 110
        (90, 100, 140, 160),
    ],
)
def test_the_stricter_of_own_and_clinic_counts_for_the_systolic(
    baseline: int, low: int, caution: int, critical: int
) -> None:
    band = band_in_force(started(baseline, 70), "sbp", started=True)

    assert (band.caution_low, band.caution_high, band.critical_high) == (Edge(low), Edge(caution), Edge(critical))


def test_forty_percent_below_the_own_baseline_beats_the_clinic_where_it_is_higher() -> None:
    assert band_in_force(started(124, 70), "sbp", started=True).critical_low == Edge(90)
    assert band_in_force(started(170, 70), "sbp", started=True).critical_low == Edge(101)


@pytest.mark.parametrize(("baseline", "caution"), [(60, 90), (70, 95), (75, 100), (90, 100)])
def test_the_diastolic_may_rise_by_25_to_the_clinic_limit_at_most(baseline: int, caution: int) -> None:
    band = band_in_force(started(130, baseline), "dbp", started=True)

    assert (band.caution_high, band.critical_high) == (Edge(caution), Edge(110))


def test_before_the_start_the_gate_replaces_the_high_limits_and_keeps_the_low_ones() -> None:
    view = started(124, 78)

    sbp, dbp = (band_in_force(view, vital, started=False) for vital in ("sbp", "dbp"))

    assert (sbp.critical_low, sbp.caution_low) == (Edge(90), Edge(100))
    assert (sbp.caution_high, sbp.critical_high) == (Edge(140, met=False), Edge(160))
    assert (dbp.caution_high, dbp.critical_high) == (Edge(90, met=False), Edge(100))


@pytest.mark.parametrize(("born", "caution"), [(date(1961, 11, 22), 140), (date(1960, 11, 22), 150)])
def test_above_65_the_gate_is_higher(born: date, caution: int) -> None:
    sheet = Sheet()
    who = next(iter(sheet.patients.values()))
    sheet.patients = {who.id: Patient(who.id, who.mrn, who.family, who.given, born, who.sex)}

    assert band_in_force(sheet.view(-10), "sbp", started=False).caution_high == Edge(caution, met=False)


def test_a_start_without_baseline_leaves_the_clinic_limits() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start"))

    band = band_in_force(sheet.view(5), "sbp", started=True)

    assert (band.caution_high, band.critical_high) == (Edge(160), Edge(180))


def test_the_heart_rate_has_the_clinic_limits_before_and_after_the_start() -> None:
    view = started(124, 78)

    before, after = (band_in_force(view, "hr", started=started) for started in (False, True))

    assert before == after
    assert (after.critical_low, after.caution_low) == (Edge(40), Edge(50))
    assert (after.caution_high, after.critical_high) == (Edge(111), Edge(131))


def test_an_edge_says_whether_the_value_itself_counts() -> None:
    assert Edge(149).words(low=False) == "from 149"
    assert Edge(140, met=False).words(low=False) == "above 140"
    assert Edge(100).words(low=True) == "to 100"
    assert Edge(65, met=False).words(low=True) == "below 65"
