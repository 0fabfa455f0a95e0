"""The vital signs and scores that can be charted: one registry, read by everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Band:
    """A closed range in the vital's unit."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """Say whether ``value`` lies in the range, ends included."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Word:
    """The word of a scale for the digits ``low`` to ``high``."""

    low: int
    high: int
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a published system, shipped only where it has been checked."""

    system: str
    code: str
    display: str


LOINC: Final = "http://loinc.org"
LOCAL: Final = "urn:chairside:vital"


@dataclass(frozen=True, slots=True)
class Vital:
    """One thing that is measured or scored at the chair.

    ``accepted`` is what can be stored at all, ``unusual`` what is stored without a question; between the two the
    nurse confirms. ``step`` is the change against the previous value that wants confirming (scores only).
    """

    key: str
    label: str
    short: str
    unit: str
    ucum: str
    accepted: Band
    axis: Band
    source: str
    codes: tuple[Code, ...] = ()
    unusual: Band | None = None
    step: int | None = None
    words: tuple[Word, ...] = ()
    core: bool = False
    computed: bool = False
    lower_is_worse: bool = False

    @property
    def is_score(self) -> bool:
        """Say whether this is a score with a word for each digit, entered by button."""
        return bool(self.words)

    def word(self, value: float) -> str:
        """Return the word of the scale for ``value``; empty where there is none."""
        return next((word.text for word in self.words if word.low <= value <= word.high), "")

    @property
    def digits(self) -> range:
        """Return the whole numbers of the scale, lowest first."""
        return range(int(self.accepted.low), int(self.accepted.high) + 1)


_ZERO_TO_TEN: Final = Band(0, 10)
_SEVERITY_WORDS: Final = (Word(0, 0, "none"), Word(1, 3, "mild"), Word(4, 6, "moderate"), Word(7, 10, "severe"))

VITALS: Final[tuple[Vital, ...]] = (
    Vital(
        key="sbp",
        label="Systolic pressure",
        short="SBP",
        unit="mmHg",
        ucum="mm[Hg]",
        accepted=Band(30, 300),
        unusual=Band(70, 220),
        axis=Band(40, 220),
        codes=(Code(LOINC, "8480-6", "Systolic blood pressure"),),
        core=True,
        source="Riva-Posse 2018; CTCAE v5; NEWS2, RCP 2017",
    ),
    Vital(
        key="dbp",
        label="Diastolic pressure",
        short="DBP",
        unit="mmHg",
        ucum="mm[Hg]",
        accepted=Band(20, 200),
        unusual=Band(40, 130),
        axis=Band(40, 220),
        codes=(Code(LOINC, "8462-4", "Diastolic blood pressure"),),
        core=True,
        source="CTCAE v5; esketamine label",
    ),
    Vital(
        key="map",
        label="Mean pressure",
        short="MAP",
        unit="mmHg",
        ucum="mm[Hg]",
        accepted=Band(20, 240),
        axis=Band(40, 220),
        computed=True,
        source="(SBP + 2 DBP) / 3, rounded, halves up; perioperative target 65",
    ),
    Vital(
        key="hr",
        label="Heart rate",
        short="HR",
        unit="/min",
        ucum="/min",
        accepted=Band(20, 250),
        unusual=Band(40, 150),
        axis=Band(30, 150),
        codes=(Code(LOINC, "8867-4", "Heart rate"),),
        core=True,
        source="NEWS2, RCP 2017",
    ),
    Vital(
        key="spo2",
        label="Oxygen saturation",
        short="SpO2",
        unit="%",
        ucum="%",
        accepted=Band(50, 100),
        unusual=Band(85, 100),
        axis=Band(80, 100),
        codes=(
            Code(LOINC, "2708-6", "Oxygen saturation in Arterial blood"),
            Code(LOINC, "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
        ),
        source="NEWS2 scale 1, RCP 2017",
    ),
    Vital(
        key="rr",
        label="Respiratory rate",
        short="RR",
        unit="/min",
        ucum="/min",
        accepted=Band(0, 60),
        unusual=Band(6, 35),
        axis=Band(0, 40),
        codes=(Code(LOINC, "9279-1", "Respiratory rate"),),
        source="NEWS2, RCP 2017; 0 is recordable: apnoea",
    ),
    Vital(
        key="dissociation",
        label="Dissociation",
        short="Dissociation",
        unit="/10",
        ucum="{score}",
        accepted=_ZERO_TO_TEN,
        axis=_ZERO_TO_TEN,
        step=5,
        words=(
            Word(0, 0, "none"),
            Word(1, 3, "mild"),
            Word(4, 6, "moderate"),
            Word(7, 8, "strong"),
            Word(9, 10, "overwhelming"),
        ),
        codes=(Code(LOCAL, "dissociation", "Dissociation, 0 to 10, as judged at the chair"),),
        core=True,
        source="local; one item, no published cut-off",
    ),
    Vital(
        key="nausea",
        label="Nausea",
        short="Nausea",
        unit="/10",
        ucum="{score}",
        accepted=_ZERO_TO_TEN,
        axis=_ZERO_TO_TEN,
        step=5,
        words=_SEVERITY_WORDS,
        codes=(Code(LOCAL, "nausea", "Nausea, 0 to 10"),),
        core=True,
        source="moderate and severe bands of a 0-10 scale",
    ),
    Vital(
        key="sedation",
        label="Sedation (MOAA/S)",
        short="MOAA/S",
        unit="/5",
        ucum="{score}",
        accepted=Band(0, 5),
        axis=Band(0, 5),
        step=5,
        words=(
            Word(5, 5, "answers readily"),
            Word(4, 4, "lethargic"),
            Word(3, 3, "to loud voice"),
            Word(2, 2, "to mild prodding"),
            Word(1, 1, "to trapezius squeeze"),
            Word(0, 0, "no response"),
        ),
        codes=(Code(LOCAL, "sedation", "Modified Observer's Assessment of Alertness/Sedation"),),
        lower_is_worse=True,
        source="MOAA/S scale; cut-offs local",
    ),
    Vital(
        key="headache",
        label="Headache",
        short="Headache",
        unit="/10",
        ucum="{score}",
        accepted=_ZERO_TO_TEN,
        axis=_ZERO_TO_TEN,
        step=5,
        words=_SEVERITY_WORDS,
        codes=(Code(LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"),),
        source="2-point responder unit, Pomeroy 2017",
    ),
)

BY_KEY: Final = {vital.key: vital for vital in VITALS}
CHARTED: Final = tuple(vital for vital in VITALS if not vital.computed)
PRESSURE: Final = ("sbp", "dbp")
CORE: Final = tuple(vital.key for vital in VITALS if vital.core)


def mean_pressure(sbp: float, dbp: float) -> int:
    """Return the mean arterial pressure in mmHg: (SBP + 2 DBP) / 3, halves up."""
    return int((sbp + 2 * dbp) / 3 + 0.5)
