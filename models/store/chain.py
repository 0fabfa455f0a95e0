"""The chain: each entry is tied to the one before by a keyed digest, so that a later change shows."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import orjson


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


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold, and why."""

    session: str
    entry: str
    seq: int
    why: str


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Derive the key for one purpose from the server's secret."""
    return hmac.new(secret, b"chairside:" + purpose.encode(), sha256).digest()


def genesis(key: bytes, session: str) -> str:
    """Return what stands before the first entry of a session."""
    return hmac.new(key, b"session:" + session.encode(), sha256).hexdigest()


def digest(key: bytes, previous: str, link: Link) -> str:
    """Return the digest of an entry and everything before it."""
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
    return hmac.new(key, orjson.dumps(parts), sha256).hexdigest()


def first_break(key: bytes, session: str, links: Sequence[tuple[Link, str, str]]) -> Break | None:
    """Recompute a chain from stored ``(link, previous, digest)`` in order of seq; ``None`` when it holds."""
    previous = genesis(key, session)
    for expected, (link, stored_previous, stored) in enumerate(links, 1):
        if link.seq != expected:
            return Break(session, link.id, link.seq, f"entry {expected} is missing")
        if stored_previous != previous:
            return Break(session, link.id, link.seq, "it does not follow the entry before it")
        if not hmac.compare_digest(stored, digest(key, previous, link)):
            return Break(session, link.id, link.seq, "its content was changed")
        previous = stored
    return None
