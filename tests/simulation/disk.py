"""What a tablet keeps: transactions one after another, slow and full at times; durable when it says so, not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.simulation.agenda import SECOND, Agenda, Work
from tests.simulation.engine import Engine

Envelope = dict[str, Any]
FULL = "no space is left on this tablet"


@dataclass
class Transaction:
    """One look at the storage (``id`` of ``None``) or one change, asked for by a tab."""

    tab: str
    ticket: int
    id: str | None
    done: Work = lambda: None
    written: bool = False
    after: Envelope | None = None


class Disk:
    """The storage that all tabs of a tablet share.

    ``lazy`` is a storage that calls complete what is not on the disk yet, as IndexedDB does without strict durability.
    """

    def __init__(
        self, agenda: Agenda, engine: Engine, dice: Random, on_kept: Callable[[Envelope], None], *, lazy: bool = False
    ) -> None:
        self.agenda, self.engine, self.dice, self.on_kept, self.lazy = agenda, engine, dice, on_kept, lazy
        self.seen: dict[str, Envelope] = {}
        self.durable: dict[str, Envelope] = {}
        self.full = False
        self._queue: list[Transaction] = []
        self._late: list[Work] = []

    def begin(self, tab: str, ticket: int, entry: str | None) -> None:
        self._queue.append(Transaction(tab, ticket, entry))
        if len(self._queue) == 1:
            self._go_on()

    def leave(self, tab: str) -> None:
        """Forget what a tab that has ended asked for; what was being written may or may not come to be."""
        head, rest = self._queue[:1], self._queue[1:]
        self._queue = head + [one for one in rest if one.tab != tab]
        if head and head[0].tab == tab and not (head[0].written and self.dice.random() < 0.5):
            self._drop_head()

    def cut_power(self) -> None:
        """Lose what is not on the disk."""
        while self._late:
            self._late.pop()()
        self.seen = dict(self.durable)

    def _drop_head(self) -> None:
        self._queue.pop(0).done()
        if self._queue:
            self._go_on()

    def _go_on(self) -> None:
        head = self._queue[0]
        head.done = self.agenda.after(self._latency(), lambda: self._work(head))

    def _latency(self) -> float:
        return self.dice.uniform(100, 1500) if self.dice.random() < 0.02 else self.dice.uniform(0.5, 6)

    def _work(self, head: Transaction) -> None:
        if head.id is None:
            found = list(self.seen.values())
            self._end(head, lambda: self.engine.answer(head.tab, head.ticket, found))
            return
        before = self.seen.get(head.id)
        head.after = self.engine.step(head.tab, head.ticket, before)
        if self.full and before is None and head.after is not None:
            self._end(head, lambda: self.engine.fail(head.tab, head.ticket, FULL))
            return
        head.written = True
        head.done = self.agenda.after(self._latency(), lambda: self._commit(head))

    def _commit(self, head: Transaction) -> None:
        assert head.id is not None
        is_new = head.id not in self.seen and head.after is not None
        self._write(self.seen, head.id, head.after)
        if self.lazy:
            self._late.append(self.agenda.after(self.dice.uniform(2, 20) * SECOND, lambda: self._write_late(head)))
        else:
            self._write(self.durable, head.id, head.after)
        if is_new and head.after is not None:
            self.on_kept(head.after)
        self._end(head, lambda: self.engine.answer(head.tab, head.ticket, head.after))

    def _write_late(self, head: Transaction) -> None:
        assert head.id is not None
        self._write(self.durable, head.id, head.after)

    def _write(self, where: dict[str, Envelope], entry: str, after: Envelope | None) -> None:
        if after is None:
            where.pop(entry, None)
        else:
            where[entry] = after

    def _end(self, head: Transaction, say: Work) -> None:
        """Begin with the next; the tab hears of this one a moment later."""
        assert self._queue[0] is head
        self._queue.pop(0)
        self.agenda.after(self.dice.uniform(0, 3), say)
        if self._queue:
            self._go_on()
