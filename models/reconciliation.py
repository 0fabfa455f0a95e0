"""The pump against the record at the end: what its display says went in, and what the record makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from models.entries import Waste
from models.infusion import decimal, rounded
from models.session import SessionView

DIFFERS_PERCENT: Final = Decimal(5)
"""Local: a difference above this share of the record wants a look."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The volume on the pump and the one of the record in mL; ``None`` where no concentration was charted."""

    pump_ml: Decimal
    record_ml: Decimal | None
    entry_id: str

    @property
    def difference_ml(self) -> Decimal | None:
        """Return what the pump shows above the record."""
        return None if self.record_ml is None else rounded(self.pump_ml - self.record_ml)

    @property
    def differs(self) -> bool | None:
        """Say whether the two are too far apart; ``None`` where they cannot be compared."""
        if self.record_ml is None or self.difference_ml is None:
            return None
        return abs(self.difference_ml) * 100 > DIFFERS_PERCENT * self.record_ml


def reconciled(view: SessionView) -> Reconciled | None:
    """Return the newest volume that was read off the pump, against the dose by then; ``None`` where none was."""
    for action in reversed(view.pump.actions):
        if action.content.pump_ml is not None:
            return Reconciled(decimal(action.content.pump_ml), view.pump.delivered_ml(action.at), action.entry_id)
    return None


def wasted_mg(view: SessionView) -> Decimal:
    """Return what was thrown away, in mg."""
    amounts = [
        decimal(one.written.content.amount_mg)
        for one in view.effective
        if not one.struck and isinstance(one.written.content, Waste)
    ]
    return sum(amounts, Decimal(0))
