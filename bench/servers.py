"""The servers of a bench run, each in a process of its own, and the boards that watch them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import psutil  # type: ignore[import-untyped]  # ships no types

ROOT: Final = Path(__file__).parents[1]
START_S: Final = 30


@contextmanager
def server(
    arguments: Sequence[str], origin: str, path: str, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """Run one server until the end of the block; it is there once ``path`` answers."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **(environment or {})}, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, origin + path)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, f"{address}: the server ended with {process.returncode}"
        try:
            if httpx.get(address, trust_env=False).status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(address)


@contextmanager
def more_boards(count: int, origin: str, cookie: str) -> Iterator[dict[str, int]]:
    """Watch with ``count`` more boards; what they read together is in the mapping after the block."""
    read: dict[str, int] = {}
    url = origin.replace("http", "ws", 1) + "/live?page=board"
    command = [sys.executable, "-m", "bench.boards", str(count), url, origin, cookie]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = process.stdout.readline().strip()
        assert said == "ready", f"the boards did not open: {said}"
        yield read
        told, _ = process.communicate(timeout=10)
        read.update(json.loads(told))
    finally:
        process.kill()
        process.wait()
