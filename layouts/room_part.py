"""The chair itself: what it is kept for while nobody sits on it, which nurse has it, and the taps that say so."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from dash import html

from layouts import ids
from layouts.form_fields import action_button, aria, data, text_field
from layouts.record_words import person_text
from layouts.ticking import marked
from layouts.words import free_text
from models.chair_marks import ChairState
from models.clinic import ChairNow
from models.moments import clock
from models.people import Person, Right

Properties = list[tuple[str, dict[str, Any]]]

STATES: Final = {
    ChairState.RESERVED: "Reserved",
    ChairState.CLEANING: "Cleaning",
    ChairState.OUT_OF_USE: "Out of use",
}
MEANS: Final = {
    ChairState.RESERVED: "Kept for somebody. You can seat a patient all the same; that uses it up.",
    ChairState.CLEANING: "Being cleaned. You can seat a patient all the same.",
    ChairState.OUT_OF_USE: "Nobody can be seated here until a clinician or an admin puts it back in use.",
}
NOTE_HINT: Final = "short, nothing about a patient"
NOBODY_HAS_IT: Final = "No nurse has this chair"
_BUTTONS: Final = (
    (ChairState.RESERVED, "Reserve"),
    (ChairState.CLEANING, "Cleaning"),
    (ChairState.FREE, "Free"),
    (ChairState.OUT_OF_USE, "Out of use"),
)


def chair_text(chair: ChairNow, zone: tzinfo) -> str:
    """Return what a chair on which nobody sits is, since when, who said so, and the note beside it."""
    said = chair.marks.state
    if said is None or chair.state not in STATES:
        return free_text(chair.free_since, zone)
    note = f": {said.note}" if said.note else ""
    return f"{STATES[chair.state]} since {clock(said.made_at, zone)}, {person_text(said.author)}{note}"


def tab_text(chair: ChairNow) -> str:
    """Return what the row of chairs says of one on which nobody sits."""
    return STATES.get(chair.state, "Free").lower()


def nurse_text(chair: ChairNow) -> str:
    """Return which nurse has the chair."""
    name = chair.marks.nurse_name
    return f"{person_text(name)} has this chair" if name else NOBODY_HAS_IT


def room_properties(chair: ChairNow, zone: tzinfo) -> Properties:
    """Return what a change brings: which nurse has the chair and, of one on which nobody sits, what it is kept for."""
    page = ids.ChairPage
    found: Properties = [(page.ROOM_NURSE, {"children": nurse_text(chair)})]
    if chair.view is not None:
        return found
    means = {"children": MEANS.get(chair.state, "")}
    return [*found, (page.ROOM_WORDS, {"children": chair_text(chair, zone)}), (page.ROOM_MEANS, means)]


def room_part(chair: ChairNow, person: Person) -> html.Section:
    """Return the taps of a chair on which nobody sits; out of use, and back in use, only for who may say so."""
    may = person.may(Right.TAKE_OUT_OF_USE)
    buttons = [_state_button(state, words) for state, words in _BUTTONS if may or state is not ChairState.OUT_OF_USE]
    return html.Section(
        [
            html.P(MEANS.get(chair.state, ""), id=ids.ChairPage.ROOM_MEANS, className="room__means"),
            nurse_part(chair),
            html.Div(
                [*buttons, text_field("room_note", "Note", "chair-note", NOTE_HINT)],
                className="panel__row room__states",
            ),
        ],
        className="form-card room",
        **data(form="room"),
        **aria(label="The chair"),
    )


def nurse_part(chair: ChairNow) -> html.Div:
    """Return which nurse has the chair, and the taps that take it and give it back."""
    return html.Div(
        [
            html.Span(nurse_text(chair), id=ids.ChairPage.ROOM_NURSE, className="room__nurse", **marked("chair-nurse")),
            action_button("I take it", "take-chair", testid="chair-take"),
            action_button("Give it back", "give-chair-back", testid="chair-give-back"),
        ],
        className="panel__row room__who",
    )


def _state_button(state: ChairState, words: str) -> html.Button:
    return html.Button(
        words,
        type="button",
        className="press",
        **data(act="set-chair", chair_state=state.value),
        **marked(f"chair-{state.value.replace('_', '-')}"),
    )
