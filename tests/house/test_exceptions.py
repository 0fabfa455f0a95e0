"""Every exception from a rule carries its reason, on its own line."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT_TEXT = (ROOT / "pyproject.toml").read_text("utf-8")
TOOL = tomllib.loads(PROJECT_TEXT)["tool"]

REASONED = re.compile(r'^\s*".*",  # \S.{5,}$')
# A comment that silences a tool, whatever follows it, up to the next comment.
SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore|fmt:\s*(?:off|skip)|pragma:\s*no)\b[^#]*(?P<reason>#.*)?$")


def sources() -> list[Path]:
    """List the Python files of the repository, new ones too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for path in map(ROOT.joinpath, listed.stdout.split()) if path.exists()]


def silent(text: str) -> list[str]:
    """Return the lines that silence a tool and do not say why."""
    return [
        line.strip()
        for line in text.splitlines()
        if (found := SILENCED.search(line)) and len(found["reason"] or "") < len("# because")
    ]


@pytest.mark.parametrize(
    "code",
    [
        *TOOL["ruff"]["lint"]["ignore"],
        *(code for codes in TOOL["ruff"]["lint"]["per-file-ignores"].values() for code in codes),
        *TOOL["pytest"]["ini_options"]["filterwarnings"][1:],
        *(name for override in TOOL["mypy"]["overrides"] for name in override["module"]),
    ],
)
def test_an_exception_in_the_settings_says_why(code: str) -> None:
    lines = [line for line in PROJECT_TEXT.splitlines() if line.strip().startswith(f'"{code}",')]

    assert lines
    assert [line for line in lines if not REASONED.match(line)] == []


def test_warnings_are_errors_before_any_exception() -> None:
    assert TOOL["pytest"]["ini_options"]["filterwarnings"][0] == "error"


def test_every_rule_of_the_linter_is_on() -> None:
    assert TOOL["ruff"]["lint"]["select"] == ["ALL"]


def test_an_exception_in_the_code_says_why() -> None:
    here = Path(__file__)

    found = {str(p.relative_to(ROOT)): silent(p.read_text("utf-8")) for p in sources() if p != here}

    assert len(found) > 5
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    ["import x  # noqa: F401", "x()  # type: ignore[misc]", "x  # pragma: no cover", "y  # noqa: E1  # why"],
)
def test_an_exception_without_a_reason_would_be_found(line: str) -> None:
    assert silent(line) == [line]


def test_a_reason_after_the_exception_is_enough() -> None:
    assert silent("import x  # noqa: F401  # read by Alembic") == []
