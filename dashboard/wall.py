"""The wall: the outermost layer, deny by default, over HTTP and WebSocket alike."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callbacks.threads import ARRIVED, Threads
from dashboard import problems
from dashboard.limits import Throttle, is_charting
from dashboard.proxy import seen_through
from dashboard.shape import check_shape, json_of
from dashboard.trail_notes import Note, noting, origin
from layouts.sign_in import busy_page, unanswered_page
from models.acting import ACTING, ORIGIN
from models.errors import ChairsideError, NotSignedInError, NotStoredNowError, TooLargeError
from models.moments import iso
from models.people import Person
from models.signing_in import SignIn

LOG = logging.getLogger("chairside.wall")

LARGEST_BODY: Final = 64 * 1024
BODY_SECONDS: Final = 15.0
"""How long a body may take to arrive: 64 KB over the poorest Wi-Fi."""
LONGEST_QUERY: Final = 2048
LONGEST_PATH: Final = 1024
LARGEST_HEAD: Final = 16 * 1024
_CALLBACKS_PATH: Final = "/_dash-update-component"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_PATHS: Final = frozenset(
    {
        "/sign-in",
        "/api/v1/sign-in",
        "/api/v1/switch",
        "/healthz",
        "/readyz",
        "/metrics",
        "/_favicon.ico",
        "/service-worker.js",
    }
)
_OPEN_FOLDERS: Final = ("/assets/", "/_dash-component-suites/")
_NO_CSRF: Final = frozenset({"/api/v1/sign-in", "/api/v1/switch"})
_PASSIVE: Final = frozenset({"/api/v1/time", "/api/v1/me", "/live"})
"""Asked by scripts without anybody's touch: they keep nobody signed in."""
_CSP: Final = (
    "default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class CookieNames:
    """What the cookies are called: bound to the host where the page is served over HTTPS."""

    session: str
    device: str
    csrf: str = "chairside-csrf"

    @classmethod
    def where(cls, *, secure: bool) -> CookieNames:
        """Return the names for HTTPS or for plain loopback."""
        prefix = "__Host-" if secure else ""
        return cls(f"{prefix}chairside", f"{prefix}chairside-device")


@dataclass(frozen=True, slots=True)
class Pass:
    """Who came through the wall, and with what."""

    person: Person
    token: str | None = None
    csrf_token: str | None = None
    until: datetime | None = None
    """When a browser's session ends in any case."""


class Wall:
    """Lets through what is open, and everything else only for somebody the server knows."""

    def __init__(  # noqa: PLR0913  # what it has to know, each by its name
        self,
        app: ASGIApp,
        sign_in: SignIn,
        *,
        cookies: CookieNames,
        public_origin: str | None = None,
        script_hashes: Callable[[], Iterable[str]] = tuple,
        proxies: Collection[str] = (),
        note: Note = lambda _person, _scope, _status: None,
    ) -> None:
        """Stand before ``app``.

        The word of ``proxies`` on where a request came from is taken; ``note`` is told of every refusal of somebody
        who is signed in.
        """
        self._note = note
        self.app, self.sign_in, self.cookies, self.public_origin = app, sign_in, cookies, public_origin
        self.proxies, self.throttle = proxies, Throttle()
        self._threads, self._charting = Threads(4), Threads(2)
        self._csp = _CSP.format(hashes=" ".join(script_hashes())).replace("  ", " ")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one connection."""
        if scope["type"] in {"http", "websocket"}:
            scope = seen_through(scope, self.proxies)
            ORIGIN.set(origin(scope, cookie(Headers(scope=scope), self.cookies.device)))
        if scope["type"] == "http":
            ARRIVED.set(time.monotonic())
            await self._http(scope, receive, self._guarded(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["path"], Headers(scope=scope)
        passed: Pass | None = None
        refusal = too_long(scope, headers) or self._too_often("address", _peer(scope), scope, headers)
        if refusal is None and not self._same_origin(headers, scope):
            refusal = problems.document(403, "Not allowed", "This request comes from another site.")
        elif refusal is None and not _is_open(path):
            passed, refusal = await self._admit(scope, headers)
        if passed is not None:
            refusal = refusal or self._too_often("session", passed.token or passed.person.id, scope, headers)
        if refusal is None:
            receive, refusal = await _body(scope, receive, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["passed"] = passed
        marked = ACTING.set(passed.person if passed else None)
        try:
            await self.app(scope, receive, send if passed is None else noting(send, scope, passed.person, self._note))
        finally:
            ACTING.reset(marked)

    async def _admit(self, scope: Scope, headers: Headers) -> tuple[Pass | None, Response | None]:
        path = scope["path"]
        try:
            threads = self._charting if is_charting(scope) else self._threads
            passed = await self._recognise(headers, threads, used=path not in _PASSIVE, api=path.startswith("/api/"))
        except ChairsideError as error:
            is_page = not path.startswith(("/api/", "/_dash-")) and scope["method"] in {"GET", "HEAD"}
            if is_page and isinstance(error, NotStoredNowError):
                return None, unanswered(error, headers)
            if not is_page or not isinstance(error, NotSignedInError):
                return None, problems.problem(error)
            query = scope.get("query_string", b"").decode("latin-1")
            wanted = quote(path) + (f"?{query}" if query else "")
            return None, RedirectResponse(f"/sign-in?next={quote(wanted, safe='/')}", 303)
        if scope["method"] not in _SAFE_METHODS and passed.csrf_token is not None and path not in _NO_CSRF:
            sent = headers.get("x-csrf-token", "")
            if not hmac.compare_digest(sent.encode(), passed.csrf_token.encode()):
                said = "The X-CSRF-Token header is missing or wrong. Reload the page and try again."
                return None, problems.document(403, "Not allowed", said)
        return passed, None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["path"] != "/live":
            await _close(receive, send)
            return
        if headers.get("origin") is None or not self._same_origin(headers, scope):
            await _close(receive, send)
            return
        if refusal := too_long(scope, headers) or self._too_often("address", _peer(scope), scope, headers):
            await _answer_socket(scope, receive, send, refusal)
            return
        try:
            passed = await self._recognise(headers, self._threads, used=False, api=False)
        except NotStoredNowError as error:
            await _answer_socket(scope, receive, send, problems.problem(error))
            return
        except ChairsideError:
            await _close(receive, send)
            return
        scope.setdefault("state", {})["passed"] = passed
        marked = ACTING.set(passed.person)
        try:
            await self.app(scope, receive, send)
        finally:
            ACTING.reset(marked)

    async def still(self, token: str) -> Person:
        """Return who a token stands for now; asked again and again by the live push.

        Raises:
            NotSignedInError: the session has ended.
        """
        return (await self._threads.run(lambda: self.sign_in.current(token, used=False))).person

    def _too_often(self, kind: str, who: str, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to somebody who asks too often; ``None`` where all is well."""
        wait = self.throttle.wait(kind, who, time.monotonic(), charting=is_charting(scope))
        return too_many(wait, headers) if wait else None

    async def _recognise(self, headers: Headers, threads: Threads, *, used: bool, api: bool) -> Pass:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and api:
            return Pass(await threads.run(lambda: self.sign_in.device(bearer.strip())))
        token = cookie(headers, self.cookies.session)
        if token is None:
            raise NotSignedInError("You are not signed in. Sign in first.")
        session = await threads.run(lambda: self.sign_in.current(token, used=used))
        _check_whose(headers, session.person)
        return Pass(session.person, token, session.csrf_token, session.expires_at)

    def _same_origin(self, headers: Headers, scope: Scope) -> bool:
        """Say whether a request comes from our own pages, as far as the browser tells."""
        if scope.get("method") not in _SAFE_METHODS and headers.get("sec-fetch-site", "same-origin") not in {
            "same-origin",
            "none",
        }:
            return False
        origin = headers.get("origin")
        if origin is None:
            return True
        if self.public_origin is not None:
            return origin == self.public_origin
        try:
            return urlsplit(origin).netloc == headers.get("host") and origin.startswith(("http://", "https://"))
        except ValueError:
            return False

    def _guarded(self, scope: Scope, send: Send) -> Send:
        is_asset = _is_asset(scope["path"])

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self._csp
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
                _say_whose(headers, scope)
                if not is_asset:
                    headers["Cache-Control"] = "no-store"
                elif "cache-control" not in headers:
                    headers["Cache-Control"] = "no-cache"
                if self.cookies.session.startswith("__Host-"):
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return guarded


def cookie(headers: Headers, name: str) -> str | None:
    """Return one cookie of a request."""
    for part in headers.get("cookie", "").split(";"):
        found, _, value = part.strip().partition("=")
        if found == name and value:
            return value
    return None


def unanswered(error: NotStoredNowError, headers: Headers) -> Response:
    """Return what a browser shows in place of a page while storage does not answer; it tries again by itself."""
    if "text/html" not in headers.get("accept", ""):
        return problems.problem(error)
    again = {"Retry-After": str(error.retry_after), "Refresh": "5"}
    return HTMLResponse(unanswered_page(), error.status, again)


def _check_whose(headers: Headers, person: Person) -> None:
    """Refuse what a page sends for somebody else than who is signed in now: another tab may have changed that.

    Raises:
        NotSignedInError: it is for another person, whose entry must not be stored under this one's name.
    """
    meant = headers.get("x-chairside-for")
    if meant and unquote(meant) != person.name:
        raise NotSignedInError("Somebody else is signed in on this browser. Sign in again.")


def _say_whose(headers: MutableHeaders, scope: Scope) -> None:
    """Tell the service worker for whom a page was drawn and until when it may be kept."""
    passed: Pass | None = scope.get("state", {}).get("passed")
    if passed is not None and passed.until is not None and not scope["path"].startswith(("/api/", "/_dash-")):
        headers["X-Chairside-Person"] = quote(passed.person.name)
        headers["X-Chairside-Until"] = iso(passed.until)


def _is_asset(path: str) -> bool:
    return path.startswith(_OPEN_FOLDERS) or path == "/_favicon.ico"


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or _is_asset(path)


async def _close(receive: Receive, send: Send) -> None:
    """Refuse a socket before it is opened: the browser sees 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


async def _answer_socket(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Refuse a socket with an answer of its own: it may come back, since nobody is signed out."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    await send(
        {"type": "websocket.http.response.start", "status": answer.status_code, "headers": answer.raw_headers},
    )
    await send({"type": "websocket.http.response.body", "body": answer.body})


def too_long(scope: Scope, headers: Headers) -> Response | None:
    """Return the answer to an address or a head that no page of ours would send; ``None`` where all is well."""
    if len(scope.get("query_string", b"")) > LONGEST_QUERY or len(scope["path"]) > LONGEST_PATH:
        said = f"The address is longer than {LONGEST_PATH} characters, or its query than {LONGEST_QUERY}."
        return problems.document(414, "Too long", said)
    if sum(len(name) + len(value) for name, value in headers.raw) > LARGEST_HEAD:
        said = f"The headers are larger than {LARGEST_HEAD // 1024} KB. Remove cookies of other programs and try again."
        return problems.document(431, "Too large", said)
    return None


def too_many(wait: int, headers: Headers) -> Response:
    """Return the answer to somebody who asks too often; a page tries again by itself."""
    again = {"Retry-After": str(wait)}
    if "text/html" in headers.get("accept", ""):
        return HTMLResponse(busy_page(), 429, again | {"Refresh": str(max(wait, 2))})
    said = f"Too many requests at once. Wait {wait} s and send the same again; nothing was stored."
    return problems.document(429, "Too many requests", said, again)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


async def _body(scope: Scope, receive: Receive, headers: Headers) -> tuple[Receive, Response | None]:
    """Read the body; give how it is handed on, or the answer to one that is too large, too slow or no callback."""
    path, before = scope["path"], time.monotonic()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _limited(receive, headers)
    except TimeoutError:
        said = f"The request did not arrive within {BODY_SECONDS:.0f} s. Send it again; nothing was stored."
        return receive, problems.document(408, "Too slow", said, {"Connection": "close"})
    ARRIVED.set((ARRIVED.get() or before) + time.monotonic() - before)  # a slow sender does not hurry storage
    if body is None and path.startswith("/api/"):
        return _too_large, None  # said once who may ask and whether it is there
    if body is None:
        return receive, problems.problem(TooLargeError(_TOO_LARGE))
    try:
        if path == _CALLBACKS_PATH:  # Dash would read it before any of ours can
            check_shape(json_of(body))
    except ChairsideError as error:
        return receive, problems.problem(error)
    return _again(body, receive), None


_TOO_LARGE: Final = f"The body is larger than {LARGEST_BODY // 1024} KB."


async def _too_large() -> Message:
    raise TooLargeError(_TOO_LARGE)


async def _limited(receive: Receive, headers: Headers) -> bytes | None:
    """Read the body up to the limit; ``None`` where it is larger."""
    declared = headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > LARGEST_BODY:
        return None
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand a body on in one piece."""
    handed = False

    async def again() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
