"""Which values every set has to bring once breathing may be slowed: after a benzodiazepine, an opioid or oxygen."""

from __future__ import annotations

from typing import Final

from models.entries import Medication
from models.session import SessionView

BREATHING: Final = ("spo2", "rr", "sedation")
SLOWS_BREATHING: Final = (
    *("midazolam", "lorazepam", "diazepam", "clonazepam", "alprazolam", "temazepam", "oxazepam"),
    *("morphine", "fentanyl", "remifentanil", "sufentanil", "hydromorphone", "oxycodone", "hydrocodone", "codeine"),
    *("tramadol", "tapentadol", "pethidine", "meperidine", "methadone", "buprenorphine"),
)
"""Benzodiazepines and opioids, by the name as it is charted."""


def slows_breathing(name: str) -> bool:
    """Say whether a medicine is a benzodiazepine or an opioid, whatever else stands in its name."""
    return any(one in name.casefold() for one in SLOWS_BREATHING)


def required(view: SessionView) -> tuple[str, ...]:
    """Return the values that every set has to bring besides the core; a set without them is stored all the same."""
    given = [said.content for said in view.medications]
    sedated = any(isinstance(one, Medication) and slows_breathing(one.name) for one in given)
    oxygen = any(one.reading is not None and (one.reading.oxygen_l_min or 0) > 0 for one in view.readings)
    return BREATHING if sedated or oxygen else ()


def asked(view: SessionView) -> tuple[str, ...]:
    """Return the values asked for in the next set: those of its phase, and what is required now."""
    of_phase = view.protocol.sets.get(view.due.asked, ())
    return tuple(dict.fromkeys((*of_phase, *required(view))))
