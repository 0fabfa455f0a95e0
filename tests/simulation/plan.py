"""What shall happen in a run, all of it drawn from one number: who taps what, and what goes wrong when."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.simulation.agenda import MINUTE, SECOND
from tests.simulation.clinic_file import NURSES
from tests.simulation.network import WEATHER
from tests.simulation.server import CRASHES

LENGTH: Final = 20 * MINUTE
LUCK: Final = 2**32


@dataclass(frozen=True, order=True)
class Step:
    """One thing that happens: ``where`` is a tablet, ``luck`` decides what is left open."""

    at: int
    what: str
    where: int
    text: str
    luck: int

    def __str__(self) -> str:
        return f"{self.at / SECOND:8.1f} s  {self.what} {self.where} {self.text}".rstrip()


@dataclass(frozen=True)
class Plan:
    """A run that can be repeated, whole or with steps left out."""

    seed: int
    tablets: int
    steps: tuple[Step, ...]


KINDS: Final = ("reading", "reading", "reading", "adverse_event", "note", "note", "correction", "correction")
ENDS: Final = ("reload", "reload", "crash", "power")
# What goes wrong in a run, and how often at most.
MISHAPS: Final = (
    ("weather", 8),
    ("end", 4),
    ("second tab", 4),
    ("sign in", 6),
    ("sign out", 2),
    ("revoke", 2),
    ("crash", 5),
    ("storage", 2),
    ("clock", 2),
    ("full", 1),
    ("wake", 5),
    ("look", 4),
    ("close", 1),
)


def plan_of(seed: int) -> Plan:
    """Draw a run."""
    dice = Random(seed)
    tablets = dice.randint(2, 4)
    steps = [_tap(dice, tablets) for _ in range(dice.randint(12, 30))]
    for what, most in MISHAPS:
        steps += [_mishap(dice, what, tablets) for _ in range(dice.randint(0, most))]
    return Plan(seed, tablets, tuple(sorted(steps)))


def _at(dice: Random) -> int:
    return dice.randrange(LENGTH)


def _tap(dice: Random, tablets: int) -> Step:
    return Step(_at(dice), "tap", dice.randrange(tablets), dice.choice(KINDS), dice.randrange(LUCK))


def _mishap(dice: Random, what: str, tablets: int) -> Step:
    texts: dict[str, tuple[str, ...]] = {
        "weather": tuple(WEATHER),
        "end": ENDS,
        "sign in": NURSES,
        "crash": CRASHES,
        "storage": ("locked", "gone"),
        "wake": ("onFocus", "onOnline"),
        "close": ("close", "close and sign"),
    }
    return Step(_at(dice), what, dice.randrange(tablets), dice.choice(texts.get(what, ("",))), dice.randrange(LUCK))
