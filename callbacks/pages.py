"""Which page an address shows, who may open it, and what is asked to draw it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, quote, unquote

from dash import Dash, Input, Output, State
from dash.development.base_component import Component

from callbacks.threads import in_thread
from layouts import ids
from layouts.account import PATH as ACCOUNT
from layouts.account import account_page
from layouts.back_entry import back_entry_page
from layouts.board import board_page
from layouts.chair import chair_page
from layouts.emergency import PATH as EMERGENCY
from layouts.emergency import emergency_banner, emergency_page, site_switch
from layouts.paper import PaperWish, paper_page
from layouts.patient import patient_page
from layouts.people import PATH as PEOPLE
from layouts.people import people_page
from layouts.playback import origin_of, playback_of
from layouts.protocols import PATH as PROTOCOLS
from layouts.protocols import draft_page, protocols_page, version_page
from layouts.review import review_page
from layouts.root import refusal
from layouts.session import past_page, session_page
from layouts.settings import settings_page
from layouts.shell import shell
from layouts.trail import PATH as TRAIL
from layouts.trail import trail_page
from models import acting
from models.clinic import Clinic
from models.errors import ChairsideError, NotFoundError
from models.moments import MIN
from models.paper import LONGEST_MIN, start_today
from models.people import Person, Right


@dataclass(frozen=True, slots=True)
class Asked:
    """An address as it was opened."""

    parts: dict[str, str]
    query: dict[str, str]


_SHOWN: Final = 12
_REVIEWED: Final = timedelta(days=30)
"""How far back the review looks until somebody asks for more."""

Draw = Callable[[Clinic, Person, Asked], Component]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path (as FastAPI writes it), its title, who may open it, and how it is drawn."""

    path: str
    title: str
    right: Right
    draw: Draw
    find: Callable[[Clinic, Person, str], object] | None = None
    """Looks up what the path names; raises NotFoundError where it is not there."""
    plain: bool = False
    """Drawn whole by the server with plain elements; the browser loads nothing of Dash for it."""

    def match(self, pathname: str) -> dict[str, str] | None:
        """Return the parts of an address that belongs to this page."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, pathname)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def _board(clinic: Clinic, person: Person, asked: Asked) -> Component:
    wall = "wall" in asked.query
    acts = person.may(Right.CHART) and not wall
    names = clinic.wall.board_level(person, wall=wall)
    page = board_page(clinic.board(person), clinic.now(), clinic.zone, wall=wall, acts=acts, names=names)
    return page if wall else shell(person, page, "Board", zone=clinic.zone)


def _chair(clinic: Clinic, person: Person, asked: Asked) -> Component:
    acting.allow(person, Right.CHART)
    chair = clinic.chair_now(person, asked.parts["chair"])
    others = [one for one in clinic.board(person) if one.chair.id != chair.chair.id]
    view = chair.view
    last = clinic.last_visit(person, view.patient.id, view.arrived_at) if view else None
    page = chair_page(chair, others, clinic.now(), clinic.zone, person, last, clinic.colleagues(person))
    name = chair.chair.name
    return shell(person, page, f"Chair {name}", path=f"/chair/{quote(name)}", zone=clinic.zone)


def _review(clinic: Clinic, person: Person, asked: Asked) -> Component:
    today = clinic.now().astimezone(clinic.zone).date()
    recent = {} if {"from", "to"} & asked.query.keys() else {"from": (today - _REVIEWED).isoformat()}
    summary = clinic.review(person, recent | asked.query)
    page = review_page(summary, clinic.now(), clinic.zone)
    return shell(person, page, "Review", path="/review", zone=clinic.zone)


def _session(clinic: Clinic, person: Person, asked: Asked) -> Component:
    whole = clinic.session(person, asked.parts["session"])
    playback = playback_of(whole, asked.query.get("at"))
    if playback.at is None:
        page = session_page(whole, clinic.zone, person, playback)
    else:
        view = clinic.session(person, whole.id, at=origin_of(whole) + playback.at * MIN)
        page = past_page(view, clinic.zone, person, playback)
    return shell(person, page, "Session", path=f"/session/{whole.id}", zone=clinic.zone)


def _patient(clinic: Clinic, person: Person, asked: Asked) -> Component:
    series = clinic.series(person, asked.parts["patient"])
    page = patient_page(series, clinic.now(), clinic.zone)
    return shell(person, page, "Patient", path=f"/patient/{series.patient.id}", zone=clinic.zone)


def _paper(clinic: Clinic, person: Person, asked: Asked) -> Component:
    acting.allow(person, Right.CHART)
    page = paper_page(
        clinic.board(person), clinic.protocols.in_force(person).protocol, _paper_wish(asked.query, clinic), clinic.zone
    )
    return shell(person, page, "Paper forms", path="/paper", zone=clinic.zone)


def _paper_wish(query: dict[str, str], clinic: Clinic) -> PaperWish:
    """Read which sheets are wanted; what cannot be read is said on the page, and the rest still prints."""
    text, minutes = query.get("start", "").strip(), query.get("minutes", "")
    start = start_today(text, clinic.now(), clinic.zone) if text else None
    long = min(LONGEST_MIN, max(1, int(minutes))) if minutes.isascii() and minutes.isdigit() else None
    wrong = text[:_SHOWN] if text and start is None else ""
    return PaperWish(query.get("chair") or None, start, long, bool(query.get("blank")), wrong)


def _back_entry(clinic: Clinic, person: Person, asked: Asked) -> Component:
    acting.allow(person, Right.CHART)
    view = clinic.session(person, asked.parts["session"])
    page = back_entry_page(view, clinic.zone, person)
    return shell(person, page, "From paper", path=f"/back-entry/{view.id}", zone=clinic.zone)


def _settings(clinic: Clinic, person: Person, _asked: Asked) -> Component:
    acting.allow(person, Right.MANAGE_CHAIRS)
    names = clinic.wall.level(person.site)
    page = settings_page(clinic.chairs(person), clinic.protocols.in_force(person).protocol, names)
    return shell(person, page, "Settings", path="/settings")


def _protocols(clinic: Clinic, person: Person, asked: Asked) -> Component:
    desk, query = clinic.protocols, asked.query
    if "draft" in query:
        trial = clinic.try_draft(person, query["draft"]) if "try" in query else None
        page = draft_page(desk.draft(person, query["draft"]), trial)
    elif "version" in query:
        version, versions = desk.version(person, query["version"]), desk.versions(person)
        changed = desk.compare(person, query["from"], version.id) if "from" in query else []
        page = version_page(version, versions, changed, person, clinic.zone)
    else:
        drafts = desk.drafts(person) if person.may(Right.MANAGE_PROTOCOLS) else []
        page = protocols_page(desk.versions(person), drafts, person, clinic.zone)
    return shell(person, page, "Protocols", path=PROTOCOLS, zone=clinic.zone)


def _people(clinic: Clinic, person: Person, _asked: Asked) -> Component:
    page = people_page(clinic.people.listed(person), clinic.people.tokens(person), person, clinic.zone)
    return shell(person, page, "People", path=PEOPLE, zone=clinic.zone)


def _account(clinic: Clinic, person: Person, _asked: Asked) -> Component:
    account = clinic.accounts.account(person.name)
    page = account_page(person, has_code=account is not None and account.sealed is not None)
    return shell(person, page, "My account", path=ACCOUNT, zone=clinic.zone)


def _trail(clinic: Clinic, person: Person, _asked: Asked) -> Component:
    lines, cursor = clinic.trails.find(person, {})
    page = trail_page(lines, cursor, clinic.emergencies.listed(person), person, clinic.zone)
    return shell(person, page, "Trail", path=TRAIL, zone=clinic.zone)


def _emergency(clinic: Clinic, person: Person, _asked: Asked) -> Component:
    clinic.emergencies.may_begin(person)
    return shell(person, emergency_page(), "Emergency access", path=EMERGENCY, zone=clinic.zone)


PAGES: Final[tuple[Page, ...]] = (
    Page("/", "Board", Right.SEE_BOARD, _board, plain=True),
    Page("/chair/{chair}", "Chair", Right.CHART, _chair, Clinic.chair_now, plain=True),
    Page("/review", "Review", Right.SEE_REVIEW, _review),
    Page("/session/{session}", "Session", Right.SEE_RECORDS, _session, Clinic.record),
    Page("/patient/{patient}", "Patient", Right.SEE_RECORDS, _patient, Clinic.patient),
    Page("/paper", "Paper forms", Right.CHART, _paper),
    Page("/back-entry/{session}", "From paper", Right.CHART, _back_entry, Clinic.record),
    Page("/settings", "Settings", Right.MANAGE_CHAIRS, _settings),
    Page(PEOPLE, "People", Right.MANAGE_PEOPLE, _people, plain=True),
    Page(ACCOUNT, "My account", Right.OWN_ACCOUNT, _account, plain=True),
    Page(PROTOCOLS, "Protocols", Right.SEE_PROTOCOLS, _protocols),
    Page(TRAIL, "Trail", Right.SEE_TRAIL, _trail),
    Page(EMERGENCY, "Emergency access", Right.BREAK_GLASS, _emergency),
)


def home(person: Person) -> str:
    """Return the first page without parts that a person may open."""
    return next((page.path for page in PAGES if "{" not in page.path and person.may(page.right)), "/sign-in")


def draw_page(clinic: Clinic, pathname: object, search: object) -> Component:
    """Return the page of an address, or the sentence that says why not."""
    person = acting.person()
    path = pathname if isinstance(pathname, str) else "/"
    query = parse_qs(search.lstrip("?"), keep_blank_values=True) if isinstance(search, str) else {}
    flat = {name: values[0] for name, values in query.items()}
    try:
        return _filled(_drawn(clinic, person, path, flat), clinic, person)
    except ChairsideError as error:
        clinic.trail.refused(person, error, "page")
        return shell(person, refusal(str(error)), "", path=path)


def _drawn(clinic: Clinic, person: Person, path: str, query: dict[str, str]) -> Component:
    for page in PAGES:
        parts = page.match(path)
        if parts is not None:
            acting.allow(person, page.right)
            return page.draw(clinic, person, Asked(parts, query))
    raise NotFoundError("There is no such page.")


def _filled(drawn: Component, clinic: Clinic, person: Person) -> Component:
    """Fill in the frame what only the server knows: the sites to act at, and emergency access that runs."""
    for name, children in (
        (ids.Shell.SITES, site_switch(clinic.my_sites(person), person.site)),
        (ids.Shell.EMERGENCY, emergency_banner(clinic.emergencies.running(person), clinic.zone)),
    ):
        if children and name in drawn:
            drawn[name].children = children
    return drawn


def register(app: Dash, clinic: Clinic) -> None:
    """Draw the page once its address is known; every page is a full load."""

    @app.callback(
        Output(ids.Shell.PAGE, "children"),
        Input(ids.Shell.LOCATION, "pathname"),
        State(ids.Shell.LOCATION, "search"),
    )
    async def show_page(pathname: object, search: object) -> Component:
        return await in_thread(draw_page, clinic, pathname, search)
