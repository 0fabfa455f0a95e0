"""The limits that were in force for one patient at the moment of one reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.corrections import Effective, place
from models.entries import BaselineSet, Limit
from models.patient_limits import merged
from models.protocol import Limits
from models.rules import Flag, OwnLimits, Severity, Stage, own_limits
from models.session import Judged, SessionView, fold

_OWN_RULES = {
    "sbp": frozenset({"SBP_REL_HIGH", "SBP_REL_LOW", "PRE_SBP"}),
    "dbp": frozenset({"DBP_DELTA", "PRE_DBP"}),
    "headache": frozenset({"HEADACHE_RISE"}),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """One pair of limits of a vital in its unit, ``None`` where a side has none, and how a value meets each."""

    severity: Severity
    low: float | None
    high: float | None
    low_words: str = "to"
    high_words: str = "from"

    @property
    def text(self) -> str:
        """Return the limits in words: ``caution to 100 and from 160``."""
        sides = [f"{self.low_words} {self.low:g}" if self.low is not None else ""]
        sides.append(f"{self.high_words} {self.high:g}" if self.high is not None else "")
        return f"{self.severity.word} {' and '.join(side for side in sides if side)}"


def bounds(view: SessionView, judged: Judged, vital: str) -> tuple[Bounds, ...]:
    """Return the caution and critical limits by which a value of this reading was judged.

    Of the limits set for the patient (else the protocol's) and those from the baseline the stricter counts; before the
    start the gate stands in the place of the high limits of pressure. Empty where nothing is judged.
    """
    base, own = _limits(view, judged, vital), _own(view, judged)
    found = (_pair(base, own, vital, severity) for severity in (Severity.CAUTION, Severity.CRITICAL))
    if judged.stage is Stage.BEFORE and vital in {"sbp", "dbp"}:
        found = (_gated(view, vital, one) for one in list(found))
    return tuple(one for one in found if one.low is not None or one.high is not None)


def interpretation(judged: Judged, vital: str) -> str:
    """Return N, H, HH, L or LL for a value, as it was judged at its moment."""
    worst = max((flag for flag in judged.flags if _speaks_of(flag, vital)), key=_severity, default=None)
    if worst is None:
        return "N"
    side = "L" if worst.rule.endswith("LOW") else "H"
    return side * 2 if worst.severity is Severity.CRITICAL else side


def _severity(flag: Flag) -> Severity:
    return flag.severity


def _speaks_of(flag: Flag, vital: str) -> bool:
    return flag.rule in {f"{vital.upper()}_HIGH", f"{vital.upper()}_LOW"} | _OWN_RULES.get(vital, frozenset())


def _pair(base: Limits, own: OwnLimits, vital: str, severity: Severity) -> Bounds:
    word = severity.word
    low, high = getattr(base, f"{word}_low"), getattr(base, f"{word}_high")
    own_low = getattr(own, f"{vital}_{word}_low", None)
    own_high = getattr(own, f"{vital}_{word}_high", None)
    words = ("to", "from") if base.inclusive else ("below", "above")
    lows = [(one, said) for one, said in ((low, words[0]), (own_low, "to")) if one is not None]
    highs = [(one, said) for one, said in ((high, words[1]), (own_high, "from")) if one is not None]
    low, low_words = max(lows, default=(None, "to"))
    high, high_words = min(highs, default=(None, "from"))
    return Bounds(severity, low, high, low_words, high_words)


def _gated(view: SessionView, vital: str, without: Bounds) -> Bounds:
    gate = view.protocol.gate
    if without.severity is Severity.CRITICAL:
        return Bounds(Severity.CRITICAL, without.low, getattr(gate, f"{vital}_critical"), without.low_words)
    age = view.patient.age_on(view.arrived_at.astimezone(view.zone).date())
    older = vital == "sbp" and age > gate.older_than
    caution = gate.sbp_caution_above_older if older else getattr(gate, f"{vital}_caution_above")
    return Bounds(Severity.CAUTION, without.low, caution, without.low_words, "above")


def _limits(view: SessionView, judged: Judged, vital: str) -> Limits:
    limits = view.protocol.limits_of(vital)
    for one in _before(view, judged):
        content = one.written.content
        if isinstance(content, Limit) and content.vital == vital:
            limits = merged(limits, content)
    return limits


def _own(view: SessionView, judged: Judged) -> OwnLimits:
    if judged.stage is Stage.BEFORE or view.started_at is None:
        return OwnLimits()
    decided = [one for one in view.effective if isinstance(one.written.content, BaselineSet) and not one.struck]
    if any(one.at > judged.at for one in decided):
        then = fold(view.record, view.now, at=judged.at, zone=view.zone)
        return own_limits(view.protocol, _values(then))
    return own_limits(view.protocol, _values(view))


def _values(view: SessionView | None) -> Mapping[str, float]:
    return {} if view is None or view.baseline is None else view.baseline.values


def _before(view: SessionView, judged: Judged) -> Iterable[Effective]:
    """Return what counts and stands before a reading in the order of the record."""
    here = place(judged.effective.written, judged.entry.id)
    return (one for one in view.effective if not one.struck and place(one.written, one.entry.id) < here)
