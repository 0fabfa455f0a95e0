"""The sheet for what is wanted seldom: who sees what, which chairs are free, and the draft of a handover."""

from __future__ import annotations

from layouts import ids
from layouts.more_sheet import NO_CHAIR, handover_text, more_properties, more_sheet, own_limits_text
from models.chair_marks import STATE, ChairMark, ChairMarks
from models.clinic import ChairNow
from models.entries import Hold, Infusion, Limit
from models.people import Person, Role
from models.session import Chair
from tests.component_tree import prop, walk, with_testid
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, same_id

NURSE = Person("1", "m.silva", Role.NURSE, "site")
CLINICIAN = Person("2", "a.lindqvist", Role.CLINICIAN, "site")
FREE = ChairNow(Chair(same_id("chair", "9"), "9"), None)
PAGE = ids.ChairPage


def running() -> Sheet:
    sheet = Sheet("running")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48))
    return sheet


def taken() -> ChairNow:
    view = Sheet("other", chair="5").view(0)
    return ChairNow(view.chair, view)


def test_limits_and_baseline_are_for_who_may_decide_them() -> None:
    view = running().view(5)

    assert with_testid(more_sheet(ChairNow(view.chair, view), view, [FREE], CLINICIAN, []), "limit-save")
    assert with_testid(more_sheet(ChairNow(view.chair, view), view, [FREE], CLINICIAN, []), "baseline-save")
    assert not with_testid(more_sheet(ChairNow(view.chair, view), view, [FREE], NURSE, []), "limit-save")
    assert not with_testid(more_sheet(ChairNow(view.chair, view), view, [FREE], NURSE, []), "baseline-save")


def test_only_free_chairs_are_offered_for_a_move() -> None:
    hidden = {
        str(name): one["hidden"] for name, one in more_properties(running().view(5), [FREE, taken()]) if "hidden" in one
    }

    assert hidden == {"move-to--9": False, "move-to--5": True}


def test_a_chair_that_is_out_of_use_is_not_offered_for_a_move_and_a_reserved_one_is() -> None:
    marks = {state: ChairMarks(ChairMark(STATE, state, "admin", START)) for state in ("out_of_use", "reserved")}
    others = [ChairNow(Chair(name, name), None, None, marks[name]) for name in marks]

    found = dict(more_properties(running().view(5), others))

    assert (found["move-to--out_of_use"]["hidden"], found["move-to--reserved"]["hidden"]) == (True, False)


def test_no_free_chair_is_said() -> None:
    assert dict(more_properties(running().view(5), [taken()]))[PAGE.MOVE_NOTE]["children"] == NO_CHAIR
    assert dict(more_properties(running().view(5), [FREE]))[PAGE.MOVE_NOTE]["children"] == ""


def test_colleagues_are_named_where_one_takes_over_or_witnesses() -> None:
    view = running().view(5)
    drawn = more_sheet(ChairNow(view.chair, view), view, [FREE], NURSE, [Person("4", "r.okafor", Role.NURSE, "site")])

    assert len([one for one in walk(drawn) if prop(one, "data-value") == "r.okafor"]) == 2


def test_the_draft_of_a_handover_tells_pump_flags_open_matters_and_the_next_check() -> None:
    sheet = running()
    sheet.write(8, core(164, 90, 72, 1, 0))
    sheet.write(9, event("dizzy", "Dizziness", START, grade=1))
    sheet.write(10, Hold("washroom"))

    assert handover_text(sheet.view(10)) == (
        "Minute 10, 48 mg/h. 8.0 of 49.4 mg in. SBP 164, limit 160. SBP 164, own limit 149. "
        "Open: Dizziness, mild. On hold: washroom. Next check 14:16."
    )
    assert handover_text(Sheet("new").view(-5)).startswith("Not started.")


def test_own_limits_say_who_set_them_and_why() -> None:
    sheet = running()
    sheet.write(3, Limit("sbp", {"caution_high": 150, "critical_high": 170}, "aneurysm clipped"), by="a.lindqvist")

    assert own_limits_text(running().view(5)) == ""
    assert own_limits_text(sheet.view(5)) == (
        "For this patient: SBP critical low 90, caution low 100, caution high 150, critical high 170 "
        "(A. Lindqvist 14:01: aneurysm clipped)."
    )
