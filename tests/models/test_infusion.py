"""What was given: doses at any moment, pauses, and orders that do not fit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.entries import Infusion, Screening
from models.infusion import EnteredRate, PumpState, entered_rate, to_mg_h
from models.moments import MIN
from tests.sample_sessions import ALL_NO, START, Sheet, core


def pump(*actions: tuple[float, Infusion]) -> Sheet:
    sheet = Sheet("pump")
    sheet.write(-15, ALL_NO)
    for minute, action in actions:
        sheet.write(minute, action)
    return sheet


def test_the_dose_is_rate_times_time_halves_up() -> None:
    sheet = pump((0, Infusion("start", 70)))

    assert [sheet.view(minute).delivered_mg for minute in (0, 10, 20, 60)] == [
        Decimal("0.00"),
        Decimal("11.67"),
        Decimal("23.33"),
        Decimal("70.00"),
    ]


def ends(sheet: Sheet, minute: float) -> float | None:
    """Return the planned end, in minutes from the start, as seen at a minute."""
    end = sheet.view(minute).planned_end
    return None if end is None else (end - START) / MIN


def test_a_pause_gives_nothing_and_moves_the_planned_end() -> None:
    sheet = pump((0, Infusion("start", 49.4)), (30, Infusion("pause")), (47, Infusion("resume")))

    assert sheet.view(57).delivered_mg == Decimal("32.93")
    assert ends(sheet, 57) == 60 + 17


def test_a_running_pause_moves_the_planned_end_with_the_clock() -> None:
    sheet = pump((0, Infusion("start", 49.4)), (30, Infusion("pause")))

    assert [ends(sheet, minute) for minute in (30, 31, 35)] == [60, 61, 65]


@pytest.mark.parametrize(
    ("actions", "minute", "end"),
    [
        ([(0, Infusion("start"))], 10, 60),
        ([(0, Infusion("start", 98.8))], 10, 30),
        ([(0, Infusion("start", 49.4)), (30, Infusion("rate", 24.7))], 40, 90),
        ([(0, Infusion("start", 49.4)), (30, Infusion("rate", 98.8))], 31, 45),
        ([(0, Infusion("start", 49.4)), (30, Infusion("rate", 49.4))], 31, 60),
        ([(0, Infusion("start", 49.4)), (30, Infusion("bolus", dose_mg=12.35))], 31, 45),
        ([(0, Infusion("start", 49.4)), (30, Infusion("bolus", dose_mg=30))], 31, 30),
        ([(0, Infusion("start", 49.4)), (30, Infusion("pause")), (40, Infusion("resume", 24.7))], 41, 100),
        ([(0, Infusion("start", 49.4)), (30, Infusion("pause")), (40, Infusion("rate", 24.7))], 41, 101),
        ([(0, Infusion("start", 98.8)), (45, Infusion("rate", 10))], 50, 30),
        ([(0, Infusion("start", 49.4)), (30, Infusion("rate", 0))], 31, None),
        ([(0, Infusion("start", 49.4)), (30, Infusion("rate", 0.001))], 31, None),
        ([(0, Infusion("start", 49.4)), (30, Infusion("stop"))], 50, 60),
        ([(0, Infusion("start", 49.4)), (30, Infusion("rate", 0)), (35, Infusion("stop"))], 50, 65),
        ([(0, Infusion("start", 98.8)), (15, Infusion("stop"))], 50, 30),
        ([(0, Infusion("start", 49.4)), (30, Infusion("stop")), (40, Infusion("start", 49.4))], 41, 70),
        ([], 10, None),
    ],
)
def test_after_a_change_of_rate_the_end_is_where_the_planned_dose_is_reached(
    actions: list[tuple[float, Infusion]], minute: float, end: float | None
) -> None:
    assert ends(pump(*actions), minute) == end


def test_the_moment_at_which_the_planned_dose_was_reached_is_told_and_not_before() -> None:
    sheet = pump((0, Infusion("start", 49.4)), (30, Infusion("rate", 98.8)))

    assert sheet.view(44).dose_reached_at is None
    assert sheet.view(90).dose_reached_at == START + 45 * MIN


def test_a_bolus_counts_at_its_moment() -> None:
    sheet = pump((0, Infusion("start", 60)), (10, Infusion("bolus", dose_mg=5)), (20, Infusion("stop")))

    assert [sheet.view(minute).delivered_mg for minute in (9, 10, 60)] == [
        Decimal("9.00"),
        Decimal("15.00"),
        Decimal("25.00"),
    ]


def test_millilitres_are_known_only_with_a_concentration() -> None:
    without = pump((0, Infusion("start", 60)))
    known = pump((0, Infusion("start", 60, concentration_mg_ml=10)))

    assert without.view(30).pump.delivered_ml(without.view(30).now) is None
    assert known.view(30).pump.delivered_ml(known.view(30).now) == Decimal("3.00")


def test_mg_per_kg_uses_the_weight_of_the_opening() -> None:
    assert pump((0, Infusion("start", 72))).view(60).mg_per_kg == Decimal("1.00")


def test_past_the_planned_dose_it_goes_on_and_says_that_the_stop_is_not_charted() -> None:
    sheet = pump((0, Infusion("start", 49.4)))

    assert not sheet.view(59).stop_not_charted
    assert sheet.view(60).stop_not_charted
    assert sheet.view(120).delivered_mg == Decimal("98.80")


@pytest.mark.parametrize(
    ("actions", "state", "dose"),
    [
        ([(5, Infusion("resume", 50))], PumpState.NOT_STARTED, "0.00"),
        ([(5, Infusion("pause"))], PumpState.NOT_STARTED, "0.00"),
        ([(5, Infusion("stop"))], PumpState.NOT_STARTED, "0.00"),
        ([(5, Infusion("rate", 50))], PumpState.NOT_STARTED, "0.00"),
        ([(0, Infusion("start", 60)), (5, Infusion("resume", 30))], PumpState.RUNNING, "10.00"),
        ([(0, Infusion("start", 60)), (5, Infusion("resume"))], PumpState.RUNNING, "15.00"),
        ([(0, Infusion("start", 60)), (5, Infusion("start", 30))], PumpState.RUNNING, "10.00"),
        ([(0, Infusion("start", 60)), (5, Infusion("stop")), (6, Infusion("rate", 9))], PumpState.STOPPED, "5.00"),
        ([(5, Infusion("bolus", dose_mg=3))], PumpState.NOT_STARTED, "3.00"),
    ],
)
def test_an_order_that_does_not_fit_is_kept_and_marked(
    actions: list[tuple[float, Infusion]], state: PumpState, dose: str
) -> None:
    view = pump(*actions).view(15)

    assert view.pump.state is state
    assert view.delivered_mg == Decimal(dose)
    assert list(view.disputed) == [view.pump.actions[-1].entry_id]


def test_a_rate_set_while_paused_runs_from_the_resume() -> None:
    sheet = pump((0, Infusion("start", 60)), (10, Infusion("pause")), (12, Infusion("rate", 30)))
    sheet.write(20, Infusion("resume"))

    assert sheet.view(30).delivered_mg == Decimal("15.00")
    assert sheet.view(30).disputed == {}


def test_a_start_without_screening_is_disputed_until_one_is_charted_for_before() -> None:
    sheet = Sheet("unscreened")
    start = sheet.write(0, Infusion("start", 60, happened=True))

    assert start.id in sheet.view(5).disputed

    sheet.write(-1, ALL_NO, typed=10)

    assert sheet.view(11).disputed == {}


def test_a_start_over_the_gate_or_against_a_yes_is_disputed_unless_overridden() -> None:
    yes = Screening(dict(ALL_NO.answers) | {"cardiac": "yes"})
    for screening, first in ((ALL_NO, core(166, 104, 88, 0, 0)), (yes, core(124, 78, 70, 0, 0))):
        sheet = Sheet("gate")
        sheet.write(-15, screening)
        sheet.write(-8, first)
        sheet.write(0, Infusion("start", 60, happened=True))

        assert len(sheet.view(5).disputed) == 1


def test_a_dose_is_the_same_at_a_moment_however_late_one_asks() -> None:
    sheet = pump((0, Infusion("start", 60)), (31, Infusion("pause")), (48, Infusion("resume", 30)))
    view = sheet.view(300)

    assert view.pump.delivered(sheet.view(40).now) == Decimal("31.00")


def rises(*actions: tuple[float, Infusion]) -> list[bool]:
    return [action.raises_rate for action in pump(*actions).view(60).pump.actions]


def test_a_rise_is_one_above_the_last_rate_that_ran_and_counts_where_it_begins_to_run() -> None:
    start = (0, Infusion("start", 60))
    paused = (5, Infusion("pause"))

    assert rises(start, (5, Infusion("rate", 61))) == [False, True]
    assert rises(start, paused, (6, Infusion("rate", 90)), (7, Infusion("resume"))) == [False, False, False, True]
    assert rises(start, (5, Infusion("rate", 0)), (6, Infusion("rate", 90))) == [False, False, True]
    assert rises(start, (5, Infusion("rate", 0)), (6, Infusion("rate", 40))) == [False, False, False]
    assert rises(start, paused, (7, Infusion("resume", 60))) == [False, False, False]


@pytest.mark.parametrize(
    ("text", "mg_h"),
    [
        ("48 mg/h", "48"),
        ("4.8 mL/h at 10 mg/mL", "48.0"),
        ("4,8 mL/h at 10 mg/mL", "48.0"),
        ("0.8 mg/min", "48.0"),
        ("12 mcg/kg/min", "57.6"),
        ("0.5 mg/kg/h", "40.0"),
        ("0.5 mg/kg/h, 80 kg", "40.0"),
    ],
)
def test_a_rate_is_kept_in_mg_an_hour_in_whatever_unit_it_is_typed(text: str, mg_h: str) -> None:
    rate = entered_rate(text)

    assert rate is not None
    assert to_mg_h(rate, Decimal(80)) == Decimal(mg_h)


def test_millilitres_an_hour_need_a_concentration_typed_or_in_the_pump() -> None:
    rate = EnteredRate(Decimal("4.8"), "mL/h")

    assert to_mg_h(rate, Decimal(80)) is None
    assert to_mg_h(rate, Decimal(80), Decimal(10)) == 48
    assert to_mg_h(EnteredRate(Decimal("4.8"), "mL/h", Decimal(1)), Decimal(80), Decimal(10)) == Decimal("4.8")


@pytest.mark.parametrize("text", ["", "as planned", "48", "48 mg", "-4 mg/h", "4.8 mL/h at ten", "1e9 mg/h"])
def test_other_words_are_no_rate(text: str) -> None:
    assert entered_rate(text) is None
