"""A small model of one record, independent of the product: what is accepted, and what counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

AHEAD: Final = timedelta(minutes=2)
STRUCK: Final = "struck"

NEW, AGAIN, FORBIDDEN, WRONG, CONFLICT, LOCKED = 201, 200, 403, 422, 409, 423


@dataclass(frozen=True)
class Line:
    """One request: who says what, when, and about which other line (of a correction)."""

    id: str
    author: str
    kind: str
    at: datetime
    said: tuple[object, ...] = ()
    target: str | None = None

    @property
    def strikes(self) -> bool:
        """Say whether this takes something away without putting anything in its place."""
        return self.kind == "correction" and not self.said


@dataclass
class Paper:
    """The record as a clerk would keep it: lines in the order of their arrival, none ever changed."""

    arrived: datetime
    lines: list[Line] = field(default_factory=list)
    signed: int | None = None  # how many lines there were with the signature

    def answer(self, line: Line, now: datetime, *, boss: bool, seen: int | None = None) -> int:
        """Return what a request is answered with, and keep it where it is accepted."""
        if line.kind == "signature" and not boss:
            return FORBIDDEN
        if line.kind == "correction" and not boss and self._line(line.target).author != line.author:
            return FORBIDDEN
        known = next((one for one in self.lines if one.id == line.id), None)
        if known == line:
            return AGAIN
        verdict = self._verdict(line, now, seen)
        if verdict != NEW or known is not None:
            return CONFLICT if verdict == NEW else verdict
        self.lines.append(line)
        if line.kind == "signature":
            self.signed = len(self.lines)
        return NEW

    def _verdict(self, line: Line, now: datetime, seen: int | None) -> int:
        if not all(self.arrived <= moment <= now + AHEAD for moment in self._moments(line)):
            return WRONG
        if line.kind == "correction":
            root = self.root(self._line(line.target))
            if root.kind == "signature" or (line.said and line.said[0] != root.kind):
                return WRONG
        return self._open(line, seen)

    def _open(self, line: Line, seen: int | None) -> int:
        closed = self.closed_at()
        over = line.kind in {"reading", "phase"} and closed is not None and line.at > closed
        if self.signed is not None and line.kind != "note":
            signed_at = self.lines[self.signed - 1].at
            if line.kind == "signature" or over or line.at >= signed_at:
                return LOCKED
        if over or (line.kind == "signature" and seen != len(self.lines) + 1):
            return CONFLICT
        return NEW

    def _moments(self, line: Line) -> list[datetime]:
        inner = [line.said[-1]] if line.kind == "correction" and line.said else []
        return [line.at, *(moment for moment in inner if isinstance(moment, datetime))]

    def _line(self, wanted: str | None) -> Line:
        return next(one for one in self.lines if one.id == wanted)

    def root(self, line: Line) -> Line:
        """Return what is corrected in the end."""
        return line if line.target is None else self.root(self._line(line.target))

    # What counts

    def counts(self) -> dict[str, object]:
        """Return what each line that is no correction says now, by its id; not what came after the signature."""
        return {one.id: self._says(one) for one in self._counted() if one.kind != "correction"}

    def _counted(self) -> list[Line]:
        signed = len(self.lines) if self.signed is None else self.signed
        return self.lines[:signed] + [one for one in self.lines[signed:] if one.kind in {"note", "signature"}]

    def _says(self, line: Line) -> object:
        standing = [one for one in self._corrections(line) if not self._taken_back(one)]
        if standing:
            return self._says(standing[-1])
        return STRUCK if line.strikes else line.said

    def _taken_back(self, correction: Line) -> bool:
        return any(not self._taken_back(one) for one in self._corrections(correction)) and (
            self._says(correction) == STRUCK
        )

    def _corrections(self, line: Line) -> list[Line]:
        """Return the corrections of a line, oldest first; of what was signed only those that came before."""
        place = self.lines.index(line) + 1
        frozen = self.signed is not None and place < self.signed
        known = self.lines[: self.signed] if frozen else self.lines
        return sorted((one for one in known if one.target == line.id), key=lambda one: (one.at, one.id))

    def closed_at(self) -> datetime | None:
        """Return the end of the session as it counts."""
        ends = [self._says(one) for one in self._counted() if one.kind == "phase"]
        moments = [end[-1] for end in ends if isinstance(end, tuple) and isinstance(end[-1], datetime)]
        return min(moments, default=None)
