"""Worker threads: whoever asks is answered in time when storage is what keeps them, and waited for otherwise."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from callbacks import threads
from callbacks.threads import Threads
from models.errors import NotFoundError, NotStoredNowError
from models.waiting import in_storage

pytestmark = pytest.mark.usefixtures("_impatient")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(threads, "_HELD_UP_SECONDS", 0.1)


@contextmanager
def stuck() -> Iterator[threading.Event]:
    """Give what a stuck disk waits for; at the end it comes."""
    freed = threading.Event()
    try:
        yield freed
    finally:
        freed.set()


def asks_storage(freed: threading.Event) -> None:
    with in_storage():
        freed.wait()


def test_storage_that_does_not_answer_is_not_waited_for() -> None:
    with stuck() as freed, pytest.raises(NotStoredNowError):
        asyncio.run(Threads(1).run(asks_storage, freed))


def test_who_stands_in_line_behind_it_is_told_as_well_and_served_once_it_answers() -> None:
    pool = Threads(1)

    async def story(freed: threading.Event) -> tuple[list[object], str]:
        asked = [pool.run(asks_storage, freed), pool.run(str), pool.run(str)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        freed.set()
        return list(told), await pool.run(str, "served")

    with stuck() as freed:
        told, served = asyncio.run(story(freed))

    assert [type(one) for one in told] == [NotStoredNowError] * 3
    assert served == "served"


def test_a_second_question_of_a_request_does_not_get_its_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_HELD_UP_SECONDS", 60)
    pool = Threads(1)

    def refuse() -> None:
        raise NotStoredNowError("The database does not answer.")

    async def story(freed: threading.Event) -> None:
        threads.ARRIVED.set(time.monotonic())
        with suppress(NotStoredNowError):
            await pool.run(refuse)
        await asyncio.wait_for(pool.run(asks_storage, freed), 20)

    with stuck() as freed, pytest.raises(NotStoredNowError):
        asyncio.run(story(freed))


def test_work_that_takes_long_is_waited_for() -> None:
    async def story() -> str:
        done = threading.Event()
        asyncio.get_running_loop().call_later(0.6, done.set)
        return await Threads(1).run(lambda: str(done.wait()))

    assert asyncio.run(story()) == "True"


def test_a_long_line_is_waited_for_while_it_moves() -> None:
    async def story() -> list[bool]:
        pool, turns = Threads(1), [threading.Event() for _ in range(6)]
        for number, turn in enumerate(turns):
            asyncio.get_running_loop().call_later(0.1 * number, turn.set)
        return list(await asyncio.gather(*(pool.run(turn.wait) for turn in turns)))

    assert asyncio.run(story()) == [True] * 6


def test_what_the_work_itself_refuses_is_handed_on() -> None:
    def refuse() -> None:
        raise NotFoundError("There is no such session.")

    with pytest.raises(NotFoundError):
        asyncio.run(Threads(1).run(refuse))
