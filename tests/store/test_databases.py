"""The databases that the storage tests run on are real, empty and durable."""

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_an_empty_database(database_url: str, round_: int) -> None:
    engine = create_engine(database_url, poolclass=NullPool)

    found = inspect(engine).get_table_names()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (round INTEGER)"))

    assert found == [], f"round {round_} sees what another left"


def test_the_postgresql_of_the_tests_writes_durably(postgres_url: str) -> None:
    engine = create_engine(postgres_url, poolclass=NullPool)

    with engine.connect() as connection:
        settings = [connection.scalar(text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")]

    assert settings == ["on", "on"]
