"""Calls: what the server says aloud because nobody did anything, each of them once."""

from __future__ import annotations

from collections.abc import Iterable

from models.alerts import ALL, CLINICIAN, Alert
from models.moments import iso
from models.schedule import Lateness
from models.session import SessionView


def calls(view: SessionView) -> tuple[str, ...]:
    """Return what is to be called out of a session as it stands now: a check that is late, an alert nobody answered.

    A call is named after the check or the alert and how far it has come: ``OVERDUE:<due time>:caution``,
    ``SBP_HIGH:<entry>:clinician``. Who answers an alert in time keeps its calls from ever being made.
    """
    return (*_lateness(view), *(call for alert in view.alerts if alert.unanswered for call in _escalations(alert)))


def _lateness(view: SessionView) -> Iterable[str]:
    reached = {Lateness.CAUTION: ("caution",), Lateness.CRITICAL: ("caution", "critical")}
    if view.due.at is not None:
        for word in reached.get(view.due.state, ()):
            yield f"OVERDUE:{iso(view.due.at)}:{word}"


def _escalations(alert: Alert) -> Iterable[str]:
    reached = {CLINICIAN: (CLINICIAN,), ALL: (CLINICIAN, ALL)}
    for level in reached.get(alert.escalated or "", ()):
        yield f"{alert.id}:{level}"
