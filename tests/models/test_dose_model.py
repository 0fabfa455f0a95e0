"""The dose against a small model of its own, minute by minute: charted, corrected or struck, in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.entries import INFUSION_ACTIONS, Entry, Infusion
from models.moments import MIN
from models.protocol import STANDARD
from models.session import Record, SessionView, fold
from tests.sample_sessions import START, Sheet

PLANNED = Fraction("49.4")
ASKED = (0, 1, 30, 61, 119, 150)


@dataclass(frozen=True)
class Order:
    """One action at a minute as it counts in the end; struck ones count for nothing."""

    minute: int
    action: str
    rate: float | None
    dose: int
    struck: bool = False

    def content(self) -> Infusion:
        rate = self.rate if self.action in {"start", "rate", "resume"} else None
        if self.action == "rate" and rate is None:
            rate = 20
        return Infusion(self.action, rate, self.dose if self.action == "bolus" else None, happened=True)


@dataclass
class Paper:
    """What a nurse would keep on paper: what the pump does, at which rate, and the mg so far."""

    pump: str = "nothing"
    rate: Fraction = Fraction(0)
    given: Fraction = Fraction(0)

    def take(self, order: Order) -> None:
        asked = order.content().rate_mg_h
        new = None if asked is None else Fraction(str(asked))
        match order.action, self.pump:
            case "bolus", _:
                self.given += order.dose
            case "start", _:
                self.pump, self.rate = "running", PLANNED if new is None else new
            case "stop", "running" | "paused":
                self.pump = "stopped"
            case "pause", "running":
                self.pump = "paused"
            case "resume", "paused":
                self.pump, self.rate = "running", self.rate if new is None else new
            case ("rate", "running" | "paused") | ("resume", "running"):
                self.rate = self.rate if new is None else new
            case _:
                pass


def by_the_minute(orders: list[Order], until: int) -> Fraction:
    """Count the dose minute by minute."""
    paper = Paper()
    for minute in range(until + 1):
        for order in orders:
            if order.minute == minute and not order.struck:
                paper.take(order)
        if paper.pump == "running" and minute < until:
            paper.given += paper.rate / 60
    return paper.given


def halves_up(number: Fraction) -> Decimal:
    exact = Decimal(number.numerator * 1000 // number.denominator) / 1000
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


rates = st.one_of(st.none(), st.integers(0, 200), st.decimals(0, 90, places=1).map(float))
order = st.builds(Order, st.integers(0, 120), st.sampled_from(INFUSION_ACTIONS), rates, st.integers(1, 40))


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Order], list[Order | None], list[int]]:
    """Return what was charted, what each was corrected to (``None``: it stands), and an order of arrival."""
    charted = draw(st.lists(order, min_size=1, max_size=9, unique_by=lambda one: one.minute))
    fixes: list[Order | None] = []
    taken = {one.minute for one in charted}
    for one in charted:
        other = draw(st.one_of(st.none(), st.just(replace(one, struck=True)), order))
        if other is not None and other.minute != one.minute and other.minute in taken:
            other = replace(other, minute=one.minute)
        taken |= {other.minute} if other else set()
        fixes.append(other)
    arrivals = draw(st.permutations(range(len(charted) + sum(fix is not None for fix in fixes))))
    return charted, fixes, list(arrivals)


def written(charted: list[Order], fixes: list[Order | None]) -> Sheet:
    sheet = Sheet("dose", arrived=-20)
    entries = [sheet.write(one.minute, one.content()) for one in charted]
    for number, (entry, fix) in enumerate(zip(entries, fixes, strict=True)):
        if fix is not None:
            content = None if fix.struck else fix.content()
            sheet.correct(130 + number, entry, content, "typing error", at=fix.minute)
    return sheet


def arrived(sheet: Sheet, arrivals: list[int]) -> list[Entry]:
    """Return the same entries as they would be stored had they arrived in another order."""
    opening, rest = sheet.entries[0], sheet.entries[1:]
    stored = [
        replace(rest[place], seq=seq, recorded_at=START + (160 + seq) * MIN)
        for seq, place in enumerate(arrivals, start=2)
    ]
    return [opening, *stored]


def seen(sheet: Sheet, entries: list[Entry], minute: float) -> SessionView:
    record = Record(sheet.id, tuple(entries), STANDARD, sheet.patients, sheet.chairs)
    view = fold(record, START + minute * MIN)
    assert view is not None
    return view


def hold(story: tuple[list[Order], list[Order | None], list[int]]) -> None:
    """Hold the fold against the model; the dose never falls, and is never below zero."""
    charted, fixes, arrivals = story
    counted = sorted((fix or one for one, fix in zip(charted, fixes, strict=True)), key=lambda one: one.minute)
    sheet = written(charted, fixes)
    entries = arrived(sheet, arrivals)
    before = Decimal(0)
    for minute in ASKED:
        dose = seen(sheet, entries, minute).delivered_mg
        assert dose == halves_up(by_the_minute(counted, minute)), minute
        assert dose == seen(sheet, sheet.entries, minute).delivered_mg
        assert dose >= before >= 0
        before = dose
    view = seen(sheet, entries, 150)
    reached = view.dose_reached_at
    if reached is not None and reached >= START:
        assert abs(view.pump.delivered(reached) - Decimal("49.4")) <= max(
            (bolus.dose_mg for bolus in view.pump.boluses if bolus.at == reached), default=Decimal("0.01")
        )


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault


@settings(CALM, max_examples=100)
@given(stories())
def test_the_dose_is_that_of_the_model_in_whatever_order_things_arrive(
    story: tuple[list[Order], list[Order | None], list[int]],
) -> None:
    hold(story)


@pytest.mark.soak
@settings(CALM, max_examples=2000)
@given(stories())
def test_the_dose_is_that_of_the_model_for_long(story: tuple[list[Order], list[Order | None], list[int]]) -> None:
    hold(story)


def test_thirds_of_a_milligram_are_added_before_they_are_rounded() -> None:
    thirds = [Order(minute, "rate", 20, 1) for minute in range(1, 30)]
    orders = [Order(0, "start", 20, 1), *thirds, Order(30, "rate", 0.3, 1)]
    sheet = written(orders, [None] * len(orders))

    assert seen(sheet, sheet.entries, 31).delivered_mg == Decimal("10.01"), "10.005 exactly"
