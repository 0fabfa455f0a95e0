"""Versions of a module in which one comparison or one number is moved by one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_MOVED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_OPERATORS: Final = {"ge": "gt", "gt": "ge"}


@dataclass(frozen=True)
class Mutant:
    """A changed module: what was changed, on which line, and the tree."""

    line: str
    change: str
    tree: ast.Module

    @property
    def told(self) -> str:
        """Return the line and what became of it."""
        return f"{self.line}  [{self.change}]"

    def module(self) -> ModuleType:
        """Return the changed module, ready to be asked."""
        made = ModuleType("mutant")
        sys.modules["mutant"] = made  # dataclasses look up the module they stand in
        exec(compile(self.tree, "mutant", "exec"), made.__dict__)  # noqa: S102  # our own source, one place changed
        return made


def unchanged(path: str) -> ModuleType:
    """Return a module made the same way with nothing moved: the control of every mutation run."""
    return Mutant("", "", ast.parse((ROOT / path).read_text("utf-8"))).module()


def mutants(path: str, skip: frozenset[str] = frozenset()) -> Iterator[Mutant]:
    """Return every mutant of a file: each comparison with its neighbour, each whole number one up and one down.

    Only what stands in functions is moved; ``skip`` names functions that decide nothing (sort keys, sentences). An
    index is no bound, and neither is the 0 that stands for a value nobody charted.
    """
    text = (ROOT / path).read_text("utf-8")
    lines = text.splitlines()
    for place in range(sum(1 for _ in _places(ast.parse(text), skip))):
        for step in (1, -1):
            tree = ast.parse(text)
            node, part = list(_places(tree, skip))[place]
            change = _change(node, part, step)
            if change is not None:
                yield Mutant(lines[node.lineno - 1].strip(), change, ast.fix_missing_locations(tree))


def _places(tree: ast.Module, skip: frozenset[str]) -> Iterator[tuple[ast.expr, int]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name not in skip:
            indices = {
                part for node in ast.walk(function) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)
            }
            for node in ast.walk(function):
                if isinstance(node, ast.expr) and node not in indices:
                    yield from ((node, part) for part in _parts(node))


def _parts(node: ast.expr) -> list[int]:
    """Return which parts of a node can be moved: the comparisons of a chain, or the node itself."""
    if isinstance(node, ast.Compare):
        return [part for part, one in enumerate(node.ops) if type(one) in _MOVED]
    number = isinstance(node, ast.Constant) and type(node.value) is int and node.value != 0
    return [0] if number or (isinstance(node, ast.Attribute) and node.attr in _OPERATORS) else []


def _change(node: ast.expr, part: int, step: int) -> str | None:
    """Move one place and say how; a comparison can be moved one way only."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        before, node.value = node.value, node.value + step
        return f"{before} to {node.value}"
    if step < 0:
        return None
    if isinstance(node, ast.Attribute):
        node.attr = _OPERATORS[node.attr]
        return f"to operator.{node.attr}"
    assert isinstance(node, ast.Compare)
    moved = _MOVED[type(node.ops[part])]
    node.ops[part] = moved()
    return f"to {moved.__name__}"
