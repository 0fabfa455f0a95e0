"""A ward in one process: the server and its tablets under one clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final

from tests.simulation.agenda import Agenda
from tests.simulation.clinic_file import START
from tests.simulation.disk import Envelope
from tests.simulation.engine import Engine, outbox_source
from tests.simulation.network import Network
from tests.simulation.promises import Promises, broken
from tests.simulation.server import Server
from tests.simulation.tablet import Tab, Tablet

_EVENTS_MOST: Final = 100_000


@dataclass(frozen=True)
class Ways:
    """How a ward is built; a control builds one with a guard taken out."""

    outbox: Callable[[], str] = outbox_source
    server: type[Server] = Server
    lazy_disk: bool = False


AS_SHIPPED: Final = Ways()


class Ward:
    """Everything there is, and the passing of time."""

    def __init__(self, seed: int, tablets: int, url: str, ways: Ways) -> None:
        self.agenda = Agenda(START)
        self.engine = Engine(ways.outbox())
        self.met: Counter[str] = Counter()
        self.server = ways.server(url, self.agenda, self.met)
        self.promises = Promises(self.agenda, self.server)
        self._dice = Random(f"{seed} tabs")
        self.tablets = [self._tablet(seed, number, ways) for number in range(tablets)]

    def _tablet(self, seed: int, number: int, ways: Ways) -> Tablet:
        network = Network(self.agenda, self.server, Random(f"{seed} network {number}"), self.met)
        tablet = Tablet(f"tablet {number}", self.engine, network, self, Random(f"{seed} tablet {number}"))
        tablet.disk.lazy = ways.lazy_disk
        return tablet

    def close(self) -> None:
        self.server.close()

    def pass_time(self, ms: int) -> None:
        """Let happen what happens in the next ``ms``."""
        until = self.agenda.now + ms
        for _ in range(_EVENTS_MOST):
            self.engine.pump()
            if not self.agenda.step(until):
                return
        raise broken("The ward does not come to rest.")

    def heal(self) -> None:
        """Make everything well again; what was lost is lost."""
        self.promises.note("== everything is well again")
        if not self.server.up:
            self.server.start()
        self.server.database.heal()
        for tablet in self.tablets:
            tablet.network.weather, tablet.disk.full = "fair", False
            if not tablet.tabs:
                tablet.open("")

    # What tablets say

    def told(self, tab: Tab, event: dict[str, Any]) -> None:
        """Look at what a tab tells, and carry it to the other tabs of its browser."""
        if event["what"] == "settled":
            self.promises.settled(tab, event)
        for other in tab.tablet.tabs:
            if other is not tab:
                self.agenda.after(self._dice.uniform(0, 30), partial(_hear, other, event))

    def kept(self, tablet: Tablet, envelope: Envelope) -> None:
        self.promises.kept(tablet, envelope)

    def note(self, text: str) -> None:
        self.promises.note(text)


def _hear(tab: Tab, event: dict[str, Any]) -> None:
    if tab.alive:
        tab.tell("hear", event)
