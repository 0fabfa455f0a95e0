"""How long a clinic's whole past takes to verify, back up and restore: ``python -m bench.records [--entries N]``."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from bench.figures import Target
from models.protocol import STANDARD
from models.session import Patient
from models.store.anchoring import Anchoring
from models.store.backup import make_backup, sqlite
from models.store.chain import Keys, Link, digest, genesis, row_around
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.places import PlaceStore
from models.store.proof import prove
from models.store.protocols import ProtocolStore
from models.store.restore import restore_backup
from models.store.snapshot import records, whole
from models.store.tables import EntryRow, SessionIndexRow, SessionRow

T = TypeVar("T")
ENTRIES: Final = 1_000_000
OF_SESSION: Final = 40
VERIFY_MOST_S: Final = 60.0
KEYS: Final = Keys.of(bytes(range(32)))
BEGUN: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
READING: Final = {"sbp": 128, "dbp": 82, "hr": 74, "dissociation": 3, "nausea": 1, "spo2": 98}


def fill(url: str, entries: int) -> None:
    """Write a past of ``entries`` entries, chained as the product chains them, straight into the tables."""
    with closing(Database(url)) as database:
        migrate(database)
        places, protocols = PlaceStore(database), ProtocolStore(database)
        site = places.default_site()
        protocols.seed(site, STANDARD, BEGUN)
        protocol = protocols.in_force(site)
        chair = places.add_chair(site, "1", BEGUN)
        who = Patient(str(uuid.uuid4()), "40-718", "Nair", "Priya", date(1979, 3, 14), "female", None)
        places.add_patient(site, who, BEGUN)
    names = {"site_id": site, "protocol_id": protocol, "chair_id": chair.id, "patient_id": who.id}
    with whole(database.url) as connection:
        around = {row["id"]: row for table in ("protocols", "patients") for row in _named(connection, table)}
        for number in range(-(-entries // OF_SESSION)):
            _write_session(connection, names, around, number)


def _named(connection: Connection, table: str) -> Iterator[dict[str, Any]]:
    for row in records(connection, f"SELECT * FROM {table}"):  # noqa: S608  # our own tables
        yield row | {"created_at": BEGUN}


def _write_session(connection: Connection, names: dict[str, str], around: dict[str, Any], number: int) -> None:
    session, arrived = str(uuid.uuid4()), BEGUN + timedelta(hours=number)
    row = {"id": session, "site_id": names["site_id"], "protocol_id": names["protocol_id"], "created_at": arrived}
    rests_on = (
        row_around("sessions", row),
        row_around("protocols", around[names["protocol_id"]]),
        row_around("patients", around[names["patient_id"]]),
    )
    connection.execute(insert(SessionRow).values(row))
    previous, written = genesis(KEYS.chain, session), []
    for seq in range(1, OF_SESSION + 1):
        content = {"patient_id": names["patient_id"]} if seq == 1 else {"values": READING | {"sbp": 100 + seq}}
        at, kind = arrived + seq * timedelta(minutes=3), "opening" if seq == 1 else "reading"
        body = orjson.dumps(content).decode()
        link = Link(names["site_id"], session, seq, str(uuid.uuid4()), kind, at, at, "m.silva", None, None, body)
        made = digest(KEYS.chain, previous, link, rests_on if seq == 1 else ())
        written.append(_row(link, previous, made))
        previous = made
    connection.execute(insert(EntryRow), written)
    place = {"session_id": session, "site_id": names["site_id"], "chair_id": names["chair_id"], "state": "closed"}
    place |= {"patient_id": names["patient_id"]}
    connection.execute(
        insert(SessionIndexRow).values(
            place | {"arrived_at": arrived, "ended_at": arrived + timedelta(hours=2), "last_seq": OF_SESSION}
        )
    )


def _row(link: Link, previous: str, made: str) -> dict[str, Any]:
    return {
        "id": link.id,
        "site_id": link.site,
        "session_id": link.session,
        "seq": link.seq,
        "kind": link.kind,
        "measured_at": link.measured_at,
        "recorded_at": link.recorded_at,
        "author": link.author,
        "device": link.device,
        "corrects": link.corrects,
        "body": link.body,
        "previous_hash": previous,
        "hash": made,
    }


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call returns, and the seconds it took."""
    begun = time.perf_counter()
    return call(), time.perf_counter() - begun


def measure(folder: Path, entries: int) -> tuple[Target, dict[str, float]]:
    """Verify, back up and restore a past of ``entries`` entries on SQLite; the target is the time to verify."""
    file, anchor = folder / "past.db", folder / "anchor.jsonl"
    fill(f"sqlite:///{file}", entries)
    with closing(Database(f"sqlite:///{file}")) as database:
        anchoring = Anchoring(database, anchor, KEYS.anchor)
        _, anchored = timed(lambda: anchoring.keep(BEGUN, "start"))
        anchoring.close()
    proof, verified = timed(lambda: prove(sqlite(file), KEYS, anchor))
    assert proof.broken is None, proof.broken
    assert proof.entries == entries
    copy = folder / "past.backup"
    _, backed_up = timed(lambda: make_backup(sqlite(file), KEYS, copy, now=BEGUN, version="bench"))
    target = sqlite(folder / "restored.db")
    restored, put_back = timed(lambda: restore_backup(copy, target, KEYS, now=BEGUN, replace=False, anchor=anchor))
    assert restored.manifest.counts["entries"] == entries
    allowed = VERIFY_MOST_S * max(1.0, entries / ENTRIES)
    figures = {"anchor, s": anchored, "verify, s": verified, "backup, s": backed_up, "restore, s": put_back}
    figures["backup, MB"] = copy.stat().st_size / 1e6
    return Target(f"verify {entries} entries", verified, allowed, "s"), figures


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.records")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    folder = Path(tempfile.mkdtemp(prefix="chairside-bench-"))
    try:
        target, figures = measure(folder, parser.parse_args().entries)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{target.what}: {target.found:.1f} s of {target.most:.0f} s, {target.mark}")
    print(", ".join(f"{name} {value:.1f}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
