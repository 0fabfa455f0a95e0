"""Restorations: an honest restore verifies and is told, and an old copy put back is not excused by it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.store.anchoring import Anchoring
from models.store.restorations import Restoration, still_there
from models.store.verify import Head
from tests.kept import NOON
from tests.vault import KEYS, Vault, past_every_guard


@pytest.fixture
def vault(database_url: str, tmp_path: Path) -> Iterator[Vault]:
    """Give a clinic with an anchor, on each database."""
    found = Vault(tmp_path, database_url)
    yield found
    found.stop()


def anchor_of_the_other(vault: Vault) -> str | None:
    """Let another server of the clinic write a line of its own anchor; say what is failing there."""
    other = Anchoring(vault.kept.database, vault.folder / "other", KEYS.anchor)
    other.keep(vault.clock(), "start")
    other.close()
    return other.failing


def test_an_honest_restore_verifies_and_says_what_is_gone(vault: Vault) -> None:
    session = vault.record("1", 4)
    vault.keep("start")
    backup = vault.back_up()
    vault.chart(session, 3)
    later = vault.record("2", 2)
    vault.keep()

    vault.restored(backup)
    proof = vault.prove()
    vault.chart(session, 5)
    vault.keep()
    after = vault.prove()

    assert proof.broken is None
    assert proof.notes[0].startswith("Restored on 2026-03-01T")
    named = ", ".join(f"{name} ({count})" for name, count in sorted({session: 3, later: 2}.items()))
    assert proof.notes[1] == f"5 entries written after a backup are gone with its restoration: session {named}."
    assert after.broken is None
    assert after.notes[:2] == proof.notes[:2]


def test_without_its_record_the_same_restore_is_an_old_copy(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    session = vault.record("1", 4)
    vault.keep("start")
    backup = vault.back_up()
    vault.chart(session, 3)
    vault.keep()

    with monkeypatch.context() as unrecorded:
        unrecorded.setattr("models.store.restore.write_restoration", lambda *_said, **_more: None)
        vault.restore(backup)
    proof = vault.prove()

    assert proof.broken is not None
    assert proof.broken.session == session


def test_a_restoration_excuses_nothing_that_was_written_after_it(vault: Vault) -> None:
    session = vault.record("1", 4)
    vault.keep("start")
    backup = vault.back_up()
    vault.restored(backup)
    vault.chart(session, 3)
    vault.keep()
    with vault.kept.database.engine.begin() as connection:
        if vault.kept.database.is_sqlite:
            connection.execute(text("DROP TRIGGER entries_no_delete"))
        else:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM entries WHERE seq > 4"))
        connection.execute(text("UPDATE session_index SET last_seq = 4"))

    proof = vault.prove()

    assert proof.broken is not None
    assert (proof.broken.session, proof.broken.seq) == (session, 7)


def test_the_anchor_of_another_server_verifies_after_a_restore(vault: Vault) -> None:
    session = vault.record("1", 4)
    backup = vault.back_up()
    vault.chart(session, 3)
    anchor_of_the_other(vault)

    vault.restored(backup)
    proof = vault.prove(anchor=vault.folder / "other")

    assert proof.broken is None
    assert f"{session} (3)" in proof.notes[1]


@pytest.mark.parametrize("times", [1, 2])
def test_the_anchor_of_another_server_verifies_after_a_fire_took_the_rest(
    sqlite_url: str, tmp_path: Path, times: int
) -> None:
    vault = Vault(tmp_path, sqlite_url)
    vault.record("1", 4)
    backup = vault.back_up()
    for _ in range(times):
        vault.restored(backup)
    burnt = vault.record("2", 2)
    anchor_of_the_other(vault)
    vault.stop()
    for file in (*tmp_path.glob("chairside.db*"), vault.anchor):
        file.unlink()

    vault.restored(backup)
    vault.record("3", 2)
    proof = vault.prove(anchor=tmp_path / "other")
    failing = anchor_of_the_other(vault)
    after = vault.prove(anchor=tmp_path / "other")
    vault.stop()

    assert proof.broken is None
    gone = f"2 entries written after a backup are gone with its restoration: session {burnt} (2)."
    assert proof.notes[1] == gone
    assert failing is None
    assert after.broken is None


@pytest.mark.parametrize("lost", ["anchor.jsonl", "chairside.db*"])
def test_a_clock_set_back_does_not_number_a_restoration_below_the_last(
    sqlite_url: str, tmp_path: Path, lost: str
) -> None:
    vault = Vault(tmp_path, sqlite_url)
    vault.record("1", 4)
    backup = vault.back_up()
    vault.restored(backup)
    vault.clock.pass_minutes(-600)
    vault.stop()
    for file in tmp_path.glob(lost):
        file.unlink()

    vault.restored(backup)
    proof = vault.prove()
    vault.stop()

    assert proof.broken is None
    assert vault.anchoring.failing is None


def test_restoring_twice_to_before_the_first_time_verifies(vault: Vault) -> None:
    session = vault.record("1", 8)
    vault.keep("start")
    first = vault.back_up("first")
    vault.chart(session, 4)
    vault.keep()
    second = vault.back_up("second")
    vault.restored(first)
    vault.chart(session, 2)
    vault.keep()
    vault.restored(second)
    vault.chart(session)
    vault.keep()
    vault.restored(first)

    proof = vault.prove()

    assert proof.broken is None
    assert [note for note in proof.notes if note.startswith("Restored on")][2:] != []


def test_the_database_refuses_to_rewrite_a_restoration(vault: Vault) -> None:
    vault.record()
    vault.restored(vault.back_up())

    for verb in ("UPDATE restorations SET number = 9", "DELETE FROM restorations"):
        with pytest.raises(DBAPIError, match="append-only"), vault.kept.database.engine.begin() as connection:
            connection.execute(text(verb))


@pytest.mark.parametrize(
    "touched",
    [
        "UPDATE restorations SET body = replace(body, 'heads', 'heats')",
        "UPDATE restorations SET restored_at = '2026-01-01 00:00:00.000000'",
        "UPDATE restorations SET number = number + 1",
        "DELETE FROM restorations WHERE number = (SELECT min(number) FROM restorations)",
        "DELETE FROM restorations WHERE number = (SELECT max(number) FROM restorations)",
        "DELETE FROM restorations",
    ],
)
def test_a_restoration_that_was_touched_is_found(sqlite_url: str, tmp_path: Path, touched: str) -> None:
    vault = Vault(tmp_path, sqlite_url)
    session = vault.record()
    backup = vault.back_up()
    vault.chart(session)
    vault.keep()
    vault.restored(backup)
    vault.restored(backup)
    vault.stop()
    with past_every_guard(tmp_path / "chairside.db") as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        if touched.startswith("UPDATE restorations SET number"):
            raw.execute("DELETE FROM restorations WHERE number = (SELECT max(number) FROM restorations)")
        raw.execute(touched)
    vault.start()

    proof = vault.prove()
    vault.stop()

    assert proof.broken is not None
    assert "restoration" in proof.broken.why


def test_a_copy_from_before_a_restoration_is_older_than_the_anchor(sqlite_url: str, tmp_path: Path) -> None:
    vault = Vault(tmp_path, sqlite_url)
    vault.record()
    vault.keep()
    backup = vault.back_up()
    vault.stop()
    old = vault.copied(tmp_path / "old")
    vault.start()
    vault.restored(backup)
    vault.stop()
    shutil.copy(old, tmp_path / "chairside.db")
    vault.start()

    proof = vault.prove()
    vault.keep("start")
    vault.stop()

    assert proof.broken is not None
    missing = int(vault.kept.clock().timestamp()) // 60 - 5
    assert f"older than the anchor: restoration {missing} is not in it" in proof.broken.why
    assert vault.anchoring.failing is not None
    assert "older" in vault.anchoring.failing


def restoration(number: int, base: int, seq: int) -> Restoration:
    return Restoration(number, NOON, "b", "m", base, {"s": Head("s", seq, "e", "h")} if seq else {})


@pytest.mark.parametrize(
    ("restorations", "seq", "restored", "left"),
    [
        ([], 9, 0, 9),
        ([(1, 0, 5)], 4, 0, 4),
        ([(1, 0, 5)], 9, 0, 5),
        ([(1, 0, 5)], 9, 1, 9),
        ([(1, 0, 0)], 9, 0, 0),
        ([(1, 0, 5), (2, 1, 7)], 9, 0, 5),
        ([(1, 0, 5), (2, 1, 7)], 6, 1, 6),
        ([(1, 0, 5), (2, 1, 7)], 9, 1, 7),
        ([(1, 0, 5), (2, 0, 8)], 9, 0, 8),
        ([(1, 0, 5), (2, 0, 8)], 7, 1, 5),
        ([(2, 0, 8)], 7, 1, 0),
        ([(2, 0, 8)], 7, 0, 7),
    ],
)
def test_what_must_still_be_there_after_restorations(
    restorations: list[tuple[int, int, int]], seq: int, restored: int, left: int
) -> None:
    found = {one[0]: restoration(*one) for one in restorations}

    assert still_there(found, "s", seq, restored) == left
