"""Hundreds of bad afternoons on a ward: whatever happens, no entry is lost, double, or under another name.

A failure prints its seed and the smallest run that still fails; ``SEED=17 pytest tests/simulation`` runs it alone.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.conftest import NewDatabase
from tests.simulation.clinic_file import make_clinic
from tests.simulation.mishaps import MISHAPS
from tests.simulation.network import FATES
from tests.simulation.places import ClinicFiles
from tests.simulation.plan import plan_of
from tests.simulation.run import run
from tests.simulation.server import CRASHES
from tests.simulation.shrink import told

SEEDS = 500
SOAK_SEEDS = 10_000
BATCH = 25
ON_POSTGRESQL, OF_ALL_KINDS = 1_000_000, 2_000_000
ONE = os.environ.get("SEED")


def batches(first: int, last: int, size: int) -> list[range]:
    """Return the seeds of each test; only the one that is asked for, where one is."""
    if ONE is not None:
        return [range(int(ONE), int(ONE) + 1)]
    return [range(start, start + size) for start in range(first, last, size)]


@pytest.mark.parametrize("seeds", batches(0, SEEDS, BATCH), ids=str)
def test_every_tap_is_in_the_record_once_or_refused_and_shown(clinics: ClinicFiles, seeds: range) -> None:
    failures = [failure for seed in seeds if (failure := clinics.failure(seed))]

    assert not failures, "\n\n".join(failures)


@pytest.mark.soak
@pytest.mark.parametrize("seeds", batches(SEEDS, SEEDS + SOAK_SEEDS, 100), ids=str)
def test_every_tap_is_in_the_record_once_or_refused_and_shown_in_many_more_runs(
    clinics: ClinicFiles, seeds: range
) -> None:
    failures = [failure for seed in seeds if (failure := clinics.failure(seed))]

    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("seeds", batches(ON_POSTGRESQL, ON_POSTGRESQL + 12, 4), ids=str)
def test_the_same_holds_on_postgresql(postgres_database: NewDatabase, seeds: range) -> None:
    for seed in seeds:
        with postgres_database() as url:
            make_clinic(url)
            outcome = run(plan_of(seed), url)

        assert outcome.broken is None, told(plan_of(seed), outcome)


def test_a_seed_decides_everything(clinics: ClinicFiles) -> None:
    stories = [clinics.run(plan_of(7)).story for _ in range(2)]

    assert len(stories[0]) > 100
    assert stories[0] == stories[1]


def test_the_runs_meet_everything_that_can_go_wrong(clinics: ClinicFiles) -> None:
    met: Counter[str] = Counter()
    for seed in range(OF_ALL_KINDS, OF_ALL_KINDS + 40):
        met += clinics.run(plan_of(seed)).met

    wanted = {fate.name for fate in FATES} | MISHAPS.keys() | set(CRASHES) | {"tap", "sign in", "sign out", "look"}
    wanted |= {"signed", "saved", "kept", "unknown", "refused", "cannot keep"}
    assert {name for name in wanted if not met[name]} == set()
