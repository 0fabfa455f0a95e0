"""Figures of a bench: percentiles, targets and the table they are printed in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of ``values`` do not exceed: the nearest rank, never between two.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to take a percentile of")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Series:
    """One thing measured many times, in milliseconds."""

    name: str
    boards: int
    samples: tuple[float, ...]

    @property
    def p50(self) -> float:
        """Return the median."""
        return percentile(self.samples, 0.5)

    @property
    def p95(self) -> float:
        """Return what 95 of 100 do not exceed."""
        return percentile(self.samples, 0.95)


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must not exceed; ``met`` is decided by the numbers, not by whoever prints them."""

    what: str
    found: float
    most: float
    unit: str = "ms"

    @property
    def met(self) -> bool:
        """Say whether the target is met."""
        return self.found <= self.most

    @property
    def mark(self) -> str:
        """Return the verdict in a word."""
        return "met" if self.met else "falls short"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def drawn(line: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([drawn(lines[0]), rule, *[drawn(line) for line in lines[1:]]])


def shown(value: float, unit: str = "ms") -> str:
    """Return a figure with about three digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004  # about three digits
    return f"{value:.{digits}f} {unit}"


def series_rows(series: Iterable[Series], floor: Mapping[int, float]) -> list[list[str]]:
    """Return a row for each series; ``floor`` is the floor's p95 by number of boards, to compare with."""
    return [
        [
            one.name,
            str(one.boards),
            str(len(one.samples)),
            shown(one.p50),
            shown(one.p95),
            shown(max(one.samples)),
            f"{one.p95 / floor[one.boards]:.2f}" if one.boards in floor else "",
        ]
        for one in series
    ]
