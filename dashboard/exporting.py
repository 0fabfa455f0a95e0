"""The command ``export``: one session in one of three forms, to a file or to standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from dashboard.app import open_stores
from dashboard.settings import Settings
from layouts.record_paper import record_document, warning_text
from models.acting import server
from models.clinic import Clinic
from models.exchange.csv import record_csv
from models.exchange.fhir import fhir_bundle
from models.exchange.pdf import record_pdf
from models.feed import Feed
from models.session import SessionView

Made = Callable[[SessionView, "str | None"], bytes]


def _fhir(view: SessionView, broken: str | None) -> bytes:
    return orjson.dumps(fhir_bundle(view, broken), option=orjson.OPT_INDENT_2)


def _pdf(view: SessionView, broken: str | None) -> bytes:
    return record_pdf(record_document(view, view.zone, broken))


def _csv(view: SessionView, broken: str | None) -> bytes:
    return record_csv(view, broken).encode()


FORMS: Final[dict[str, Made]] = {"fhir": _fhir, "csv": _csv, "pdf": _pdf}


def export(settings: Settings, session: str, form: str, output: Path | None) -> int:
    """Write one session; 1 where its chain does not hold, which the export and standard error say.

    Raises:
        NotFoundError: there is no such session.
    """
    clinic = opened(settings)
    view = clinic.handed_out(server(clinic.places.default_site()), session, form)
    broken = chain_break(clinic, view.id)
    body = FORMS[form](view, broken)
    if output is None:
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
    else:
        write_whole(output, body)
    if broken is not None:
        sys.stderr.write(f"chairside: {warning_text(broken)}\n")
    return 0 if broken is None else 1


def opened(settings: Settings) -> Clinic:
    """Open the clinic for a command."""
    stores = open_stores(settings)
    return Clinic(stores.records, stores.places, Feed(), zone=settings.zone)


def chain_break(clinic: Clinic, session: str | None) -> str | None:
    """Say what is wrong with the chain of a record, or of any; ``None`` while it holds."""
    found = clinic.records.first_break(session)
    return None if found is None else found.sentence()


def write_whole(path: Path, body: bytes) -> None:
    """Write a file whole or not at all: beside it first, on the disk, then in its place.

    Raises:
        OSError: naming the file that was asked for.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(body)  # a device or a pipe has no place beside it
        return
    beside = path.with_name(f".{path.name}.part")
    try:
        _write_through(beside, body)
        beside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _write_through(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
