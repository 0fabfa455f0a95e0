"""The way between a tablet and the server: what may become of one request, and how often in which weather."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from tests.simulation.agenda import MINUTE, SECOND, Agenda
from tests.simulation.server import Answer, Request, Server

PROBLEM: Final = "application/problem+json"
HTML: Final = "text/html; charset=utf-8"
Span = tuple[float, float]
QUICK: Final[Span] = (5, 120)
Turn = Callable[[Answer, Request], Answer | None]


@dataclass(frozen=True)
class Fate:
    """What becomes of one request: whether it arrives (and again), how long each way takes, and what comes back.

    ``turn`` makes of the server's answer what the tablet gets, ``None`` for nothing at all, ever.
    """

    name: str
    arrives: bool = True
    up: Span = QUICK
    again: Span | None = None
    down: Span = QUICK
    turn: Turn = lambda answer, _request: answer


def _instead(answer: Answer | None) -> Turn:
    return lambda _answer, _request: answer


def _problem(status: int, retry_after: float = 0) -> Answer:
    body = {"type": "about:blank", "title": "Not stored now", "status": status, "detail": "Later.", "errors": []}
    return Answer(status, PROBLEM, body, retry_after=retry_after)


def _somebody_elses(_answer: Answer, request: Request) -> Answer:
    entry = {"id": "0d3a7e5c-1111-4222-8333-444455556666", "seq": 3, "author": request.by}
    return Answer(201, "application/json", {"entry": entry, "flags": [], "state": "normal"})


FATES: Final = (
    Fate("through"),
    Fate("slow", up=(0.2 * SECOND, 20 * SECOND), down=(0.1 * SECOND, 15 * SECOND)),
    Fate("very late", up=(15 * SECOND, 2 * MINUTE)),
    Fate("twice", again=(0, 40 * SECOND)),
    Fate("lost on the way there", arrives=False, turn=_instead(None)),
    Fate("lost on the way back", turn=_instead(None)),
    Fate("refused at once", arrives=False, turn=_instead(Answer())),
    Fate("cut before the answer", turn=_instead(Answer())),
    Fate("half an answer", turn=lambda answer, _request: replace(answer, broken=True)),
    Fate("page of the Wi-Fi", arrives=False, turn=_instead(Answer(200, HTML))),
    Fate(
        "redirected to the Wi-Fi",
        arrives=False,
        turn=_instead(Answer(200, "application/json", {"ok": True}, redirected=True)),
    ),
    Fate("a word of the Wi-Fi", arrives=False, turn=_instead(Answer(200, "application/json", {"ok": True}))),
    Fate("page of a firewall", arrives=False, turn=_instead(Answer(403, HTML))),
    Fate("page of a proxy that wants a name", arrives=False, turn=_instead(Answer(401, HTML))),
    Fate("502 before", arrives=False, turn=_instead(Answer(502, HTML))),
    Fate("502 after", turn=_instead(Answer(502, HTML))),
    Fate("503 before", arrives=False, turn=_instead(Answer(503, HTML, retry_after=7))),
    Fate("503 after", turn=_instead(Answer(503, HTML, retry_after=45))),
    Fate("429 as a page", arrives=False, turn=_instead(Answer(429, HTML, retry_after=600))),
    Fate("429 as ours", arrives=False, turn=_instead(_problem(429, 20))),
    Fate("500 after", turn=_instead(_problem(500))),
    Fate("the answer to another", turn=_somebody_elses),
)
BY_NAME: Final = {fate.name: fate for fate in FATES}
OFFLINE: Final = ("refused at once", "lost on the way there")
PORTAL: Final = tuple(fate.name for fate in FATES if "Wi-Fi" in fate.name or fate.name.startswith("page"))
WEATHER: Final[dict[str, tuple[tuple[str, ...], float]]] = {
    "fair": ((), 0),
    "offline": (OFFLINE, 1),
    "portal": (PORTAL, 1),
    "slow": (("slow", "very late"), 0.7),
    "storm": (tuple(BY_NAME), 0.8),
    "one way": (("lost on the way back", "cut before the answer", "half an answer", "502 after", "500 after"), 0.7),
    "proxy": (tuple(name for name in BY_NAME if name[:3].isdigit()), 0.6),
    "echo": (("twice", "very late"), 0.7),
}


class Network:
    """Carries requests of one tablet, in the weather of the moment."""

    def __init__(self, agenda: Agenda, server: Server, dice: Random, seen: Counter[str]) -> None:
        self.agenda, self.server, self.dice, self.seen = agenda, server, dice, seen
        self.weather = "fair"

    @property
    def reaches(self) -> bool:
        """Say whether a page of the server could be opened."""
        return self.weather not in {"offline", "portal"} and self.server.up

    def carry(self, request: Request, deliver: Callable[[Answer], None]) -> str:
        """Take a request on its way and say what will become of it."""
        names, share = WEATHER[self.weather]
        fate = BY_NAME[self.dice.choice(names) if names and self.dice.random() < share else "through"]
        self.seen[fate.name] += 1
        back = self.dice.uniform(*fate.down)

        def answer(found: Answer | None) -> None:
            turned = None if found is None else fate.turn(found, request)
            if turned is not None:
                self.agenda.after(back, lambda: deliver(turned))

        there = self.dice.uniform(*fate.up)
        if not fate.arrives:
            self.agenda.after(there, lambda: answer(Answer()))
            return fate.name
        self.agenda.after(there, lambda: answer(self.server.receive(request)))
        if fate.again is not None:
            again = there + self.dice.uniform(*fate.again)
            self.agenda.after(again, lambda: self._lose(self.server.receive(request)))
        return fate.name

    def _lose(self, answer: Answer | None) -> None:
        """Let nobody hear an answer."""
