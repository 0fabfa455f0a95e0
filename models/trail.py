"""The trail: who did and saw what, when and from where; what is only looked at waits in a queue and holds up nobody."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Final

from models import acting
from models.errors import ChairsideError, ConflictError, NotAllowedError, NotFoundError, NotStoredNowError
from models.moments import MIN
from models.people import Person, Role
from models.store.engine import beside
from models.store.trail import Line, TrailStore

TOGETHER: Final = 10 * MIN
"""How long the same person looking at the same thing is one line."""
WAITING_MOST: Final = 5_000
_REMEMBERED_MOST: Final = 20_000
_AT_ONCE: Final = 200
_ABOUT_MOST: Final = 500

Key = tuple[str, str, str, str, str]


class Trace(StrEnum):
    """What a line is about."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    REFUSED = "refused"
    BOARD = "board"
    VIEW = "view"
    LIST = "list"
    EXPORT = "export"
    PATIENT = "patient"
    SETTINGS = "settings"
    PROTOCOL = "protocol"
    ACCOUNT = "account"
    SITE = "site"
    EMERGENCY = "emergency"


class Trail:
    """Takes notes: a change in its own transaction, an export before it is given, a view a moment later."""

    def __init__(self, store: TrailStore, clock: Callable[[], datetime]) -> None:
        """Write to ``store`` by ``clock``."""
        self.store, self.now = store, clock
        self.lost = 0
        """How many lines were given up because the queue was full."""
        self._waiting: deque[Line] = deque()
        self._seen: OrderedDict[Key, datetime] = OrderedDict()
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def view(  # noqa: PLR0913  # who, what, of whom and where
        self,
        person: Person,
        kind: Trace,
        *,
        session: str | None = None,
        patient: str | None = None,
        about: str = "",
        site: str | None = None,
    ) -> None:
        """Note that somebody looked at something, once in ten minutes; never waits and never fails."""
        line = self._line(person, kind, session, patient, about, site)
        self._once((person.id, kind, session or "", patient or "", about), line, stays=_stays(person, kind))

    def note(self, person: Person, kind: Trace, about: str = "") -> None:
        """Note that something happened, each time; never waits and never fails."""
        line = self._line(person, kind, None, None, about, None)
        with self._lock:
            if kind is Trace.SIGN_IN:
                for key in [key for key in self._seen if key[0] == person.id]:
                    del self._seen[key]
            self._wait(line)

    def refused(self, person: Person, error: ChairsideError, about: str) -> None:
        """Note that somebody was refused, or asked for what is not there; any other error is none of the trail's."""
        if isinstance(error, NotAllowedError | NotFoundError):
            self.view(person, Trace.REFUSED, about=f"{error.status} {about}")

    def failed_sign_in(self, site: str, account: str | None, about: str, *, throttled: bool) -> None:
        """Note that somebody could not sign in; the name is kept only where it is one of an account.

        Who is throttled may come as often as they like: that is one line in ten minutes.
        """
        origin = acting.ORIGIN.get()
        kind = Trace.SIGN_IN_FAILED
        line = Line(site, self.now(), kind, account, None, origin.address, origin.device, about=about)
        if throttled:
            self._once(("", kind, origin.address or "", account or "", about), line)
            return
        with self._lock:
            self._wait(line)

    def write(
        self, person: Person, kind: Trace, *, session: str | None = None, patient: str | None = None, about: str = ""
    ) -> None:
        """Write a line now, before what it says is done.

        Raises:
            NotStoredNowError: it could not be written; then it must not be done.
        """
        self.store.add([self._line(person, kind, session, patient, about, None)], patience=None)

    @contextmanager
    def together(  # noqa: PLR0913  # who, what, of whom and where
        self,
        person: Person,
        kind: Trace,
        about: str,
        *,
        session: str | None = None,
        patient: str | None = None,
        sites: tuple[str, ...] = (),
    ) -> Iterator[None]:
        """Write a line in the transaction of the change within this block: both are there, or neither is."""
        lines = [self._line(person, kind, session, patient, about, site) for site in sites or (person.site,)]
        with beside(lambda connection: self.store.add_within(connection, lines)):
            yield

    def flush(self) -> int:
        """Write what waits; returns how many lines still wait, because storage takes nothing now."""
        with self._writing:
            while lines := self._first():
                try:
                    self._store(lines)
                except NotStoredNowError:
                    break
                with self._lock:
                    for _ in lines:
                        self._waiting.popleft()
        return len(self._waiting)

    def _store(self, lines: list[Line]) -> None:
        """Write lines together; one that cannot be kept at all is given up alone."""
        try:
            self.store.add(lines)
        except ConflictError:
            if len(lines) == 1:
                self.lost += 1
                return
            for line in lines:
                self._store([line])

    @property
    def waiting(self) -> int:
        """Say how many lines wait to be written."""
        return len(self._waiting)

    def _first(self) -> list[Line]:
        with self._lock:
            return [self._waiting[place] for place in range(min(_AT_ONCE, len(self._waiting)))]

    def _once(self, key: Key, line: Line, *, stays: bool = False) -> None:
        """Let a line wait unless the same was noted within ten minutes, or before at all where it ``stays``."""
        with self._lock:
            seen = self._seen.get(key)
            if seen is not None and (stays or line.at - seen < TOGETHER):
                return
            if self._wait(line):
                self._seen[key] = line.at
                self._seen.move_to_end(key)
                while len(self._seen) > _REMEMBERED_MOST:
                    self._seen.popitem(last=False)

    def _wait(self, line: Line) -> bool:
        if len(self._waiting) >= WAITING_MOST:
            self.lost += 1
            return False
        self._waiting.append(line)
        return True

    def _line(  # noqa: PLR0913, PLR0917  # the parts of a line
        self, person: Person, kind: Trace, session: str | None, patient: str | None, about: str, site: str | None
    ) -> Line:
        origin = acting.ORIGIN.get()
        return Line(
            site=site or person.site,
            at=self.now(),
            kind=kind.value,
            person=person.name,
            role=person.role.value,
            address=origin.address,
            device=origin.device,
            session=session,
            patient=patient,
            about=about[:_ABOUT_MOST],
        )


def _stays(person: Person, kind: Trace) -> bool:
    """Say that a look goes on for as long as somebody is signed in: the wall shows the board and nothing else."""
    return person.role is Role.WALL and kind is Trace.BOARD
