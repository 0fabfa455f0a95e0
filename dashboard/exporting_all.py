"""The command ``export-all``: everything a clinic has charted, as files; it can be stopped and started again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from dashboard.exporting import chain_break, opened, write_whole
from dashboard.settings import Settings
from models.acting import server
from models.clinic import Clinic
from models.errors import ChairsideError
from models.exchange.clinic_csv import PATIENTS, SESSIONS, list_csv
from models.exchange.csv import record_csv
from models.exchange.events_csv import events_csv
from models.exchange.fhir import fhir_bundle
from models.session import SessionView

DONE: Final = "done.txt"
"""What was written so far: a line for each session with the number of its last entry, once both its files are there."""
_PAGE: Final = 200


class ForeignFolderError(ChairsideError):
    """The folder holds something that no export put there."""


@dataclass(slots=True)
class Exported:
    """What an export came to."""

    views: list[SessionView] = field(default_factory=list)
    written: int = 0
    broken: dict[str, str] = field(default_factory=dict)


def export_all(settings: Settings, folder: Path) -> int:
    """Write every session as CSV and FHIR, and lists of sessions, patients and events; 1 where a chain does not hold.

    A session whose files are there as it stands now is not written again.

    Raises:
        ForeignFolderError: the folder is not empty and not an export of ours.
    """
    _prepare(folder)
    clinic = opened(settings)
    whole = chain_break(clinic, None) is None
    found = Exported()
    done = _done(folder)
    for site, session in _sessions(clinic):
        view = clinic.handed_out(server(site), session, "everything")
        broken = None if whole else chain_break(clinic, session)
        if broken is not None:
            found.broken[session] = broken
        if broken is not None or done.get(session) != view.last_seq:
            _write(folder, view, broken)
            found.written += 1
        found.views.append(view)
    _write_lists(folder, found.views)
    sys.stdout.write(f"{len(found.views)} sessions are in {folder}, {found.written} of them written now.\n")
    for session, broken in found.broken.items():
        sys.stderr.write(f"chairside: The record {session} fails its chain check: {broken}.\n")
    return 1 if found.broken else 0


def _prepare(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DONE).is_file():
        raise ForeignFolderError(f"{folder} is not empty and holds no export: name a new folder.")
    for name in ("records", "fhir"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / DONE).touch(mode=0o600)


def _done(folder: Path) -> dict[str, int]:
    """Read what is written already; a line that was cut off counts for nothing."""
    found = {}
    for line in (folder / DONE).read_text("utf-8").splitlines(keepends=True):
        session, _, seq = line.strip().partition(" ")
        if line.endswith("\n") and seq.isdigit():
            found[session] = int(seq)
    return found


def _sessions(clinic: Clinic) -> Iterator[tuple[str, str]]:
    """Return every session of every site, as site and session."""
    for site in clinic.sites.sites():
        after: str | None = None
        while True:
            page, after = clinic.records.page(site.id, None, after, _PAGE)
            yield from ((site.id, one.session) for one in page)
            if after is None:
                break


def _write(folder: Path, view: SessionView, broken: str | None) -> None:
    write_whole(folder / "records" / f"{view.id}.csv", record_csv(view, broken).encode())
    write_whole(folder / "fhir" / f"{view.id}.json", orjson.dumps(fhir_bundle(view, broken)))
    with (folder / DONE).open("a", encoding="utf-8") as done:
        done.write(f"{view.id} {view.last_seq}\n")


def _write_lists(folder: Path, views: list[SessionView]) -> None:
    patients = {view.patient.id: view.patient for view in views}
    events = [(view, event) for view in views for event in view.events]
    write_whole(folder / "sessions.csv", list_csv(SESSIONS, views).encode())
    write_whole(folder / "patients.csv", list_csv(PATIENTS, patients.values()).encode())
    write_whole(folder / "events.csv", events_csv(events).encode())
