"""Real charted vitals through the whole API, on both databases: none altered, none dropped, all accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import pytest

from dashboard.api_client import AnswerError, Api
from dashboard.app import Chairside, create_app, open_stores
from dashboard.charted import Chart, UnreadableFileError, parse_chart, read_chart
from dashboard.replay import Replay, ReplayError, replay_command
from dashboard.replay_report import KEPT, Outcome, Report
from dashboard.settings import read
from dashboard.ward import SetClock
from models.passwords import hashed
from models.people import Person, Role

NOW = datetime(2026, 3, 6, 14, 20, tzinfo=UTC)
PASSWORD = "amber-teapot-quiet-harbour"
HASH = hashed(PASSWORD)
HEAD = "case,minute,sbp,dbp,hr,rr,spo2\n"
ASKED_AND_NEVER_REFUSED = {"sbp": (30, 300), "dbp": (20, 200), "hr": (20, 250), "rr": (0, 60), "spo2": (50, 100)}

Transport = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


@pytest.fixture
def chairside(database_url: str, tmp_path: Path) -> Iterator[Chairside]:
    yield from served(database_url, tmp_path)


@pytest.fixture
def one_engine(sqlite_url: str, tmp_path: Path) -> Iterator[Chairside]:
    """Serve on one database what does not depend on it."""
    yield from served(sqlite_url, tmp_path)


def served(url: str, folder: Path) -> Iterator[Chairside]:
    settings = replace(read({"CHAIRSIDE_DATA_DIR": str(folder)}), database_url=url)
    stores = open_stores(settings, now=NOW)
    app = create_app(settings, stores=stores, clock=SetClock(NOW))
    for role in (Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.ADMIN):
        stores.people.add_account(stores.site, role.value, role, HASH, NOW)
    for name in ("1", "2", "3"):
        app.clinic.new_chair(stores.site, name)
    yield app
    stores.database.close()


@asynccontextmanager
async def signed_in(app: Chairside, user: str, transport: Transport | None = None) -> AsyncIterator[Api]:
    inner: httpx.AsyncBaseTransport = httpx.ASGITransport(app=app.asgi)
    async with httpx.AsyncClient(
        base_url="http://127.0.0.1:8050", transport=transport(inner) if transport else inner
    ) as client:
        api = Api(client, sleep=at_once)
        await api.sign_in(user, PASSWORD)
        yield api


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


def replayed(app: Chairside, chart: Chart, user: str = "clinician", transport: Transport | None = None) -> Report:
    report = Report(chart)

    async def run() -> None:
        async with signed_in(app, user, transport) as api:
            await Replay(report).run(api)

    asyncio.run(run())
    return report


def chart_of(*lines: str) -> Chart:
    return parse_chart((HEAD + "\n".join(lines)).encode(), "vitals.csv")


def clinician(app: Chairside) -> Person:
    account = app.stores.people.account("clinician")
    assert account is not None
    return account.person


class Disturbed(httpx.AsyncBaseTransport):
    """A network that loses the answers for which ``loses`` says so, after the server has acted."""

    def __init__(self, inner: httpx.AsyncBaseTransport, loses: Callable[[httpx.Request], bool]) -> None:
        self.inner, self.loses = inner, loses

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if self.loses(request):
            raise httpx.ReadError("the answer was lost", request=request)
        return answer


class Altering(httpx.AsyncBaseTransport):
    """A server that reads back another systolic than was charted."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if request.method != "GET" or not request.url.path.endswith("/entries"):
            return answer
        told = orjson.loads(await answer.aread())
        for item in told["items"]:
            if "sbp" in item.get("values", {}):
                item["values"]["sbp"] += 1
        return httpx.Response(200, json=told)


def test_ten_real_cases_are_stored_as_charted_or_refused_for_a_reason(chairside: Chairside, data: Path) -> None:
    chart = read_chart(data / "charted_vitals.csv")

    report = replayed(chairside, chart)

    assert report.problems == []
    assert report.unaccounted == 0
    assert sum(report.count(outcome) for outcome in Outcome) == 145
    assert report.count(Outcome.NOT_SENT) == 0
    assert report.sessions == 10
    assert report.read_back == report.count(Outcome.STORED) + report.count(Outcome.CONFIRMED) > 100
    assert report.exit_code == 0
    for result in report.results:
        assert (result.outcome is Outcome.REFUSED) == refused_by_the_book(dict(result.row.values)), result


def refused_by_the_book(values: dict[str, float]) -> bool:
    """Say whether the table of what is accepted refuses these values, read apart from the product's own code."""
    bands = any(not low <= values[key] <= high for key, (low, high) in ASKED_AND_NEVER_REFUSED.items() if key in values)
    one_alone = ("sbp" in values) != ("dbp" in values)
    crossed = {"sbp", "dbp"} <= values.keys() and values["sbp"] <= values["dbp"]
    return bool(values) and (bands or one_alone or crossed)


def test_what_is_unusual_is_confirmed_by_the_book(one_engine: Chairside, data: Path) -> None:
    usual = {"sbp": (70, 220), "dbp": (40, 130), "hr": (40, 150), "rr": (6, 35), "spo2": (85, 100)}

    report = replayed(one_engine, read_chart(data / "charted_vitals.csv"))

    for result in report.results:
        if result.outcome in KEPT:
            values = result.row.values
            odd = any(not low <= values[key] <= high for key, (low, high) in usual.items() if key in values)
            assert (result.outcome is Outcome.CONFIRMED) == odd, result


def test_the_record_holds_the_minutes_of_the_file(one_engine: Chairside) -> None:
    chart = chart_of("a,0,120,80,70,,", "a,24,125,82,71,15,98", "a,90,118,79,69,,")

    replayed(one_engine, chart)
    view = one_engine.clinic.sessions(clinician(one_engine), "closed").items[0]

    assert [one.minute for one in view.readings] == [0, 24, 90]
    assert view.started_at == view.arrived_at
    assert view.minute(view.pump.stopped_at or NOW) == 60
    assert view.patient.mrn == "REPLAY-a"
    assert view.disputed == {}


def test_every_chair_is_free_again_and_a_second_replay_finds_the_patients(one_engine: Chairside) -> None:
    chart = chart_of(*(f"{case},0,120,80,70,," for case in "abcdefg"))

    first, second = replayed(one_engine, chart), replayed(one_engine, chart)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert all(one.view is None for one in one_engine.clinic.board(clinician(one_engine)))
    assert len(one_engine.clinic.find_patients(clinician(one_engine), "REPLAY")) == 7


def test_a_nurse_replays_a_start_that_happened(one_engine: Chairside) -> None:
    report = replayed(one_engine, chart_of("a,0,120,80,70,,"), "nurse")

    view = one_engine.clinic.sessions(clinician(one_engine), "closed").items[0]
    assert report.exit_code == 0
    assert len(view.disputed) == 1


def test_an_empty_row_is_counted_and_not_stored(one_engine: Chairside) -> None:
    report = replayed(one_engine, chart_of("a,0,120,80,70,,", "a,5,,,,,"))

    assert report.count(Outcome.EMPTY) == 1
    assert report.exit_code == 0


def test_a_pressure_alone_is_refused_and_no_reason_invented(one_engine: Chairside) -> None:
    report = replayed(one_engine, chart_of("a,0,120,,70,,"))

    assert report.count(Outcome.REFUSED) == 1
    assert "DBP is missing" in report.text()


def test_only_a_role_that_seats_patients_replays(one_engine: Chairside) -> None:
    for role in ("reviewer", "admin"):
        with pytest.raises(ReplayError, match=f"The role {role} cannot seat patients"):
            replayed(one_engine, chart_of("a,0,120,80,70,,"), role)


def test_without_a_free_chair_nothing_is_sent(sqlite_url: str, tmp_path: Path) -> None:
    settings = replace(read({"CHAIRSIDE_DATA_DIR": str(tmp_path)}), database_url=sqlite_url)
    stores = open_stores(settings, now=NOW)
    stores.people.add_account(stores.site, "clinician", Role.CLINICIAN, HASH, NOW)

    with pytest.raises(ReplayError, match="No chair is free"):
        replayed(create_app(settings, stores=stores, clock=SetClock(NOW)), chart_of("a,0,120,80,70,,"))

    stores.database.close()


def test_an_answer_lost_on_the_way_stores_nothing_twice(chairside: Chairside) -> None:
    lost: list[str] = []

    def first_of_each(request: httpx.Request) -> bool:
        key = f"{request.method} {request.url.path} {request.content.decode()}"
        known = key in lost
        lost.append(key)
        return not known and b'"reading"' in request.content

    chart = chart_of("a,0,120,80,70,,", "a,5,125,82,71,,", "a,10,225,82,71,,")
    report = replayed(chairside, chart, transport=lambda inner: Disturbed(inner, first_of_each))

    view = chairside.clinic.sessions(clinician(chairside), "closed").items[0]
    assert report.exit_code == 0
    assert [report.count(outcome) for outcome in (Outcome.STORED, Outcome.CONFIRMED)] == [2, 1]
    assert len(view.readings) == 3


def test_a_server_that_stays_away_leaves_rows_unsent_and_says_so(one_engine: Chairside) -> None:
    def from_the_second_row(request: httpx.Request) -> bool:
        return b'"hr":71' in request.content

    chart = chart_of("a,0,120,80,70,,", "a,5,125,82,71,,", "a,10,126,82,72,,")
    report = replayed(one_engine, chart, transport=lambda inner: Disturbed(inner, from_the_second_row))

    assert report.count(Outcome.NOT_SENT) == 2
    assert report.unaccounted == 0
    assert report.exit_code == 1
    assert "No answer from" in report.text()


def test_a_value_that_reads_back_differently_is_a_fault(one_engine: Chairside) -> None:
    report = replayed(one_engine, chart_of("a,0,120,80,70,,"), transport=Altering)

    assert report.exit_code == 1
    assert "the record holds {'sbp': 121" in report.text()


def test_live_rows_wait_for_their_moment(one_engine: Chairside) -> None:
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    async def run() -> None:
        async with signed_in(one_engine, "clinician") as api:
            api.sleep = noted
            await Replay(Report(chart_of("a,0,120,80,70,,", "a,30,125,82,71,,")), speed=60).run(api)

    asyncio.run(run())

    assert [round(wait) for wait in waits] == [30, 30, 30]


def test_a_wrong_password_says_so(one_engine: Chairside) -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(app=one_engine.asgi)
        async with httpx.AsyncClient(base_url="http://127.0.0.1:8050", transport=transport) as client:
            await Api(client, sleep=at_once).sign_in("clinician", "not the password at all")

    with pytest.raises(AnswerError, match="wrong"):
        asyncio.run(run())


def test_a_file_that_is_not_there_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        replay_command(tmp_path / "none.csv", "nurse", PASSWORD, "http://127.0.0.1:1", None)


@pytest.mark.parametrize("address", ["127.0.0.1:8050", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused(address: str, data: Path) -> None:
    with pytest.raises(ReplayError, match="give an address like"):
        replay_command(data / "charted_vitals.csv", "nurse", PASSWORD, address, None)
