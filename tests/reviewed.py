"""Sessions made by hand, as the review sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, tzinfo

from models.review import ReviewSummary, SessionLine, summarise
from models.review_facts import facts_of, line_of
from models.review_filter import read_filter
from models.review_table import ReviewTable
from models.session import SessionView


def table_of(views: Iterable[SessionView], zone: tzinfo = UTC) -> ReviewTable:
    """Return the facts of sessions as the review keeps them."""
    return ReviewTable.of([line_of(facts_of(view)) for view in views], zone)


def reviewed(views: Sequence[SessionView], zone: tzinfo = UTC, /, **asked: object) -> ReviewSummary:
    """Return the review of sessions; ``since`` and ``until`` stand for ``from`` and ``to``."""
    names = {"since": "from", "until": "to"}
    table = table_of(views, zone)
    wanted, ignored = read_filter({names.get(name, name): value for name, value in asked.items()}, table.choices)
    known = {view.id: SessionLine(facts_of(view), view.patient) for view in views}

    def lines(sessions: Sequence[str]) -> Mapping[str, SessionLine]:
        return {session: known[session] for session in sessions}

    return summarise(table, wanted, ignored, lines)
