"""What must hold in the end: every tap once, as it was tapped, or shown as refused; and a record without a break."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from models.entries import Entry
from tests.simulation.agenda import SECOND
from tests.simulation.clinic_file import CLINICIAN, SESSIONS
from tests.simulation.promises import broken
from tests.simulation.tap import Tap, number_of
from tests.simulation.ward import Ward


def check_taps(ward: Ward) -> None:
    """Hold the record against every tap, and every tap against the record."""
    stored = _stored(ward)
    for tap in ward.promises.taps:
        _check_tap(ward, tap, stored.pop(tap.number, []))
    if stored:
        raise broken(f"The record has entries of taps that nobody made: {list(stored)}.")
    _check_queues(ward)
    _check_order(ward)


def _stored(ward: Ward) -> dict[int | None, list[Entry]]:
    found: dict[int | None, list[Entry]] = defaultdict(list)
    for session in SESSIONS:
        for entry in ward.server.record(session):
            if entry.kind != "opening" and entry.author != CLINICIAN:
                found[number_of({"kind": entry.kind, **entry.content.body()})].append(entry)
    return found


def _check_tap(ward: Ward, tap: Tap, entries: list[Entry]) -> None:
    if len(entries) > 1:
        raise broken(f"Tap {tap.number} is in the record {len(entries)} times.")
    if entries:
        _check_word(ward, tap)
        _check_entry(tap, entries[0])
    elif not _may_be_missing(ward, tap):
        raise broken(f"Tap {tap.number} is lost: the last that was said of it is {tap.last_word!r}.")


def _check_word(ward: Ward, tap: Tap) -> None:
    """Expect that nobody was told the contrary of what is in the record.

    One case is let pass: a tablet whose clock runs ahead by more than two minutes is refused, while an earlier attempt
    is still under way and arrives when its time lies ahead no longer (decision 0023).
    """
    excused = tap.last_word == "refused" and tap.id in ward.server.not_yet
    if tap.last_word in {"refused", "cannot keep"} and not excused:
        raise broken(f"Tap {tap.number} is in the record, and its nurse was told: {tap.last_word}.")
    ward.met["refused too early"] += excused


def _check_entry(tap: Tap, entry: Entry) -> None:
    if (entry.id, entry.author, entry.session) != (tap.id, tap.by, tap.session):
        raise broken(f"Tap {tap.number} of {tap.by} is in the record as {entry.id} of {entry.author}.")
    if round(entry.measured_at.timestamp() * SECOND) != tap.measured_ms:
        raise broken(f"Tap {tap.number} was measured at {tap.measured_ms}, the record says {entry.measured_at}.")
    body = entry.content.body()
    if not _same({"kind": entry.kind, **body}, tap.fields):
        raise broken(f"Tap {tap.number} is {tap.fields}, the record says {body}.")


def _same(found: Any, tapped: Any) -> bool:  # noqa: ANN401  # JSON of any form
    """Compare JSON, overlooking marks that were added and how a moment is spelled."""
    if isinstance(tapped, dict):
        return all(_same(found[name], value) for name, value in tapped.items() if name != "confirmed")
    if isinstance(tapped, str) and tapped.startswith("2026-"):
        return datetime.fromisoformat(found) == datetime.fromisoformat(tapped)
    return bool(found == tapped)


def _may_be_missing(ward: Ward, tap: Tap) -> bool:
    """Say whether its nurse knows that a tap is not in the record, or never had reason to think it was kept."""
    if tap.last_word in {"refused", "cannot keep"}:
        return True
    unheard = tap.last_word in {"", "sent again"}
    return unheard and (tap.kept_as is None or tap.id in ward.server.refused)


def _check_queues(ward: Ward) -> None:
    """Let nothing wait for ever."""
    for tablet in ward.tablets:
        waiting = [one["id"] for one in tablet.disk.seen.values() if one["state"] != "refused"]
        if waiting:
            raise broken(f"{tablet.name} still holds {waiting} when everything is well again.")


def _check_order(ward: Ward) -> None:
    """Expect what one person kept on one tablet for one session in the order in which it was kept."""
    lanes: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    places = {entry.id: entry.seq for session in SESSIONS for entry in ward.server.record(session)}
    for tap in ward.promises.taps:
        if tap.id in places and tap.kept_as is not None:
            lanes[tap.tablet, tap.by, tap.session].append((tap.kept_as, places[tap.id]))
    for lane, found in lanes.items():
        seqs = [seq for _kept, seq in sorted(found)]
        if seqs != sorted(seqs):
            raise broken(f"What {lane[1]} kept on {lane[0]} arrived in another order: {seqs}.")


def check_record(ward: Ward) -> None:
    """Expect numbers without a gap and an unbroken chain."""
    for session in SESSIONS:
        seqs = [entry.seq for entry in ward.server.record(session)]
        if seqs != list(range(1, len(seqs) + 1)):
            raise broken(f"The numbers of a record have gaps: {seqs}.")
    found = ward.server.auditor.first_break()
    if found is not None:
        raise broken(f"The chain is broken: {found}.")
