"""The use cases: the one door for pages, the API, commands and the scheduler."""

from __future__ import annotations

import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from models import acting
from models.chair_desk import ChairDesk
from models.chair_marks import NO_MARKS, ChairMarks, ChairState, chair_state
from models.checks import check_entry, check_opening
from models.corrections import Effective
from models.device_readings import may_accept
from models.emergency import EmergencyDesk
from models.entries import KIND_BY_KEY, Content, Correction, Draft, Entry, Move, Opening, parse_entry
from models.errors import NotAllowedError, NotFoundError, RefusedError, refuse
from models.feed import Change, Feed
from models.fields import Fields, is_plain
from models.moments import parse_moment, utc_now
from models.people import Person, Right, Role
from models.people_desk import PeopleDesk
from models.protocol import STANDARD
from models.protocol_desk import ProtocolDesk
from models.protocol_draft import read_draft
from models.protocol_trial import MOST as TRIED_MOST
from models.protocol_trial import Trial, tried
from models.review_desk import ReviewDesk
from models.rules import Flag, Severity
from models.series import Series, series_of
from models.session import Chair, Event, Patient, Record, SessionView, fold, judged_as_charted, later
from models.store.calls import CallStore
from models.store.chair_marks import ChairMarkStore
from models.store.emergencies import Emergency, EmergencyStore
from models.store.faults import reach
from models.store.people import PeopleStore
from models.store.places import PlaceStore
from models.store.protocols import ProtocolStore
from models.store.record import Appended, Part, RecordStore, Standing, entries_after
from models.store.review_facts import ReviewFactsStore
from models.store.sites import Site, SiteStore
from models.trail import Trace, Trail
from models.trail_desk import TrailDesk
from models.upcoming import Upcoming, upcoming
from models.wall_privacy import WallPrivacy
from models.witness import check_witness
from models.wrong_chair import Transfer, check_still, check_unsigned, misplaced, moved, moved_entry, repeated, strikes

if TYPE_CHECKING:
    from models.event_filter import EventFilter
    from models.review import ReviewSummary

T = TypeVar("T")

SEXES: Final = ("male", "female", "other", "unknown")
_CHAIR_NAME: Final = re.compile(r"[^\W_](?:[^\W_]|[ -]){0,39}")
_OLDEST_BIRTH: Final = date(1890, 1, 1)
_CACHED_VIEWS: Final = 512
_OPENING_SPACE: Final = uuid.UUID("6f1c3a52-7a0e-4f0b-9d0a-3a5b3c1d9e77")
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ChairNow:
    """A chair, the session on it (``None`` while nobody sits there), and what was said of it."""

    chair: Chair
    view: SessionView | None
    free_since: datetime | None = None
    marks: ChairMarks = NO_MARKS

    @property
    def state(self) -> ChairState:
        """Return what the chair is now."""
        return chair_state(self.view, self.marks)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list and the cursor of the next."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of an entry: its flags, judged at its moment, and whether it is new."""

    entry: Entry
    view: SessionView
    flags: tuple[Flag, ...]
    severity: Severity
    created: bool


class Clinic:
    """Everything that can be done, each time asking who does it; the clock is read once per use case."""

    def __init__(
        self,
        records: RecordStore,
        places: PlaceStore,
        feed: Feed,
        *,
        zone: tzinfo = UTC,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Work on these stores, telling ``feed`` what changed."""
        self.records, self.places, self.feed = records, places, feed
        self.zone, self.now = zone, clock
        self.calls = CallStore(records.database)
        self.accounts = PeopleStore(records.database)
        self.sites = SiteStore(records.database)
        self.trail = Trail(records.trail, clock)
        self.trails = TrailDesk(self.trail, places, zone)
        self.emergencies = EmergencyDesk(EmergencyStore(records.database), self.sites, self.trail, clock)
        self.protocols = ProtocolDesk(ProtocolStore(records.database), clock, self.trail)
        self.people = PeopleDesk(self.accounts, clock, self.trail)
        self.wall = WallPrivacy(records.database, places, feed, self.trail)
        self.desk = ChairDesk(ChairMarkStore(records.database), feed, clock)
        self.reviews = ReviewDesk(ReviewFactsStore(records.database), places, self._folded, zone)
        self._views: OrderedDict[str, SessionView] = OrderedDict()
        self._lock = threading.Lock()

    # What is there

    def chairs(self, person: Person) -> list[Chair]:
        """Return the chairs in room order."""
        acting.allow(person, Right.SEE_CHAIRS)
        return self.places.chairs(person.site)

    def room(self, person: Person) -> list[ChairNow]:
        """Return the chairs with what they are now, in room order; whoever may see no patient sees none of it."""
        acting.allow(person, Right.SEE_CHAIRS)
        return self._board(person.site)

    def board(self, person: Person) -> list[ChairNow]:
        """Return every chair with the session on it, in room order."""
        self.may_watch(person)
        return self._board(person.site)

    def may_watch(self, person: Person) -> None:
        """Let pass who may watch the board, and note it."""
        acting.allow(person, Right.SEE_BOARD)
        self.trail.view(person, Trace.BOARD)

    def site_board(self, server: Person) -> list[ChairNow]:
        """Return the board of a site; for the server's own use."""
        acting.allow(server, Right.SERVE)
        return self._board(server.site)

    def _board(self, site: str) -> list[ChairNow]:
        now = self.now()
        active = {one.chair_id: one for one in self.records.standings(site, "active")}
        left, marks = self.records.free_since(site), self.desk.store.newest(site)
        found = []
        for chair in self.places.chairs(site):
            standing = active.get(chair.id)
            view = self._standing_view(site, standing, now) if standing else None
            free_since = None if view else left.get(chair.id)
            found.append(ChairNow(chair, view, free_since, marks.get(chair.id, NO_MARKS)))
        return found

    def chair_now(self, person: Person, name: str) -> ChairNow:
        """Return one chair by its name.

        Raises:
            NotFoundError: there is no chair of this name.
        """
        acting.allow(person, Right.SEE_BOARD)
        found = self._chair_now(person.site, lambda chair: chair.name == name)
        if found.view is not None:
            self._viewed(person, found.view)
        return found

    def chair_of(self, server: Person, chair_id: str) -> ChairNow:
        """Return one chair by its id; for the server's own use."""
        acting.allow(server, Right.SERVE)
        return self._chair_now(server.site, lambda chair: chair.id == chair_id)

    def session(
        self, person: Person, session: str, at: datetime | None = None, known: datetime | None = None
    ) -> SessionView:
        """Return a session as it stands, or as of ``at``, or as was known at ``known``.

        Raises:
            NotFoundError: there is none, or nothing of it was there yet.
        """
        acting.allow(person, Right.SEE_RECORDS)
        now = self.now()
        if at is None and known is None:
            return self._viewed(person, *self._reach(person, session, lambda site: self._view(site, session, now)))
        record, opened = self._reach(person, session, lambda site: self.records.record(site, _id(session)))
        view = fold(record, now, at=at, known=known, zone=self.zone)
        if view is None:
            raise NotFoundError("Nothing of this session was there at that moment.")
        return self._viewed(person, view, opened)

    def exported(self, person: Person, session: str, form: str) -> SessionView:
        """Return a session that is about to be given out as a file, never one of another site; the trail has it first.

        Raises:
            NotFoundError: there is none.
            NotStoredNowError: it cannot be written down now, so nothing may be given out.
        """
        acting.allow(person, Right.SEE_RECORDS)
        view = self._view(person.site, session, self.now())
        self.trail.write(person, Trace.EXPORT, session=view.id, patient=view.patient.id, about=form)
        return view

    def handed_out(self, server: Person, session: str, form: str) -> SessionView:
        """Return a session of any site that a command on the server itself writes to a file; the trail has it first.

        Raises:
            NotFoundError: there is none.
        """
        acting.allow(server, Right.SERVE)
        site = self.emergencies.store.site_of(_id(session))
        if site is None:
            raise NotFoundError("There is no such session.")
        view = self._view(site, session, self.now())
        self.trail.write(acting.server(site), Trace.EXPORT, session=view.id, patient=view.patient.id, about=form)
        return view

    def sessions(
        self, person: Person, state: str | None = None, after: str | None = None, limit: int = PAGE
    ) -> Page[SessionView]:
        """Return sessions, newest arrival first, of all states or of one.

        Raises:
            RefusedError: no such state, or a cursor that is none.
        """
        acting.allow(person, Right.SEE_RECORDS)
        if state not in {None, "active", "closed", "signed"}:
            raise refuse("state", "state: give active, closed or signed.")
        if after is not None:
            moment, _, last = after.partition("~")
            parse_moment(moment, "after")
            _id(last)
        now = self.now()
        found, cursor = self.records.page(person.site, state, after, limit)
        page = Page([self._standing_view(person.site, one, now) for one in found], cursor)
        for view in page.items:
            self._viewed(person, view)
        return page

    def entries(self, person: Person, session: str, after: int = 0, limit: int = 200) -> Page[Entry]:
        """Return the entries of a session as they were written, with a number above ``after``."""
        acting.allow(person, Right.SEE_RECORDS)
        found = entries_after(self.record(person, session).entries, after)
        cursor = str(found[limit - 1].seq) if len(found) > limit else None
        return Page(found[:limit], cursor)

    def record(self, person: Person, session: str) -> Record:
        """Return the record of a session."""
        acting.allow(person, Right.SEE_RECORDS)
        record, opened = self._reach(person, session, lambda site: self.records.record(site, _id(session)))
        view = self._seen(record, self.now())
        self._keep(view)
        self._viewed(person, view, opened)
        return record

    def chain_break(self, person: Person, session: str) -> str | None:
        """Say what is wrong with the chain of a record of the own site; ``None`` while it holds.

        Raises:
            NotFoundError: there is none.
        """
        acting.allow(person, Right.SEE_RECORDS)
        found = self.records.first_break(self.records.record(person.site, _id(session)).id)
        return None if found is None else found.sentence()

    def exported_events(self, person: Person, wanted: EventFilter) -> list[tuple[SessionView, Event]]:
        """Return the events that are about to be given out as a file; the trail has it first."""
        acting.allow(person, Right.SEE_RECORDS)
        self.trail.write(person, Trace.EXPORT, about="events")
        return self.events(person, wanted)

    def last_visit(self, person: Person, patient: str, before: datetime | None = None) -> SessionView | None:
        """Return the last ended session of a patient that arrived before ``before``."""
        acting.allow(person, Right.SEE_RECORDS)
        found = self._visit_before(person.site, patient, before)
        if found is not None:
            self._viewed(person, found)
        return found

    def visit_before(self, server: Person, patient: str, before: datetime | None = None) -> SessionView | None:
        """Return the last ended session of a patient; for the server's own use."""
        acting.allow(server, Right.SERVE)
        return self._visit_before(server.site, patient, before)

    def _visit_before(self, site: str, patient: str, before: datetime | None) -> SessionView | None:
        now = self.now()
        for standing in self.records.visits(site, patient, before):
            if standing.state != "active":
                return self._standing_view(site, standing, now)
        return None

    def series(self, person: Person, patient: str) -> Series:
        """Return the infusions of one patient, one beside the other.

        Raises:
            NotFoundError: there is no such patient.
        """
        acting.allow(person, Right.SEE_RECORDS)
        found, now = self.places.patient(person.site, _id(patient)), self.now()
        self.trail.view(person, Trace.VIEW, patient=found.id)
        visits = self.records.visits(person.site, found.id)
        return series_of(found, [self._standing_view(person.site, one, now) for one in visits])

    def try_draft(self, person: Person, draft: str) -> Trial:
        """Replay the newest sessions that have ended under a draft of limits; nothing is written, nobody is named.

        Raises:
            NotFoundError: there is no such draft.
            RefusedError: the draft has faults.
        """
        acting.allow(person, Right.MANAGE_PROTOCOLS)
        checked, site = self.protocols.draft(person, draft), person.site
        if checked.faults:
            raise RefusedError(checked.faults)
        protocol = read_draft(checked.draft.body, 1)
        ended = [one for one in self.records.standings(site) if one.state != "active"][:TRIED_MOST]
        return tried((self.records.unremembered(site, one.session) for one in ended), protocol, self.now(), self.zone)

    def review(self, person: Person, asked: Mapping[str, object]) -> ReviewSummary:
        """Return sessions, adverse events, counts and rates for the review; nonsense is named and left out."""
        acting.allow(person, Right.SEE_REVIEW)
        self.trail.view(person, Trace.LIST, about="review")
        return self.reviews.summary(person.site, asked, self._running(person.site))

    def events(self, person: Person, wanted: EventFilter) -> list[tuple[SessionView, Event]]:
        """Return the adverse events that fit a filter with their sessions, newest onset first."""
        acting.allow(person, Right.SEE_RECORDS)
        self.trail.view(person, Trace.LIST, about="events")
        views = self._views_between(person.site, wanted)
        found = [(view, event) for view in views for event in view.events if wanted.matches(event, self.zone)]
        return sorted(found, key=lambda one: one[1].onset_at, reverse=True)

    def colleagues(self, person: Person) -> list[Person]:
        """Return who else charts here, by name: who can witness, take over, or override."""
        acting.allow(person, Right.CHART)
        return [one for one in self.sites.members(person.site) if one.may(Right.CHART) and one.name != person.name]

    # Sites

    def my_sites(self, person: Person) -> list[Site]:
        """Return the sites at which somebody works."""
        acting.known(person)
        return self.sites.of(person)

    def act_at(self, person: Person, token_digest: str, site: str) -> None:
        """Let a signed-in browser act at another site of its person from now on.

        Raises:
            NotFoundError: the person does not work there.
        """
        acting.known(person)
        with self.trail.together(person, Trace.SITE, "acts here from now on", sites=(site,)):
            self.sites.act_at(token_digest, person, site)

    def sign_in_failed(self, name: object, *, throttled: bool) -> None:
        """Note a sign-in that failed; the name is kept only where it is one of an account."""
        account = self.accounts.account(name.strip()) if isinstance(name, str) and is_plain(name) else None
        site = account.person.site if account else self.places.default_site()
        about = "too many wrong passwords" if throttled else "wrong name or password"
        self.trail.failed_sign_in(site, account.person.name if account else None, about, throttled=throttled)

    # Patients and chairs

    def patients(self, person: Person, query: str = "", after: str | None = None) -> Page[Patient]:
        """Return patients by record number or name."""
        acting.allow(person, Right.SEE_RECORDS)
        if not is_plain(query) or (after is not None and not is_plain(after)):
            raise refuse("query", "query: give plain text.")
        self.trail.view(person, Trace.LIST, about="patients")
        return Page(*self.places.patients(person.site, query[:80], after))

    def find_patients(self, person: Person, query: str) -> list[Patient]:
        """Return the first patients that fit ``query``."""
        return self.patients(person, query).items

    def patient(self, person: Person, patient: str) -> Patient:
        """Return one patient."""
        acting.allow(person, Right.SEE_RECORDS)
        found = self.places.patient(person.site, _id(patient))
        self.trail.view(person, Trace.VIEW, patient=found.id)
        return found

    def add_patient(self, person: Person, body: object) -> Patient:
        """Add a patient.

        Raises:
            RefusedError: wrong fields.
            ConflictError: the record number is taken.
        """
        acting.allow(person, Right.SEAT)
        now = self.now()
        patient = _parse_patient(body, now.astimezone(self.zone).date())
        with self.trail.together(person, Trace.PATIENT, "added", patient=patient.id):
            self.places.add_patient(person.site, patient, now)
        return patient

    def add_chair(self, person: Person, name: object) -> Chair:
        """Add a chair.

        Raises:
            RefusedError: not a name of 1 to 40 letters, digits, spaces and hyphens.
            ConflictError: the name is taken.
        """
        acting.allow(person, Right.MANAGE_CHAIRS)
        return self._new_chair(person, name)

    def new_chair(self, site: str, name: object) -> Chair:
        """Add a chair as the server itself; for commands."""
        return self._new_chair(acting.server(site), name)

    def _new_chair(self, person: Person, name: object) -> Chair:
        said = name.strip() if isinstance(name, str) else ""
        if not _CHAIR_NAME.fullmatch(said):
            raise refuse(
                "name", "name: give 1 to 40 letters, digits, spaces or hyphens, beginning with a letter or digit."
            )
        with self.trail.together(person, Trace.SETTINGS, f"chair {said} added"):
            chair = self.places.add_chair(person.site, said, self.now())
        self.feed.announce(Change(person.site, chair.id, None))
        return chair

    # Asked before a body is read: 401, 404 and 403 come before what is wrong with it

    def may_seat(self, person: Person) -> None:
        """Let pass who may seat a patient."""
        acting.allow(person, Right.SEAT)

    def may_read(self, person: Person) -> None:
        """Let pass who may read records."""
        acting.allow(person, Right.SEE_RECORDS)

    def may_manage_chairs(self, person: Person) -> None:
        """Let pass who may add chairs."""
        acting.allow(person, Right.MANAGE_CHAIRS)

    def may_write(self, person: Person, session: str) -> Record:
        """Let pass who may write anything at all in a session that is there."""
        acting.known(person)
        writers = frozenset().union(*(one.writers for one in KIND_BY_KEY.values()))
        if person.role not in writers:
            raise NotAllowedError(f"The role {person.role} may not write in a record.")
        return self.records.record(person.site, _id(session))

    # Writing

    def open_session(self, person: Person, body: object, skew_ms: int | None = None) -> tuple[SessionView, bool]:
        """Seat a patient: write the first entry of a new record.

        Returns:
            The session, and whether it is new (the same id and body again answers with what is there).

        Raises:
            RefusedError: wrong fields, or unusual ones that want confirming.
            ConflictError: the chair is taken, or the id means another session.
        """
        acting.allow(person, Right.SEAT)
        now = self.now()
        session, content, arrived = _parse_opening(body)
        arrived = arrived or self._arrival(person.site, session) or now
        opening_id = str(uuid.uuid5(_OPENING_SPACE, session))
        last = self._last_weight(person.site, content.patient_id, session)

        def check(_connection: object) -> None:
            check_opening(content, arrived, last, now)
            self._check_references(person.site, content)

        appended = self.records.open_session(
            person.site,
            session,
            Draft(opening_id, arrived, content),
            author=person.name,
            now=now,
            protocol_id=self._protocol_id(person.site, content.protocol, now),
            check=check,
            seat=self.desk.store.seating(person.site, content.chair_id, person.name, now),
            see=lambda record: self._seen(record, now),
            skew_ms=skew_ms,
        )
        self._announce(person.site, appended)
        reach("before-reply")
        return appended.view, appended.created

    def append(
        self,
        person: Person,
        session: str,
        body: object,
        device: str | None = None,
        skew_ms: int | None = None,
    ) -> Stored:
        """Write one entry in a record, once.

        Raises:
            NotAllowedError: the role may not write this.
            NotFoundError: there is no such session.
            RefusedError: wrong fields, or unusual values that want confirming.
            ConflictError: closed, or the id means another entry.
            SignedError: signed.
        """
        self._may_write(person, session, body)
        draft = parse_entry(body)
        self._check_move(person.site, draft.content)
        now = self.now()
        before: list[SessionView] = []

        def check(record: Record) -> Content:
            check_witness(draft.content, person, self.sites)
            before.append(self._seen(record, now))
            content = check_entry(before[-1], draft, now)
            if isinstance(content, Correction) and content.replacement is not None:
                self._check_opened(person.site, content.replacement.content)
            if isinstance(content, Move):
                self.desk.check_in_use(person.site, content.chair_id)
            return content

        appended = self.records.append(
            person.site,
            _id(session),
            draft,
            author=person.name,
            device=person.name if person.role is Role.DEVICE else device,
            now=now,
            check=check,
            see=lambda record: self._seen(record, now),
            skew_ms=skew_ms,
        )
        if appended.created and isinstance(appended.entry.content, Move):
            self.desk.occupied(person.site, appended.view.chair_id, person.name)
        self._announce(person.site, appended, before[-1] if before else None)
        reach("before-reply")
        return _stored(appended)

    def move(self, person: Person, session: str, body: object) -> tuple[Stored, list[Entry]]:
        """Move an entry that was charted on the wrong chair: struck in this session, written in another, at once.

        Returns:
            What was written there, and the corrections that strike it here.

        Raises:
            NotAllowedError: the role may not write this, or it is somebody else's.
            NotFoundError: there is no such session.
            RefusedError: wrong fields, or unusual values that want confirming there.
            ConflictError: it was changed meanwhile, or one of the two records takes no more entries.
            SignedError: one of the two is signed.
        """
        wanted = body.get("entry_id") if isinstance(body, Mapping) else None
        self._may_write(person, session, {"kind": Correction.kind, "entry_id": wanted})
        move, now = Transfer.parse(body), self.now()
        wrong, right = self._two(person.site, _id(session), move, now)
        if repeated(wrong, move, person.name):
            return self._moved_before(wrong, right, move)
        check_unsigned(wrong, right)
        found = misplaced(wrong, move.entry_id)
        self._may_move(person, wrong, found)
        parts = [self._part(right.id, moved(found, move, wrong, right), now)]
        for one, draft in zip(found, strikes(found, move, right), strict=True):
            parts.append(self._part(wrong.id, draft, now, partial(check_still, was=one, at=move.at)))
        done = self.records.append_together(person.site, parts, author=person.name, device=None, now=now)
        for appended in done:
            self._announce(person.site, appended)
        return _stored(done[0]), [one.entry for one in done[1:]]

    def _two(self, site: str, session: str, move: Transfer, now: datetime) -> tuple[SessionView, SessionView]:
        """Return the session in which an entry stands and the one to which it goes."""
        if move.to == session:
            raise refuse("to", "to: this is the session in which it stands.")
        try:
            right = self.records.record(site, move.to)
        except NotFoundError as error:
            raise refuse("to", "to: there is no such session.") from error
        return self._seen(self.records.record(site, session), now), self._seen(right, now)

    def _may_move(self, person: Person, wrong: SessionView, found: Sequence[Effective]) -> None:
        if person.role not in KIND_BY_KEY[found[0].kind].writers:
            raise NotAllowedError(f"The role {person.role} may not write a {found[0].kind}.")
        for one in found:
            if not person.may(Right.CORRECT_OTHERS):
                self._may_correct(person, wrong.record, one.entry.id)

    def _part(
        self, session: str, draft: Draft, now: datetime, also: Callable[[SessionView], None] | None = None
    ) -> Part:
        def check(record: Record) -> Content:
            view = self._seen(record, now)
            check_unsigned(view)
            if also is not None:
                also(view)
            return check_entry(view, draft, now)

        return Part(session, draft, check, lambda record: self._seen(record, now))

    def _moved_before(self, wrong: SessionView, right: SessionView, move: Transfer) -> tuple[Stored, list[Entry]]:
        entry = moved_entry(right, move)
        struck = {move.strike_id(one.id) for one in wrong.record.entries}
        gone = [one for one in wrong.record.entries if one.id in struck]
        return _stored(Appended(right, entry, created=False)), gone

    # What time alone changes

    def running(self, server: Person) -> list[SessionView]:
        """Return the sessions on the chairs; for the server's own use."""
        acting.allow(server, Right.SERVE)
        return self._running(server.site)

    def _running(self, site: str) -> list[SessionView]:
        now = self.now()
        return [self._standing_view(site, one, now) for one in self.records.standings(site, "active")]

    def upcoming(self, person: Person) -> Upcoming:
        """Return the checks of the next half hour over all chairs, and those that are overdue, worst first."""
        self.may_watch(person)
        return upcoming(self._running(person.site), self.now())

    # Inside

    def _reach(self, person: Person, session: str, ask: Callable[[str], T]) -> tuple[T, Emergency | None]:
        """Ask at the site somebody acts at, and where nothing is found, where emergency access reaches."""
        try:
            return ask(person.site), None
        except NotFoundError:
            opened = self.emergencies.reaching(person, _id(session))
            if opened is None:
                raise
            return ask(opened.site), opened

    def _viewed(self, person: Person, view: SessionView, opened: Emergency | None = None) -> SessionView:
        """Note that somebody saw a session; one of another site with the reason of the emergency."""
        about, site = (f"emergency: {opened.reason}", opened.site) if opened else ("", None)
        self.trail.view(person, Trace.VIEW, session=view.id, patient=view.patient.id, about=about, site=site)
        return view

    def _may_write(self, person: Person, session: str, body: object) -> None:
        kind = body.get("kind") if isinstance(body, Mapping) else None
        record = self.may_write(person, session)
        known = KIND_BY_KEY.get(kind) if isinstance(kind, str) else None
        if (known is None and person.role is Role.DEVICE) or (known and person.role not in known.writers):
            raise NotAllowedError(f"The role {person.role} may not write a {kind if known else 'entry'}.")
        if not isinstance(body, Mapping) or person.may(Right.OVERRIDE):
            return
        replacement = body.get("replacement")
        overrides = [body.get("override"), replacement.get("override") if isinstance(replacement, Mapping) else None]
        if any(one is not None for one in overrides):
            raise NotAllowedError("Only a clinician may override a check.")
        if kind == "correction" and not person.may(Right.CORRECT_OTHERS):
            self._may_correct(person, record, body.get("entry_id"))

    def _may_correct(self, person: Person, record: Record, entry_id: object) -> None:
        try:
            wanted = str(uuid.UUID(entry_id)) if isinstance(entry_id, str) else ""
        except ValueError:
            return  # refused by name when the entry is read
        target = next((entry for entry in record.entries if entry.id == wanted), None)
        if target is not None and target.author != person.name and not may_accept(person.role, target):
            raise NotAllowedError("Only a clinician may correct what somebody else wrote.")

    def _check_opened(self, site: str, content: Content) -> None:
        if isinstance(content, Opening):
            self._check_references(site, content)

    def _check_references(self, site: str, content: Opening) -> None:
        if content.chair_id not in {chair.id for chair in self.places.chairs(site)}:
            raise refuse("chair_id", "chair_id: there is no such chair.")
        try:
            self.places.patient(site, content.patient_id)
        except NotFoundError as error:
            raise refuse("patient_id", "patient_id: there is no such patient.") from error

    def _check_move(self, site: str, content: Content) -> None:
        """Refuse a move to a chair that is not there; a chair that is taken is refused by the store."""
        if isinstance(content, Correction) and content.replacement is not None:
            content = content.replacement.content
        if isinstance(content, Move) and content.chair_id not in {chair.id for chair in self.places.chairs(site)}:
            raise refuse("chair_id", "chair_id: there is no such chair.")

    def _arrival(self, site: str, session: str) -> datetime | None:
        """Return the arrival of a session that is there already: a repeat without a time means the same."""
        try:
            return self.records.record(site, session).entries[0].measured_at
        except NotFoundError:
            return None

    def _last_weight(self, site: str, patient: str, session: str) -> float | None:
        now = self.now()
        for standing in self.records.visits(site, patient):
            if standing.session != session:
                return self._standing_view(site, standing, now).opening.weight_kg
        return None

    def _protocol_id(self, site: str, name: str | None, now: datetime) -> str:
        store = self.protocols.store
        if name is None:
            store.seed(site, STANDARD, now)
        try:
            return store.in_force(site, name)
        except NotFoundError as error:
            raise refuse("protocol", "protocol: there is no protocol of this name.") from error

    def _announce(self, site: str, appended: Appended, before: SessionView | None = None) -> None:
        if not appended.created:
            return
        view = appended.view
        self._keep(view)
        chairs = {view.chair_id} | ({before.chair_id} if before else set())
        for chair in chairs:
            self.feed.announce(Change(site, chair, view.id, view.last_seq))

    def _chair_now(self, site: str, wanted: Callable[[Chair], bool]) -> ChairNow:
        chair = next((one for one in self.places.chairs(site) if wanted(one)), None)
        if chair is None:
            raise NotFoundError("There is no chair of this name.")
        marks = self.desk.store.newest(site).get(chair.id, NO_MARKS)
        for standing in self.records.standings(site, "active"):
            if standing.chair_id == chair.id:
                return ChairNow(chair, self._standing_view(site, standing, self.now()), None, marks)
        return ChairNow(chair, None, self.records.free_since(site).get(chair.id), marks)

    def _views_between(self, site: str, wanted: EventFilter) -> Sequence[SessionView]:
        now = self.now()
        since, until = _span(wanted.since, wanted.until, self.zone)
        return [self._standing_view(site, one, now) for one in self.records.between(site, since, until)]

    def _folded(self, site: str, session: str) -> SessionView:
        """Return a session as it stands, folded anew and not remembered."""
        view = fold(self.records.unremembered(site, session), self.now(), zone=self.zone)
        if view is None:
            raise NotFoundError("There is no such session.")
        return view

    def _standing_view(self, site: str, standing: Standing, now: datetime) -> SessionView:
        cached = self._cached(standing.session)
        if cached is not None and cached.last_seq == standing.last_seq:
            return later(cached, now)
        return self._view(site, standing.session, now)

    def _view(self, site: str, session: str, now: datetime) -> SessionView:
        view = self._seen(self.records.record(site, _id(session)), now)
        self._keep(view)
        return view

    def _seen(self, record: Record, now: datetime) -> SessionView:
        cached = self._cached(record.id)
        if cached is not None and record.entries and cached.last_seq == record.entries[-1].seq:
            return later(cached, now)
        view = fold(record, now, zone=self.zone)
        if view is None:
            raise NotFoundError("There is no such session.")
        return view

    def _cached(self, session: str) -> SessionView | None:
        with self._lock:
            return self._views.get(session)

    def _keep(self, view: SessionView) -> None:
        with self._lock:
            known = self._views.get(view.id)
            if known is None or known.last_seq <= view.last_seq:
                self._views[view.id] = view
                self._views.move_to_end(view.id)
            while len(self._views) > _CACHED_VIEWS:
                self._views.popitem(last=False)


def _stored(appended: Appended) -> Stored:
    judged = judged_as_charted(appended.view, appended.entry.id)
    flags = judged.flags if judged else ()
    severity = judged.severity if judged else Severity.NORMAL
    return Stored(appended.entry, appended.view, flags, severity, appended.created)


def _span(since: date | None, until: date | None, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return when patients with events in these days may have arrived: a day more on either side."""

    def moment(day: date | None, margin: timedelta) -> datetime | None:
        if day is None:
            return None
        start = day if isinstance(day, datetime) else datetime.combine(day, time(), zone)
        return start.astimezone(UTC) + margin

    return moment(since, -timedelta(days=1)), moment(until, timedelta(days=2))


def _id(text: str) -> str:
    """Return an id in its one spelling; what is none cannot be found."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise NotFoundError("There is no such session.") from error


def _parse_patient(body: object, today: date) -> Patient:
    fields = Fields(body)
    mrn = fields.text("mrn", most=64, required=True)
    family = fields.text("family", most=100, required=True)
    given = fields.text("given", most=100, required=True)
    born = _parse_birth(fields, today)
    sex = fields.choice("sex", SEXES, required=True)
    indication = fields.text("indication", most=200)
    fields.finish()
    return Patient(str(uuid.uuid4()), mrn or "", family or "", given or "", born or today, sex or "unknown", indication)


def _parse_birth(fields: Fields, today: date) -> date | None:
    text = fields.text("birth_date", most=10, required=True)
    if text is None:
        return None
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return fields.wrong("birth_date", "birth_date: give a date like 1979-03-14.")
    if not _OLDEST_BIRTH <= born <= today:
        return fields.wrong("birth_date", f"birth_date: give a date from {_OLDEST_BIRTH} to {today}.")
    return born


def _parse_opening(body: Any) -> tuple[str, Opening, datetime | None]:  # noqa: ANN401  # JSON as it was sent
    fields = Fields(body)
    session = fields.uuid("id") or str(uuid.uuid4())
    arrived = fields.moment("arrived_at")
    content = Opening.parse(fields)
    fields.finish()
    return session, content, datetime.fromisoformat(arrived) if arrived else None
