"""A tablet whose battery ends, on a file system that is shut down as by a power cut. Needs root; run by `make soak`."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tablets import Tablet, tablet, tap
from tests.browser.test_journey import at, seated, sign_in
from tests.browser.test_offline import SCORES, all_saved, readings
from tests.served import Served

ROUNDS = 5
TAPS = 3
SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN."""
NO_LOG_FLUSH = 2
"""What was not yet on the disk, the journal included, is gone."""
RELAXED = """const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode) {
    return begin.call(this, stores, mode, {durability: "relaxed"});
};"""


@dataclass
class Disk:
    """A file system in a file, which can lose its power."""

    image: Path
    place: Path

    def mount(self) -> None:
        """Mount it, replaying its journal."""
        subprocess.run(["mount", "-o", "loop", self.image, self.place], check=True)

    def cut(self) -> None:
        """Take the power away: nothing more gets onto the disk."""
        place = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(place, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(place)

    def unmount(self) -> None:
        """Let go of it."""
        subprocess.run(["umount", self.place], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk(tmp_path / "tablet.img", tmp_path / "tablet")
    found.place.mkdir()
    with found.image.open("wb") as file:
        file.truncate(512 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", found.image], check=True)
    found.mount()
    yield found
    if found.place.is_mount():
        found.unmount()


def cut_while_waiting(mine: Tablet, disk: Disk, served: Served, script: str = "") -> None:
    """Chart without a network, lose the power right after the last one was called kept, and start again."""
    page = mine.open("/sign-in")
    if script and mine.context is not None:
        mine.context.add_init_script(script)
    sign_in(page, "m.silva", "/chair/1")
    all_saved(page)
    served.stop()
    for nausea in range(TAPS):
        tap(page, nausea % SCORES)
    disk.cut()
    mine.kill(tidy=False)
    disk.unmount()
    disk.mount()
    mine.tidy()
    served.restart()


@pytest.mark.soak
def test_what_was_called_kept_outlives_a_power_cut(chromium: Browser, served: Served, disk: Disk) -> None:
    session = seated(served)
    with tablet(chromium.browser_type, disk.place / "profile", served.url) as mine:
        for number in range(1, ROUNDS + 1):
            cut_while_waiting(mine, disk, served)
            page = mine.open("/sign-in")
            sign_in(page, "m.silva", "/chair/1")
            all_saved(page)
            assert len(readings(served, session)) == number * TAPS
            mine.close()


@pytest.mark.soak
def test_without_strict_durability_a_power_cut_would_lose_entries(
    chromium: Browser, served: Served, disk: Disk
) -> None:
    session = seated(served)
    with tablet(chromium.browser_type, disk.place / "profile", served.url) as mine:
        cut_while_waiting(mine, disk, served, RELAXED)
        page = mine.open("/sign-in")
        sign_in(page, "m.silva", "/chair/1")
        expect(at(page, "pending-count")).to_contain_text("0 waiting")
        assert len(readings(served, session)) < TAPS
