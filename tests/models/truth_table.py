"""The rules written down by hand from the clinical defaults: both edges of every bound of every rule.

Every row says what is charted, what is known, and the severity of one rule (``None``: silent). The table is asked of
any version of the rules and of any protocol, so that a moved number or a moved comparison can be shown to be caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from models.moments import MIN
from models.protocol import STANDARD, Intervals, Protocol, Rise
from models.rules import Stage
from models.terms import SYMPTOM_BY_KEY

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAUTION, CRITICAL = "caution", "critical"
SECOND: Final = MIN / 60


@dataclass(frozen=True)
class Row:
    """One line of the table; ``recent``, ``present`` and ``distress_ago`` are minutes before what is charted."""

    rule: str
    severity: str | None
    values: Mapping[str, float] = field(default_factory=dict)
    stage: Stage = Stage.INFUSION
    baseline: Mapping[str, float] = field(default_factory=dict)
    age: int | None = 47
    symptoms: tuple[str, ...] = ()
    denied: bool = False
    distress: bool | None = None
    recent: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    present: Mapping[str, float] = field(default_factory=dict)
    from_event: bool = False
    distress_ago: float | None = None
    rise: Rise | None = None

    def found(self, rules: Any, protocol: Protocol) -> str | None:  # noqa: ANN401  # a module of rules, maybe a changed one
        """Return what a version of the rules says."""
        known = rules.Known(
            replace(protocol, rise=self.rise) if self.rise else protocol,
            rules.Stage(self.stage.value),
            self.age,
            dict(self.baseline),
            {vital: (value, NOON - ago * MIN) for vital, (value, ago) in self.recent.items()},
            {key: self._present(rules, key, ago) for key, ago in self.present.items()},
            None if self.distress_ago is None else NOON - self.distress_ago * MIN,
        )
        symptoms = {key: SYMPTOM_BY_KEY[key] for key in self.symptoms}
        charted = rules.Charted("e", NOON, dict(self.values), symptoms, self.denied, self.distress)
        return {flag.rule: flag.severity.word for flag in rules.judge(charted, known)}.get(self.rule)

    def _present(self, rules: Any, key: str, ago: float) -> Any:  # noqa: ANN401  # as above
        return rules.Present(SYMPTOM_BY_KEY[key], NOON - ago * MIN, self.from_event)


def _limits(vital: str, rule: str, *edges: tuple[float, str | None]) -> Iterable[Row]:
    return [Row(rule, severity, {vital: value}) for value, severity in edges]


def _relative(rule: str, vital: str, *edges: tuple[float, float, str | None]) -> Iterable[Row]:
    return [Row(rule, severity, {vital: value}, baseline={vital: base}) for base, value, severity in edges]


PAIN: Final = ("chest_pain",)
OLDER: Final = 10 + 1 / 60

ROWS: Final[tuple[Row, ...]] = (
    *_limits("sbp", "SBP_HIGH", (159, None), (160, CAUTION), (179, CAUTION), (180, CRITICAL), (200, CRITICAL)),
    *_limits("sbp", "SBP_LOW", (101, None), (100, CAUTION), (91, CAUTION), (90, CRITICAL), (60, CRITICAL)),
    *_limits("dbp", "DBP_HIGH", (99, None), (100, CAUTION), (109, CAUTION), (110, CRITICAL)),
    *_limits("dbp", "DBP_LOW", (51, None), (50, CAUTION), (41, CAUTION), (40, CRITICAL)),
    *_limits("hr", "HR_HIGH", (110, None), (111, CAUTION), (130, CAUTION), (131, CRITICAL)),
    *_limits("hr", "HR_LOW", (51, None), (50, CAUTION), (41, CAUTION), (40, CRITICAL)),
    *_limits("spo2", "SPO2_LOW", (94, None), (93, CAUTION), (92, CAUTION), (91, CRITICAL)),
    *_limits("rr", "RR_LOW", (12, None), (11, CAUTION), (9, CAUTION), (8, CRITICAL)),
    *_limits("rr", "RR_HIGH", (20, None), (21, CAUTION), (24, CAUTION), (25, CRITICAL)),
    *_limits("dissociation", "DISSOCIATION_HIGH", (6, None), (7, CAUTION), (8, CAUTION), (9, CRITICAL)),
    *_limits("nausea", "NAUSEA_HIGH", (3, None), (4, CAUTION), (6, CAUTION), (7, CRITICAL)),
    *_limits("sedation", "SEDATION_LOW", (4, None), (3, CAUTION), (2, CRITICAL)),
    Row("MAP_LOW", None, {"sbp": 95, "dbp": 50}),  # 65
    Row("MAP_LOW", None, {"sbp": 94, "dbp": 50}),  # 64.67, said as 65
    Row("MAP_LOW", CAUTION, {"sbp": 92, "dbp": 50}),  # 64
    Row("MAP_LOW", CAUTION, {"sbp": 84, "dbp": 48}),  # 60
    Row("MAP_LOW", CRITICAL, {"sbp": 83, "dbp": 47}),  # 59
    *_relative("SBP_REL_HIGH", "sbp", (124, 148, None), (124, 149, CAUTION), (124, 173, CAUTION), (124, 174, CRITICAL)),
    *_relative("SBP_REL_HIGH", "sbp", (120, 144, None), (120, 145, CAUTION), (120, 168, CAUTION), (120, 169, CRITICAL)),
    *_relative("SBP_REL_HIGH", "sbp", (100, 139, None), (100, 140, CAUTION), (100, 159, CAUTION), (100, 160, CRITICAL)),
    *_relative("SBP_REL_HIGH", "sbp", (200, 241, CAUTION), (200, 240, None), (200, 280, CAUTION), (200, 281, CRITICAL)),
    *_relative("SBP_REL_LOW", "sbp", (130, 104, None), (130, 103, CAUTION), (130, 78, CAUTION), (130, 77, CRITICAL)),
    *_relative("SBP_REL_LOW", "sbp", (150, 111, None), (150, 110, CAUTION), (200, 120, None), (200, 119, CRITICAL)),
    *_relative("SBP_REL_LOW", "sbp", (100, 80, None), (100, 79, CAUTION), (100, 60, CAUTION), (100, 59, CRITICAL)),
    *_relative("DBP_DELTA", "dbp", (70, 94, None), (70, 95, CAUTION), (60, 89, None), (60, 90, CAUTION)),
    *_relative("HEADACHE_RISE", "headache", (3, 4, None), (3, 5, CAUTION)),
    Row("SBP_RISE", None, {"sbp": 250}, recent={"sbp": (100, 1)}),  # off until a protocol switches it on
    *(
        Row("SBP_RISE", severity, {"sbp": sbp}, recent={"sbp": (110, ago)}, rise=Rise(30, 10, "local"))
        for sbp, ago, severity in (
            (139, 10, None),
            (140, 10, CAUTION),
            (190, 10, CAUTION),
            (140, 0, CAUTION),
            (140, OLDER, None),
            (80, 5, None),
        )
    ),
    *(
        Row("SBP_RISE", severity, {"sbp": 150}, stage, recent={"sbp": (110, 5)}, rise=Rise(30, 10, "local"))
        for stage, severity in (
            (Stage.BEFORE, None),
            (Stage.INFUSION, CAUTION),
            (Stage.PAUSED, CAUTION),
            (Stage.RECOVERY, CAUTION),
        )
    ),
    Row("SBP_RISE", None, {"sbp": 150}, rise=Rise(30, 10, "local")),  # nothing before it
    Row("SBP_RISE", None, {"hr": 90}, recent={"sbp": (110, 5)}, rise=Rise(30, 10, "local")),
    Row("SBP_REL_HIGH", None, {"sbp": 159}),  # no baseline
    Row("SBP_REL_HIGH", None, {"sbp": 141}, Stage.BEFORE, {"sbp": 100}),
    Row("HEADACHE_RISE", None, {"headache": 9}, Stage.BEFORE, {"headache": 0}),
    Row("SBP_REL_HIGH", CAUTION, {"sbp": 140}, Stage.PAUSED, {"sbp": 100}),
    Row("SBP_REL_HIGH", CAUTION, {"sbp": 140}, Stage.RECOVERY, {"sbp": 100}),
    *(
        Row("PRE_SBP", severity, {"sbp": sbp}, Stage.BEFORE, age=age)
        for age, sbp, severity in (
            (65, 140, None),
            (65, 141, CAUTION),
            (66, 150, None),
            (66, 151, CAUTION),
            (66, 159, CAUTION),
            (66, 160, CRITICAL),
            (65, 159, CAUTION),
            (65, 160, CRITICAL),
            (None, 141, CAUTION),
        )
    ),
    *(
        Row("PRE_DBP", severity, {"dbp": dbp}, Stage.BEFORE)
        for dbp, severity in ((90, None), (91, CAUTION), (99, CAUTION), (100, CRITICAL))
    ),
    Row("SBP_HIGH", None, {"sbp": 190}, Stage.BEFORE),  # the gate stands in its place
    Row("DBP_HIGH", None, {"dbp": 115}, Stage.BEFORE),
    Row("HR_HIGH", CRITICAL, {"hr": 140}, Stage.BEFORE),
    Row("SBP_LOW", CAUTION, {"sbp": 95}, Stage.BEFORE),  # low limits still apply
    Row("PRE_SBP", None, {"sbp": 170}, Stage.INFUSION),
    # Symptomatic hypertension
    Row("SYMPTOMATIC_HTN", None, {"sbp": 159}, symptoms=PAIN),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 160}, symptoms=PAIN),
    Row("SYMPTOMATIC_HTN", None, {"dbp": 99}, symptoms=PAIN),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"dbp": 100}, symptoms=PAIN),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 160}, symptoms=("dyspnoea",)),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 160}, symptoms=("focal_deficit",)),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170}, symptoms=("headache",)),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170}, symptoms=("vision", "vomiting")),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170, "headache": 4}, baseline={"headache": 3}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 170, "headache": 5}, baseline={"headache": 3}),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170, "headache": 5}, Stage.BEFORE, {"headache": 3}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 170}, Stage.BEFORE, symptoms=PAIN),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"hr": 70}, symptoms=PAIN, recent={"sbp": (160, 10)}),
    Row("SYMPTOMATIC_HTN", None, {"hr": 70}, symptoms=PAIN, recent={"sbp": (159, 10)}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"hr": 70}, symptoms=PAIN, recent={"dbp": (100, 10)}),
    Row("SYMPTOMATIC_HTN", None, {"hr": 70}, symptoms=PAIN, recent={"sbp": (190, OLDER)}),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 150, "dbp": 80}, symptoms=PAIN, recent={"sbp": (190, 5), "dbp": (110, 5)}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 170}, present={"chest_pain": 10}),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170}, present={"chest_pain": OLDER}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 170}, present={"chest_pain": 60}, from_event=True),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170}, present={"chest_pain": 5}, denied=True),
    Row("SYMPTOMATIC_HTN", None, {"hr": 70}, present={"chest_pain": 5}, recent={"sbp": (170, 5)}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"sbp": 170}, recent={"headache": (5, 10)}, baseline={"headache": 3}),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170}, recent={"headache": (5, OLDER)}, baseline={"headache": 3}),
    Row("SYMPTOMATIC_HTN", None, {"sbp": 170, "headache": 0}, recent={"headache": (9, 5)}, baseline={"headache": 3}),
    Row("SYMPTOMATIC_HTN", CRITICAL, {"headache": 5}, recent={"sbp": (170, 10)}, baseline={"headache": 3}),
    # Red ones
    *(
        Row("RED_EVENT", CRITICAL, symptoms=(one,))
        for one in ("apnoea", "laryngospasm", "seizure", "anaphylaxis", "syncope")
    ),
    *(
        Row("RED_SYMPTOM", CRITICAL, {"sbp": 120}, symptoms=(one,))
        for one in ("chest_pain", "dyspnoea", "focal_deficit")
    ),
    *(Row("RED_SYMPTOM", None, symptoms=(one,)) for one in ("headache", "vision", "vomiting", "syncope")),
    Row("RED_EVENT", None, symptoms=PAIN),
    Row("RED_SYMPTOM", None, {"sbp": 160}, symptoms=PAIN),  # named by the pressure already
    Row("RED_SYMPTOM", None, {"sbp": 170, "headache": 9}, baseline={"headache": 3}),
    # Distress
    Row("DISTRESS", CAUTION, distress=True),
    Row("DISTRESS", CAUTION, {"dissociation": 6}, distress=True),
    Row("DISTRESS", CRITICAL, {"dissociation": 7}, distress=True),
    Row("DISTRESS", None, {"dissociation": 9}, distress=False, distress_ago=5),
    Row("DISTRESS", None, {"dissociation": 9}),
    Row("DISTRESS", CRITICAL, distress=True, recent={"dissociation": (7, 10)}),
    Row("DISTRESS", CAUTION, distress=True, recent={"dissociation": (6, 10)}),
    Row("DISTRESS", CAUTION, distress=True, recent={"dissociation": (9, OLDER)}),
    Row("DISTRESS", CRITICAL, {"dissociation": 7}, distress_ago=10),
    Row("DISTRESS", None, {"dissociation": 7}, distress_ago=OLDER),
    Row("DISTRESS", None, {"dissociation": 6}, distress_ago=5),
    Row("DISTRESS", None, {"hr": 70}, distress_ago=5, recent={"dissociation": (9, 5)}),
    # Vomiting
    Row("VOMITING", CAUTION, symptoms=("vomiting",)),
    Row("VOMITING", CAUTION, {"sedation": 4}, symptoms=("vomiting",)),
    Row("VOMITING", CRITICAL, {"sedation": 3}, symptoms=("vomiting",)),
    Row("VOMITING", CRITICAL, symptoms=("vomiting",), recent={"sedation": (3, 10)}),
    Row("VOMITING", CAUTION, symptoms=("vomiting",), recent={"sedation": (3, OLDER)}),
    Row("VOMITING", CAUTION, symptoms=("vomiting",), recent={"sedation": (4, 5)}),
    Row("VOMITING", CRITICAL, {"sedation": 3}, present={"vomiting": 10}),
    Row("VOMITING", None, {"sedation": 3}, present={"vomiting": OLDER}),
    Row("VOMITING", None, {"sedation": 4}, present={"vomiting": 5}),
    Row("VOMITING", None, {"hr": 70}, present={"vomiting": 5}, recent={"sedation": (3, 5)}),
    Row("VOMITING", None, {"sedation": 3}, present={"vomiting": 5}, denied=True),
)


@dataclass(frozen=True)
class Wait:
    """When the next set is due and how it stands; moments in minutes from noon, the arrival 20 before it."""

    now: float
    at: float | None
    state: str
    stage: Stage = Stage.INFUSION
    started: float | None = 0
    complete: float | None = None
    triggers: tuple[float, ...] = ()
    over_gate: bool = False
    intervals: Intervals = STANDARD.intervals

    def found(self, schedule: Any, intervals: Intervals | None = None) -> tuple[float | None, str]:  # noqa: ANN401  # as above
        """Return what a version of the schedule says."""
        facts = schedule.Facts(
            stage=self.stage,
            arrived_at=NOON - 20 * MIN,
            started_at=None if self.started is None else NOON + self.started * MIN,
            complete=None if self.complete is None else NOON + self.complete * MIN,
            triggers=[NOON + one * MIN for one in self.triggers],
            over_gate=self.over_gate,
        )
        due = schedule.due(facts, intervals or self.intervals, NOON + timedelta(minutes=self.now))
        return None if due.at is None else round((due.at - NOON) / MIN, 6), due.state.value


LEAST: Final = 1 / 60


def _before(  # noqa: PLR0913  # the columns of the table
    now: float,
    at: float | None,
    state: str,
    complete: float | None = None,
    triggers: tuple[float, ...] = (),
    *,
    over_gate: bool = False,
) -> Wait:
    return Wait(now, at, state, Stage.BEFORE, None, complete, triggers, over_gate)


WAITS: Final[tuple[Wait, ...]] = (
    _before(-5 - LEAST, -5, "not_due"),  # 15 min after the arrival
    _before(-5, -5, "due"),
    _before(-3, -5, "due"),
    _before(-3 + LEAST, -5, "caution"),
    _before(10 - LEAST, -5, "caution"),
    _before(10, -5, "critical"),
    _before(60, None, "not_due", complete=-8),  # within the gate nothing is due until the start
    _before(2 - LEAST, 2, "not_due", complete=-8, over_gate=True),
    _before(2, 2, "due", complete=-8, over_gate=True),
    _before(12, 2, "critical", complete=-8, over_gate=True),
    _before(12 - LEAST, 2, "caution", complete=-8, over_gate=True),
    _before(-10, -6, "not_due", complete=-15, triggers=(-11,)),
    _before(-14, -10, "not_due", triggers=(-15,)),
    _before(-4, -5, "due", triggers=(-6,)),
    Wait(10 - LEAST, 10, "not_due", complete=-30),  # a set before the start never makes it late
    Wait(10, 10, "due"),
    Wait(12, 10, "due"),
    Wait(12 + LEAST, 10, "caution"),
    Wait(20 - LEAST, 10, "caution"),
    Wait(20, 10, "critical"),
    Wait(19, 19, "due", complete=9),
    Wait(19, 19, "due", stage=Stage.PAUSED, complete=9),  # paused counts as infusion
    Wait(15, 15, "due", complete=10, triggers=(10,)),  # a trigger in the set
    Wait(17, 15, "due", complete=10, triggers=(10,)),
    Wait(17 + LEAST, 15, "caution", complete=10, triggers=(10,)),
    Wait(20 - LEAST, 15, "caution", complete=10, triggers=(10,)),
    Wait(20, 15, "critical", complete=10, triggers=(10,)),
    Wait(15, 20, "not_due", complete=10, triggers=(9,)),  # a set after the trigger answers it
    Wait(15, 17, "not_due", complete=10, triggers=(13, 12)),  # the first of several
    Wait(20, 20, "due", complete=10, triggers=(18,)),  # the earlier of the two
    Wait(30, 20, "critical", complete=10, triggers=(15,)),  # on a tie the regular one sets the interval
    Wait(25, 20, "caution", complete=10, triggers=(15,)),
    Wait(75, 75, "due", stage=Stage.RECOVERY, complete=60),
    Wait(77, 75, "due", stage=Stage.RECOVERY, complete=60),
    Wait(77 + LEAST, 75, "caution", stage=Stage.RECOVERY, complete=60),
    Wait(90 - LEAST, 75, "caution", stage=Stage.RECOVERY, complete=60),
    Wait(90, 75, "critical", stage=Stage.RECOVERY, complete=60),
    Wait(999, None, "not_due", stage=Stage.CLOSED, complete=60),
    Wait(12, 10, "due", intervals=Intervals(infusion=10, grace=10)),  # no critical within the grace
    Wait(20, 10, "due", intervals=Intervals(infusion=10, grace=10)),
    Wait(20 + LEAST, 10, "critical", intervals=Intervals(infusion=10, grace=10)),
)
