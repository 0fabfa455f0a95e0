"""Two sites behind one door: nothing of the other one is there, and the trail says who asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from models.acting import server
from models.errors import NotStoredNowError
from models.moments import utc_now
from models.people import Role
from models.signing_in import new_device_token
from models.store.trail import TrailStore
from models.trail import Trace
from tests.dashboard.test_wall import routes
from tests.served import PASSWORD, Client, Served, password_hash, values

REASON = "unconscious, no record here"
THERE = (("n.north", Role.NURSE), ("c.north", Role.CLINICIAN), ("r.north", Role.REVIEWER), ("a.north", Role.ADMIN))
NAMES = [name for name, _ in THERE]


@dataclass(frozen=True)
class Two:
    """A patient on chair 1 of the first site, and people of another site, which has a chair 1 of its own."""

    served: Served
    north: str
    ids: dict[str, str]

    def client(self, name: str) -> Client:
        return self.served.sign_in(name)


@pytest.fixture(scope="module")
def two(clinic_server: Served) -> Iterator[Two]:
    """Serve both sites on each database for the whole file."""
    served, app = clinic_server, clinic_server.app
    north = app.clinic.sites.add("North", utc_now()).id
    for name, role in THERE:
        app.stores.people.add_account(north, name, role, password_hash(), utc_now())
    app.clinic.new_chair(north, "1")
    nurse, admin = served.sign_in("m.silva"), served.sign_in("admin")
    opening = nurse.opening("2", patient_id=nurse.add_patient(family="Quillfeather", mrn="77-1234"))
    session = str(nurse.good(nurse.post("/api/v1/sessions", opening))["id"])
    nurse.good(nurse.chart(session, "reading", 5, values=values(124, 78)))
    draft = admin.good(admin.post("/api/v1/protocols/drafts", {}))["id"]
    version = admin.good(admin.get("/api/v1/protocols"))["items"][0]["id"]
    account = app.stores.people.account("m.silva")
    assert account is not None
    new_device_token(app.stores.people, app.stores.site, "monitor", utc_now())
    ids = {
        "session": session,
        "patient": str(opening["patient_id"]),
        "chair": "2",
        "draft": draft,
        "version": version,
        "site": app.stores.site,
        "emergency": str(uuid.uuid4()),
        "account": account.person.id,
        "token": app.stores.people.device_tokens(app.stores.site)[0].id,
    }
    yield Two(served, north, ids)
    served.clear()


def ask(client: Client, method: str, path: str) -> httpx.Response:
    body: dict[str, object] | None = None if method == "GET" else {}
    return client.http.request(method, path, json=body, headers={"X-CSRF-Token": client.csrf})


def lines(two: Two, reader: str, **wanted: str) -> list[dict[str, Any]]:
    client = two.client(reader)
    found: list[dict[str, Any]] = client.good(client.get("/api/v1/trail", **wanted))["items"]
    return found


def chair_in(two: Two, path: str) -> dict[str, str]:
    """Return how a path names the chair: pages by its name, the API by its id."""
    chairs = two.served.app.stores.places.chairs(two.served.app.stores.site)
    return {"chair": chairs[1].id} if path.startswith("/api/") else {}


def test_every_route_that_names_something_of_another_site_finds_nothing(two: Two) -> None:
    named = sorted(one for one in routes(two.served.app) if "{" in one[1] and "package_name" not in one[1])
    found: dict[str, set[int]] = {}

    for method, path in named:
        answers = [ask(two.client(name), method, path.format(**two.ids | chair_in(two, path))) for name in NAMES]
        found[f"{method} {path}"] = {answer.status_code for answer in answers}
        for answer in answers:
            assert "Quillfeather" not in answer.text

    assert len(found) > 15
    assert {codes for codes in map(frozenset, found.values()) if not codes <= {403, 404}} == set()
    assert all(404 in codes for codes in found.values()), "somebody may ask each of them, and finds nothing"


LISTS = ("chairs", "patients", "sessions", "events", "upcoming", "protocols", "protocols/drafts", "emergency-access")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", LISTS)
def test_no_list_has_anything_of_another_site(two: Two, name: str, path: str) -> None:
    answer = two.client(name).get(f"/api/v1/{path}")

    assert answer.status_code in {200, 403}
    for one in ("session", "patient", "draft", "version"):
        assert two.ids[one] not in answer.text
    assert "Quillfeather" not in answer.text


@pytest.mark.parametrize("path", ["/", "/review", "/paper", "/trail", "/settings", "/settings/protocols"])
def test_no_page_says_anything_of_another_site(two: Two, path: str) -> None:
    for name in NAMES:
        client = two.client(name)
        body = {
            "output": "shell-page.children",
            "outputs": {"id": "shell-page", "property": "children"},
            "inputs": [{"id": "shell-location", "property": "pathname", "value": path}],
            "state": [{"id": "shell-location", "property": "search", "value": f"?version={two.ids['version']}"}],
            "changedPropIds": ["shell-location.pathname"],
        }
        drawn = client.post("/_dash-update-component", body)

        assert "Quillfeather" not in drawn.text
        assert two.ids["session"] not in drawn.text or path == "/trail", "the trail has what they asked for themselves"


def test_an_entry_cannot_be_moved_to_another_site_nor_a_patient_seated_from_there(two: Two) -> None:
    nurse = two.client("n.north")
    mine = nurse.seat("1")
    entry = nurse.good(nurse.chart(mine, "note", text="x"))["entry"]["id"]
    body = {"id": str(uuid.uuid4()), "measured_at": utc_now().isoformat(), "entry_id": entry, "reason": "wrong chair"}

    moved = nurse.post(f"/api/v1/sessions/{mine}/moves", body | {"to": two.ids["session"]})
    elsewhere = two.client("m.silva").chair_id("3")
    to_chair = nurse.chart(mine, "move", chair_id=elsewhere)
    seated = nurse.post("/api/v1/sessions", nurse.opening("1") | {"patient_id": two.ids["patient"]})
    there = nurse.post("/api/v1/sessions", nurse.opening("1") | {"chair_id": elsewhere})
    taken = nurse.post("/api/v1/sessions", nurse.opening("1") | {"id": two.ids["session"]})
    nurse.good(nurse.chart(mine, "phase", to="cancelled", reason="went home"))

    assert [one.status_code for one in (moved, to_chair, seated, there)] == [422] * 4
    assert taken.status_code in {404, 409}


def socket(two: Two, name: str, query: str) -> Any:  # noqa: ANN401  # a connection of websockets
    client = two.client(name)
    kept = "; ".join(f"{one}={value}" for one, value in client.http.cookies.items())
    address = f"ws://127.0.0.1:{two.served.port}/live{query}"
    return connect(address, origin=Origin(two.served.url), additional_headers={"Cookie": kept}, proxy=None)


def test_the_live_push_says_nothing_of_another_site(two: Two) -> None:
    with pytest.raises(InvalidStatus):
        socket(two, "n.north", "?page=chair&chair=2")

    with socket(two, "n.north", "?page=board") as listening:
        first = [str(listening.recv(timeout=10)) for _ in range(2)]
        two.client("m.silva").chart(two.ids["session"], "reading", values=values(131, 79))
        heard = [str(listening.recv(timeout=10)) for _ in range(2)]

    assert any('"chair":"1"' in message for message in first)
    for message in (*first, *heard):
        assert '"chair":"2"' not in message
        assert "Quillfeather" not in message
        assert ">131<" not in message


def test_who_works_at_both_sites_acts_at_one_at_a_time(two: Two) -> None:
    app, client = two.served.app, two.served.client()
    app.stores.people.add_account(two.north, "both", Role.NURSE, password_hash(), utc_now())
    app.clinic.sites.join("both", app.stores.site, utc_now())
    client.sign_in("both")
    there, here = "/api/v1/sessions/" + two.ids["session"], f"/api/v1/sites/{app.stores.site}/act"

    before = client.get(there).status_code
    switched = client.post(here).status_code
    after = client.get(there).status_code
    named = {one["name"]: one["acting"] for one in client.good(client.get("/api/v1/sites"))["items"]}
    drawn = client.get("/chair/2").text
    app.clinic.sites.leave("both", app.stores.site)

    assert (before, switched, after) == (404, 204, 200)
    assert named == {"Clinic": True, "North": False}
    assert "Act at North" in drawn
    assert client.get(there).status_code == 404


def test_emergency_access_opens_the_page_with_a_banner_and_ends_by_tap(two: Two) -> None:
    clinician, session = two.client("c.north"), two.ids["session"]
    body = {"site": "Clinic", "chair": "2", "reason": REASON}

    refused = clinician.post("/api/v1/emergency-access", body | {"reason": ""}).status_code
    opened = clinician.good(clinician.post("/api/v1/emergency-access", body))
    page, fold = clinician.get(f"/session/{session}").status_code, clinician.get(f"/api/v1/sessions/{session}")
    banner = clinician.post("/_dash-update-component", _page("/")).text
    ended = clinician.post(f"/api/v1/emergency-access/{opened['id']}/end").status_code

    assert (refused, page, fold.status_code, ended) == (422, 200, 200, 204)
    assert fold.json()["patient"]["family"] == "Quillfeather"
    assert "Emergency access until" in banner
    assert REASON in banner
    assert clinician.get(f"/api/v1/sessions/{session}").status_code == 404
    assert "Emergency access until" not in clinician.post("/_dash-update-component", _page("/")).text
    for reader in ("v.marsh", "r.north", "admin"):
        client = two.client(reader)
        assert [one["reason"] for one in client.good(client.get("/api/v1/emergency-access"))["items"]] == [REASON]
    seen = lines(two, "v.marsh", person="c.north", session=session)
    assert {(one["kind"], one["about"]) for one in seen} >= {
        ("emergency", f"began: {REASON}"),
        ("view", f"emergency: {REASON}"),
        ("emergency", f"ended: {REASON}"),
    }


def _page(path: str) -> dict[str, Any]:
    return {
        "output": "shell-page.children",
        "outputs": {"id": "shell-page", "property": "children"},
        "inputs": [{"id": "shell-location", "property": "pathname", "value": path}],
        "state": [{"id": "shell-location", "property": "search", "value": ""}],
        "changedPropIds": ["shell-location.pathname"],
    }


# The trail


def test_signing_in_and_out_and_failing_are_in_the_trail(two: Two) -> None:
    client = two.served.client()

    client.sign_in("r.okafor", "not the password of anybody")
    client.sign_in("Quillfeather Priya", "my secret words")
    client.sign_in("r.okafor")
    client.post("/api/v1/sign-out")

    mine = lines(two, "v.marsh", person="r.okafor")
    assert [one["kind"] for one in mine][:3] == ["sign_out", "sign_in", "sign_in_failed"]
    assert mine[1]["address"] == "127.0.0.1"
    failed = lines(two, "v.marsh", kind="sign_in_failed")
    assert [one["person"] for one in failed] == [None, "r.okafor"]
    assert "Quillfeather" not in str(failed)
    assert "secret" not in str(failed)


def test_a_refusal_is_in_the_trail_by_the_pattern_of_its_address(two: Two) -> None:
    nurse, admin = two.client("n.north"), two.client("admin")

    nurse.get("/api/v1/patients/Quillfeather")
    nurse.get(f"/api/v1/sessions/{two.ids['session']}")
    admin.get(f"/session/{two.ids['session']}")

    refused = lines(two, "r.north", kind="refused", person="n.north")
    about = {(one["about"], one["session"]) for one in refused}
    assert ("404 GET /api/v1/patients/{patient}", None) in about
    assert ("404 GET /api/v1/sessions/{session}", two.ids["session"]) in about
    assert "Quillfeather" not in str(refused)
    assert [
        one["about"] for one in lines(two, "v.marsh", kind="refused", person="admin", session=two.ids["session"])
    ] == ["403 GET /session/{session}"]


def test_every_way_to_look_at_a_record_is_in_the_trail(two: Two) -> None:
    session = two.ids["session"]
    ways = {
        "v.marsh": f"/api/v1/sessions/{session}",
        "a.lindqvist": f"/api/v1/sessions/{session}/entries",
        "r.okafor": f"/session/{session}",
        "m.silva": "/chair/2",
    }
    for name, path in ways.items():
        client = two.served.client()
        client.sign_in(name)
        client.get(path)

    seen = lines(two, "v.marsh", kind="view", session=session)

    assert {one["person"] for one in seen} >= set(ways)
    assert {one["patient"] for one in seen} == {two.ids["patient"]}
    assert lines(two, "v.marsh", mrn="77-1234", kind="view", person="r.okafor") != []
    assert lines(two, "v.marsh", mrn="no such number") == []


def test_an_export_that_cannot_be_written_down_is_not_given_out(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    nurse, path = two.client("m.silva"), f"/api/v1/sessions/{two.ids['session']}/record.csv"

    given = nurse.get(path)
    with monkeypatch.context() as patched:
        patched.setattr(TrailStore, "add", _refuses)
        refused = nurse.get(path)
        charted = nurse.chart(two.ids["session"], "note", text="charting goes on")

    assert given.status_code == 200
    assert refused.status_code == 503
    assert "seq,kind" not in refused.text
    assert charted.status_code == 201
    assert [one["about"] for one in lines(two, "v.marsh", kind="export")] == ["csv"]


def _refuses(*_asked: object, **_more: object) -> None:
    raise NotStoredNowError("Not now.")


def test_changes_of_settings_and_protocols_are_in_the_trail(two: Two) -> None:
    admin, clinician = two.client("admin"), two.client("a.lindqvist")

    admin.good(admin.post("/api/v1/chairs", {"name": "Bay 9"}))
    version = two.ids["version"]
    clinician.good(clinician.post(f"/api/v1/protocols/{version}/sign-off", {"meaning": "reviewed"}))

    assert lines(two, "admin", kind="settings")[0]["about"] == "chair Bay 9 added"
    assert lines(two, "admin", kind="protocol")[0]["about"] == f"signed off {version}"


def test_an_admin_reads_the_trail_without_names_and_looks_for_no_record_number(two: Two) -> None:
    admin = two.client("admin")

    assert "Quillfeather" not in admin.get("/api/v1/trail").text
    assert "77-1234" not in admin.get("/api/v1/trail").text
    assert admin.get("/api/v1/trail", mrn="77-1234").status_code == 403
    assert admin.get("/api/v1/trail", kind="nonsense").status_code == 422
    assert two.client("m.silva").get("/api/v1/trail").status_code == 403


def test_the_trail_goes_on_page_by_page(two: Two) -> None:
    trail = two.served.app.clinic.trail
    for number in range(60):
        trail.view(server(two.north), Trace.LIST, about=f"number {number}")

    reader = two.client("r.north")
    first = reader.good(reader.get("/api/v1/trail", person="server", kind="list"))
    then = reader.good(reader.get("/api/v1/trail", person="server", kind="list", after=first["next"]))

    assert [one["about"] for one in (*first["items"], *then["items"])] == [f"number {n}" for n in range(59, -1, -1)]
    assert (len(first["items"]), then["next"]) == (50, None)


def test_what_waits_and_what_was_lost_is_counted(two: Two) -> None:
    said = two.served.client().get("/metrics").text

    assert "chairside_trail_waiting " in said
    assert "chairside_trail_lost_total 0" in said
    assert PASSWORD not in said
