"""Invented patients react as published: by how much, when, how often, and the same way from the same seed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from statistics import mean, stdev

import pytest

from dashboard.simulate import (
    Invented,
    breathing,
    character,
    dice,
    effect_at,
    is_distressed,
    pressures,
    scores,
)
from models.infusion import Segment
from models.moments import MIN
from models.vitals import BY_KEY

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KG = 80.0
STANDARD = (Segment(NOON, Decimal(60), NOON + 40 * MIN),)
MANY = range(2000)


def somebody(number: int) -> tuple[Invented, Random]:
    chance = dice("test", number)
    reaction = asdict(character(chance))
    return Invented("T-1", "Example", "Eve", date(1980, 1, 1), "female", "Chronic migraine", **reaction), chance


def at_40_minutes(number: int) -> dict[str, float]:
    patient, chance = somebody(number)
    before = pressures(patient, 0, chance)
    after = pressures(patient, effect_at(STANDARD, KG, NOON + 40 * MIN), chance)
    return {vital: after[vital] - before[vital] for vital in before}


def test_pressures_rise_as_in_2342_infusions() -> None:
    rises = [at_40_minutes(number) for number in MANY]

    assert mean(rise["sbp"] for rise in rises) == pytest.approx(16, abs=1)
    assert stdev(rise["sbp"] for rise in rises) == pytest.approx(11, abs=1)
    assert mean(rise["dbp"] for rise in rises) == pytest.approx(8.5, abs=1)
    assert mean(rise["hr"] for rise in rises) == pytest.approx(4, abs=1)


def test_a_few_rise_out_of_range_and_most_do_not() -> None:
    peaks = []
    for number in MANY:
        patient, chance = somebody(number)
        peaks.append(pressures(patient, 1.0, chance)["sbp"])

    assert 0.08 < sum(peak >= 160 for peak in peaks) / len(peaks) < 0.25
    assert 0 < sum(peak >= 180 for peak in peaks) / len(peaks) < 0.05


def test_about_one_in_four_feels_sick() -> None:
    sick = sum(somebody(number)[0].nausea_peak > 0 for number in MANY)

    assert sick / len(MANY) == pytest.approx(0.27, abs=0.03)


@pytest.mark.parametrize(
    ("minute", "low", "high"),
    [(-5, 0, 0), (0, 0, 0), (10, 0.4, 0.65), (30, 0.9, 1.0), (40, 0.999, 1.001), (70, 0.08, 0.2), (100, 0, 0.03)],
)
def test_the_effect_peaks_with_the_infusion_and_is_gone_an_hour_later(minute: int, low: float, high: float) -> None:
    assert low <= effect_at(STANDARD, KG, NOON + minute * MIN) <= high


def test_a_pause_lets_the_effect_fade_and_half_the_rate_gives_half_of_it() -> None:
    paused = (Segment(NOON, Decimal(60), NOON + 20 * MIN), Segment(NOON + 30 * MIN, Decimal(60)))
    half = (Segment(NOON, Decimal(30)),)

    assert effect_at(paused, KG, NOON + 30 * MIN) < effect_at(paused, KG, NOON + 20 * MIN)
    assert effect_at(half, KG, NOON + 40 * MIN) == pytest.approx(0.5)


def test_without_an_infusion_there_is_no_effect() -> None:
    assert effect_at((), KG, NOON) == 0


def test_dissociation_peaks_at_30_to_40_minutes_and_fades_within_an_hour() -> None:
    def average(minute: int) -> float:
        found = []
        for number in range(300):
            patient, chance = somebody(number)
            found.append(scores(patient, effect_at(STANDARD, KG, NOON + minute * MIN), chance)["dissociation"])
        return mean(found)

    course = {minute: average(minute) for minute in (0, 10, 20, 30, 40, 55, 100)}

    assert max(course, key=lambda minute: course[minute]) in {30, 40}
    assert course[0] == 0
    assert course[55] < course[40] / 2
    assert course[100] < 0.5


@pytest.mark.parametrize("effect", [0.0, 0.5, 1.0, 1.6])
def test_every_value_can_be_charted_without_a_question(effect: float) -> None:
    for number in range(300):
        patient, chance = somebody(number)
        values = pressures(patient, effect, chance) | scores(patient, effect, chance)
        values |= breathing(patient, effect, chance)

        assert values["sbp"] > values["dbp"]
        for key, value in values.items():
            assert value in (BY_KEY[key].unusual or BY_KEY[key].accepted)


def test_an_antiemetic_eases_the_nausea() -> None:
    patient = Invented("T-1", "Example", "Eve", date(1980, 1, 1), "female", "CRPS", 70, nausea_peak=6)

    assert scores(patient, 1, dice(1))["nausea"] >= 5
    assert scores(patient, 1, dice(1), eased=0.35)["nausea"] <= 3


@pytest.mark.parametrize(("prone", "score", "felt"), [(True, 6, True), (True, 5, False), (False, 9, False)])
def test_only_some_are_distressed_and_only_by_strong_dissociation(prone: bool, score: int, felt: bool) -> None:  # noqa: FBT001  # a row of the table
    patient = Invented("T-1", "E", "E", date(1980, 1, 1), "female", "CRPS", 70, distress_prone=prone)

    assert is_distressed(patient, score) is felt


def test_the_same_seed_gives_the_same_person_and_another_seed_another() -> None:
    assert somebody(7)[0] == somebody(7)[0]
    assert somebody(7)[0] != somebody(8)[0]
