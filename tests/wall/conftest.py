"""One clinic with two sites for each file of the wall's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wall.world import World, world_at


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Serve a clinic with two sites on SQLite for a whole file."""
    folder = tmp_path_factory.mktemp("world")
    with world_at(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
        yield found
