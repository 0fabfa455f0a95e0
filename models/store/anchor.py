"""The anchor file: signed lines, each tied to the one before, that say where every record stood and when."""

from __future__ import annotations

import fcntl
import hmac
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any, Final

import orjson

from models.errors import ChairsideError
from models.store.trail import TrailHead
from models.store.verify import Head

_MAC: Final = b',"mac":"'
_MAC_LENGTH: Final = len(_MAC) + 64 + len(b'"}')


class AnchorError(ChairsideError):
    """The anchor cannot be written or read; the sentence says why."""

    title = "No anchor"


@dataclass(frozen=True, slots=True)
class Anchored:
    """A head as a line has it: which restoration the records went back to before (0: none), and which line."""

    head: Head
    restored: int
    line: int


@dataclass(frozen=True, slots=True)
class AnchoredTrail:
    """The last line of the trail as an anchor has it, and which restoration the trail went back to before."""

    head: TrailHead
    restored: int


@dataclass(slots=True)
class AnchorLog:
    """What an anchor file says, up to the first line that does not hold (``broken`` says which and why)."""

    path: Path
    id: str = ""
    macs: list[str] = field(default_factory=list)
    at: str = ""
    restored: int = 0
    heads: dict[tuple[str, int], Anchored] = field(default_factory=dict)
    size: int = 0
    broken: str = ""
    trail: AnchoredTrail | None = None

    @property
    def lines(self) -> int:
        """Return how many lines hold."""
        return len(self.macs)

    def newest(self) -> dict[str, Head]:
        """Return the newest head of every session since the last restoration."""
        return {name: one.head for (name, restored), one in self.heads.items() if restored == self.restored}

    def take(self, line: dict[str, Any], mac: str) -> None:
        """Go on by one line that holds."""
        self.id = line.get("anchor", self.id)
        self.at, self.restored = line["at"], line.get("restored", self.restored)
        self.macs.append(mac)
        if "trail" in line:
            self.trail = AnchoredTrail(TrailHead(*line["trail"]), self.restored)
        for session, seq, entry, digest in line.get("heads", ()):
            source = f" (the anchor has it since line {self.lines}, {self.at})"
            head = Head(session, seq, entry, digest, source)
            self.heads[session, self.restored] = Anchored(head, self.restored, self.lines)


def _mac(key: bytes, previous: str, line: bytes) -> str:
    return hmac.digest(key, previous.encode() + line, "sha256").hex()


def read_anchor(path: Path, key: bytes) -> AnchorLog:
    """Read an anchor file; a last line that was not finished when the power went is none.

    Raises:
        AnchorError: it cannot be read.
    """
    log = AnchorLog(path)
    try:
        with path.open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n") or not _take(log, key, raw.rstrip(b"\n")):
                    break
                log.size += len(raw)
    except OSError as error:
        raise AnchorError(f"The anchor {path} cannot be read: {error.strerror}.") from error
    return log


def _take(log: AnchorLog, key: bytes, raw: bytes) -> bool:
    line, mac = raw[:-_MAC_LENGTH], raw[-_MAC_LENGTH:]
    previous = log.macs[-1] if log.macs else ""
    if mac != _sealed(_mac(key, previous, line)):
        why = "was altered, or a line before it is gone" if log.macs else "was altered, or written with another key"
        log.broken = f"line {log.lines + 1} of the anchor {why}"
        return False
    log.take(orjson.loads(line + b"}"), mac[len(_MAC) : -2].decode())
    return True


def _sealed(mac: str) -> bytes:
    return _MAC + mac.encode() + b'"}'


def _opened(path: Path) -> FileIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")
    except OSError as error:
        raise AnchorError(f"The anchor {path} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise AnchorError(f"The anchor {path} is in use by another process.") from error
    return file


class AnchorFile:
    """An anchor that is written to; one process at a time, lines only ever added."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open or make the file, and read what it says.

        Raises:
            AnchorError: it cannot be written, is in use, or does not hold; then nothing is added to it.
        """
        self._key = key
        self._file = _opened(path)
        try:
            self.log = read_anchor(path, key)
            if self.log.broken:
                said = f"The anchor {path} is not continued: {self.log.broken}. Put it in a safe place."
                raise AnchorError(said)  # noqa: TRY301  # the file is let go either way
        except AnchorError:
            self._file.close()
            raise

    def add(
        self, at: datetime, why: str, heads: Sequence[Head], restored: int, trail: TrailHead | None = None
    ) -> AnchorLog:
        """Add one line, durably.

        Raises:
            AnchorError: it could not be written.
        """
        line: dict[str, Any] = {"line": self.log.lines + 1, "at": at.isoformat(), "why": why}
        if not self.log.macs:
            line |= {"anchor": str(uuid.uuid4()), "product": "chairside"}
        if restored != self.log.restored:
            line["restored"] = restored
        if heads:
            line["heads"] = [[one.session, one.seq, one.entry, one.hash] for one in heads]
        known = self.log.trail
        if trail is not None and (known is None or known.restored != restored or known.head != trail):
            line["trail"] = [trail.number, trail.id, trail.hash]
        raw = orjson.dumps(line)[:-1]
        mac = _mac(self._key, self.log.macs[-1] if self.log.macs else "", raw)
        self._append(raw + _sealed(mac) + b"\n")
        self.log.take(line, mac)
        return self.log

    def _append(self, raw: bytes) -> None:
        try:
            self._file.truncate(self.log.size)  # what a power cut left unfinished was never said
            self._file.seek(self.log.size)
            if self._file.write(raw) != len(raw):
                raise AnchorError("The anchor could not be written: the disk is full.")
            os.fsync(self._file.fileno())
        except OSError as error:
            raise AnchorError(f"The anchor could not be written: {error.strerror}.") from error
        if not self.log.macs:
            _sync_folder(self.log.path.parent)
        self.log.size += len(raw)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sources(log: AnchorLog) -> Iterator[Anchored]:
    """Return every head that the anchor has, oldest line first."""
    yield from sorted(log.heads.values(), key=lambda one: one.line)
