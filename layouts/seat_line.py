"""What was asked at seating, in one quiet line at the chair: allergies, loud where there are some, and escort."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.record_words import person_text
from layouts.ticking import marked
from models.session import SessionView

_NONE: Final = frozenset({"no", "none", "none known", "no known", "nil", "nka", "nkda", "no allergies", "-", "—"})
"""Answers that say there is none; whatever else was written is loud."""
NOT_ASKED: Final = "Allergies not charted"
NO_ESCORT: Final = "escort not charted"


def seat_line(drawn: dict[str, dict[str, Any]]) -> html.Div:
    """Return the line."""
    line = ids.ChairPage.SEAT_LINE
    return html.Div(id=line, className="seat-line", **marked("seat-line"), **drawn[line])


def seat_line_properties(view: SessionView, nurse: str | None) -> list[tuple[str, dict[str, Any]]]:
    """Return what the line says now: a corrected opening and another nurse change it."""
    rest = [escort_text(view.opening.escort), *([f"{person_text(nurse)} has this chair"] if nurse else [])]
    words = html.Span("".join(f" · {one}" for one in rest))
    return [(ids.ChairPage.SEAT_LINE, {"children": [_allergies(view.opening.allergies), words]})]


def has_allergies(said: str | None) -> bool:
    """Say whether an answer names something; in doubt it does."""
    return said is not None and said.strip().rstrip(".").casefold() not in _NONE


def escort_text(said: str | None) -> str:
    """Return who takes the patient home."""
    return NO_ESCORT if said is None else f"escort {said}"


def _allergies(said: str | None) -> Component:
    if said is None:
        return html.Span(NOT_ASKED)
    words = f"Allergies: {said}"
    return html.B(f"▲ {words}", className="seat-line__loud") if has_allergies(said) else html.Span(words)
