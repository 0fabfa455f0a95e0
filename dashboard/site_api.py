"""The part of the HTTP API about sites, emergency access and the trail."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import in_thread
from dashboard.requests import acting, answer, json_body
from dashboard.wall import Pass
from models.clinic import Clinic
from models.errors import NotFoundError
from models.moments import iso
from models.signing_in import digest_of
from models.store.emergencies import Emergency
from models.store.trail import Line

_ASKED: Final = ("person", "session", "patient", "mrn", "kind", "from", "to", "after")


def add_sites(routes: APIRouter, clinic: Clinic) -> None:
    """Add what is asked about sites, and in an emergency about another one."""
    _add_acting(routes, clinic)
    _add_emergencies(routes, clinic)

    @routes.get("/trail")
    async def trail(request: Request) -> Response:
        asked = {name: request.query_params.get(name) for name in _ASKED}
        found, cursor = await in_thread(clinic.trails.find, acting(request), asked)
        return answer({"items": [_line_json(one) for one in found], "next": cursor})


def _add_acting(routes: APIRouter, clinic: Clinic) -> None:
    @routes.get("/sites")
    async def sites(request: Request) -> Response:
        person = acting(request)
        found = await in_thread(clinic.my_sites, person)
        items = [{"id": one.id, "name": one.name, "acting": one.id == person.site} for one in found]
        return answer({"items": items, "next": None})

    @routes.post("/sites/{site}/act")
    async def act(request: Request, site: str) -> Response:
        passed: Pass = request.scope["state"]["passed"]
        if passed.token is None:
            raise NotFoundError("There is no such site for you.")
        await in_thread(clinic.act_at, passed.person, digest_of(passed.token), site)
        return Response(status_code=204)


def _add_emergencies(routes: APIRouter, clinic: Clinic) -> None:
    desk = clinic.emergencies

    @routes.get("/emergency-access")
    async def listed(request: Request) -> Response:
        found = await in_thread(desk.listed, acting(request))
        return answer({"items": [_emergency_json(one) for one in found], "next": None})

    @routes.post("/emergency-access")
    async def begin(request: Request) -> Response:
        person = acting(request)
        desk.may_begin(person)
        opened = await in_thread(desk.begin, person, await json_body(request))
        return answer(_emergency_json(opened), 201)

    @routes.post("/emergency-access/{emergency}/end")
    async def end(request: Request, emergency: str) -> Response:
        await in_thread(desk.end, acting(request), emergency)
        return Response(status_code=204)


def _emergency_json(one: Emergency) -> dict[str, Any]:
    return {
        "id": one.id,
        "person": one.person,
        "session": one.session,
        "reason": one.reason,
        "began_at": iso(one.began_at),
        "until": iso(one.until),
        "ended_at": iso(one.ended_at) if one.ended_at else None,
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "number": line.number,
        "at": iso(line.at),
        "kind": line.kind,
        "person": line.person,
        "role": line.role,
        "address": line.address,
        "device": line.device,
        "session": line.session,
        "patient": line.patient,
        "about": line.about,
    }
