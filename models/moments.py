"""Moments and how they are said: everything is aware UTC inside, clinic time only in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from models.errors import refuse

MIN = timedelta(minutes=1)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""What is accepted can be shown on a clock of any time zone; the last moments a computer knows cannot."""


def utc_now() -> datetime:
    """Return the present moment; read once at the edge of a request and passed in from there."""
    return datetime.now(UTC)


def parse_moment(text: object, name: str) -> datetime:
    """Read an ISO 8601 time with offset as UTC.

    Raises:
        RefusedError: not a time, or without an offset.
    """
    wanted = "a time like 2026-03-14T14:05:00+00:00"
    if not isinstance(text, str):
        raise refuse(name, f"{name}: give {wanted}.")
    try:
        moment = datetime.fromisoformat(text)
        offset = moment.utcoffset()
        shifted = None if offset is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refuse(name, f"{name}: {_shown(text)}this is not a time; give {wanted}.") from error
    if shifted is None:
        raise refuse(name, f"{name}: {_shown(text)}this has no offset; give {wanted}.")
    return shifted


def parse_charted(text: object, name: str) -> datetime:
    """Read a moment that will be shown: like ``parse_moment``, within the years that every clock can show.

    Raises:
        RefusedError: not such a time.
    """
    moment = parse_moment(text, name)
    if not _EARLIEST <= moment < _LATEST:
        raise refuse(name, f"{name}: {_shown(str(text))}this lies outside the years 1900 to 2199. Check the date.")
    return moment


def iso(moment: datetime) -> str:
    """Return ``moment`` as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat()


def clock(moment: datetime, zone: tzinfo) -> str:
    """Return the wall-clock time in the clinic, like ``14:21``."""
    return moment.astimezone(zone).strftime("%H:%M")


def minutes_between(earlier: datetime, later: datetime) -> float:
    """Return the minutes from ``earlier`` to ``later``, negative where it is the other way round."""
    return (later - earlier) / MIN


def age_text(measured_at: datetime, now: datetime) -> str:
    """Return how long ago something was: ``now`` under a minute, else whole minutes."""
    minutes = int(minutes_between(measured_at, now))
    return "now" if minutes < 1 else f"{minutes} min ago"


def _shown(text: str) -> str:
    """Repeat what was sent only where it looks like a time: anything else may be about a patient."""
    return f"{text}, " if re.fullmatch(r"[\d:+\-.TZ /]{1,40}", text) else ""
