"""The chart on paper: every value is on it, and nothing lies outside."""

from __future__ import annotations

from datetime import UTC

import pytest

from layouts.paper_chart import paper_chart
from models.entries import Infusion
from models.session import SessionView
from tests.generated_sessions import generated
from tests.sample_sessions import Sheet, core, finished
from tests.whole_cases import ALL, whole

VIEWS = [whole(name) for name in ALL]
VIEWS += [view for seed in range(20) if (view := generated(seed).view(300)).readings]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.id[:8])
def test_nothing_is_drawn_outside_of_the_chart(view: SessionView) -> None:
    chart = paper_chart(view, UTC)

    assert chart is not None
    drawn = [one["x"] for name in ("readings", "marks", "ticks") for one in chart[name]]
    drawn += [one[end] for one in chart["rates"] for end in ("since", "until")]
    assert chart["since"] <= min(drawn)
    assert max(drawn) <= chart["until"]


def test_every_value_is_drawn_with_how_it_was_judged() -> None:
    chart = paper_chart(finished().view(), UTC)

    assert chart is not None
    (peak,) = [one for one in chart["readings"] if one["x"] == 40]
    assert peak["sbp"] == {"value": 178, "severity": "critical"}
    assert peak["nausea"] == {"value": 4, "severity": "caution"}
    assert len(chart["readings"]) == len(finished().view().readings)


def test_a_value_that_nobody_charted_is_not_drawn() -> None:
    chart = paper_chart(finished().view(), UTC)

    assert chart is not None
    (asleep,) = [one for one in chart["readings"] if one["x"] == 95]
    assert "nausea" not in asleep


def test_an_infusion_that_still_runs_is_drawn_up_to_now() -> None:
    sheet = Sheet("runs")
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))

    chart = paper_chart(sheet.view(90), UTC)

    assert chart is not None
    assert chart["rates"] == [{"since": 0, "until": 90, "rate": 49.4}]
    assert chart["until"] >= 90


def test_without_a_reading_there_is_no_chart() -> None:
    assert paper_chart(Sheet("empty").view(), UTC) is None
