"""More boards: socket clients in a process of their own that read every message in full, like a browser would.

Run as ``python -m bench.boards COUNT URL ORIGIN COOKIE``; prints ``ready`` when each has its first messages, ends with
its standard input and prints what was read.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field

from websockets.asyncio.client import connect

QUIET_S = 1.0


@dataclass(slots=True)
class Read:
    """What all boards together have read."""

    messages: int = 0
    characters: int = 0
    first: set[int] = field(default_factory=set)


async def board(number: int, url: str, headers: dict[str, str], origin: str, read: Read) -> None:
    """Be one board: read and parse every message until cancelled."""
    async with connect(url, additional_headers=headers, origin=origin, max_size=None, proxy=None) as socket:  # type: ignore[arg-type]  # an Origin is a str
        async for message in socket:
            json.loads(message)
            read.messages += 1
            read.characters += len(message)
            read.first.add(number)


async def boards(count: int, url: str, origin: str, cookie: str) -> Read:
    """Open ``count`` boards and read until standard input ends."""
    read = Read()
    headers = {"Cookie": cookie} if cookie else {}
    tasks = [asyncio.create_task(board(number, url, headers, origin, read)) for number in range(count)]
    while len(read.first) < count:
        await asyncio.sleep(0.05)
        for task in tasks:
            if task.done():
                task.result()
    await asyncio.sleep(QUIET_S)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return read


def main() -> None:
    """Run from the command line."""
    count, url, origin, cookie = sys.argv[1:]
    read = asyncio.run(boards(int(count), url, origin, cookie))
    print(json.dumps({"messages": read.messages, "characters": read.characters}))


if __name__ == "__main__":
    main()
