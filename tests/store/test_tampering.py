"""Five hundred random tamperings with a copied clinic: every one is found, and the right session is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.store.backup import sqlite
from models.store.proof import Proof, prove
from tests.store.tampering import ANY, WAYS, Scene, set_scene, tamper
from tests.vault import KEYS

SEEDS = range(500)
BATCHES = 4


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Give the files of a clinic, to be copied."""
    return set_scene(tmp_path_factory.mktemp("scene") / "clinic")


def missed(scene: Scene, folder: Path, seed: int) -> str | None:
    """Tamper with a copy; say what was not found, or named wrongly."""
    copy = Scene(folder, scene.old)
    for file in (scene.database, scene.anchor):
        shutil.copy(file, folder / file.name)
    done = tamper(copy, seed)
    broken = prove(sqlite(copy.database), KEYS, copy.anchor).broken
    if broken is None:
        return f"{done.what}: not found"
    named = broken.session in done.sessions or done.sessions == ANY
    return None if named else f"{done.what}: {broken} names none of {sorted(done.sessions)}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_tampering_is_found_and_the_right_session_named(scene: Scene, tmp_path: Path, batch: int) -> None:
    found = [missed(scene, tmp_path, seed) for seed in SEEDS[batch::BATCHES]]

    assert [one for one in found if one is not None] == []


def test_the_untouched_copy_is_intact(scene: Scene) -> None:
    proof: Proof = prove(sqlite(scene.database), KEYS, scene.anchor)

    assert proof.broken is None
    assert proof.sessions == 6


def test_every_way_is_tried() -> None:
    import random  # noqa: PLC0415  # for this count alone

    assert {random.Random(seed).choice(WAYS) for seed in SEEDS} == set(WAYS)


@pytest.mark.soak
def test_ten_times_as_many_are_found(scene: Scene, tmp_path: Path) -> None:
    found = [missed(scene, tmp_path, seed) for seed in range(500, 5500)]

    assert [one for one in found if one is not None] == []
