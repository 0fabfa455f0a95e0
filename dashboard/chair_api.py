"""The HTTP API of the chairs themselves: what each is kept for, which nurse has it, and the log of both."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import in_thread
from dashboard.requests import acting, answer, json_body
from models.acting import server
from models.chair_marks import ChairMark
from models.clinic import ChairNow, Clinic
from models.moments import iso
from models.session import Chair


def chair_json(chair: Chair) -> dict[str, Any]:
    """Return a chair as its name."""
    return {"id": chair.id, "name": chair.name}


def room_json(now: ChairNow) -> dict[str, Any]:
    """Return a chair with what it is now and the nurse who has it; nothing of who sits there."""
    said = now.marks.state if now.view is None else None
    nurse = now.marks.nurse if now.marks.nurse_name else None
    return chair_json(now.chair) | {
        "state": now.state.value,
        "said": None if said is None else mark_json(said),
        "nurse": None if nurse is None else {"name": nurse.value, "since": iso(nurse.made_at)},
    }


def mark_json(mark: ChairMark) -> dict[str, Any]:
    """Return one line of a chair's log."""
    return {
        "kind": mark.kind,
        "value": mark.value or None,
        "author": mark.author,
        "at": iso(mark.made_at),
        "note": mark.note,
    }


def add_chair_desk(routes: APIRouter, clinic: Clinic) -> None:
    """Add the routes below one chair."""
    desk = clinic.desk

    @routes.post("/chairs/{chair}/state")
    async def set_state(request: Request, chair: str) -> Response:
        person = acting(request)
        desk.may_mark(person)
        await in_thread(desk.check_there, person, chair)
        marked = await in_thread(desk.set_state, person, chair, await json_body(request))
        return await _as_it_is(request, marked)

    @routes.post("/chairs/{chair}/nurse")
    async def assign(request: Request, chair: str) -> Response:
        person = acting(request)
        desk.may_take(person)
        await in_thread(desk.check_there, person, chair)
        marked = await in_thread(desk.assign, person, chair, await json_body(request))
        return await _as_it_is(request, marked)

    @routes.get("/chairs/{chair}/log")
    async def log(request: Request, chair: str) -> Response:
        found = await in_thread(desk.log, acting(request), chair)
        return answer({"items": [mark_json(one) for one in found], "next": None})

    async def _as_it_is(request: Request, chair_id: str) -> Response:
        return answer(room_json(await in_thread(clinic.chair_of, server(acting(request).site), chair_id)))
