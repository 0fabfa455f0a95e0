"""A record full of scripts, opened in a real browser by everybody who may: nothing runs, and no policy is broken."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from models.moments import utc_now
from models.people import Role
from tests.browser.test_journey import sign_in
from tests.served import ALL_NO, PASSWORD, Client, Served, serving, values
from tests.wall.whole import cut, visit

BUNDLES: Final = (
    '"><img src=x onerror="window.__hit=1"><script>window.__hit=1</script>',
    "'><svg/onload=window.__hit=1></textarea></title></script><script>window.__hit=1</script>",
    "javascript:window.__hit=1//{{constructor.constructor('window.__hit=1')()}}${window.__hit=1}<%=1%>\u202evil\u202c",
    "<iframe srcdoc='<script>parent.__hit=1</script>'></iframe><a href='javascript:window.__hit=1' autofocus>x</a>",
)
WATCH: Final = """
window.__broken = [];
document.addEventListener('securitypolicyviolation', event =>
  window.__broken.push(event.effectiveDirective + ' ' + event.blockedURI));
"""
PEOPLE: Final = {
    "nurse": "m.silva",
    "clinician": "a.lindqvist",
    "reviewer": "v.marsh",
    "admin": "admin",
    "wall": "wall",
}
READERS: Final = ("nurse", "clinician", "reviewer")


@dataclass
class Eyes:
    """One person's browser, which notes every dialog, every error and every frame that should not be."""

    context: BrowserContext
    url: str
    seen: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page, and wait until it has drawn what it shows."""
        page = self.context.new_page()
        page.on("dialog", self._dismiss)
        page.on("pageerror", lambda error: self.seen.append(f"error {error}"))
        page.on("console", lambda said: self.seen.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(f"{self.url}{path}")
        page.locator("main, h1, pre, [data-testid=chair-card]").first.wait_for()
        return page

    def _dismiss(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def judge(self, page: Page, path: str) -> None:
        """Assert that nothing ran on a page, then close it."""
        links = "[href^='javascript' i], [src^='javascript' i], [onerror], [onload], [onfocus], iframe, object, embed"
        assert page.evaluate("window.__hit") is None, path
        assert page.evaluate("window.__broken") == [], path
        assert page.locator(links).count() == 0, path
        assert page.evaluate(
            "[...document.scripts].every(one => one.src || one.type === 'application/json' || one.id)"
        ), path
        assert self.seen == [], path
        page.close()

    def visit(self, path: str) -> str:
        """Open a page, judge it, and return what it says."""
        page = self.open(path)
        said: Any = page.evaluate(
            "document.body.textContent + [...document.querySelectorAll('input,textarea')].map(o => o.value).join(' ')"
        )
        self.judge(page, path)
        return str(said)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one clinic for the whole file: each test has chairs of its own."""
    folder = tmp_path_factory.mktemp("clinic")
    with serving(f"sqlite:///{folder / 'chairside.db'}", folder, tuple("123456")) as found:
        yield found


@pytest.fixture(scope="module")
def eyes(chromium: Browser, clinic: Served) -> Iterator[dict[str, Eyes]]:
    """Give the signed-in browser of each role; service workers are off, so that every page comes from the server."""
    found = {}
    for who, name in PEOPLE.items():
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
        context.add_init_script(WATCH)
        found[who] = Eyes(context, clinic.url)
        page = context.new_page()
        page.goto(f"{clinic.url}/sign-in")
        answer = context.request.post(f"{clinic.url}/api/v1/sign-in", data={"username": name, "password": PASSWORD})
        assert answer.ok
        page.close()
    yield found
    for one in found.values():
        one.context.close()


def test_no_text_of_a_session_runs_on_any_page_while_it_lasts_nor_after(eyes: dict[str, Eyes], clinic: Served) -> None:
    clinician = clinic.sign_in("a.lindqvist")
    visits = [visit(clinician, str(place), cut(text)) for place, text in enumerate(BUNDLES, 1)]

    for who in (*READERS, "wall"):
        eyes[who].visit("/")
        eyes[who].visit("/?wall")
    for who in ("nurse", "clinician"):
        eyes[who].visit("/paper")
        for place, one in enumerate(visits, 1):
            assert BUNDLES[place - 1][:20] in eyes[who].visit(f"/chair/{place}")
            eyes[who].visit(f"/back-entry/{one.session}")

    for one in visits:
        one.end()
    for who in READERS:
        for place, one in enumerate(visits, 1):
            assert BUNDLES[place - 1] in eyes[who].visit(f"/session/{one.session}")
        eyes[who].visit("/")
    for one in visits:
        patient = clinician.session(one.session)["patient"]["id"]
        for who in READERS:
            eyes[who].visit(f"/patient/{patient}")
    for who in ("clinician", "reviewer"):
        assert BUNDLES[0] in eyes[who].visit("/review")
    eyes["nurse"].visit("/chair/1")


def test_no_text_runs_that_comes_over_the_live_socket(eyes: dict[str, Eyes], clinic: Served) -> None:
    nurse = clinic.sign_in("m.silva")
    session = nurse.seat("5", minutes_ago=30)
    pages = {path: eyes["nurse"].open(path) for path in ("/", "/chair/5")}
    for page in pages.values():
        page.wait_for_selector("html[data-live=live]")

    for text in BUNDLES:
        nurse.good(nurse.chart(session, "note", text=text))
        nurse.good(nurse.chart(session, "handover", to="r.okafor", text=text))
        nurse.good(nurse.chart(session, "reading", values=values(124, 78), symptoms=["headache"]))
        nurse.good(nurse.chart(session, "hold", reason=text))
    expect(pages["/chair/5"].locator("body")).to_contain_text(BUNDLES[-1][:20])

    for path, page in pages.items():
        eyes["nurse"].judge(page, path)


def published(admin: Client, text: str) -> str:
    """Publish a protocol whose name, sources and words are hostile; return the version."""
    path = "/api/v1/protocols/drafts"
    draft = admin.good(admin.post(path, {}))
    limits = {vital: one | {"source": text} for vital, one in draft["protocol"]["limits"].items()}
    words = {"texts": {"SBP_HIGH": text[:200]}, "source": text}
    body = draft["protocol"] | {"name": text[:70] + uuid.uuid4().hex[:6], "limits": limits, "do_this": words}
    saved = {"revision": draft["revision"], "protocol": body}
    headers = {"X-CSRF-Token": admin.csrf}
    admin.good(admin.http.put(f"{path}/{draft['id']}", json=saved, headers=headers))
    return str(admin.good(admin.post(f"{path}/{draft['id']}/publish", {"reason": text}))["id"])


def test_no_text_of_a_protocol_runs(eyes: dict[str, Eyes], clinic: Served) -> None:
    admin, clinician = clinic.sign_in("admin"), clinic.sign_in("a.lindqvist")
    for text in ("".join(BUNDLES[:2]), "".join(BUNDLES[2:])):
        version = published(admin, text)
        clinician.good(clinician.post(f"/api/v1/protocols/{version}/sign-off", {"meaning": text}))
        draft = admin.good(admin.post("/api/v1/protocols/drafts", {"from": version}))["id"]

        for who in (*READERS, "admin"):
            assert text[:20] in eyes[who].visit(f"/settings/protocols?version={version}")
        eyes["admin"].visit(f"/settings/protocols?draft={draft}")
    for who in (*READERS, "admin"):
        eyes[who].visit("/settings/protocols")
    eyes["admin"].visit("/settings")


def test_no_text_of_accounts_devices_sites_and_emergencies_runs(eyes: dict[str, Eyes], clinic: Served) -> None:
    admin, clinician, app = clinic.sign_in("admin"), clinic.sign_in("a.lindqvist"), clinic.app
    for text in BUNDLES:
        name = f"{uuid.uuid4().hex[:6]}{text}"[:60]
        admin.good(admin.post("/api/v1/people", {"name": name, "role": "nurse", "password": PASSWORD}))
        admin.good(admin.post("/api/v1/people/tokens", {"name": name}))
        site = app.clinic.sites.add(name, utc_now()).id
        app.clinic.sites.join("m.silva", site, utc_now())
        _hostile_emergency(clinic, clinician, site, text)
        assert name in eyes["admin"].visit("/settings/people")

    for who, path in (("nurse", "/"), ("nurse", "/account"), ("clinician", "/emergency"), ("clinician", "/")):
        eyes[who].visit(path)
    app.clinic.trail.flush()
    assert BUNDLES[0] in eyes["reviewer"].visit("/trail")
    eyes["admin"].visit("/trail")


def _hostile_emergency(clinic: Served, clinician: Client, site: str, text: str) -> None:
    """Seat somebody at another site, and open that record in an emergency for a hostile reason."""
    app, name = clinic.app, uuid.uuid4().hex[:8]
    known = app.stores.people.account("m.silva")
    assert known is not None
    app.stores.people.add_account(site, name, Role.NURSE, known.password_hash, utc_now())
    app.clinic.new_chair(site, "1")
    session = clinic.sign_in(name).seat("1", minutes_ago=30)
    body = {"session": session, "reason": f"cannot wait {text}"}
    clinician.good(clinician.post("/api/v1/emergency-access", body))


@pytest.mark.parametrize("text", BUNDLES)
def test_no_text_of_an_address_runs(eyes: dict[str, Eyes], text: str) -> None:
    from urllib.parse import quote  # noqa: PLC0415  # wanted here alone

    sent = quote(text, safe="")
    for path in (f"/sign-in?next={sent}", f"/?{sent}", f"/paper?start={sent}&chair={sent}&minutes={sent}", "/settings"):
        eyes["nurse"].visit(path)
    for path in (f"/chair/{sent}", f"/session/{sent}", f"/review?from={sent}&term={sent}", f"/patient/{sent}"):
        eyes["clinician"].visit(path)
    eyes["admin"].visit(f"/settings/protocols?draft={sent}&version={sent}&from={sent}")


def test_an_account_with_a_hostile_name_is_text_as_well(eyes: dict[str, Eyes], clinic: Served) -> None:
    people, known = clinic.app.stores.people, clinic.app.stores.people.account("m.silva")
    assert known is not None
    name = BUNDLES[0][:60]
    people.add_account(clinic.app.stores.site, name, Role.NURSE, known.password_hash, utc_now())
    client = clinic.client()
    assert client.sign_in(name).status_code == 200
    session = client.seat("6", minutes_ago=30)
    client.good(client.chart(session, "screening", 25, answers=ALL_NO))

    for who in READERS:
        assert name in eyes[who].visit(f"/session/{session}")
    eyes["nurse"].visit("/chair/6")


def test_a_script_that_did_get_in_would_be_seen_and_stopped(chromium: Browser, clinic: Served) -> None:
    """The control of this file: what is looked for is found where it is, and the policy keeps it from running."""
    context = chromium.new_context(service_workers="block", base_url=clinic.url)
    context.add_init_script(WATCH)
    page = sign_in(context.new_page(), "m.silva", "/chair/1")

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.__hit=1\">')")
    page.locator("img[src=x]").wait_for(state="attached")
    page.evaluate("new Promise(done => setTimeout(done, 300))")

    assert page.evaluate("window.__hit") is None
    assert "script-src" in page.evaluate("window.__broken")[0]
    context.close()
