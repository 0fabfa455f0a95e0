"""Worst first: which chair wants somebody soonest, for a board that is not in the order of the room."""

from __future__ import annotations

from typing import Final

from models.rules import Severity
from models.schedule import Lateness
from models.session import SessionView

FREE: Final = 0
TAKEN: Final = 1
DUE: Final = 2
CAUTION: Final = 3
CRITICAL: Final = 4
UNANSWERED: Final = 5


def urgency(view: SessionView | None) -> int:
    """Say how soon a chair wants somebody, from a free one (0) to an alert that nobody answered (5)."""
    if view is None:
        return FREE
    if any(alert.unanswered for alert in view.alerts):
        return UNANSWERED
    if view.severity is not Severity.NORMAL:
        return CRITICAL if view.severity is Severity.CRITICAL else CAUTION
    return TAKEN if view.due.state is Lateness.NOT_DUE else DUE
