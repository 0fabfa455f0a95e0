"""Protocols: the limits, intervals and gates a session is judged by, as versioned data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from models.terms import SCREENING, SEDATIVES

LOCAL: Final = "local"
"""Marks a number that is a proposal without a published authority."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one vital, in its unit; ``None`` where there is none.

    ``inclusive`` limits are met by the value itself (SBP 160 meets 160), others only beyond it (MAP below 65).
    """

    critical_low: float | None = None
    caution_low: float | None = None
    caution_high: float | None = None
    critical_high: float | None = None
    inclusive: bool = True
    source: str = LOCAL


@dataclass(frozen=True, slots=True)
class Relative:
    """Limits against the patient's own baseline; percents are exceeded, floors and ceilings are met."""

    sbp_high_caution_percent: int = 20
    sbp_high_caution_floor: int = 140
    sbp_high_critical_percent: int = 40
    sbp_high_critical_floor: int = 160
    sbp_low_caution_percent: int = 20
    sbp_low_caution_ceiling: int = 110
    sbp_low_critical_percent: int = 40
    dbp_rise: int = 25
    dbp_rise_floor: int = 90
    headache_rise: int = 2
    source: str = "mean rise +16 (SD 11) mmHg at 40 min over 2,342 infusions, Yale 2024; percents and floors local"


@dataclass(frozen=True, slots=True)
class Rise:
    """How fast SBP may rise: so many mmHg over the value before, where that is at most so many minutes old.

    Off without a number; both numbers are met. Nothing is published on it, so a clinic that wants it names its source.
    """

    sbp_mmhg: int | None = None
    within_min: int = 10
    source: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Pressures before the start: caution above, critical from; in mmHg, ages in years."""

    sbp_caution_above: int = 140
    sbp_caution_above_older: int = 150
    older_than: int = 65
    sbp_critical: int = 160
    dbp_caution_above: int = 90
    dbp_critical: int = 100
    source: str = "esketamine label and phase-3 protocol; critical local"


@dataclass(frozen=True, slots=True)
class Together:
    """Limits that count only together with a symptom or a switch."""

    symptomatic_sbp: int = 160
    symptomatic_dbp: int = 100
    distress_score: int = 7
    vomiting_sedation: int = 3
    borrow_min: int = 10
    source: str = "distress was 33 of 47 discontinuations in a review of 6,630 patients; cut-offs local"


@dataclass(frozen=True, slots=True)
class Intervals:
    """When the next complete set is due, in minutes."""

    before_first: int = 15
    before_again: int = 10
    infusion: int = 10
    after_trigger: int = 5
    recovery: int = 15
    grace: int = 2
    source: str = "every 10 during and 15 after: Riva-Posse 2018, 684 infusions; after a trigger, grace: local"


@dataclass(frozen=True, slots=True)
class Discharge:
    """What has to be met before somebody goes home.

    Minutes count from the end of the infusion and from the last medicine named in ``sedatives`` (where a word of its
    name begins with one of them); after it every set also asks for saturation, respiratory rate and sedation. Highest
    and lowest values are met by the value itself, ``sbp_below`` and ``dbp_below`` only under it.
    """

    minutes_after: int = 60
    sbp_percent: int = 20
    sbp_below: int = 160
    dbp_below: int = 100
    hr_lowest: int = 51
    hr_highest: int = 110
    spo2_lowest: int = 94
    sedation_lowest: int = 5
    dissociation_most: int = 1
    nausea_most: int = 3
    reading_age_min: int = 15
    sedatives: tuple[str, ...] = SEDATIVES
    sedatives_source: str = "FDA boxed warning 2016 on opioids with benzodiazepines; esketamine label; names local"
    source: str = "local gate; a clinician may override with a reason"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts by what they speak of: a question by its condition, what to do by its rule."""

    texts: dict[str, str]
    source: str = LOCAL


def _default_questions() -> Words:
    return Words(dict(SCREENING), "esketamine label; consensus guidelines ASRA/AAPM/ASA 2018; wording local")


def _default_do_this() -> Words:
    again = "Measure again within 5 min."
    pressure = f"{again} Ask for headache, chest pain, breathlessness, vision. Tell the clinician."
    breathing = "Rouse and reposition, look at the airway. Pause the infusion. Call the clinician."
    return Words(
        {
            "SBP_HIGH": pressure,
            "DBP_HIGH": pressure,
            "SBP_REL_HIGH": pressure,
            "DBP_DELTA": pressure,
            "SBP_RISE": pressure,
            "SBP_LOW": f"Legs up. {again} Tell the clinician.",
            "SBP_REL_LOW": f"Legs up. {again} Tell the clinician.",
            "DBP_LOW": f"Legs up. {again} Tell the clinician.",
            "MAP_LOW": f"Legs up. {again} Tell the clinician.",
            "HR_HIGH": f"{again} Tell the clinician.",
            "HR_LOW": f"{again} Tell the clinician.",
            "SPO2_LOW": breathing,
            "RR_LOW": breathing,
            "RR_HIGH": f"{again} Tell the clinician.",
            "SEDATION_LOW": breathing,
            "DISSOCIATION_HIGH": "Stay near, speak calmly, lower light and sound. Ask whether it is distressing.",
            "DISTRESS": "Stay with the patient, reassure. Lower the rate or pause. Call the clinician.",
            "NAUSEA_HIGH": "Turn to the side, basin within reach. Ask the clinician for an antiemetic.",
            "VOMITING": "Turn to the side, clear the airway. Pause the infusion. Tell the clinician.",
            "HEADACHE_RISE": "Measure the pressure. Ask for vision, weakness, speech.",
            "SYMPTOMATIC_HTN": "Stop the infusion. Call the clinician to the chair now.",
            "RED_SYMPTOM": "Stop the infusion. Call the clinician to the chair now.",
            "RED_EVENT": "Stop the infusion. Call the emergency team now.",
            "PRE_SBP": "Let rest for 5 to 10 min and measure again before the start.",
            "PRE_DBP": "Let rest for 5 to 10 min and measure again before the start.",
            "OVERDUE": "Chart a complete set now, or say what cannot be measured and why.",
        },
    )


def _default_limits() -> dict[str, Limits]:
    news2 = "NEWS2, RCP 2017"
    return {
        "sbp": Limits(90, 100, 160, 180, source="NEWS2, RCP 2017; CTCAE v5 grade 3; esketamine label, BP >= 180"),
        "dbp": Limits(40, 50, 100, 110, source="CTCAE v5 grade 3; esketamine label; low side local"),
        "map": Limits(60, 65, inclusive=False, source="perioperative target 65"),
        "hr": Limits(40, 50, 111, 131, source=news2),
        "spo2": Limits(91, 93, source="NEWS2 scale 1, RCP 2017"),
        "rr": Limits(8, 11, 21, 25, source=news2),
        "dissociation": Limits(None, None, 7, 9, source="local; no published cut-off on one item"),
        "nausea": Limits(None, None, 4, 7, source="moderate and severe bands of a 0-10 scale"),
        "sedation": Limits(2, 3, source="MOAA/S scale text; cut local"),
    }


def _default_sets() -> dict[str, tuple[str, ...]]:
    core = ("sbp", "dbp", "hr", "dissociation", "nausea")
    return {
        "before": (*core, "spo2", "rr", "sedation", "headache"),
        "infusion": (*core, "spo2"),
        "after_trigger": (*core, "spo2", "sedation"),
        "recovery": (*core, "spo2", "sedation", "headache"),
    }


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version of the limits and intervals; immutable once a session uses it.

    ``limits`` is keyed by vital, ``sets`` names the vitals asked in each phase. A vital without an entry in
    ``limits`` is charted and never judged.
    """

    name: str = "Clinic default, adult"
    version: int = 1
    limits: dict[str, Limits] = field(default_factory=_default_limits)
    relative: Relative = Relative()
    gate: Gate = Gate()
    together: Together = Together()
    intervals: Intervals = Intervals()
    sets: dict[str, tuple[str, ...]] = field(default_factory=_default_sets)
    discharge: Discharge = Discharge()
    screening: Words = field(default_factory=_default_questions)
    do_this: Words = field(default_factory=_default_do_this)
    rise: Rise = Rise()

    def limits_of(self, vital: str) -> Limits:
        """Return the limits of ``vital``; empty limits where the protocol names none."""
        return self.limits.get(vital, _NO_LIMITS)

    def as_json(self) -> dict[str, Any]:
        """Return the protocol as plain data, the form in which it is stored."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Protocol:
        """Read a protocol back from its stored form; parts that it is too old to have are those of the default."""
        parts = {name: read(stored[name]) for name, read in _ADDED_LATER.items() if name in stored}
        return cls(
            name=stored["name"],
            version=stored["version"],
            limits={key: Limits(**value) for key, value in stored["limits"].items()},
            relative=Relative(**stored["relative"]),
            gate=Gate(**stored["gate"]),
            together=Together(**stored["together"]),
            intervals=Intervals(**stored["intervals"]),
            sets={key: tuple(value) for key, value in stored["sets"].items()},
            **parts,
        )

    def fingerprint(self) -> str:
        """Return a digest of everything in it, to tell whether two versions are the same."""
        return sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()


def _discharge(stored: dict[str, Any]) -> Discharge:
    """Read the part; a list that was stored without a source of its own was the clinic's."""
    return Discharge(**{"sedatives_source": LOCAL} | stored | {"sedatives": tuple(stored["sedatives"])})


_ADDED_LATER: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "discharge": _discharge,
    "screening": lambda stored: Words(**stored),
    "do_this": lambda stored: Words(**stored),
    "rise": lambda stored: Rise(**stored),
}
_NO_LIMITS: Final = Limits()
STANDARD: Final = Protocol()
