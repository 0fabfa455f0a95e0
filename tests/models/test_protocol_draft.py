"""A draft of a protocol says each fault in a sentence beside its field; an old stored protocol still reads."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.protocol import STANDARD, Discharge, Gate, Intervals, Protocol, Relative, Together
from models.protocol_draft import differences, faults, read_draft
from models.rules import RULE_NAMES, Severity, limit_severity
from models.terms import SCREENING
from models.vitals import BY_KEY

STORED = Path(__file__).parents[1] / "data" / "protocol_v1.json"
Body = dict[str, Any]


def body(**changes: object) -> Body:
    """Return the default as a draft, with values put at dotted paths (two underscores between the parts)."""
    found: Body = json.loads(json.dumps(STANDARD.as_json()))
    for path, value in changes.items():
        *way, last = path.split("__")
        place = found
        for part in way:
            place = place[part]
        place[last] = value
    return found


def fields_of(draft: Mapping[str, Any]) -> list[str]:
    return [fault.field for fault in faults(draft)]


def test_the_protocol_that_ships_has_no_fault() -> None:
    assert faults(STANDARD.as_json()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"limits__sbp__critical_high": 160}, "limits.sbp.critical_high"),
        ({"limits__sbp__critical_high": 161}, None),
        ({"limits__sbp__critical_low": 100}, "limits.sbp.caution_low"),
        ({"limits__sbp__critical_low": 99}, None),
        ({"limits__hr__caution_low": 111}, "limits.hr.caution_high"),
        ({"limits__hr__caution_low": 110}, None),
        ({"limits__sbp__critical_high": 301}, "limits.sbp.critical_high"),
        ({"limits__sbp__critical_high": 300}, None),
        ({"limits__sbp__source": " "}, "limits.sbp.source"),
        ({"limits__sbp__source": "local"}, None),
        ({"limits__sbp__caution_high": "many"}, "limits.sbp.caution_high"),
        ({"limits__sbp__caution_high": True}, "limits.sbp.caution_high"),
        ({"limits__sbp__caution_high": None}, None),
        ({"limits__sbp__inclusive": "yes"}, "limits.sbp.inclusive"),
        ({"limits__sbp__often": 3}, "limits.sbp.often"),
        ({"limits__glucose": {"caution_high": 7, "source": "local"}}, "limits.glucose"),
        ({"limits__sbp": 160}, "limits.sbp"),
        ({"limits": {}}, "limits"),
        ({"intervals__infusion": 0}, "intervals.infusion"),
        ({"intervals__infusion": 4, "intervals__after_trigger": 3}, "intervals.infusion"),
        ({"intervals__infusion": 5}, None),
        ({"intervals__infusion": 15}, None),
        ({"intervals__infusion": 16}, "intervals.infusion"),
        ({"intervals__recovery": 0}, "intervals.recovery"),
        ({"intervals__recovery": 1}, None),
        ({"intervals__recovery": 241}, "intervals.recovery"),
        ({"intervals__grace": 5}, "intervals.grace"),
        ({"intervals__grace": 0}, None),
        ({"intervals__after_trigger": 11}, "intervals.after_trigger"),
        ({"intervals__infusion": 7.5}, "intervals.infusion"),
        ({"intervals__infusion": -5}, "intervals.infusion"),
        ({"rise__sbp_mmhg": 30}, "rise.source"),
        ({"rise__sbp_mmhg": 30, "rise__source": " "}, "rise.source"),
        ({"rise__sbp_mmhg": 30, "rise__source": "local"}, None),
        ({"rise__sbp_mmhg": 0, "rise__source": "local"}, "rise.sbp_mmhg"),
        ({"rise__sbp_mmhg": 1, "rise__source": "local"}, None),
        ({"rise__sbp_mmhg": 100, "rise__source": "local"}, None),
        ({"rise__sbp_mmhg": 101, "rise__source": "local"}, "rise.sbp_mmhg"),
        ({"rise__sbp_mmhg": 12.5, "rise__source": "local"}, "rise.sbp_mmhg"),
        ({"rise__sbp_mmhg": "fast"}, "rise.sbp_mmhg"),
        ({"rise__within_min": 0}, "rise.within_min"),
        ({"rise__within_min": 60}, None),
        ({"rise__within_min": 61}, "rise.within_min"),
        ({"rise__within_min": None}, "rise.within_min"),
        ({"gate__sbp_caution_above": 160}, "gate.sbp_caution_above"),
        ({"gate__sbp_caution_above_older": 160}, "gate.sbp_caution_above_older"),
        ({"gate__sbp_caution_above_older": 159}, None),
        ({"gate__sbp_caution_above_older": 139}, "gate.sbp_caution_above"),
        ({"gate__dbp_critical": 90}, "gate.dbp_caution_above"),
        ({"gate__dbp_critical": 91}, None),
        ({"relative__sbp_high_caution_percent": 40}, "relative.sbp_high_caution_percent"),
        ({"relative__sbp_high_caution_percent": 39}, None),
        ({"relative__sbp_high_caution_floor": 161}, "relative.sbp_high_caution_floor"),
        ({"relative__sbp_low_critical_percent": 20}, "relative.sbp_low_caution_percent"),
        ({"relative__sbp_low_critical_percent": 101}, "relative.sbp_low_critical_percent"),
        ({"together__distress_score": 11}, "together.distress_score"),
        ({"together__distress_score": 10}, None),
        ({"together__vomiting_sedation": 6}, "together.vomiting_sedation"),
        ({"together__borrow_min": 61}, "together.borrow_min"),
        ({"discharge__hr_lowest": 111}, "discharge.hr_lowest"),
        ({"discharge__hr_lowest": 110}, None),
        ({"discharge__reading_age_min": 0}, "discharge.reading_age_min"),
        ({"discharge__sedation_lowest": 6}, "discharge.sedation_lowest"),
        ({"discharge__sedatives": "midazolam"}, "discharge.sedatives"),
        ({"discharge__sedatives": []}, None),
        ({"discharge__sedatives_source": ""}, "discharge.sedatives_source"),
        ({"discharge__source": ""}, "discharge.source"),
        ({"sets__infusion": ["sbp", "dbp", "hr", "dissociation"]}, "sets.infusion"),
        ({"sets__infusion": ["sbp", "dbp", "hr", "dissociation", "nausea"]}, None),
        ({"sets__infusion": ["sbp", "dbp", "hr", "dissociation", "nausea", "map"]}, "sets.infusion"),
        ({"sets__infusion": "all"}, "sets.infusion"),
        ({"sets": {}}, "sets"),
        ({"screening__texts__cardiac": ""}, "screening.texts.cardiac"),
        ({"screening__texts": {}}, "screening.texts.cardiac"),
        ({"screening__texts__weather": "Rain?"}, "screening.texts.weather"),
        ({"do_this__texts": {}}, None),
        ({"do_this__texts__SBP_HIGH": "x" * 301}, "do_this.texts.SBP_HIGH"),
        ({"do_this__texts__BORED": "Play music."}, "do_this.texts.BORED"),
        ({"do_this": None}, "do_this"),
        ({"relative": None}, "relative"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_contradiction_is_told_beside_its_field_and_its_edge_is_not(changes: Body, field: str | None) -> None:
    found = fields_of(body(**changes))

    assert (field in found) if field else found == []


def test_a_fault_is_one_sentence_that_names_the_numbers() -> None:
    (fault,) = faults(body(limits__sbp__critical_high=155))

    assert fault.message == "Critical inside caution: critical high 155 must lie above caution high 160."


def test_every_part_is_looked_at_whatever_is_wrong_with_the_others() -> None:
    found = fields_of(body(limits__sbp__critical_high=150, intervals__recovery=0, gate=None, name=""))

    assert {"limits.sbp.critical_high", "intervals.recovery", "gate", "name"} <= set(found)


@pytest.mark.parametrize("part", sorted(set(STANDARD.as_json()) - {"version"}))
def test_a_part_that_is_missing_is_a_fault(part: str) -> None:
    draft = body()
    del draft[part]

    assert part in {field.split(".")[0] for field in fields_of(draft)}


NUMBERS = [
    (group, one.name)
    for group, cls in (
        ("relative", Relative),
        ("gate", Gate),
        ("together", Together),
        ("intervals", Intervals),
        ("discharge", Discharge),
    )
    for one in fields(cls)
    if one.name not in {"source", "sedatives", "sedatives_source"}
]


@pytest.mark.parametrize(("group", "name"), NUMBERS)
@pytest.mark.parametrize("value", [None, -1, 0.5, "12", float("nan"), float("inf")])
def test_a_number_that_is_none_is_a_fault(group: str, name: str, value: object) -> None:
    assert f"{group}.{name}" in fields_of(body(**{f"{group}__{name}": value}))


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
limit = st.one_of(st.none(), st.integers(0, 320))
four = st.tuples(limit, limit, limit, limit)


@CALM
@given(four, st.sampled_from(sorted(set(BY_KEY) - {"map"})), st.booleans())
def test_limits_are_published_only_where_no_value_is_both_high_and_low(
    values: tuple[int | None, int | None, int | None, int | None], vital: str, inclusive: object
) -> None:
    sides = dict(zip(("critical_low", "caution_low", "caution_high", "critical_high"), values, strict=True))
    draft = body()
    draft["limits"] = {vital: sides | {"inclusive": inclusive, "source": "local"}}

    if faults(draft):
        return

    limits = read_draft(draft, 2).limits_of(vital)
    judged = [limit_severity(limits, value) for value in range(int(BY_KEY[vital].accepted.low), 301)]
    worse = [(severity, low) for severity, _limit, low in judged]
    downs = [place for place, (severity, low) in enumerate(worse) if severity and low]
    ups = [place for place, (severity, low) in enumerate(worse) if severity and not low]
    assert not downs or not ups or max(downs) < min(ups)
    levels = [severity for severity, _low in worse]
    first_normal = next((place for place, level in enumerate(levels) if level is Severity.NORMAL), len(levels))
    assert levels[:first_normal] == sorted(levels[:first_normal], reverse=True)
    assert levels[first_normal:] == sorted(levels[first_normal:])


@CALM
@given(four)
def test_limits_out_of_order_are_always_refused(values: tuple[int | None, int | None, int | None, int | None]) -> None:
    given_ones = [value for value in values if value is not None]
    sides = dict(zip(("critical_low", "caution_low", "caution_high", "critical_high"), values, strict=True))
    draft = body()
    draft["limits"] = {"sbp": sides | {"source": "local"}}

    ascending = all(low < high for low, high in itertools.pairwise(given_ones))
    possible = all(30 <= value <= 300 for value in given_ones)

    assert (faults(draft) == []) is (ascending and possible)


_SHORT = st.text("ab €0", max_size=8)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _SHORT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_SHORT, inner, max_size=3),
    max_leaves=6,
)


@CALM
@given(st.dictionaries(st.sampled_from(sorted(STANDARD.as_json())), json_value))
def test_whatever_is_put_into_a_draft_is_answered_with_faults_and_never_with_an_error(parts: Body) -> None:
    draft = body() | parts

    if not faults(draft):
        assert isinstance(read_draft(draft, 2), Protocol)


def test_a_protocol_stored_before_it_had_all_parts_reads_as_it_was_meant() -> None:
    stored = json.loads(STORED.read_text())

    found = Protocol.from_json(stored)

    assert (found.name, found.version, found.limits["hr"].caution_high) == ("Stored before", 4, 115)
    assert (found.intervals.infusion, found.sets["infusion"][-1], found.gate.sbp_critical) == (10, "spo2", 160)
    going_home = found.discharge
    assert (going_home.minutes_after, going_home.sbp_percent, going_home.sbp_below, going_home.dbp_below) == (
        60,
        20,
        160,
        100,
    )
    assert (going_home.hr_lowest, going_home.hr_highest, going_home.spo2_lowest) == (51, 110, 94)
    assert (going_home.sedation_lowest, going_home.dissociation_most, going_home.nausea_most) == (5, 1, 3)
    assert going_home.reading_age_min == 15
    assert set(found.screening.texts) == set(SCREENING)


def test_a_list_of_medicines_that_was_stored_without_a_source_is_the_clinics_own_and_stays_as_it_was() -> None:
    stored = json.loads(json.dumps(STANDARD.as_json()))
    stored["discharge"]["sedatives"] = ["midazolam"]
    del stored["discharge"]["sedatives_source"]

    found = Protocol.from_json(stored).discharge

    assert (found.sedatives, found.sedatives_source) == (("midazolam",), "local")


def test_a_stored_protocol_comes_back_as_it_was() -> None:
    assert Protocol.from_json(json.loads(json.dumps(STANDARD.as_json()))) == STANDARD


def test_every_rule_of_the_default_that_says_what_to_do_is_a_rule() -> None:
    assert set(STANDARD.do_this.texts) <= RULE_NAMES
    assert STANDARD.do_this.source == "local"


def test_two_versions_are_compared_field_by_field() -> None:
    before = STANDARD.as_json()
    after = body(limits__sbp__caution_high=155, intervals__recovery=10, version=2)
    del after["limits"]["rr"]

    found = {one.path: (one.before, one.after) for one in differences(before, after)}

    assert found.pop("limits.sbp.caution_high") == (160, 155)
    assert found.pop("intervals.recovery") == (15, 10)
    assert {path.rpartition(".")[0] for path in found} == {"limits.rr"}
    assert all(after is None for path, (_before, after) in found.items() if not path.endswith("low"))


def test_nothing_differs_from_a_copy() -> None:
    assert differences(STANDARD.as_json(), copy.deepcopy(STANDARD.as_json()) | {"version": 9}) == []
