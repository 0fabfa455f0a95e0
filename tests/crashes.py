"""Writers that are killed: a process with eight of them on one clinic, and the judgement of what it left behind."""

from __future__ import annotations

import multiprocessing
import os
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from models.people import Role
from models.store import faults
from models.store.record import RecordStore
from tests.kept import Kept

WRITERS = 8
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.crashes"])


@dataclass
class Told:
    """What writers said: what they set out to write, where, and what was acknowledged."""

    asked: dict[str, str] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)

    def hear(self, line: str) -> None:
        """Take one line of a writer; what was cut off in the middle says nothing."""
        match line.split():
            case ["asked", entry, session] if len(session) == len(entry):
                self.asked[entry] = session
            case ["saved", entry] if entry in self.asked:
                self.acknowledged.add(entry)
            case _:
                pass


def note(kept: Kept, entry: str) -> dict[str, Any]:
    """Return the body of the note with this id, the same each time it is sent."""
    return {"id": entry, "kind": "note", "text": f"Comfortable, {entry}.", "measured_at": kept.clock().isoformat()}


def crash(kept: Kept, sessions: Sequence[str], random: Random, place: str | None, *, honest: bool = True) -> Told:
    """Let eight writers write until their process is killed, at a place of the save or from outside; say what was told.

    A dishonest writer says "saved" before it asks: the control of every judgement.
    """
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    at = f"{place}:kill:{random.randint(1, 3 * WRITERS)}" if place else ""
    process = _CONTEXT.Process(target=_write, args=(kept.url, tuple(sessions), theirs, at, honest), daemon=True)
    process.start()
    theirs.close()
    told, lines = Told(), os.fdopen(os.dup(ours.fileno()), "r", encoding="ascii")
    enough = random.randint(0, 3 * WRITERS)
    with lines:
        for line in lines:
            told.hear(line)
            if place is None and len(told.acknowledged) >= enough:
                process.kill()
    ours.close()
    process.join(30)
    assert process.exitcode == -9, f"the writers ended with {process.exitcode}"
    return told


def _write(url: str, sessions: Sequence[str], told: Connection, at: str, honest: bool) -> None:  # noqa: FBT001  # arguments of a process go by place
    write(url, sessions, told.fileno(), at, honest=honest)


def write(url: str, sessions: Sequence[str], told: int, at: str, *, honest: bool) -> None:
    """Write with eight threads until the process is ended, telling it on a file descriptor."""
    kept = Kept(url)
    faults.arm(at)
    threads = [
        threading.Thread(target=_write_on, args=(kept, number, sessions[number % len(sessions)], told, honest))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _write_on(kept: Kept, number: int, session: str, told: int, honest: bool) -> None:  # noqa: FBT001  # as above
    nurse = kept.person(Role.NURSE, f"nurse {number}")
    while True:
        entry = str(uuid.uuid4())
        os.write(told, f"asked {entry} {session}\n".encode())
        if not honest:
            os.write(told, f"saved {entry}\n".encode())
        kept.clinic.append(nurse, session, note(kept, entry))
        if honest:
            os.write(told, f"saved {entry}\n".encode())


def judge(kept: Kept, sessions: Sequence[str], told: Told) -> list[str]:
    """Say what is wrong with what a crash left behind, asking the database alone; nothing when all is well."""
    records = RecordStore(kept.database, kept.key)
    wrong, found = [], []
    for session in sessions:
        entries = records.record(kept.site, session).entries
        if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
            wrong.append(f"{session}: the numbers have a gap")
        if (broken := records.first_break(session)) is not None:
            wrong.append(f"{session}: the chain breaks at {broken.seq}, {broken.why}")
        found += [entry.id for entry in entries]
    wrong += [f"{session}: the index does not fit" for session in _standing_apart(kept, records, sessions)]
    wrong += ["an entry is there twice"] if len(set(found)) < len(found) else []
    wrong += [f"{entry}: acknowledged and lost" for entry in sorted(told.acknowledged - set(found))]
    return wrong


def _standing_apart(kept: Kept, records: RecordStore, sessions: Sequence[str]) -> list[str]:
    said = {one.session: one.last_seq for one in records.standings(kept.site)}
    return [one for one in sessions if said[one] != len(records.record(kept.site, one).entries)]


def settle(kept: Kept, told: Told) -> None:
    """Send again what got no definite answer, as its writer would; from then on it counts as acknowledged."""
    nurses = {f"nurse {number}": kept.person(Role.NURSE, f"nurse {number}") for number in range(WRITERS)}
    for entry, session in told.asked.items():
        if entry not in told.acknowledged:
            known = {one.id: one.author for one in kept.records.record(kept.site, session).entries}
            kept.clinic.append(nurses[known.get(entry, "nurse 0")], session, note(kept, entry))
            told.acknowledged.add(entry)
