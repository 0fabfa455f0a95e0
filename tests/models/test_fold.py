"""The fold: the twelve acceptance cases, standing flags, corrections, moments in the past, and any order of arrival."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.entries import (
    Acknowledgement,
    BaselineSet,
    Correction,
    Emergency,
    Entry,
    Handover,
    Hold,
    Infusion,
    Limit,
    Medication,
    Note,
    Opening,
    Phase,
    Plan,
    Reading,
    Signature,
)
from models.exchange.fold import fold_json
from models.moments import MIN
from models.protocol import STANDARD
from models.rules import Severity, Stage
from models.schedule import Lateness
from models.session import Patient, Record, SessionView, fold, later
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, finished, same_id

CASES = json.loads((Path(__file__).parents[1] / "data" / "vignettes.json").read_text())["vignettes"]


def sheet_of(case: dict[str, Any]) -> tuple[Sheet, list[tuple[Entry, dict[str, Any]]]]:
    """Write a case down as it is told; return the sheet and its readings with what is expected of them."""
    sheet = Sheet(case["id"], arrived=min(line["t_min"] for line in case["timeline"]) - 1)
    opening = sheet.entries[0].content
    assert isinstance(opening, Opening)
    who = next(iter(sheet.patients.values()))
    born = date(START.year - case["patient"]["age"], 1, 1)
    patient = Patient(who.id, who.mrn, who.family, who.given, born, who.sex)
    sheet.patients = {who.id: patient}
    plan = Plan(**case["plan"])
    first = sheet.entries[0]
    content = Opening(opening.chair_id, opening.patient_id, case["patient"]["weight_kg"], plan)
    sheet.entries[0] = Entry(first.id, sheet.id, 1, first.measured_at, first.recorded_at, first.author, content)
    readings = []
    for line in case["timeline"]:
        if line["kind"] == "reading":
            symptoms = tuple(line["symptoms"]) if "symptoms" in line else None
            said = Reading(line["values"], distress=line.get("distress"), symptoms=symptoms)
            readings.append((sheet.write(line["t_min"], said), line))
        elif line["kind"] == "infusion":
            action = Infusion(line["action"], line.get("rate_mg_h"), reason=line.get("reason"))
            sheet.write(line["t_min"], action)
    return sheet, readings


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_acceptance_case_gives_the_expected_flags_pressures_and_doses(case: dict[str, Any]) -> None:
    sheet, readings = sheet_of(case)

    for entry, line in readings:
        view, expected = sheet.view(line["t_min"]), line["expect"]
        judged = view.judgement(entry.id)
        assert judged is not None
        found = {(flag.rule, flag.vital, flag.severity.word) for flag in judged.flags}
        assert found == {(flag["rule"], flag["vital"], flag["severity"]) for flag in expected["flags"]}, line["t_min"]
        assert judged.severity.word == expected["status"]
        assert judged.map == expected["map"]
        assert judged.complete is line["complete"]
    if "expected_dose_at_last_event_mg" in case:
        last = sheet.view(case["timeline"][-1]["t_min"])
        assert abs(float(last.delivered_mg) - case["expected_dose_at_last_event_mg"]) <= 0.01
        assert last.baseline is not None
        assert last.baseline.values["sbp"] == case["expected_baseline"]["sbp"]


def running() -> Sheet:
    sheet = Sheet("run")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0, headache=3))
    sheet.write(0, Infusion("start", 49.4))
    return sheet


def rules(view: SessionView) -> set[str]:
    return {flag.rule for flag in view.flags if flag.rule != "OVERDUE"}


def test_a_flag_clears_only_on_a_newer_value_of_the_same_vital() -> None:
    sheet = running()
    sheet.write(5, core(184, 90, 70, 0, 0))
    sheet.write(6, Reading({"hr": 70}))

    assert "SBP_HIGH" in rules(sheet.view(7))

    sheet.write(8, Reading({"sbp": 130, "dbp": 80}))

    assert rules(sheet.view(9)) == set()


@pytest.mark.parametrize(
    ("answer", "stays"),
    [
        (Reading({"hr": 70}), True),
        (Reading({"hr": 70}, symptoms=("headache",)), True),
        (Reading({"hr": 70}, symptoms=()), False),
    ],
)
def test_a_red_symptom_stays_until_an_explicit_negative(answer: Reading, *, stays: bool) -> None:
    sheet = running()
    sheet.write(5, Reading({"sbp": 120, "dbp": 80}, symptoms=("chest_pain",)))
    sheet.write(20, answer)

    assert ("RED_SYMPTOM" in rules(sheet.view(21))) is stays


@pytest.mark.parametrize(("answer", "stays"), [(None, True), (True, True), (False, False)])
def test_distress_stays_until_it_is_denied(answer: bool | None, *, stays: bool) -> None:  # noqa: FBT001  # as charted
    sheet = running()
    sheet.write(5, Reading({"dissociation": 8}, distress=True))
    sheet.write(20, Reading({"dissociation": 2}, distress=answer))

    assert ("DISTRESS" in rules(sheet.view(21))) is stays


def test_symptomatic_hypertension_stays_when_only_the_pressure_falls() -> None:
    sheet = running()
    sheet.write(5, Reading({"sbp": 170, "dbp": 90}, symptoms=("chest_pain",)))
    sheet.write(10, Reading({"sbp": 130, "dbp": 80}))

    assert rules(sheet.view(11)) == {"SYMPTOMATIC_HTN"}
    sheet.write(12, Reading({"hr": 70}, symptoms=()))
    assert rules(sheet.view(13)) == set()


def test_a_headache_that_rose_is_denied_by_a_lower_score() -> None:
    sheet = running()
    sheet.write(5, Reading({"sbp": 170, "dbp": 90, "headache": 6}))
    sheet.write(8, Reading({"sbp": 130, "dbp": 80, "headache": 4}))

    assert rules(sheet.view(9)) == set()


@pytest.mark.parametrize(
    ("term", "rule"), [("Seizure", "RED_EVENT"), ("chest pain", "RED_SYMPTOM"), ("Dizziness", None)]
)
def test_an_open_event_of_a_red_term_counts_until_it_is_resolved(term: str, rule: str | None) -> None:
    sheet = running()
    sheet.write(5, event("e", term, START + 5 * MIN))
    sheet.write(10, Reading({"hr": 70}, symptoms=()))

    assert rules(sheet.view(10)) == ({rule} if rule else set())

    sheet.write(15, event("e", term, START + 5 * MIN, outcome="recovered"))

    assert rules(sheet.view(16)) == set()


def test_an_event_is_put_together_from_its_entries_with_what_ran_at_its_onset() -> None:
    view = finished().view()

    sick = next(one for one in view.events if one.term == "Nausea")

    assert (sick.grade, sick.outcome, sick.open) == (2, "recovered", False)
    assert (sick.minutes_from_start, sick.last_bp) == (46, (158, 92))
    assert sick.rate_mg_h == 36


def test_the_baseline_is_the_last_complete_set_before_the_start_whenever_recorded() -> None:
    sheet = running()
    sheet.write(-2, core(140, 84, 80, 0, 0), typed=30)
    sheet.write(-1, Reading({"sbp": 150, "dbp": 90, "spo2": 97}), typed=30)

    baseline = sheet.view(31).baseline

    assert baseline is not None
    assert (baseline.values["sbp"], baseline.values["spo2"], baseline.values["headache"]) == (140, 97, 3)


def test_correcting_the_baseline_corrects_the_verdicts() -> None:
    sheet = Sheet("base")
    first = sheet.write(-8, core(100, 70, 70, 0, 0))
    sheet.write(0, Infusion("start", 50))
    sheet.write(10, core(141, 80, 70, 0, 0))

    assert "SBP_REL_HIGH" in rules(sheet.view(11))

    sheet.correct(12, first, core(130, 80, 70, 0, 0), "typing error")

    assert rules(sheet.view(13)) == set()


def test_a_correction_replaces_and_a_struck_correction_gives_the_original_back() -> None:
    sheet = running()
    wrong = sheet.write(10, core(130, 80, 176, 0, 0))
    right = sheet.correct(12, wrong, core(130, 80, 76, 0, 0), "typing error")

    assert sheet.view(13).latest["hr"].value == 76

    sheet.correct(14, right, None, "it was 176 after all")

    assert sheet.view(15).latest["hr"].value == 176


def test_a_correction_of_a_correction_replaces_its_replacement() -> None:
    sheet = running()
    wrong = sheet.write(10, core(130, 80, 176, 0, 0))
    first = sheet.correct(12, wrong, core(130, 80, 67, 0, 0), "typing error")
    sheet.correct(14, first, core(130, 80, 76, 0, 0), "digits swapped", at=10)

    view = sheet.view(15)

    assert view.latest["hr"].value == 76
    assert view.latest["hr"].entry_id == wrong.id


def test_an_entry_made_in_error_counts_for_nothing() -> None:
    sheet = running()
    wrong = sheet.write(10, core(190, 80, 76, 0, 0))
    sheet.correct(11, wrong, None, "other patient")

    view = sheet.view(12)

    assert rules(view) == set()
    assert view.readings[-1].at < wrong.measured_at
    assert [one.struck for one in view.effective if one.entry.id == wrong.id] == [True]


def test_a_look_at_an_earlier_moment_leaves_out_what_was_measured_later() -> None:
    sheet = finished()
    record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)

    view = fold(record, START + 500 * MIN, at=START + 31 * MIN)

    assert view is not None
    assert (view.latest["sbp"].value, view.stage, view.latest["hr"].value) == (164, Stage.INFUSION, 88)
    assert view.readings[2].reading is not None
    assert view.readings[2].reading.values["hr"] == 76, "corrections are applied whenever they were made"
    assert view.due.state is Lateness.NOT_DUE


def test_a_look_at_what_was_known_leaves_out_what_was_recorded_later() -> None:
    sheet = finished()
    record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)

    view = fold(record, START + 500 * MIN, known=START + 15 * MIN)

    assert view is not None
    assert view.latest["hr"].value == 176


def test_nothing_is_known_before_the_opening() -> None:
    sheet = running()
    record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)

    assert fold(record, START, at=START - 60 * MIN) is None


def test_the_end_of_a_session() -> None:
    sheet = running()
    sheet.write(60, Infusion("stop"))

    assert (sheet.view(61).stage, sheet.view(61).state) == (Stage.RECOVERY, "active")

    sheet.write(120, Phase("closed"))
    assert (sheet.view(121).stage, sheet.view(121).state) == (Stage.CLOSED, "closed")

    seen = len(sheet.entries)
    sheet.write(130, Signature("reviewed", seen), by="a.lindqvist")
    late = sheet.write(50, core(120, 80, 70, 0, 0), typed=140)
    view = sheet.view(141)
    assert (view.state, view.signed.author if view.signed else None) == ("signed", "a.lindqvist")
    assert view.after_signing == {late.id}
    assert late.id not in {one.entry.id for one in view.readings}
    assert [one.entry.id for one in view.arrived_after] == [late.id]


def test_time_alone_changes_only_what_is_due() -> None:
    sheet = running()
    soon = sheet.view(5)

    seen = later(soon, START + 25 * MIN)

    assert fold_json(seen) == fold_json(sheet.view(25))


def test_the_worst_flag_speaks_first_and_an_absolute_one_before_an_own_one() -> None:
    sheet = running()
    sheet.write(5, core(182, 112, 70, 0, 5))

    named = [flag.rule for flag in sheet.view(6).flags]

    assert named[:2] in (["SBP_HIGH", "DBP_HIGH"], ["DBP_HIGH", "SBP_HIGH"])
    assert named.index("SBP_REL_HIGH") > 1


# Any order of arrival of the same entries gives the same view.

_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "hr": st.integers(20, 250),
        "dissociation": st.integers(0, 10),
        "nausea": st.integers(0, 10),
        "sedation": st.integers(0, 5),
        "headache": st.integers(0, 10),
        "spo2": st.integers(50, 100),
    },
)
_PRESSURES: st.SearchStrategy[dict[str, int]] = st.one_of(
    st.just({}), st.tuples(st.integers(60, 200), st.integers(20, 59)).map(lambda two: {"sbp": two[0], "dbp": two[1]})
)


@st.composite
def _readings(draw: st.DrawFn) -> Reading:
    symptoms = draw(st.one_of(st.none(), st.just(()), st.just(("chest_pain",)), st.just(("vomiting", "seizure"))))
    undone = draw(st.one_of(st.none(), st.just({"nausea": "asleep"})))
    values = draw(_VALUES) | draw(_PRESSURES)
    kept = {key: value for key, value in values.items() if not undone or key not in undone}
    return Reading(kept, undone, draw(st.one_of(st.none(), st.booleans())), symptoms, resting=draw(st.booleans()))


_ACTIONS = st.builds(
    Infusion,
    st.sampled_from(["start", "rate", "pause", "resume", "stop"]),
    st.one_of(st.none(), st.integers(0, 120)),
)
_BOLUSES = st.builds(Infusion, st.just("bolus"), st.none(), st.integers(1, 30))
_EVENTS = st.builds(
    lambda number, term, ended: event(str(number), term, START, **({"outcome": "recovered"} if ended else {})),
    st.integers(0, 2),
    st.sampled_from(["Seizure", "Chest pain", "Nausea"]),
    st.booleans(),
)
_CONTENTS = st.one_of(
    _readings(),
    _ACTIONS,
    _BOLUSES,
    _EVENTS,
    st.just(ALL_NO),
    st.builds(Note, st.just("said")),
    st.just(Phase("closed")),
    st.builds(Emergency),
    st.builds(Hold, st.just("washroom")),
    st.builds(
        Limit, st.just("hr"), st.fixed_dictionaries({"caution_low": st.none() | st.integers(41, 60)}), st.just("x")
    ),
    st.builds(BaselineSet, st.fixed_dictionaries({"sbp": st.integers(90, 150), "dbp": st.just(70)}), st.just("x")),
    st.builds(Acknowledgement, st.just("SBP_HIGH:nobody"), st.just("seen")),
    st.builds(Handover, st.just("r.okafor"), st.just("open")),
    st.just(Medication("Ondansetron", 4, "mg", "IV")),
)


@st.composite
def _records(draw: st.DrawFn) -> Sheet:
    sheet = Sheet("drawn")
    for content in draw(st.lists(_CONTENTS, max_size=14)):
        sheet.write(draw(st.integers(-20, 90)), content)
    for number in draw(st.lists(st.integers(1, 200), max_size=5)):
        target = sheet.entries[number % len(sheet.entries)]
        if isinstance(target.content, Opening):
            continue
        inner = target.content.replacement if isinstance(target.content, Correction) else None
        kept = inner.content if inner else target.content
        content = draw(st.one_of(st.none(), st.just(kept if not isinstance(kept, Correction) else None)))
        sheet.correct(draw(st.integers(91, 120)), target, content, "drawn", at=draw(st.integers(-20, 90)))
    return sheet


def _view(sheet: Sheet, entries: list[Entry]) -> dict[str, Any]:
    record = Record(sheet.id, tuple(entries), STANDARD, sheet.patients, sheet.chairs)
    view = fold(record, START + 130 * MIN)
    assert view is not None
    answer = fold_json(view) | {"alerts": [one.id for one in view.alerts if one.open]}  # arrival decides the rest
    judged = [(one.entry.id, one.complete, one.stage, sorted(flag.rule for flag in one.flags)) for one in view.judged]
    return answer | {"judged": judged, "disputed": dict(view.disputed)}


@settings(deadline=None)  # a busy machine is no fault of the fold
@given(_records(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_view(sheet: Sheet, random: Random) -> None:
    shuffled = list(sheet.entries)
    random.shuffle(shuffled)
    arrived = [
        Entry(one.id, one.session, number, one.measured_at, START + number * MIN, one.author, one.content)
        for number, one in enumerate(shuffled, 1)
    ]

    assert _view(sheet, arrived) == _view(sheet, sheet.entries)


@settings(deadline=None)  # a busy machine is no fault of the fold
@given(_records())
def test_the_fold_never_raises_and_never_doses_below_zero(sheet: Sheet) -> None:
    doses = [sheet.view(minute).delivered_mg for minute in range(-20, 131, 10)]

    assert doses[0] >= 0
    assert all(before <= after for before, after in itertools.pairwise(doses))


@settings(deadline=None)  # a busy machine is no fault of the fold
@given(_records())
def test_a_missing_value_neither_raises_nor_clears_a_flag_of_its_vital(sheet: Sheet) -> None:
    view = sheet.view(130)

    for vital in ("sbp", "hr", "nausea"):
        newest = [one for one in view.readings if one.reading is not None and vital in one.reading.values]
        active = {flag.rule for flag in view.flags if flag.vital == vital and not flag.causes}
        expected = (
            {flag.rule for flag in newest[-1].flags if flag.vital == vital and not flag.causes} if newest else set()
        )
        assert active == expected


def test_a_patient_is_as_old_as_on_the_day_of_the_session() -> None:
    patient = Patient(same_id("p"), "1", "A", "B", date(1960, 3, 2), "female")

    assert [patient.age_on(date(2026, 3, day)) for day in (1, 2)] == [65, 66]


def test_the_gate_takes_the_clinics_day_not_utcs() -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # only here

    sheet = Sheet("night", start=datetime(2026, 3, 1, 23, 30, tzinfo=UTC), arrived=-1)
    who = next(iter(sheet.patients.values()))
    sheet.patients = {who.id: Patient(who.id, "1", "A", "B", date(1960, 3, 2), "female")}
    sheet.write(0, core(145, 80, 70, 0, 0))
    record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)

    utc = fold(record, sheet.start)
    berlin = fold(record, sheet.start, zone=ZoneInfo("Europe/Berlin"))

    assert utc is not None
    assert berlin is not None
    assert (utc.severity, berlin.severity) == (Severity.CAUTION, Severity.NORMAL)
