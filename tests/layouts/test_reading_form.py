"""The form of a set: each vital of the registry has its field, limits come from the protocol, nothing is preset."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from dash.development.base_component import Component

from layouts import ids
from layouts.markup import Input
from layouts.reading_form import brackets, reading_form, reading_properties, was_text
from layouts.verdicts import Verdict, verdicts
from models.entries import Infusion, Limit
from models.protocol import STANDARD, Limits
from models.rules import Severity
from models.session import Record, SessionView, fold
from models.vitals import BY_KEY, CHARTED, Band, Vital, Word
from tests.component_tree import prop, said, walk, with_class, with_testid
from tests.sample_sessions import ALL_NO, START, Sheet, core, finished

GLUCOSE = Vital(
    key="glucose",
    label="Blood glucose",
    short="Glucose",
    unit="mg/dL",
    ucum="mg/dL",
    accepted=Band(10, 900),
    unusual=Band(60, 300),
    axis=Band(0, 400),
    source="a test",
)
ITCH = replace(GLUCOSE, key="itch", label="Itch", short="Itch", accepted=Band(0, 3), words=(Word(0, 3, "as felt"),))


def started(view_at: float = 12) -> SessionView:
    sheet = Sheet("running")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0, headache=2))
    sheet.write(0, Infusion("start", 48))
    return sheet.view(view_at)


def with_limits(view: SessionView, **limits: Limits) -> SessionView:
    record: Record = replace(view.record, protocol=replace(STANDARD, limits=STANDARD.limits | limits))
    found = fold(record, view.now)
    assert found is not None
    return found


def field(view: SessionView, key: str, vitals: tuple[Vital, ...] = CHARTED) -> dict[str, Any]:
    return dict(reading_properties(view, vitals))[ids.READING_FIELD.of(key)]


def judged(view: SessionView, key: str) -> list[tuple[int, int, str]]:
    return [(one.low, one.high, one.triangles) for one in verdicts(view, BY_KEY[key])]


@pytest.mark.parametrize("vital", CHARTED, ids=lambda vital: vital.key)
def test_every_vital_that_is_charted_has_its_field(vital: Vital) -> None:
    form = reading_form(started())

    if vital.is_score:
        assert all(with_testid(form, f"{vital.key}-{digit}") for digit in vital.digits)
    else:
        [wrapper] = with_testid(form, f"reading-{vital.key}")
        [typed] = [one for one in walk(wrapper) if isinstance(one, Input)]
        assert (prop(typed, "type"), prop(typed, "inputMode"), prop(typed, "autoComplete")) == (
            "text",
            "numeric",
            "off",
        )


def test_a_vital_that_is_added_to_the_registry_has_a_field_at_once() -> None:
    form = reading_form(started(), (*CHARTED, GLUCOSE, ITCH))

    assert with_testid(form, "reading-glucose")
    assert with_testid(form, "not-done-glucose")
    assert [len(with_testid(form, f"itch-{digit}")) for digit in range(5)] == [1, 1, 1, 1, 0]
    assert field(started(), "glucose", (GLUCOSE,))["className"] == "vital vital--number vital--extra"


def test_nothing_is_filled_in_or_chosen_but_the_time() -> None:
    form = reading_form(finished().view(34))

    assert [prop(one, "value") for one in walk(form) if isinstance(one, Input) and prop(one, "value")] == []
    chosen = [prop(one, "data-testid") for one in walk(form) if prop(one, "aria-pressed") == "true"]
    assert chosen == ["measured-now"]


def test_a_score_button_says_its_word() -> None:
    [button] = with_testid(reading_form(started()), "dissociation-7")

    assert prop(button, "aria-label") == "Dissociation 7, strong"


def test_the_set_of_the_phase_comes_first_and_the_rest_below() -> None:
    before, during = Sheet("new").view(-10), started()

    assert field(before, "rr")["className"] == "vital vital--number vital--asked"
    assert field(during, "rr")["className"] == "vital vital--number vital--extra"
    assert field(during, "nausea")["className"] == "vital vital--score vital--asked"


def test_a_recheck_after_a_critical_reading_asks_for_sedation() -> None:
    sheet = Sheet("high")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48))
    assert "vital--extra" in field(sheet.view(5), "sedation")["className"]

    sheet.write(5, core(184, 98, 90, 0, 0))

    assert "vital--asked" in field(sheet.view(6), "sedation")["className"]


def test_the_value_before_and_the_baseline_stand_beside_the_field() -> None:
    sheet = Sheet("running")
    sheet.write(-8, core(124, 78, 70, 0, 0, rr=14))
    sheet.write(0, Infusion("start", 48, happened=True))
    sheet.write(9, core(164, 98, 88, 6, 3))
    view = sheet.view(12)

    assert was_text(view, BY_KEY["sbp"]) == "was 164"
    assert was_text(view, BY_KEY["rr"]) == "was 14"
    assert (field(view, "sbp")["data-was"], field(view, "sbp")["data-baseline"]) == ("164", "124")


def test_without_a_value_before_there_is_none() -> None:
    view = Sheet("new").view(-10)

    assert was_text(view, BY_KEY["sbp"]) == ""
    assert (field(view, "sbp")["data-was"], field(view, "sbp")["data-baseline"]) == ("", "")


def test_zero_is_a_value_before() -> None:
    assert was_text(started(), BY_KEY["nausea"]) == "was 0"


# Limits


def test_the_verdicts_of_a_field_are_those_of_the_rules_for_this_patient() -> None:
    assert judged(started(), "sbp") == [
        (30, 90, "▼▼"),
        (91, 100, "▼"),
        (101, 148, ""),
        (149, 173, "▲"),
        (174, 300, "▲▲"),
    ]


def test_before_the_start_the_gate_judges() -> None:
    view = Sheet("new").view(-10)

    assert judged(view, "sbp")[-3:] == [(101, 140, ""), (141, 159, "▲"), (160, 300, "▲▲")]
    assert judged(view, "dbp")[-3:] == [(51, 90, ""), (91, 99, "▲"), (100, 200, "▲▲")]


def test_a_headache_is_judged_against_its_own_baseline() -> None:
    assert judged(started(), "headache") == [(0, 3, ""), (4, 10, "▲")]


def test_other_limits_in_the_protocol_are_other_verdicts_at_once() -> None:
    view = with_limits(started(), nausea=Limits(None, None, 5, 8), spo2=Limits(80, None, None, None))

    assert judged(view, "nausea") == [(0, 4, ""), (5, 7, "▲"), (8, 10, "▲▲")]
    assert judged(view, "spo2") == [(50, 80, "▼▼"), (81, 100, "")]


def test_what_is_typed_is_judged_by_the_limits_set_for_the_patient() -> None:
    sheet = Sheet("athlete")
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 48))
    before = judged(sheet.view(1), "hr")
    sheet.write(2, Limit("hr", {"caution_low": 44}, "athlete"))

    after = judged(sheet.view(3), "hr")

    assert (41, 50, "▼") in before
    assert (41, 44, "▼") in after


def test_the_script_is_told_the_same_verdicts() -> None:
    told = json.loads(field(started(), "dissociation")["data-verdicts"])

    assert told == [[0, 6, 0, ""], [7, 8, 1, "▲"], [9, 10, 2, "▲▲"]]


def test_a_bracket_ends_where_the_word_or_the_verdict_does() -> None:
    cut = (Verdict(0, 4, Severity.NORMAL), Verdict(5, 10, Severity.CAUTION))

    found = [(one.digits, one.word, one.verdict.triangles) for one in brackets(BY_KEY["nausea"], cut)]

    assert found == [
        ("0", "none", ""),
        ("1–3", "mild", ""),
        ("4", "moderate", ""),
        ("5–6", "moderate", "▲"),
        ("7–10", "severe", "▲"),
    ]


def test_brackets_span_their_numbers_with_word_triangle_and_colour() -> None:
    line: list[Component] = dict(reading_properties(started()))[ids.READING_BRACKETS.of("dissociation")]["children"]

    assert [said(one) for one in line] == ["0 none", "1–3 mild", "4–6 moderate", "7–8 ▲ strong", "9–10 ▲▲ overwhelming"]
    assert prop(line[3], "className") == "bracket bracket--from-7 bracket--span-2 caution"
    assert prop(line[4], "className") == "bracket bracket--from-9 bracket--span-2 critical"


def test_sedation_is_worse_the_lower_it_is() -> None:
    line: list[Component] = dict(reading_properties(started()))[ids.READING_BRACKETS.of("sedation")]["children"]

    assert said(line[3]) == "3 ▼ to loud voice"
    assert prop(line[5], "className") == "bracket bracket--from-5 bracket--span-1"


def test_the_pressure_that_asks_for_symptoms_is_the_protocols() -> None:
    [row] = with_class(reading_form(started()), "vital--symptoms")

    assert (prop(row, "data-sbp-from"), prop(row, "data-dbp-from")) == ("160", "100")


def test_verdicts_are_those_of_the_moment_not_of_the_last_protocol() -> None:
    plain_view = started()
    verdicts(plain_view, BY_KEY["hr"])

    changed = with_limits(plain_view, hr=Limits(None, None, 90, None))

    assert judged(changed, "hr") == [(20, 89, ""), (90, 250, "▲")]
    assert plain_view.started_at == START


def test_the_wrong_chair_is_no_reason_for_a_correction_but_leads_to_the_record_that_moves_the_reading() -> None:
    view = started()
    form = reading_form(view)
    [bar] = with_class(form, "correcting")
    [link] = with_testid(bar, "correct-wrong-chair")

    reasons = [prop(one, "data-value") for one in walk(bar) if getattr(one, "data-value", None)]
    assert reasons == ["typing error", "wrong time"]
    assert (said(link), prop(link, "href")) == ("Wrong chair? Move it in the record", f"/session/{view.id}")
