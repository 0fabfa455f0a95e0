"""The hazards keep their word: each has a control, what remains, and tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HAZARDS = (ROOT / "docs" / "hazards.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", HAZARDS)))
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^### ", HAZARDS, flags=re.MULTILINE)[1:]}


@cache
def functions_of(path: str) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _path, name in NAMED])
def test_a_test_that_a_hazard_names_is_there(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions_of(path)


@pytest.mark.parametrize("hazard", SECTIONS)
def test_a_hazard_says_its_control_its_proof_and_what_remains(hazard: str) -> None:
    text = SECTIONS[hazard]

    assert re.findall(r"^- \*\*(.+?):\*\*", text, re.MULTILINE) == ["Control", "Proved by", "Remains"]
    assert re.search(
        r"`tests/[\w/]+\.py::test_\w+`", text.partition("- **Proved by:**")[2].partition("- **Remains:**")[0]
    )


def test_every_code_that_looks_like_a_test_is_read_as_one() -> None:
    assert len(SECTIONS) > 15
    assert len(re.findall("::", HAZARDS)) == len(re.findall(r"`tests/[\w/]+\.py::\w+`", HAZARDS))


def test_a_test_that_is_not_there_would_be_found() -> None:
    assert "test_nothing_of_this_name" not in functions_of("tests/house/test_hazards.py")
    assert "test_a_test_that_is_not_there_would_be_found" in functions_of("tests/house/test_hazards.py")
