"""Charted vitals in a CSV file: read line by line, nothing guessed, every unreadable line named."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.errors import ChairsideError
from models.fields import is_plain
from models.vitals import CHARTED

NEEDED: Final = ("case", "minute", "sbp", "dbp", "hr", "rr", "spo2")
LAST_MINUTE: Final = 24 * 60 - 10
"""A session may begin up to 24 hours back; the rest is left for sending it."""

_TAKEN: Final = frozenset({"case", "minute", *(vital.key for vital in CHARTED)})
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LONGEST_CASE: Final = 32
_LONGEST_SHOWN: Final = 12


class UnreadableFileError(ChairsideError):
    """The file as a whole cannot be read: it is missing, empty, or without the columns that are needed."""

    title = "Unreadable file"


@dataclass(frozen=True, slots=True)
class Row:
    """One charted line: ``minute`` from the start, ``values`` as written, what was left empty is absent."""

    line: int
    case: str
    minute: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line nothing was taken from: where, and what is allowed there."""

    line: int
    column: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Case:
    """The rows of one patient's stretch, in order of their minutes."""

    name: str
    rows: tuple[Row, ...]

    @property
    def last_minute(self) -> float:
        """Return the minute of the last row."""
        return self.rows[-1].minute


@dataclass(frozen=True, slots=True)
class Chart:
    """What a file held; ``left_out`` names columns that are no vital sign."""

    name: str
    rows: tuple[Row, ...]
    unreadable: tuple[Unreadable, ...]
    left_out: tuple[str, ...] = ()

    @property
    def cases(self) -> tuple[Case, ...]:
        """Return the rows by case, in the order in which the cases first appear."""
        rows: dict[str, list[Row]] = {}
        for row in self.rows:
            rows.setdefault(row.case, []).append(row)
        return tuple(Case(name, tuple(sorted(of, key=lambda row: row.minute))) for name, of in rows.items())

    def complaints(self) -> list[str]:
        """Return one sentence for each unreadable line: file, line, column, what is allowed."""
        return [f"{self.name}, line {one.line}, column {one.column}: {one.allowed}" for one in self.unreadable]


def read_chart(path: Path) -> Chart:
    """Read a file of charted vitals.

    Raises:
        UnreadableFileError: there is no such file, or nothing in it can be understood.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"{path}: {error.strerror or error}. Name a CSV file.") from error
    return parse_chart(raw, str(path))


def parse_chart(raw: bytes, name: str) -> Chart:
    """Read the content of a file; a line that cannot be read is named and nothing is taken from it.

    Each line stands alone, so that a stray quotation mark does not swallow the lines after it. Bytes that are
    not UTF-8 make only their own line unreadable.

    Raises:
        UnreadableFileError: the first line does not name the columns, or no line follows it.
    """
    lines = _LINE_END.split(raw.decode("utf-8-sig", errors="surrogateescape"))
    columns = _columns(lines[0] if lines else "", name)
    rows, unreadable = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        found = _row(number, line, columns)
        if isinstance(found, Row):
            rows.append(found)
        else:
            unreadable.append(found)
    if not rows and not unreadable:
        raise UnreadableFileError(f"{name}: no line follows the names of the columns.")
    left_out = tuple(column for column in columns if column not in _TAKEN)
    return Chart(name, tuple(rows), tuple(unreadable), left_out)


def _columns(line: str, name: str) -> tuple[str, ...]:
    wanted = f"the first line names the columns {', '.join(NEEDED)}"
    columns = tuple(column.strip().lower() for column in _cells(line) or ())
    if not any(columns):
        raise UnreadableFileError(f"{name}, line 1: {wanted}; this file is empty or cannot be read.")
    for column in NEEDED:
        if columns.count(column) != 1:
            said = "is missing" if column not in columns else "is there more than once"
            raise UnreadableFileError(f"{name}, line 1, column {column}: it {said}; {wanted}.")
    return columns


def _cells(line: str) -> list[str] | None:
    """Return the cells of one line, ``None`` where its quotation marks do not fit."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None


def _row(number: int, line: str, columns: Sequence[str]) -> Row | Unreadable:
    cells = _cells(line)
    if cells is None:
        before = line.split('"', 1)[0].count(",")
        return Unreadable(number, _column(before, columns), "a quotation mark stands where none belongs.")
    if len(cells) != len(columns):
        place = _column(min(len(cells), len(columns)), columns)
        return Unreadable(number, place, f"{len(cells)} cells where the first line names {len(columns)}.")
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
    wrong = next(_wrong(given), None)
    if wrong:
        return Unreadable(number, *wrong)
    values = {vital.key: _number(given[vital.key]) for vital in CHARTED if given.get(vital.key)}
    return Row(number, given["case"], _number(given["minute"]), values)


def _wrong(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each column that cannot be read with what is allowed there."""
    case, minute = given["case"], given["minute"]
    if not case or len(case) > _LONGEST_CASE or not is_plain(case):
        yield "case", f"give a name of 1 to {_LONGEST_CASE} characters."
    if not _NUMBER.fullmatch(minute) or not 0 <= float(minute) <= LAST_MINUTE:
        yield "minute", f"{_shown(minute)}give the minutes from the start, 0 to {LAST_MINUTE}."
    for vital in CHARTED:
        cell = given.get(vital.key, "")
        if cell and not _NUMBER.fullmatch(cell):
            yield vital.key, f"{_shown(cell)}give a number, or leave it empty where nothing was charted."


def _shown(cell: str) -> str:
    """Repeat a short plain cell, so that it can be found; anything else may be about a patient."""
    return (
        f"'{cell}' cannot be read; "
        if 0 < len(cell) <= _LONGEST_SHOWN and cell.isascii() and cell.isprintable()
        else ""
    )


def _column(index: int, columns: Sequence[str]) -> str:
    return columns[index] if index < len(columns) else str(index + 1)


def _number(cell: str) -> float:
    """Return the number as it was written: whole numbers stay whole."""
    return float(cell) if "." in cell else int(cell)
