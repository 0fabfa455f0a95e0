"""The part of the HTTP API that looks after people and device tokens: for admins only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import in_thread
from dashboard.requests import acting, answer, json_body
from dashboard.signing_api import Signing
from models.moments import iso
from models.people import Person
from models.store.people import Listed, ListedToken


def add_people(routes: APIRouter, signing: Signing) -> None:
    """Add the routes below ``/people``: the tokens first, since their path also reads like a person's."""
    _add_tokens(routes, signing)
    _add_list(routes, signing)
    _add_changes(routes, signing)


def _add_tokens(routes: APIRouter, signing: Signing) -> None:
    desk = signing.people

    @routes.get("/people/tokens")
    async def tokens(request: Request) -> Response:
        found = await in_thread(desk.tokens, acting(request))
        return answer({"items": [token_json(one) for one in found], "next": None})

    @routes.post("/people/tokens")
    async def add_token(request: Request) -> Response:
        person = acting(request)
        desk.may_manage(person)
        made = await in_thread(desk.add_token, person, await json_body(request))
        return answer({"name": made.name, "token": made.token}, 201)

    @routes.post("/people/tokens/{token}/revoke")
    async def revoke(request: Request, token: str) -> Response:
        await in_thread(desk.revoke_token, acting(request), token)
        return Response(status_code=204)


def _add_list(routes: APIRouter, signing: Signing) -> None:
    desk = signing.people

    @routes.get("/people")
    async def people(request: Request) -> Response:
        found = await in_thread(desk.listed, acting(request))
        return answer({"items": [person_json(one) for one in found], "next": None})

    @routes.post("/people")
    async def add(request: Request) -> Response:
        person = acting(request)
        desk.may_manage(person)
        return answer(person_json(await signing.hashing(desk.add, person, await json_body(request))), 201)

    @routes.get("/people/{account}")
    async def one(request: Request, account: str) -> Response:
        return answer(person_json(await in_thread(desk.one, acting(request), account)))


def _add_changes(routes: APIRouter, signing: Signing) -> None:
    desk = signing.people

    @routes.post("/people/{account}/disable")
    async def disable(request: Request, account: str) -> Response:
        return answer(person_json(await in_thread(desk.disable, acting(request), account)))

    @routes.post("/people/{account}/enable")
    async def enable(request: Request, account: str) -> Response:
        return answer(person_json(await in_thread(desk.enable, acting(request), account)))

    @routes.post("/people/{account}/role")
    async def role(request: Request, account: str) -> Response:
        return await _changed(signing, desk.change_role, request, account)

    @routes.post("/people/{account}/password")
    async def password(request: Request, account: str) -> Response:
        return await _changed(signing, desk.reset_password, request, account)

    @routes.post("/people/{account}/second-factor/reset")
    async def reset_code(request: Request, account: str) -> Response:
        return await _changed(signing, desk.reset_code, request, account)


async def _changed(
    signing: Signing, change: Callable[[Person, str, object], Listed], request: Request, account: str
) -> Response:
    """Judge in the order of the contract: whether this person may, whether the account is there, then the body."""
    person = acting(request)
    await in_thread(signing.people.one, person, account)
    return answer(person_json(await signing.hashing(change, person, account, await json_body(request))))


def person_json(one: Listed) -> dict[str, Any]:
    """Return an account as the API tells it."""
    return {
        "id": one.person.id,
        "name": one.person.name,
        "role": one.person.role.value,
        "disabled": one.disabled,
        "second_factor": one.has_code,
        "created_at": iso(one.created_at),
    }


def token_json(one: ListedToken) -> dict[str, Any]:
    """Return a device token as the API tells it: never the token itself."""
    return {"id": one.id, "name": one.name, "created_at": iso(one.created_at), "revoked": one.revoked}
