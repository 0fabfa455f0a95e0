"""How far a tablet's clock is off: measured when something is sent, kept with the entry, said above a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models.errors import RefusedError
from models.moments import parse_moment

FLAGGED_ABOVE: Final = timedelta(seconds=60)
_UNITS: Final = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def clock_skew_ms(sent_at: str | None, now: datetime) -> int | None:
    """Return how far the clock that wrote ``sent_at`` is ahead of ``now``, in ms, negative where it is behind.

    ``None`` where nothing was sent, or nothing that can be read: a reading is never refused for its clock.
    """
    if sent_at is None:
        return None
    try:
        return round((parse_moment(sent_at, "sent_at") - now) / timedelta(milliseconds=1))
    except RefusedError:
        return None


def skew_text(skew_ms: int | None) -> str | None:
    """Return what is said of a clock that is off by more than a minute; ``None`` below, and where nobody knows."""
    off = timedelta(milliseconds=abs(skew_ms or 0))
    if skew_ms is None or off <= FLAGGED_ABOVE:
        return None
    unit, name = next((unit, name) for unit, name in _UNITS if off >= (2 * unit if name != "min" else unit))
    return f"Tablet clock {off // unit} {name} {'ahead' if skew_ms > 0 else 'behind'}"
