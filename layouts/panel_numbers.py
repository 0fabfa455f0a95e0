"""The numbers on the panel that need to be read: the last set, and what is out of range, as far as they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from layouts.panel_sheet import NUMBER, Lane, Sheet, word
from layouts.theme import dim
from layouts.trend import charted, held, ink, stamp, with_pressure
from models.rules import Severity
from models.session import SessionView


@dataclass(frozen=True, slots=True)
class _Number:
    """A value that is written beside its mark, ``up`` and ``aside`` pixels from it."""

    at: datetime
    value: float
    severity: Severity
    last: bool
    px: float
    up: int
    plain: str = "text"
    aside: int = 0

    @property
    def rank(self) -> tuple[bool, bool, int, float]:
        """Return what decides who gives way where two would collide: critical first, then the last set."""
        return (self.severity is Severity.CRITICAL, self.last, int(self.severity), abs(self.value - 100))


def numbers(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the numbers of the last set and of every value out of range; where two collide the worse one stays."""
    return [_written(sheet, one) for found in (_pressures(sheet), _rates(sheet)) for one in _fitting(sheet, found)]


def _pressures(sheet: Sheet) -> list[_Number]:
    lane = sheet.lane("bp")
    last = _last_entry(sheet.view, "sbp")
    found = []
    for one, *pressures in with_pressure(sheet.view):
        for vital, value in zip(("sbp", "dbp"), pressures, strict=True):
            severity, is_last = one.severity_of(vital), one.entry.id == last
            if value is not None and (is_last or severity):
                px = lane.y(held(value, vital))
                up = _beside(lane, px, above=vital == "sbp")
                found.append(_Number(one.at, value, severity, is_last, px, up))
    return found


def _rates(sheet: Sheet) -> list[_Number]:
    lane = sheet.lane("hr")
    last = _last_entry(sheet.view, "hr")
    found = []
    for one, value in charted(sheet.view, "hr"):
        severity, is_last = one.severity_of("hr"), one.entry.id == last
        if is_last or severity:
            px = lane.y(held(value, "hr"))
            up = 15 if px - lane.top > NUMBER[1] else -15
            found.append(_Number(one.at, value, severity, is_last, px, up, "hr"))
    return found


def _last_entry(view: SessionView, vital: str) -> str | None:
    pairs = charted(view, vital)
    return pairs[-1][0].entry.id if pairs else None


def _beside(lane: Lane, px: float, *, above: bool) -> int:
    """Return how far above (positive) its value a number stands: outside the caret, inside where there is no room."""
    outside, inside = 17, 12
    room = outside + NUMBER[1] / 2 - 4
    if above:
        return outside if px - lane.top > room else -inside
    return -outside if lane.bottom - px > room else inside


_ASIDE: Final = (0, -12, 12)


def _fitting(sheet: Sheet, found: Sequence[_Number]) -> list[_Number]:
    """Return the numbers that can be written without covering a worse one; some step a little aside for it."""
    kept: list[_Number] = []
    for one in sorted(found, key=lambda number: number.rank, reverse=True):
        places = [replace(one, aside=aside) for aside in _ASIDE]
        free = next((place for place in places if not any(_covers(sheet, place, other) for other in kept)), None)
        if free is not None:
            kept.append(free)
    return sorted(kept, key=lambda number: (number.at, number.px))


def _covers(sheet: Sheet, one: _Number, other: _Number) -> bool:
    across = sheet.px(one.at) + one.aside - sheet.px(other.at) - other.aside
    down = (one.px - one.up) - (other.px - other.up)
    return abs(across) < NUMBER[0] and abs(down) < NUMBER[1]


def _written(sheet: Sheet, one: _Number) -> dict[str, Any]:
    critical = one.severity is Severity.CRITICAL
    aside = {"xshift": one.aside} if one.aside else {}
    border = {"bordercolor": dim("critical"), "borderwidth": 1.5} if critical else {}
    return (
        aside
        | border
        | word(
            f"<b>{one.value:g}</b>",
            x=stamp(one.at),
            y=sheet.share(one.px),
            yanchor="middle",
            yshift=one.up,
            font={"color": dim("on-fill") if critical else ink(one.severity, one.plain), "size": 14},
            bgcolor=dim("critical-fill" if critical else "plot"),
            borderpad=1,
        )
    )
