"""Ways to tamper with a clinic's files, drawn at random: each says what it did, and which sessions it touched."""

from __future__ import annotations

import hmac
import random
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from models.store.chain import Link, digest, genesis
from models.store.verify import link_of
from tests.vault import Vault, lines, past_every_guard

ANY: Final = frozenset({""})
"""What is touched is no session: the anchor, or the record of a restoration."""
MOST_TRIES: Final = 40
COLUMNS: Final = Link.columns()


@dataclass(frozen=True)
class Scene:
    """A clinic's files at rest, and older copies of them."""

    folder: Path
    old: Sequence[Path]

    @property
    def database(self) -> Path:
        return self.folder / "chairside.db"

    @property
    def anchor(self) -> Path:
        return self.folder / "anchor.jsonl"


@dataclass(frozen=True)
class Tampering:
    """What was done, and the sessions one of which has to be named."""

    what: str
    sessions: frozenset[str]


def set_scene(folder: Path) -> Scene:
    """Chart a clinic of six sessions with corrections, a signature and a restore; every head is anchored."""
    folder.mkdir()
    vault = Vault(folder, f"sqlite:///{folder / 'chairside.db'}")
    sessions = [vault.record(str(chair), 4) for chair in range(1, 5)]
    vault.keep("start")
    backup = vault.back_up()
    old = [_copy(vault, "old-1")]
    for session in sessions:
        vault.chart(session)
        note = vault.kept.records.record(vault.kept.site, session).entries[2]
        vault.kept.chart(session, "correction", entry_id=note.id, reason="wrong chair")
    vault.keep()
    vault.restored(backup)
    sessions += [vault.record(str(chair), 3) for chair in (5, 6)]
    vault.close_session(sessions[0])
    vault.sign(sessions[0])
    vault.keep("signature")
    old.append(_copy(vault, "old-2"))
    for session in sessions[1:]:
        note = vault.kept.records.record(vault.kept.site, session).entries[1]
        vault.kept.chart(session, "correction", entry_id=note.id, reason="wrong chair")
        vault.chart(session, 2)
        vault.keep()
    vault.keep("stop")
    proof = vault.prove()
    assert proof.broken is None, proof.broken
    vault.stop()
    backup.unlink()
    return Scene(folder, old)


def _copy(vault: Vault, name: str) -> Path:
    vault.stop()
    folder = vault.folder.parent / name
    folder.mkdir()
    for file in ("chairside.db", "anchor.jsonl"):
        shutil.copy(vault.folder / file, folder / file)
    vault.start()
    return folder


def tamper(scene: Scene, seed: int) -> Tampering:
    """Tamper once, at random."""
    chance = random.Random(seed)
    way = chance.choice(WAYS)
    for _ in range(MOST_TRIES):
        before = scene.database.read_bytes()
        try:
            found = way(scene, chance)
        except _SQLITE_ERRORS:
            scene.database.write_bytes(before)  # the database itself refused this one; another draw
            continue
        if found is not None:
            return replace(found, what=f"seed {seed}: {way.__name__}: {found.what}")
    message = f"seed {seed}: {way.__name__} found nothing to touch"
    raise AssertionError(message)


def _sqlite_errors() -> tuple[type[Exception], ...]:
    from models.store.engine import sqlite_driver  # noqa: PLC0415  # its errors are its own

    return (sqlite_driver().IntegrityError,)


_SQLITE_ERRORS: Final = _sqlite_errors()


# Bits

BITS: Final = {
    "entries": (*COLUMNS, "previous_hash", "hash"),
    "sessions": ("id", "site_id", "protocol_id", "created_at"),
    "protocols": ("id", "site_id", "name", "version", "fingerprint", "body", "created_at"),
    "patients": ("id", "site_id", "mrn", "family", "given", "birth_date", "sex", "created_at"),
    "restorations": ("id", "site_id", "number", "restored_at", "body", "previous_hash", "hash"),
    "session_index": ("last_seq", "session_id", "site_id"),
}


def a_bit(scene: Scene, chance: random.Random) -> Tampering | None:
    """Turn one bit of one value."""
    table = chance.choice([*BITS, "entries", "entries", "entries", "entries"])
    column = chance.choice(BITS[table])
    with past_every_guard(scene.database) as raw:
        row, value = chance.choice(raw.execute(f"SELECT rowid, {column} FROM {table}").fetchall())  # noqa: S608  # our own tables
        touched = _touched(raw, table, row)
        raw.execute(f"UPDATE {table} SET {column} = {_turned(value, chance)} WHERE rowid = {row}")  # noqa: S608  # our own tables
        return Tampering(f"{table}.{column} of row {row}", touched | _touched(raw, table, row))


def _turned(value: object, chance: random.Random) -> str:
    """Return a value with one bit turned, as SQL."""
    if isinstance(value, int):
        return str(value ^ (1 << chance.randrange(20)))
    if value in (None, b""):
        return "'x'"
    assert isinstance(value, bytes)
    place = chance.randrange(len(value) * 8)
    turned = bytearray(value)
    turned[place // 8] ^= 1 << (place % 8)
    return f"CAST(x'{turned.hex()}' AS TEXT)"


def _touched(raw: Any, table: str, row: int) -> frozenset[str]:  # noqa: ANN401  # a raw driver connection
    """Return the sessions that rest on a row."""
    of_table = {
        "entries": f"SELECT session_id FROM entries WHERE rowid = {row}",  # noqa: S608  # a row number
        "sessions": f"SELECT id FROM sessions WHERE rowid = {row}",  # noqa: S608  # likewise
        "session_index": f"SELECT session_id FROM session_index WHERE rowid = {row}",  # noqa: S608  # likewise
        "protocols": "SELECT id FROM sessions",
        "patients": (
            "SELECT i.session_id FROM session_index i JOIN patients p ON p.id = i.patient_id "  # noqa: S608  # likewise
            f"WHERE p.rowid = {row}"
        ),
        "restorations": "SELECT ''",
    }
    return frozenset(one[0].decode(errors="surrogateescape") for one in raw.execute(of_table[table]))


# Entries


def a_deletion(scene: Scene, chance: random.Random) -> Tampering:
    """Delete an entry, and sometimes number the later ones anew."""
    with past_every_guard(scene.database) as raw:
        session, seq, _ = _entry(raw, chance)
        raw.execute("DELETE FROM entries WHERE session_id = ? AND seq = ?", (session, seq))
        anew = chance.random() < 0.5
        if anew:
            _shift(raw, session, seq + 1, -1)
            raw.execute("UPDATE session_index SET last_seq = last_seq - 1 WHERE session_id = ?", (session,))
    return Tampering(f"number {seq} deleted, anew {anew}", frozenset({session}))


def an_insertion(scene: Scene, chance: random.Random) -> Tampering:
    """Insert an entry like another one, in the middle or at the end."""
    with past_every_guard(scene.database) as raw:
        session, seq, last = _entry(raw, chance)
        place = chance.choice([seq, last + 1])
        source = raw.execute("SELECT * FROM entries WHERE session_id = ? AND seq = ?", (session, seq)).fetchone()
        names = [one[0] for one in raw.execute("SELECT * FROM entries LIMIT 1").description]
        if place == seq:
            _shift(raw, session, seq, 1)
        row = dict(zip(names, source, strict=True)) | {"id": str(uuid.uuid4()), "seq": place}
        if chance.random() < 0.5:
            row["hash"] = f"{chance.getrandbits(256):064x}"
        _insert(raw, row)
        raw.execute("UPDATE session_index SET last_seq = last_seq + 1 WHERE session_id = ?", (session,))
    return Tampering(f"number {place} inserted", frozenset({session}))


def a_swap(scene: Scene, chance: random.Random) -> Tampering | None:
    """Swap the numbers or the bodies of two entries of a record."""
    with past_every_guard(scene.database) as raw:
        session, one, last = _entry(raw, chance)
        other = chance.randint(1, last)
        column = chance.choice(["seq", "body", "recorded_at", "author", "id"])
        query = f"SELECT rowid, {column} FROM entries WHERE session_id = ? AND seq IN (?, ?)"  # noqa: S608  # our own columns
        rows = raw.execute(query, (session, one, other)).fetchall()
        if len(rows) < 2 or rows[0][1] == rows[1][1]:
            return None
        aside = 99 if column == "seq" else "aside"
        for row, value in ((rows[0][0], aside), (rows[1][0], rows[0][1]), (rows[0][0], rows[1][1])):
            text = value.decode() if isinstance(value, bytes) else value
            raw.execute(f"UPDATE entries SET {column} = ? WHERE rowid = ?", (text, row))  # noqa: S608  # likewise
    return Tampering(f"{column} of {one} and {other} swapped", frozenset({session}))


def a_move(scene: Scene, chance: random.Random) -> Tampering | None:
    """Move the last entry of one record to the end of another."""
    with past_every_guard(scene.database) as raw:
        source, _, last = _entry(raw, chance)
        target, _, end = _entry(raw, chance)
        if source == target:
            return None
        values = (target, end + 1, source, last)
        raw.execute("UPDATE entries SET session_id = ?, seq = ? WHERE session_id = ? AND seq = ?", values)
        for session, step in ((source, -1), (target, 1)):
            raw.execute("UPDATE session_index SET last_seq = last_seq + ? WHERE session_id = ?", (step, session))
    return Tampering(f"number {last} moved", frozenset({source, target}))


def a_cut_tail(scene: Scene, chance: random.Random) -> Tampering:
    """Cut off the end of a record, or all of it, so that the database agrees with itself."""
    with past_every_guard(scene.database) as raw:
        session, seq, _ = _entry(raw, chance)
        raw.execute("DELETE FROM entries WHERE session_id = ? AND seq >= ?", (session, seq))
        raw.execute("UPDATE session_index SET last_seq = ? WHERE session_id = ?", (seq - 1, session))
        if seq == 1:
            raw.execute("DELETE FROM session_index WHERE session_id = ?", (session,))
            raw.execute("DELETE FROM sessions WHERE id = ?", (session,))
    return Tampering(f"cut off from {seq}", frozenset({session}))


def a_chain_without_the_key(scene: Scene, chance: random.Random) -> Tampering:
    """Change an entry and compute every later digest anew, with a key that is not the clinic's."""
    key = chance.randbytes(32)
    with past_every_guard(scene.database) as raw:
        raw.text_factory = str
        session, seq, _ = _entry(raw, chance)
        body = f'{{"text":"{chance.random()}"}}'
        raw.execute("UPDATE entries SET body = ? WHERE session_id = ? AND seq = ?", (body, session, seq))
        query = f"SELECT {', '.join(COLUMNS)}, hash FROM entries WHERE session_id = ? ORDER BY seq"  # noqa: S608  # our own columns
        previous = genesis(key, session)
        for row in raw.execute(query, (session,)).fetchall():
            made = row[-1]
            if row[2] >= seq:
                made = digest(key, previous, link_of((*row[:-1], "", "")))
                raw.execute("UPDATE entries SET previous_hash = ?, hash = ? WHERE id = ?", (previous, made, row[3]))
            previous = made
    return Tampering(f"chained anew from {seq}", frozenset({session}))


def an_old_copy(scene: Scene, chance: random.Random) -> Tampering:
    """Put an old copy of the database back."""
    old = chance.choice(scene.old)
    with past_every_guard(scene.database) as raw:
        now = dict(raw.execute("SELECT session_id, last_seq FROM session_index").fetchall())
    shutil.copy(old / "chairside.db", scene.database)
    with past_every_guard(scene.database) as raw:
        then = dict(raw.execute("SELECT session_id, last_seq FROM session_index").fetchall())
    behind = frozenset(name.decode() for name, seq in now.items() if then.get(name) != seq)
    return Tampering(f"{old.name} put back", behind | {name.decode() for name in then})


def a_restoration_less(scene: Scene, _chance: random.Random) -> Tampering:
    """Take the record of the restore away."""
    with past_every_guard(scene.database) as raw:
        raw.execute("DELETE FROM restorations")
        sessions = raw.execute("SELECT id FROM sessions").fetchall()
    return Tampering("restoration deleted", ANY | {one[0].decode() for one in sessions})


# The anchor


def a_cut_anchor(scene: Scene, chance: random.Random) -> Tampering:
    """Take lines off the anchor: at the end, in the middle, at the beginning, or put its older self back."""
    all_ = lines(scene.anchor)
    place = chance.randrange(len(all_))
    ways: list[Callable[[], list[bytes]]] = [
        lambda: all_[: max(place, 1)],
        lambda: all_[:place] + all_[place + 1 :],
        lambda: all_[chance.randint(1, len(all_) - 1) :],
        lambda: lines(chance.choice(scene.old) / "anchor.jsonl"),
    ]
    scene.anchor.write_bytes(b"".join(chance.choice(ways)()))
    return Tampering(f"anchor cut at {place}", ANY)


def a_turned_anchor(scene: Scene, chance: random.Random) -> Tampering:
    """Turn one bit of the anchor."""
    turned = bytearray(scene.anchor.read_bytes())
    place = chance.randrange(len(turned))
    turned[place] ^= 1 << chance.randrange(8)
    scene.anchor.write_bytes(turned)
    return Tampering(f"bit in byte {place} of the anchor", ANY)


def a_forged_anchor(scene: Scene, chance: random.Random) -> Tampering:
    """Cut a record off, and sign an anchor that agrees with it, without the key."""
    found = a_cut_tail(scene, chance)
    key, previous, forged = chance.randbytes(32), "", []
    for raw in lines(scene.anchor):
        line = raw.rsplit(b',"mac"', 1)[0]
        previous = hmac.digest(key, previous.encode() + line, "sha256").hex()
        forged.append(line + b',"mac":"' + previous.encode() + b'"}\n')
    scene.anchor.write_bytes(b"".join(forged))
    return replace(found, sessions=found.sessions | ANY)


def a_missing_anchor(scene: Scene, _chance: random.Random) -> Tampering:
    """Take the anchor away."""
    scene.anchor.unlink()
    return Tampering("no anchor", ANY)


WAYS: Final[tuple[Callable[[Scene, random.Random], Tampering | None], ...]] = (
    *(a_bit,) * 5,
    a_deletion,
    an_insertion,
    a_swap,
    a_move,
    a_cut_tail,
    a_cut_tail,
    a_chain_without_the_key,
    an_old_copy,
    a_restoration_less,
    a_cut_anchor,
    a_turned_anchor,
    a_forged_anchor,
    a_missing_anchor,
)


def _entry(raw: Any, chance: random.Random) -> tuple[str, int, int]:  # noqa: ANN401  # a raw driver connection
    """Return a session, a number in it, and its last one."""
    found = raw.execute("SELECT session_id, MAX(seq) FROM entries GROUP BY session_id").fetchall()
    session, last = chance.choice(found)
    name = session.decode() if isinstance(session, bytes) else session
    return name, chance.randint(1, last), last


def _shift(raw: Any, session: str, first: int, step: int) -> None:  # noqa: ANN401  # a raw driver connection
    values = (1000 + step, session, first)
    raw.execute("UPDATE entries SET seq = seq + ? WHERE session_id = ? AND seq >= ?", values)
    raw.execute("UPDATE entries SET seq = seq - 1000 WHERE session_id = ? AND seq >= 1000", (session,))


def _insert(raw: Any, row: dict[str, Any]) -> None:  # noqa: ANN401  # a raw driver connection
    values = [one.decode() if isinstance(one, bytes) else one for one in row.values()]
    marks = ", ".join("?" * len(row))
    raw.execute(f"INSERT INTO entries ({', '.join(row)}) VALUES ({marks})", values)  # noqa: S608  # our own columns
