"""A clinic without a server, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kept import Kept


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    """Give a clinic that nobody has charted in."""
    found = Kept(database_url)
    yield found
    found.close()
