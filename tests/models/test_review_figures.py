"""Every figure of the review equals what plain Python finds in the entries of a clinic made up by dice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial

import pytest

from models.protocol import STANDARD
from models.review import ReviewSummary
from models.review_table import Rate
from models.session import Record, SessionView, fold
from tests.generated_clinic import NURSES, sheets
from tests.plain_figures import Plain, PlainEvent, plain, score_interval
from tests.reviewed import reviewed
from tests.sample_sessions import START

NOW = START + timedelta(days=800)
MADE = 200


@cache
def clinic(number: int) -> tuple[tuple[SessionView, ...], tuple[Plain, ...]]:
    views, plains = [], []
    for sheet in sheets(number):
        record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)
        view = fold(record, NOW)
        assert view is not None
        views.append(view)
        plains.append(plain(sheet, record, NOW))
    return tuple(views), tuple(plains)


def hits(rate: Rate) -> tuple[int, int, int]:
    return rate.events, rate.hits, rate.of


def counted(found: list[Plain], wanted: Callable[[PlainEvent], bool], of: int | None = None) -> tuple[int, int, int]:
    events = [[event for event in one.events if wanted(event)] for one in found]
    return sum(map(len, events)), sum(bool(one) for one in events), len(found) if of is None else of


def banded(value: float, edges: list[float]) -> str:
    return f"{max(edge for edge in edges if edge <= value):g}"


def check(summary: ReviewSummary, found: list[Plain]) -> None:
    """Hold every count and rate of a review against the sessions that should be behind it."""
    everything = [event for one in found for event in one.events]
    assert summary.session_count == len(found)
    assert summary.event_count == len(everything)
    assert hits(summary.with_event) == counted(found, lambda _: True)
    terms = {event.term.casefold() for event in everything}
    assert {rate.label.casefold(): hits(rate) for rate in summary.per_term} == {
        term: counted(found, partial(_of_term, term)) for term in terms
    }
    for rate in summary.per_grade:
        assert hits(rate) == counted(found, partial(_of_grade, None if rate.key == "none" else int(rate.key)))
    _check_minutes(summary, found)
    _check_bands(summary, found)
    for rate in (summary.with_event, *summary.per_term, *summary.per_grade, *summary.per_dose, *summary.per_minute):
        if rate.of:
            interval = rate.interval
            assert interval is not None
            assert (interval.low, interval.high) == pytest.approx(score_interval(rate.hits, rate.of), abs=1e-9)


def _of_term(term: str, event: PlainEvent) -> bool:
    return event.term.casefold() == term


def _of_grade(grade: int | None, event: PlainEvent) -> bool:
    return event.grade == grade


def _within(low: float, event: PlainEvent) -> bool:
    return event.minute is not None and low <= event.minute < low + 15


def _check_minutes(summary: ReviewSummary, found: list[Plain]) -> None:
    for rate in summary.per_minute:
        if rate.key == "before":
            assert hits(rate) == counted(found, lambda event: event.minute is None or event.minute < 0)
            continue
        low = float(rate.key)
        lasted = sum(one.start is not None and (one.end or NOW) - one.start >= timedelta(minutes=low) for one in found)
        within = counted(found, partial(_within, float(rate.key)))
        assert (rate.events, rate.hits) == within[:2]
        assert rate.of == max(lasted, rate.hits)
    assert sum(rate.events for rate in summary.per_minute) == summary.event_count
    severe = sum(event.grade is not None and event.grade >= 3 for one in found for event in one.events)
    assert sum(summary.severe_per_minute.values()) == severe


def _check_bands(summary: ReviewSummary, found: list[Plain]) -> None:
    doses: dict[str, list[Plain]] = {}
    bases: dict[str, list[Plain]] = {}
    for one in found:
        if one.start is not None:
            doses.setdefault(banded(round(one.mg_per_kg, 2), [0, 0.25, 0.5, 0.75, 1, 1.5]), []).append(one)
        base = one.baseline.get("sbp")
        bases.setdefault("none" if base is None else banded(base, [0, 120, 130, 140, 150, 160]), []).append(one)
    assert {rate.key: hits(rate) for rate in summary.per_dose} == {
        key: counted(group, lambda _: True) for key, group in doses.items()
    }
    assert {rate.key: hits(rate) for rate in summary.per_baseline} == {
        key: counted(group, lambda _: True) for key, group in bases.items()
    }


def only_events(found: list[Plain], wanted: Callable[[PlainEvent], bool]) -> list[Plain]:
    """Return the sessions with such an event, with such events only."""
    kept = []
    for one in found:
        events = [event for event in one.events if wanted(event)]
        if events:
            kept.append(Plain(**vars(one) | {"events": events}))
    return kept


def is_open(one: Plain) -> bool:
    return any(not event.ended for event in one.events)


DAY = START + timedelta(days=14)
ASKED: dict[str, tuple[dict[str, str], Callable[[list[Plain]], list[Plain]]]] = {
    "everything": ({}, lambda all_: all_),
    "from a day": (
        {"since": DAY.date().isoformat()},
        lambda all_: [one for one in all_ if one.arrived.date() >= DAY.date()],
    ),
    "until a moment": ({"until": DAY.isoformat()}, lambda all_: [one for one in all_ if one.arrived <= DAY]),
    "a chair": ({"chair": "3"}, lambda all_: [one for one in all_ if one.chair == "3"]),
    "a nurse": ({"nurse": NURSES[0]}, lambda all_: [one for one in all_ if NURSES[0] in one.nurses]),
    "a term": ({"term": "NAUS"}, lambda all_: only_events(all_, lambda event: event.term.lower() == "nausea")),
    "a grade": ({"grade": "2"}, lambda all_: only_events(all_, lambda event: event.grade == 2)),
    "serious": ({"serious": "yes"}, lambda all_: only_events(all_, lambda event: bool(event.serious))),
    "seriousness unsaid": ({"serious": "unsaid"}, lambda all_: only_events(all_, lambda event: event.serious is None)),
    "two of one event": (
        {"serious": "yes", "grade": "none"},
        lambda all_: only_events(all_, lambda event: bool(event.serious) and event.grade is None),
    ),
    "open events": ({"look": "open_event"}, lambda all_: [one for one in all_ if is_open(one)]),
    "unsigned": (
        {"look": "unsigned"},
        lambda all_: [one for one in all_ if one.end and not one.signed and not one.cancelled],
    ),
    "a dose": (
        {"dose": "0.5"},
        lambda all_: [one for one in all_ if one.start is not None and 0.5 <= round(one.mg_per_kg, 2) < 0.75],
    ),
    "a pressure before": (
        {"base": "140"},
        lambda all_: [one for one in all_ if 140 <= one.baseline.get("sbp", 0) < 150],
    ),
    "a quarter of an hour": (
        {"minute": "30"},
        lambda all_: only_events(all_, lambda event: event.minute is not None and 30 <= event.minute < 45),
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_every_figure_is_what_plain_python_finds(name: str) -> None:
    views, plains = clinic(MADE)
    asked, wanted = ASKED[name]

    summary = reviewed(views, **asked)

    assert summary.ignored == ()
    assert summary.session_count > 0
    check(summary, wanted(list(plains)))


@pytest.mark.soak
def test_every_figure_is_what_plain_python_finds_in_two_thousand_sessions() -> None:
    views, plains = clinic(2000)

    for asked, wanted in ASKED.values():
        check(reviewed(views, **asked), wanted(list(plains)))


def test_what_is_listed_about_a_session_is_what_plain_python_finds() -> None:
    views, plains = clinic(MADE)
    found = {one.session: one for one in plains}

    for line in reviewed(views).sessions:
        facts, one = line.facts, found[line.facts.session]
        assert facts.delivered_mg == pytest.approx(one.dose, abs=0.0051)
        if facts.peak is not None and one.start is not None and one.after_start("sbp"):
            top = max(value for value, _ in one.after_start("sbp"))
            assert (facts.peak.value, facts.peak.minute) == next(
                pair for pair in one.after_start("sbp") if pair[0] == top
            )
        assert facts.baseline_sbp == one.baseline.get("sbp")


def test_the_dice_make_every_kind_of_session() -> None:
    _, plains = clinic(MADE)

    kinds = [one.start is None for one in plains], [one.cancelled for one in plains], [one.signed for one in plains]
    assert all(0 < sum(kind) < MADE for kind in kinds)
    assert any(not one.baseline for one in plains)
    assert {event.grade for one in plains for event in one.events} >= {None, 1, 2, 3, 4}
