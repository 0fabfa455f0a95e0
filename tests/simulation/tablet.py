"""A tablet: a storage, a clock that is wrong, a cookie, and tabs in which the real outbox runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from tests.simulation.agenda import Work
from tests.simulation.disk import Disk, Envelope
from tests.simulation.engine import Engine
from tests.simulation.locks import Locks
from tests.simulation.network import Network
from tests.simulation.server import Answer, Request

Heard = Callable[[Any], None]
"""Hears what a call gave; a text where it failed."""


class Witness(Protocol):
    """Who looks at what a tablet says."""

    def told(self, tab: Tab, event: dict[str, Any]) -> None: ...
    def kept(self, tablet: Tablet, envelope: Envelope) -> None: ...
    def note(self, text: str) -> None: ...


class Tablet:
    """One browser on one device."""

    def __init__(self, name: str, engine: Engine, network: Network, witness: Witness, dice: Random) -> None:
        self.name, self.engine, self.network, self.witness, self.dice = name, engine, network, witness, dice
        self.agenda = network.agenda
        self.disk = Disk(self.agenda, engine, dice, lambda envelope: witness.kept(self, envelope))
        self.locks = Locks(self.agenda, engine)
        self.cookie: str | None = None
        self.person = ""
        """Whose cookie it is; a page learns that sooner or later."""
        self.tabs: list[Tab] = []
        self._opened = 0
        self._ahead = dice.choice((0, dice.uniform(-3_000, 3_000), dice.uniform(-86_400_000, 86_400_000)))
        self._drift = dice.choice((0, dice.uniform(-0.004, 0.004)))
        self._known = 0.0
        self.hear_the_time()

    # Its clock

    def device(self) -> int:
        """Return what its own clock shows."""
        since = self.agenda.now - self.agenda.start
        return round(self.agenda.now + self._ahead + since * self._drift)

    def clock(self) -> int:
        """Return the server's time as far as this tablet knows it."""
        return round(self.device() + self._known)

    def hear_the_time(self) -> None:
        self._known = self.agenda.now - self.device() + self.dice.uniform(-250, 250)

    def set_clock(self, by: float) -> None:
        """Let somebody put its clock to another time."""
        self._ahead += by

    # Its tabs

    def open(self, person: str) -> Tab:
        self._opened += 1
        tab = Tab(self, f"{self.name}.{self._opened}", person)
        self.tabs.append(tab)
        self.engine.open(tab.name, tab)
        tab.tell("flush")
        return tab

    def shut(self, tab: Tab) -> None:
        """End a tab in the middle of whatever it does."""
        self.tabs.remove(tab)
        self.engine.shut(tab.name)
        tab.leave()
        self.disk.leave(tab.name)
        self.locks.leave(tab.name)

    def cut_power(self) -> None:
        for tab in list(self.tabs):
            self.shut(tab)
        self.disk.cut_power()


class Tab:
    """A page that runs the outbox; ``person`` is who it believes is signed in."""

    def __init__(self, tablet: Tablet, name: str, person: str) -> None:
        self.tablet, self.name, self.person = tablet, name, person
        self._calls: dict[int, Heard] = {}
        self._last_call = 0
        self._timers: dict[int, Work] = {}
        self._stopped: set[int] = set()

    @property
    def alive(self) -> bool:
        return self in self.tablet.tabs

    def clock(self) -> int:
        return self.tablet.clock()

    def device(self) -> int:
        return self.tablet.device()

    def random(self) -> float:
        return self.tablet.dice.random()

    def call(self, method: str, given: object, heard: Heard) -> None:
        """Call the outbox and hear what comes of it."""
        self._last_call += 1
        self._calls[self._last_call] = heard
        self.tablet.engine.call(self.name, self._last_call, method, given)

    def tell(self, method: str, given: object = None) -> None:
        """Call the outbox; what it gives is of no interest."""
        self.call(method, given, lambda _found: None)

    def leave(self) -> None:
        for cancel in self._timers.values():
            cancel()
        self._calls.clear()

    # What the outbox asks of the world

    def ask(self, what: str, ticket: int, text: str) -> None:
        getattr(self, f"_{what}")(ticket, text)

    def _all(self, ticket: int, _text: str) -> None:
        self.tablet.disk.begin(self.name, ticket, None)

    def _change(self, ticket: int, entry: str) -> None:
        self.tablet.disk.begin(self.name, ticket, entry)

    def _lock(self, ticket: int, name: str) -> None:
        self.tablet.locks.ask(name, self.name, ticket)

    def _unlock(self, _ticket: int, name: str) -> None:
        self.tablet.locks.release(name)

    def _timer(self, ticket: int, ms: str) -> None:
        def ring() -> None:
            del self._timers[ticket]
            self.tablet.engine.ring(self.name, ticket)

        self._timers[ticket] = self.tablet.agenda.after(float(ms), ring)

    def _cancel(self, ticket: int, _text: str) -> None:
        self._timers.pop(ticket, lambda: None)()

    def _post(self, ticket: int, text: str) -> None:
        asked = json.loads(text)
        request = Request(asked["session"], asked["by"], asked["body"], self.tablet.cookie)
        fate = self.tablet.network.carry(request, lambda answer: self._delivered(ticket, request, answer))
        self.tablet.witness.note(f"{self.name} sends {request.body['id'][:8]} as {request.by}: {fate}")

    def _stop(self, ticket: int, _text: str) -> None:
        self._stopped.add(ticket)

    def _delivered(self, ticket: int, request: Request, answer: Answer) -> None:
        if ticket in self._stopped or not self.alive:
            return
        self.tablet.witness.note(f"{self.name} hears of {request.body['id'][:8]}: {answer.http} {answer.type}")
        if answer.broken:
            self.tablet.engine.fail(self.name, ticket, "the answer broke off")
            return
        if answer.http in {200, 201} and answer.json and "entry" in answer.json:
            self.tablet.hear_the_time()
        self.tablet.engine.answer(self.name, ticket, answer.as_json())

    def _tell(self, _ticket: int, text: str) -> None:
        self.tablet.witness.told(self, json.loads(text))

    def _done(self, call: int, text: str) -> None:
        self._calls.pop(call)(json.loads(text))

    def _failed(self, call: int, text: str) -> None:
        self._calls.pop(call)(text)
