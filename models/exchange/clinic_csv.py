"""The lists of a whole clinic for a spreadsheet: its sessions and its patients, one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

from models.exchange.csv import harmless
from models.moments import iso
from models.session import Patient, SessionView

T = TypeVar("T")
MOMENT: Final = "datetime64[us, UTC]"


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: its name, the type as pandas knows it, the unit, what it means, and how it is told."""

    name: str
    dtype: str
    unit: str
    meaning: str
    tell: Callable[[T], object]


SESSIONS: Final[tuple[Column[SessionView], ...]] = (
    Column("session", "string", "", "id of the session", lambda view: view.id),
    Column("patient", "string", "", "record number of the patient", lambda view: view.patient.mrn),
    Column("chair", "string", "", "name of the chair at the end", lambda view: view.chair.name),
    Column("state", "string", "", "`active`, `closed` or `signed`", lambda view: view.state),
    Column("arrived_at", MOMENT, "", "when the patient took the chair", lambda view: view.arrived_at),
    Column("started_at", MOMENT, "", "start of the infusion", lambda view: view.started_at),
    Column("stopped_at", MOMENT, "", "stop of the infusion", lambda view: view.pump.stopped_at),
    Column("ended_at", MOMENT, "", "when the session was closed or signed", lambda view: view.ended_at),
    Column("weight_kg", "Float64", "kg", "weight", lambda view: view.opening.weight_kg),
    Column("planned_mg", "Float64", "mg", "planned dose", lambda view: view.opening.plan.dose_mg),
    Column("planned_min", "Float64", "min", "planned duration", lambda view: view.opening.plan.duration_min),
    Column("delivered_mg", "Float64", "mg", "dose given", lambda view: view.delivered_mg),
    Column("mg_per_kg", "Float64", "mg/kg", "dose given per body weight", lambda view: view.mg_per_kg),
    Column("protocol", "string", "", "name of the limits", lambda view: view.protocol.name),
    Column("protocol_version", "Int64", "", "version of the limits", lambda view: view.protocol.version),
    Column("events", "Int64", "", "number of adverse events", lambda view: len(view.events)),
    Column("signed_by", "string", "", "account that signed", lambda view: view.signed.author if view.signed else None),
    Column("last_seq", "Int64", "", "number of the last entry", lambda view: view.last_seq),
)
PATIENTS: Final[tuple[Column[Patient], ...]] = (
    Column("patient", "string", "", "record number", lambda one: one.mrn),
    Column("id", "string", "", "id of the patient", lambda one: one.id),
    Column("family", "string", "", "family name", lambda one: one.family),
    Column("given", "string", "", "given name", lambda one: one.given),
    Column("birth_date", "string", "", "date of birth", lambda one: one.born.isoformat()),
    Column("sex", "string", "", "male, female, other, unknown", lambda one: one.sex),
    Column("indication", "string", "", "what is treated", lambda one: one.indication),
)


def list_csv(columns: Iterable[Column[T]], rows: Iterable[T]) -> str:
    """Return a list as CSV with a header line; what is not known is empty."""
    told = list(columns)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([one.name for one in told])
    for row in rows:
        writer.writerow([_cell(one.tell(row)) for one in told])
    return out.getvalue()


def _cell(value: object) -> object:
    match value:
        case None:
            return ""
        case datetime():
            return iso(value)
        case Decimal():
            return f"{value:f}"
        case str():
            return harmless(value)
        case _:
            return value
