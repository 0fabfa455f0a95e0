"""The commands that people and other programs rely on are there, and `make` alone lists them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PROMISED = ("setup", "run", "test", "check", "bench", "soak", "lock")
SCRIPTS = (".ci/run", "tests/browser/get_chromium.sh")


def make(*arguments: str) -> str:
    """Run make without the settings of a make that this test may run under, and return what it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_make_alone_lists_every_command() -> None:
    listed = re.findall(r"^make (\w+) +\S", make(), re.MULTILINE)

    assert set(PROMISED) <= set(listed)
    assert set(listed) == set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("command", PROMISED)
def test_a_promised_command_knows_what_to_do(command: str) -> None:
    assert make("--dry-run", command).strip()


def test_every_command_is_one_even_beside_a_file_of_its_name() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)

    assert phony is not None
    assert sorted(phony[1].split()) == sorted(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_contributors_are_told_of_every_command() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    assert [command for command in PROMISED if f"`make {command}`" not in told] == []
