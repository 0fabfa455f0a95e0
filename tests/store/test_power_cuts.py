"""The power goes while eight writers save: what was acknowledged is there when it comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.crashes import Told, judge, settle
from tests.kept import Kept
from tests.power import Power, power

CUTS = int(os.environ.get("POWER_CUTS", "200"))
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.soak


def cut(disk: Power, url: str, sessions: list[str], random: Random, synchronous: int) -> Told:
    """Let a process of eight writers save until the power goes, and return what it told before."""
    command = [sys.executable, "-m", "tests.writers", url, str(synchronous), *sessions]
    told, enough = Told(), random.randint(1, 60)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writers:
        assert writers.stdout is not None
        for line in writers.stdout:
            told.hear(line)
            if len(told.acknowledged) >= enough:
                disk.cut()
                writers.send_signal(signal.SIGSTOP)
                break
        # What was told after the cut counts as well: an acknowledgement is one whenever it is given.
        writers.kill()
        for line in writers.stdout:
            told.hear(line)
    return told


def lost(folder: Path, times: int, synchronous: int) -> tuple[int, list[str]]:
    """Cut the power so many times; return how many entries were acknowledged, and what went wrong."""
    acknowledged, wrong = 0, []
    with power(folder) as disk:
        url = f"sqlite:///{disk.place / 'chairside.db'}"
        for number in range(times):
            kept = Kept(url)
            sessions = [kept.seat(f"{number}-{chair}") for chair in range(4)]
            kept.close()
            told = cut(disk, url, sessions, Random(number), synchronous)
            disk.off()
            disk.back()
            kept = Kept(url)
            wrong += judge(kept, sessions, told)
            acknowledged += len(told.acknowledged)
            settle(kept, told)
            wrong += judge(kept, sessions, told)
            kept.close()
    return acknowledged, wrong


def test_two_hundred_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged, wrong = lost(tmp_path, CUTS, synchronous=2)

    print(f"{CUTS} power cuts, {acknowledged} acknowledged, {len(wrong)} wrong")  # noqa: T201  # what a long test measured
    assert wrong == []
    assert acknowledged > CUTS


def test_without_the_sync_at_the_commit_power_cuts_lose_what_was_acknowledged(tmp_path: Path) -> None:
    _acknowledged, wrong = lost(tmp_path, 10, synchronous=1)

    assert any("acknowledged and lost" in one for one in wrong)
