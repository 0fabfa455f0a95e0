"""What a draft would have flagged: totals, rules and the sessions that differ, without saying whose they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from layouts.protocol_trial import NOTHING, total_text, trial_part
from models.protocol import STANDARD
from models.protocol_trial import Trial, tried
from models.session import Record
from tests.component_tree import said
from tests.sample_sessions import START, finished

LOWER = replace(STANDARD, limits=STANDARD.limits | {"hr": replace(STANDARD.limits["hr"], caution_high=80)})


def trial() -> Trial:
    sheet = finished()
    record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)
    return tried([record], LOWER, START + timedelta(days=2), UTC)


def test_the_totals_are_told_in_a_sentence() -> None:
    found = trial()

    assert total_text(found).startswith("Of 1 sessions that ended, 1 would have been flagged otherwise.")
    assert f"caution {found.before.caution} → {found.after.caution}" in total_text(found)


def test_rules_and_sessions_are_listed_and_nobody_is_named() -> None:
    words = said(trial_part(trial()))

    assert "HR_HIGH 0 8 +8" in words
    assert "Sun 22 Nov 2026" in words
    assert not [word for word in ("Priya", "Nair", "40-718") if word in words]


def test_without_a_past_there_is_nothing_to_try_it_on() -> None:
    assert NOTHING in said(trial_part(tried([], LOWER, START, UTC)))
