"""The record as it stood at a minute: a slider and steps, each of them an address that can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.ticking import marked
from models.moments import MIN
from models.session import SessionView

STEPS: Final = (-5, -1, 1, 5)
WHOLE: Final = "Whole record"
PLAY: Final = "Play back"
CHARTED_THEN: Final = "as charted up to then, corrections applied; nothing can be changed here"


@dataclass(frozen=True, slots=True)
class Playback:
    """Where a playback stands, in minutes from the start of the infusion (from the arrival, where there was none)."""

    session: str
    first: int
    last: int
    at: int | None
    ignored: str = ""

    @property
    def origin(self) -> str:
        """Return the address of the whole record."""
        return f"/session/{self.session}"

    def address(self, minute: int) -> str:
        """Return the address of a minute, held within the session."""
        return f"{self.origin}?at={min(self.last, max(self.first, minute))}"


def origin_of(view: SessionView) -> datetime:
    """Return the moment that minute 0 stands for."""
    return view.started_at or view.arrived_at


def playback_of(view: SessionView, asked: str | None) -> Playback:
    """Read which minute is asked for; what is none is named, and the whole record is shown."""
    zero = origin_of(view)
    first = -int((zero - view.arrived_at) // MIN)
    last = max(first, -int((zero - (view.ended_at or view.now)) // MIN))
    if asked is None or asked == "":
        return Playback(view.id, first, last, None)
    try:
        minute = int(asked) if len(asked) <= len("-1440") else None
    except ValueError:
        minute = None
    if minute is None or not first <= minute <= last:
        return Playback(view.id, first, last, None, f"at: left out. Give a whole minute from {first} to {last}.")
    return Playback(view.id, first, last, minute)


def playback_bar(found: Playback) -> html.Nav:
    """Return the steps and the slider; before anything is played, the one way in."""
    start = html.A(PLAY, href=found.address(found.first), className="record-tool", **marked("playback-open"))
    inner: list[Component] = [start] if found.at is None else [*_steps(found, found.at), _slider(found, found.at)]
    wrong = html.Span(found.ignored, role="alert", className="record-error")
    return html.Nav([*inner, wrong], className="record__playback", **attributes({"aria-label": "Playback"}))


def _steps(found: Playback, at: int) -> list[Component]:
    steps: list[Component] = [
        html.A(
            f"{'−' if step < 0 else '+'}{abs(step)} min",
            href=found.address(at + step),
            className="record-tool",
            **marked(f"playback-{'back' if step < 0 else 'on'}-{abs(step)}"),
        )
        for step in STEPS
    ]
    words = html.B(f"Minute {at} of {found.last}", **marked("playback-at"))
    whole = html.A(WHOLE, href=found.origin, className="record-tool", **marked("playback-whole"))
    return [*steps[:2], words, *steps[2:], whole, html.Span(CHARTED_THEN, className="record-part__line")]


def _slider(found: Playback, at: int) -> dcc.Input:
    return dcc.Input(
        id=ids.SessionPage.PLAYBACK,
        type="range",
        min=found.first,
        max=found.last,
        step=1,
        value=at,
        className="record__slider",
    )
