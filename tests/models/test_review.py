"""Looking back: filters, what needs a look, counts, frames."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from models.entries import Infusion, Note, Phase, Reading, Signature
from models.errors import RefusedError
from models.moments import MIN
from models.review import (
    Checks,
    Count,
    EventFilter,
    Look,
    checks,
    duration,
    events_frame,
    looks,
    peak,
    readings_frame,
    summarise,
)
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, finished, signed

ALL = EventFilter()
DAY = date(2026, 11, 22)


def refused(error: RefusedError) -> dict[str, str]:
    return {one.field: one.message for one in error.errors}


def with_event(term: str = "Nausea", at: datetime = START, **more: object) -> Sheet:
    sheet = Sheet(f"{term}{at}{more}", start=at)
    sheet.write(0, event(f"{term}{at}", term, at, **more))
    return sheet


def started(sheet: Sheet) -> Sheet:
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48))
    return sheet


def test_blank_fields_ask_for_everything() -> None:
    assert EventFilter.parse({"from": "", "to": None, "term": "", "grade": ""}) == ALL


def test_a_filter_reads_days_term_and_grade() -> None:
    found = EventFilter.parse({"from": "2026-11-20", "to": "2026-11-22", "term": " nau ", "grade": "2"})

    assert found == EventFilter(date(2026, 11, 20), DAY, "nau", 2)


def test_a_filter_reads_exact_moments() -> None:
    found = EventFilter.parse({"from": "2026-11-22T10:00:00+02:00"})

    assert found.since == datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-11-22T10:00:00"}, "from"),
        ({"to": 5}, "to"),
        ({"from": "2026-11-23", "to": "2026-11-22"}, "to"),
        ({"term": "x" * 121}, "term"),
        ({"term": ["Nausea"]}, "term"),
        ({"grade": "0"}, "grade"),
        ({"grade": 6}, "grade"),
        ({"grade": True}, "grade"),
        ({"grade": "2.0"}, "grade"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(asked: dict[str, object], field: str) -> None:
    with pytest.raises(RefusedError) as caught:
        EventFilter.parse(asked)

    assert list(refused(caught.value)) == [field]
    assert refused(caught.value)[field].startswith(field)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(RefusedError) as caught:
        EventFilter.parse({"from": "x", "grade": "9"})

    assert set(refused(caught.value)) == {"from", "grade"}


def test_one_day_may_be_asked_for() -> None:
    assert EventFilter.parse({"from": "2026-11-22", "to": "2026-11-22"}).covers(START, UTC)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), False),
    ],
)
def test_days_are_included_whole(moment: datetime, *, inside: bool) -> None:
    assert EventFilter(DAY, DAY).covers(moment, UTC) is inside


def test_the_clinic_decides_which_day_it_is() -> None:
    west = timezone(timedelta(hours=-5))
    late_evening = datetime(2026, 11, 23, 4, tzinfo=UTC)

    assert EventFilter(until=DAY).covers(late_evening, west)
    assert not EventFilter(until=DAY).covers(late_evening, UTC)


@pytest.mark.parametrize(("moment", "inside"), [(START, True), (START + timedelta(microseconds=1), False)])
def test_an_exact_end_is_included(moment: datetime, *, inside: bool) -> None:
    assert EventFilter(until=START).covers(moment, UTC) is inside


@pytest.mark.parametrize(("term", "found"), [("NAUS", 1), ("ausea", 1), ("dizz", 0), ("Nausea ", 1)])
def test_a_term_is_found_by_any_part_of_it(term: str, found: int) -> None:
    wanted = EventFilter.parse({"term": term})

    assert len(summarise([with_event("Nausea").view()], wanted).events) == found


def test_a_grade_is_met_exactly_and_no_grade_meets_none() -> None:
    views = [with_event("Nausea", grade=grade).view() for grade in (1, 2, 3, None)]

    found = summarise(views, EventFilter(grade=2))

    assert [line.event.grade for line in found.events] == [2]
    assert [line.view.id for line in found.sessions] == [views[1].id]


def test_without_term_or_grade_sessions_without_events_are_listed_too() -> None:
    view = started(Sheet()).view()

    assert [line.view for line in summarise([view], EventFilter(DAY, DAY)).sessions] == [view]
    assert summarise([view], EventFilter(term="nausea")).sessions == ()


def test_sessions_of_other_days_are_left_out() -> None:
    view = started(Sheet()).view()

    assert summarise([view], EventFilter(since=DAY + timedelta(days=1))).sessions == ()


def test_events_come_newest_first() -> None:
    views = [with_event("Nausea", START + day * timedelta(days=1)).view() for day in (0, 2, 1)]

    found = [line.event.onset_at.day for line in summarise(views, ALL).events]

    assert found == [24, 23, 22]


def test_sessions_that_need_a_look_come_first() -> None:
    quiet = started(Sheet("quiet", start=START + timedelta(days=1))).view(1)
    open_event = with_event("Nausea").view()

    found = summarise([quiet, open_event], ALL)

    assert [line.view.id for line in found.sessions] == [open_event.id, quiet.id]
    assert found.to_look_at == 1


def test_a_quiet_running_session_needs_no_look() -> None:
    assert looks(started(Sheet()).view(1)) == ()


def test_a_critical_value_needs_a_look_even_when_it_has_passed() -> None:
    sheet = started(Sheet())
    sheet.write(10, core(184, 90, 70, 0, 0))
    sheet.write(15, core(130, 80, 70, 0, 0))

    assert looks(sheet.view(16)) == (Look.CRITICAL,)


def test_a_value_nobody_confirmed_needs_a_look_until_it_is_confirmed() -> None:
    sheet = started(Sheet())
    unusual = sheet.write(10, Reading({"hr": 105}, queued=True, unconfirmed=("hr",)))

    assert looks(sheet.view(11)) == (Look.UNCONFIRMED,)

    sheet.correct(12, unusual, Reading({"hr": 105}, confirmed=("hr",)), "seen so")

    assert looks(sheet.view(13)) == ()


def test_a_corrected_typing_error_needs_no_look() -> None:
    sheet = started(Sheet())
    wrong = sheet.write(10, core(184, 90, 70, 0, 0))
    sheet.correct(11, wrong, core(134, 90, 70, 0, 0), "typing error")

    assert looks(sheet.view(12)) == ()


def test_an_open_event_needs_a_look_until_it_is_resolved() -> None:
    sheet = with_event("Nausea")
    before = looks(sheet.view())
    sheet.write(5, event(f"Nausea{START}", "Nausea", START, outcome="recovered"))

    assert (before, looks(sheet.view())) == ((Look.OPEN_EVENT,), ())


def test_a_closed_session_needs_a_signature_and_a_cancelled_one_does_not() -> None:
    closed, cancelled = Sheet("a"), Sheet("b")
    closed.write(1, Phase("closed"))
    cancelled.write(1, Phase("cancelled", "went home"))

    assert looks(closed.view()) == (Look.UNSIGNED,)
    assert looks(cancelled.view()) == ()


def test_a_signature_takes_the_need_away_and_a_latecomer_brings_it_back() -> None:
    sheet = Sheet()
    sheet.write(1, Phase("closed"))
    sheet.write(10, Signature("Reviewed", 2), by="a.lindqvist")
    before = looks(sheet.view())
    sheet.write(0, Reading({"hr": 70}), typed=12)

    assert (before, looks(sheet.view())) == ((), (Look.AFTER_SIGNING,))


def test_a_start_without_screening_needs_a_look() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 48, happened=True))

    assert Look.DISPUTED in looks(sheet.view(1))


def test_the_peak_is_the_first_of_the_highest_from_the_start_on() -> None:
    sheet = Sheet()
    sheet.write(-8, core(158, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48, happened=True))
    sheet.write(10, core(150, 80, 70, 0, 0))
    sheet.write(20, core(150, 80, 70, 0, 0))

    found = peak(sheet.view(30))

    assert found is not None
    assert (found.value, found.minute, found.baseline, found.change, found.percent) == (150, 10, 158, -8, -5)


def test_the_peak_of_the_example_is_told_against_its_baseline() -> None:
    found = peak(finished().view())

    assert found is not None
    assert (found.value, found.minute, found.change, found.percent) == (178, 40, 54, 44)


def test_without_a_pressure_there_is_no_peak_and_without_a_baseline_no_change() -> None:
    bare, early = Sheet("a"), Sheet("b")
    bare.write(1, Reading({"hr": 70}))
    early.write(1, Reading({"sbp": 120}, {"dbp": "cuff failed"}))

    found = peak(early.view())

    assert peak(bare.view()) is None
    assert found is not None
    assert (found.value, found.change, found.percent) == (120, None, None)


@pytest.mark.parametrize(("minute", "on_time"), [(12, 1), (12.01, 0)])
def test_a_check_is_on_time_within_the_grace(minute: float, on_time: int) -> None:
    sheet = started(Sheet())
    sheet.write(minute, core(124, 78, 70, 0, 0))

    assert checks(sheet.view(13)) == Checks(on_time, 1)


def test_a_check_that_never_came_counts_as_missed() -> None:
    sheet = started(Sheet())

    assert checks(sheet.view(12)) == Checks(0, 0)
    assert checks(sheet.view(13)) == Checks(0, 1)


def test_a_recheck_after_a_critical_value_is_due_sooner() -> None:
    sheet = started(Sheet())
    sheet.write(10, core(184, 90, 70, 0, 0))
    sheet.write(20, core(124, 78, 70, 0, 0))

    assert checks(sheet.view(21)) == Checks(1, 2)


def test_a_partial_set_is_no_check() -> None:
    sheet = started(Sheet())
    sheet.write(5, Reading({"hr": 70}))

    assert checks(sheet.view(6)) == Checks(0, 0)


def test_percent_on_time_is_unknown_where_nothing_was_due() -> None:
    assert Checks(0, 0).percent is None
    assert Checks(14, 15).percent == 93


def test_a_session_that_never_started_has_no_checks_and_no_duration() -> None:
    view = Sheet().view()

    assert (checks(view), duration(view)) == (Checks(0, 0), None)


def test_duration_runs_from_start_to_stop_or_to_now() -> None:
    assert duration(finished().view()) == 65
    assert duration(started(Sheet()).view(7)) == 7


def test_terms_are_counted_whatever_their_capitals() -> None:
    views = [
        with_event("nausea", grade=3).view(),
        with_event("Nausea", grade=1).view(),
        with_event("Vertigo").view(),
    ]

    assert summarise(views, ALL).per_term == (Count("Nausea", 2, 1), Count("Vertigo", 1, 0))


def test_grades_and_days_are_counted_and_ungraded_comes_last() -> None:
    views = [with_event(grade=grade).view() for grade in (None, 3, 1)]
    views.append(with_event("Dizziness", START + timedelta(days=1), grade=1).view())

    found = summarise(views, ALL)

    assert list(found.per_grade.items()) == [(1, 2), (3, 1), (None, 1)]
    assert dict(found.per_day) == {DAY: 3, DAY + timedelta(days=1): 1}


def test_events_are_counted_per_quarter_of_an_hour_without_gaps() -> None:
    sheet = started(Sheet())
    for name, minute, grade in (("a", -5, 1), ("b", 0, 1), ("c", 14.9, 3), ("d", 45, None)):
        sheet.write(50, event(name, "Nausea", START + minute * MIN, grade=grade))

    found = summarise([sheet.view(60)], ALL).per_minute

    assert found == (
        Count("before", 1, 0),
        Count("0–14", 2, 1),
        Count("15–29", 0, 0),
        Count("30–44", 0, 0),
        Count("45–59", 1, 0),
    )


def test_a_review_of_nothing_is_empty() -> None:
    found = summarise([], ALL)

    assert (found.sessions, found.events, found.per_term, found.per_minute) == ((), (), (), ())
    assert (dict(found.per_grade), dict(found.per_day), found.to_look_at) == ({}, {}, 0)


def test_a_session_line_knows_the_worst_of_its_moments() -> None:
    (line,) = summarise([signed().view()], ALL).sessions

    assert line.worst.word == "critical"


def test_readings_are_laid_out_one_row_per_value() -> None:
    sheet = started(Sheet())
    sheet.write(10, Reading({"hr": 132}, {"nausea": "asleep"}))

    frame = readings_frame([sheet.view(12)])

    last = frame.iloc[-1]
    assert list(frame.columns) == ["session", "minute", "vital", "value", "severity"]
    assert len(frame) == 6
    assert (last["session"], last["minute"], last["vital"]) == (sheet.id, 10.0, "hr")
    assert (last["value"], last["severity"]) == (132.0, "critical")
    assert frame["minute"].iloc[0] == -8.0


def test_readings_hold_corrected_values_once_and_no_computed_ones() -> None:
    frame = readings_frame([finished().view()])

    at_12 = frame[(frame["minute"] == 12) & (frame["vital"] == "hr")]
    assert at_12["value"].tolist() == [76]
    assert "map" not in set(frame["vital"])


def test_a_session_without_a_start_has_readings_without_a_minute() -> None:
    sheet = Sheet()
    sheet.write(1, Reading({"hr": 70}))

    assert pd.isna(readings_frame([sheet.view()])["minute"].iloc[0])


@pytest.mark.parametrize("frame", [readings_frame, events_frame])
def test_frames_of_nothing_have_their_columns(frame: object) -> None:
    assert callable(frame)
    empty = frame([])

    assert empty.empty
    assert {"session", "minute"} <= set(empty.columns)
    assert empty["minute"].dtype == "float64"


def test_events_are_laid_out_with_dose_grade_and_minute() -> None:
    frame = events_frame([finished().view()])

    assert frame["term"].tolist() == ["Dizziness", "Nausea"]
    assert frame["grade"].tolist() == [1, 2]
    assert frame["minute"].tolist() == [22.0, 46.0]
    assert frame["open"].tolist() == [False, False]
    assert frame["delivered_mg"].iloc[0] == pytest.approx(17.2)


def test_notes_are_no_events() -> None:
    sheet = Sheet()
    sheet.write(1, Note("Nausea?"))

    assert events_frame([sheet.view()]).empty
