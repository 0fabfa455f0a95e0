"""Every dependency has a reason and is locked by hash, and no lock file says where to fetch from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT_TEXT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PROJECT_TEXT)
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
GROUPS: dict[str, list[str | dict[str, str]]] = PROJECT["dependency-groups"]
TOOLS = [entry for group in GROUPS.values() for entry in group if isinstance(entry, str)]
LOCKS = ("requirements.txt", "requirements-dev.txt")

# What a lock file must not hold, and why.
FOREIGN = {
    "a place to fetch from": r"^\s*(-[if]|--((extra-)?index-url|find-links|trusted-host))\b",
    "an address": r"\w+://",
    "a path of one machine": r"(^|\s)(/|~/|[A-Z]:\\)\S",
}


def name_of(requirement: str) -> str:
    """Return the normalised name of a requirement, without extras, versions and markers."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def locked(name: str) -> dict[str, list[str]]:
    """Read a lock file: package -> its hashes, over all its versions."""
    packages: dict[str, list[str]] = {}
    hashes: list[str] = []
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if pinned := re.match(r"([a-z0-9-]+)==\S+", line):
            hashes = packages.setdefault(pinned[1], [])
        hashes += re.findall(r"--hash=sha256:[0-9a-f]{64}", line)
    return packages


def foreign_lines(text: str) -> list[str]:
    """Say what in a lock file does not belong there."""
    return [
        f"{what}: {line.strip()}"
        for line in text.splitlines()
        for what, pattern in FOREIGN.items()
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("requirement", [*RUNTIME, *TOOLS])
def test_a_dependency_says_why_it_is_here(requirement: str) -> None:
    line = next(line for line in PROJECT_TEXT.splitlines() if f'"{requirement}"' in line)

    assert re.search(r'",  # \S.{8,}$', line), f"no reason beside {requirement}"


@pytest.mark.parametrize("requirement", RUNTIME)
def test_what_the_program_needs_is_locked_for_running(requirement: str) -> None:
    assert locked("requirements.txt").get(name_of(requirement))


@pytest.mark.parametrize("requirement", TOOLS)
def test_a_tool_is_locked_for_development(requirement: str) -> None:
    assert locked("requirements-dev.txt").get(name_of(requirement))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    packages = locked(lock)

    assert len(packages) > 30
    assert [name for name, hashes in packages.items() if not hashes] == []


def test_development_runs_what_the_clinic_runs() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==[^\s\\]+", (ROOT / lock).read_text("utf-8"), re.MULTILINE))

    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_does_not_say_where_to_fetch_from(lock: str) -> None:
    assert foreign_lines((ROOT / lock).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "-i packages.example",
        "--find-links wheels",
        "dash @ file:///home/nurse/dash.whl",
        "    # via -r /home/nurse/requirements.in",
    ],
)
def test_a_line_that_says_where_would_be_found(line: str) -> None:
    assert foreign_lines(line)
