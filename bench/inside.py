"""Inside the server: what one push costs and weighs, and how long a fold takes."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Final

from bench.clinic import CHAIRS, Place, entry, values_of
from dashboard.app import open_stores
from dashboard.live import board_message
from models.acting import server
from models.clinic import Clinic
from models.entries import Entry, Reading
from models.feed import Feed
from models.moments import MIN, utc_now
from models.session import Record, fold

PUSHES: Final = 240
LONG: Final = 200


def pushes(place: Place) -> tuple[list[float], list[int]]:
    """Return for each of many readings the ms to draw its chair once for all boards, and the bytes of the message."""
    stores = open_stores(place.settings)
    clinic = Clinic(stores.records, stores.places, Feed(), zone=place.settings.zone)
    took, weight = [], []
    chairs = {chair.name: chair.id for chair in clinic.chairs(place.nurse)}
    for step in range(PUSHES):
        name = str(step % CHAIRS + 1)
        values = values_of(int(name), 100 + step // CHAIRS)
        clinic.append(place.nurse, place.sessions[name], entry(utc_now(), kind="reading", values=values))
        begun = time.perf_counter()
        message = board_message(clinic.chair_of(server(place.nurse.site), chairs[name]), clinic)
        took.append((time.perf_counter() - begun) * 1000)
        weight.append(len(message.encode()))
    stores.database.close()
    return took, weight


def one_message(place: Place) -> str:
    """Return what is pushed to a board for one chair."""
    stores = open_stores(place.settings)
    clinic = Clinic(stores.records, stores.places, Feed(), zone=place.settings.zone)
    message = board_message(clinic.chair_now(place.nurse, "1"), clinic)
    stores.database.close()
    return message


def folds(place: Place) -> list[float]:
    """Return the ms of many folds of a session with 200 entries."""
    stores = open_stores(place.settings)
    record = stores.records.record(place.nurse.site, place.sessions["1"])
    stores.database.close()
    now = utc_now()
    long = _lengthened(record, now)
    took = []
    for _ in range(60):
        begun = time.perf_counter()
        view = fold(long, now)
        took.append((time.perf_counter() - begun) * 1000)
        assert view is not None
        assert view.last_seq == LONG
    return took


def _lengthened(record: Record, now: datetime) -> Record:
    entries = list(record.entries[:LONG])
    while len(entries) < LONG:
        seq = len(entries) + 1
        at = now - (LONG - seq) * MIN / 10
        values = values_of(1, seq)
        entries.append(Entry(str(uuid.uuid4()), record.id, seq, at, at, "bench", Reading(values=values)))
    return replace(record, entries=tuple(entries))
