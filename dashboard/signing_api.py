"""The part of the HTTP API about who is at the other end: signing in and out, the own account, taking over by a PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import Threads, in_thread
from dashboard.requests import answer, json_body
from dashboard.wall import CookieNames, Pass, cookie
from layouts.qr_code import qr_code
from models.clinic import Clinic
from models.errors import NotSignedInError, ThrottledError, refuse
from models.moments import iso
from models.own_account import AccountDesk
from models.people import Person, Right
from models.second_factor import Offer
from models.signing_in import SignedIn, SignIn
from models.store.pins import PinStore
from models.switching import Switching
from models.trail import Trace

T = TypeVar("T")
_DEVICE_SECONDS: Final = 365 * 24 * 3600
_SESSION_SECONDS: Final = 12 * 3600


class Signing:
    """Everything that the routes about people work with."""

    def __init__(self, clinic: Clinic, sign_in: SignIn, cookies: CookieNames, *, secure: bool) -> None:
        """Put the use cases around one sign-in together."""
        self.clinic, self.sign_in, self.cookies, self.secure = clinic, sign_in, cookies, secure
        self.switching = Switching(sign_in, PinStore(sign_in.people.database), clinic.zone, clinic.trail)
        self.account = AccountDesk(sign_in, clinic.trail)
        self.people = clinic.people
        self._hashing = Threads(2)  # passwords cost much: they never take the threads that charting needs

    def traced(self, sign_in: Callable[..., SignedIn], name: object, *given: object) -> SignedIn:
        """Sign somebody in; that it worked, or that it did not, is in the trail."""
        try:
            signed = sign_in(name, *given)
        except (NotSignedInError, ThrottledError) as error:
            self.clinic.sign_in_failed(name, throttled=isinstance(error, ThrottledError))
            raise
        self.clinic.trail.note(signed.session.person, Trace.SIGN_IN)
        return signed

    async def hashing(self, ask: Callable[..., T], *given: object) -> T:
        """Ask a use case that looks at a password, two at a time."""
        return await self._hashing.run(ask, *given)

    def device(self, request: Request) -> str | None:
        """Return the cookie by which the server knows a device."""
        return cookie(request.headers, self.cookies.device)


def add_signing(routes: APIRouter, signing: Signing) -> None:
    """Add the routes that everybody has."""
    _add_signing_in(routes, signing)
    _add_switching(routes, signing)
    _add_account(routes, signing)
    _add_second_factor(routes, signing)


def _add_signing_in(routes: APIRouter, signing: Signing) -> None:
    @routes.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        body = _object(await json_body(request), "username", "Give username and password.")
        address = request.client.host if request.client else "unknown"
        said = body.get("username"), body.get("password"), address, signing.device(request), body.get("code")
        return _signed_in(await signing.hashing(signing.traced, signing.sign_in.sign_in, *said), signing)

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        passed: Pass = request.scope["state"]["passed"]
        if passed.token is not None:
            await in_thread(signing.switching.drop_pin, passed.person, signing.device(request))
            await in_thread(signing.sign_in.sign_out, passed.token)
            signing.clinic.trail.note(passed.person, Trace.SIGN_OUT)
        response = Response(status_code=204)
        for name in (signing.cookies.session, signing.cookies.csrf):
            response.delete_cookie(name, path="/", secure=signing.secure, samesite="strict")
        return response

    @routes.post("/lock")
    async def lock(request: Request) -> Response:
        passed: Pass = request.scope["state"]["passed"]
        if passed.token is not None:
            await in_thread(signing.sign_in.sign_out, passed.token)
            signing.clinic.trail.note(passed.person, Trace.SIGN_OUT, "locked")
        return Response(status_code=204)  # the cookies stay: the page behind the lock still says whose it is

    @routes.get("/me")
    async def me(request: Request) -> Response:
        passed: Pass = request.scope["state"]["passed"]
        idle = signing.sign_in.idle_of(passed.person)
        seconds = None if idle is None else int(idle.total_seconds())
        return answer({"user": _user(passed.person), "csrf_token": passed.csrf_token, "idle_s": seconds})

    @routes.post("/used")
    async def used() -> Response:
        return Response(status_code=204)  # that it came through the wall is all there is to it


def _add_switching(routes: APIRouter, signing: Signing) -> None:
    @routes.get("/switch")
    async def switchable(request: Request) -> Response:
        found = await in_thread(signing.switching.people, signing.device(request))
        return answer({"items": [_user(one) for one in found], "next": None})

    @routes.post("/switch")
    async def switch(request: Request) -> Response:
        body = _object(await json_body(request), "username", "Give username and pin.")
        said = body.get("username"), body.get("pin"), signing.device(request)
        former = cookie(request.headers, signing.cookies.session)
        signed = await signing.hashing(signing.traced, signing.switching.switch, *said, former)
        return _signed_in(signed, signing)

    @routes.post("/account/pin")
    async def set_pin(request: Request) -> Response:
        person, _ = _own(request, Right.CHART)
        body = _object(await json_body(request), "pin", "Give pin and password.")
        said = body.get("pin"), body.get("password"), signing.device(request)
        until = await signing.hashing(signing.switching.set_pin, person, *said)
        return answer({"until": iso(until)}, 201)

    @routes.delete("/account/pin")
    async def drop_pin(request: Request) -> Response:
        person, _ = _own(request, Right.CHART)
        await in_thread(signing.switching.drop_pin, person, signing.device(request))
        return Response(status_code=204)


def _add_account(routes: APIRouter, signing: Signing) -> None:
    @routes.get("/account")
    async def account(request: Request) -> Response:
        person, _ = _own(request)
        own = await in_thread(signing.account.own, person)
        second = {"on": own.has_code, "recovery_codes_left": own.codes_left, "allowed": own.may_have_code}
        return answer({"user": _user(own.person), "second_factor": second})

    @routes.post("/account/password")
    async def change_password(request: Request) -> Response:
        person, token = _own(request)
        await signing.hashing(signing.account.change_password, person, token, await json_body(request))
        return Response(status_code=204)


def _add_second_factor(routes: APIRouter, signing: Signing) -> None:
    @routes.post("/account/second-factor")
    async def offer(request: Request) -> Response:
        person, _ = _own(request, Right.SECOND_FACTOR)
        offered: Offer = await signing.hashing(signing.account.offer, person, await json_body(request))
        return answer({"secret": offered.secret, "address": offered.address, "qr": qr_code(offered.address)}, 201)

    @routes.post("/account/second-factor/confirm")
    async def confirm(request: Request) -> Response:
        person, _ = _own(request, Right.SECOND_FACTOR)
        codes = await in_thread(signing.account.confirm, person, await json_body(request))
        return answer({"recovery_codes": list(codes)}, 201)

    @routes.post("/account/second-factor/remove")
    async def remove(request: Request) -> Response:
        person, _ = _own(request)
        await signing.hashing(signing.account.remove, person, await json_body(request))
        return Response(status_code=204)


def _own(request: Request, right: Right = Right.OWN_ACCOUNT) -> tuple[Person, str]:
    """Return who may change the own account, and the token of the browser in hand.

    Raises:
        NotAllowedError: the role may not; the wall and devices have no account of their own.
    """
    passed: Pass = request.scope["state"]["passed"]
    passed.person.require(right)
    return passed.person, passed.token or ""


def _object(body: object, field: str, said: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise refuse(field, said)
    return body


def _user(person: Person) -> dict[str, str]:
    return {"name": person.name, "role": person.role.value}


def _signed_in(signed: SignedIn, signing: Signing) -> Response:
    response = answer({"user": _user(signed.session.person), "csrf_token": signed.session.csrf_token})
    names, secure = signing.cookies, signing.secure
    for name, value, seconds, hidden in (
        (names.session, signed.token, _SESSION_SECONDS, True),
        (names.csrf, signed.session.csrf_token, _SESSION_SECONDS, False),
        (names.device, signed.device, _DEVICE_SECONDS, True),
    ):
        response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=hidden, samesite="strict")
    return response
