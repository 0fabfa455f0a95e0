"""The HTTP API as one signed-in person uses it: what got no answer is sent again, with the same ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from models.errors import ChairsideError
from models.moments import utc_now

Json = dict[str, Any]
Sleep = Callable[[float], Awaitable[None]]

TRIES: Final = 8
DONE: Final = frozenset({200, 201})
NOT_SIGNED_IN: Final = 401
REFUSED: Final = 422
NOT_NOW: Final = frozenset({502, 503, 504})


class AnswerError(ChairsideError):
    """The server refused; ``str()`` is its own sentence."""

    title = "Refused by the server"


class LostServerError(ChairsideError):
    """There is no definite answer any more: the server is gone, or the session has ended."""

    title = "No answer"


@dataclass(slots=True)
class Api:
    """One signed-in person at the API; ``ahead`` is how far the server's clock runs ahead of this one."""

    client: httpx.AsyncClient
    sleep: Sleep = asyncio.sleep
    role: str = ""
    ahead: timedelta = timedelta()

    async def sign_in(self, user: str, password: str) -> None:
        """Sign in and compare clocks with the server.

        Raises:
            AnswerError: wrong name or password, or too many attempts.
            LostServerError: nobody answers.
        """
        given = {"username": user, "password": password}
        answer = await self._ask("POST", "/api/v1/sign-in", given)
        if answer.status_code not in DONE:
            raise AnswerError(said(answer))
        told = answer.json()
        self.role = told["user"]["role"]
        self.client.headers["X-CSRF-Token"] = told["csrf_token"]
        self.ahead = datetime.fromisoformat((await self.get("/api/v1/time"))["now"]) - utc_now()

    def now(self) -> datetime:
        """Return the present moment by the server's clock."""
        return utc_now() + self.ahead

    async def get(self, path: str, **params: str) -> Json:
        """Return one answer.

        Raises:
            AnswerError: it was refused.
        """
        answer = await self._ask("GET", path, None, params)
        if answer.status_code not in DONE:
            raise AnswerError(said(answer))
        found: Json = answer.json()
        return found

    async def items(self, path: str, **params: str) -> list[Json]:
        """Return a whole list, page after page."""
        page = await self.get(path, **params)
        found = list(page["items"])
        while page["next"] is not None:
            page = await self.get(path, **params, after=str(page["next"]))
            found += page["items"]
        return found

    async def send(self, path: str, body: Json) -> tuple[httpx.Response, dict[str, str]]:
        """Post ``body``; unusual values are confirmed when the server asks, and only then.

        Returns:
            The last answer, and what was confirmed: the server's reason by field.
        """
        confirmed: dict[str, str] = {}
        while True:
            answer = await self._ask("POST", path, body | ({"confirmed": list(confirmed)} if confirmed else {}))
            asked = _to_confirm(answer)
            if asked.keys() <= confirmed.keys():
                return answer, confirmed
            confirmed |= asked

    async def store(self, path: str, body: Json) -> Json:
        """Post what has to be stored before anything can go on.

        Raises:
            AnswerError: it was refused.
        """
        answer, _ = await self.send(path, body)
        if answer.status_code not in DONE:
            raise AnswerError(said(answer))
        stored: Json = answer.json()
        return stored

    async def _ask(
        self, method: str, path: str, body: Json | None, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Ask until there is a definite answer; the ids in ``body`` make a repeat harmless.

        Raises:
            LostServerError: there was none, or nobody is signed in any more.
        """
        why = ""
        for attempt in range(TRIES):
            if attempt:
                await self.sleep(min(0.1 * 2**attempt, 5.0))
            try:
                answer = await self.client.request(method, path, json=body, params=params)
            except httpx.TransportError as error:
                why = f"No answer from {self.client.base_url} ({type(error).__name__})."
                continue
            if answer.status_code in NOT_NOW:
                why = said(answer)
                continue
            if answer.status_code == NOT_SIGNED_IN and self.role:
                raise LostServerError(said(answer))
            return answer
        raise LostServerError(f"{why} Tried {TRIES} times.")


def said(answer: httpx.Response) -> str:
    """Return the server's own sentence."""
    try:
        told = answer.json()
        sentence = told.get("detail") or told.get("title")
    except (ValueError, AttributeError):
        sentence = None
    return str(sentence or f"The server answered {answer.status_code}.")


def _to_confirm(answer: httpx.Response) -> dict[str, str]:
    """Return what the server wants confirmed, its reason by field; empty where something is wrong besides."""
    if answer.status_code != REFUSED:
        return {}
    told = answer.json()
    return {} if told.get("errors") else {one["field"]: one["reason"] for one in told.get("confirm") or ()}
