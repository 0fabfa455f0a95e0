"""The server: the real use cases and the real store on a real database, with crashes, restarts and locks as planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy.engine import Connection

from dashboard.problems import MEDIA_TYPE, problem
from models.clinic import Clinic
from models.entries import Entry
from models.errors import ChairsideError, ConflictError, NotSignedInError, NotStoredNowError, RefusedError, SignedError
from models.exchange.fold import stored_json
from models.feed import Feed
from models.people import Person
from models.signing_in import SignIn
from models.store.engine import Database
from models.store.people import PeopleStore
from models.store.places import PlaceStore
from models.store.record import RecordStore
from tests.simulation.agenda import Agenda
from tests.simulation.clinic_file import CLINICIAN, KEY, PASSWORD

CRASHES: Final = ("before commit", "after commit", "no word of the commit", "signed out at the commit")
"""The last two: it is stored, and the server lives on and does not learn it; or the answer is lost with the session."""
NOT_NOW: Final = "The server could not store this now."


@dataclass(frozen=True)
class Answer:
    """What a tablet gets back; ``http`` 0 where nothing came, ``broken`` where it broke off in the middle."""

    http: int = 0
    type: str = ""
    json: Any = None
    redirected: bool = False
    retry_after: float = 0
    broken: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "http": self.http,
            "type": self.type,
            "json": self.json,
            "redirected": self.redirected,
            "retryAfter": self.retry_after,
        }


@dataclass(frozen=True)
class Request:
    """One attempt of a tablet to hand an entry over: for whom it is, and with whose cookie it left."""

    session: str
    by: str
    body: dict[str, Any]
    cookie: str | None


class CrashedError(Exception):
    """The process of the server has died; nobody gets an answer."""


class EndedError(Exception):
    """The session of whoever sent this is ended elsewhere, and the answer is lost."""


class TroubledDatabase(Database):
    """The real database, with what can go wrong around a save: a lock, and an end before or after the commit."""

    trouble_now: str | None = None
    armed: str | None = None
    saving = False
    met: Counter[str]

    def heal(self) -> None:
        self.trouble_now = self.armed = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.trouble_now == "gone":
            raise NotStoredNowError(NOT_NOW)
        with super().read() as connection:
            yield connection

    @contextmanager
    def write(self, *given: float | None) -> Iterator[Connection]:
        if self.trouble_now is not None:
            raise NotStoredNowError(NOT_NOW)
        with super().write(*given) as connection:
            yield connection
            self._fail_at("before commit", CrashedError())
        self._fail_at("after commit", CrashedError())
        self._fail_at("signed out at the commit", EndedError())
        self._fail_at("no word of the commit", NotStoredNowError(NOT_NOW))

    def _fail_at(self, place: str, error: Exception) -> None:
        if self.saving and self.armed == place:
            self.armed = None
            self.met[place] += 1
            raise error


class Server:
    """One process at a time over one database; what it knows in memory ends with it."""

    checks_for = True
    """Whether the wall compares for whom an entry is sent with who is signed in."""
    store: type[RecordStore] = RecordStore

    def __init__(self, url: str, agenda: Agenda, met: Counter[str]) -> None:
        self.agenda = agenda
        self.refused: set[str] = set()
        """What was refused for good, by the id of the entry."""
        self.not_yet: set[str] = set()
        """What was refused because its time lay ahead: later the same would be taken."""
        self._committed: set[str] = set()
        self.auditor = RecordStore(Database(url), KEY)
        self.site = PlaceStore(self.auditor.database).default_site()
        self.database = TroubledDatabase(url)
        self.database.met = met
        self.up = False
        self.start()

    def start(self) -> None:
        """Begin anew, with fresh connections and nothing remembered."""
        self.database.heal()
        places = PlaceStore(self.database)
        self.clinic = Clinic(self.store(self.database, KEY), places, Feed(), clock=self.agenda.moment)
        self.signing = SignIn(PeopleStore(self.database), key=bytes(32), clock=self.agenda.moment)
        self.up = True

    def stop(self) -> None:
        self.database.engine.dispose()
        self.up = False

    def close(self) -> None:
        self.database.close()
        self.auditor.database.close()

    # What it is asked

    def receive(self, request: Request) -> Answer | None:
        """Answer as the wall and the API would; ``None`` where the process died over it."""
        if not self.up:
            return Answer()
        try:
            return self._answer(request)
        except CrashedError:
            self.stop()
            return None
        except EndedError:
            self.sign_out(request.cookie)
            return None

    def _answer(self, request: Request) -> Answer:
        try:
            person = self._recognise(request)
            self.database.saving = True
            self.clinic.may_write(person, request.session)
            stored = self.clinic.append(person, request.session, orjson.loads(orjson.dumps(request.body)))
        except ChairsideError as error:
            self._remember(request.body["id"], error)
            return _answer_to(error)
        finally:
            self.database.saving = False
        body = stored_json(stored.entry, stored.flags, stored.severity, stored.view.now, stored.view)
        return Answer(201 if stored.created else 200, "application/json", orjson.loads(orjson.dumps(body)))

    def _remember(self, entry: str, error: ChairsideError) -> None:
        if error.status in {400, 403, 404, 409, 413, 422, 423}:
            self.refused.add(entry)
        if isinstance(error, RefusedError) and any("ahead of the server" in one.message for one in error.errors):
            self.not_yet.add(entry)

    def _recognise(self, request: Request) -> Person:
        if request.cookie is None:
            raise NotSignedInError("You are not signed in. Sign in first.")
        person = self.signing.current(request.cookie, used=True).person
        if self.checks_for and person.name != request.by:
            raise NotSignedInError("Somebody else is signed in here.")
        return person

    def sign_in(self, nurse: str) -> str | None:
        """Return the cookie of somebody who signs in; ``None`` where that is not possible now."""
        if not self.up:
            return None
        try:
            return self.signing.sign_in(nurse, PASSWORD, "ward", None).token
        except NotStoredNowError:
            return None

    def sign_out(self, cookie: str | None) -> None:
        if self.up and cookie is not None and self.database.trouble_now is None:
            self.signing.sign_out(cookie)

    def chart(self, session: str, body: dict[str, object]) -> bool:
        """Let the clinician write; say whether it was taken."""
        if not self.up or self.database.trouble_now is not None:
            return False
        account = PeopleStore(self.database).account(CLINICIAN)
        assert account is not None
        try:
            self.clinic.append(account.person, session, body)
        except (ConflictError, SignedError):
            return False  # it is closed or signed already
        return True

    # What is known of it, however it fares

    def record(self, session: str) -> tuple[Entry, ...]:
        """Return what is committed, as another client reads it."""
        return self.auditor.record(self.site, session).entries

    def has(self, session: str, entry: str) -> bool:
        if entry not in self._committed:
            self._committed.update(one.id for one in self.record(session))
        return entry in self._committed


def _answer_to(error: ChairsideError) -> Answer:
    response = problem(error)
    wait = float(response.headers.get("retry-after", 0))
    return Answer(response.status_code, MEDIA_TYPE, orjson.loads(bytes(response.body)), retry_after=wait)
