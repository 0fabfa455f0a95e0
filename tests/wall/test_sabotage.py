"""Every guard of docs/security.md has a line that could be taken out, and a test that would fail then."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wall.sabotage import ROOT, SABOTAGES, Sabotage, copied, exit_of, is_caught

SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+) \|.*\| `(tests/[\w/.]+::\w+)` \|$", SECURITY, re.MULTILINE)
NAMES = [f"{one.guard} {one.file}" for one in SABOTAGES]


def names_in(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("one", SABOTAGES, ids=NAMES)
def test_a_sabotage_changes_one_line_that_is_there(one: Sabotage) -> None:
    assert one.source.read_text("utf-8").count(one.old) == 1
    assert one.old != one.new


@pytest.mark.parametrize("one", SABOTAGES, ids=NAMES)
def test_a_sabotage_leaves_source_that_can_be_read(one: Sabotage) -> None:
    ast.parse(one.source.read_text("utf-8").replace(one.old, one.new))


@pytest.mark.parametrize("one", SABOTAGES, ids=NAMES)
def test_a_sabotage_names_a_test_that_is_there(one: Sabotage) -> None:
    file, _, name = one.test.partition("::")

    assert name in names_in(ROOT / file)


def test_every_guard_of_the_document_is_sabotaged_and_names_the_test_that_proves_it() -> None:
    assert [(int(number), test) for number, test in ROWS] == [(one.guard, one.test) for one in SABOTAGES]
    assert [one.guard for one in SABOTAGES] == list(range(1, len(SABOTAGES) + 1))


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    with copied() as found:
        yield found


@pytest.mark.soak
@pytest.mark.parametrize("test", sorted({one.test for one in SABOTAGES}))
def test_without_sabotage_the_test_of_a_guard_passes(copy: Path, test: str) -> None:
    assert exit_of(test, copy) == 0


@pytest.mark.soak
@pytest.mark.parametrize("one", SABOTAGES, ids=NAMES)
def test_a_sabotage_is_caught(copy: Path, one: Sabotage) -> None:
    assert is_caught(one, copy)
