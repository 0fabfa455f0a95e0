"""Medicines that sedate or slow breathing, and which values every set has to bring after one of them or oxygen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from models.entries import Medication
from models.session import SessionView

BREATHING: Final = ("spo2", "rr", "sedation")


def sedates(name: str, medicines: Iterable[str]) -> bool:
    """Say whether a word of a name as it was charted begins with one of the medicines of a protocol."""
    said = name.casefold()
    return any(re.search(rf"\b{re.escape(one.casefold())}", said) for one in medicines)


def required(view: SessionView) -> tuple[str, ...]:
    """Return the values that every set has to bring besides the core; a set without them is stored all the same."""
    given = [said.content for said in view.medications]
    named = view.protocol.discharge.sedatives
    sedated = any(isinstance(one, Medication) and sedates(one.name, named) for one in given)
    oxygen = any(one.reading is not None and (one.reading.oxygen_l_min or 0) > 0 for one in view.readings)
    return BREATHING if sedated or oxygen else ()


def asked(view: SessionView) -> tuple[str, ...]:
    """Return the values asked for in the next set: those of its phase, and what is required now."""
    of_phase = view.protocol.sets.get(view.due.asked, ())
    return tuple(dict.fromkeys((*of_phase, *required(view))))
