"""The skew of a tablet's clock in the record: kept, covered by the chain, and nothing to chains from before."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from models.store.chain import Link, digest, first_break, genesis
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.tables import EntryRow, ProtocolRow, SessionRow, SiteRow
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
    links = list(zip(OLD, (genesis(KEY, SESSION), OLD_DIGESTS[0]), OLD_DIGESTS, strict=True))

    assert first_break(KEY, SESSION, links) is None


@pytest.mark.parametrize("skew_ms", [0, 240_000, -1])
def test_a_skew_added_to_an_old_entry_breaks_its_chain(skew_ms: int) -> None:
    changed = replace(OLD[0], clock_skew_ms=skew_ms)

    broken = first_break(KEY, SESSION, [(changed, genesis(KEY, SESSION), OLD_DIGESTS[0])])

    assert broken is not None
    assert broken.entry == NOTE


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
        connection.execute(insert(SiteRow).values(id="site-1", name="Clinic"))
        protocol = {"id": "p", "site_id": "site-1", "name": "standard", "version": 1, "fingerprint": "f", "body": "{}"}
        connection.execute(insert(ProtocolRow).values(protocol | {"created_at": NOON}))
        session = {"id": SESSION, "site_id": "site-1", "protocol_id": "p", "created_at": NOON}
        connection.execute(insert(SessionRow).values(session))
        previous = genesis(KEY, SESSION)
        for link, stored in zip(OLD, OLD_DIGESTS, strict=True):
            row = asdict(link) | {"site_id": link.site, "session_id": link.session}
            row = {name: row[name] for name in row if name not in {"site", "session", "clock_skew_ms"}}
            connection.execute(insert(EntryRow).values(row | {"previous_hash": previous, "hash": stored}))
            previous = stored
    database.close()

    kept = Kept(database_url)
    broken = kept.records.first_break()
    kept.close()

    assert broken is None
