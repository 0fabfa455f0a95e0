"""A file system whose power can be cut: ext4 in a file, on a loop device, shut down under whoever writes."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SHUT_DOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN, which XFS calls GOINGDOWN."""
_WITHOUT_LOG = (2).to_bytes(4, "little")
"""Nothing more reaches the disk, not even the journal: as when the power goes."""


class Power:
    """One file system; `cut` loses what was not synced, `back` mounts what is left."""

    def __init__(self, folder: Path, *, megabytes: int = 64) -> None:
        """Make and mount it below ``folder``."""
        self._image, self.place = folder / "disk.img", folder / "disk"
        self.place.mkdir()
        with self._image.open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        self.back()

    def back(self) -> None:
        """Mount it, which replays its journal."""
        _run("mount", "-o", "loop", str(self._image), str(self.place))

    def cut(self) -> None:
        """Cut the power: every write from now on fails, and what was not synced is gone."""
        handle = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(handle, _SHUT_DOWN, _WITHOUT_LOG)
        finally:
            os.close(handle)

    def off(self) -> None:
        """Unmount what is left."""
        _run("umount", str(self.place))


@contextmanager
def power(folder: Path) -> Iterator[Power]:
    """Give a file system for the length of a block.

    Raises:
        AssertionError: this machine cannot mount one; a power cut cannot be tried on it, and that is no pass.
    """
    missing = [name for name in ("mkfs.ext4", "mount", "umount") if shutil.which(name) is None]
    assert not missing, f"A power cut needs {', '.join(missing)}: run the long tests as root on a Linux with e2fsprogs."
    assert os.geteuid() == 0, "A power cut needs a file system of its own: run the long tests as root."
    found = Power(folder)
    try:
        yield found
    finally:
        found.off()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}. A power cut cannot be tried here."
