"""The command ``export``: one session in one of three forms, to a file or to standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from dashboard.app import Stores, open_stores
from dashboard.settings import Settings
from layouts.record_paper import record_document, warning_text
from models.errors import NotFoundError
from models.exchange.csv import record_csv
from models.exchange.fhir import fhir_bundle
from models.exchange.pdf import record_pdf
from models.moments import utc_now
from models.session import SessionView, fold

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
    stores = open_stores(settings)
    view = session_view(stores, settings, session)
    broken = chain_break(stores, session)
    body = FORMS[form](view, broken)
    if output is None:
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
    else:
        write_whole(output, body)
    if broken is not None:
        sys.stderr.write(f"chairside: {warning_text(broken)}\n")
    return 0 if broken is None else 1


def session_view(stores: Stores, settings: Settings, session: str) -> SessionView:
    """Return a session as it stands.

    Raises:
        NotFoundError: there is no such session.
    """
    view = fold(stores.records.record(stores.site, session), utc_now(), zone=settings.zone)
    if view is None:
        raise NotFoundError("There is no such session.")
    return view


def chain_break(stores: Stores, session: str | None) -> str | None:
    """Say what is wrong with the chain of a record, or of any; ``None`` while it holds."""
    found = stores.records.first_break(session)
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
