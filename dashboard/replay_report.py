"""What became of every charted row: counted, with reasons, and nothing left out."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.charted import Chart, Row


class Outcome(StrEnum):
    """What became of one row, in the words of the report."""

    STORED = "stored as charted"
    CONFIRMED = "stored after confirming"
    REFUSED = "refused"
    EMPTY = "empty, nothing to store"
    NOT_SENT = "not sent"


KEPT = frozenset({Outcome.STORED, Outcome.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Result:
    """One row and what became of it; ``reason`` tells why it was confirmed, refused or not sent."""

    row: Row
    outcome: Outcome
    reason: str = ""
    entry_id: str = ""


@dataclass(slots=True)
class Report:
    """The account of one replay.

    ``problems`` are sentences about what must not happen: a value read back differently, a chair left taken.
    """

    chart: Chart
    results: list[Result] = field(default_factory=list)
    sessions: int = 0
    read_back: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, outcome: Outcome) -> int:
        """Return how many rows had this outcome."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def values(self) -> int:
        """Return how many values the stored rows hold."""
        return sum(len(result.row.values) for result in self.results if result.outcome in KEPT)

    @property
    def unaccounted(self) -> int:
        """Return how many readable rows have no outcome; anything but 0 is a fault of the replay itself."""
        return len(self.chart.rows) - len(self.results)

    @property
    def exit_code(self) -> int:
        """Return 0 where every row was stored, or refused by the server, and read back as charted; else 1."""
        failed = self.chart.unreadable or self.problems or self.unaccounted or self.count(Outcome.NOT_SENT)
        return 1 if failed else 0

    def text(self) -> str:
        """Return the report as it is printed."""
        rows = len(self.chart.rows) + len(self.chart.unreadable)
        took = f"{self.seconds:.1f} s"
        lines = [
            f"{self.chart.name}: {rows} rows read, {len(self.chart.cases)} cases, {self.sessions} sessions, {took}"
        ]
        lines += [f"  {self.count(outcome):5d}  {outcome}" for outcome in Outcome]
        lines.append(f"  {len(self.chart.unreadable):5d}  unreadable, nothing sent from these lines")
        lines.append(f"  {self.values:5d}  values stored; {self.read_back} rows read back exactly as charted")
        for outcome in (Outcome.CONFIRMED, Outcome.REFUSED, Outcome.NOT_SENT):
            lines += self._reasons(outcome)
        if self.chart.left_out:
            lines.append(f"Columns that are no vital sign here, left out: {', '.join(self.chart.left_out)}")
        lines += self.notes
        lines += [f"FAULT: {problem}" for problem in self.problems]
        if self.unaccounted:
            lines.append(f"FAULT: {self.unaccounted} rows are not accounted for.")
        return "\n".join(lines)

    def _reasons(self, outcome: Outcome) -> list[str]:
        """Return the reasons of one outcome, most frequent first, each with its lines in the file."""
        of = [result for result in self.results if result.outcome is outcome]
        counts = Counter(result.reason for result in of)
        lines = [f"{str(outcome).capitalize()}, by reason:"] if counts else []
        for reason, count in counts.most_common():
            where = ", ".join(str(result.row.line) for result in sorted_by_line(of) if result.reason == reason)
            lines.append(f"  {count:5d}  {reason}")
            lines += textwrap.wrap(f"lines {where}", 100, initial_indent=" " * 9, subsequent_indent=" " * 9)
        return lines


def sorted_by_line(results: Iterable[Result]) -> list[Result]:
    """Return results in the order of the file."""
    return sorted(results, key=lambda result: result.row.line)


def reason_of(messages: Iterable[str], values: Mapping[str, float]) -> str:
    """Return why a row was refused or confirmed, without its own numbers: equal reasons count together."""
    return " ".join(dict.fromkeys(_without_numbers(message, values) for message in messages)) or "no reason given"


def _without_numbers(message: str, values: Mapping[str, float]) -> str:
    for vital, value in values.items():
        message = re.sub(rf"\b({vital}) {value:g}(?![0-9.]*[0-9])", r"\1", message, flags=re.IGNORECASE)
    return message
