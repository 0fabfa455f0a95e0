"""The same ward with one guard taken out: each must be found out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from models.entries import Draft, Entry
from models.session import Record
from models.store.record import RecordStore
from tests.simulation.engine import outbox_source
from tests.simulation.server import Answer, Request, Server
from tests.simulation.ward import Ways

_NO_ANSWER: Final = "if (!result) return await noAnswer(item, answer);"
_GIVE_UP: Final = '{ await storage.change(item.id, () => null); return "sent"; }'
# What is taken out of the script of the tablet: the text as it is, and what stands there instead.
SCRIPT: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "an entry goes out again under a new id": (
        ("const body = queued ? ", "const body = item.tries > 0 ? { ...item.body, id: uuid() } : queued ? "),
    ),
    "an entry is measured when it is sent": (
        ("const body = queued ? ", "item.body.measured_at = iso(now());\n      const body = queued ? "),
    ),
    "an entry is given up at a 503": (
        (
            _NO_ANSWER,
            f"if (!result && answer.http === 503) {_GIVE_UP} {_NO_ANSWER}",
        ),
    ),
    "an entry is given up after the third try": (
        (
            _NO_ANSWER,
            f"if (!result && item.tries > 1) {_GIVE_UP} {_NO_ANSWER}",
        ),
    ),
    "a page of the Wi-Fi counts as saved": (
        ("if (redirected || !json", 'if (http === 200) return { status: "saved", body };\n    if (redirected || !json'),
    ),
    "the answer to another entry counts": (("entry.id !== body.id || ", ""),),
    "a 503 counts as refused": (("new Set([400,", "new Set([400, 503,"),),
    "signed out counts as refused": (("new Set([400,", "new Set([400, 401,"),),
    "a nurse sends what another tapped": (
        ('one.by === by && by !== "" &&', 'by !== "" &&'),
        ("by: item.by, body, sentAt", "by: person(), body, sentAt"),
    ),
    "an entry leaves the queue before its answer": (
        (
            "const answer = await ask(item);",
            "await storage.change(item.id, () => null);\n const answer = await ask(item);",
        ),
    ),
    "an entry is called kept before it is on the disk": (
        ("kept = await storage.change(body.id,", "kept = envelope;\n        storage.change(body.id,"),
    ),
    "the newest goes first": (
        ("const [item] = await sendable(session);", "const item = (await sendable(session)).pop();"),
    ),
    "a refusal nobody stood by for is thrown away": (
        (
            'result.status === "refused" && (!wait || item.again) ?',
            'result.status === "never" && (!wait || item.again) ?',
        ),
    ),
    "a request without an answer is waited for": (("schedule(set.patience,", "schedule(set.patience * 1e6,"),),
    "a server that asked for quiet is never asked again": (("lane.held = false;", ""),),
}


class _NoRepeats(RecordStore):
    """A store that does not know what it has stored already."""

    def _repeated(self, *_given: Any) -> Entry | None:  # noqa: ANN401  # whatever it is asked with
        return None


class _OwnIds(RecordStore):
    """A store that stores whatever comes, under ids of its own."""

    def _repeated(self, *_given: Any) -> Entry | None:  # noqa: ANN401  # whatever it is asked with
        return None

    def _entry(self, record: Record, draft: Draft, *given: Any, **named: Any) -> Entry:  # noqa: ANN401  # handed on
        number = len(record.entries)
        own = Draft(f"{draft.id[:24]}{number:012x}", draft.measured_at, draft.content)
        return super()._entry(record, own, *given, **named)


class _StaleCache(RecordStore):
    """A store that believes what it remembers."""

    def _record(self, connection: Any, site: str, session: str) -> Record:  # noqa: ANN401  # handed on
        return self._cached(site, session) or super()._record(connection, site, session)


class NoRepeats(Server):
    store = _NoRepeats


class OwnIds(Server):
    store = _OwnIds


class StaleCache(Server):
    store = _StaleCache


class AnyName(Server):
    checks_for = False


class TooEarly(Server):
    """A server that answers before it commits."""

    def receive(self, request: Request) -> Answer | None:
        answer = super().receive(request)
        if answer is not None or self.has(request.session, request.body["id"]):
            return answer
        entry = {"id": request.body["id"], "author": request.by}
        return Answer(201, "application/json", {"entry": entry, "flags": [], "state": "normal"})


SERVERS: Final[dict[str, type[Server]]] = {
    "the server stores a repeat as something new": NoRepeats,
    "the server gives every entry an id of its own": OwnIds,
    "the server answers from a memory that is too old": StaleCache,
    "the server takes an entry in the name of whoever is signed in": AnyName,
    "the server answers before it commits": TooEarly,
}


def _changed(changes: tuple[tuple[str, str], ...]) -> str:
    source = outbox_source()
    for before, after in changes:
        assert source.count(before) == 1, f"The outbox has changed: {before!r} is there {source.count(before)} times."
        source = source.replace(before, after)
    return source


def _of_script(changes: tuple[tuple[str, str], ...]) -> Ways:
    made: Callable[[], str] = partial(_changed, changes)
    return Ways(outbox=made)


MUTANTS: Final[dict[str, Ways]] = {
    **{name: _of_script(changes) for name, changes in SCRIPT.items()},
    **{name: Ways(server=server) for name, server in SERVERS.items()},
    "the storage calls complete what is not on the disk": Ways(lazy_disk=True),
}
