"""The product behind a real socket: for tests that speak HTTP and WebSocket as a browser or a tablet would."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import uvicorn

from dashboard import server
from dashboard.app import Chairside, create_app
from dashboard.settings import Settings
from models import passwords
from models.moments import utc_now
from models.people import Person, Role

Json = dict[str, Any]
NewDatabase = Callable[[], AbstractContextManager[str]]
ENGINES = ("sqlite", "postgresql")
PASSWORD = "four words that do not belong"
PEOPLE = (
    ("m.silva", Role.NURSE),
    ("r.okafor", Role.NURSE),
    ("a.lindqvist", Role.CLINICIAN),
    ("v.marsh", Role.REVIEWER),
    ("admin", Role.ADMIN),
    ("wall", Role.WALL),
)
ALL_NO = dict.fromkeys(
    (
        "uncontrolled_hypertension",
        "substance_misuse",
        "pregnancy",
        "cardiac",
        "psychosis_mania",
        "liver",
        "raised_pressure",
        "vascular",
        "hypersensitivity",
    ),
    "no",
)
_HASH = passwords.hashed(PASSWORD)


def password_hash() -> str:
    """Return the digest of the password that everybody has here."""
    return _HASH


def settings_for(url: str, folder: Path) -> Settings:
    """Return settings for a database of a test."""
    return Settings(
        data_dir=folder,
        database_url=url,
        secret_key=bytes(32),
        zone=ZoneInfo("UTC"),
        public_origin=None,
        anchor=folder / "anchor",
        idle=timedelta(minutes=15),
        log="text",
    )


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Served:
    """A clinic with chairs and people, served on loopback; it can be stopped and started again."""

    settings: Settings
    chairs: tuple[str, ...] = ("1", "2", "3")
    clock: Callable[[], datetime] = utc_now
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.app: Chairside = create_app(self.settings, clock=self.clock)
        for name, role in PEOPLE:
            self.app.stores.people.add_account(self.app.stores.site, name, role, _HASH, utc_now())
        for chair in self.chairs:
            self.app.clinic.new_chair(self.app.stores.site, chair)
        self.clients: list[Client] = []
        self._signed_in: dict[str, Client] = {}
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve until `stop`; returns once it answers."""
        self._server = uvicorn.Server(server.config(self.app, "127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < until, "the server did not come up"
            assert self._thread.is_alive(), "the server died at its start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop serving, dropping every connection."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(15)
            assert not self._thread.is_alive(), "the server did not stop"
        self._server = None

    def restart(self) -> None:
        """Serve again on the same port, with nothing remembered but the database."""
        self.stop()
        self.app.stores.database.close()
        self.app = create_app(self.settings, clock=self.clock)
        self.start()

    def clear(self) -> None:
        """Free every chair, so that the next test finds the clinic empty."""
        clinic, site = self.app.clinic, self.app.stores.site
        anyone = Person("nobody", "tidy", Role.CLINICIAN, site)
        for standing in self.app.stores.records.standings(site, "active"):
            to = "closed" if clinic.session(anyone, standing.session).started_at else "cancelled"
            body = {"id": str(uuid.uuid4()), "kind": "phase", "to": to, "reason": "test over", "measured_at": ago(0)}
            clinic.append(anyone, standing.session, body)

    def sign_in(self, name: str) -> Client:
        """Return the client of somebody who has signed in; the same one for the same person."""
        if name not in self._signed_in:
            client = self.client()
            assert client.sign_in(name).status_code == 200
            self._signed_in[name] = client
        return self._signed_in[name]

    def client(self) -> Client:
        """Return a client of somebody who has not signed in."""
        self.clients.append(Client(self.url))
        return self.clients[-1]


class Client:
    """Speaks the API as one person; every answer is kept as it came."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10)
        self.csrf = ""

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        answer = self.http.post("/api/v1/sign-in", json={"username": name, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]
        return answer

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(path, params=query)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return self.http.post(path, json=body, headers={"X-CSRF-Token": self.csrf} | headers)

    def good(self, answer: httpx.Response) -> Json:
        assert answer.status_code < 300, answer.text
        found: Json = answer.json()
        return found

    def add_patient(self, **fields: str) -> str:
        number = str(uuid.uuid4())[:8]
        body = {"mrn": f"40-{number}", "family": "Nair", "given": "Priya", "birth_date": "1979-03-14", "sex": "female"}
        return str(self.good(self.post("/api/v1/patients", body | fields))["id"])

    def chair_id(self, name: str) -> str:
        chairs = self.good(self.get("/api/v1/chairs"))["items"]
        return next(str(chair["id"]) for chair in chairs if chair["name"] == name)

    def opening(self, chair: str = "1", *, minutes_ago: float = 60, **fields: object) -> Json:
        """Return the body that seats a new patient."""
        return {
            "id": str(uuid.uuid4()),
            "chair_id": self.chair_id(chair),
            "patient_id": self.add_patient(),
            "weight_kg": 72,
            "arrived_at": ago(minutes_ago),
            "plan": {"dose_mg": 49.4, "duration_min": 60, "rate_mg_h": 49.4},
        } | fields

    def seat(self, chair: str = "1", *, minutes_ago: float = 60, **fields: object) -> str:
        """Seat a new patient and return the session's id."""
        opening = self.opening(chair, minutes_ago=minutes_ago, **fields)
        return str(self.good(self.post("/api/v1/sessions", opening))["id"])

    def chart(self, session: str, kind: str, minutes_ago: float = 0, **fields: object) -> httpx.Response:
        """Post one entry."""
        body = {"id": str(uuid.uuid4()), "kind": kind, "measured_at": ago(minutes_ago)} | fields
        return self.post(f"/api/v1/sessions/{session}/entries", body)

    def session(self, session: str, **query: str) -> Json:
        return self.good(self.get(f"/api/v1/sessions/{session}", **query))


def ago(minutes: float) -> str:
    """Return the moment so many minutes ago, as it is sent."""
    return (utc_now() - timedelta(minutes=minutes)).isoformat()


def values(sbp: int, dbp: int, hr: int = 70, dissociation: int = 0, nausea: int = 0, **more: int) -> Json:
    """Return the values of a complete set."""
    return {"sbp": sbp, "dbp": dbp, "hr": hr, "dissociation": dissociation, "nausea": nausea} | more


@contextmanager
def serving(url: str, folder: Path, chairs: tuple[str, ...] = ("1", "2", "3")) -> Iterator[Served]:
    """Serve a clinic for the length of a `with` block."""
    served = Served(settings_for(url, folder), chairs)
    served.start()
    try:
        yield served
    finally:
        for client in served.clients:
            client.http.close()
        served.stop()
        served.app.stores.database.close()
