"""The part of the HTTP API that reads, edits and publishes protocols."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import in_thread
from dashboard.requests import acting, answer, json_body
from models.exchange.protocols import difference_json, draft_json, version_json
from models.protocol_desk import ProtocolDesk


def add_protocols(routes: APIRouter, desk: ProtocolDesk) -> None:
    """Add the routes below ``/protocols``: drafts first, since a draft's path also reads like a version's."""
    _add_drafts(routes, desk)
    _add_versions(routes, desk)


def _list(items: list[dict[str, Any]]) -> Response:
    return answer({"items": items, "next": None})


def _add_versions(routes: APIRouter, desk: ProtocolDesk) -> None:
    @routes.get("/protocols")
    async def versions(request: Request) -> Response:
        found = await in_thread(desk.versions, acting(request))
        return _list([version_json(one) for one in found])

    @routes.get("/protocols/{version}")
    async def version(request: Request, version: str) -> Response:
        return answer(version_json(await in_thread(desk.version, acting(request), version), whole=True))

    @routes.get("/protocols/{version}/differences")
    async def compare(request: Request, version: str) -> Response:
        other = request.query_params.get("from", "")
        found = await in_thread(desk.compare, acting(request), other, version)
        return _list([difference_json(one) for one in found])

    @routes.post("/protocols/{version}/sign-off")
    async def sign_off(request: Request, version: str) -> Response:
        person = acting(request)
        desk.may_sign_off(person)
        await in_thread(desk.version, person, version)
        found = await in_thread(desk.sign_off, person, version, await json_body(request))
        return answer(version_json(found), 201)


def _add_drafts(routes: APIRouter, desk: ProtocolDesk) -> None:
    @routes.get("/protocols/drafts")
    async def drafts(request: Request) -> Response:
        found = await in_thread(desk.drafts, acting(request))
        return _list([draft_json(one) for one in found])

    @routes.post("/protocols/drafts")
    async def copy(request: Request) -> Response:
        person = acting(request)
        desk.may_manage(person)
        return answer(draft_json(await in_thread(desk.copy, person, await json_body(request))), 201)

    @routes.get("/protocols/drafts/{draft}")
    async def draft(request: Request, draft: str) -> Response:
        return answer(draft_json(await in_thread(desk.draft, acting(request), draft)))

    @routes.put("/protocols/drafts/{draft}")
    async def save(request: Request, draft: str) -> Response:
        person = acting(request)
        await in_thread(desk.draft, person, draft)
        return answer(draft_json(await in_thread(desk.save, person, draft, await json_body(request))))

    @routes.delete("/protocols/drafts/{draft}")
    async def drop(request: Request, draft: str) -> Response:
        await in_thread(desk.drop, acting(request), draft)
        return Response(status_code=204)

    @routes.post("/protocols/drafts/{draft}/publish")
    async def publish(request: Request, draft: str) -> Response:
        person = acting(request)
        await in_thread(desk.draft, person, draft)
        found = await in_thread(desk.publish, person, draft, await json_body(request))
        return answer(version_json(found, whole=True), 201)
