"""The commands for backup, restore and verify on both databases: what they say, and with which code they leave."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from dashboard import server
from dashboard.commands import main
from models.store.chain import Keys
from models.store.engine import sqlite_driver
from models.store.serving import InUseError
from tests.kept import Kept
from tests.served import settings_for

SECRET = bytes(32)
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def chairside(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run a command as the shell would, on a database of its own."""
    for name in ("TIMEZONE", "PUBLIC_ORIGIN", "ANCHOR", "IDLE_MINUTES", "LOG"):
        monkeypatch.delenv(f"CHAIRSIDE_{name}", raising=False)
    monkeypatch.setenv("CHAIRSIDE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHAIRSIDE_DATABASE_URL", database_url)
    monkeypatch.setenv("CHAIRSIDE_SECRET_KEY", SECRET.hex())

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def kept(chairside: Command, database_url: str) -> Iterator[Kept]:
    """Give the clinic that the commands work on."""
    chairside("migrate")
    found = Kept(database_url, key=Keys.of(SECRET).chain)
    yield found
    found.close()


def is_there(kept: Kept, session: str) -> bool:
    """Ask the database as it is now, after whatever took its place."""
    with closing(Kept(kept.url, key=kept.key)) as now:
        return now.records.has_session(session)


def seated(kept: Kept, chair: str = "1") -> str:
    session = kept.seat(chair)
    kept.chart(session)
    return session


def test_the_restore_drill_from_backup_to_proof(chairside: Command, kept: Kept, tmp_path: Path) -> None:
    session, file = seated(kept), str(tmp_path / "clinic.backup")

    backed_up = chairside("backup", file)
    later = seated(kept, "2")
    kept.close()
    refused = chairside("restore", file)
    restored = chairside("restore", file, "--replace")
    proved = chairside("verify")

    assert backed_up == (0, f"Backed up and proved: 2 entries of 1 sessions in {file}.\n", "")
    assert (refused[0], refused[1]) == (2, "")
    assert "--replace" in refused[2]
    assert restored[0] == 0
    assert "What was there is kept as " in restored[1]
    assert proved[0] == 0
    assert proved[1].startswith("Intact: every chain holds, 2 entries of 1 sessions. Restored on ")
    assert is_there(kept, session)
    assert chairside("verify", "--session", later)[0] == 2


def test_a_backup_of_broken_records_leaves_with_one(chairside: Command, kept: Kept, tmp_path: Path) -> None:
    session = seated(kept)
    made = create_engine(kept.url, poolclass=NullPool, module=sqlite_driver() if kept.database.is_sqlite else None)
    with made.begin() as connection:
        sqlite = "DROP TRIGGER entries_no_update"
        connection.execute(text(sqlite if kept.database.is_sqlite else "ALTER TABLE entries DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE entries SET author = 'x' WHERE seq = 2"))

    code, out, err = chairside("backup", str(tmp_path / "clinic.backup"))

    assert (code, err) == (1, "")
    assert session in out
    assert not (tmp_path / "clinic.backup").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("backup",), "file"),
        (("restore",), "file"),
        (("restore", "missing.backup"), "There is no file missing.backup"),
        (("verify", "--anchor", "missing.jsonl"), "There is no anchor missing.jsonl"),
        (("backup", "missing/clinic.backup"), "cannot be written"),
    ],
)
def test_misuse_is_one_sentence_and_exit_two(
    chairside: Command, kept: Kept, command: tuple[str, ...], said: str
) -> None:
    seated(kept)

    code, out, err = chairside(*command)

    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_restore_is_refused_while_a_server_runs(
    chairside: Command, kept: Kept, database_url: str, tmp_path: Path
) -> None:
    session, file = seated(kept), str(tmp_path / "clinic.backup")
    chairside("backup", file)
    settings = settings_for(database_url, tmp_path)

    with server.alone(settings):
        meanwhile = chairside("restore", file, "--replace"), chairside("backup", str(tmp_path / "second"))
    after = chairside("restore", file, "--replace")

    assert (meanwhile[0][0], meanwhile[0][1]) == (2, "")
    assert "is running on this database" in meanwhile[0][2]
    assert meanwhile[1][0] == 0, "a backup is made while the server runs"
    assert after[0] == 0
    assert is_there(kept, session)


def test_a_server_waits_for_a_restore(
    chairside: Command, kept: Kept, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seated(kept)
    chairside("backup", str(tmp_path / "clinic.backup"))
    refused: list[str] = []

    def meanwhile(*_said: object, **_more: object) -> object:
        with pytest.raises(InUseError) as error, server.alone(settings_for(database_url, tmp_path)):
            pass
        refused.append(str(error.value))
        raise InUseError("Enough seen.")

    monkeypatch.setattr("dashboard.backups.restore_backup", meanwhile)
    chairside("restore", str(tmp_path / "clinic.backup"), "--replace")

    assert len(refused) == 1
    assert re.search("restore|server", refused[0])


def test_an_anchor_that_cannot_be_written_does_not_stop_a_restore(
    chairside: Command, kept: Kept, tmp_path: Path
) -> None:
    seated(kept)
    file = str(tmp_path / "clinic.backup")
    chairside("backup", file)
    kept.close()
    (tmp_path / "anchor.jsonl").mkdir()

    code, _out, err = chairside("restore", file, "--replace")

    assert code == 0
    assert "anchor" in err


def test_a_cut_off_record_is_named_with_exit_one(chairside: Command, kept: Kept, tmp_path: Path) -> None:
    session = seated(kept)
    file = str(tmp_path / "clinic.backup")
    chairside("backup", file)
    kept.close()
    chairside("restore", file, "--replace")  # anchors what it put back
    made = create_engine(kept.url, poolclass=NullPool, module=sqlite_driver() if kept.database.is_sqlite else None)
    with made.begin() as connection:
        sqlite = "DROP TRIGGER entries_no_delete"
        connection.execute(text(sqlite if kept.database.is_sqlite else "ALTER TABLE entries DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM entries WHERE seq = 2"))
        connection.execute(text("UPDATE session_index SET last_seq = 1"))

    code, out, err = chairside("verify")
    chosen = chairside("verify", "--anchor", str(tmp_path / "anchor.jsonl"), "--session", session)

    assert (code, err, out.count("\n")) == (1, "", 1)
    assert out.startswith(f"Broken: session {session}, entry ")
    assert chosen == (1, out, "")


def test_a_restore_to_nowhere_is_told(
    chairside: Command, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seated(kept)
    file = str(tmp_path / "clinic.backup")
    chairside("backup", file)
    monkeypatch.setenv("CHAIRSIDE_DATABASE_URL", f"sqlite:///{tmp_path / 'missing' / 'chairside.db'}")

    code, out, err = chairside("restore", file)

    assert (code, out, err.count("\n")) == (2, "", 1)
