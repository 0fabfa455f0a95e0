"""How the record says things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from layouts.record_words import (
    ACTIONS_TAKEN,
    OUTCOMES,
    SERIOUSNESS,
    day_text,
    minute_text,
    moment_text,
    person_initials,
    person_text,
    told,
)
from models import terms
from models.entries import (
    INFUSION_ACTIONS,
    Content,
    Infusion,
    Medication,
    Note,
    Override,
    Phase,
    Reading,
    Screening,
    Signature,
    Written,
)
from tests.sample_sessions import ALL_NO, START, event


@pytest.mark.parametrize(
    ("account", "name", "initials"),
    [
        ("m.silva", "M. Silva", "M.S."),
        ("j.o'neill-hart", "J. O'Neill-Hart", "J.O."),
        ("nurse1", "nurse1", "nurse1"),
        ("dr.lindqvist", "dr.lindqvist", "D.L."),
        ("M.SILVA", "M.SILVA", "M.S."),
    ],
)
def test_an_account_is_told_as_a_name_where_it_is_one(account: str, name: str, initials: str) -> None:
    assert (person_text(account), person_initials(account)) == (name, initials)


@pytest.mark.parametrize(
    ("minute", "text"), [(None, "—"), (0, "0"), (0.99, "0"), (59.5, "59"), (-0.5, "−1"), (-8, "−8")]
)
def test_minutes_are_whole_and_silence_is_a_dash(minute: float | None, text: str) -> None:
    assert minute_text(minute) == text


def test_a_moment_of_another_day_names_the_day() -> None:
    assert moment_text(START, UTC, START) == "13:58"
    assert moment_text(START + timedelta(days=1), UTC, START) == "23 Nov 13:58"


def test_a_day_is_told_in_full() -> None:
    assert day_text(datetime(2026, 3, 1, tzinfo=UTC), UTC) == "Sun 1 Mar 2026"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Reading({"sbp": 120, "dbp": 80}, {"nausea": "asleep"}), "SBP 120, DBP 80, Nausea not done: asleep"),
        (Infusion("start", 36, concentration_mg_ml=10), "Started 36 mg/h, 10 mg/mL"),
        (Infusion("bolus", dose_mg=5, reason="pain"), "Bolus 5 mg: pain"),
        (Infusion("start", 36, override=Override("seen")), "Started 36 mg/h, override: seen"),
        (Medication("Ondansetron", 4, "mg", "IV"), "Ondansetron 4 mg IV"),
        (Note("asleep"), "asleep"),
        (ALL_NO, "All 9 conditions answered no"),
        (
            Screening(dict(ALL_NO.answers) | {"liver": "yes"}, Override("stable")),
            "Severe liver disease: yes. Override: stable",
        ),
        (Phase("closed", "all done"), "Session closed: all done"),
        (Signature("Reviewed", 9), "Reviewed"),
    ],
)
def test_an_entry_is_told_in_one_line(content: Content, words: str) -> None:
    assert told(Written(content, START), UTC) == words


def test_an_event_is_told_with_everything_that_was_said() -> None:
    content = event(
        "x",
        "Nausea",
        START,
        grade=2,
        action_taken="paused",
        interventions=["oxygen"],
        outcome="recovered",
        resolved_at=(START + timedelta(minutes=9)).isoformat(),
        note="basin",
    )

    assert told(Written(content, START), UTC) == (
        "Nausea, from 13:58, 2 moderate, infusion paused, oxygen, recovered, until 14:07, basin"
    )


def test_every_word_of_the_registries_is_worded() -> None:
    assert ACTIONS_TAKEN.keys() == set(terms.ACTIONS_TAKEN)
    assert OUTCOMES.keys() == set(terms.OUTCOMES)
    assert SERIOUSNESS.keys() == set(terms.SERIOUSNESS)


@pytest.mark.parametrize("action", INFUSION_ACTIONS)
def test_every_action_at_the_pump_is_worded(action: str) -> None:
    assert told(Written(Infusion(action), START), UTC).istitle()
