"""A draft tried on past sessions: the same limits change nothing, others change what a recount of values says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from models.protocol import STANDARD, Protocol
from models.protocol_trial import Flagged, RuleTrial, Trial, tried
from models.session import Record
from tests.generated_clinic import sheets
from tests.sample_sessions import START, finished

NOW = START + timedelta(days=800)


def records(number: int) -> list[Record]:
    return [Record(one.id, tuple(one.entries), STANDARD, one.patients, one.chairs) for one in sheets(number)]


def with_hr(caution: float, critical: float) -> Protocol:
    limits = replace(STANDARD.limits["hr"], caution_high=caution, critical_high=critical)
    return replace(STANDARD, limits=STANDARD.limits | {"hr": limits})


def fired(trial: Trial, rule: str) -> RuleTrial:
    (found,) = [one for one in trial.rules if one.rule == rule]
    return found


def test_the_same_limits_change_nothing() -> None:
    trial = tried(records(30), STANDARD, NOW, UTC)

    assert trial.before == trial.after
    assert trial.before.critical > 0
    assert not any(one.differs for one in trial.sessions)
    assert all(one.before == one.after for one in trial.rules)


def test_a_lower_limit_fires_as_often_as_values_lie_above_it() -> None:
    record = finished()
    one = Record(record.id, tuple(record.entries), STANDARD, record.patients, record.chairs)

    trial = tried([one], with_hr(80, 90), NOW, UTC)

    # 74 76 80 84 88 86 96 88 82 80 76 74 72 70 70: eight of 80 or more, one of 90 or more
    assert fired(trial, "HR_HIGH") == RuleTrial("HR_HIGH", 0, 8)
    assert trial.sessions[0].day.isoformat() == "2026-11-22"


def test_a_session_counts_each_entry_by_its_worst_flag() -> None:
    record = finished()
    one = Record(record.id, tuple(record.entries), STANDARD, record.patients, record.chairs)

    (session,) = tried([one], with_hr(70, 200), NOW, UTC).sessions

    assert session.before.critical == session.after.critical == 1
    assert session.after.caution > session.before.caution
    assert session.differs


def test_of_no_sessions_nothing_is_said() -> None:
    trial = tried([], STANDARD, NOW, UTC)

    assert (trial.sessions, trial.rules, trial.before, trial.after) == ((), (), Flagged(0, 0), Flagged(0, 0))
