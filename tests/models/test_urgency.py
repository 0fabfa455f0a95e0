"""Worst first: an alert nobody answered, then what is critical, in caution, due, taken, free."""

from __future__ import annotations

import pytest

from models.entries import Acknowledgement, Infusion
from models.session import SessionView
from models.urgency import urgency
from tests.sample_sessions import Sheet, core


def seen(minute: float, *lines: tuple[float, object]) -> SessionView:
    sheet = Sheet()
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    for at, content in lines:
        sheet.write(at, content)  # type: ignore[arg-type]  # each is the content of an entry
    return sheet.view(minute)


HIGH = (8, core(184, 104, 88, 2, 0))
TAKEN = [(9, Acknowledgement(one.id, "Rechecking")) for one in seen(9, HIGH).alerts]


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        (None, 0),
        (seen(9), 1),
        (seen(10), 2),
        (seen(9, (8, core(124, 78, 70, 2, 5))), 3),
        (seen(12.5), 3),
        (seen(10, HIGH, *TAKEN), 4),
        (seen(10, HIGH), 5),
        (seen(20), 5),
    ],
    ids=["free", "taken", "due", "caution", "late", "critical and answered", "critical", "very late"],
)
def test_who_wants_somebody_soonest_comes_first(view: SessionView | None, wanted: int) -> None:
    assert urgency(view) == wanted
