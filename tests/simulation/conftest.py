"""Clinics to run plans on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.places import ClinicFiles, clinic_files


@pytest.fixture(scope="session")
def clinics() -> Iterator[ClinicFiles]:
    """Give clinics on SQLite, made from one that is migrated once."""
    with clinic_files() as found:
        yield found
