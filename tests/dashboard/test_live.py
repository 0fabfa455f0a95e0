"""The hub of the live push: newest state once, nothing lost in between, no chair stops another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from dashboard import live
from dashboard.live import Hub, Subscriber
from models.clinic import Clinic
from models.errors import NotStoredNowError
from models.people import Person, Role
from tests.kept import COMPLETE, Kept


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Give a clinic with a patient on chair 1 and free chairs 2 and 3."""
    with closing(Kept(f"sqlite:///{tmp_path / 'chairside.db'}")) as found:
        for name in ("2", "3"):
            found.clinic.new_chair(found.site, name)
        found.seat("1")
        yield found


def session_of(kept: Kept, chair: str = "1") -> str:
    view = kept.clinic.chair_now(kept.person(), chair).view
    assert view is not None
    return view.id


def chair_id(kept: Kept, name: str) -> str:
    return next(one.id for one in kept.places.chairs(kept.site) if one.name == name)


def told(subscriber: Subscriber) -> dict[str, Any]:
    """Return what waits for a page, by chair, and take it."""
    waiting, subscriber.waiting = subscriber.waiting, {}
    return {name: json.loads(message) for name, message in waiting.items() if name}


def listening(kept: Kept, story: Callable[[Hub], Awaitable[None]]) -> None:
    """Run a hub beside a story, and stop it after."""

    async def run() -> None:
        hub = Hub(kept.clinic)
        hub.start()
        drawing = asyncio.create_task(hub.draw_for_ever())
        try:
            await asyncio.wait_for(story(hub), 20)
        finally:
            hub.stop()
            drawing.cancel()
            with suppress(asyncio.CancelledError):
                await drawing

    asyncio.run(run())


async def drawn(hub: Hub, pushes: int = 1) -> None:
    """Wait until so many pushes were made."""
    wanted = hub.pushes + pushes
    while hub.pushes < wanted:  # noqa: ASYNC110  # the hub counts, it does not tell
        await asyncio.sleep(0.005)


def board(kept: Kept) -> Subscriber:
    return Subscriber(kept.site, None)


def test_a_board_begins_with_every_chair(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        await hub.first(page)

        first = told(page)
        assert list(first) == ["1", "2", "3"]
        assert (first["1"]["session"], first["1"]["v"]) == (session_of(kept), 1)
        assert (first["2"]["session"], first["2"]["v"]) == (None, 0)
        assert all(one["set"] for one in first.values())
        assert page.woken.is_set()

    listening(kept, story)


def test_a_chair_begins_with_itself(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = Subscriber(kept.site, "2")
        await hub.first(page)

        assert list(told(page)) == ["2"]

    listening(kept, story)


def test_every_message_carries_the_last_number_and_a_growing_tick(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        await hub.first(page)
        found = [told(page)["1"]]
        for _ in range(3):
            kept.clock.pass_minutes(0.1)
            kept.chart(session_of(kept))
            await drawn(hub)
            found.append(told(page)["1"])

        assert [one["v"] for one in found] == [1, 2, 3, 4]
        assert [one["tick"] for one in found] == sorted({one["tick"] for one in found})
        assert [one["chair"] for one in found] == ["1"] * 4

    listening(kept, story)


def test_only_time_went_by_and_the_tick_still_grows(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        await hub.first(page)
        before = told(page)["1"]
        kept.clock.pass_minutes(20)
        hub.mark(kept.site, chair_id(kept, "1"))
        await drawn(hub)

        after = told(page)["1"]
        assert after["v"] == before["v"]
        assert after["tick"] > before["tick"]
        assert after["set"] != before["set"]

    listening(kept, story)


def test_a_slow_page_gets_the_newest_state_once(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        slow = board(kept)
        hub.subscribers.add(slow)
        await hub.first(slow)
        for number in range(5):
            kept.chart(session_of(kept), "reading", values=COMPLETE | {"sbp": 120 + number})
            await drawn(hub)

        waiting = told(slow)
        assert set(waiting) == {"1", "2", "3"}
        assert waiting["1"]["v"] == 6
        assert told(slow) == {}

    listening(kept, story)


def test_many_changes_of_a_chair_are_drawn_once(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        for _ in range(20):
            hub.mark(kept.site, chair_id(kept, "1"))
        await drawn(hub)
        await asyncio.sleep(0.05)

        assert hub.pushes == 1

    listening(kept, story)


def test_a_change_while_the_first_state_is_drawn_is_not_lost(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(kept)
    site_board = Clinic.site_board

    def slowly(clinic: Clinic, site: Person) -> Any:  # noqa: ANN401  # as the method it stands for
        found = site_board(clinic, site)
        if kept.records.record(kept.site, session).entries[-1].seq == 1:
            kept.chart(session)
        return found

    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        with monkeypatch.context() as patched:
            patched.setattr(Clinic, "site_board", slowly)
            await hub.first(page)
        first = told(page)["1"]
        if first["v"] == 1:
            while not page.waiting:  # noqa: ASYNC110  # the hub offers, it does not tell
                await asyncio.sleep(0.005)
            first = told(page)["1"]

        assert first["v"] == 2

    listening(kept, story)


def test_the_first_state_does_not_overwrite_a_newer_change(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        page.offer("1", '{"v": 9}')
        await hub.first(page)

        assert told(page)["1"] == {"v": 9}

    listening(kept, story)


def failing_for(name: str, kind: str) -> Callable[..., Any]:
    """Return a drawing that fails for one chair."""
    real = getattr(live, kind)

    def draw(chair: Any, *more: Any) -> Any:  # noqa: ANN401  # as the function it stands for
        if chair.chair.name == name:
            message = "cannot be drawn"
            raise RuntimeError(message)
        return real(chair, *more)

    return draw


def test_a_chair_that_cannot_be_drawn_does_not_stop_the_others(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "board_changes", failing_for("2", "board_changes"))

    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        await hub.first(page)
        first = told(page)
        for name in ("2", "1", "3"):
            hub.mark(kept.site, chair_id(kept, name))
        await drawn(hub, 2)

        assert set(first) == {"1", "3"}
        assert set(told(page)) == {"1", "3"}

    listening(kept, story)
    assert "could not be drawn" in caplog.text


def test_a_chairs_page_that_cannot_be_drawn_does_not_stop_the_other_pages(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "chair_changes", failing_for("2", "chair_changes"))

    async def story(hub: Hub) -> None:
        pages = {name: Subscriber(kept.site, name) for name in ("1", "2", "3")}
        hub.subscribers |= set(pages.values())
        hub.mark(kept.site, chair_id(kept, "2"))
        while not (pages["1"].waiting and pages["3"].waiting):  # noqa: ASYNC110  # the hub offers, it does not tell
            await asyncio.sleep(0.005)

        assert not pages["2"].waiting

    listening(kept, story)


def test_a_board_that_cannot_be_drawn_does_not_stop_the_chairs_page(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "board_changes", failing_for("1", "board_changes"))

    async def story(hub: Hub) -> None:
        page = Subscriber(kept.site, "1")
        hub.subscribers |= {board(kept), page}
        hub.mark(kept.site, chair_id(kept, "1"))
        await drawn(hub)
        while not page.waiting:  # noqa: ASYNC110  # the hub offers, it does not tell
            await asyncio.sleep(0.005)

    listening(kept, story)


def test_every_page_hears_only_of_its_own_site_and_chair(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        pages = [board(kept), Subscriber("another site", None), Subscriber(kept.site, "1"), Subscriber(kept.site, "2")]
        hub.subscribers |= set(pages)
        kept.chart(session_of(kept))
        await drawn(hub, 3)

        assert [[chair for chair in one.waiting if chair] for one in pages] == [["1"], [], ["1"], ["2"]]

    listening(kept, story)


def test_without_a_page_nothing_is_drawn(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(Clinic, "chair_of", lambda *_said: calls.append("drawn"))

    async def story(hub: Hub) -> None:
        hub.mark(kept.site, chair_id(kept, "1"))
        await asyncio.sleep(0.05)

        assert calls == []
        assert hub.pushes == 0

    listening(kept, story)


def test_a_stopped_hub_hears_nothing_more(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        kept.chart(session_of(kept))
        await drawn(hub)
        told(page)
        hub.stop()
        kept.chart(session_of(kept))
        await asyncio.sleep(0.05)
        hub.start()

        assert told(page) == {}

    listening(kept, story)


def test_a_patient_who_moves_is_drawn_on_both_chairs(kept: Kept) -> None:
    session = session_of(kept)
    opening = kept.records.record(kept.site, session).entries[0]
    body = opening.content.body() | {"chair_id": chair_id(kept, "3")}
    replacement = body | {"kind": "opening", "measured_at": opening.measured_at.isoformat()}

    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        kept.chart(
            session,
            "correction",
            role=Role.CLINICIAN,
            entry_id=opening.id,
            reason="the wrong chair",
            replacement=replacement,
        )
        await drawn(hub, 2)

        assert {name: one["session"] for name, one in told(page).items()} == {"1": None, "3": session}

    listening(kept, story)


def test_a_chair_that_storage_keeps_from_being_drawn_is_drawn_as_soon_as_it_can_be(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Subscriber(kept.site, None)
    chair_of, refused = Clinic.chair_of, [NotStoredNowError("Not now.")]

    def busy_once(clinic: Clinic, site: Person, chair: str) -> Any:  # noqa: ANN401  # what the clinic gives
        if refused:
            raise refused.pop()
        return chair_of(clinic, site, chair)

    async def story(hub: Hub) -> None:
        hub.subscribers.add(board)
        await asyncio.to_thread(kept.chart, session_of(kept))
        await asyncio.wait_for(board.woken.wait(), 10)

    monkeypatch.setattr(live, "_AGAIN", 0.01)
    monkeypatch.setattr(Clinic, "chair_of", busy_once)
    listening(kept, story)

    assert refused == []
    assert told(board)["1"]["v"] == 2


def test_the_strip_of_all_chairs_is_drawn_once_for_everything_that_changed(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        kept.chart(session_of(kept))
        await drawn(hub)
        while "" not in page.waiting:  # noqa: ASYNC110  # the hub offers, it does not tell
            await asyncio.sleep(0.005)

        strip = json.loads(page.waiting[""])
        assert set(strip) == {"now", "tick", "set"}
        assert [name for name, _ in strip["set"]] == ["board-strip-late", "board-strip-marks"]

    listening(kept, story)


def test_the_strip_waits_for_quiet_chairs_but_not_for_ever(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_STRIP_AFTER", 60)
    monkeypatch.setattr(live, "_STRIP_AT_MOST_AFTER", 0.05)

    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        for _ in range(400):  # without an end to the waiting none of these would ever let the strip be drawn
            hub.mark(kept.site, chair_id(kept, "1"))
            await asyncio.sleep(0.005)
            if "" in page.waiting:
                return

        pytest.fail("The strip was never drawn.")

    listening(kept, story)


def test_a_strip_that_was_put_off_is_drawn_once(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_for: list[str] = []
    strip_message = live.strip_message

    def counted(site: str, clinic: Clinic) -> str:
        drawn_for.append(site)
        return strip_message(site, clinic)

    monkeypatch.setattr(live, "strip_message", counted)

    async def story(hub: Hub) -> None:
        page = board(kept)
        hub.subscribers.add(page)
        for after in (0.02, 0.06, 0.1):  # within one turn of the loop, so that no slow machine comes between them
            monkeypatch.setattr(live, "_STRIP_AFTER", after)
            hub._strip_soon(kept.site)  # noqa: SLF001  # what three chairs one after another would do
        while "" not in page.waiting:  # noqa: ASYNC110  # the hub offers, it does not tell
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.2)

    listening(kept, story)

    assert drawn_for == [kept.site]


def test_a_page_that_opens_is_told_of_the_strip_after_its_chairs(kept: Kept) -> None:
    async def story(hub: Hub) -> None:
        page = board(kept)

        await hub.first(page)

        assert list(page.waiting) == ["1", "2", "3", ""]

    listening(kept, story)
