"""A request for every route: a body that would be stored where it changes something, else an address that is there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard.app import Chairside
from tests.served import PASSWORD, Json, ago, values
from tests.wall.world import ACCOUNTS, DISABLED, World

SUITES = "/_dash-component-suites/{package_name}/{fingerprinted_path:path}"
FILES = {"/assets": "/assets/base.css", SUITES: "/_dash-component-suites/dash/html/dash_html_components.min.js"}


@dataclass(frozen=True)
class Call:
    """One request: its address, what it sends, and the code with which it succeeds."""

    path: str
    body: Any = None
    success: int = 200


def _patient() -> Json:
    mrn = f"60-{uuid.uuid4().hex[:8]}"
    return {"mrn": mrn, "family": "Osei", "given": "Ama", "birth_date": "1980-01-02", "sex": "female"}


def _sign_in(_world: World, who: str) -> Call:
    name = DISABLED if who == "disabled" else ACCOUNTS.get(who, ACCOUNTS["nurse"])
    said = {"username": name, "password": PASSWORD}
    return Call("/api/v1/sign-in", said, 401 if who == "disabled" else 200)


def _seat(world: World, _who: str) -> Call:
    nurse = world.client("nurse")
    body = nurse.opening("1") | {"chair_id": world.chair(), "id": str(uuid.uuid4())}
    return Call("/api/v1/sessions", body, 201)


def _entry(world: World, who: str) -> Call:
    said: Json = {"kind": "reading", "values": values(121, 77)} if who == "device" else {"kind": "note", "text": "calm"}
    body = {"id": str(uuid.uuid4()), "measured_at": ago(0)} | said
    return Call(f"/api/v1/sessions/{world.session}/entries", body, 201)


def _move(world: World, who: str) -> Call:
    """Move what this person charted, so that only who may move at all decides."""
    writer = world.client(who if who in {"nurse", "clinician"} else "nurse")
    entry = writer.good(writer.chart(world.session, "reading", 3, values={"hr": 71}))["entry"]["id"]
    nurse = world.client("nurse")
    opening = nurse.opening("1") | {"chair_id": world.chair()}
    other = nurse.good(nurse.post("/api/v1/sessions", opening))["id"]
    body = {"id": str(uuid.uuid4()), "measured_at": ago(0), "entry_id": entry, "to": other, "reason": "wrong chair"}
    return Call(f"/api/v1/sessions/{world.session}/moves", body, 201)


def _save(world: World, _who: str) -> Call:
    draft = world.draft()
    body = {"revision": draft["revision"], "protocol": draft["protocol"]}
    return Call(f"/api/v1/protocols/drafts/{draft['id']}", body)


def _address(world: World, draft: str = "") -> dict[str, str]:
    return {"session": world.session, "patient": world.patient, "chair": "1", "version": world.version, "draft": draft}


CHANGES: dict[tuple[str, str], Callable[[World, str], Call]] = {
    ("POST", "/api/v1/sign-in"): _sign_in,
    ("POST", "/api/v1/sign-out"): lambda _world, _who: Call("/api/v1/sign-out", {}, 204),
    ("POST", "/api/v1/chairs"): lambda _world, _who: Call("/api/v1/chairs", {"name": uuid.uuid4().hex[:12]}, 201),
    ("POST", "/api/v1/patients"): lambda _world, _who: Call("/api/v1/patients", _patient(), 201),
    ("POST", "/api/v1/sessions"): _seat,
    ("POST", "/api/v1/sessions/{session}/entries"): _entry,
    ("POST", "/api/v1/sessions/{session}/moves"): _move,
    ("POST", "/api/v1/protocols/drafts"): lambda _world, _who: Call("/api/v1/protocols/drafts", {}, 201),
    ("PUT", "/api/v1/protocols/drafts/{draft}"): _save,
    ("DELETE", "/api/v1/protocols/drafts/{draft}"): lambda world, _who: Call(
        f"/api/v1/protocols/drafts/{world.draft()['id']}", None, 204
    ),
    ("POST", "/api/v1/protocols/drafts/{draft}/publish"): lambda world, _who: Call(
        f"/api/v1/protocols/drafts/{world.draft()['id']}/publish", {"reason": "agreed"}, 201
    ),
    ("POST", "/api/v1/protocols/{version}/sign-off"): lambda world, _who: Call(
        f"/api/v1/protocols/{world.version}/sign-off", {"meaning": "agreed"}, 201
    ),
}
"""Each makes its request anew, with everything that it needs to be stored."""


def call(world: World, method: str, path: str, who: str) -> Call:
    """Return a request for a route that would succeed for whoever may make it.

    Raises:
        KeyError: the route changes something, and nobody has said yet what it is sent.
    """
    if method != "GET":
        return CHANGES[method, path](world, who)
    draft = world.draft()["id"] if "{draft}" in path else ""
    asked = "?from=" + world.version if path.endswith("/differences") else ""
    return Call((FILES.get(path) or path.format(**_address(world, draft))) + asked)


def callback(app: Chairside, output: str, *, trigger: bool = True, **given: object) -> Json:
    """Return the body that the browser sends for a callback, with ``given`` values by component id."""
    declared = app.dash.callback_map[output]
    single = not output.startswith("..")
    outputs = [
        {"id": one.rpartition(".")[0], "property": one.rpartition(".")[2]} for one in output.strip(".").split("...")
    ]

    def sent(part: str) -> list[Json]:
        return [
            {"id": str(one["id"]), "property": one["property"], "value": given.get(str(one["id"]).replace("-", "_"))}
            for one in declared[part]
        ]

    changed = [f"{one['id']}.{one['property']}" for one in declared["inputs"]] if trigger else []
    return {
        "output": output,
        "outputs": outputs[0] if single else outputs,
        "inputs": sent("inputs"),
        "state": sent("state"),
        "changedPropIds": changed[:1],
    }
