"""A request for every route: a body that would be stored where it changes something, else an address that is there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard.app import Chairside
from models.moments import utc_now
from models.people import Role
from models.signing_in import new_device_token
from tests.served import PASSWORD, Json, ago, values
from tests.wall.world import ACCOUNTS, DISABLED, World

SUITES = "/_dash-component-suites/{package_name}/{fingerprinted_path:path}"
ENDS_A_SESSION = frozenset({"/api/v1/sign-in", "/api/v1/sign-out", "/api/v1/lock", "/api/v1/switch"})
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


def _elsewhere(world: World) -> str:
    """Seat somebody at the other site, and return the session."""
    nurse = world.client("elsewhere")
    chair = world.served.app.clinic.new_chair(world.site, f"E9{uuid.uuid4().hex[:12]}").id
    opening: Json = {
        "chair_id": chair,
        "patient_id": nurse.add_patient(family="Okoye", given="Ada"),
        "weight_kg": 70,
        "arrived_at": ago(30),
        "plan": {"dose_mg": 40, "duration_min": 60, "rate_mg_h": 40},
    }
    return str(nurse.good(nurse.post("/api/v1/sessions", opening))["id"])


def _begin(world: World, _who: str) -> Call:
    return Call("/api/v1/emergency-access", {"session": _elsewhere(world), "reason": "rash, unknown dose"}, 201)


def _end(world: World, _who: str) -> Call:
    clinician, begin = world.client("clinician"), _begin(world, "clinician")
    opened = clinician.good(clinician.post(begin.path, begin.body))["id"]
    return Call(f"/api/v1/emergency-access/{opened}/end", {}, 204)


def _act(world: World, who: str) -> Call:
    return Call(f"/api/v1/sites/{world.served.app.stores.site}/act", {}, 404 if who == "device" else 204)


def _chair(world: World, what: str, body: Json) -> Call:
    return Call(f"/api/v1/chairs/{world.chair()}/{what}", body)


def spare_account(world: World) -> str:
    """Add an account that a test may change as it likes, and return its id."""
    stores, known = world.served.app.stores, world.served.app.stores.people.account("m.silva")
    assert known is not None
    return stores.people.add_account(stores.site, uuid.uuid4().hex[:12], Role.NURSE, known.password_hash, utc_now()).id


def _person(what: str, body: Json, success: int = 200) -> Callable[[World, str], Call]:
    return lambda world, _who: Call(f"/api/v1/people/{spare_account(world)}/{what}", body, success)


def _revoke(world: World, _who: str) -> Call:
    stores, name = world.served.app.stores, uuid.uuid4().hex[:12]
    new_device_token(stores.people, stores.site, name, utc_now())
    token = next(one.id for one in stores.people.device_tokens(stores.site) if one.name == name)
    return Call(f"/api/v1/people/tokens/{token}/revoke", {}, 204)


def _add_person(_world: World, _who: str) -> Call:
    body = {"name": uuid.uuid4().hex[:12], "role": "nurse", "password": _ANOTHER}
    return Call("/api/v1/people", body, 201)


def placed(world: World, path: str, **named: str) -> str:
    """Return an address with everything in it that is there; what nobody names is not."""
    chair = world.served.app.stores.places.chairs(world.served.app.stores.site)[0]
    there = {
        "session": world.session,
        "patient": world.patient,
        "chair": chair.id if path.startswith("/api/") else chair.name,
        "version": world.version,
        "account": world.account,
    }
    nothing = dict.fromkeys(("draft", "token", "site", "emergency"), str(uuid.UUID(int=0)))
    return path.format(**(nothing | there | named))


_ANOTHER = "copper-lantern-slow-orchard"
PROVEN_ELSEWHERE = frozenset(
    {
        "/api/v1/switch",
        "/api/v1/account/password",
        "/api/v1/account/second-factor/confirm",
        "/api/v1/account/second-factor/remove",
        "/api/v1/people/{account}/second-factor/reset",
    }
)
"""What changes how everybody signs in here: refused in these tests, done in those of accounts and of switching."""

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
    ("POST", "/api/v1/sites/{site}/act"): _act,
    ("POST", "/api/v1/emergency-access"): _begin,
    ("POST", "/api/v1/emergency-access/{emergency}/end"): _end,
    ("POST", "/api/v1/chairs/{chair}/state"): lambda world, _who: _chair(world, "state", {"state": "reserved"}),
    ("POST", "/api/v1/chairs/{chair}/nurse"): lambda world, _who: _chair(world, "nurse", {"take": True}),
    ("POST", "/api/v1/used"): lambda _world, _who: Call("/api/v1/used", {}, 204),
    ("POST", "/api/v1/lock"): lambda _world, _who: Call("/api/v1/lock", {}, 204),
    ("POST", "/api/v1/switch"): lambda _world, _who: Call("/api/v1/switch", {"username": "nobody", "pin": "2580"}, 401),
    ("POST", "/api/v1/account/pin"): lambda _world, _who: Call(
        "/api/v1/account/pin", {"pin": "2580", "password": PASSWORD}, 201
    ),
    ("DELETE", "/api/v1/account/pin"): lambda _world, _who: Call("/api/v1/account/pin", None, 204),
    ("POST", "/api/v1/account/password"): lambda _world, _who: Call(
        "/api/v1/account/password", {"password": PASSWORD, "new_password": PASSWORD}, 422
    ),
    ("POST", "/api/v1/account/second-factor"): lambda _world, _who: Call(
        "/api/v1/account/second-factor", {"password": PASSWORD}, 201
    ),
    ("POST", "/api/v1/account/second-factor/confirm"): lambda _world, _who: Call(
        "/api/v1/account/second-factor/confirm", {"code": "none"}, 422
    ),
    ("POST", "/api/v1/account/second-factor/remove"): lambda _world, _who: Call(
        "/api/v1/account/second-factor/remove", {"password": PASSWORD}, 409
    ),
    ("POST", "/api/v1/wall"): lambda _world, _who: Call("/api/v1/wall", {"names": "initials"}),
    ("POST", "/api/v1/people"): _add_person,
    ("POST", "/api/v1/people/tokens"): lambda _world, _who: Call(
        "/api/v1/people/tokens", {"name": uuid.uuid4().hex[:12]}, 201
    ),
    ("POST", "/api/v1/people/tokens/{token}/revoke"): _revoke,
    ("POST", "/api/v1/people/{account}/disable"): _person("disable", {}),
    ("POST", "/api/v1/people/{account}/enable"): _person("enable", {}),
    ("POST", "/api/v1/people/{account}/role"): _person("role", {"role": "reviewer"}),
    ("POST", "/api/v1/people/{account}/password"): _person("password", {"password": _ANOTHER}),
    ("POST", "/api/v1/people/{account}/second-factor/reset"): _person(
        "second-factor/reset", {"password": _ANOTHER}, 409
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
    draft = {"draft": world.draft()["id"]} if "{draft}" in path else {}
    asked = "?from=" + world.version if path.endswith("/differences") else ""
    return Call((FILES.get(path) or placed(world, path, **draft)) + asked)


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
