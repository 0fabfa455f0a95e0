"""Verifying on both databases: what was touched is named by session and entry, with what became of it."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from models.store import chain, verify
from models.store.chain import Break
from models.store.engine import sqlite_driver
from models.store.verify import first_break
from tests.kept import KEY, Kept

FORGED = """
    INSERT INTO entries
    (id, seq, site_id, session_id, kind, measured_at, recorded_at, author, body, previous_hash, hash)
    SELECT 'forged', 3, site_id, session_id, kind, measured_at, recorded_at, author, body, previous_hash, :digest
    FROM entries WHERE session_id = :session AND seq = 13
"""
MAKE_ROOM = [f"UPDATE entries SET seq = {seq + 10} WHERE @ {seq}" for seq in (5, 4, 3)]  # noqa: S608  # our own columns and values
CLOSE_UP = [f"UPDATE entries SET seq = {seq + 1} WHERE @ {seq + 10}" for seq in (3, 4, 5)]  # noqa: S608  # our own columns and values
TOUCHED = {
    "changed": (3, ['UPDATE entries SET body = \'{"text":"It was not so."}\' WHERE @ 3']),
    "its body cannot be read": (3, ["UPDATE entries SET body = '{\"text\":' WHERE @ 3"]),
    "entry 3 is missing": (4, ["DELETE FROM entries WHERE @ 3"]),
    "an entry before it is missing: it was written as number 4": (
        3,
        [
            "DELETE FROM entries WHERE @ 3",
            "UPDATE entries SET seq = 3 WHERE @ 4",
            "UPDATE entries SET seq = 4 WHERE @ 5",
        ],
    ),
    "it was reordered: it was written as number 4": (
        3,
        [
            "UPDATE entries SET seq = 9 WHERE @ 3",
            "UPDATE entries SET seq = 3 WHERE @ 4",
            "UPDATE entries SET seq = 4 WHERE @ 9",
        ],
    ),
    "it was inserted": (3, [*MAKE_ROOM, FORGED, *CLOSE_UP]),
    "the index of sessions does not agree with its entries": (
        0,
        ["UPDATE session_index SET last_seq = 3 WHERE session_id = :session"],
    ),
    "or the session or protocol or patient's identity that it rests on": (
        1,
        ["UPDATE patients SET family = 'Nayar' WHERE id = :patient"],
    ),
    "the protocol": (0, ["UPDATE protocols SET body = replace(body, '180', '190')"]),
    "patient's identity that it rests on": (1, ["UPDATE patients SET birth_date = '1980-03-14' WHERE id = :patient"]),
    "the session or protocol": (1, ["UPDATE sessions SET created_at = :moment WHERE id = :session"]),
    "protocol or patient": (1, ["UPDATE protocols SET version = 7"]),
    "all its entries are missing": (0, ["DELETE FROM entries WHERE session_id = :session"]),
}


def charted(kept: Kept, chair: str = "1", entries: int = 5) -> str:
    """Return a session with so many entries."""
    session = kept.seat(chair)
    for number in range(2, entries + 1):
        kept.clock.pass_minutes(1)
        kept.chart(session, text=f"Entry {number}")
    return session


def touch(kept: Kept, statements: list[str], session: str) -> None:
    """Rewrite a database past its guards."""
    opening = kept.records.record(kept.site, session).entries[0]
    values = {
        "session": session,
        "patient": opening.content.body()["patient_id"],
        "digest": "0" * 64,
        "moment": "2026-01-01 00:00:00.000000" if kept.database.is_sqlite else "2026-01-01T00:00:00+00:00",
    }
    made = create_engine(kept.url, poolclass=NullPool, module=sqlite_driver() if kept.database.is_sqlite else None)
    with made.begin() as connection:
        unguard(connection, sqlite=kept.database.is_sqlite)
        for statement in statements:
            connection.execute(text(statement.replace("@", "session_id = :session AND seq =")), values)


def unguard(connection: Connection, *, sqlite: bool) -> None:
    for table in ("entries", "sessions", "protocols"):
        if not sqlite:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            continue
        for verb in ("update", "delete", "replace"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))


@pytest.mark.parametrize("why", TOUCHED)
def test_what_was_touched_is_named_with_what_became_of_it(kept: Kept, why: str) -> None:
    session = charted(kept)
    seq, statements = TOUCHED[why]
    named = {one.seq: one.id for one in kept.records.record(kept.site, session).entries} | {0: ""}
    if "written as" in why:
        named[3] = named[4]
    if "inserted" in why:
        named[3] = "forged"

    touch(kept, statements, session)
    broken = kept.records.first_break()

    assert broken is not None
    assert why in broken.why
    assert (broken.session, broken.seq, broken.entry) == (session, seq, named[seq])


def test_a_protocol_with_a_new_fingerprint_is_still_not_the_one_that_was_chained(kept: Kept) -> None:
    session = charted(kept)
    with kept.database.read() as connection:
        body = str(connection.scalar(text("SELECT body FROM protocols"))).replace("180", "190")
    fingerprint = verify._fingerprint(body)  # noqa: SLF001  # what somebody without the key can compute too

    touch(kept, [f"UPDATE protocols SET body = replace(body, '180', '190'), fingerprint = '{fingerprint}'"], session)  # noqa: S608  # our own columns and values
    broken = kept.records.first_break()

    assert broken is not None
    assert (broken.session, broken.seq) == (session, 1)


def test_the_patient_of_a_corrected_opening_is_proved_too(kept: Kept) -> None:
    session = charted(kept, entries=2)
    other = kept.clinic.add_patient(
        kept.person(),
        {"family": "Okafor", "given": "Ruth", "birth_date": "1985-01-02", "sex": "female", "mrn": "40-2"},
    )
    opening = kept.records.record(kept.site, session).entries[0]
    body = opening.content.body() | {"kind": "opening", "measured_at": opening.measured_at.isoformat()}
    replacement = body | {"patient_id": other.id}
    kept.chart(session, "correction", entry_id=opening.id, reason="the wrong patient", replacement=replacement)

    before = kept.records.first_break()
    touch(kept, [f"UPDATE patients SET mrn = '40-3' WHERE id = '{other.id}'"], session)  # noqa: S608  # our own columns and values
    broken = kept.records.first_break()

    assert before is None
    assert broken is not None
    assert (broken.session, broken.seq) == (session, 3)


def test_a_record_chained_before_its_surroundings_were_is_intact(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr("models.store.record.RecordStore._around", lambda *_said: ())
        session = charted(kept)

    before = kept.records.first_break()
    touch(kept, ["UPDATE entries SET author = 'somebody else' WHERE @ 1"], session)
    broken = kept.records.first_break()

    assert before is None
    assert broken is not None
    assert (broken.session, broken.seq) == (session, 1)


def test_one_session_is_verified_without_the_others(kept: Kept) -> None:
    one, two = charted(kept, "1"), charted(kept, "2")

    touch(kept, ["DELETE FROM entries WHERE @ 3"], one)

    assert first_break(kept.database.url, KEY, two) is None
    assert first_break(kept.database.url, KEY, one) is not None


@pytest.mark.parametrize(
    "stored", ["2026-03-01T12:00:00.000000", "2026-W09-7 12:00:00.000000", "2026-03-01 12:00:00", "noon"]
)
def test_a_moment_written_another_way_is_found_on_sqlite(sqlite_url: str, stored: str) -> None:
    kept = Kept(sqlite_url)
    session = charted(kept)

    touch(kept, [f"UPDATE entries SET measured_at = '{stored}' WHERE @ 1"], session)  # noqa: S608  # our own columns and values
    broken = kept.records.first_break()
    kept.close()

    assert broken is not None
    assert (broken.session, broken.seq, broken.why) == (session, 1, "it cannot be read: it was changed")


@pytest.mark.parametrize("stored", ["x'ff'", "CAST(x'ff' AS TEXT)", "7"])
@pytest.mark.parametrize("column", ["body", "author", "hash", "previous_hash", "kind"])
def test_what_is_no_text_is_found_on_sqlite(sqlite_url: str, column: str, stored: str) -> None:
    kept = Kept(sqlite_url)
    session = charted(kept)

    touch(kept, [f"UPDATE entries SET {column} = {stored} WHERE @ 3"], session)  # noqa: S608  # our own columns and values
    broken = kept.records.first_break()
    kept.close()

    assert broken is not None
    assert (broken.session, broken.seq) == (session, 3)


def test_a_break_is_said_with_whole_ids_and_without_what_is_not_known() -> None:
    assert Break("s", "e", 3, "w").sentence() == "session s, entry e (number 3): w"
    assert Break("s", "", 0, "w").sentence() == "session s: w"
    assert Break("", "", 0, "w").sentence() == "w"


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = chain.Keys.of(bytes(32))

    assert len({keys.chain, keys.anchor, keys.restoration, keys.backup}) == 4
    assert keys.chain == chain.derive_key(bytes(32), "chain")
