"""A clinic with two sites and somebody of every kind at its door: what the tests of the wall stand on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, insert, inspect, select, table

from models.moments import utc_now
from models.people import Role
from models.protocol import STANDARD
from models.signing_in import new_device_token
from models.store.protocols import ProtocolStore
from models.store.tables import SiteRow
from tests.served import Client, Json, Served, serving, values

ACCOUNTS = {
    "nurse": "m.silva",
    "clinician": "a.lindqvist",
    "reviewer": "v.marsh",
    "admin": "admin",
    "wall": "wall",
    "elsewhere": "e.castro",
}
"""The account behind each of those who can sign in; ``elsewhere`` is a nurse of the second site."""
DISABLED = "g.disabled"
WHO = ("anonymous", *ACCOUNTS, "device", "disabled")
NOT_RECORD = frozenset({"alembic_version", "known_devices", "web_sessions", "calls", "heads", "trail"})
"""Tables in which asking alone may write: who is signed in, on what, and what was seen."""


@dataclass(frozen=True)
class World:
    """A served clinic with one patient on chair 1, and the ids of what there is to ask for."""

    served: Served
    site: str
    session: str
    patient: str
    entry: str
    token: str
    version: str
    gone: Client

    def client(self, who: str, *, throwaway: bool = False) -> Client:
        """Return the client of somebody; one of its own where the request ends what it stands on."""
        if who == "disabled":
            return self.gone if not throwaway else self._like(self.gone)
        if who in ACCOUNTS and not throwaway:
            return self.served.sign_in(ACCOUNTS[who])
        client = self.served.client()
        if who in ACCOUNTS:
            assert client.sign_in(ACCOUNTS[who]).status_code == 200
        elif who == "device":
            client.http.headers["Authorization"] = f"Bearer {self.token}"
        return client

    def _like(self, other: Client) -> Client:
        client = self.served.client()
        client.http.cookies.update(other.http.cookies)
        client.csrf = other.csrf
        return client

    def rows(self) -> dict[str, int]:
        """Count what is kept, table by table, so that a test can say that nothing was written."""
        database = self.served.app.stores.database
        with database.read() as connection:
            names = sorted(set(inspect(connection).get_table_names()) - NOT_RECORD)
            return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}

    def draft(self) -> Json:
        """Return a draft of a protocol that could be published."""
        admin = self.client("admin")
        found = admin.good(admin.post("/api/v1/protocols/drafts", {}))
        protocol = found["protocol"] | {"name": f"{found['protocol']['name']} {uuid.uuid4().hex[:6]}"}
        body = {"revision": found["revision"], "protocol": protocol}
        path = f"/api/v1/protocols/drafts/{found['id']}"
        return admin.good(admin.http.put(path, json=body, headers={"X-CSRF-Token": admin.csrf}))

    def chair(self) -> str:
        """Add a free chair and return its id."""
        return self.served.app.clinic.new_chair(self.served.app.stores.site, uuid.uuid4().hex[:12]).id


def second_site(served: Served) -> str:
    """Put a second site beside the first, with a chair, a protocol and a nurse of its own."""
    stores, site = served.app.stores, str(uuid.uuid4())
    with stores.database.write() as connection:
        connection.execute(insert(SiteRow).values({"id": site, "name": "Elsewhere"}))
    known = stores.people.account("m.silva")
    assert known is not None
    stores.people.add_account(site, ACCOUNTS["elsewhere"], Role.NURSE, known.password_hash, utc_now())
    served.app.clinic.new_chair(site, "E1")
    ProtocolStore(stores.database).seed(site, STANDARD, utc_now())
    return site


def disabled(served: Served) -> Client:
    """Return the client of a clinician who signed in and was disabled a moment later."""
    people, known = served.app.stores.people, served.app.stores.people.account("m.silva")
    assert known is not None
    people.add_account(served.app.stores.site, DISABLED, Role.CLINICIAN, known.password_hash, utc_now())
    client = served.client()
    assert client.sign_in(DISABLED).status_code == 200
    people.disable_account(DISABLED, utc_now())
    return client


@contextmanager
def world_at(url: str, folder: Path) -> Iterator[World]:
    """Serve such a clinic for the length of a `with` block."""
    with serving(url, folder) as served:
        nurse = served.sign_in(ACCOUNTS["nurse"])
        opening = nurse.opening("1")
        session = str(nurse.good(nurse.post("/api/v1/sessions", opening))["id"])
        entry = nurse.good(nurse.chart(session, "reading", 5, values=values(124, 78)))["entry"]["id"]
        yield World(
            served=served,
            site=second_site(served),
            session=session,
            patient=opening["patient_id"],
            entry=entry,
            token=new_device_token(served.app.stores.people, served.app.stores.site, "monitor", utc_now()),
            version=nurse.good(nurse.get("/api/v1/protocols"))["items"][0]["id"],
            gone=disabled(served),
        )
