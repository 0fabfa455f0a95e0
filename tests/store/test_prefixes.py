"""A save cut off anywhere: after every write and sync on the files it is wholly there or wholly not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from models.store import engine
from models.store.record import RecordStore
from tests import recorded_sqlite
from tests.kept import COMPLETE, Kept
from tests.recorded_sqlite import DISK, Operation, apply

FILES = ("chairside.db", "chairside.db-wal")
LOGS = {
    "goes on": "SELECT 1",  # the log has entries that are not in the main file yet
    "is fresh": "PRAGMA wal_checkpoint(TRUNCATE)",  # the save begins the log, head first
    "is full": "PRAGMA wal_autocheckpoint = 1",  # the save carries the log over into the main file as well
}


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Give a clinic whose files are recorded."""
    (tmp_path / "real").mkdir()
    monkeypatch.setattr(engine, "sqlite_driver", lambda: recorded_sqlite)
    kept = Kept(f"sqlite:///{tmp_path / 'real' / FILES[0]}")
    yield kept
    kept.close()
    DISK.recording = False
    DISK.operations.clear()


def save(kept: Kept, folder: Path, log: str) -> tuple[str, int, list[Operation]]:
    """Save one reading; leave copies of the files as before it, and return the session, its size and what was done."""
    session = kept.seat()
    kept.chart(session, "reading", values=COMPLETE)
    for _ in range(2):  # the second time there is nothing left to do
        with kept.database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql(LOGS[log])
            connection.exec_driver_sql("BEGIN")
    folder.mkdir()
    for name in FILES:
        shutil.copy(folder.parent / "real" / name, folder / name)
    DISK.recording = True
    stored = kept.chart(session, "reading", values=COMPLETE)
    DISK.recording = False
    return session, stored.entry.seq, list(DISK.operations)


def survivors(done: Sequence[Operation], random: Random) -> Iterator[tuple[str, list[Operation]]]:
    """Yield what a disk may hold after these operations: what was synced, and of the rest all, nothing or some."""
    synced = {one.file: number for number, one in enumerate(done) if one.verb == "sync"}
    sure = [number < synced.get(one.file, -1) for number, one in enumerate(done)]
    yield "all", list(done)
    yield "synced", [one for number, one in enumerate(done) if sure[number]]
    if done and done[-1].verb == "write":
        half = done[-1].data[: len(done[-1].data) // 2]
        yield "torn", [*done[:-1], Operation(done[-1].file, "write", done[-1].offset, half)]
    for _ in range(2):
        yield "some", [one for number, one in enumerate(done) if sure[number] or random.random() < 0.5]


def held(
    folder: Path, before: Path, operations: Sequence[Operation], session: str, kept: Kept
) -> tuple[int, list[str]]:
    """Open what a disk would hold, as the real server does; return how long the record is, and what is wrong."""
    shutil.copytree(before, folder)
    apply(operations, folder)
    after = engine.Database(f"sqlite:///{folder / FILES[0]}")
    records = RecordStore(after, kept.key)
    entries = records.record(kept.site, session).entries
    wrong = [] if [one.seq for one in entries] == list(range(1, len(entries) + 1)) else ["the numbers have a gap"]
    wrong += [] if records.first_break(session) is None else ["the chain breaks"]
    (standing,) = records.standings(kept.site, "active")
    wrong += [] if standing.last_seq == len(entries) else ["the index does not fit"]
    with after.read() as connection:
        sound = connection.execute(text("PRAGMA integrity_check")).scalar_one()
    after.close()
    shutil.rmtree(folder)
    return len(entries), wrong + ([] if sound == "ok" else [sound])


def tried(kept: Kept, folder: Path, log: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, int], list[str]]:
    """Cut one save off everywhere; return its number, the lengths after its end, and what went wrong."""
    session, seq, operations = save(kept, folder / "before", log)
    random, wrong, at_the_end = Random(1), [], {}
    with monkeypatch.context() as patch:
        patch.setattr(engine, "sqlite_driver", _REAL_DRIVER)
        for length in range(len(operations) + 1):
            for name, some in survivors(operations[:length], random):
                found, bad = held(folder / "after", folder / "before", some, session, kept)
                wrong += [f"after {length} operations, {name}: {one}" for one in bad]
                wrong += [] if found in {seq - 1, seq} else [f"after {length} operations, {name}: {found} entries"]
                at_the_end[name] = found
    assert len(operations) > 2
    return seq, at_the_end, wrong


_REAL_DRIVER = engine.sqlite_driver


@pytest.mark.parametrize("log", LOGS)
def test_a_save_cut_off_anywhere_is_wholly_there_or_wholly_not(
    log: str, recorded: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq, at_the_end, wrong = tried(recorded, tmp_path, log, monkeypatch)

    assert wrong == []
    assert (at_the_end["all"], at_the_end["synced"]) == (seq, seq)  # saved is on the disk, whatever is lost of the rest


def test_without_the_sync_at_the_commit_a_saved_entry_would_be_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    monkeypatch.setattr(engine, "sqlite_driver", lambda: recorded_sqlite)
    monkeypatch.setattr(engine, "_SQLITE_SETTINGS", {"journal_mode": "wal", "synchronous": 1})
    kept = Kept(f"sqlite:///{tmp_path / 'real' / FILES[0]}")

    seq, at_the_end, _wrong = tried(kept, tmp_path, "goes on", monkeypatch)
    kept.close()
    DISK.operations.clear()

    assert (at_the_end["all"], at_the_end["synced"]) == (seq, seq - 1)
