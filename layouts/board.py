"""The board: a card a chair, always in the order of the room, and above them what needs somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids, words
from layouts.acknowledge_sheet import acknowledge_sheet
from layouts.alert_pill import alert_pills
from layouts.chair_card import CELLS, LONG_NAME, VERY_LONG_NAME, card
from layouts.markup import to_html
from layouts.shell import BRAND, clock_face, frame, live_state, wall_stale_place
from layouts.strip import strip
from layouts.ticking import Properties
from layouts.unseen import unseen_title
from models.clinic import ChairNow
from models.upcoming import upcoming
from models.wall_privacy import NameLevel

TWO_COLUMNS: Final = 10
"""From so many chairs on the board has two columns."""
FEW: Final = 4
"""Up to so many chairs the rows and their trends grow."""
MOST_ROWS: Final = 12
"""Above two columns of so many rows the board is no longer made to fit one screen."""
TALL_ROWS: Final = 6
"""Up to so many rows in two columns there is room for the sentence above the values."""

COUNTS: Final = (
    ("late", "", "late"),
    ("critical", "▲▲", "critical"),
    ("caution", "▲", "caution"),
    ("normal", "", "in range"),
    ("silent", "", "without a reading"),
    ("free", "", "free"),
)
"""What the header counts, in this order: the kind, its sign and its word. Every chair counts once (`board.js`)."""


def board_page(  # noqa: PLR0913  # what a board shows, to whom, and how
    chairs: Sequence[ChairNow],
    now: datetime,
    zone: tzinfo,
    *,
    wall: bool,
    acts: bool = False,
    names: NameLevel = NameLevel.INITIALS,
) -> Component:
    """Draw the board.

    Args:
        chairs: every chair, in the order of the room.
        now: the present moment, from which the strip begins; the browser counts every age itself.
        zone: the clinic's time zone.
        wall: for the screen on the wall: without links, with a header of its own and readable from 3 m.
        acts: for somebody who may answer an alert.
        names: how much shows of patients' names.
    """
    cards: Properties = {"data-markup": to_html([card(chair, zone, linked=not wall, names=names) for chair in chairs])}
    rows = html.Div(id=ids.Board.ROWS, className="board__rows", **cards)
    pills = alert_pills(list(chairs), zone, acts=acts)
    ahead = strip(upcoming([one.view for one in chairs if one.view], now), zone)
    parts = [
        unseen_title(words.BOARD),
        _head(pills, wall=wall),
        _names(len(chairs)),
        rows if chairs else _no_chairs(),
        html.Div(className="board__strip", **_any({"data-markup": to_html(ahead)})),
        _foot(wall=wall),
        *([html.Div(**_any({"data-markup": to_html(acknowledge_sheet())}))] if acts else []),
    ]
    attributes: Properties = {"data-fades": "", "data-chairs": str(len(chairs)), "data-names": names.value}
    if wall:
        attributes |= frame(zone, "")
    return html.Main(parts, className=" ".join(_classes(chairs, wall=wall)), **attributes)


def _classes(chairs: Sequence[ChairNow], *, wall: bool) -> list[str]:
    count = len(chairs)
    longest = max((len(chair.chair.name) for chair in chairs), default=0)
    classes = ["board", "board--wall" if wall else "board--page"]
    if count >= TWO_COLUMNS:
        rows = -(-count // 2)
        classes += ["board--two", f"board--rows-{rows}" if rows <= MOST_ROWS else "board--many"]
        classes.append("board--tall" if rows <= TALL_ROWS and longest < VERY_LONG_NAME else "board--dense")
    elif count <= FEW:
        classes.append("board--few")
    if longest >= VERY_LONG_NAME:
        classes.append("board--long-names")
    elif longest >= LONG_NAME:
        classes.append("board--names")
    return classes


def _head(pills: list[Component], *, wall: bool) -> Component:
    lead = html.Span(words.NOBODY_YET, className="pills__lead")
    calls = html.Div(className="pills", **_any({"data-markup": to_html([lead, *pills])}))
    if not wall:
        return html.Div([_counts(), calls, _order(), _sound()], className="board__head")
    brand = html.Span(BRAND, className="board__brand")
    return html.Div([brand, calls, _counts(), live_state(), wall_stale_place(), clock_face()], className="board__head")


def _order() -> Component:
    """Draw the switch between room order and worst first; `assets/board.js` keeps the choice on the screen."""
    said = {"data-room": words.ROOM_ORDER, "data-worst": words.WORST_FIRST, "data-testid": "board-order"}
    return html.Button(id=ids.Board.ORDER, type="button", className="button button--quiet", **_any(said))


def _sound() -> Component:
    """Draw the switch of the sound: off until somebody allows it, and it says so (`assets/chime.js`)."""
    said = {"data-on": words.SOUND_ON, "data-off": words.SOUND_OFF, "data-testid": "sound-switch"}
    return html.Button(id=ids.Board.SOUND, type="button", className="sound", **_any(said))


def _counts() -> Component:
    return html.Div([_count(*one) for one in COUNTS], className="counts", **_any({"aria-live": "off"}))


def _count(kind: str, sign: str, word: str) -> Component:
    parts: list[Component | str] = [html.Span(sign, className="count__sign"), html.B(**_any({"data-counts": kind}))]
    return html.Span([*parts, html.Span(word)], className=f"count count--{kind}", hidden=True)


def _names(count: int) -> Component:
    """Draw the line of column names, once for each column of cards; cards that stack carry their own labels."""
    cells = [(cell.key, cell.label, cell.unit) for cell in CELLS]
    columns = [
        ("who", "Chair", ""),
        ("state", "State", "and why"),
        *cells,
        ("trend", "BP, HR", "trend"),
        ("due", "Next", "check"),
    ]
    line = [
        html.Span([text, html.Small(f" {more}")] if more else text, className=f"names__{key}")
        for key, text, more in columns
    ]
    lines = [html.Div(line, className="names__line") for _ in range(2 if count >= TWO_COLUMNS else 1)]
    return html.Div(lines, className="names", **_any({"aria-hidden": "true"}))


def _no_chairs() -> Component:
    return html.P(words.NO_CHAIRS, className="board__none")


def _foot(*, wall: bool) -> Component:
    said = html.P(words.DISCLAIMER, className="board__foot")
    return html.Div([said, _sound()], className="board__end") if wall else said


def _any(attributes: dict[str, str]) -> Properties:
    return dict(attributes)
