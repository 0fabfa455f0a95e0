"""The limits in force for one patient: own and clinic, the stricter of the two; before the start the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.rules import own_limits
from models.session import SessionView


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a limit begins, in the vital's unit; ``met`` says whether the value itself already counts."""

    value: float
    met: bool = True

    def words(self, *, low: bool) -> str:
        """Return how the panel says it: ``from 149``, ``above 140``, ``to 100``, ``below 65``."""
        preposition = ("to" if self.met else "below") if low else ("from" if self.met else "above")
        return f"{preposition} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Band:
    """The four edges of a vital's range; ``None`` where there is no limit."""

    critical_low: Edge | None = None
    caution_low: Edge | None = None
    caution_high: Edge | None = None
    critical_high: Edge | None = None


def band_in_force(view: SessionView, vital: str, *, started: bool) -> Band:
    """Return the limits of ``vital`` before or after the start of the infusion.

    Before the start the gate replaces the high limits of both pressures; after it the baseline rules join in, and the
    stricter limit counts.
    """
    limits = view.limits_of(vital)

    def edge(value: float | None) -> Edge | None:
        return None if value is None else Edge(value, limits.inclusive)

    clinic = Band(
        edge(limits.critical_low),
        edge(limits.caution_low),
        edge(limits.caution_high),
        edge(limits.critical_high),
    )
    if vital not in {"sbp", "dbp"}:
        return clinic
    return _stricter(clinic, _own(view, vital)) if started else _gated(view, vital, clinic)


def _gated(view: SessionView, vital: str, clinic: Band) -> Band:
    gate = view.protocol.gate
    older = view.patient.age_on(view.arrived_at.astimezone(view.zone).date()) > gate.older_than
    sbp_caution = gate.sbp_caution_above_older if older else gate.sbp_caution_above
    caution, critical = {
        "sbp": (sbp_caution, gate.sbp_critical),
        "dbp": (gate.dbp_caution_above, gate.dbp_critical),
    }[vital]
    return Band(clinic.critical_low, clinic.caution_low, Edge(caution, met=False), Edge(critical))


def _own(view: SessionView, vital: str) -> Band:
    own = own_limits(view.protocol, view.baseline.values if view.baseline else {})

    def edge(value: int | None) -> Edge | None:
        return None if value is None else Edge(value)

    if vital == "dbp":
        return Band(caution_high=edge(own.dbp_caution_high))
    return Band(
        edge(own.sbp_critical_low),
        edge(own.sbp_caution_low),
        edge(own.sbp_caution_high),
        edge(own.sbp_critical_high),
    )


def _stricter(one: Band, other: Band) -> Band:
    return Band(
        _pick(max, one.critical_low, other.critical_low),
        _pick(max, one.caution_low, other.caution_low),
        _pick(min, one.caution_high, other.caution_high),
        _pick(min, one.critical_high, other.critical_high),
    )


def _pick(choose: Callable[..., Edge], *edges: Edge | None) -> Edge | None:
    known = [edge for edge in edges if edge is not None]
    return choose(known, key=lambda edge: edge.value) if known else None
