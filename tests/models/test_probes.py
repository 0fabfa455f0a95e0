"""The twelve acceptance cases probed between their lines: what is due and which alerts are open, decided by hand."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from models.moments import MIN
from models.session import SessionView
from tests.models.test_fold import CASES, sheet_of
from tests.sample_sessions import Sheet

PROBES = json.loads((Path(__file__).parents[1] / "data" / "probes.json").read_text("utf-8"))
CASE_BY_ID = {case["id"]: case for case in CASES}
ASKED = [(case, probe) for case, probes in PROBES.items() for probe in probes]
RESPONSES = {"V03": "paused", "V04": "stopped", "V08": "rate 30 mg/h", "V09": "rate 58.5 mg/h", "V11": "stopped"}


def minute_of(moment: datetime, sheet: Sheet) -> float:
    return (moment - sheet.start) / MIN


def named(view: SessionView, sheet: Sheet, *, is_open: bool) -> set[str]:
    """Return the alerts by rule and the minute of their moment."""
    return {f"{one.rule}@{minute_of(one.since, sheet):g}" for one in view.alerts if one.open is is_open}


def test_every_case_is_probed() -> None:
    assert set(PROBES) == set(CASE_BY_ID)


@pytest.mark.parametrize(("case", "probe"), ASKED, ids=[f"{case}@{probe['at']}" for case, probe in ASKED])
def test_what_is_due_and_which_alerts_are_open(case: str, probe: dict[str, Any]) -> None:
    sheet, _readings = sheet_of(CASE_BY_ID[case])
    sheet.entries = [
        one for one in sheet.entries if (one.measured_at - sheet.start).total_seconds() / 60 <= probe["at"]
    ]

    view = sheet.view(probe["at"])

    due = None if view.due.at is None else minute_of(view.due.at, sheet)
    assert (due, view.due.state.value) == (probe["due"], probe["state"])
    assert named(view, sheet, is_open=True) == set(probe["open"])
    assert named(view, sheet, is_open=False) == set(probe["closed"])


@pytest.mark.parametrize("case", RESPONSES)
def test_what_was_done_about_it_is_told_as_the_response(case: str) -> None:
    sheet, _readings = sheet_of(CASE_BY_ID[case])

    responses = {one.response.text for one in sheet.view(60).alerts if one.response is not None}

    assert responses == {RESPONSES[case]}
    assert all(one.escalated is None for one in sheet.view(60).alerts if one.rule != "OVERDUE")
