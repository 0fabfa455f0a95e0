"""Restorations: what is recorded when a backup is put back, and how much of an older history is still there."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import insert, text
from sqlalchemy.engine import Connection

from models.store.chain import Break
from models.store.snapshot import moment_of, rows
from models.store.tables import RestorationRow
from models.store.verify import Head

_COLUMNS: Final = "number, id, site_id, restored_at, body, previous_hash, hash"


@dataclass(frozen=True, slots=True)
class Restoration:
    """One backup that was put back.

    ``base`` is the number of the restoration that the backup itself stood on (0: none), ``heads`` says where every
    record stood.
    """

    number: int
    restored_at: datetime
    backup: str
    made_at: str
    base: int
    heads: Mapping[str, Head]

    def sentence(self) -> str:
        """Say it in words."""
        at = self.restored_at.isoformat(timespec="seconds")
        return f"Restored on {at} from the backup {self.backup} of {self.made_at}."


def write_restoration(  # noqa: PLR0913  # what is recorded of it
    connection: Connection,
    key: bytes,
    site: str,
    *,
    now: datetime,
    number: int,
    backup: Mapping[str, str],
    base: int,
    heads: Mapping[str, Head],
) -> None:
    """Record that a backup was put back, tied to the restoration before."""
    before = list(rows(connection, "SELECT number, hash FROM restorations ORDER BY number"))
    listed = [[one.session, one.seq, one.entry, one.hash] for one in heads.values()]
    body = {"backup": backup["id"], "made_at": backup["made_at"], "base": base, "heads": listed}
    kept = {
        "id": str(uuid.uuid4()),
        "site_id": site,
        "number": number,
        "restored_at": now,
        "body": orjson.dumps(body).decode(),
        "previous_hash": before[-1][1] if before else "",
    }
    connection.execute(insert(RestorationRow).values(kept | {"hash": _digest(key, kept)}))


def _digest(key: bytes, row: Mapping[str, Any]) -> str:
    parts = [
        row["previous_hash"],
        row["id"],
        row["site_id"],
        row["number"],
        row["restored_at"].isoformat(),
        row["body"],
    ]
    return hmac.digest(key, orjson.dumps(parts), "sha256").hex()


def read_restorations(connection: Connection, key: bytes) -> tuple[dict[int, Restoration], Break | None]:
    """Return the restorations by number, and what is wrong with the first one that does not hold."""
    found: dict[int, Restoration] = {}
    previous = ""
    query = f"SELECT {_COLUMNS} FROM restorations ORDER BY number"  # noqa: S608  # our own columns
    for row in rows(connection, query):
        broken = Break(
            "", "", 0, f"the record of restoration {row[0]} ({row[1]}) was changed, or one before is missing"
        )
        try:
            kept = dict(zip(_COLUMNS.split(", "), row, strict=True)) | {"restored_at": moment_of(row[3])}
            if row[5] != previous or _digest(key, kept) != row[6]:
                return found, broken
        except (ValueError, TypeError):
            return found, broken
        found[row[0]] = _restoration(kept)
        previous = row[6]
    return found, None


def _restoration(row: Mapping[str, Any]) -> Restoration:
    body = orjson.loads(row["body"])
    source = f" (recorded by restoration {row['number']})"
    heads = {one[0]: Head(one[0], one[1], one[2], one[3], source) for one in body["heads"]}
    return Restoration(row["number"], row["restored_at"], body["backup"], body["made_at"], body["base"], heads)


def still_there(found: Mapping[int, Restoration], session: str, seq: int, restored: int) -> int:
    """Return how many of the first ``seq`` entries of a record, as it was after ``restored``, must be there now.

    Each restoration begins a branch: it goes back to a part of the branch its backup was made on. Two branches share
    what both kept of the one they come from. Of a branch that nothing is known about nothing is asked.
    """
    present = dict(_kept(found, session, max(found, default=0)))
    for branch, most in _kept(found, session, restored):
        if branch in present:
            return min(one for one in (seq, most, present[branch]) if one is not None)
    return 0


def _kept(found: Mapping[int, Restoration], session: str, branch: int) -> Iterator[tuple[int, int | None]]:
    most: int | None = None
    yield branch, most
    while branch in found:
        head = found[branch].heads.get(session)
        kept = head.seq if head else 0
        most = kept if most is None else min(most, kept)
        branch = found[branch].base
        yield branch, most


def next_restoration(connection: Connection, anchored: int, now: datetime) -> int:
    """Return the number of the next restoration: its minute, above a lost one that only another anchor has."""
    return max(last_restoration(connection) + 1, anchored + 1, int(now.timestamp()) // 60)


def last_restoration(connection: Connection) -> int:
    """Return the number of the last restoration; 0 when there was none."""
    return int(connection.scalar(text("SELECT COALESCE(MAX(number), 0) FROM restorations")) or 0)
