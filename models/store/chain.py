"""The chain: each entry is tied to the one before by a keyed digest, so that a later change shows."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256

import orjson

Around = tuple[tuple[str, ...], ...]
"""The rows that an entry rests on, each as ``row_around`` gives it."""


@dataclass(frozen=True, slots=True)
class Link:
    """The stored form of an entry, as far as the chain covers it: everything but the digests themselves."""

    site: str
    session: str
    seq: int
    id: str
    kind: str
    measured_at: datetime
    recorded_at: datetime
    author: str
    device: str | None
    corrects: str | None
    body: str
    clock_skew_ms: int | None = None

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the columns that it is stored in, in the order of its fields."""
        return tuple({"site": "site_id", "session": "session_id"}.get(one.name, one.name) for one in fields(cls))


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a record does not hold, and why; empty or 0 what cannot be told of it."""

    session: str
    entry: str
    seq: int
    why: str

    def sentence(self) -> str:
        """Say it in one sentence, ids in full."""
        entry = f", entry {self.entry} (number {self.seq})" if self.entry else ""
        return f"session {self.session}{entry}: {self.why}" if self.session else self.why


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys derived from the server's secret, one for each purpose."""

    chain: bytes
    anchor: bytes
    restoration: bytes
    backup: bytes

    @classmethod
    def of(cls, secret: bytes) -> Keys:
        """Derive all of them."""
        return cls(*(derive_key(secret, one.name) for one in fields(cls)))


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Derive the key for one purpose from the server's secret."""
    return hmac.new(secret, b"chairside:" + purpose.encode(), sha256).digest()


def genesis(key: bytes, session: str) -> str:
    """Return what stands before the first entry of a session."""
    return hmac.digest(key, b"session:" + session.encode(), "sha256").hex()


def digest(key: bytes, previous: str, link: Link, around: Around = ()) -> str:
    """Return the digest of an entry, of everything before it, and of the rows that it rests on (``around``)."""
    parts = [
        previous,
        link.site,
        link.session,
        link.seq,
        link.id,
        link.kind,
        link.measured_at.isoformat(),
        link.recorded_at.isoformat(),
        link.author,
        link.device,
        link.corrects,
        link.body,
    ]
    if link.clock_skew_ms is not None:  # chains from before it was measured hold as they are
        parts.append(link.clock_skew_ms)
    if around:
        parts.append(around)
    return hmac.digest(key, orjson.dumps(parts), "sha256").hex()


def holds(key: bytes, previous: str, link: Link, around: Around, stored: str) -> bool:
    """Say whether a stored digest is that of its entry; the first records were chained without what is around them."""
    return stored == digest(key, previous, link, around) or bool(around and stored == digest(key, previous, link))


def row_around(table: str, row: Mapping[str, object]) -> tuple[str, ...]:
    """Return a row that an entry rests on in the form that is chained: what is in it, by the names of its columns.

    A column without a value is left out, so that a new one does not break what was chained before it was there.
    """
    return (table, *(f"{name}={_plain(row[name])}" for name in sorted(row) if row[name] is not None))


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
