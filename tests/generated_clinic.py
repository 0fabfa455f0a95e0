"""A clinic made up by dice: sessions of every kind, charted as people chart, mistakes and corrections included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from models.entries import (
    Acknowledgement,
    Content,
    Entry,
    FollowUp,
    Infusion,
    Medication,
    Override,
    Phase,
    Reading,
    Screening,
    Signature,
)
from models.moments import MIN
from models.terms import SCREENING
from tests.sample_sessions import ALL_NO, START, Sheet, core, event

PATIENTS: Final = 40
NURSES: Final = ("m.silva", "r.okafor", "j.brandt")
TERMS: Final = ("Nausea", "nausea", "Dizziness", "Headache", "Syncope", "Felt odd")
GRADES: Final = (None, 1, 1, 2, 2, 3, 4)
SERIOUS: Final[tuple[list[str] | None, ...]] = (
    None,
    None,
    None,
    [],
    ["other_important"],
    ["hospitalisation", "life_threatening"],
)
SCREENED: Final = Screening(dict.fromkeys(SCREENING, "no") | {"pregnancy": "yes"}, Override("test negative"))


def sheets(number: int, seed: int = 7) -> Iterator[Sheet]:
    """Yield ``number`` sessions of a few patients over a year; the same for the same seed."""
    for place in range(number):
        yield _Session(place, Random(f"{seed} {place}")).sheet


class _Session:
    """One session being charted."""

    def __init__(self, place: int, dice: Random) -> None:
        self.dice, self.nurse = dice, dice.choice(NURSES)
        patient = place % PATIENTS
        start = START + timedelta(days=place // PATIENTS * 7, minutes=dice.randrange(600))
        chair = str(dice.randrange(1, 9))
        self.sheet = Sheet(f"made {place}", start=start, chair=chair, mrn=f"50-{patient}", family=f"Family{patient}")
        self.events: dict[str, tuple[float, str]] = {}
        self._before()
        if dice.random() < 0.95:
            self._infusion()
        self._end()

    def write(self, minute: float, content: Content) -> Entry:
        typed = minute + 7 if self.dice.random() < 0.05 else None
        return self.sheet.write(minute, content, by=self.nurse, typed=typed)

    def _before(self) -> None:
        self.write(-15, SCREENED if self.dice.random() < 0.1 else ALL_NO)
        if self.dice.random() < 0.93:
            self.write(-8, self._set(self.dice.randrange(100, 165), headache=self.dice.randrange(0, 9)))

    def _set(self, sbp: int, **more: int) -> Reading:
        dice = self.dice
        return core(
            sbp, sbp - dice.randrange(35, 55), dice.randrange(52, 118), dice.randrange(11), dice.randrange(9), **more
        )

    def _infusion(self) -> None:
        dice, length = self.dice, self.dice.choice((30, 40, 60, 90))
        self.write(0, Infusion("start", float(dice.choice((24, 36, 48, 60))), happened=dice.random() < 0.3))
        for minute in range(10, length + 40, dice.choice((10, 10, 14))):
            self._chart(minute, self._set(dice.randrange(100, 190), headache=dice.randrange(0, 9)))
        if dice.random() < 0.4:
            self.write(length / 3, Infusion("pause", reason="washroom"))
            self.write(length / 3 + 4, Infusion("resume", 36.0))
        if dice.random() < 0.3:
            self.write(length / 2, Infusion("bolus", dose_mg=5.0))
        for number in range(dice.choice((0, 0, 1, 1, 2, 3))):
            self._event(number, dice.uniform(-6, length + 30))
        self.write(length, Infusion("stop"))

    def _chart(self, minute: float, reading: Reading) -> None:
        """Chart a set; sometimes it is corrected or struck, and an alert is answered."""
        dice, written = self.dice, self.write(minute, reading)
        chance = dice.random()
        if chance < 0.06:
            self.sheet.correct(minute + 2, written, self._set(dice.randrange(100, 150)), "typing error", by=self.nurse)
        elif chance < 0.09:
            self.sheet.correct(minute + 2, written, None, "other patient", by=self.nurse)
        elif reading.values["sbp"] >= 180 and chance < 0.6:
            self.sheet.write(minute + 1.5, Acknowledgement(f"SBP_HIGH:{written.id}", "clinician told"), by=self.nurse)
        elif reading.values["nausea"] >= 7:
            self.write(minute + 3, Medication("Ondansetron", 4, "mg", "IV"))

    def _event(self, number: int, minute: float) -> None:
        dice, term = self.dice, self.dice.choice(TERMS)
        name = f"{self.sheet.name} {number}"
        onset = self.sheet.start + round(minute, 1) * MIN
        more = {"grade": dice.choice(GRADES), "serious": dice.choice(SERIOUS)}
        said = {key: value for key, value in more.items() if value is not None}
        written = self.write(max(minute, 1) + 1, event(name, term, onset, **said))
        if dice.random() < 0.6:
            over = said | {"outcome": "recovered", "resolved_at": (onset + 20 * MIN).isoformat()}
            self.write(max(minute, 1) + 25, event(name, term, onset, **over))
        elif dice.random() < 0.2:
            self.sheet.correct(minute + 30, written, None, "entered in error", by=self.nurse)

    def _end(self) -> None:
        dice = self.dice
        if dice.random() < 0.1:
            return
        started = any(isinstance(one.content, Infusion) for one in self.sheet.entries)
        self.write(170, Phase("closed" if started else "cancelled", "went home"))
        if dice.random() < 0.7:
            self.sheet.write(180, Signature("Reviewed and agreed", len(self.sheet.entries)), by="a.lindqvist")
            if dice.random() < 0.5:
                self.sheet.write(1500, FollowUp(headache=dice.randrange(0, 9)), by=self.nurse)
