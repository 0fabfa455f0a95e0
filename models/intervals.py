"""How sure a count is: intervals of proportions and rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_Z: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a proportion, both ends from 0 to 1."""

    low: float
    high: float


def wilson(hits: int, of: int) -> Interval | None:
    """Return the Wilson score interval (95 %) of ``hits`` out of ``of``; ``None`` where there is nothing to count.

    Wilson, J Am Stat Assoc 1927; it stays within 0 and 1 and is honest at the edges, where the usual one is not.
    """
    if of == 0:
        return None
    share, square = hits / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return Interval(max(0.0, middle - half) if hits else 0.0, min(1.0, middle + half) if hits < of else 1.0)
