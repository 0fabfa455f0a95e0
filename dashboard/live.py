"""The live socket: the newest state of every chair shown, then each change; drawn once, sent to many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from callbacks.live import board_changes, chair_changes, strip_changes
from callbacks.threads import in_thread
from dashboard.limits import Buckets, Places, Rate
from dashboard.wall import Pass, Wall
from models import acting
from models.clinic import ChairNow, Clinic
from models.errors import ChairsideError, NotFoundError, NotStoredNowError
from models.feed import Change
from models.people import Person, Right, Role
from models.upcoming import upcoming
from models.wall_privacy import NameLevel

LOG = logging.getLogger("chairside.live")

HEARTBEAT: Final = 2.0
_RECHECK: Final = 3.0
_STRIP_AFTER: Final = 0.3
_STRIP_AT_MOST_AFTER: Final = 2.0
_AGAIN: Final = 1.0
"""After how long a chair is drawn that could not be drawn while storage did not answer."""
SOCKETS_MOST: Final = 500
OF_A_SESSION_MOST: Final = 64
OF_AN_ADDRESS_MOST: Final = 250
_SAID_MOST: Final = Rate(1, 50)
"""What a page may say; ours say nothing."""
_NOT_DRAWN: Final = "A chair could not be drawn for the live push"
_STRIP: Final = ""
"""Stands in the place of a chair's name for what a board says of all chairs together."""
_CLOSE_POLICY: Final = 1008
_CLOSE_LATER: Final = 1013
CLOSE_CROWDED: Final = 4429
"""There are too many live pages; `live.js` knows this number and says so in words."""


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open page; of each chair it holds only the newest message that was not sent yet."""

    site: str
    chair: str | None
    wall: bool = False
    """Whether it shows patients' names as decided for the wall."""
    waiting: dict[str, str] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, chair: str, message: str) -> None:
        """Replace whatever was waiting for this chair."""
        self.waiting[chair] = message
        self.woken.set()


class Hub:
    """Knows who watches, draws each changed chair once, and hands it on."""

    def __init__(self, clinic: Clinic) -> None:
        """Draw for ``clinic``."""
        self.clinic = clinic
        self.subscribers: set[Subscriber] = set()
        self.places = Places(SOCKETS_MOST)
        self.pushes = 0
        self._changed: dict[tuple[str, str], None] = {}
        self._strips: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._woken = asyncio.Event()
        self._stop: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Listen to the feed from any thread, on the loop this is called from."""
        loop = asyncio.get_running_loop()

        def heard(change: Change) -> None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self.mark, change.site, change.chair_id)

        self._stop = self.clinic.feed.listen(heard)

    def stop(self) -> None:
        """Stop listening."""
        self._stop()

    def mark(self, site: str, chair_id: str) -> None:
        """Note that a chair wants drawing again."""
        self._changed[site, chair_id] = None
        self._woken.set()

    async def draw_for_ever(self) -> None:
        """Draw what changed, chair by chair; a chair that cannot be drawn does not stop the others."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            changed, self._changed = self._changed, {}
            drawn = [(site, await self._draw(site, chair_id)) for site, chair_id in changed if chair_id != _STRIP]
            for site in {site for site, _ in drawn} - {site for site, done in drawn if not done}:
                self._strip_soon(site)
            for site in [site for site, chair_id in changed if chair_id == _STRIP]:
                if site in self._strips:
                    self._strips.pop(site)[1].cancel()  # what changed beside it is on it already
                await self._draw_strip(site)

    def _strip_soon(self, site: str) -> None:
        """Let the strip follow once the chairs are quiet: drawn between them, it would hold up what they say."""
        loop = asyncio.get_running_loop()
        first, before = self._strips.get(site, (loop.time(), None))
        if before is not None:
            before.cancel()
        at = min(loop.time() + _STRIP_AFTER, first + _STRIP_AT_MOST_AFTER)
        self._strips[site] = first, loop.call_at(at, self.mark, site, _STRIP)

    async def _draw(self, site: str, chair_id: str) -> bool:
        """Draw one chair; ``False`` where it waits for storage and is drawn later."""
        for draw in (partial(self._draw_boards, site, chair_id), partial(self._draw_pages, site)):
            try:
                await draw()
            except NotStoredNowError as error:
                LOG.warning("A chair waits to be drawn: %s", error.why)
                asyncio.get_running_loop().call_later(_AGAIN, self.mark, site, chair_id)
                return False
            except Exception:
                LOG.exception(_NOT_DRAWN)
        return True

    async def _draw_boards(self, site: str, chair_id: str) -> None:
        boards = [one for one in self.subscribers if one.site == site and one.chair is None]
        if boards:
            for wall in {one.wall for one in boards}:
                name, message = await in_thread(_of_chair, site, chair_id, self.clinic, site if wall else None)
                self._offer([one for one in boards if one.wall is wall], name, message)

    async def _draw_strip(self, site: str) -> None:
        """Draw the next half hour, once for everything that changed together."""
        boards = [one for one in self.subscribers if one.site == site and one.chair is None]
        if boards:
            self._offer(boards, _STRIP, await _drawn(strip_message, site, self.clinic))

    async def _draw_pages(self, site: str) -> None:
        pages = [one for one in self.subscribers if one.site == site and one.chair is not None]
        if pages:
            everything = await in_thread(self.clinic.site_board, acting.server(site))
            for name in {one.chair for one in pages if one.chair is not None}:
                message = await _drawn(chair_message, site, name, everything, self.clinic)
                self._offer([one for one in pages if one.chair == name], name, message)

    def _offer(self, subscribers: list[Subscriber], chair: str, message: str | None) -> None:
        if message is not None:
            for one in subscribers:
                one.offer(chair, message)
            self.pushes += chair != _STRIP

    async def first(self, subscriber: Subscriber) -> None:
        """Give a new subscriber the newest state of every chair it shows; one that cannot be drawn is left out."""
        site, chair = subscriber.site, subscriber.chair
        everything = await in_thread(self.clinic.site_board, acting.server(site))
        wall_of = site if subscriber.wall else None
        drawing: dict[str, tuple[Any, ...]]
        if chair is None:
            drawing = {one.chair.name: (board_message, one, self.clinic, wall_of) for one in everything}
            drawing[_STRIP] = (strip_message, site, self.clinic)
        else:
            drawing = {chair: (chair_message, site, chair, everything, self.clinic)}
        for name, (draw, *asked) in drawing.items():
            message = await _drawn(draw, *asked)
            if message is not None and name not in subscriber.waiting:
                subscriber.offer(name, message)


async def _drawn(draw: Callable[..., str], *asked: object) -> str | None:
    """Draw one chair; ``None`` and a line in the log where that fails."""
    try:
        return await in_thread(draw, *asked)
    except Exception:
        LOG.exception(_NOT_DRAWN)
        return None


def _of_chair(site: str, chair_id: str, clinic: Clinic, wall_of: str | None) -> tuple[str, str]:
    chair = clinic.chair_of(acting.server(site), chair_id)
    return chair.chair.name, board_message(chair, clinic, wall_of)


def board_message(chair: ChairNow, clinic: Clinic, wall_of: str | None = None) -> str:
    """Return what changes on a board for one chair; on the wall of a site with no more of a name than was decided."""
    names = NameLevel.INITIALS if wall_of is None else clinic.wall.level(wall_of)
    return _message(chair, board_changes(chair, clinic.zone, names), clinic.now())


def strip_message(site: str, clinic: Clinic) -> str:
    """Return what the strip of the next half hour shows now; a heartbeat that carries more than the time."""
    now = clinic.now()
    changes = strip_changes(upcoming(clinic.running(acting.server(site)), now), clinic.zone)
    return orjson.dumps({"now": now, "tick": int(now.timestamp() * 1000), **changes}).decode()


def chair_message(site: str, name: str, everything: list[ChairNow], clinic: Clinic) -> str:
    """Return what changes on the page of one chair.

    Raises:
        NotFoundError: there is no such chair any more.
    """
    chair = next((one for one in everything if one.chair.name == name), None)
    if chair is None:
        raise NotFoundError("There is no chair of this name.")
    others = [one for one in everything if one.chair.name != name]
    view = chair.view
    last = clinic.visit_before(acting.server(site), view.patient.id, view.arrived_at) if view else None
    return _message(chair, chair_changes(chair, others, clinic.zone, last), clinic.now())


def _message(chair: ChairNow, changes: dict[str, Any], now: datetime) -> str:
    view = chair.view
    head = {
        "chair": chair.chair.name,
        "session": None if view is None else view.id,
        "v": 0 if view is None else view.last_seq,
        "tick": int(now.timestamp() * 1000),
    }
    return orjson.dumps(head | changes, option=orjson.OPT_SERIALIZE_NUMPY).decode()


class LiveSocket:
    """The endpoint ``/live``: one task sends, one listens for the end."""

    def __init__(self, hub: Hub, wall: Callable[[], Wall]) -> None:
        """Serve subscribers of ``hub``, asking ``wall`` again and again whether they are still signed in."""
        self.hub, self.wall = hub, wall

    async def __call__(self, socket: WebSocket) -> None:
        """Serve one page until it leaves, is signed out, or the server stops."""
        passed: Pass = socket.scope["state"]["passed"]
        try:
            subscriber = await in_thread(self._subscriber, passed.person, dict(socket.query_params))
        except ChairsideError as error:
            self.hub.clinic.trail.refused(passed.person, error, "live")
            await socket.close(_CLOSE_LATER if isinstance(error, NotStoredNowError) else _CLOSE_POLICY)
            return
        await socket.accept()
        bounds = _bounds(socket, passed)
        if not self.hub.places.take(bounds):
            await socket.close(CLOSE_CROWDED, "too many live pages")
            return
        try:
            await self._serve(socket, subscriber, passed)
        finally:
            self.hub.places.leave(bounds)

    async def _serve(self, socket: WebSocket, subscriber: Subscriber, passed: Pass) -> None:
        self.hub.subscribers.add(subscriber)
        beside = [asyncio.create_task(_until_closed(socket)), asyncio.create_task(self._until_signed_out(passed))]
        try:
            await self.hub.first(subscriber)
            await self._send(socket, subscriber, *beside)
        except NotStoredNowError:
            await socket.close(_CLOSE_LATER)  # it comes back, and then finds every chair as it is
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass
        finally:
            self.hub.subscribers.discard(subscriber)
            for task in beside:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def _subscriber(self, person: Person, asked: dict[str, str]) -> Subscriber:
        page = asked.get("page")
        if page == "board":
            self.hub.clinic.may_watch(person)
            return Subscriber(person.site, None, wall=person.role is Role.WALL or "wall" in asked)
        if page == "chair":
            acting.allow(person, Right.CHART)
            return Subscriber(person.site, self.hub.clinic.chair_now(person, asked.get("chair", "")).chair.name)
        raise NotFoundError("There is no such page.")

    async def _send(
        self, socket: WebSocket, subscriber: Subscriber, listening: asyncio.Task[None], signed_out: asyncio.Task[None]
    ) -> None:
        loop = asyncio.get_running_loop()
        beat = loop.time() - HEARTBEAT  # the chairs come first, then the time
        while not listening.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(subscriber.woken.wait(), max(0.01, beat + HEARTBEAT - loop.time()))
            subscriber.woken.clear()
            if signed_out.done():
                await socket.close(_CLOSE_POLICY)
                return
            waiting, subscriber.waiting = subscriber.waiting, {}
            for message in waiting.values():
                await socket.send_text(message)
            if loop.time() - beat >= HEARTBEAT:
                await self._heartbeat(socket)
                beat = loop.time()

    async def _heartbeat(self, socket: WebSocket) -> None:
        await socket.send_text(orjson.dumps({"now": self.hub.clinic.now()}).decode())

    async def _until_signed_out(self, passed: Pass) -> None:
        """Ask again and again, beside the sending: a question that storage keeps waiting never holds up the time."""
        while await self._still_signed_in(passed):  # noqa: ASYNC110  # no event tells it: only asking does
            await asyncio.sleep(_RECHECK)

    async def _still_signed_in(self, passed: Pass) -> bool:
        if passed.token is None:
            return False
        try:
            person = await self.wall().still(passed.token)
        except NotStoredNowError:
            return True  # nobody can say otherwise now, and nothing new is drawn meanwhile
        except ChairsideError:
            return False
        return person.role is passed.person.role and person.site == passed.person.site


def _bounds(socket: WebSocket, passed: Pass) -> dict[str, int]:
    """Return who holds the place of a socket, each with how many it may hold."""
    address = socket.client.host if socket.client else "unknown"
    return {f"session:{passed.token}": OF_A_SESSION_MOST, f"address:{address}": OF_AN_ADDRESS_MOST}


async def _until_closed(socket: WebSocket) -> None:
    """Read and ignore what a page sends, until it leaves or says too much."""
    loop, said = asyncio.get_running_loop(), Buckets(_SAID_MOST)
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if said.wait("page", loop.time()):
                await socket.close(_CLOSE_POLICY)
                return
