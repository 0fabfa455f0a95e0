"""What was done with the pump and what the patient felt, numbered alike on the panel and in the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.infusion import Action
from models.moments import minutes_between
from models.session import Event, SessionView

GRADES: Final = {1: "mild", 2: "moderate", 3: "severe", 4: "life-threatening", 5: "fatal"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One numbered thing: ``event`` tells an adverse event (square) from an action at the pump (circle)."""

    number: int
    at: datetime
    text: str
    entry_id: str
    event: bool = False
    open: bool = False


def marks(view: SessionView) -> tuple[Mark, ...]:
    """Give every action at the pump and every adverse event its number, in the order in which they happened.

    The first start is the zero of the time axis and needs no number; a pause that went on at the old rate is one
    action, told with its length.
    """
    found = [Mark(0, action.at, _said(action, view), action.entry_id) for action in _numbered(view.pump.actions)]
    found += [
        Mark(0, event.onset_at, event_text(event), event.entry_id, event=True, open=event.open) for event in view.events
    ]
    found.sort(key=lambda mark: (mark.at, mark.event, mark.entry_id))
    return tuple(
        Mark(number, mark.at, mark.text, mark.entry_id, mark.event, mark.open) for number, mark in enumerate(found, 1)
    )


def event_text(event: Event) -> str:
    """Return an event as the legend says it: ``dizziness, mild, open``."""
    parts = [event.term.lower(), GRADES.get(event.grade or 0, ""), "open" if event.open else ""]
    return ", ".join(part for part in parts if part)


def _numbered(actions: Sequence[Action]) -> list[Action]:
    started = next((action for action in actions if action.content.action == "start"), None)
    return [action for action in actions if action is not started and not _plain_resume(action)]


def _plain_resume(action: Action) -> bool:
    same = action.rate_after == action.rate_before
    return action.content.action == "resume" and same and action.disputed is None


def _said(action: Action, view: SessionView) -> str:
    rate, dose = float(action.rate_after), action.content.dose_mg
    words = {
        "start": f"start {rate:g}",
        "rate": f"rate {rate:g}",
        "pause": _pause_text(action, view),
        "resume": f"resumed {rate:g}",
        "bolus": "bolus" if dose is None else f"bolus {dose:g} mg",
        "stop": "stopped",
    }
    text = words[action.content.action]
    return f"{text}, disputed" if action.disputed else text


def _pause_text(action: Action, view: SessionView) -> str:
    """Return how long a pause lasted, or lasts by now; one that paused nothing has no length."""
    found = [end for since, end in view.pump.pauses if since == action.at]
    if not found or action.disputed:
        return "paused"
    return f"paused {max(int(minutes_between(action.at, found[0] or view.now)), 0)} min"
