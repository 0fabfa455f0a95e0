"""The skew of a tablet's clock in the record: kept, covered by the chain, and nothing to chains from before."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from models.protocol import STANDARD
from models.store.chain import Link, digest, genesis, holds
from models.store.engine import Database
from models.store.migrate import migrate
from tests.kept import KEY, Kept

SESSION = "3f2b8c1e-0000-4000-8000-000000000001"
NOTE = "3f2b8c1e-0000-4000-8000-000000000002"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOON.replace(minute=1)
OLD = (
    Link(
        "site-1",
        SESSION,
        1,
        NOTE,
        "note",
        NOON,
        NOON.replace(second=5, microsecond=250_000),
        "m.silva",
        None,
        None,
        '{"text":"Comfortable."}',
    ),
    Link(
        "site-1",
        SESSION,
        2,
        "3f2b8c1e-0000-4000-8000-000000000003",
        "correction",
        LATER,
        LATER,
        "a.lindqvist",
        "pump 3",
        NOTE,
        '{"reason":"wrong chair"}',
    ),
)
OLD_DIGESTS = (
    "80f7a988a2d4ace078887cfb8e6ebc858b5f0c48bbab010e5e4b3ddf21ab0e67",
    "27c1d23c869eee299c6de14ad974391e8a225baa0e700eb647dc245df9a4b43c",
)
"""As the first release wrote them."""


def test_a_chain_from_before_the_skew_was_measured_still_holds() -> None:
    previous = (genesis(KEY, SESSION), OLD_DIGESTS[0])

    kept = [holds(KEY, *one) for one in zip(previous, OLD, ((), ()), OLD_DIGESTS, strict=True)]

    assert kept == [True, True]


@pytest.mark.parametrize("skew_ms", [0, 240_000, -1])
def test_a_skew_added_to_an_old_entry_breaks_its_chain(skew_ms: int) -> None:
    changed = replace(OLD[0], clock_skew_ms=skew_ms)

    assert not holds(KEY, genesis(KEY, SESSION), changed, (), OLD_DIGESTS[0])


def test_two_skews_have_two_digests() -> None:
    digests = {digest(KEY, "", replace(OLD[0], clock_skew_ms=skew)) for skew in (None, 0, 1, -1)}

    assert len(digests) == 4


def test_the_skew_is_kept_with_the_entry_and_a_repeat_does_not_change_it(kept: Kept) -> None:
    session, nurse = kept.seat(), kept.person()
    body = {"id": str(uuid.uuid4()), "kind": "note", "text": "Comfortable.", "measured_at": kept.clock().isoformat()}

    first = kept.clinic.append(nurse, session, body, skew_ms=240_250)
    again = kept.clinic.append(nurse, session, body, skew_ms=-7)
    without = kept.chart(session)

    fresh = Kept(kept.url, kept.clock)
    stored = [entry.clock_skew_ms for entry in fresh.records.record(kept.site, session).entries]
    fresh.close()
    assert (first.entry.clock_skew_ms, again.entry.clock_skew_ms) == (240_250, 240_250)
    assert without.entry.clock_skew_ms is None
    assert stored == [None, 240_250, None]
    assert kept.records.first_break() is None


def test_a_record_of_the_first_release_comes_up_whole(database_url: str) -> None:
    database = Database(database_url)
    migrate(database, "0001")
    with database.write() as connection:
        for table, row in FIRST_RELEASE:
            put(connection, table, row)
        previous = genesis(KEY, SESSION)
        for link, stored in zip(OLD, OLD_DIGESTS, strict=True):
            names = ("id", "seq", "kind", "author", "device", "corrects", "body")
            row = {name: getattr(link, name) for name in names}
            row |= {name: f"{getattr(link, name):%Y-%m-%d %H:%M:%S.%f}" for name in ("measured_at", "recorded_at")}
            row |= {"site_id": link.site, "session_id": link.session, "previous_hash": previous, "hash": stored}
            put(connection, "entries", row)
            previous = stored
    database.close()

    kept = Kept(database_url)
    broken = kept.records.first_break()
    kept.close()

    assert broken is None


AT = "2026-03-01 11:00:00.000000"
PROTOCOL = {
    "id": "p",
    "site_id": "site-1",
    "name": "standard",
    "version": 1,
    "fingerprint": STANDARD.fingerprint(),
    "body": orjson.dumps(STANDARD.as_json(), option=orjson.OPT_SORT_KEYS).decode(),
    "created_at": AT,
}
PATIENT: dict[str, object] = {
    "id": "n",
    "site_id": "site-1",
    "mrn": "1",
    "family": "Nair",
    "given": "Priya",
    "birth_date": "1979-03-14",
    "sex": "female",
    "created_at": AT,
}
INDEX = {
    "session_id": SESSION,
    "site_id": "site-1",
    "chair_id": "c",
    "patient_id": "n",
    "state": "active",
    "arrived_at": AT,
    "last_seq": 2,
}
FIRST_RELEASE: tuple[tuple[str, dict[str, object]], ...] = (
    ("sites", {"id": "site-1", "name": "Clinic"}),
    ("protocols", PROTOCOL),
    ("sessions", {"id": SESSION, "site_id": "site-1", "protocol_id": "p", "created_at": AT}),
    ("chairs", {"id": "c", "site_id": "site-1", "name": "1", "created_at": AT}),
    ("patients", PATIENT),
    ("session_index", INDEX),
)


def put(connection: Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    given = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({given})"), row)  # noqa: S608  # our own names
