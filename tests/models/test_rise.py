"""A fast rise of the systolic: off until a protocol switches it on, and judged by when values were measured."""

from __future__ import annotations

from dataclasses import replace

from models.entries import Infusion, Reading
from models.moments import MIN
from models.protocol import STANDARD, Rise
from models.session import Record, SessionView, fold
from tests.sample_sessions import ALL_NO, START, Sheet, core

FAST = replace(STANDARD, rise=Rise(30, 10, "local"))


def running() -> Sheet:
    sheet = Sheet("rise")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(110, 70, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    return sheet


def under_fast(sheet: Sheet) -> SessionView:
    record = Record(sheet.id, tuple(sheet.entries), FAST, sheet.patients, sheet.chairs)
    view = fold(record, START + 30 * MIN)
    assert view is not None
    return view


def rises(view: SessionView, entry_id: str) -> list[str]:
    judged = view.judgement(entry_id)
    assert judged is not None
    return [flag.sentence for flag in judged.flags if flag.rule == "SBP_RISE"]


def test_a_rise_says_by_how_much_in_how_long_and_the_limit() -> None:
    sheet = running()
    risen = sheet.write(1.5, core(141, 70, 70, 0, 0))

    assert rises(under_fast(sheet), risen.id) == ["SBP 141, up 31 in 9 min, limit 30"]


def test_the_protocol_that_ships_does_not_look_at_rises() -> None:
    sheet = running()
    risen = sheet.write(1, core(138, 70, 70, 0, 0))
    risen_more = sheet.write(2, core(100, 70, 70, 0, 0)), sheet.write(3, core(139, 70, 70, 0, 0))

    assert STANDARD.rise.sbp_mmhg is None
    assert [rises(sheet.view(5), one.id) for one in (risen, *risen_more)] == [[], [], []]


def test_a_late_value_in_between_is_the_one_before_it() -> None:
    sheet = running()
    risen = sheet.write(1, core(141, 70, 70, 0, 0))
    sheet.write(0.5, Reading({"sbp": 112, "dbp": 70}), typed=9)

    assert rises(under_fast(sheet), risen.id) == []


def test_a_corrected_value_before_it_is_the_one_that_counts() -> None:
    sheet = running()
    low = sheet.write(1, core(100, 70, 70, 0, 0))
    risen = sheet.write(3, core(132, 70, 70, 0, 0))
    before = rises(under_fast(sheet), risen.id)
    sheet.correct(4, low, core(110, 70, 70, 0, 0), "misread")

    assert (before, rises(under_fast(sheet), risen.id)) == (["SBP 132, up 32 in 2 min, limit 30"], [])


def test_the_next_value_that_has_not_risen_clears_it() -> None:
    sheet = running()
    sheet.write(1, core(139, 70, 70, 0, 0))
    sheet.write(2, core(120, 70, 70, 0, 0))

    flagged = {flag.rule for flag in under_fast(sheet).flags}

    assert "SBP_RISE" not in flagged
