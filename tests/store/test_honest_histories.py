"""Honest histories, drawn at random, with crashes, restarts and restores: none of them is ever called broken."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from models.errors import ConflictError
from models.store import anchoring
from models.store.anchoring import Anchoring
from models.store.backup import BackupError
from tests.kept import NOON, SetClock
from tests.vault import KEYS, Vault, lines

STEPS: Final = 12
SEEDS: Final = range(40)
SOAK: Final = range(40, 2040)


class History:
    """One clinic, its server's anchor, the anchor of another server, and whatever happens to them."""

    def __init__(self, folder: Path, template: Path, seed: int) -> None:
        folder.mkdir()
        shutil.copy(template, folder / "chairside.db")
        self.chance = random.Random(seed)
        self.vault = Vault(folder, f"sqlite:///{folder / 'chairside.db'}", SetClock(NOON))
        self.sessions: list[str] = []
        self.backups: list[Path] = []
        self.other = folder / "other.jsonl"
        self.failing_there: list[str] = []
        self.chairs = 0

    def step(self) -> str:
        """Let something happen, and say what."""
        happening = self.chance.choice(HAPPENINGS)
        happening(self)
        return happening.__name__

    def seat(self) -> None:
        self.chairs += 1
        self.sessions.append(self.vault.record(str(self.chairs), self.chance.randint(1, 3)))

    def chart(self) -> None:
        there = [one for one in self.sessions if self.vault.kept.records.has_session(one)]
        if there:
            with suppress(ConflictError):
                self.vault.chart(self.chance.choice(there), self.chance.randint(1, 3))

    def anchor(self) -> None:
        self.vault.keep()

    def anchor_of_the_other(self) -> None:
        other = Anchoring(self.vault.kept.database, self.other, KEYS.anchor)
        other.keep(self.vault.clock(), "interval")
        other.close()
        self.failing_there += [other.failing] if other.failing else []

    def restart(self) -> None:
        self.vault.stop()
        self.vault.start()
        self.vault.keep("start")

    def crash_in_the_middle_of_a_line(self) -> None:
        """Pull the plug while a line is on its way to the disk: a part of it is there."""
        self.vault.keep()
        self.vault.stop()
        whole = lines(self.vault.anchor)[-1]
        with self.vault.anchor.open("ab") as file:
            file.write(whole[: self.chance.randrange(len(whole))])
        self.vault.start()

    def crash_between_anchor_and_database(self) -> None:
        """Pull the plug when the line is on the disk, and the database does not know it yet."""
        mark = anchoring._mark  # noqa: SLF001  # the place where it crashes
        anchoring._mark = lambda *_said: None  # noqa: SLF001  # likewise
        try:
            self.vault.keep()
        finally:
            anchoring._mark = mark  # noqa: SLF001  # likewise
        self.vault.stop()
        self.vault.start()

    def crash_of_the_database(self) -> None:
        """Kill the server: the files are what a disk has of them at that moment."""
        folder = self.vault.folder
        left = folder / "left"
        left.mkdir()
        for file in folder.glob("chairside.db*"):
            shutil.copy(file, left)
        self.vault.stop()
        for file in folder.glob("chairside.db*"):
            if "replaced" not in file.name:
                file.unlink()
        for file in left.iterdir():
            file.replace(folder / file.name)
        left.rmdir()
        self.vault.start()

    def back_up(self) -> None:
        self.backups.append(self.vault.back_up(f"backup-{len(self.backups)}"))

    def restore(self) -> None:
        if self.backups:
            self.vault.clock.pass_minutes(1)
            with suppress(BackupError):
                self.vault.restored(self.chance.choice(self.backups))

    def restore_after_a_fire(self) -> None:
        """Lose the database, and sometimes the anchor with it."""
        if not self.backups:
            return
        self.vault.stop()
        for file in self.vault.folder.glob("chairside.db*"):
            file.unlink()
        if self.chance.random() < 0.3:
            self.vault.anchor.unlink(missing_ok=True)
        self.vault.start = lambda: Vault.start(self.vault)  # type: ignore[method-assign]  # as it was
        self.vault.restored(self.chance.choice(self.backups))

    def broken(self) -> list[str]:
        """Say what verifying with either anchor finds."""
        self.vault.keep("stop")
        anchors = [one for one in (self.vault.anchor, self.other) if one.exists()]
        found = [self.vault.prove(anchor=one).broken for one in anchors]
        return [one.sentence() for one in found if one is not None]


HAPPENINGS: Final[tuple[Callable[[History], None], ...]] = (
    *(History.seat,) * 2,
    *(History.chart,) * 4,
    *(History.anchor,) * 2,
    History.anchor_of_the_other,
    History.restart,
    History.crash_in_the_middle_of_a_line,
    History.crash_between_anchor_and_database,
    History.crash_of_the_database,
    History.back_up,
    History.restore,
    History.restore_after_a_fire,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of an empty clinic, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    vault = Vault(folder, f"sqlite:///{folder / 'chairside.db'}")
    vault.stop()
    return folder / "chairside.db"


def found_in(folder: Path, template: Path, seed: int) -> str | None:
    """Live through one history; say what was called broken in it."""
    history = History(folder, template, seed)
    steps = [history.step() for _ in range(STEPS)]
    broken = history.broken() + history.failing_there
    failing = history.vault.anchoring.failing
    history.vault.stop()
    shutil.rmtree(folder)
    return f"seed {seed}: {broken} {failing} after {steps}" if broken or failing else None


@pytest.mark.parametrize("batch", range(2))
def test_no_honest_history_is_called_broken(tmp_path: Path, template: Path, batch: int) -> None:
    found = [found_in(tmp_path / str(seed), template, seed) for seed in SEEDS[batch::2]]

    assert [one for one in found if one is not None] == []


@pytest.mark.soak
def test_none_of_two_thousand_honest_histories_is_called_broken(tmp_path: Path, template: Path) -> None:
    found = [found_in(tmp_path / str(seed), template, seed) for seed in SOAK]

    assert [one for one in found if one is not None] == []
