"""Looking back: what needs a look and why, which sessions and events are found, punctuality, frames."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from models.entries import Infusion, Note, Override, Phase, Reading, Screening, Signature
from models.errors import RefusedError
from models.event_filter import EventFilter
from models.moments import MIN
from models.review import Checks, checks, events_frame, readings_frame
from models.review_facts import Look, Reason, duration, peak, reasons
from models.session import SessionView
from models.terms import SCREENING
from tests.reviewed import reviewed
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, finished

ALL = EventFilter()
DAY = date(2026, 11, 22)


def refused(error: RefusedError) -> dict[str, str]:
    return {one.field: one.message for one in error.errors}


def looks(view: SessionView) -> tuple[Look, ...]:
    """Return why a session needs a look, but for the sets that nobody charted in these short records."""
    return tuple(reason.look for reason in reasons(view) if reason.look is not Look.LATE)


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
    assert reviewed([with_event("Nausea").view()], term=term).event_count == found


def test_a_grade_is_met_exactly_and_no_grade_meets_none() -> None:
    views = [with_event("Nausea", grade=grade).view() for grade in (1, 2, 3, None)]

    found = reviewed(views, grade="2")

    assert [line.event.grade for line in found.events] == [2]
    assert [line.facts.session for line in found.sessions] == [views[1].id]
    assert [line.event.grade for line in reviewed(views, grade="none").events] == [None]


def test_term_and_grade_are_asked_of_one_event() -> None:
    sheet = with_event("Nausea", grade=1)
    sheet.write(1, event("other", "Dizziness", START, grade=3))

    assert reviewed([sheet.view()], term="nausea", grade="3").session_count == 0


def test_without_term_or_grade_sessions_without_events_are_listed_too() -> None:
    view = started(Sheet()).view()

    assert [line.facts.session for line in reviewed([view], since="2026-11-22", until="2026-11-22").sessions] == [
        view.id
    ]
    assert reviewed([view], term="nausea").sessions == ()


def test_sessions_of_other_days_are_left_out() -> None:
    assert reviewed([started(Sheet()).view()], since="2026-11-23").sessions == ()


def test_events_come_newest_first() -> None:
    views = [with_event("Nausea", START + day * timedelta(days=1)).view() for day in (0, 2, 1)]

    assert [line.event.onset_at.day for line in reviewed(views).events] == [24, 23, 22]


def test_sessions_that_need_a_look_come_first() -> None:
    quiet = started(Sheet("quiet", start=START + timedelta(days=1))).view(1)
    open_event = with_event("Nausea").view()

    found = reviewed([quiet, open_event])

    assert [line.facts.session for line in found.sessions] == [open_event.id, quiet.id]
    assert found.to_look_at == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"chair": "7"}, ["one"]),
        ({"nurse": "r.okafor"}, ["two"]),
        ({"serious": "yes"}, ["two"]),
        ({"serious": "unsaid"}, ["one"]),
        ({"rule": "SBP_HIGH"}, ["one"]),
        ({"look": "serious"}, ["two"]),
        ({"look": "any"}, ["one", "two"]),
        ({"dose": "0.25"}, ["one", "two"]),
        ({"base": "120"}, ["one"]),
        ({"base": "none"}, ["two"]),
        ({"minute": "15"}, ["one"]),
        ({"minute": "before"}, ["two"]),
        ({"protocol": "Clinic default, adult, version 1"}, ["one", "two"]),
        ({"minute": "15", "nurse": "r.okafor"}, []),
    ],
)
def test_sessions_are_found_by_what_they_were_like(asked: dict[str, str], found: list[str]) -> None:
    one, two = started(Sheet("one")), Sheet("two", chair="8")
    one.write(10, core(184, 90, 70, 0, 0))
    one.write(20, event("a", "Nausea", START + 20 * MIN))
    two.write(0, event("b", "Syncope", START, serious=["other_important"]), by="r.okafor")
    two.write(1, Infusion("start", 48, happened=True))
    names = {one.id: "one", two.id: "two"}

    listed = reviewed([one.view(25), two.view(25)], **asked).sessions

    assert sorted(names[line.facts.session] for line in listed) == found


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
    views = [with_event("nausea", grade=3).view(), with_event("Nausea", grade=1).view(), with_event("Vertigo").view()]

    found = [(rate.label, rate.events, rate.hits, rate.of) for rate in reviewed(views).per_term]

    assert found == [("Nausea", 2, 2, 3), ("Vertigo", 1, 1, 3)]


def test_grades_are_counted_and_ungraded_comes_last() -> None:
    views = [with_event(grade=grade).view() for grade in (None, 3, 1)]
    views.append(with_event("Dizziness", START + timedelta(days=1), grade=1).view())

    found = [(rate.key, rate.events) for rate in reviewed(views).per_grade]

    assert found == [("1", 2), ("2", 0), ("3", 1), ("4", 0), ("5", 0), ("none", 1)]


def test_events_are_counted_per_quarter_of_an_hour_among_the_sessions_that_lasted_so_long() -> None:
    sheet, short = started(Sheet()), started(Sheet("short"))
    for name, minute, grade in (("a", -5, 1), ("b", 0, 1), ("c", 14.9, 3), ("d", 45, None)):
        sheet.write(50, event(name, "Nausea", START + minute * MIN, grade=grade))
    short.write(20, Infusion("stop"))
    short.write(20, Phase("closed"))

    found = reviewed([sheet.view(60), short.view(60)])

    assert [(rate.label, rate.events, rate.hits, rate.of) for rate in found.per_minute] == [
        ("before", 1, 1, 2),
        ("0–14", 2, 1, 2),
        ("15–29", 0, 0, 2),
        ("30–44", 0, 0, 1),
        ("45–59", 1, 1, 1),
    ]
    assert found.severe_per_minute == {"0": 1}


def test_a_review_of_nothing_is_empty() -> None:
    found = reviewed([])

    assert (found.sessions, found.events, found.per_term, found.per_minute, found.per_rule) == ((), (), (), (), ())
    assert (found.session_count, found.to_look_at, found.with_event.interval) == (0, 0, None)


def test_a_late_or_missing_set_needs_a_look() -> None:
    sheet = started(Sheet())

    assert Reason(Look.LATE, "1 of 2 sets") not in reasons(sheet.view(12))
    assert Reason(Look.LATE, "1 of 2 sets") in reasons(sheet.view(13))


def test_every_reason_says_what_it_was() -> None:
    sheet = Sheet()
    answers = dict.fromkeys(SCREENING, "no") | {"pregnancy": "yes"}
    sheet.write(-15, Screening(answers, Override("test negative")))
    sheet.write(0, Infusion("start", 48))
    sheet.write(10, core(184, 90, 70, 0, 0))
    sheet.write(11, Reading({"hr": 170}, queued=True, unconfirmed=("hr",)))
    sheet.write(12, event("x", "Syncope", START + 12 * MIN, serious=["other_important"]))

    found = {reason.look: reason.words for reason in reasons(sheet.view(60))}

    assert found[Look.OPEN_EVENT] == found[Look.SERIOUS] == "Syncope"
    assert found[Look.CRITICAL] == "SBP 184, limit 180, min 10, and 2 more"
    assert found[Look.OVERRIDE] == "screening: test negative"
    assert found[Look.UNCONFIRMED] == "HR, min 11"
    assert found[Look.LATE].endswith("sets")


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
