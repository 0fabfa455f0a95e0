"""Every rule at both edges of every bound, and the mutation run: whatever is moved by one is caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from models import alerts, rules, schedule
from models.protocol import STANDARD, Protocol
from models.rules import RULE_NAMES
from tests.models.mutants import mutants, unchanged
from tests.models.truth_table import NOON, ROWS, WAITS, Row, Wait

BEYOND_THE_TABLE = {"OVERDUE", "EMERGENCY", "MAP_HIGH", "SPO2_HIGH", "SEDATION_HIGH"}
"""Rules of the schedule and of a tap, and sides on which the default protocol has no limit."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{row.severity}")
def test_a_row_of_the_truth_table(row: Row) -> None:
    assert row.found(rules, STANDARD) == row.severity


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: f"{wait.now:.2f}-{wait.state}")
def test_when_a_set_is_due(wait: Wait) -> None:
    assert wait.found(schedule) == _expected(wait)


def test_every_rule_that_can_fire_has_rows_that_fire_and_rows_that_do_not() -> None:
    sides = {f"{key.upper()}_{side.split('_')[1].upper()}" for key, side in _sides_without_a_limit()}
    expected = RULE_NAMES - BEYOND_THE_TABLE - sides

    assert {row.rule for row in ROWS if row.severity} == expected
    assert {row.rule for row in ROWS if row.severity is None} == expected


def _sides_without_a_limit() -> Iterator[tuple[str, str]]:
    for key in (*STANDARD.limits, "headache"):
        limits = STANDARD.limits_of(key)
        for low, high in (("caution_low", "critical_low"), ("caution_high", "critical_high")):
            if getattr(limits, low) is None and getattr(limits, high) is None:
                yield key, low


CALLED = (
    (timedelta(minutes=2) - timedelta(seconds=1), None),
    (timedelta(minutes=2), "clinician"),
    (timedelta(minutes=5) - timedelta(seconds=1), "clinician"),
    (timedelta(minutes=5), "all"),
    (timedelta(minutes=-5), None),
)


@pytest.mark.parametrize(("waited", "called"), CALLED)
def test_how_far_an_alert_is_called_out(waited: timedelta, called: str | None) -> None:
    assert alerts.escalated(NOON, NOON + waited) == called


# The mutation run


def _moved(protocol: Protocol) -> Iterator[tuple[str, Protocol]]:
    """Return the protocol with each of its numbers one up and one down, and each inclusion turned round."""
    for key, limits in protocol.limits.items():
        for side in ("critical_low", "caution_low", "caution_high", "critical_high"):
            value = getattr(limits, side)
            for step in (1, -1) if value is not None else ():
                change: dict[str, Any] = {side: value + step}
                yield f"{key} {side} {step:+}", _with_limits(protocol, key, change)
        yield f"{key} inclusive", _with_limits(protocol, key, {"inclusive": not limits.inclusive})
    for group in ("relative", "gate", "together", "intervals"):
        kept = getattr(protocol, group)
        for one in fields(kept):
            value = getattr(kept, one.name)
            for step in (1, -1) if isinstance(value, int) else ():
                changed: dict[str, Any] = {group: replace(kept, **{one.name: value + step})}
                yield f"{one.name} {step:+}", replace(protocol, **changed)


def _with_limits(protocol: Protocol, key: str, change: dict[str, Any]) -> Protocol:
    return replace(protocol, limits=protocol.limits | {key: replace(protocol.limits[key], **change)})


def _caught(judging: Any, waiting: Any, protocol: Protocol = STANDARD, *, moved: bool = False) -> bool:  # noqa: ANN401  # modules
    """Say whether any row of the tables tells a version from the real one; one that raises is told."""
    try:
        if any(row.found(judging, protocol) != row.severity for row in ROWS):
            return True
        waits = [one for one in WAITS if not moved or one.intervals is STANDARD.intervals]
        return any(one.found(waiting, protocol.intervals if moved else None) != _expected(one) for one in waits)
    except Exception:  # noqa: BLE001  # whatever it raises, it is not the real one
        return True


def _expected(wait: Wait) -> tuple[float | None, str]:
    return None if wait.at is None else round(wait.at, 6), wait.state


def test_the_tables_do_not_cry_wolf() -> None:
    assert not _caught(rules, schedule)
    assert not _caught(unchanged("models/rules.py"), unchanged("models/schedule.py"))
    assert not _caught(rules, schedule, STANDARD, moved=True)


@pytest.mark.parametrize(("what", "protocol"), [pytest.param(*one, id=one[0]) for one in _moved(STANDARD)])
def test_a_number_of_the_protocol_that_moves_by_one_is_caught(what: str, protocol: Protocol) -> None:
    assert _caught(rules, schedule, protocol, moved=True), what


SENTENCES = frozenset({"order", "overdue_flag"})
"""Functions that put flags in order or words together: they decide no verdict and have tests of their own."""


def test_a_comparison_or_number_of_the_rules_that_moves_by_one_is_caught() -> None:
    changed = mutants("models/rules.py", SENTENCES)

    assert [one.told for one in changed if not _caught(one.module(), schedule)] == []


def test_a_comparison_or_number_of_the_schedule_that_moves_by_one_is_caught() -> None:
    changed = mutants("models/schedule.py", SENTENCES)

    assert [one.told for one in changed if not _caught(rules, one.module())] == []


@pytest.mark.parametrize("number", ["TO_CLINICIAN", "TO_ALL"])
@pytest.mark.parametrize("step", [1, -1])
def test_a_moved_time_of_calling_out_is_caught(number: str, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, number, getattr(alerts, number) + timedelta(minutes=step))

    assert any(alerts.escalated(NOON, NOON + waited) != called for waited, called in CALLED)
