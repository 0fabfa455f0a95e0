"""A served clinic for the tests of the front door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import ENGINES, Client, NewDatabase, Served, serving


@pytest.fixture(scope="module", params=ENGINES)
def clinic_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a clinic with three chairs and one person of each role, once on each database, for a whole file."""
    folder = tmp_path_factory.mktemp("clinic")
    if request.param == "sqlite":
        with serving(f"sqlite:///{folder / 'chairside.db'}", folder) as found:
            yield found
        return
    new_database: NewDatabase = request.getfixturevalue("postgres_database")
    with new_database() as url, serving(url, folder) as found:
        yield found


@pytest.fixture
def served(clinic_server: Served) -> Iterator[Served]:
    """Give the clinic of this file with every chair free."""
    yield clinic_server
    clinic_server.clear()


@pytest.fixture
def alone(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """Give a clinic of its own, for what counts everything there is."""
    with serving(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def nurse(served: Served) -> Client:
    """Give a nurse who has signed in."""
    return served.sign_in("m.silva")


@pytest.fixture
def clinician(served: Served) -> Client:
    """Give a clinician who has signed in."""
    return served.sign_in("a.lindqvist")
