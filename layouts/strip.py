"""The strip of the next half hour: what is overdue first, then every check on a line of time, with what collides.

Where a mark stands follows from its moment and the present; `assets/strip.js` places them, so that the line moves on
between two changes. A circle is a check, a filled one is due now, a diamond a recheck, a dashed one planned after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids, words
from layouts.attributes import HIDDEN, attributes
from layouts.ticking import Properties, marked, say
from models.moments import MIN, clock, iso
from models.schedule import Lateness
from models.upcoming import AHEAD, COLLIDE, Planned, Upcoming

GRID: Final = 5 * MIN
WITH_MINUTES: Final = 2
"""Of so many overdue chairs the strip says how late they are; of the others the rows do."""


def strip(found: Upcoming, zone: tzinfo) -> Component:
    """Draw the strip."""
    table = strip_properties(found, zone)
    return html.Section(
        [
            html.Div(
                [
                    html.Span(words.CHECKS_DUE, className="strip__label"),
                    html.Div(id=ids.Board.STRIP_LATE, className="strip__late-ones", **table[ids.Board.STRIP_LATE]),
                    html.Span(words.CLOSE_TOGETHER, className="strip__legend", **HIDDEN),
                ],
                className="strip__late",
            ),
            html.Div(
                [
                    html.Div(id=ids.Board.STRIP_MARKS, className="strip__marks", **table[ids.Board.STRIP_MARKS]),
                    html.Span(words.NOW, className="strip__now"),
                    html.Span(words.NEXT_ONLY, className="strip__crowd", hidden=True, **attributes({"data-crowd": ""})),
                ],
                className="strip__line",
                **attributes({"data-strip": str(int(AHEAD.total_seconds()))}),
            ),
            html.P(words.STRIP_STALE, className="strip__stale"),
        ],
        className="strip",
        **attributes({"aria-label": words.NEXT_HALF_HOUR}),
        **marked("strip"),
    )


def strip_properties(found: Upcoming, zone: tzinfo) -> dict[str, Properties]:
    """Return what the strip shows, by component id."""
    late = {one.session for one in found.overdue}
    open_checks = [one for one in found.checks if one.follows or one.session not in late]
    marks = [*_grid(found.until, zone), *_brackets(open_checks), *(_mark(*one) for one in _grouped(open_checks))]
    quiet = [] if open_checks or late else [html.Span(words.NO_CHECKS, className="strip__quiet")]
    return {
        str(ids.Board.STRIP_LATE): {"children": [_late(one, place) for place, one in enumerate(found.overdue)]},
        str(ids.Board.STRIP_MARKS): {"children": [*marks, *quiet]},
    }


def short_name(name: str) -> str:
    """Return the name of a chair as it fits a mark: a long one by its end, where chairs differ."""
    return name if len(name) <= words.MARK_NAME else f"…{name[-words.MARK_NAME + 1 :]}"


def _late(one: Planned, place: int) -> Component:
    look = "critical" if one.state is Lateness.CRITICAL else "caution"
    mark = html.B(short_name(one.chair), className=f"mark mark--{look}", title=f"Chair {one.chair}")
    minutes = html.Span(
        className=f"strip__minutes strip__minutes--{look}", **say(f"{words.MINUTES} late", one.at, was="")
    )
    return html.Span([mark, minutes] if place < WITH_MINUTES else [mark], className="strip__one")


def _mark(one: Planned, group: int | None) -> Component:
    kind = "follows" if one.follows else "due" if one.state is Lateness.DUE else "check"
    looks = ["mark", f"mark--{kind}", *(["mark--recheck"] if one.recheck else [])]
    told = attributes({"data-mark": kind, "data-at": iso(one.at), "data-group": "" if group is None else str(group)})
    return html.Span(html.B(short_name(one.chair)), className=" ".join(looks), title=_spoken(one), **told)


def _spoken(one: Planned) -> str:
    return f"Chair {one.chair}{f', {words.RECHECK}' if one.recheck else ''}"


def collisions(checks: Sequence[Planned]) -> list[tuple[Planned, ...]]:
    """Return the checks that lie together: those that collide with the first of their group."""
    groups: list[list[Planned]] = []
    for one in checks:
        if groups and _collide(groups[-1][0], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [tuple(group) for group in groups if len(group) > 1]


def _collide(first: Planned, other: Planned) -> bool:
    return other.at - first.at < COLLIDE and other.chair in first.collides


def _grouped(checks: Sequence[Planned]) -> list[tuple[Planned, int | None]]:
    places = {id(one): number for number, group in enumerate(collisions(checks)) for one in group}
    return [(one, places.get(id(one))) for one in checks]


def _brackets(checks: Sequence[Planned]) -> list[Component]:
    return [
        html.Span(
            className="strip__bracket",
            title=words.listed(f"Chair {one.chair}" for one in group) + f": {words.CLOSE_TOGETHER}",
            **attributes({"data-bracket": str(number)}),
        )
        for number, group in enumerate(collisions(checks))
    ]


def _grid(until: datetime, zone: tzinfo) -> list[Component]:
    """Return the times of the clock under the line: every five minutes, and the one that comes into it next."""
    seconds = GRID.total_seconds()
    first = (until - AHEAD).timestamp() // seconds * seconds
    moments = [datetime.fromtimestamp(first, until.tzinfo) + number * GRID for number in range(1, 8)]
    return [
        html.Span(
            clock(at, zone), className="strip__time", **attributes({"data-time": "", "data-at": iso(at)}), **HIDDEN
        )
        for at in moments
        if at <= until + timedelta(minutes=2)
    ]
