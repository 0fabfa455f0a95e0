"""One run: a plan happens, everything is healed, everybody signs in again, and the record is held against the taps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from tests.simulation.agenda import MINUTE, SECOND
from tests.simulation.clinic_file import NURSES
from tests.simulation.invariants import check_record, check_taps
from tests.simulation.mishaps import MISHAPS
from tests.simulation.nurses import Nurses
from tests.simulation.plan import LENGTH, Plan, Step
from tests.simulation.promises import BrokenPromiseError
from tests.simulation.ward import AS_SHIPPED, Ward, Ways

ROUND: Final = 4 * MINUTE
"""Longer than a server may ask a tablet to be quiet: by then everything has found its answer."""
LOOK: Final = 20 * SECOND
"""By then a slow tablet shows what it keeps, and she who asked is still there."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the promise that was broken, the story, and what was met on the way."""

    broken: str | None
    story: tuple[str, ...]
    met: Counter[str]


def run(plan: Plan, url: str, ways: Ways = AS_SHIPPED) -> Outcome:
    """Let a plan happen on the clinic in a database."""
    ward = Ward(plan.seed, plan.tablets, url, ways)
    try:
        _live(plan, ward)
    except BrokenPromiseError as error:
        return Outcome(str(error), tuple(ward.promises.story), ward.met)
    finally:
        ward.close()
    return Outcome(None, tuple(ward.promises.story), ward.met)


def _live(plan: Plan, ward: Ward) -> None:
    nurses = Nurses(ward)
    for number, tablet in enumerate(ward.tablets):
        tablet.open("")
        nurses.sign_in(tablet.tabs[0], NURSES[number % len(NURSES)])
    for step in plan.steps:
        ward.agenda.after(step.at, partial(_do, step, ward, nurses))
    ward.pass_time(LENGTH + MINUTE)
    ward.heal()
    for nurse in NURSES:
        _gather(nurse, ward, nurses)
    ward.met.update(tap.last_word or "nothing said" for tap in ward.promises.taps)
    check_taps(ward)
    check_record(ward)


def _do(step: Step, ward: Ward, nurses: Nurses) -> None:
    ward.promises.note(f"-- {step.what} {step.where} {step.text}")
    ward.met[step.what] += 1
    tablet, dice = ward.tablets[step.where], Random(step.luck)
    match step.what:
        case "tap":
            nurses.tap(tablet, step.text, dice)
        case "sign in" if tablet.tabs:
            nurses.sign_in(dice.choice(tablet.tabs), step.text)
        case "sign out":
            nurses.sign_out(tablet)
        case "look" if tablet.tabs:
            nurses.look(tablet.tabs[0], takes=dice.random() < 0.5)
        case other if other in MISHAPS:
            MISHAPS[other](ward, tablet, step.text, dice)


def _gather(nurse: str, ward: Ward, nurses: Nurses) -> None:
    """Let one nurse sign in on every tablet, wait, and look at what was refused."""
    for tablet in ward.tablets:
        nurses.sign_in(tablet.tabs[0], nurse)
    ward.pass_time(ROUND)
    for tablet in ward.tablets:
        nurses.look(tablet.tabs[0])
    ward.pass_time(LOOK)
