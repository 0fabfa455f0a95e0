"""The clock of a tablet: how far it is off, and when that is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.clock_skew import clock_skew_ms, skew_text

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent_at", "skew"),
    [
        ("2026-03-01T12:00:00+00:00", 0),
        ("2026-03-01T12:04:00.250Z", 240_250),
        ("2026-03-01T12:58:59+01:00", -61_000),
        ("9999-12-31T23:59:59Z", 251_629_934_399_000),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2026-03-01T12:04:00", None),  # without an offset it says nothing
        ("0001-01-01T00:00:00+14:00", None),
        ("Ünicode", None),
    ],
)
def test_the_skew_is_what_the_tablet_is_ahead_and_never_an_error(sent_at: str | None, skew: int | None) -> None:
    assert clock_skew_ms(sent_at, NOON) == skew


@pytest.mark.parametrize(
    ("skew_ms", "said"),
    [
        (None, None),
        (0, None),
        (60_000, None),
        (-60_000, None),
        (60_001, "Tablet clock 1 min ahead"),
        (-60_001, "Tablet clock 1 min behind"),
        (240_250, "Tablet clock 4 min ahead"),
        (7_199_000, "Tablet clock 119 min ahead"),
        (-7_200_000, "Tablet clock 2 h behind"),
        (251_629_934_399_000, "Tablet clock 2912383 d ahead"),
    ],
)
def test_a_clock_off_by_more_than_a_minute_is_told_of(skew_ms: int | None, said: str | None) -> None:
    assert skew_text(skew_ms) == said
