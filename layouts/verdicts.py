"""From which value on something would be flagged now: found by asking the rules themselves, never by a second copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Final

from models.protocol import Limits, Protocol
from models.rules import Charted, Known, Severity, Stage, judge
from models.session import SessionView
from models.vitals import Vital

TRIANGLES: Final = {
    (Severity.CAUTION, False): "▲",
    (Severity.CRITICAL, False): "▲▲",
    (Severity.CAUTION, True): "▼",
    (Severity.CRITICAL, True): "▼▼",
}
_ANY_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The values ``low`` to ``high`` of a vital, which are all judged alike; ``below`` tells a low limit."""

    low: int
    high: int
    severity: Severity
    below: bool = False

    @property
    def triangles(self) -> str:
        """Return the sign beside the colour; empty in range."""
        return TRIANGLES.get((self.severity, self.below), "")


@dataclass(frozen=True, slots=True)
class _Case:
    """What a verdict depends on, apart from the value; told apart by the protocol's fingerprint."""

    vital: Vital
    before: bool
    age: int
    baseline: tuple[tuple[str, float], ...]
    for_patient: Limits | None
    fingerprint: str
    protocol: Protocol = field(compare=False)


def verdicts(view: SessionView, vital: Vital) -> tuple[Verdict, ...]:
    """Return how each value of ``vital`` would be judged if it were measured now, lowest first.

    What a value means only together with others (a symptom, a mean pressure, the one before it) is left out.
    """
    day = view.arrived_at.astimezone(view.zone).date()
    before = view.stage is Stage.BEFORE
    baseline = view.baseline.values if view.baseline and not before else {}
    return _verdicts(
        _Case(
            vital=vital,
            before=before,
            age=view.patient.age_on(day),
            baseline=tuple(sorted(baseline.items())),
            for_patient=own.limits if (own := view.patient_limits.get(vital.key)) else None,
            fingerprint=view.protocol.fingerprint(),
            protocol=view.protocol,
        )
    )


@lru_cache(maxsize=1024)
def _verdicts(case: _Case) -> tuple[Verdict, ...]:
    known = Known(
        case.protocol,
        stage=Stage.BEFORE if case.before else Stage.INFUSION,
        age_years=case.age,
        baseline=dict(case.baseline),
        for_patient={case.vital.key: case.for_patient} if case.for_patient else {},
    )
    return tuple(_runs((value, *_judged(case.vital, value, known)) for value in case.vital.digits))


def _judged(vital: Vital, value: int, known: Known) -> tuple[Severity, bool]:
    flags = judge(Charted("", _ANY_MOMENT, {vital.key: value}), known)
    of_vital = [flag for flag in flags if flag.vital == vital.key]
    if not of_vital:
        return Severity.NORMAL, False
    speaks = max(of_vital, key=lambda flag: flag.severity)
    return speaks.severity, speaks.rule.endswith("_LOW")


def _runs(values: Iterable[tuple[int, Severity, bool]]) -> Iterable[Verdict]:
    for (severity, below), run in groupby(values, key=lambda one: one[1:]):
        numbers = [value for value, *_ in run]
        yield Verdict(numbers[0], numbers[-1], severity, below)
