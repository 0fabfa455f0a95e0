"""A clinic without a server, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models import passwords
from tests.desk import FakeHasher, StaffDesk
from tests.kept import Kept


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    """Give a clinic that nobody has charted in."""
    found = Kept(database_url)
    yield found
    found.close()


@pytest.fixture
def desk(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> StaffDesk:
    """Give a desk at which people sign in."""
    hasher = FakeHasher()
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    return StaffDesk(kept, hasher)
