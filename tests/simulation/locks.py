"""The locks of a browser: over all its tabs one holder of a name; a tab that ends lets go."""

from __future__ import annotations

from collections import defaultdict

from tests.simulation.agenda import Agenda
from tests.simulation.engine import Engine


class Locks:
    """Gives each name to one tab after another, in the order of asking."""

    def __init__(self, agenda: Agenda, engine: Engine) -> None:
        self.agenda, self.engine = agenda, engine
        self._asked: dict[str, list[tuple[str, int]]] = defaultdict(list)

    def ask(self, name: str, tab: str, ticket: int) -> None:
        self._asked[name].append((tab, ticket))
        if len(self._asked[name]) == 1:
            self._give(name)

    def release(self, name: str) -> None:
        self._asked[name].pop(0)
        self._give(name)

    def leave(self, tab: str) -> None:
        for name, asked in self._asked.items():
            held = bool(asked) and asked[0][0] == tab
            self._asked[name] = [one for one in asked if one[0] != tab]
            if held:
                self._give(name)

    def _give(self, name: str) -> None:
        if self._asked[name]:
            tab, ticket = self._asked[name][0]
            self.agenda.after(0, lambda: self.engine.answer(tab, ticket, None))
