"""Sessions drawn at random by a seed: gaps, corrections of corrections, strikes, words that files stumble on."""

from __future__ import annotations

from random import Random
from typing import Final

from models.entries import Entry, Infusion, Medication, Note, Reading, Signature
from models.terms import NOT_DONE_REASONS, SYMPTOM_BY_KEY
from models.vitals import CHARTED, PRESSURE
from tests.sample_sessions import ALL_NO, Sheet, event

NASTY: Final = (
    "=1+1",
    "'=quoted already",
    "-5 since noon",
    'said "fine", twice',
    "a; b\nand a new line",
    "@home",
    "Ünïcødé 痛み",
    "nan",
    "NA",
    "'",
)


def generated(seed: int) -> Sheet:
    """Return the session of a seed, the same in every run."""
    draw = Random(seed)
    sheet = Sheet(f"generated {seed}")
    sheet.write(-15, ALL_NO)
    sheet.write(-8, reading(draw))
    sheet.write(0, Infusion("start", draw.choice((30, 49.4, 60)), concentration_mg_ml=draw.choice((None, 10))))
    for _ in range(draw.randint(2, 14)):
        _something(draw, sheet)
    if draw.random() < 0.5:
        sheet.write(100, Infusion("stop", reason=draw.choice(NASTY)))
    if draw.random() < 0.3:
        sheet.write(130, Signature("Reviewed", len(sheet.entries)), by="a.lindqvist")
        _something(draw, sheet)
    return sheet


def reading(draw: Random) -> Reading:
    """Return a reading with some values, some not done, each as likely as not."""
    values: dict[str, float] = {}
    undone: dict[str, str] = {}
    for vital in CHARTED:
        if vital.key in PRESSURE:
            continue
        said = draw.random()
        if said < 0.6:
            values[vital.key] = draw.randint(int(vital.accepted.low), int(vital.accepted.high))
        elif said < 0.75:
            undone[vital.key] = draw.choice((*NOT_DONE_REASONS, *NASTY))
    _pressure(draw, values, undone)
    symptoms = draw.choice((None, (), tuple(draw.sample(sorted(SYMPTOM_BY_KEY), 2))))
    return Reading(values, undone or None, draw.choice((None, False, True)), symptoms, draw.choice((None, 4)))


def _pressure(draw: Random, values: dict[str, float], undone: dict[str, str]) -> None:
    systolic = draw.randint(60, 250)
    match draw.randint(0, 3):
        case 0:
            undone["sbp"] = undone["dbp"] = "cuff failed"
        case 1:
            values["sbp"], undone["dbp"] = systolic, "palpated"
        case _:
            values["sbp"], values["dbp"] = systolic, draw.randint(30, systolic - 1)


def _something(draw: Random, sheet: Sheet) -> None:
    minute = draw.randint(0, 120)
    match draw.randint(0, 6):
        case 0:
            sheet.write(minute, Note(draw.choice(NASTY)), by=draw.choice(("m.silva", "r.okafor")))
        case 1:
            sheet.write(minute, Medication(draw.choice(NASTY), draw.choice((0.5, 4, 12.25)), "mg", "IV"))
        case 2:
            sheet.write(minute, event(f"{sheet.id} {minute}", draw.choice(NASTY), sheet.start, note=draw.choice(NASTY)))
        case 3:
            sheet.write(minute, draw.choice((Infusion("rate", 36), Infusion("pause"), Infusion("bolus", dose_mg=2.5))))
        case 4 | 5:
            _correct(draw, sheet, minute)
        case _:
            sheet.write(minute, reading(draw), typed=minute + draw.choice((0, 9)))


def _correct(draw: Random, sheet: Sheet, minute: float) -> None:
    """Correct a reading or a correction of one, or strike it."""
    found: list[Entry] = [entry for entry in sheet.entries if entry.kind in {"reading", "correction"}]
    wrong = draw.choice(found)
    right = None if draw.random() < 0.25 else reading(draw)
    sheet.correct(150 + minute, wrong, right, draw.choice(NASTY), at=draw.choice((-8, minute)))
