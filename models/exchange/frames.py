"""Our CSV files read back by pandas, every column with its type; text comes back as it was written."""

from __future__ import annotations

import io
from typing import Final

import pandas as pd

from models.exchange.csv import is_harmed, record_types
from models.exchange.events_csv import COLUMNS

MOMENT: Final = "datetime64[us, UTC]"


def read_record(text: str) -> pd.DataFrame:
    """Return the record of a session: one row per value or text, ``value`` Float64, moments in UTC."""
    return _read(text, record_types())


def read_events(text: str) -> pd.DataFrame:
    """Return events: one row each, numbers that nobody charted ``<NA>``, moments in UTC."""
    return _read(text, {one.name: one.dtype for one in COLUMNS})


def _read(text: str, types: dict[str, str]) -> pd.DataFrame:
    kept = {name: "string" if dtype == MOMENT else dtype for name, dtype in types.items()}
    frame = pd.read_csv(io.StringIO(text), dtype=kept, keep_default_na=False, na_values=[""])
    for name, dtype in types.items():
        if dtype == MOMENT:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").astype(MOMENT)
        elif dtype == "string":
            frame[name] = frame[name].map(_as_written, na_action="ignore").astype("string")
    return frame


def _as_written(text: str) -> str:
    """Return a text without the apostrophe that kept a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and is_harmed(text[1:]) else text
