"""The clinical documentation says what the program does: every vital, rule, limit and number stands in it as it is."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from models import checks, terms
from models.entries import AHEAD, LATE_AFTER
from models.moments import MIN
from models.protocol import STANDARD, Limits, Protocol
from models.rules import RULE_NAMES, RULES, Rule
from models.vitals import LOINC, VITALS, Vital

TEXT = (Path(__file__).parents[2] / "docs" / "clinical.md").read_text("utf-8")
ON_ONE_LINE = " ".join(TEXT.split())

GROUPS = ("relative", "rise", "gate", "together", "intervals", "discharge")
SIDES = ("critical_low", "caution_low", "caution_high", "critical_high")
NO_LIMIT = "none"

RULE_NUMBERS = {
    "SBP_REL_HIGH": [
        STANDARD.relative.sbp_high_caution_percent,
        STANDARD.relative.sbp_high_caution_floor,
        STANDARD.relative.sbp_high_critical_percent,
        STANDARD.relative.sbp_high_critical_floor,
    ],
    "SBP_REL_LOW": [
        STANDARD.relative.sbp_low_caution_percent,
        STANDARD.relative.sbp_low_caution_ceiling,
        STANDARD.relative.sbp_low_critical_percent,
    ],
    "DBP_DELTA": [STANDARD.relative.dbp_rise, STANDARD.relative.dbp_rise_floor],
    "HEADACHE_RISE": [STANDARD.relative.headache_rise],
    "SBP_RISE": [STANDARD.rise.within_min],
    "PRE_SBP": [
        STANDARD.gate.sbp_caution_above,
        STANDARD.gate.sbp_caution_above_older,
        STANDARD.gate.older_than,
        STANDARD.gate.sbp_critical,
    ],
    "PRE_DBP": [STANDARD.gate.dbp_caution_above, STANDARD.gate.dbp_critical],
    "SYMPTOMATIC_HTN": [
        STANDARD.together.symptomatic_sbp,
        STANDARD.together.symptomatic_dbp,
        STANDARD.relative.headache_rise,
    ],
    "DISTRESS": [STANDARD.together.distress_score],
    "VOMITING": [STANDARD.together.vomiting_sedation],
    "OVERDUE": [STANDARD.intervals.grace],
}

ACCEPTED = {
    "weight": ("_WEIGHT_LOW", "_WEIGHT_HIGH"),
    "planned dose": ("_DOSE_MOST", "_PLAN_UNUSUAL"),
    "rate": ("_RATE_MOST", "_RATE_WITH_REASON", "_RATE_UNUSUAL"),
    "bolus": ("_DOSE_MOST", "_BOLUS_UNUSUAL"),
}


def part(heading: str, text: str = TEXT) -> str:
    """Return what stands below a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of every table row by each name in its first cell."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| "):
            found |= dict.fromkeys(re.findall(r"`(\w+)`", cells[0]) or [cells[0]], cells[1:])
    return found


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def limit_cells(limits: Limits) -> list[str]:
    """Return the four limits as the table writes them."""
    signs = ("≤", "≤", "≥", "≥") if limits.inclusive else ("<", "<", ">", ">")
    values = [getattr(limits, side) for side in SIDES]
    return [NO_LIMIT if value is None else f"{sign} {value:g}" for sign, value in zip(signs, values, strict=True)]


def plain_numbers(protocol: Protocol) -> Iterator[tuple[str, str, float]]:
    """Return group, name and value of every number beside the limits."""
    for group in GROUPS:
        kept = getattr(protocol, group)
        for one in fields(kept):
            value = getattr(kept, one.name)
            if isinstance(value, int | float):
                yield group, one.name, value


def drift(protocol: Protocol, text: str = TEXT) -> list[str]:
    """Say what about the numbers of a protocol the text does not tell, or tells differently."""
    limits, every_row = rows(part("2. Limits", text)), rows(text)
    found = [
        f"limits of {vital.key}"
        for vital in VITALS
        if limits.get(vital.key, [])[:4] != limit_cells(protocol.limits_of(vital.key))
    ]
    found += [
        f"source of {key}" for key, one in protocol.limits.items() if one.source not in " ".join(limits.get(key, []))
    ]
    schedule = rows(part("6. Schedule", text).split("What is asked for")[0])
    for group, name, value in plain_numbers(protocol):
        told = (schedule if group == "intervals" else every_row).get(name, [""])[0]
        found += [] if told == f"{value:g}" else [name]
    found += [group for group in GROUPS if getattr(protocol, group).source not in " ".join(text.split())]
    asked = rows(part("6. Schedule", text).split("What is asked for")[1])
    found += [f"set {phase}" for phase, vitals in protocol.sets.items() if asked.get(phase) != [", ".join(vitals)]]
    return found


def changed(protocol: Protocol) -> Iterator[tuple[str, Protocol]]:
    """Return the protocol with one number changed, for every number in it."""
    for key, limits in protocol.limits.items():
        for side in SIDES:
            value = getattr(limits, side)
            moved: dict[str, Any] = {side: 1 if value is None else value + 1}
            other = replace(limits, **moved)
            yield f"{key} {side}", replace(protocol, limits=protocol.limits | {key: other})
        other = replace(limits, inclusive=not limits.inclusive)
        yield f"{key} inclusive", replace(protocol, limits=protocol.limits | {key: other})
    for group, name, value in plain_numbers(protocol):
        kept = replace(getattr(protocol, group), **{name: value + 1})
        yield name, replace(protocol, **{group: kept})
    for phase, vitals in protocol.sets.items():
        yield phase, replace(protocol, sets=protocol.sets | {phase: vitals[1:]})


def paragraph(vital: Vital) -> str:
    return " ".join(part(f"{vital.label} (`{vital.key}`)").split())


def test_every_number_of_the_default_protocol_is_told_as_it_is() -> None:
    assert drift(STANDARD) == []


@pytest.mark.parametrize(("what", "protocol"), [pytest.param(*one, id=one[0]) for one in changed(STANDARD)])
def test_a_number_that_changes_without_the_text_would_be_found(what: str, protocol: Protocol) -> None:
    assert drift(protocol), what


@pytest.mark.parametrize("vital", VITALS, ids=lambda vital: vital.key)
def test_a_vital_has_a_paragraph_with_unit_ranges_words_and_source(vital: Vital) -> None:
    told = paragraph(vital)

    assert f"Shown as {vital.short}, in {vital.unit}" in told
    assert f"Source: {vital.source}" in told
    if not vital.computed:
        assert f"Accepted {vital.accepted.low:g} to {vital.accepted.high:g}" in told
    if vital.unusual is not None:
        assert f"usual {vital.unusual.low:g} to {vital.unusual.high:g}" in told
    if vital.step is not None:
        assert f"A step of {vital.step} or more" in told
    for word in vital.words:
        digits = f"{word.low}" if word.low == word.high else f"{word.low} to {word.high}"
        assert f"{digits} {word.text}" in told
    assert [code.code for code in vital.codes if code.system == LOINC and code.code not in told] == []


def test_every_rule_has_a_row_and_every_row_a_rule() -> None:
    told = {name for name in rows(TEXT) if re.fullmatch(r"[A-Z0-9]+_?[A-Z_]*", name) and len(name) > 2}

    assert told == RULE_NAMES


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name in RULE_NUMBERS], ids=lambda rule: rule.name)
def test_a_rule_is_told_with_the_numbers_it_uses_and_its_source(rule: Rule) -> None:
    cells = rows(TEXT)[rule.name]

    assert {f"{number:g}" for number in RULE_NUMBERS[rule.name]} <= numbers(cells[0])
    assert cells[-1] == rule.source


def test_the_source_of_the_medicines_that_sedate_is_told() -> None:
    assert STANDARD.discharge.sedatives_source in ON_ONE_LINE


def test_the_numbers_of_what_is_accepted_are_told() -> None:
    table, kept = rows(part("8. What is accepted")), vars(checks)

    missing = {
        field: [name for name in names if f"{kept[name]}" not in numbers(" ".join(table[field]))]
        for field, names in ACCEPTED.items()
    }

    assert {field: names for field, names in missing.items() if names} == {}
    assert ", ".join(map(str, kept["_USUAL_CONCENTRATIONS"])) in table["concentration"][1]
    assert f"{kept['_WEIGHT_CHANGE'] * 100:.0f} %" in table["weight"][1]
    assert f"{kept['_PLAN_DIFFERS'] * 100:.0f} %" in table["planned dose"][1]
    assert f"{AHEAD // MIN} minutes ahead" in table["measured at"][0]
    assert f"{checks.LONGEST_BACK // (60 * MIN)} hours" in table["arrival"][0]
    assert f"more than {LATE_AFTER // MIN} minutes after it was measured" in ON_ONE_LINE


@pytest.mark.parametrize(
    "word",
    [
        *terms.SYMPTOM_BY_KEY,
        *terms.SCREENING,
        *terms.SERIOUSNESS,
        *terms.ACTIONS_TAKEN,
        *terms.OUTCOMES,
    ],
)
def test_a_word_that_can_be_stored_is_told(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize(
    "word",
    [*(term.label for term in terms.TERMS), *terms.INTERVENTIONS, *terms.NOT_DONE_REASONS, *terms.GRADES.values()],
)
def test_a_word_that_can_be_picked_is_told(word: str) -> None:
    assert re.search(rf"\b{re.escape(word)}\b", ON_ONE_LINE)


def test_a_clinician_is_asked_to_sign_off_the_limits() -> None:
    assert "A clinician signs off the limits before use." in ON_ONE_LINE
