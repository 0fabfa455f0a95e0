"""Making a failing run small: steps are left out as long as the same promise is still broken."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.simulation.plan import Plan
from tests.simulation.run import Outcome

RUNS_MOST: Final = 150
STORY_MOST: Final = 120
Run = Callable[[Plan], Outcome]


def shrunk(plan: Plan, run: Run) -> tuple[Plan, Outcome]:
    """Leave out what is not needed: halves first, then quarters, down to single steps."""
    outcome = run(plan)
    wanted, runs, size = _kind(outcome), 0, max(1, len(plan.steps) // 2)
    while runs < RUNS_MOST:
        start = 0
        while start < len(plan.steps) and runs < RUNS_MOST:
            smaller = replace(plan, steps=plan.steps[:start] + plan.steps[start + size :])
            found, runs = run(smaller), runs + 1
            if found.broken is not None and _kind(found) == wanted:
                plan, outcome = smaller, found
            else:
                start += size
        if size == 1:
            break
        size //= 2
    return plan, outcome


def _kind(outcome: Outcome) -> str:
    """Return which promise was broken, whichever entry it was."""
    return re.sub(r"[0-9a-f-]{8,}|\d+|m\.silva|r\.okafor|j\.nowak", "#", outcome.broken or "")[:40]


def told(plan: Plan, outcome: Outcome) -> str:
    """Tell a run so that it can be understood and run again."""
    story = outcome.story[-STORY_MOST:]
    return "\n".join(
        (
            f"{outcome.broken}",
            f"Run it again: SEED={plan.seed} .venv/bin/python -m pytest -n 0 tests/simulation/test_simulation.py",
            f"The steps that are needed for it ({plan.tablets} tablets):",
            *(f"  {step}" for step in plan.steps),
            f"What happened (the last {len(story)} of {len(outcome.story)} lines):",
            *(f"  {line}" for line in story),
        )
    )
