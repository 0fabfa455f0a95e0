"""Adverse events of many sessions for a spreadsheet: one row per event, as it stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from models.exchange.afterwards import causality
from models.exchange.csv import harmless
from models.moments import iso
from models.session import Event, SessionView

Found = tuple[SessionView, Event]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the type as pandas knows it, the unit, what it means, and how it is told."""

    name: str
    dtype: str
    unit: str
    meaning: str
    tell: Callable[[SessionView, Event], object]


def _texts(values: Iterable[str] | None) -> str | None:
    return None if values is None else "; ".join(values)


COLUMNS: Final[tuple[Column, ...]] = (
    Column("session", "string", "", "id of the session", lambda view, _: view.id),
    Column("event", "string", "", "id of the event", lambda _, event: event.id),
    Column("patient", "string", "", "record number of the patient", lambda view, _: view.patient.mrn),
    Column("chair", "string", "", "name of the chair at the end", lambda view, _: view.chair.name),
    Column("term", "string", "", "the event in words", lambda _, event: event.term),
    Column("onset_at", "datetime64[us, UTC]", "", "when it began", lambda _, event: iso(event.onset_at)),
    Column(
        "resolved_at",
        "datetime64[us, UTC]",
        "",
        "when it ended; empty while it is open or nobody said",
        lambda _, event: None if event.resolved_at is None else iso(event.resolved_at),
    ),
    Column("open", "boolean", "", "whether it has not ended", lambda _, event: event.open),
    Column("grade", "Int64", "", "CTCAE v5 grade, 1 to 5; empty where nobody graded it", lambda _, event: event.grade),
    Column(
        "serious",
        "string",
        "",
        "ICH E2A reasons with semicolons between, `no` where it was said not to be serious, empty where nobody said",
        lambda _, event: "no" if event.serious == () else _texts(event.serious),
    ),
    Column("action_taken", "string", "", "what was done with the infusion", lambda _, event: event.action_taken),
    Column("interventions", "string", "", "what else was done", lambda _, event: _texts(event.interventions) or None),
    Column("outcome", "string", "", "how it ended", lambda _, event: event.outcome),
    Column(
        "causality", "string", "", "WHO-UMC, as reviewed last", lambda view, event: causality(view, event)["causality"]
    ),
    Column(
        "minutes_from_start",
        "Float64",
        "min",
        "from the start of the infusion to the onset, negative before; empty without a start",
        lambda _, event: None if event.minutes_from_start is None else round(event.minutes_from_start, 2),
    ),
    Column("delivered_mg", "Float64", "mg", "dose given by the onset", lambda _, event: event.delivered_mg),
    Column("rate_mg_h", "Float64", "mg/h", "rate that ran at the onset", lambda _, event: event.rate_mg_h),
    Column("last_sbp", "Float64", "mmHg", "last systolic before it", lambda _, event: (event.last_bp or (None,))[0]),
    Column(
        "last_dbp", "Float64", "mmHg", "last diastolic before it", lambda _, event: event.last_bp and event.last_bp[1]
    ),
    Column("author", "string", "", "account that charted it first", lambda _, event: event.author),
    Column("note", "string", "", "in the nurse's words", lambda _, event: event.note),
)


def events_csv(found: Iterable[Found]) -> str:
    """Return events as CSV with a header line; what nobody said is empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([one.name for one in COLUMNS])
    for view, event in found:
        writer.writerow([_cell(one.tell(view, event)) for one in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else value
