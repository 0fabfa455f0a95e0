"""The promises made to a nurse, each held against the record and the disk at the moment it is made."""

from __future__ import annotations

from typing import Any

from tests.simulation.agenda import SECOND, Agenda
from tests.simulation.disk import Envelope
from tests.simulation.server import Server
from tests.simulation.tablet import Tab, Tablet
from tests.simulation.tap import Tap, number_of


class BrokenPromiseError(AssertionError):
    """Something was promised to a nurse that does not hold."""


def broken(promise: str) -> BrokenPromiseError:
    """Return the error to raise."""
    return BrokenPromiseError(promise)


class Promises:
    """Hears everything that tablets say and keep; knows every tap and the story so far."""

    def __init__(self, agenda: Agenda, server: Server) -> None:
        self.agenda, self.server = agenda, server
        self.taps: list[Tap] = []
        self.story: list[str] = []
        self._kept = 0

    def note(self, text: str) -> None:
        self.story.append(f"{(self.agenda.now - self.agenda.start) / SECOND:9.2f} s  {text}")

    def tap_of(self, body: dict[str, Any]) -> Tap:
        number = number_of(body)
        if number is None or number >= len(self.taps):
            raise broken(f"Nobody tapped {body}.")
        return self.taps[number]

    def kept(self, tablet: Tablet, envelope: Envelope) -> None:
        """Look at what a tablet has just put in its queue."""
        tap = self.tap_of(envelope["body"])
        self._same_id(tap, envelope["id"])
        self._kept += 1
        tap.kept_as = self._kept
        if envelope["by"] != tap.by:
            raise broken(f"{tablet.name} keeps tap {tap.number} of {tap.by} as an entry of {envelope['by']}.")

    def settled(self, tab: Tab, event: dict[str, Any]) -> None:
        """Look at what a tab says of an entry that it has had an answer to."""
        word, body = event["result"]["status"], event["result"]["body"]
        tap = self.tap_of(body)
        self.note(f"{tab.name} settles tap {tap.number}: {word}")
        if word == "saved":
            self._check(tap, tab.tablet, word)

    def answered(self, tap: Tap, tab: Tab, result: dict[str, Any]) -> None:
        """Look at what whoever tapped Save is told."""
        word = result["status"]
        tap.said.append(word)
        self.note(f"{tab.name} says of tap {tap.number}: {word}")
        self._same_id(tap, result["body"]["id"])
        self._check(tap, tab.tablet, word)

    def cannot_keep(self, tap: Tap, tab: Tab, why: str) -> None:
        tap.said.append("cannot keep")
        self.note(f"{tab.name} cannot keep tap {tap.number}: {why}")

    def shown_as_refused(self, tab: Tab, envelope: Envelope) -> Tap:
        """Look at what the list of refused entries shows to whoever is there."""
        tap = self.tap_of(envelope["body"])
        if tab.person not in {tap.by, envelope["by"]} or tap.by != envelope["by"]:
            raise broken(f"{tab.person} is shown tap {tap.number} of {tap.by} as refused.")
        if tap.last_word != "refused":
            tap.said.append("refused")
        return tap

    def is_answered(self, tap: Tap, tab: Tab, heard: int) -> None:
        """Hold the tablet to it that nobody who taps Save is left without a word."""
        if tab.alive and len(tap.said) == heard:
            raise broken(f"{tap.by} stands before {tab.name} and is told nothing of tap {tap.number}.")

    def _same_id(self, tap: Tap, entry: str) -> None:
        if tap.id not in {None, entry}:
            raise broken(f"Tap {tap.number} has two ids: {tap.id} and {entry}.")
        tap.id = entry

    def _check(self, tap: Tap, tablet: Tablet, word: str) -> None:
        assert tap.id is not None
        stored = self.server.has(tap.session, tap.id)
        if word == "saved" and not stored:
            raise broken(f"Tap {tap.number} is called saved, and the server has not committed it.")
        safe = stored or tap.id in self.server.refused or tap.id in tablet.disk.durable
        if word in {"kept", "unknown"} and not safe:
            raise broken(f"Tap {tap.number} is called {word}, and it is not on the disk of the tablet.")
