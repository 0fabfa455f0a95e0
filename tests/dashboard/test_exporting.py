"""The commands that export: three forms of one session, a whole clinic, broken chains, and never half a file."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from dashboard.commands import main
from dashboard.exporting import write_whole
from models.exchange.frames import read_events, read_record
from models.store.chain import derive_key
from models.store.engine import sqlite_driver
from tests.fhir_validator import validate
from tests.kept import COMPLETE, Kept

KEY = "5c" * 32
Command = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Give a clinic that every command speaks of."""
    for name in ("DATABASE_URL", "TIMEZONE", "PUBLIC_ORIGIN", "ANCHOR", "IDLE_MINUTES", "LOG"):
        monkeypatch.delenv(f"CHAIRSIDE_{name}", raising=False)
    monkeypatch.setenv("CHAIRSIDE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHAIRSIDE_SECRET_KEY", KEY)
    clinic = Kept(f"sqlite:///{tmp_path / 'chairside.db'}", key=derive_key(bytes.fromhex(KEY), "chain"))
    yield clinic
    clinic.close()


@pytest.fixture
def chairside(capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run a command as the shell would: exit code, standard output as bytes, standard error."""

    def run(*arguments: str) -> tuple[int, bytes, str]:
        capfdbinary.readouterr()
        code = main(arguments)
        sys.stdout.flush()
        said = capfdbinary.readouterr()
        return code, said.out, said.err.decode()

    return run


def charted(kept: Kept, chair: str = "1") -> str:
    """Return a session with a reading and an event."""
    session = kept.seat(chair)
    kept.chart(session, "reading", values=COMPLETE)
    about: dict[str, Any] = {"event_id": str(uuid.uuid4()), "term": "Nausea", "onset_at": kept.clock().isoformat()}
    kept.chart(session, "adverse_event", **about)
    return session


def tampered(kept: Kept, session: str) -> str:
    """Change a value behind the program's back; return the id of its entry."""
    entry = kept.records.record(kept.site, session).entries[1].id
    raw = create_engine(kept.url, poolclass=NullPool, module=sqlite_driver())
    with raw.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS entries_no_update"))
        connection.execute(text("UPDATE entries SET body = replace(body, '124', '114') WHERE id = :id"), {"id": entry})
    return entry


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


BEGINNING: dict[str, Callable[[bytes], str]] = {
    "fhir": lambda out: out.decode().partition('"Patient"')[0],
    "csv": lambda out: out.decode().splitlines()[1],
    "pdf": lambda out: text_of(out).partition("born ")[0].replace("-\n", "-"),
}
"""What stands in an export before the record itself."""


def test_one_session_is_exported_in_every_form(kept: Kept, chairside: Command, tmp_path: Path) -> None:
    session = charted(kept)

    fhir, csv, pdf = (chairside("export", session, "--format", form) for form in ("fhir", "csv", "pdf"))
    to_file = chairside("export", session, "--format", "pdf", "-o", str(tmp_path / "record.pdf"))

    assert validate([json.loads(fhir[1])]) == [[]]
    frame = read_record(csv[1].decode())
    readings = frame[frame["kind"] == "reading"]
    assert dict(zip(readings["vital"], readings["value"], strict=True)) == COMPLETE
    assert "124/78" in text_of(pdf[1])
    assert [one[0] for one in (fhir, csv, pdf, to_file)] == [0] * 4
    assert "124/78" in text_of((tmp_path / "record.pdf").read_bytes())


@pytest.mark.parametrize("form", ["fhir", "csv", "pdf"])
def test_a_record_that_was_tampered_with_says_so_first(kept: Kept, chairside: Command, form: str) -> None:
    session = charted(kept)
    entry = tampered(kept, session)

    code, out, err = chairside("export", session, "--format", form)

    assert code == 1
    assert entry in err
    first = " ".join(BEGINNING[form](out).split())
    assert "fails its chain check" in first
    assert entry in first


def test_an_export_leaves_the_old_file_whole_when_the_disk_is_full(
    kept: Kept, chairside: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, file = charted(kept), tmp_path / "record.csv"
    file.write_text("the old one")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dashboard.exporting.os.fsync", full)
    code, _, err = chairside("export", session, "--format", "csv", "-o", str(file))

    assert code == 2
    assert str(file) in err
    assert file.read_text() == "the old one"
    assert list(tmp_path.glob("*.part")) == list(tmp_path.glob(".*.part")) == []


def test_everything_a_clinic_has_charted_is_written(kept: Kept, chairside: Command, tmp_path: Path) -> None:
    sessions, folder = {charted(kept, str(chair)) for chair in range(1, 4)}, tmp_path / "all"

    code, _, err = chairside("export-all", str(folder))

    assert (code, err) == (0, "")
    assert {path.stem for path in (folder / "fhir").iterdir()} == sessions
    assert {path.stem for path in (folder / "records").iterdir()} == sessions
    bundles = [json.loads(path.read_text("utf-8")) for path in (folder / "fhir").iterdir()]
    assert validate(bundles) == [[], [], []]
    assert set(read_events((folder / "events.csv").read_text("utf-8"))["session"]) == sessions
    lists = [(folder / name).read_text("utf-8").splitlines() for name in ("sessions.csv", "patients.csv")]
    assert [len(lines) for lines in lists] == [4, 4]


def test_an_export_that_was_stopped_goes_on_where_it_was(
    kept: Kept, chairside: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, folder = [charted(kept, str(chair)) for chair in range(1, 4)], tmp_path / "all"
    written: list[str] = []

    def stopping(path: Path, body: bytes) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path.name)
        write_whole(path, body)

    monkeypatch.setattr("dashboard.exporting_all.write_whole", stopping)
    assert chairside("export-all", str(folder))[0] == 130
    monkeypatch.setattr("dashboard.exporting_all.write_whole", write_whole)

    again = chairside("export-all", str(folder))
    once_more = chairside("export-all", str(folder))
    kept.chart(sessions[0], text="One more.")
    after_a_note = chairside("export-all", str(folder))

    assert b"3 sessions" in again[1]
    assert b"2 of them written now" in again[1]
    assert b"0 of them written now" in once_more[1]
    assert b"1 of them written now" in after_a_note[1]
    assert "One more." in (folder / "records" / f"{sessions[0]}.csv").read_text("utf-8")


def test_a_folder_with_other_things_in_it_is_left_alone(kept: Kept, chairside: Command, tmp_path: Path) -> None:
    charted(kept)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")

    code, _, err = chairside("export-all", str(tmp_path / "mine"))

    assert code == 2
    assert "is not empty" in err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_broken_record_is_named_and_the_others_are_written(kept: Kept, chairside: Command, tmp_path: Path) -> None:
    broken, fine = charted(kept, "1"), charted(kept, "2")
    tampered(kept, broken)

    code, _, err = chairside("export-all", str(tmp_path / "all"))

    first = {
        one: (tmp_path / "all" / "records" / f"{one}.csv").read_text("utf-8").splitlines()[1] for one in (broken, fine)
    }
    assert code == 1
    assert broken in err
    assert fine not in err
    assert "chain_check" in first[broken]
    assert "chain_check" not in first[fine]
