"""The card of one chair: drawn once, then only its texts, classes and figure change.

What a card shows is a table from component id to properties (`card_properties`). The card is drawn from it and
updated from it, so a card that was updated and a card that is drawn afresh are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from layouts import ids, words
from layouts.alert_pill import nobody_text, waiting_alerts
from layouts.record_words import person_initials, person_text
from layouts.room_part import chair_text
from layouts.ticking import NOTHING, Properties, marked, say, ticking
from models.alerts import Answer
from models.clinic import ChairNow
from models.moments import MIN, clock
from models.rules import COMPOSITE, SCHEDULE, Flag, Severity, Stage
from models.schedule import Due
from models.session import Latest, SessionView
from models.urgency import urgency
from models.vitals import BY_KEY, CORE
from models.wall_privacy import NameLevel, shown_name

OLDER_THAN_SET: Final[timedelta] = 2 * MIN
"""Values typed within this time of each other are one set; an older one carries its own age."""
LONG_NAME: Final = 4
"""A chair's name from this length on is set smaller, so that the row keeps its height."""
VERY_LONG_NAME: Final = 10
"""From this length on it takes several lines, and the column of names gets the room of the trend."""
RECHECK_TOLD: Final[timedelta] = 10 * MIN
"""So long after an alert ended the card says with which value."""
WHY_SHORT: Final = 28
WHY_LINE: Final = 32
"""Sentences up to these lengths (with ``{age}`` for the age) fit their line in full size, and set smaller."""
WHY_HALF: Final = 38
"""So many letters fit beside a badge where a chair has half the width of a wall; what is longer takes two lines."""
EMPTY_FIGURE: Final[dict[str, Any]] = {
    "data": [],
    "layout": {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A place for numbers on the card: the vitals in it, the ones it is judged by, and its label."""

    key: str
    vitals: tuple[str, ...]
    judged: tuple[str, ...]
    label: str
    unit: str
    percent: bool = False

    @property
    def is_score(self) -> bool:
        """Say whether it shows a score with a word of its own."""
        return BY_KEY[self.vitals[0]].is_score


CELLS: Final = (
    Cell("bp", ("sbp", "dbp"), ("sbp", "dbp", "map"), "BP", "mmHg", percent=True),
    Cell("hr", ("hr",), ("hr",), "HR", "/min"),
    Cell("dissociation", ("dissociation",), ("dissociation",), "Dissoc.", "/10"),
    Cell("nausea", ("nausea",), ("nausea",), "Nausea", "/10"),
)


def card(chair: ChairNow, zone: tzinfo, *, linked: bool = True, names: NameLevel = NameLevel.INITIALS) -> Component:
    """Draw the card of one chair; ``linked`` lets its name and numbers lead to the chair's page."""
    pen = _Pen(chair.chair.name, card_properties(chair, zone, names), linked=linked)
    parts = [_who(pen), _state(pen), *(_cell(pen, cell) for cell in CELLS), _trend(pen), _due(pen)]
    return pen.draw(
        html.Article,
        ids.CARD,
        children=parts,
        **marked("chair-card"),
        **{"data-chair": pen.name, "aria-label": f"Chair {pen.name}"},
    )


def card_properties(chair: ChairNow, zone: tzinfo, names: NameLevel = NameLevel.INITIALS) -> dict[str, Properties]:
    """Return what a card shows, by component id: texts, classes and attributes, the same ids in every state.

    ``names`` says how much of the patient's name is among it.
    """
    name, view = chair.chair.name, chair.view
    nurse = {ids.CARD_NURSE.of(name): _nurse(chair.marks.nurse_name)}
    if view is None:
        return _free(name, chair_text(chair, zone), chair.state.value) | nurse
    table = {
        **nurse,
        ids.CARD.of(name): _frame(view),
        ids.CARD_WHO.of(name): {"children": shown_name(view.patient, names)},
        **_clock(name, view, zone),
        **_said(name, view, zone),
        **_due_properties(name, view.due, zone, view.protocol.intervals.grace),
    }
    for cell in CELLS:
        table |= _cell_properties(name, cell, view, zone)
    return table


def _nurse(name: str | None) -> Properties:
    """Return the initials of the nurse who has the chair: a whole name would cost the row its height."""
    if name is None:
        return say("") | {"title": None}
    return say(person_initials(name)) | {"title": f"{person_text(name)} has this chair"}


# ---- the drawing: what never changes ----


class _Pen:
    """Draws elements of one card with what they show now."""

    def __init__(self, name: str, table: dict[str, Properties], *, linked: bool) -> None:
        self.name, self.table, self.linked = name, table, linked

    def draw(self, tag: type[Component], family: ids.Family, key: str | None = None, **fixed: Any) -> Component:  # noqa: ANN401  # properties of any component
        """Draw an element that has an id: fixed properties, and those of the table."""
        name = family.of(self.name if key is None else f"{key} {self.name}")
        return tag(id=name, **fixed, **self.table[name])

    def link(self, children: Sequence[Component | str], *, reachable: bool = False, **fixed: Any) -> Component:  # noqa: ANN401  # properties of any component
        """Draw a link to the chair's page; only one of a card is a stop for the Tab key."""
        if not self.linked:
            return html.Span(children, **fixed)
        return html.A(children, href=f"/chair/{quote(self.name)}", tabIndex=None if reachable else -1, **fixed)


def _who(pen: _Pen) -> Component:
    length = len(pen.name)
    size = "short" if length < LONG_NAME else "medium" if length < VERY_LONG_NAME else "long"
    name = pen.link([pen.name], reachable=True, className=f"card__name card__name--{size}", title=f"Chair {pen.name}")
    return html.Div(
        [
            html.Div(
                [
                    name,
                    pen.draw(html.Span, ids.CARD_WHO, className="card__initials"),
                    pen.draw(html.Span, ids.CARD_NURSE, className="card__nurse", **marked("card-nurse")),
                ],
                className="card__names",
            ),
            html.Div(
                [pen.draw(html.B, ids.CARD_ELAPSED), pen.draw(html.Span, ids.CARD_LEFT, className="card__left")],
                className="card__time",
            ),
        ],
        className="card__who",
    )


def _state(pen: _Pen) -> Component:
    badges = [
        pen.draw(html.Span, ids.CARD_BADGE),
        pen.draw(html.Span, ids.CARD_RESPONDER, **marked("card-responder")),
        pen.draw(html.Span, ids.CARD_TAG, className="tag"),
        pen.draw(html.Span, ids.CARD_NOTE, className="card__note"),
    ]
    why = pen.draw(html.Span, ids.CARD_WHY, **marked("card-why"))
    return html.Div([html.Div(badges, className="card__badges"), why], className="card__state")


def _cell(pen: _Pen, cell: Cell) -> Component:
    numbers: list[Component | str] = []
    for vital in cell.vitals:
        numbers += ["/"] if numbers else []
        numbers.append(pen.draw(html.Span, ids.CARD_NUMBER, vital, **marked(f"card-{vital}")))
    shown = [
        pen.link(numbers, className="value__box"),
        pen.draw(html.Span, ids.CARD_MARK, cell.key, className="value__mark"),
        html.Span(
            [
                pen.draw(html.B, ids.CARD_WORD, cell.key, className="value__word"),
                pen.draw(html.Span, ids.CARD_CHANGE, cell.key, className="value__change"),
            ],
            className="value__below",
        ),
    ]
    label = html.Span([cell.label, html.Small(f" {cell.unit}")], className="label")
    return pen.draw(html.Div, ids.CARD_CELL, cell.key, children=[label, *shown])


def _trend(pen: _Pen) -> Component:
    graph = html.Div(id=ids.CARD_TREND.of(pen.name), className="card__graph")
    return html.Div(graph, className="card__trend", **marked("card-trend", hidden=True))


def _due(pen: _Pen) -> Component:
    main = [pen.draw(html.B, ids.CARD_DUE_NUMBER), pen.draw(html.Small, ids.CARD_DUE_UNIT)]
    return html.Div(
        [
            html.Span("Next check", className="label"),
            html.Span(main, className="next__main"),
            pen.draw(html.Span, ids.CARD_DUE_NOTE, className="next__note"),
        ],
        className="next",
        **marked("card-due"),
    )


# ---- the table: what changes ----


def _free(name: str, said: str, state: str = "free") -> dict[str, Properties]:
    """Show nothing of a chair without a patient but its name, what it is, and since when: not even a dash."""
    frame = {
        "className": f"card card--free card--{state.replace('_', '-')}",
        "data-state": "free",
        "data-count": "free",
        "data-late": "false",
        "data-urgency": str(urgency(None)),
    }
    table: dict[str, Properties] = {
        ids.CARD.of(name): frame,
        ids.CARD_WHO.of(name): {"children": ""},
        ids.CARD_ELAPSED.of(name): NOTHING,
        ids.CARD_LEFT.of(name): NOTHING,
        ids.CARD_BADGE.of(name): {"className": "badge", **NOTHING},
        ids.CARD_RESPONDER.of(name): {"className": "card__responder", "title": None, **NOTHING},
        ids.CARD_TAG.of(name): NOTHING,
        ids.CARD_NOTE.of(name): NOTHING,
        ids.CARD_WHY.of(name): _fitted(say(said)),
    }
    for cell in CELLS:
        table[ids.CARD_CELL.of(f"{cell.key} {name}")] = {"className": f"value value--{cell.key}"}
        table[ids.CARD_MARK.of(f"{cell.key} {name}")] = {"children": ""}
        table[ids.CARD_WORD.of(f"{cell.key} {name}")] = NOTHING
        table[ids.CARD_CHANGE.of(f"{cell.key} {name}")] = {"children": ""}
        table |= {ids.CARD_NUMBER.of(f"{vital} {name}"): {"children": ""} for vital in cell.vitals}
    for family in (ids.CARD_DUE_NUMBER, ids.CARD_DUE_UNIT, ids.CARD_DUE_NOTE):
        table[family.of(name)] = NOTHING | {"data-grace": ""}
    return table


def _frame(view: SessionView) -> Properties:
    late = _overdue(view)
    state = view.severity.word
    classes = ["card", f"card--{state}", f"card--{view.stage}", *(["card--late"] if late else [])]
    speaks_late = late is not None and view.flags[0].vital == SCHEDULE
    return {
        "className": " ".join(classes),
        "data-state": state,
        "data-count": "late" if speaks_late else state if view.latest or view.flags else "silent",
        "data-late": str(late is not None).lower(),
        "data-urgency": str(urgency(view)),
    }


def _overdue(view: SessionView) -> Flag | None:
    return next((flag for flag in view.flags if flag.vital == SCHEDULE), None)


def _clock(name: str, view: SessionView, zone: tzinfo) -> dict[str, Properties]:
    """Return the minutes into the infusion and to its planned end, after it, or the arrival before it."""
    elapsed, left = ids.CARD_ELAPSED.of(name), ids.CARD_LEFT.of(name)
    if view.started_at is None:
        return {elapsed: NOTHING, left: say(f"arrived {clock(view.arrived_at, zone)}")}
    was = f"start {clock(view.started_at, zone)}"
    if view.stage is Stage.RECOVERY and view.pump.stopped_at is not None:
        return {elapsed: ticking("minutes", view.pump.stopped_at), left: say(" min after", was=was)}
    minutes = ticking("minutes", view.started_at)
    if view.stage is Stage.PAUSED and view.planned_end is not None:
        rest = int(-(-(view.planned_end - view.now) // MIN))
        return {elapsed: minutes, left: say(f" min, {rest} left" if rest >= 0 else f" min, {-rest} over", was=was)}
    return {elapsed: minutes, left: ticking("left", view.planned_end, was=was)}


def _said(name: str, view: SessionView, zone: tzinfo) -> dict[str, Properties]:
    """Return the badge, what stands beside it, and the sentence below."""
    return {
        ids.CARD_BADGE.of(name): _badge(view),
        ids.CARD_RESPONDER.of(name): _responder(view, zone),
        ids.CARD_TAG.of(name): _tag(view),
        ids.CARD_NOTE.of(name): _note(view, zone),
        ids.CARD_WHY.of(name): _fitted(_why(view, zone)),
    }


def _badge(view: SessionView) -> Properties:
    if not view.flags:
        return {"className": "badge", **NOTHING}
    flag = view.flags[0]
    if flag.vital == SCHEDULE:
        classes = f"badge badge--{flag.severity.word} badge--late"
        return {"className": classes, **say(f"Late {words.MINUTES}", view.due.at, was=words.was_text("Late"))}
    arrows, word = words.arrows(flag.severity, low=words.is_low(flag)), words.STATES[flag.severity]
    said = say(f"{arrows} {word}", was=f"{arrows} {words.was_text(word)}")
    return {"className": f"badge badge--{flag.severity.word}", **said}


def _responder(view: SessionView, zone: tzinfo) -> Properties:
    """Return who answered the alert, or since when nobody has; what waits longest unanswered speaks first."""
    look = "card__responder"
    waiting = waiting_alerts(view)
    if waiting:
        first = waiting[0]
        escalated = f" {look}--{first.escalated}" if first.escalated else ""
        was = f"{words.NOBODY} by {clock(view.now, zone)}"
        said = say(nobody_text(first), first.called_at, was=was)
        return {"className": f"{look} {look}--nobody{escalated}", "title": None, **said}
    for alert in view.alerts:
        answer = alert.acknowledged or alert.response
        if alert.open and answer is not None:
            done = answer.text if isinstance(answer, Answer) else answer.action or answer.comment
            who = f"{person_text(answer.author)}, {clock(answer.at, zone)}"
            return {"className": look, "title": done, **say(who)}
    return {"className": look, "title": None, **NOTHING}


def _tag(view: SessionView) -> Properties:
    if view.hold is not None:
        reason, held = words.hold_reason(view), view.hold.since
        return say(f"{reason} {words.MINUTES}", held, was=f"{reason} {clock(held, view.zone)}")
    paused = view.pump.paused_since()
    if paused is not None:
        return say(f"Paused {words.MINUTES}", paused, was=words.was_text("Paused"))
    return say(words.STOP_NOT_CHARTED) if view.stop_not_charted else NOTHING


def _note(view: SessionView, zone: tzinfo) -> Properties:
    """Return what stands beside the badge: what is unsaid by the first flag, by a pause, or lacks in a set."""
    if view.flags and words.more_text(view.flags):
        return say(words.more_text(view.flags))
    rechecked = _rechecked(view)
    if rechecked:
        return say(rechecked)
    if not view.flags and (view.pump.paused_since() is not None or view.hold is not None):
        return _in_range(view, zone)
    if view.flags:
        return NOTHING
    return say(words.part_set_text(view.readings[-1] if view.readings else None))


def _rechecked(view: SessionView) -> str:
    """Return how the alert that ended last went on, for a while after it: ``Rechecked 4 min later: 158``."""
    for alert in sorted(view.alerts, key=lambda one: one.since, reverse=True):
        if alert.closed_at is not None and alert.rechecked and view.now - alert.closed_at <= RECHECK_TOLD:
            return alert.rechecked
    return ""


def _why(view: SessionView, zone: tzinfo) -> Properties:
    if view.flags:
        sentence, since = words.why_flag(view.flags[0], view)
        return say(sentence, since, was=words.why_flag_was(view.flags[0], view, zone))
    if view.hold is not None:
        return say(words.hold_text(view, zone))
    if view.pump.paused_since() is not None:
        return say(words.paused_text(view, zone))
    return _in_range(view, zone)


def _fitted(said: Properties) -> Properties:
    """Set a long sentence smaller, and a very long one in two lines: its age must not be cut off."""
    length = len(said["data-say"])
    size = " card__why--longest" if length > WHY_LINE else " card__why--long" if length > WHY_SHORT else ""
    over = " card__why--over" if len(words.at_its_longest(said["data-say"])) > WHY_HALF else ""
    return said | {"className": f"card__why{size}{over}"}


def _in_range(view: SessionView, zone: tzinfo) -> Properties:
    """Say that nothing is flagged: in range, never without its age; and no reading is not in range."""
    shown = view.stage in {Stage.BEFORE, Stage.RECOVERY}
    stage = f"{words.STAGES[view.stage]}. " if shown else ""
    at = set_at(view)
    if at is None:
        return say(f"{stage}{words.NO_READING}")
    was = f"{stage}{words.was_text(words.IN_RANGE)} at {clock(at, zone)}"
    return say(f"{stage}{words.IN_RANGE}, {words.AGE}", at, was=was)


def set_at(view: SessionView) -> datetime | None:
    """Return the moment of the newest set on the card: of its values typed together, the oldest."""
    moments = [view.latest[vital].measured_at for vital in CORE if vital in view.latest]
    return min((at for at in moments if max(moments) - at <= OLDER_THAN_SET), default=None)


def _cell_properties(name: str, cell: Cell, view: SessionView, zone: tzinfo) -> dict[str, Properties]:
    found = [view.latest[vital] for vital in cell.vitals if vital in view.latest]
    flag = _speaking(cell, view)
    severity = flag.severity if flag else Severity.NORMAL
    low = flag is not None and words.is_low(flag)
    at = min((one.measured_at for one in found), default=None)
    newest = set_at(view)
    old = at is not None and newest is not None and newest - at > timedelta()
    classes = ["value", f"value--{cell.key}", *([f"value--{severity.word}"] if severity else [])]
    classes += ["value--old"] if old else [] if found else ["value--none"]
    table: dict[str, Properties] = {
        ids.CARD_CELL.of(f"{cell.key} {name}"): {"className": " ".join(classes)},
        ids.CARD_MARK.of(f"{cell.key} {name}"): {"children": words.arrows(severity, low=low)},
        ids.CARD_WORD.of(f"{cell.key} {name}"): _word(cell, view, flag, at if old else None, zone),
        ids.CARD_CHANGE.of(f"{cell.key} {name}"): {"children": "" if old else _change(cell, view)},
    }
    for vital in cell.vitals:
        latest = view.latest.get(vital)
        text = words.value_text(latest.value if latest else None)
        table[ids.CARD_NUMBER.of(f"{vital} {name}")] = {"children": text}
    return table


def _speaking(cell: Cell, view: SessionView) -> Flag | None:
    """Return the flag that marks a cell: the worst that is about one of its vitals."""
    judged = (*cell.judged, COMPOSITE) if cell.key == "bp" else cell.judged
    return next((flag for flag in view.flags if flag.vital in judged), None)


def _word(cell: Cell, view: SessionView, flag: Flag | None, old_at: datetime | None, zone: tzinfo) -> Properties:
    """Return the word under a value, and its own age where it is older than its set."""
    said = _verdict(cell, view, flag)
    if old_at is None:
        return say(said)
    told = f"{said}, " if flag else ""
    return say(f"{told}{words.MINUTES}", old_at, was=f"{told}at {clock(old_at, zone)}")


def _verdict(cell: Cell, view: SessionView, flag: Flag | None) -> str:
    if flag is not None and flag.causes:
        return words.DISTRESSED if cell.is_score else words.WITH_SYMPTOM
    vital = flag.vital if flag else cell.vitals[0]
    latest = view.latest.get(vital)
    value = latest.value if latest else None
    severity = flag.severity if flag else Severity.NORMAL
    said = words.value_word(vital, value, severity, low=flag is not None and words.is_low(flag))
    return said if vital == cell.vitals[0] or not said else f"{BY_KEY[vital].short} {said}"


def _change(cell: Cell, view: SessionView) -> str:
    """Return the change from the patient's own baseline, for pressure and heart rate from the start on."""
    vital = cell.vitals[0]
    latest: Latest | None = view.latest.get(vital)
    if cell.is_score or latest is None or view.started_at is None:
        return ""
    baseline = (view.baseline.values if view.baseline else {}).get(vital)
    if baseline is None:
        return words.NO_BASELINE if cell.percent else ""
    return words.change_text(latest.value, baseline, percent=cell.percent)


def _due_properties(name: str, due: Due, zone: tzinfo, grace: int) -> dict[str, Properties]:
    """Return the next check: minutes to it, due, or minutes late; the browser counts."""
    number, unit, note = (family.of(name) for family in (ids.CARD_DUE_NUMBER, ids.CARD_DUE_UNIT, ids.CARD_DUE_NOTE))
    if due.at is None:
        table = {number: NOTHING, unit: NOTHING, note: say(words.NOTHING_DUE)}
    else:
        said = words.RECHECK if due.asked == "after_trigger" else clock(due.at, zone)
        table = {
            number: ticking("due-number", due.at, was=clock(due.at, zone)),
            unit: ticking("due-unit", due.at),
            note: ticking("due-note", due.at, said, was=words.LAST_KNOWN),
        }
    return {key: props | {"data-grace": str(grace)} for key, props in table.items()}
