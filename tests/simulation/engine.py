"""The tablet's own script in an embedded engine: it runs when it is called, its promises when they are pumped."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import quickjs

HERE = Path(__file__).parent
OUTBOX = HERE.parents[1] / "assets" / "outbox.js"
_TURNS_MOST = 100_000


class Host(Protocol):
    """What a tab asks of the world around it."""

    def clock(self) -> int: ...
    def device(self) -> int: ...
    def random(self) -> float: ...
    @property
    def person(self) -> str: ...
    def ask(self, what: str, ticket: int, text: str) -> None: ...


@cache
def outbox_source() -> str:
    return OUTBOX.read_text("utf-8")


@cache
def _glue() -> str:
    return (HERE / "tablet.js").read_text("utf-8")


class Engine:
    """One engine for all tabs of a world; they share nothing but the text of the script."""

    def __init__(self, source: str) -> None:
        self._hosts: dict[str, Host] = {}
        self._context = quickjs.Context()
        for name, call in (
            ("host", self._host),
            ("hostClock", lambda tab: float(self._hosts[tab].clock())),
            ("hostDevice", lambda tab: float(self._hosts[tab].device())),
            ("hostRandom", lambda tab: self._hosts[tab].random()),
            ("hostPerson", lambda tab: self._hosts[tab].person),
        ):
            self._context.add_callable(name, call)
        self._context.eval(source)
        self._context.eval(_glue())
        self._calls = {name: self._context.get(name) for name in _CALLS}
        self._broken: Exception | None = None

    def open(self, tab: str, host: Host) -> None:
        self._hosts[tab] = host
        self._calls["openTab"](tab)

    def shut(self, tab: str) -> None:
        """Let a tab end in the middle of whatever it does: it hears and says nothing any more."""
        del self._hosts[tab]
        self._calls["shutTab"](tab)

    def answer(self, tab: str, ticket: int, found: object) -> None:
        if tab in self._hosts:
            self._calls["answerTab"](tab, ticket, True, json.dumps(found))  # noqa: FBT003  # a call of JavaScript

    def fail(self, tab: str, ticket: int, why: str) -> None:
        if tab in self._hosts:
            self._calls["answerTab"](tab, ticket, False, why)  # noqa: FBT003  # likewise

    def ring(self, tab: str, ticket: int) -> None:
        if tab in self._hosts:
            self._calls["ringTab"](tab, ticket)

    def step(self, tab: str, ticket: int, found: object) -> Any:  # noqa: ANN401  # JSON of any form
        return json.loads(self._calls["stepTab"](tab, ticket, json.dumps(found)))

    def call(self, tab: str, ticket: int, method: str, given: object) -> None:
        self._calls["callTab"](tab, ticket, method, json.dumps(given))

    def pump(self) -> None:
        """Let every promise that can go on go on."""
        turns = 0
        while self._context.execute_pending_job():
            turns += 1
            assert turns < _TURNS_MOST, "the script of the tablet does not come to rest"
        if self._broken is not None:
            raise self._broken

    def _host(self, tab: str, what: str, ticket: float, text: str) -> None:
        host = self._hosts.get(tab)
        if host is None:
            return
        try:
            host.ask(what, int(ticket), text)
        except Exception as error:  # noqa: BLE001  # raised by `pump`: the script would take it for an error of its own
            self._broken = self._broken or error


_CALLS = ("openTab", "shutTab", "answerTab", "stepTab", "ringTab", "callTab")
