"""Drafts of a protocol: what contradicts itself in one, a sentence a fault, and what differs between two versions."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, TypeVar, cast

from models.errors import FieldError
from models.fields import is_plain
from models.protocol import Discharge, Gate, Intervals, Limits, Protocol, Relative, Rise, Together
from models.rules import RULE_NAMES
from models.terms import SCREENING
from models.vitals import BY_KEY, CORE, Band

T = TypeVar("T")
NAME_MOST: Final = 80
_TEXT_MOST: Final = 300
_SEDATIVES_MOST: Final = 60
_PHASES: Final = ("before", "infusion", "after_trigger", "recovery")
_SIDES: Final = ("critical_low", "caution_low", "caution_high", "critical_high")
_INFUSION_MINUTES: Final = Band(5, 15)
_MINUTES_MOST: Final = 240
_PERCENT: Final = Band(1, 100)
_RISE: Final = Band(1, 100)
_RISE_MINUTES: Final = Band(1, 60)
_GROUPS: Final = ("relative", "rise", "gate", "together", "intervals", "discharge")
_PARTS: Final = frozenset({"name", "version", "limits", "sets", "screening", "do_this", *_GROUPS})


def faults(body: Mapping[str, Any]) -> list[FieldError]:
    """Say what keeps a draft from being published: one sentence a fault, beside the path of its field.

    ``body`` is the stored form of a protocol as somebody edited it; every part is looked at, whatever is wrong with
    the others. A body without a fault can be read by ``Protocol.from_json``.
    """
    return list(_faults(body))


def _faults(body: Mapping[str, Any]) -> Iterator[FieldError]:
    for unknown in sorted(set(body) - _PARTS, key=str):
        yield FieldError(str(unknown)[:40], "This part is not known here. Take it out.")
    yield from _text("name", body.get("name"), NAME_MOST)
    yield from _limits_faults(body.get("limits"))
    yield from _sets_faults(body.get("sets"))
    yield from _group(Relative, "relative", body, _relative_faults)
    yield from _group(Rise, "rise", body, _rise_faults)
    yield from _group(Gate, "gate", body, _gate_faults)
    yield from _group(Together, "together", body, _together_faults)
    yield from _group(Intervals, "intervals", body, _interval_faults)
    yield from _group(Discharge, "discharge", body, _discharge_faults)
    yield from _words_faults("screening", body.get("screening"), SCREENING, whole=True)
    yield from _words_faults("do_this", body.get("do_this"), RULE_NAMES, whole=False)


def read_draft(body: Mapping[str, Any], version: int) -> Protocol:
    """Return the protocol that a draft without faults describes, under a version number."""
    return Protocol.from_json({**body, "version": version})


# Shape: the right kind of value in every field.


def _text(path: str, value: object, most: int = _TEXT_MOST) -> Iterator[FieldError]:
    missing = "A source is missing: name it, or write local." if path.endswith("source") else "Give some text."
    if not isinstance(value, str) or not value.strip():
        yield FieldError(path, missing)
    elif len(value) > most or not is_plain(value):
        yield FieldError(path, f"Give plain text of at most {most} characters.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(path: str, value: object) -> Iterator[FieldError]:
    if not _is_number(value) or value != int(cast("float", value)) or cast("float", value) < 0:
        yield FieldError(path, "Give a whole number, 0 or more.")


def _group(
    cls: type[T], name: str, body: Mapping[str, Any], judge: Callable[[T], Iterable[FieldError]]
) -> Iterator[FieldError]:
    """Look at one group of numbers: first at each field, then at how they stand to each other."""
    given = body.get(name)
    if not isinstance(given, Mapping):
        yield FieldError(name, "This part is missing.")
        return
    wrong = list(_group_shape(cls, name, given))
    yield from wrong
    if not wrong:
        yield from judge(cls(**given))


_OFF: Final = {"rise.sbp_mmhg": "sbp_mmhg", "rise.source": "sbp_mmhg"}
"""Fields that may be empty while the number that switches their rule on is."""


def _group_shape(cls: type[Any], name: str, given: Mapping[str, Any]) -> Iterator[FieldError]:
    known = [field.name for field in dataclasses.fields(cls)]
    for unknown in sorted(set(given) - set(known), key=str):
        yield FieldError(f"{name}.{unknown}"[:80], "This field is not known here. Take it out.")
    for field in known:
        path, value = f"{name}.{field}", given.get(field)
        if path in _OFF and given.get(_OFF[path]) is None and (value is None or value == ""):
            continue
        if field.endswith("source"):
            yield from _text(path, value)
        elif field == "sedatives":
            yield from _sedatives(path, value)
        else:
            yield from _whole(path, value)


def _sedatives(path: str, value: object) -> Iterator[FieldError]:
    good = isinstance(value, list | tuple) and len(value) <= _SEDATIVES_MOST
    if not good or any(not isinstance(one, str) or not one.strip() for one in cast("list[object]", value)):
        yield FieldError(path, f"Give a list of at most {_SEDATIVES_MOST} names of medicines.")


# Limits: bands that do not overlap, and that a value can meet.


def _limits_faults(given: object) -> Iterator[FieldError]:
    if not isinstance(given, Mapping) or not given:
        yield FieldError("limits", "Name at least one vital with its limits.")
        return
    for key, limits in given.items():
        path = f"limits.{key}"
        if key not in BY_KEY:
            yield FieldError(path[:80], f"This vital is not known; known are {', '.join(BY_KEY)}.")
        elif not isinstance(limits, Mapping):
            yield FieldError(path, "Give the four limits and their source.")
        else:
            wrong = list(_limits_shape(path, limits))
            yield from wrong
            if not wrong:
                yield from _bands(path, str(key), Limits(**limits))


def _limits_shape(path: str, given: Mapping[str, Any]) -> Iterator[FieldError]:
    known = {field.name for field in dataclasses.fields(Limits)}
    for unknown in sorted(set(given) - known, key=str):
        yield FieldError(f"{path}.{unknown}"[:80], "This field is not known here. Take it out.")
    for side in _SIDES:
        value = given.get(side)
        if value is not None and not _is_number(value):
            yield FieldError(f"{path}.{side}", "Give a number, or leave it empty.")
    if not isinstance(given.get("inclusive", True), bool):
        yield FieldError(f"{path}.inclusive", "Say yes or no.")
    yield from _text(f"{path}.source", given.get("source"))


def _bands(path: str, key: str, limits: Limits) -> Iterator[FieldError]:
    vital = BY_KEY[key]
    present = [(side, value) for side in _SIDES if (value := getattr(limits, side)) is not None]
    for side, value in present:
        if value not in vital.accepted:
            can = f"{vital.accepted.low:g} to {vital.accepted.high:g}"
            yield FieldError(f"{path}.{side}", f"{value:g} can never be met: {vital.short} is charted from {can}.")
    for (side, value), (other, higher) in combinations(present, 2):
        if value >= higher:
            yield FieldError(f"{path}.{other}", _overlap(side, value, other, higher))


def _overlap(side: str, value: float, other: str, higher: float) -> str:
    words = {one: one.replace("_", " ") for one in _SIDES}
    if side.endswith("low") and other.endswith("low"):
        return f"Critical inside caution: {words[side]} {value:g} must lie below {words[other]} {higher:g}."
    if side.endswith("high"):
        return f"Critical inside caution: {words[other]} {higher:g} must lie above {words[side]} {value:g}."
    return f"Bands overlap: {words[side]} {value:g} must lie below {words[other]} {higher:g}."


# Sets, questions, texts.


def _sets_faults(given: object) -> Iterator[FieldError]:
    if not isinstance(given, Mapping) or set(given) != set(_PHASES):
        yield FieldError("sets", f"Give one set for each of {', '.join(_PHASES)}.")
        return
    for phase, vitals in given.items():
        path = f"sets.{phase}"
        if not isinstance(vitals, list | tuple) or not all(isinstance(one, str) for one in vitals):
            yield FieldError(path, "Give a list of vitals.")
            continue
        unknown = [one for one in vitals if one not in BY_KEY or BY_KEY[one].computed]
        lacking = [BY_KEY[one].short for one in CORE if one not in vitals]
        if unknown:
            yield FieldError(path, f"{', '.join(unknown)[:80]} cannot be charted; take it out of the set.")
        if lacking:
            yield FieldError(path, f"A set without {', '.join(lacking)} never resets the clock; add what is missing.")


def _words_faults(name: str, given: object, known: Iterable[str], *, whole: bool) -> Iterator[FieldError]:
    names = tuple(known)
    if not isinstance(given, Mapping) or not isinstance(given.get("texts"), Mapping):
        yield FieldError(name, "This part is missing.")
        return
    for key, words in given["texts"].items():
        if key in names:
            yield from _text(f"{name}.texts.{key}", words)
        else:
            yield FieldError(f"{name}.texts.{key}"[:80], "This name is not known here. Take it out.")
    if whole:
        for key in sorted(set(names) - set(given["texts"])):
            yield FieldError(f"{name}.texts.{key}", "Every condition has to be asked about; give its question.")
    for unknown in sorted(set(given) - {"texts", "source"}, key=str):
        yield FieldError(f"{name}.{unknown}"[:80], "This field is not known here. Take it out.")
    yield from _text(f"{name}.source", given.get("source"))


# Groups of numbers: how they stand to each other.


def _below(group: str, low: str, high: str, kept: object, *, equal: bool = False) -> Iterator[FieldError]:
    """Refuse ``low`` where it does not lie below ``high`` (or at it)."""
    first, second = getattr(kept, low), getattr(kept, high)
    if first > second or (first == second and not equal):
        place = "at most" if equal else "below"
        words, other = low.replace("_", " "), high.replace("_", " ")
        yield FieldError(f"{group}.{low}", f"{words} {first:g} must be {place} {other}, which is {second:g}.")


def _within(group: str, name: str, kept: object, band: Band) -> Iterator[FieldError]:
    value = getattr(kept, name)
    if value not in band:
        words = name.replace("_", " ")
        yield FieldError(f"{group}.{name}", f"{words} {value:g}: give {band.low:g} to {band.high:g}.")


def _relative_faults(kept: Relative) -> Iterator[FieldError]:
    for name in ("sbp_high_caution_percent", "sbp_high_critical_percent", "dbp_rise", "headache_rise"):
        yield from _within("relative", name, kept, _PERCENT)
    for name in ("sbp_low_caution_percent", "sbp_low_critical_percent"):
        yield from _within("relative", name, kept, _PERCENT)
    yield from _below("relative", "sbp_high_caution_percent", "sbp_high_critical_percent", kept)
    yield from _below("relative", "sbp_high_caution_floor", "sbp_high_critical_floor", kept, equal=True)
    yield from _below("relative", "sbp_low_caution_percent", "sbp_low_critical_percent", kept)


def _rise_faults(kept: Rise) -> Iterator[FieldError]:
    if kept.sbp_mmhg is not None:
        yield from _within("rise", "sbp_mmhg", kept, _RISE)
    yield from _within("rise", "within_min", kept, _RISE_MINUTES)


def _gate_faults(kept: Gate) -> Iterator[FieldError]:
    for name in ("sbp_caution_above", "sbp_caution_above_older", "sbp_critical"):
        yield from _within("gate", name, kept, BY_KEY["sbp"].accepted)
    for name in ("dbp_caution_above", "dbp_critical"):
        yield from _within("gate", name, kept, BY_KEY["dbp"].accepted)
    yield from _below("gate", "sbp_caution_above", "sbp_caution_above_older", kept, equal=True)
    yield from _below("gate", "sbp_caution_above_older", "sbp_critical", kept)
    yield from _below("gate", "dbp_caution_above", "dbp_critical", kept)


def _together_faults(kept: Together) -> Iterator[FieldError]:
    for name, vital in (
        ("symptomatic_sbp", "sbp"),
        ("symptomatic_dbp", "dbp"),
        ("distress_score", "dissociation"),
        ("vomiting_sedation", "sedation"),
    ):
        yield from _within("together", name, kept, BY_KEY[vital].accepted)
    yield from _within("together", "borrow_min", kept, Band(0, 60))


def _interval_faults(kept: Intervals) -> Iterator[FieldError]:
    for name in ("before_first", "before_again", "after_trigger", "recovery"):
        value = getattr(kept, name)
        if value == 0:
            yield FieldError(f"intervals.{name}", "An interval of 0 is no interval: give at least 1 minute.")
        yield from (one for one in _within("intervals", name, kept, Band(0, _MINUTES_MOST)))
    if kept.infusion == 0:
        yield FieldError("intervals.infusion", "An interval of 0 is no interval: give 5 to 15 minutes.")
    else:
        yield from _within("intervals", "infusion", kept, _INFUSION_MINUTES)
    yield from _below("intervals", "after_trigger", "infusion", kept, equal=True)
    yield from _below("intervals", "grace", "after_trigger", kept)


def _discharge_faults(kept: Discharge) -> Iterator[FieldError]:
    yield from _below("discharge", "hr_lowest", "hr_highest", kept, equal=True)
    for name, vital in (
        ("sbp_below", "sbp"),
        ("dbp_below", "dbp"),
        ("hr_lowest", "hr"),
        ("hr_highest", "hr"),
        ("spo2_lowest", "spo2"),
        ("sedation_lowest", "sedation"),
        ("dissociation_most", "dissociation"),
        ("nausea_most", "nausea"),
    ):
        yield from _within("discharge", name, kept, BY_KEY[vital].accepted)
    yield from _within("discharge", "sbp_percent", kept, _PERCENT)
    yield from _within("discharge", "minutes_after", kept, Band(0, 24 * 60))
    yield from _within("discharge", "reading_age_min", kept, Band(1, _MINUTES_MOST))


# Two versions side by side.


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two versions say differently; ``None`` where one of them does not have it."""

    path: str
    before: object
    after: object


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return every field that differs between two stored forms, apart from the version number."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = [path for path in {**old, **new} if path != "version"]
    return [Difference(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def _leaves(body: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, object]]:
    for key, value in body.items():
        path = f"{within}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, list(value) if isinstance(value, tuple) else value
