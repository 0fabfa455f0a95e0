"""The real server in a process of its own, so that what it costs and what it survives is its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx

from tests.served import Served, free_port, settings_for

ROOT = Path(__file__).parents[1]
CHAIRSIDE = [str(Path(sys.executable).with_name("chairside"))]
ARMED = [sys.executable, "-m", "tests.armed"]
START_SECONDS = 60


def environment(url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "CHAIRSIDE_DATABASE_URL": url,
        "CHAIRSIDE_DATA_DIR": str(folder),
        "CHAIRSIDE_SECRET_KEY": bytes(32).hex(),
    }


@contextmanager
def server(
    command: list[str], around: dict[str, str], log: Path | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the real server until the end of the block, or until it kills itself; what it says goes to ``log``."""
    port = free_port()
    words = [*command, "serve", "--port", str(port)]
    with (
        log.open("wb") if log else nullcontext() as said,
        subprocess.Popen(words, cwd=ROOT, env=around, stderr=said) as process,
    ):
        try:
            until = time.monotonic() + START_SECONDS
            while not answers(f"http://127.0.0.1:{port}"):
                assert process.poll() is None, "the server did not start"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def furnished(url: str, folder: Path) -> dict[str, str]:
    """Give a database its people and chairs, and return the environment for servers on it."""
    Served(settings_for(url, folder)).app.stores.database.close()
    return environment(url, folder)
