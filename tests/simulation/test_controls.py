"""The simulation finds what it is there for: with any one guard taken out, some seed soon shows a broken promise."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.places import ClinicFiles
from tests.simulation.plan import plan_of

SEEDS_MOST = 120


@pytest.mark.parametrize("name", MUTANTS)
def test_a_missing_guard_is_found(clinics: ClinicFiles, name: str) -> None:
    outcomes = (clinics.run(plan_of(seed), MUTANTS[name]) for seed in range(SEEDS_MOST))
    broken = next((found.broken for found in outcomes if found.broken is not None), None)

    assert broken is not None, f"{SEEDS_MOST} runs did not notice that {name}"
