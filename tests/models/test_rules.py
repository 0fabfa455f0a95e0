"""Judging: every rule at both edges of every bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.moments import MIN
from models.protocol import STANDARD
from models.rules import (
    RULE_NAMES,
    RULES,
    Charted,
    Flag,
    Known,
    Present,
    Severity,
    Stage,
    judge,
    order,
    own_limits,
)
from models.terms import SYMPTOM_BY_KEY

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASE = {"sbp": 120.0, "dbp": 70.0, "hr": 70.0, "headache": 3.0}


def verdict(
    values: dict[str, float] | None = None,
    *,
    symptoms: tuple[str, ...] = (),
    distress: bool | None = None,
    denied: bool = False,
    known: Known | None = None,
) -> dict[str, Severity]:
    """Return severity by rule, of something charted at noon during the infusion."""
    known = known or Known(STANDARD, Stage.INFUSION)
    chosen = {key: SYMPTOM_BY_KEY[key] for key in symptoms}
    charted = Charted("e", NOON, values or {}, chosen, denied, distress)
    return {flag.rule: flag.severity for flag in judge(charted, known)}


def during(**baseline: float) -> Known:
    return Known(STANDARD, Stage.INFUSION, baseline=baseline)


NORMAL, CAUTION, CRITICAL = Severity.NORMAL, Severity.CAUTION, Severity.CRITICAL


@pytest.mark.parametrize(
    ("vital", "value", "rule", "severity"),
    [
        ("sbp", 159, "SBP_HIGH", None),
        ("sbp", 160, "SBP_HIGH", CAUTION),
        ("sbp", 179, "SBP_HIGH", CAUTION),
        ("sbp", 180, "SBP_HIGH", CRITICAL),
        ("sbp", 101, "SBP_LOW", None),
        ("sbp", 100, "SBP_LOW", CAUTION),
        ("sbp", 91, "SBP_LOW", CAUTION),
        ("sbp", 90, "SBP_LOW", CRITICAL),
        ("dbp", 99, "DBP_HIGH", None),
        ("dbp", 100, "DBP_HIGH", CAUTION),
        ("dbp", 109, "DBP_HIGH", CAUTION),
        ("dbp", 110, "DBP_HIGH", CRITICAL),
        ("dbp", 51, "DBP_LOW", None),
        ("dbp", 50, "DBP_LOW", CAUTION),
        ("dbp", 41, "DBP_LOW", CAUTION),
        ("dbp", 40, "DBP_LOW", CRITICAL),
        ("hr", 110, "HR_HIGH", None),
        ("hr", 111, "HR_HIGH", CAUTION),
        ("hr", 130, "HR_HIGH", CAUTION),
        ("hr", 131, "HR_HIGH", CRITICAL),
        ("hr", 51, "HR_LOW", None),
        ("hr", 50, "HR_LOW", CAUTION),
        ("hr", 41, "HR_LOW", CAUTION),
        ("hr", 40, "HR_LOW", CRITICAL),
        ("spo2", 94, "SPO2_LOW", None),
        ("spo2", 93, "SPO2_LOW", CAUTION),
        ("spo2", 92, "SPO2_LOW", CAUTION),
        ("spo2", 91, "SPO2_LOW", CRITICAL),
        ("rr", 12, "RR_LOW", None),
        ("rr", 11, "RR_LOW", CAUTION),
        ("rr", 9, "RR_LOW", CAUTION),
        ("rr", 8, "RR_LOW", CRITICAL),
        ("rr", 20, "RR_HIGH", None),
        ("rr", 21, "RR_HIGH", CAUTION),
        ("rr", 24, "RR_HIGH", CAUTION),
        ("rr", 25, "RR_HIGH", CRITICAL),
        ("dissociation", 6, "DISSOCIATION_HIGH", None),
        ("dissociation", 7, "DISSOCIATION_HIGH", CAUTION),
        ("dissociation", 8, "DISSOCIATION_HIGH", CAUTION),
        ("dissociation", 9, "DISSOCIATION_HIGH", CRITICAL),
        ("nausea", 3, "NAUSEA_HIGH", None),
        ("nausea", 4, "NAUSEA_HIGH", CAUTION),
        ("nausea", 6, "NAUSEA_HIGH", CAUTION),
        ("nausea", 7, "NAUSEA_HIGH", CRITICAL),
        ("sedation", 4, "SEDATION_LOW", None),
        ("sedation", 3, "SEDATION_LOW", CAUTION),
        ("sedation", 2, "SEDATION_LOW", CRITICAL),
    ],
)
def test_a_value_is_judged_against_the_limits_of_the_protocol(
    vital: str, value: float, rule: str, severity: Severity | None
) -> None:
    assert verdict({vital: value}).get(rule) is severity


@pytest.mark.parametrize(
    ("sbp", "dbp", "severity"),
    [
        (95, 50, None),  # 65
        (94, 50, CAUTION),  # 64.67, said as 65 after rounding, so not below 65
        (92, 50, CAUTION),  # 64
        (84, 48, CAUTION),  # 60
        (83, 47, CRITICAL),  # 59
    ],
)
def test_mean_pressure_is_judged_rounded(sbp: float, dbp: float, severity: Severity | None) -> None:
    expected = None if (sbp, dbp) == (94, 50) else severity

    assert verdict({"sbp": sbp, "dbp": dbp}).get("MAP_LOW") is expected


@pytest.mark.parametrize(
    ("base", "sbp", "severity"),
    [
        (124, 148, None),  # 20 % of 124 above is 148.8
        (124, 149, CAUTION),
        (124, 173, CAUTION),
        (124, 174, CRITICAL),
        (120, 144, None),  # exactly 20 % is not more than 20 %
        (120, 145, CAUTION),
        (120, 168, CAUTION),
        (120, 169, CRITICAL),
        (100, 139, None),  # the floor of 140
        (100, 140, CAUTION),
        (100, 159, CAUTION),  # 59 % above, the floor of 160
        (100, 160, CRITICAL),
    ],
)
def test_systolic_above_the_own_baseline_needs_percent_and_floor(
    base: float, sbp: float, severity: Severity | None
) -> None:
    assert verdict({"sbp": sbp}, known=during(sbp=base)).get("SBP_REL_HIGH") is severity


@pytest.mark.parametrize(
    ("base", "sbp", "severity"),
    [
        (130, 104, None),  # exactly 20 % below
        (130, 103, CAUTION),
        (150, 111, None),  # 26 % below, over the ceiling of 110
        (150, 110, CAUTION),
        (130, 78, CAUTION),  # exactly 40 % below
        (130, 77, CRITICAL),
        (200, 119, CRITICAL),  # critical has no ceiling
        (200, 120, None),
    ],
)
def test_systolic_below_the_own_baseline(base: float, sbp: float, severity: Severity | None) -> None:
    assert verdict({"sbp": sbp}, known=during(sbp=base)).get("SBP_REL_LOW") is severity


@pytest.mark.parametrize(("base", "dbp", "flagged"), [(70, 94, False), (70, 95, True), (60, 89, False), (60, 90, True)])
def test_diastolic_rise_needs_25_and_90(base: float, dbp: float, *, flagged: bool) -> None:
    assert ("DBP_DELTA" in verdict({"dbp": dbp}, known=during(dbp=base))) is flagged


@pytest.mark.parametrize(("score", "flagged"), [(4, False), (5, True)])
def test_headache_is_flagged_from_two_over_baseline(score: float, *, flagged: bool) -> None:
    assert ("HEADACHE_RISE" in verdict({"headache": score}, known=during(headache=3))) is flagged


def test_without_a_baseline_the_relative_rules_are_silent() -> None:
    known = Known(STANDARD, Stage.INFUSION)

    assert verdict({"sbp": 159, "dbp": 99, "headache": 10}, known=known) == {}


@pytest.mark.parametrize(
    ("age", "sbp", "severity"),
    [
        (65, 140, None),
        (65, 141, CAUTION),
        (66, 150, None),
        (66, 151, CAUTION),
        (66, 159, CAUTION),
        (40, 159, CAUTION),
        (40, 160, CRITICAL),
        (None, 141, CAUTION),
    ],
)
def test_the_systolic_gate_depends_on_age(age: int | None, sbp: float, severity: Severity | None) -> None:
    known = Known(STANDARD, Stage.BEFORE, age_years=age)

    assert verdict({"sbp": sbp}, known=known).get("PRE_SBP") is severity


@pytest.mark.parametrize(("dbp", "severity"), [(90, None), (91, CAUTION), (99, CAUTION), (100, CRITICAL)])
def test_the_diastolic_gate(dbp: float, severity: Severity | None) -> None:
    assert verdict({"dbp": dbp}, known=Known(STANDARD)).get("PRE_DBP") is severity


def test_before_the_start_the_gate_replaces_the_high_limits_but_not_the_low_ones() -> None:
    high, low = verdict({"sbp": 185, "dbp": 115}, known=Known(STANDARD)), verdict({"sbp": 95}, known=Known(STANDARD))

    assert set(high) == {"PRE_SBP", "PRE_DBP"}
    assert low == {"SBP_LOW": CAUTION}


def test_before_the_start_the_own_baseline_is_not_applied() -> None:
    known = Known(STANDARD, Stage.BEFORE, baseline={"sbp": 100})

    assert "SBP_REL_HIGH" not in verdict({"sbp": 140}, known=known)


@pytest.mark.parametrize("stage", [Stage.INFUSION, Stage.PAUSED, Stage.RECOVERY])
def test_the_gate_is_gone_after_the_start(stage: Stage) -> None:
    assert verdict({"sbp": 150}, known=Known(STANDARD, stage)) == {}


@pytest.mark.parametrize(
    ("values", "symptoms", "flagged"),
    [
        ({"sbp": 160}, ("chest_pain",), True),
        ({"sbp": 159}, ("chest_pain",), False),
        ({"dbp": 100}, ("dyspnoea",), True),
        ({"dbp": 99}, ("dyspnoea",), False),
        ({"sbp": 160}, ("focal_deficit",), True),
        ({"sbp": 160}, ("headache",), False),
        ({"sbp": 160}, ("vision",), False),
        ({"sbp": 160, "headache": 5}, (), True),
        ({"sbp": 160, "headache": 4}, (), False),
    ],
)
def test_high_pressure_with_a_symptom_of_it_is_critical(
    values: dict[str, float], symptoms: tuple[str, ...], *, flagged: bool
) -> None:
    found = verdict(values, symptoms=symptoms, known=during(headache=3, sbp=160, dbp=90))

    assert (found.get("SYMPTOMATIC_HTN") is CRITICAL) is flagged


@pytest.mark.parametrize(("minutes", "flagged"), [(10, True), (10.02, False)])
def test_a_pressure_is_borrowed_for_ten_minutes(minutes: float, *, flagged: bool) -> None:
    known = Known(STANDARD, Stage.INFUSION, recent={"sbp": (170, NOON - minutes * MIN)})

    found = verdict(symptoms=("chest_pain",), known=known)

    assert ("SYMPTOMATIC_HTN" in found) is flagged
    assert ("RED_SYMPTOM" in found) is not flagged


@pytest.mark.parametrize(("minutes", "flagged"), [(10, True), (10.02, False)])
def test_a_symptom_is_borrowed_for_ten_minutes(minutes: float, *, flagged: bool) -> None:
    present = {"chest_pain": Present(SYMPTOM_BY_KEY["chest_pain"], NOON - minutes * MIN)}
    known = Known(STANDARD, Stage.INFUSION, present=present)

    assert ("SYMPTOMATIC_HTN" in verdict({"sbp": 170}, known=known)) is flagged


def test_a_denied_symptom_is_not_borrowed() -> None:
    present = {"chest_pain": Present(SYMPTOM_BY_KEY["chest_pain"], NOON - MIN)}
    known = Known(STANDARD, Stage.INFUSION, present=present)

    assert verdict({"sbp": 170}, denied=True, known=known) == {"SBP_HIGH": CAUTION}


def test_an_open_event_counts_whatever_its_age_and_against_a_denial() -> None:
    hours_ago = NOON - timedelta(hours=3)
    present = {"event:x": Present(SYMPTOM_BY_KEY["chest_pain"], hours_ago, from_event=True)}
    known = Known(STANDARD, Stage.INFUSION, present=present)

    assert "SYMPTOMATIC_HTN" in verdict({"sbp": 170}, denied=True, known=known)


def test_a_measured_pressure_is_never_overruled_by_a_borrowed_one() -> None:
    known = Known(STANDARD, Stage.INFUSION, recent={"sbp": (170, NOON - MIN)})

    assert "SYMPTOMATIC_HTN" not in verdict({"sbp": 150, "dbp": 90}, symptoms=("chest_pain",), known=known)


def test_a_value_that_is_no_ingredient_does_not_raise_the_combined_rule_again() -> None:
    present = {"chest_pain": Present(SYMPTOM_BY_KEY["chest_pain"], NOON - MIN)}
    known = Known(STANDARD, Stage.INFUSION, recent={"sbp": (170, NOON - MIN)}, present=present)

    assert verdict({"hr": 80}, known=known) == {}


@pytest.mark.parametrize("symptom", ["apnoea", "laryngospasm", "seizure", "anaphylaxis", "syncope"])
def test_a_red_event_is_always_critical(symptom: str) -> None:
    assert verdict(symptoms=(symptom,)) == {"RED_EVENT": CRITICAL}


@pytest.mark.parametrize("symptom", ["chest_pain", "dyspnoea", "focal_deficit"])
def test_a_red_symptom_is_critical_at_any_pressure(symptom: str) -> None:
    assert verdict({"sbp": 110, "dbp": 70}, symptoms=(symptom,)) == {"RED_SYMPTOM": CRITICAL}


@pytest.mark.parametrize("symptom", ["headache", "vision"])
def test_other_symptoms_alone_raise_nothing(symptom: str) -> None:
    assert verdict(symptoms=(symptom,)) == {}


def test_a_red_symptom_is_not_raised_beside_the_rule_that_names_it() -> None:
    both = verdict({"sbp": 170}, symptoms=("chest_pain", "seizure"))

    assert set(both) == {"SBP_HIGH", "SYMPTOMATIC_HTN", "RED_EVENT"}


@pytest.mark.parametrize(("sedation", "severity"), [(4, CAUTION), (3, CRITICAL)])
def test_vomiting_is_worse_when_sedated(sedation: float, severity: Severity) -> None:
    assert verdict({"sedation": sedation}, symptoms=("vomiting",))["VOMITING"] is severity


def test_sedation_after_vomiting_makes_it_critical() -> None:
    known = Known(STANDARD, Stage.INFUSION, present={"vomiting": Present(SYMPTOM_BY_KEY["vomiting"], NOON - MIN)})

    assert verdict({"sedation": 3}, known=known)["VOMITING"] is CRITICAL
    assert "VOMITING" not in verdict({"sedation": 4}, known=known)


@pytest.mark.parametrize(("score", "severity"), [(None, CAUTION), (6, CAUTION), (7, CRITICAL)])
def test_distress_outranks_intensity(score: float | None, severity: Severity) -> None:
    values = {} if score is None else {"dissociation": score}

    assert verdict(values, distress=True)["DISTRESS"] is severity


def test_no_distress_raises_nothing() -> None:
    assert "DISTRESS" not in verdict({"dissociation": 8}, distress=False)


@pytest.mark.parametrize(("minutes", "severity"), [(10, CRITICAL), (11, CAUTION)])
def test_distress_borrows_the_score(minutes: float, severity: Severity) -> None:
    known = Known(STANDARD, Stage.INFUSION, recent={"dissociation": (8, NOON - minutes * MIN)})

    assert verdict(distress=True, known=known)["DISTRESS"] is severity


def test_a_strong_score_soon_after_distress_is_critical_until_it_is_denied() -> None:
    known = Known(STANDARD, Stage.INFUSION, distress_at=NOON - 5 * MIN)

    assert verdict({"dissociation": 7}, known=known)["DISTRESS"] is CRITICAL
    assert "DISTRESS" not in verdict({"dissociation": 6}, known=known)
    assert "DISTRESS" not in verdict({"dissociation": 7}, distress=False, known=known)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"sbp": 184.0}, "SBP 184, limit 180, 2 min ago"),
        ({"sbp": 96.0}, "SBP 96, low limit 100, 2 min ago"),
        ({"sbp": 90.0, "dbp": 47.0}, "MAP 61, low limit 65, 2 min ago"),
        ({"sbp": 152.0}, "SBP 152, own limit 149, 2 min ago"),
    ],
)
def test_a_flag_says_reading_limit_and_age(values: dict[str, float], sentence: str) -> None:
    flags = judge(Charted("e", NOON, values), during(sbp=124))

    assert sentence in [flag.text(NOON + 2 * MIN) for flag in flags]


def test_every_flag_names_a_registered_rule_once() -> None:
    assert len(RULE_NAMES) == len(RULES)
    assert {"SBP_HIGH", "MAP_LOW", "SEDATION_LOW", "OVERDUE", "RED_SYMPTOM"} <= RULE_NAMES


def test_own_limits_begin_where_the_percent_is_exceeded() -> None:
    own = own_limits(STANDARD, BASE)

    assert (own.sbp_caution_high, own.sbp_critical_high, own.sbp_caution_low) == (145, 169, 95)
    assert (own.dbp_caution_high, own.headache_caution_high) == (95, 5)


def test_a_flag_of_the_schedule_has_no_second_age() -> None:
    flag = Flag("OVERDUE", "schedule", CAUTION, 3, None, "No full set for 13 min, due 12:00", None, NOON)

    assert flag.text(NOON + 3 * MIN) == "No full set for 13 min, due 12:00"


def test_distress_that_was_noted_earlier_says_so() -> None:
    known = Known(STANDARD, Stage.INFUSION, distress_at=NOON - 5 * MIN)

    flags = judge(Charted("e", NOON, {"dissociation": 8}), known)

    sentences = {flag.rule: flag.sentence for flag in flags}
    assert sentences["DISTRESS"] == "Dissociation 8, distress noted 5 min before"


def test_of_one_moment_the_systolic_speaks_before_the_diastolic() -> None:
    flags = judge(Charted("e", NOON, {"dbp": 112, "sbp": 186}), Known(STANDARD, Stage.INFUSION))

    assert [flag.rule for flag in sorted(flags, key=order)] == ["SBP_HIGH", "DBP_HIGH"]
