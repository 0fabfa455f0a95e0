"""Limits: how often one browser and one address may ask, and how many places each may hold; time is an argument."""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

_KNOWN_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and so many at once."""

    per_second: float
    at_once: int


EVERYTHING: Final = {"address": Rate(300, 3000), "session": Rate(100, 1000)}
"""Far above what pages and devices send: a board that is opened anew asks for some fifty files."""
CHARTING: Final = {"address": Rate(400, 4000), "session": Rate(100, 3000)}
"""Posts of entries are counted apart, so that nothing else that a browser does can use them up."""
_CHARTS: Final = re.compile(r"/api/v1/sessions(?:/[^/]+/(?:entries|moves))?")


def is_charting(scope: Scope) -> bool:
    """Say whether a request brings something for a record: it goes before everything else."""
    return scope.get("method") == "POST" and _CHARTS.fullmatch(scope["path"]) is not None


class Buckets:
    """Token buckets by whoever is counted; bounded in memory, the one longest unused is forgotten first."""

    def __init__(self, rate: Rate) -> None:
        """Fill every bucket with what is allowed at once."""
        self.rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str, now: float) -> float:
        """Take one and return 0; where none is left, return the seconds until there is one."""
        left, at = self._left.pop(who, (float(self.rate.at_once), now))
        left = min(self.rate.at_once, left + (now - at) * self.rate.per_second)
        missing = max(0.0, 1 - left)
        self._left[who] = (left if missing else left - 1, now)
        if len(self._left) > _KNOWN_MOST:
            self._left.popitem(last=False)
        return missing / self.rate.per_second


class Throttle:
    """Says who asks too often: an address, a signed-in browser, and each of them when it charts."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._buckets = {
            (charting, kind): Buckets(rate)
            for charting, rates in ((False, EVERYTHING), (True, CHARTING))
            for kind, rate in rates.items()
        }

    def wait(self, kind: str, who: str, now: float, *, charting: bool) -> int:
        """Return the whole seconds that ``who`` has to wait; 0 where it need not."""
        return math.ceil(self._buckets[charting, kind].wait(who, now))


class Places:
    """Places that are held for a while, with a bound for all together and for each one who holds some."""

    def __init__(self, most: int) -> None:
        """Let at most ``most`` be held."""
        self.most = most
        self._held: Counter[str] = Counter()
        self.held = 0

    def take(self, bounds: dict[str, int]) -> bool:
        """Take one place in the name of everybody in ``bounds``; ``False`` where one of them holds enough already."""
        if self.held >= self.most or any(self._held[who] >= most for who, most in bounds.items()):
            return False
        self._held.update(bounds.keys())
        self.held += 1
        return True

    def leave(self, bounds: dict[str, int]) -> None:
        """Give one place back that was taken with the same ``bounds``."""
        self.held -= 1
        for who in bounds:
            self._held[who] -= 1
            if not self._held[who]:
                del self._held[who]
