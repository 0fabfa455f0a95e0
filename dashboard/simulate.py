"""Invented patients whose pressures, heart rate and scores follow the dose over time: pure, drawn from a seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Final

from models.infusion import Segment
from models.moments import minutes_between

STANDARD_RATE_MG_KG_H: Final = 0.75
"""0.5 mg/kg over 40 minutes: the regimen behind the published rises, by which an effect of 1 is defined."""
LAG_MIN: Final = 14.0
"""Time constant of the effect, chosen so that it peaks with the infusion and is gone an hour after its end."""
FULL_MIN: Final = 40.0
NAUSEA_SHARE: Final = 0.27
"""Share with nausea under esketamine 84 mg, n = 227."""
NOISE_MMHG: Final = 3.5


def dice(*seed: object) -> Random:
    """Return a source of chance that gives the same draws for the same seed."""
    return Random("/".join(str(part) for part in seed))


@dataclass(frozen=True, slots=True)
class Invented:
    """A person who does not exist, and how this person reacts to ketamine.

    Pressures in mmHg, ``*_rise`` is the change at full effect; ``*_peak`` is the score at full effect, 0 to 10.
    """

    mrn: str
    family: str
    given: str
    born: date
    sex: str
    indication: str
    weight_kg: float
    sbp: float = 122
    dbp: float = 76
    hr: float = 72
    sbp_rise: float = 16
    dbp_rise: float = 8.5
    hr_rise: float = 4
    dissociation_peak: float = 4
    nausea_peak: float = 0
    headache: float = 4
    sleepy: bool = False
    distress_prone: bool = False
    noise: float = NOISE_MMHG


@dataclass(frozen=True, slots=True)
class Character:
    """The part of a person that is drawn: baseline and reaction."""

    weight_kg: float
    sbp: float
    dbp: float
    hr: float
    sbp_rise: float
    dbp_rise: float
    hr_rise: float
    dissociation_peak: float
    nausea_peak: float
    headache: float
    sleepy: bool
    distress_prone: bool


def character(chance: Random) -> Character:
    """Draw how somebody is and reacts.

    Rises follow Yale 2024 (systolic +16, SD 11 mmHg at 40 min, 2,342 infusions; the spread includes two
    measurements' noise) and Vankawala 2021 (diastolic +8.5 mmHg, heart rate +4).
    """
    shared = chance.gauss(0, 1)
    sbp = _within(chance.gauss(124, 11), 98, 146)
    return Character(
        weight_kg=round(_within(chance.gauss(76, 15), 46, 128), 1),
        sbp=sbp,
        dbp=_within(sbp * 0.62 + chance.gauss(0, 5), 54, 88),
        hr=_within(chance.gauss(73, 9), 54, 98),
        sbp_rise=_within(16 + 9.8 * shared, -12, 52),
        dbp_rise=_within(8.5 + 4 * shared + chance.gauss(0, 3), -8, 30),
        hr_rise=_within(chance.gauss(4, 7), -12, 28),
        dissociation_peak=_within(chance.gauss(4.2, 1.8), 0.5, 9),
        nausea_peak=_within(chance.gauss(4, 1.7), 1.2, 8) if chance.random() < NAUSEA_SHARE else 0,
        headache=_within(chance.gauss(4.5, 1.8), 0, 9),
        sleepy=chance.random() < 0.3,  # noqa: PLR2004  # somnolence 21 % and those who close their eyes
        distress_prone=chance.random() < 0.06,  # noqa: PLR2004  # a few in a hundred
    )


def effect_at(segments: Sequence[Segment], weight_kg: float, at: datetime) -> float:
    """Return the effect of what was infused: 0 none, 1 as after 40 minutes of 0.75 mg/kg/h.

    The effect follows the rate with a first-order lag; after the end it fades with the same constant.
    """
    full = STANDARD_RATE_MG_KG_H * (1 - math.exp(-FULL_MIN / LAG_MIN))
    total = 0.0
    for segment in segments:
        since = max(0.0, minutes_between(segment.since, at))
        until = 0.0 if segment.until is None else max(0.0, minutes_between(segment.until, at))
        share = math.exp(-until / LAG_MIN) - math.exp(-since / LAG_MIN)
        total += float(segment.rate_mg_h) / weight_kg * max(0.0, share)
    return total / full


def pressures(patient: Invented, effect: float, chance: Random) -> dict[str, int]:
    """Return pressures and heart rate at an effect, with the noise of one measurement; SBP above DBP always."""
    sbp = round(_within(patient.sbp + patient.sbp_rise * effect + chance.gauss(0, patient.noise), 76, 218))
    dbp = patient.dbp + patient.dbp_rise * effect + chance.gauss(0, patient.noise * 0.8)
    hr = patient.hr + patient.hr_rise * effect + chance.gauss(0, patient.noise * 0.8)
    return {"sbp": sbp, "dbp": round(_within(dbp, 41, min(128, sbp - 22))), "hr": round(_within(hr, 44, 148))}


def scores(patient: Invented, effect: float, chance: Random, eased: float = 1.0) -> dict[str, int]:
    """Return dissociation and nausea at an effect; ``eased`` is what an antiemetic leaves of the nausea."""
    felt = min(effect, 1.2)
    dissociation = patient.dissociation_peak * felt**1.3 + chance.gauss(0, 0.4)
    nausea = patient.nausea_peak * eased * felt**1.5 + chance.gauss(0, 0.3)
    faint = effect < 0.04  # noqa: PLR2004  # nothing left to feel
    return {
        "dissociation": 0 if faint else round(_within(dissociation, 0, 10)),
        "nausea": 0 if faint or patient.nausea_peak == 0 else round(_within(nausea, 0, 10)),
    }


def breathing(patient: Invented, effect: float, chance: Random) -> dict[str, int]:
    """Return oxygen saturation, respiratory rate, sedation and headache at an effect."""
    drowsy = patient.sleepy and effect > 0.5  # noqa: PLR2004  # in the upper half of the effect
    relief = 1 - 0.5 * min(1.0, effect)
    return {
        "spo2": round(_within(chance.gauss(97.6, 0.8) - 0.6 * effect, 93, 100)),
        "rr": round(_within(chance.gauss(15, 1.2) - 1.2 * effect, 12, 20)),
        "sedation": 4 if drowsy else 5,
        "headache": round(_within(patient.headache * relief + chance.gauss(0, 0.3), 0, 10)),
    }


def is_distressed(patient: Invented, dissociation: int) -> bool:
    """Say whether the dissociation is felt as distressing: only in some people, and only where it is strong."""
    return patient.distress_prone and dissociation >= 6  # noqa: PLR2004  # the upper moderate range


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
