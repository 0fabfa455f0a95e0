"""The anchor: what it keeps, what shows when it is touched, and that nothing of it stops charting."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from models.store import anchoring
from models.store.anchor import AnchorError, AnchorFile, read_anchor
from models.store.anchoring import Anchoring
from tests.kept import NOON, Kept
from tests.vault import KEYS, Vault, lines, past_every_guard


@pytest.fixture
def vault(database_url: str, tmp_path: Path) -> Iterator[Vault]:
    """Give a clinic with an anchor, on each database."""
    found = Vault(tmp_path, database_url)
    yield found
    found.stop()


def told(anchor: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines(anchor)]


# What is written


def test_a_line_has_every_head_that_is_new_and_the_next_only_what_changed(vault: Vault) -> None:
    one, two = vault.record("1", 3), vault.record("2", 2)

    vault.keep("start")
    vault.chart(two)
    vault.keep()
    vault.keep()

    heads = [[(head[0], head[1]) for head in line.get("heads", [])] for line in told(vault.anchor)]  # type: ignore[attr-defined]  # what JSON gives
    assert sorted(heads[0]) == sorted([(one, 3), (two, 2)])
    assert heads[1:] == [[(two, 3)], []]
    assert [line["why"] for line in told(vault.anchor)] == ["start", "interval", "interval"]
    assert vault.anchoring.failing is None
    assert vault.prove().broken is None


def test_an_anchor_is_for_its_owner_alone_and_holds_no_names(vault: Vault) -> None:
    vault.record()
    vault.keep()

    assert stat.S_IMODE(vault.anchor.stat().st_mode) == 0o600
    assert "Nair" not in vault.anchor.read_text()


def test_a_server_that_starts_again_goes_on_with_the_same_anchor(vault: Vault) -> None:
    session = vault.record()
    vault.keep()

    vault.stop()
    vault.start()
    vault.chart(session)
    vault.keep("start")

    assert read_anchor(vault.anchor, KEYS.anchor).lines == 2
    assert vault.prove().broken is None


def test_a_line_that_the_power_cut_short_is_none_and_is_written_over(vault: Vault) -> None:
    session = vault.record()
    vault.keep()
    vault.stop()
    with vault.anchor.open("ab") as file:
        file.write(b'{"line":2,"heads":[' + b"x" * 2000)  # longer than the line that follows it
    vault.start()

    before = vault.prove()
    vault.chart(session)
    vault.keep("start")

    assert before.broken is None
    assert [line["line"] for line in told(vault.anchor)] == [1, 2]
    assert vault.prove().broken is None


def test_an_idle_year_stays_small(tmp_path: Path) -> None:
    file = AnchorFile(tmp_path / "anchor", KEYS.anchor)
    with closing(file):
        for _ in range(20):
            file.add(NOON, "interval", [], 0)

    a_year = (tmp_path / "anchor").stat().st_size / 20 * 12 * 24 * 365

    assert a_year < 25e6


# What is found


def test_a_tail_cut_off_with_its_place_in_the_index_is_found(vault: Vault) -> None:
    session, other = vault.record("1"), vault.record("2")
    vault.keep()
    last = vault.kept.records.record(vault.kept.site, session).entries[-1].id
    cut(vault, session, 2)

    proof, whole = vault.prove(), vault.prove(other)

    assert proof.broken is not None
    assert (proof.broken.session, proof.broken.entry, proof.broken.seq) == (session, last, 4)
    assert "cut off: 2 entries are left of 4" in proof.broken.why
    assert whole.broken is None
    assert vault.prove(session).broken == proof.broken


def cut(vault: Vault, session: str, left: int) -> None:
    """Cut a record off so that the database itself agrees with it."""
    with vault.kept.database.engine.begin() as connection:
        unguard(vault)
        values = {"session": session, "left": left}
        connection.execute(text("DELETE FROM entries WHERE session_id = :session AND seq > :left"), values)
        connection.execute(text("UPDATE session_index SET last_seq = :left WHERE session_id = :session"), values)
        if left == 0:
            connection.execute(text("DELETE FROM session_index WHERE session_id = :session"), values)
            connection.execute(text("DELETE FROM sessions WHERE id = :session"), values)


def unguard(vault: Vault) -> None:
    with vault.kept.database.engine.begin() as connection:
        for table in ("entries", "sessions", "restorations"):
            if not vault.kept.database.is_sqlite:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
                continue
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))


def test_a_session_that_is_gone_without_a_trace_is_found(vault: Vault) -> None:
    session = vault.record("1")
    vault.record("2")
    vault.keep()
    cut(vault, session, 0)

    proof = vault.prove()

    assert proof.broken is not None
    assert proof.broken.session == session
    assert "the session is gone" in proof.broken.why
    assert vault.prove(session).broken == proof.broken


def test_an_old_copy_put_back_is_called_one(sqlite_url: str, tmp_path: Path) -> None:
    vault = Vault(tmp_path, sqlite_url)
    session = vault.record()
    vault.keep()
    vault.stop()
    old = vault.copied(tmp_path / "old")
    vault.start()
    vault.chart(session, 3)
    vault.keep()
    vault.keep()
    vault.stop()
    old.replace(str(vault.kept.database.url.database))
    vault.start()

    proof = vault.prove()
    vault.keep("start")
    after = vault.prove()
    vault.stop()

    assert proof.broken is not None
    assert proof.broken.session == session
    assert "older than the anchor: it stood at line 1 of 3" in proof.broken.why
    assert vault.anchoring.failing is not None
    assert session in vault.anchoring.failing
    assert after.broken is not None, "the server must not anchor the old copy as if nothing were wrong"
    assert after.broken.session == session


def test_an_old_copy_that_has_grown_again_is_found_too(sqlite_url: str, tmp_path: Path) -> None:
    vault = Vault(tmp_path, sqlite_url)
    session = vault.record()
    vault.stop()
    old = vault.copied(tmp_path / "old")
    vault.start()
    vault.chart(session, 2)
    vault.keep()
    vault.stop()
    old.replace(str(vault.kept.database.url.database))
    vault.start()
    vault.chart(session, 5)
    vault.keep()

    proof = vault.prove()
    vault.stop()

    assert proof.broken is not None
    assert (proof.broken.session, proof.broken.seq) == (session, 6)
    assert "another entry stands in its place" in proof.broken.why


CUTS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "the last line": lambda all_: all_[:-1],
    "a line in the middle": lambda all_: [*all_[:1], *all_[2:]],
    "the first line": lambda all_: all_[1:],
    "an order of lines": lambda all_: [all_[0], all_[2], all_[1], *all_[3:]],
    "a letter": lambda all_: [*all_[:1], all_[1].replace(b"interval", b"Interval"), *all_[2:]],
    "everything": lambda _all: [],
}


@pytest.mark.parametrize("what", CUTS)
def test_an_anchor_that_was_touched_is_found_and_not_continued(vault: Vault, what: str) -> None:
    session = vault.record()
    for _ in range(4):
        vault.chart(session)
        vault.keep()
    vault.stop()
    touched = b"".join(CUTS[what](lines(vault.anchor)))
    vault.anchor.write_bytes(touched)
    vault.start()

    proof = vault.prove()
    vault.keep("start")

    assert proof.broken is not None
    assert "anchor" in proof.broken.why
    if what == "everything":
        return  # the server cannot tell it from a new one, and begins it again
    assert vault.anchoring.failing is not None
    assert vault.anchor.read_bytes() == touched


def test_an_anchor_that_was_taken_away_is_missed(vault: Vault) -> None:
    vault.record()
    vault.keep()
    vault.anchor.unlink()

    proof = vault.prove()

    assert proof.broken is not None
    assert "is not there" in proof.broken.why


def test_an_emptied_anchor_hides_no_cut(vault: Vault) -> None:
    session = vault.record()
    vault.keep()
    vault.keep()
    cut(vault, session, 2)
    vault.anchor.write_bytes(b"")

    proof = vault.prove()

    assert proof.broken is not None
    assert f"the anchor {vault.anchor} is empty, though one was written until 2026-" in proof.broken.why
    assert "(2 lines)" in proof.broken.why


def test_an_anchor_that_never_had_a_line_is_only_said_to_be_empty(vault: Vault) -> None:
    vault.record()
    vault.anchor.write_bytes(b"")

    proof = vault.prove()

    assert proof.broken is None
    assert proof.notes == ("The anchor is empty.",)


@pytest.mark.parametrize("stored", ["'x'", "x'ff'", "1.5", "-3"])
def test_a_mark_that_is_no_number_is_found(sqlite_url: str, tmp_path: Path, stored: str) -> None:
    vault = Vault(tmp_path, sqlite_url)
    vault.record()
    vault.keep()
    vault.stop()
    with past_every_guard(tmp_path / "chairside.db") as raw:
        raw.execute(f"UPDATE anchor_marks SET lines = {stored}")  # noqa: S608  # our own values
    vault.start()

    proof = vault.prove()
    vault.stop()

    assert proof.broken is not None
    assert "of the anchor was changed" in proof.broken.why


def test_an_anchor_of_another_key_is_not_believed(vault: Vault) -> None:
    vault.record()
    vault.keep()

    log = read_anchor(vault.anchor, bytes(32))

    assert log.lines == 0
    assert "another key" in log.broken


def test_any_servers_anchor_proves_the_records(vault: Vault) -> None:
    session = vault.record()
    other = Anchoring(vault.kept.database, vault.folder / "other", KEYS.anchor)
    vault.keep()
    vault.chart(session)
    other.keep(vault.clock(), "start")
    cut(vault, session, 4)

    proofs = [vault.prove(anchor=vault.folder / name) for name in ("other", "anchor.jsonl")]
    other.close()

    assert [one.broken is None for one in proofs] == [False, True]


# Nothing of it stops charting


def test_an_anchor_that_cannot_be_written_is_told_and_charting_goes_on(vault: Vault) -> None:
    vault.anchor.mkdir()
    session = vault.record()

    vault.keep()
    vault.chart(session)
    failing = vault.anchoring.failing
    vault.anchor.rmdir()
    vault.keep()

    assert failing is not None
    assert vault.anchoring.failing is None
    assert len(lines(vault.anchor)) == 1


def test_two_servers_never_write_one_file(vault: Vault) -> None:
    vault.record()
    vault.keep()

    with pytest.raises(AnchorError, match="in use"):
        AnchorFile(vault.anchor, KEYS.anchor)


def test_a_crash_between_file_and_database_is_honest(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    session = vault.record()
    vault.keep()
    vault.chart(session)

    with monkeypatch.context() as crash:
        crash.setattr(anchoring, "_mark", lambda *_said: None)
        vault.keep()

    assert vault.prove().broken is None


def test_a_mark_that_was_changed_is_found(sqlite_url: str, tmp_path: Path) -> None:
    vault = Vault(tmp_path, sqlite_url)
    vault.record()
    vault.keep()
    vault.keep()
    vault.stop()
    with past_every_guard(tmp_path / "chairside.db") as raw:
        raw.execute("UPDATE anchor_marks SET lines = 1")
    vault.start()

    proof = vault.prove()
    vault.stop()

    assert proof.broken is not None
    assert "line 1 of the anchor was changed" in proof.broken.why


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    kept = Kept(f"sqlite:///{tmp_path / 'chairside.db'}")
    keeper = Anchoring(kept.database, tmp_path / "anchor", KEYS.anchor)
    kept.close()
    (tmp_path / "chairside.db").unlink()

    keeper.keep(NOON, "interval")

    assert keeper.failing == "The database did not answer."
