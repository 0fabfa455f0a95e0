"""Limits that a clinician set for one patient: from their moment on they stand in the place of the protocol's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.corrections import Effective
from models.entries import LIMIT_SIDES, Limit
from models.protocol import Limits


@dataclass(frozen=True, slots=True)
class PatientLimit:
    """The limits of one vital in force for a patient, who set them, when and why."""

    vital: str
    limits: Limits
    reason: str
    author: str
    at: datetime
    entry_id: str

    @classmethod
    def of(cls, one: Effective, content: Limit, before: Limits) -> PatientLimit:
        """Return the limits that an entry makes of those that held before it."""
        return cls(content.vital, merged(before, content), content.reason, one.entry.author, one.at, one.entry.id)


def merged(before: Limits, content: Limit) -> Limits:
    """Return ``before`` with the sides that an entry names; ``None`` lifts one, what it leaves out stays."""
    sides: dict[str, Any] = {side: content.limits[side] for side in LIMIT_SIDES if side in content.limits}
    return replace(before, **sides, source=f"set for this patient: {content.reason}")


def contradictions(limits: Limits) -> Iterable[tuple[str, str]]:
    """Say which side contradicts another: name of the side, and the sentence."""
    low, high = limits.caution_low, limits.caution_high
    if limits.critical_low is not None and low is not None and limits.critical_low > low:
        yield "critical_low", f"critical_low {limits.critical_low:g} lies above caution_low {low:g}."
    if limits.critical_high is not None and high is not None and limits.critical_high < high:
        yield "critical_high", f"critical_high {limits.critical_high:g} lies below caution_high {high:g}."
    lows = [one for one in (limits.critical_low, low) if one is not None]
    highs = [one for one in (limits.critical_high, high) if one is not None]
    if lows and highs and max(lows) >= min(highs):
        said = f"The low limits reach {max(lows):g}, the high ones begin at {min(highs):g}: nothing would be in range."
        yield "limits", said
