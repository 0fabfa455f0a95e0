"""The record of one session for a spreadsheet: one row per value or text, originals and corrections alike."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from models.corrections import not_applied
from models.entries import (
    BaselineSet,
    Content,
    Correction,
    Entry,
    Limit,
    Medication,
    Move,
    Opening,
    Reading,
    Written,
)
from models.moments import iso
from models.rules import Severity
from models.session import Judged, SessionView
from models.versions import replaced_by
from models.vitals import BY_KEY


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the record: its name, the type as pandas knows it, and what it means."""

    name: str
    dtype: str
    meaning: str


TOLD: Final[tuple[Column, ...]] = (
    Column("seq", "Int64", "number of the entry in its session, in the order of arrival"),
    Column("kind", "string", "kind of the entry"),
    Column("measured_at", "datetime64[us, UTC]", "when it was so; of a correction, the moment it puts in the place"),
    Column("recorded_at", "datetime64[us, UTC]", "when the server stored it"),
    Column("author", "string", "account or device that wrote it"),
    Column("vital", "string", "what the value or text is: a vital by its key, else the name of the field"),
    Column("value", "Float64", "the number, in its unit; empty where it is a text or was not done"),
    Column("unit", "string", "unit of the value"),
    Column("severity", "string", "how it was judged: `normal`, `caution`, `critical`; empty where it does not count"),
    Column("text", "string", "the text, or what became of a value: `not done`, `corrected, see 7`, `entered in error`"),
    Column("corrects", "Int64", "number of the entry that this one corrects"),
    Column("reason", "string", "why: of a correction, of a value not done, of what needs a reason"),
)
COLUMNS: Final = tuple(one.name for one in TOLD)
ENTERED_IN_ERROR: Final = "entered in error"
OUTSIDE_SIGNING: Final = "came after signing, not applied"
_UNITS: Final = {
    "weight_kg": "kg",
    "dose_mg": "mg",
    "duration_min": "min",
    "rate_mg_h": "mg/h",
    "concentration_mg_ml": "mg/mL",
    "oxygen_l_min": "L/min",
}
_IDS: Final = frozenset({"chair_id", "patient_id", "entry_id", "moved_from", "queued", "reason"})
_RUNS: Final = re.compile(r"[\t\r\n]|[\s\"'`\ufeff\u200b-\u200f\u2060]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class _Cell:
    """One value or text of an entry: ``vital`` names what it is."""

    vital: str
    value: float | None = None
    unit: str = ""
    text: str = ""
    reason: str = ""
    severity: Severity | None = None


CHAIN_CHECK: Final = "chain_check"
"""The kind of the first row of a record whose chain does not hold; it is no entry."""


def record_csv(view: SessionView, broken: str | None = None) -> str:
    """Return the record as CSV with a header line, in the order in which it was written.

    An original keeps its values in rows of its own, marked with the number of what took its place; the rows
    of a correction name the number of what it corrects, the reason and the new values. Only what counts has a
    severity. Moments are ISO 8601 in UTC; mean pressure is computed and left out. Text that a spreadsheet
    would run begins with an apostrophe. Where the chain is ``broken``, the first row says what is wrong with it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    if broken is not None:
        said = f"This record fails its chain check: {broken}. Do not rely on it."
        writer.writerow(["", CHAIN_CHECK, *[""] * 7, harmless(said), "", ""])
    record = _Record(view)
    for entry in sorted(view.record.entries, key=lambda one: one.seq):
        writer.writerows(record.rows(entry))
    return out.getvalue()


def harmless(text: str) -> str:
    """Return text that no spreadsheet runs: what could begin a formula gets a leading apostrophe."""
    return f"'{text}" if is_harmed(text) else text


def is_harmed(text: str) -> bool:
    """Say whether a spreadsheet would run a text."""
    return _RUNS.match(text) is not None


def record_types() -> dict[str, str]:
    """Return the type of every column, as pandas knows it."""
    return {one.name: one.dtype for one in TOLD}


class _Record:
    """The rows of a session; knows which entry holds the content that counts."""

    def __init__(self, view: SessionView) -> None:
        self.view = view
        self.seq = {entry.id: entry.seq for entry in view.record.entries}
        self.not_applied = not_applied(view.record.entries)

    def rows(self, entry: Entry) -> Iterator[list[object]]:
        """Return the rows of one entry."""
        written, corrects, reason = _said(entry)
        judged = self._holders.get(entry.id)
        cells = [_Cell("", text=_error_text(entry))] if written is None else self._cells(written.content, judged)
        at = entry.measured_at if written is None else written.measured_at
        gone = self._gone(entry)
        if gone is not None:
            cells = list(_marked(cells, gone))
        for cell in cells:
            yield self._row(entry, at, cell, corrects, reason)

    def _row(self, entry: Entry, at: datetime, cell: _Cell, corrects: str | None, reason: str) -> list[object]:
        return [
            entry.seq,
            entry.kind,
            iso(at),
            iso(entry.recorded_at),
            harmless(entry.author),
            cell.vital,
            "" if cell.value is None else f"{cell.value:.10g}",
            harmless(cell.unit),
            "" if cell.severity is None else cell.severity.word,
            harmless(cell.text),
            "" if corrects is None else self.seq.get(corrects, ""),
            harmless("; ".join(filter(None, (reason, cell.reason)))),
        ]

    def _cells(self, content: Content, judged: Judged | None) -> list[_Cell]:
        match content:
            case Reading():
                return list(_reading(content, judged))
            case BaselineSet() | Limit():
                return list(_for_patient(content))
            case Move():
                return [_Cell("chair", text=self.view.record.chairs[content.chair_id].name)]
            case Medication():
                return [_Cell("medication", content.dose, content.unit, f"{content.name}, {content.route}")]
            case Opening():
                view = self.view
                chair, patient = (
                    view.record.chairs[content.chair_id],
                    view.record.patients[content.patient_id],
                )
                named = [_Cell("chair", text=chair.name), _Cell("patient", text=patient.mrn)]
                return [*named, *_fields(content.body())]
            case _:
                severity = judged.severity if judged else None
                cells = list(_fields(content.body()))
                return [replace(cell, severity=severity) if cell.vital == "term" else cell for cell in cells]

    @cached_property
    def _holders(self) -> Mapping[str, Judged]:
        """Return how it was judged, by the id of the entry whose content counts."""
        return {self._holder(judged.entry).id: judged for judged in self.view.judged}

    @cached_property
    def _corrections(self) -> Mapping[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(self.view.record.entries, key=lambda one: (one.measured_at, one.id)):
            if isinstance(entry.content, Correction) and entry.id not in self.not_applied:
                found[entry.content.entry_id].append(entry)
        return found

    def _overtaken_by(self, entry_id: str) -> Entry | None:
        """Return the correction that stands in the place of an entry; corrections struck again do not."""
        standing = [one for one in self._corrections.get(entry_id, ()) if not self._struck(one)]
        return standing[-1] if standing else None

    def _struck(self, entry: Entry) -> bool:
        by = self._overtaken_by(entry.id)
        return by is not None and _said(by)[0] is None

    def _holder(self, entry: Entry) -> Entry:
        by = self._overtaken_by(entry.id)
        return entry if by is None else self._holder(by)

    def _gone(self, entry: Entry) -> str | None:
        """Say what keeps an entry from counting: it came after the signature, or something took its place."""
        if entry.id in self.not_applied:
            return OUTSIDE_SIGNING
        outside = OUTSIDE_SIGNING if entry.id in self.view.outside_signing else None
        return "; ".join(filter(None, (outside, self._overtaken(entry)))) or None

    def _overtaken(self, entry: Entry) -> str | None:
        by = self._overtaken_by(entry.id)
        if by is None and isinstance(entry.content, Correction):
            newer = self._overtaken_by(entry.content.entry_id)
            by = newer if newer is not None and newer.id != entry.id else None
        if by is None:
            return None
        return f"{ENTERED_IN_ERROR if _said(by)[0] is None else 'corrected'}, see {by.seq}"


def _said(entry: Entry) -> tuple[Written | None, str | None, str]:
    """Return what an entry says, what it corrects and why; a striking correction says nothing of its own."""
    content = entry.content
    if not isinstance(content, Correction):
        return Written(content, entry.measured_at), None, ""
    return replaced_by(entry), content.entry_id, content.reason


def _error_text(entry: Entry) -> str:
    chair = entry.content.moved_to_chair if isinstance(entry.content, Correction) else None
    return ENTERED_IN_ERROR if chair is None else f"{ENTERED_IN_ERROR}, moved to chair {chair}"


def _marked(cells: Iterable[_Cell], words: str) -> Iterator[_Cell]:
    """Keep what was written, and say that it no longer counts: beside a value, below a text."""
    said = False
    for cell in cells:
        if cell.text:
            yield cell
            continue
        said = True
        yield replace(cell, text=words)
    if not said:
        yield _Cell("", text=words)


def _reading(reading: Reading, judged: Judged | None) -> Iterator[_Cell]:
    for key, value in reading.values.items():
        severity = judged.severity_of(key) if judged else None
        text = "not confirmed" if key in (reading.unconfirmed or ()) else ""
        yield _Cell(key, value, BY_KEY[key].unit, text, severity=severity)
    for key, why in (reading.not_done or {}).items():
        yield _Cell(key, unit=BY_KEY[key].unit, text="not done", reason=why)
    rest = {"values", "not_done", "confirmed", "unconfirmed"}
    yield from _fields({key: value for key, value in reading.body().items() if key not in rest})


def _for_patient(content: BaselineSet | Limit) -> Iterator[_Cell]:
    """Return one cell a value of a baseline, or a side of a limit; what was lifted says so."""
    if isinstance(content, BaselineSet):
        for key, value in content.values.items():
            yield _Cell(key, value, BY_KEY[key].unit, reason=content.reason)
    else:
        unit = BY_KEY[content.vital].unit
        for side, limit in content.limits.items():
            lifted = "lifted" if limit is None else ""
            yield _Cell(f"{content.vital}.{side}", limit, unit, lifted, content.reason)


def _fields(body: Mapping[str, object], within: str = "") -> Iterator[_Cell]:
    """Return one cell per number or text of a stored body; the reason of an entry stands beside each."""
    reason = body.get("reason")
    for key, value in body.items():
        if key in _IDS:
            continue
        for cell in _cells_of(f"{within}{key}", value):
            beside = "; ".join(filter(None, (cell.reason, str(reason or ""))))
            yield replace(cell, reason=beside)
    if set(body) == {"reason"}:
        yield _Cell(within.rstrip("."), reason=str(reason))


def _cells_of(name: str, value: object) -> Iterator[_Cell]:
    match value:
        case bool():
            yield _Cell(name, text="yes" if value else "no")
        case int() | float():
            yield _Cell(name, value, _UNITS.get(name.rpartition(".")[2], ""))
        case Mapping():
            yield from _fields(value, f"{name}.")
        case list() | tuple():
            yield from [_Cell(name, text=str(one)) for one in value] or [_Cell(name, text="none")]
        case _:
            yield _Cell(name, text=str(value))
