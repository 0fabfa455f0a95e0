"""Fresh clinics for runs: a file copied for SQLite, a template copied for PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.simulation.clinic_file import make_clinic
from tests.simulation.plan import Plan, plan_of
from tests.simulation.run import Outcome, run
from tests.simulation.shrink import shrunk, told
from tests.simulation.ward import AS_SHIPPED, Ways

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a file system in memory
"""Where it is there, runs keep their files in it: every setting of the database is the product's, only the disk costs
nothing. That a commit survives a power cut is not in question here."""


class ClinicFiles:
    """A folder with a clinic, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        make_clinic(f"sqlite:///{self.template}")

    def run(self, plan: Plan, ways: Ways = AS_SHIPPED) -> Outcome:
        """Run a plan on a copy."""
        copy = self.folder / "run.db"
        shutil.copy(self.template, copy)
        try:
            return run(plan, f"sqlite:///{copy}", ways)
        finally:
            for rest in self.folder.glob("run.db*"):
                rest.unlink()

    def failure(self, seed: int) -> str | None:
        """Run a seed; where a promise is broken, tell the smallest run that breaks it."""
        plan = plan_of(seed)
        if self.run(plan).broken is None:
            return None
        return told(*shrunk(plan, self.run))


@contextmanager
def clinic_files() -> Iterator[ClinicFiles]:
    """Give a folder for the runs of one process."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="chairside-runs-", dir=where) as folder:
        yield ClinicFiles(Path(folder))
