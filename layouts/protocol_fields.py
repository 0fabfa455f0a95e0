"""Which fields a protocol has on screen, in which part, and in what words; the same for reading and for editing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from models.protocol import Discharge, Gate, Intervals, Relative, Rise, Together
from models.rules import RULES
from models.terms import SCREENING
from models.vitals import VITALS

SOURCE: Final = "Source, or local"


@dataclass(frozen=True, slots=True)
class ProtocolField:
    """One field: where its value stands (``limits.sbp.caution_high``), its words, and number, text, list or flag."""

    path: str
    label: str
    type: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a protocol under its title."""

    title: str
    fields: tuple[ProtocolField, ...]


_SIDES: Final = ("critical_low", "caution_low", "caution_high", "critical_high")
_GROUPS: Final = (
    ("Before the start: the gate, mmHg and years", "gate", Gate),
    ("Against the patient's own baseline", "relative", Relative),
    ("A fast rise of SBP: off while mmHg is empty", "rise", Rise),
    ("Together with a symptom", "together", Together),
    ("Schedule, minutes", "intervals", Intervals),
    ("Going home", "discharge", Discharge),
)
_PHASES: Final = ("before", "infusion", "after_trigger", "recovery")


def parts() -> tuple[Part, ...]:
    """Return every part of a protocol in the order of the page."""
    return tuple(_parts())


def _parts() -> Iterator[Part]:
    yield Part("Name", (ProtocolField("name", "Name", "text"),))
    for vital in VITALS:
        path = f"limits.{vital.key}"
        sides = (ProtocolField(f"{path}.{side}", _words(side), "number") for side in _SIDES)
        inclusive = ProtocolField(f"{path}.inclusive", "Met by the limit itself", "flag")
        source = ProtocolField(f"{path}.source", SOURCE, "text")
        yield Part(f"{vital.label}, {vital.unit}", (*sides, inclusive, source))
    for title, group, kept in _GROUPS:
        yield Part(title, tuple(_field(group, field.name) for field in fields(kept)))
    yield Part("Asked for in each phase", tuple(ProtocolField(f"sets.{one}", _words(one), "list") for one in _PHASES))
    yield _texts("Screening questions", "screening", dict(SCREENING))
    yield _texts("What to do, by rule", "do_this", {rule.name: rule.name for rule in RULES})


def _field(group: str, name: str) -> ProtocolField:
    kinds = {"source": "text", "sedatives": "list", "sedatives_source": "text"}
    return ProtocolField(f"{group}.{name}", SOURCE if name == "source" else _words(name), kinds.get(name, "number"))


def _texts(title: str, group: str, names: Mapping[str, str]) -> Part:
    texts = (ProtocolField(f"{group}.texts.{key}", words, "text") for key, words in names.items())
    return Part(title, (*texts, ProtocolField(f"{group}.source", SOURCE, "text")))


def _words(name: str) -> str:
    words = (
        name.replace("_", " ")
        .replace("sbp", "SBP")
        .replace("dbp", "DBP")
        .replace("spo2", "SpO2")
        .replace("mmhg", "mmHg")
    )
    return f"{words[:1].upper()}{words[1:]}"


def labels() -> dict[str, str]:
    """Return the words of each path with its part, for a list of differences."""
    return {one.path: f"{part.title}: {one.label.lower()}" for part in parts() for one in part.fields}


def value_at(body: Mapping[str, Any], path: str) -> object:
    """Return what a stored protocol says at a path; ``None`` where it says nothing."""
    found: Any = body
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def value_text(value: object) -> str:
    """Return a value as it is read: a list with commas, yes or no, a dash for nothing."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "—"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
