"""The series of a patient: every figure of it equals what plain Python finds in the entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.entries import FollowUp, Infusion, Signature
from models.protocol import STANDARD
from models.series import Headache, InfusionLine, Series, series_of
from models.session import Record, fold
from tests.generated_clinic import sheets
from tests.plain_figures import Plain, plain
from tests.sample_sessions import START, Sheet, core, finished

NOW = START + timedelta(days=800)
MADE = 200


def made(number: int) -> dict[str, tuple[Series, list[Plain]]]:
    """Return the series of every patient of a clinic made up by dice, with their sessions in plain Python."""
    views: dict[str, list[object]] = {}
    plains: dict[str, list[Plain]] = {}
    patients = {}
    for sheet in sheets(number):
        record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)
        (patient,) = sheet.patients.values()
        patients[patient.id] = patient
        views.setdefault(patient.id, []).append(fold(record, NOW))
        plains.setdefault(patient.id, []).append(plain(sheet, record, NOW))
    return {one: (series_of(patients[one], views[one]), plains[one]) for one in patients}  # type: ignore[arg-type]  # every record has an opening


def check(series: Series, found: list[Plain]) -> None:
    """Hold a series against the sessions of the patient in plain Python."""
    begun = sorted((one for one in found if one.start is not None), key=lambda one: one.start or one.arrived)
    assert [line.view.id for line in series.infusions] == [one.session for one in begun]
    assert series.not_started == len(found) - len(begun)
    for line, one in zip(series.infusions, begun, strict=True):
        _check_line(line, one)
    heard = sorted((at for one in found for at, _ in one.follow_ups), reverse=True)
    assert [one.at for one in series.follow_ups] == heard


def _check_line(line: InfusionLine, one: Plain) -> None:
    assert one.start is not None
    assert float(line.facts.delivered_mg) == pytest.approx(one.dose, abs=0.0051)
    assert float(line.facts.mg_per_kg) == pytest.approx(one.mg_per_kg, abs=0.0051)
    ended = one.stop or one.end or NOW
    assert line.duration_min == pytest.approx((ended - one.start).total_seconds() / 60)
    pressures = one.after_start("sbp")
    peak = max((value for value, _ in pressures), default=None)
    assert (line.facts.peak_sbp.value if line.facts.peak_sbp else None) == peak
    base = one.baseline.get("sbp")
    assert line.rise == (None if peak is None or base is None else peak - base)
    for vital in ("dissociation", "nausea"):
        worst = max((value for value, _ in one.after_start(vital)), default=None)
        assert (line.facts.worst[vital].value if vital in line.facts.worst else None) == worst
    before = [values["headache"] for minute, _, values in one.readings if "headache" in values and (minute or 0) <= 0]
    after = [values["headache"] for minute, _, values in one.readings if "headache" in values and (minute or 0) > 0]
    heard = [value for _, value in one.follow_ups]
    wanted = Headache(before[-1] if before else None, after[-1] if after else None, heard[0] if heard else None)
    assert line.headache == wanted
    assert set(line.facts.events) == {event.term for event in one.events}
    assert list(line.facts.medications) == one.medicines


def test_every_figure_of_a_series_is_what_plain_python_finds() -> None:
    found = made(MADE)

    assert len(found) > 1
    for series, sessions in found.values():
        check(series, sessions)


@pytest.mark.soak
def test_every_figure_of_a_series_is_what_plain_python_finds_in_two_thousand_sessions() -> None:
    for series, sessions in made(2000).values():
        check(series, sessions)


@pytest.mark.parametrize(
    ("before", "after", "later", "relief", "responds"),
    [
        (8, 4, None, 50, (True, True)),
        (8, 4, 5, 37.5, (True, False)),
        (8, 8, None, 0, (False, False)),
        (4, 6, None, -50, (False, False)),
        (10, 7, None, 30, (True, False)),
        (0, 0, None, None, (None, None)),
        (None, 2, 2, None, (None, None)),
        (6, None, None, None, (None, None)),
    ],
)
def test_relief_is_held_against_the_headache_before(
    before: float | None,
    after: float | None,
    later: float | None,
    relief: float | None,
    responds: tuple[bool | None, bool | None],
) -> None:
    found = Headache(before, after, later)

    assert found.relief == relief
    assert (found.responds(30), found.responds(50)) == responds


def test_a_series_counts_to_six_and_then_maintenance() -> None:
    found = [finished(str(day), start=START + timedelta(days=day)).view() for day in range(8)]

    series = series_of(found[0].patient, reversed(found))

    assert [line.position for line in series.infusions][4:] == ["5 of 6", "6 of 6", "maintenance 1", "maintenance 2"]
    assert [line.number for line in series.infusions] == list(range(1, 9))


def test_what_was_heard_after_signing_counts() -> None:
    sheet = Sheet()
    sheet.write(-8, core(124, 78, 70, 0, 0, headache=8))
    sheet.write(0, Infusion("start", 48, happened=True))
    sheet.write(60, core(124, 78, 70, 0, 0, headache=6))
    sheet.write(70, Infusion("stop"))
    sheet.write(80, Signature("Reviewed", 5), by="a.lindqvist")
    sheet.write(1500, FollowUp(headache=2))
    view = sheet.view(2000)

    (line,) = series_of(view.patient, [view]).infusions

    assert line.headache == Headache(8, 6, 2)
    assert series_of(view.patient, [view]).responders(50) == (1, 1)


def test_the_profile_is_the_newest_that_says_anything_and_can_be_corrected() -> None:
    first, second, third = (Sheet(name, start=START + timedelta(days=day)) for day, name in enumerate("abc"))
    for sheet, days in ((first, 20), (second, 14)):
        opening = sheet.view().opening
        sheet.correct(1, sheet.entries[0], replace(opening, headache_days=days, aura=False), "asked")
    views = [sheet.view() for sheet in (third, first, second)]

    found = series_of(views[0].patient, views).profile

    assert found is not None
    assert (found.opening.headache_days, found.opening.aura, found.at) == (14, False, views[2].arrived_at)
    assert series_of(views[0].patient, views[:1]).profile is None
