"""The skew of a tablet's clock in the record: kept, covered by the chain, and nothing to chains from before."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

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
        for statement in (
            "INSERT INTO sites (id, name) VALUES ('site-1', 'Clinic')",
            "INSERT INTO protocols (id, site_id, name, version, fingerprint, body, created_at)"
            " VALUES ('p', 'site-1', 'standard', 1, 'f', '{}', '2026-03-01 11:00:00')",
            f"INSERT INTO sessions (id, site_id, protocol_id, created_at)"
            f" VALUES ('{SESSION}', 'site-1', 'p', '2026-03-01 11:00:00')",
        ):
            connection.execute(text(statement))
        columns = "id, site_id, session_id, seq, kind, measured_at, recorded_at, author, device, corrects, body"
        insert = f"INSERT INTO entries ({columns}, previous_hash, hash) VALUES (:id, :site, :session, :seq, :kind,"
        insert += " :measured_at, :recorded_at, :author, :device, :corrects, :body, :previous, :hash)"
        previous = genesis(KEY, SESSION)
        for link, stored in zip(OLD, OLD_DIGESTS, strict=True):
            parts = {name: getattr(link, name) for name in ("id", "site", "session", "seq", "kind", "author", "device")}
            parts |= {"corrects": link.corrects, "body": link.body, "previous": previous, "hash": stored}
            parts |= {name: f"{getattr(link, name):%Y-%m-%d %H:%M:%S.%f}" for name in ("measured_at", "recorded_at")}
            connection.execute(text(insert), parts)
            previous = stored
    database.close()

    kept = Kept(database_url)
    broken = kept.records.first_break()
    kept.close()

    assert broken is None
