"""The HTTP API: reads a request, asks one use case in a worker thread, answers with JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import for_charting, in_thread
from dashboard.chair_api import add_chair_desk, chair_json, room_json
from dashboard.exchange_api import add_exchange, event_filter
from dashboard.people_api import add_people
from dashboard.protocol_api import add_protocols
from dashboard.requests import acting, answer, json_body
from dashboard.signing_api import Signing, add_signing
from dashboard.site_api import add_sites
from models.clinic import Clinic, Page, Stored
from models.clock_skew import clock_skew_ms
from models.errors import refuse
from models.exchange.afterwards import last_time_json
from models.exchange.fold import entry_json, event_json, fold_json, patient_json, stored_json, upcoming_json
from models.last_time import last_time
from models.moments import iso, parse_charted

T = TypeVar("T")
_SEQ_MOST: Final = 10**9


@dataclass(frozen=True, slots=True)
class Services:
    """What the API works with."""

    clinic: Clinic
    signing: Signing


def router(services: Services) -> APIRouter:
    """Return every route of the API."""
    routes = APIRouter(prefix="/api/v1")
    add_signing(routes, services.signing)
    add_people(routes, services.signing)
    _add_time(routes, services.clinic)
    _add_places(routes, services.clinic)
    _add_wall(routes, services.clinic)
    _add_sessions(routes, services.clinic)
    _add_entries(routes, services.clinic)
    add_protocols(routes, services.clinic.protocols)
    add_chair_desk(routes, services.clinic)
    add_exchange(routes, services.clinic)
    add_sites(routes, services.clinic)
    return routes


def _add_time(routes: APIRouter, clinic: Clinic) -> None:
    @routes.get("/time")
    async def time() -> Response:
        return answer({"now": iso(clinic.now())})


def _page(page: Page[T], show: Callable[[T], object]) -> Response:
    return answer({"items": [show(one) for one in page.items], "next": page.next})


def _add_places(routes: APIRouter, clinic: Clinic) -> None:
    @routes.get("/chairs")
    async def chairs(request: Request) -> Response:
        found = await in_thread(clinic.room, acting(request))
        return _page(Page(found), room_json)

    @routes.post("/chairs")
    async def add_chair(request: Request) -> Response:
        person = acting(request)
        clinic.may_manage_chairs(person)
        body = await json_body(request)
        name = body.get("name") if isinstance(body, dict) and set(body) <= {"name"} else None
        return answer(chair_json(await in_thread(clinic.add_chair, person, name)), 201)

    @routes.get("/upcoming")
    async def upcoming(request: Request) -> Response:
        return answer(upcoming_json(await in_thread(clinic.upcoming, acting(request))))

    @routes.get("/patients")
    async def patients(request: Request) -> Response:
        query, after = request.query_params.get("query", ""), request.query_params.get("after")
        return _page(await in_thread(clinic.patients, acting(request), query, after), patient_json)

    @routes.get("/patients/{patient}")
    async def patient(request: Request, patient: str) -> Response:
        return answer(patient_json(await in_thread(clinic.patient, acting(request), patient)))

    @routes.get("/patients/{patient}/last-time")
    async def last_visit(request: Request, patient: str) -> Response:
        found = await in_thread(clinic.patient, acting(request), patient)
        before = await in_thread(clinic.last_visit, acting(request), found.id)
        return answer({"last_time": last_time_json(await in_thread(last_time, before))})

    @routes.post("/patients")
    async def add_patient(request: Request) -> Response:
        person = acting(request)
        clinic.may_seat(person)
        body = await json_body(request)
        return answer(patient_json(await in_thread(clinic.add_patient, person, body)), 201)


def _add_wall(routes: APIRouter, clinic: Clinic) -> None:
    @routes.get("/wall")
    async def wall(request: Request) -> Response:
        person = acting(request)
        clinic.may_manage_chairs(person)
        return answer({"names": await in_thread(clinic.wall.level, person.site)})

    @routes.post("/wall")
    async def change_wall(request: Request) -> Response:
        person = acting(request)
        clinic.may_manage_chairs(person)
        return answer({"names": await in_thread(clinic.wall.change, person, await json_body(request))})


def _add_sessions(routes: APIRouter, clinic: Clinic) -> None:
    @routes.get("/sessions")
    async def sessions(request: Request) -> Response:
        asked = request.query_params
        page = await in_thread(clinic.sessions, acting(request), asked.get("state"), asked.get("after"))
        return await in_thread(_page, page, fold_json)

    @routes.post("/sessions")
    async def open_session(request: Request) -> Response:
        person = acting(request)
        clinic.may_seat(person)
        skew = _skew_ms(request, clinic)
        view, created = await for_charting(clinic.open_session, person, await json_body(request), skew)
        return answer(fold_json(view), 201 if created else 200)

    @routes.get("/sessions/{session}")
    async def session(request: Request, session: str) -> Response:
        at, known = _moment(request, "at"), _moment(request, "known")
        view = await in_thread(clinic.session, acting(request), session, at, known)
        before = await in_thread(clinic.last_visit, acting(request), view.patient.id, view.arrived_at)
        last = await in_thread(last_time, before)
        return answer(await in_thread(fold_json, view) | {"last_time": last_time_json(last)})

    @routes.get("/events")
    async def events(request: Request) -> Response:
        person = acting(request)
        clinic.may_read(person)
        found = await in_thread(clinic.events, person, event_filter(request))
        items = [event_json(event, view) for view, event in found]
        return answer({"items": items, "next": None})


def _add_entries(routes: APIRouter, clinic: Clinic) -> None:
    @routes.get("/sessions/{session}/entries")
    async def entries(request: Request, session: str) -> Response:
        after = _seq(request)
        person = acting(request)
        page = await in_thread(clinic.entries, person, session, after)
        view = await in_thread(clinic.session, person, session)
        return _page(page, lambda entry: entry_json(entry, view))

    @routes.post("/sessions/{session}/entries")
    async def append(request: Request, session: str) -> Response:
        person, skew = acting(request), _skew_ms(request, clinic)
        await for_charting(clinic.may_write, person, session)
        stored: Stored = await for_charting(clinic.append, person, session, await json_body(request), None, skew)
        body = stored_json(stored.entry, stored.flags, stored.severity, stored.view.now, stored.view)
        return answer(body, 201 if stored.created else 200)

    @routes.post("/sessions/{session}/moves")
    async def move(request: Request, session: str) -> Response:
        person = acting(request)
        await for_charting(clinic.may_write, person, session)
        stored, struck = await for_charting(clinic.move, person, session, await json_body(request))
        body = stored_json(stored.entry, stored.flags, stored.severity, stored.view.now, stored.view)
        return answer(body | {"struck": [entry_json(one) for one in struck]}, 201 if stored.created else 200)


def _skew_ms(request: Request, clinic: Clinic) -> int | None:
    """Return how far the sender's clock is ahead, by the moment it says it sent this."""
    return clock_skew_ms(request.headers.get("x-chairside-sent-at"), clinic.now())


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    return None if text is None else parse_charted(text.replace(" ", "+"), name)


def _seq(request: Request) -> int:
    text = request.query_params.get("after", "0")
    if not (text.isascii() and text.isdigit()) or int(text[:10]) > _SEQ_MOST:
        raise refuse("after", "after: give the number of an entry, 0 or more.")
    return int(text[:10])
