"""Replay: charted vitals go through the HTTP API as sessions, several chairs at once, none altered."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from dashboard.api_client import DONE, REFUSED, AnswerError, Api, Json, LostServerError, said
from dashboard.charted import Case, Row, read_chart
from dashboard.replay_report import KEPT, Outcome, Report, Result, reason_of
from models.errors import ChairsideError
from models.moments import MIN, iso
from models.people import RIGHTS, Right, Role

AFTER_LAST: Final = 0.5 * MIN
"""The session closes this long after its last row, and a back-dated one lies as long before the replay."""
WEIGHT_KG: Final = 70
DOSE_MG: Final = 35.0
DURATION_MIN: Final = 60.0
WHY: Final = "Replay of charted vitals: nobody was treated"
SHORTEST_MIN: Final = 0.25
"""A stop lies after its start, also where a case has one row only."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
TIMEOUT_S: Final = 15


class ReplayError(ChairsideError):
    """The replay cannot begin; nothing was sent."""

    title = "No replay"


def replay_command(file: Path, user: str, password: str, base_url: str, speed: float | None) -> int:
    """Replay a file of charted vitals and print what became of every row.

    Args:
        speed: minutes of charting per minute, live; ``None`` sends everything at once, back-dated.

    Returns:
        0 where every row was stored or refused by the server and reads back as charted, 1 where a line was
        unreadable, a row could not be sent or a value came back differently.

    Raises:
        ReplayError: it cannot begin. Nothing was sent.
        UnreadableFileError: the file as a whole cannot be read.
    """
    if speed is not None and not 0 < speed <= 3600:  # noqa: PLR2004  # a minute of charting in no less than a 60th of a second
        raise ReplayError(f"--speed {speed:g}: give minutes of charting per minute, above 0 and up to 3600.")
    url = _checked(base_url)
    chart = read_chart(file)
    say(*chart.complaints())
    report = Report(chart)
    begun = time.monotonic()
    try:
        asyncio.run(_replay(url, user, password, Replay(report, speed)))
    except KeyboardInterrupt:
        report.notes.append("Stopped by hand: chairs in use stay taken until somebody closes their sessions.")
    report.seconds = time.monotonic() - begun
    say(report.text())
    return report.exit_code


def say(*lines: str) -> None:
    """Print lines at once, so that a long replay can be watched."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _checked(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ReplayError(f"--base-url {base_url}: give an address like http://127.0.0.1:8050.") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise ReplayError(f"--base-url {base_url}: give an address like http://127.0.0.1:8050.")
    return url


async def _replay(url: httpx.URL, user: str, password: str, replay: Replay) -> None:
    through_proxy = url.host not in LOOPBACK
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=through_proxy) as client:
        api = Api(client)
        try:
            await api.sign_in(user, password)
        except (AnswerError, LostServerError) as error:
            raise ReplayError(f"{error} Nothing was sent.") from error
        await replay.run(api)


@dataclass(frozen=True, slots=True)
class Seat:
    """A session that was opened for a case; ``begun`` is its minute 0."""

    case: Case
    id: str
    chair: str
    begun: datetime


@dataclass(slots=True)
class Replay:
    """One run over a file: the cases that wait, and the account of those that were sent.

    A ``speed`` of ``None`` sends all at once, back-dated; else every row waits for its moment.
    """

    report: Report
    speed: float | None = None
    waiting: deque[Case] = field(default_factory=deque)
    given_up: str = "No chair was left for this case."

    async def run(self, api: Api) -> None:
        """Send every case, each on a chair of its own, as many at once as there are free chairs.

        Raises:
            ReplayError: this role cannot seat patients, or no chair is free; nothing was sent.
        """
        if api.role not in RIGHTS[Right.SEAT]:
            wanted = " or ".join(role for role in Role if role in RIGHTS[Right.SEAT])
            raise ReplayError(f"The role {api.role} cannot seat patients: replay as {wanted}. Nothing was sent.")
        self.waiting.extend(self.report.chart.cases)
        try:
            chairs = await free_chairs(api)
        except (AnswerError, LostServerError) as error:
            raise ReplayError(f"{error} Nothing was sent.") from error
        if not chairs:
            raise ReplayError("No chair is free: close a session, or let an administrator add a chair.")
        if self.report.chart.cases:
            say(f"{len(self.waiting)} cases on {min(len(chairs), len(self.waiting))} free chairs")
        await asyncio.gather(*(self._on_chair(api, chair) for chair in chairs[: len(self.waiting)]))
        for case in self.waiting:
            self._not_sent(case.rows, self.given_up)

    async def _on_chair(self, api: Api, chair: Json) -> None:
        """Send waiting cases on one chair until none is left, or the chair or the server is gone."""
        while self.waiting:
            case = self.waiting.popleft()
            try:
                seat = await open_seat(api, case, chair, live=self.speed is not None)
            except AnswerError as error:
                if not await _is_free(api, chair):
                    self.waiting.appendleft(case)
                    return
                self._not_sent(case.rows, str(error))
                continue
            except LostServerError as error:
                self.waiting.appendleft(case)
                self.given_up = str(error)
                return
            self.report.sessions += 1
            if not await self._through(api, seat):
                return

    async def _through(self, api: Api, seat: Seat) -> bool:
        """Send one seated case and read it back; say whether its chair is free again."""
        results: list[Result] = []
        problem = ""
        try:
            await self._chart(api, seat, results)
            await self._put(api, seat, seat.case.last_minute, {"kind": "phase", "to": "closed", "reason": WHY})
        except (AnswerError, LostServerError) as error:
            problem = f"Case {seat.case.name} on chair {seat.chair} was left open: {error}"
        self.report.results += results
        self._not_sent(seat.case.rows[len(results) :], problem)
        await self._read_back(api, seat, results)
        if problem:
            self.report.problems.append(problem)
        else:
            say(f"{seat.case.name}: {len(results)} rows on chair {seat.chair}")
        return not problem

    def _not_sent(self, rows: Sequence[Row], why: str) -> None:
        self.report.results += [Result(row, Outcome.NOT_SENT, why) for row in rows]

    async def _chart(self, api: Api, seat: Seat, results: list[Result]) -> None:
        """Send the rows in order; the made-up infusion stops at its planned end, at the latest with the case."""
        stop_at = max(SHORTEST_MIN, min(DURATION_MIN, seat.case.last_minute))
        await self._put(api, seat, 0, {"kind": "infusion", "action": "start"} | _unscreened(api.role))
        before = [row for row in seat.case.rows if row.minute <= stop_at]
        for row in before:
            await self._row(api, seat, row, results)
        await self._put(api, seat, stop_at, {"kind": "infusion", "action": "stop"})
        for row in seat.case.rows[len(before) :]:
            await self._row(api, seat, row, results)

    async def _row(self, api: Api, seat: Seat, row: Row, results: list[Result]) -> None:
        """Send one row exactly as charted."""
        at = await self._moment(api, seat, row.minute)
        if not row.values:
            results.append(Result(row, Outcome.EMPTY))
            return
        body = _entry(at, {"kind": "reading", "values": dict(row.values)})
        answer, confirmed = await api.send(f"/api/v1/sessions/{seat.id}/entries", body)
        results.append(_result(row, body["id"], answer, confirmed))

    async def _put(self, api: Api, seat: Seat, minute: float, content: Json) -> None:
        at = await self._moment(api, seat, minute)
        if content["kind"] == "phase" and self.speed is None:
            at += AFTER_LAST
        await api.store(f"/api/v1/sessions/{seat.id}/entries", _entry(at, content))

    async def _moment(self, api: Api, seat: Seat, minute: float) -> datetime:
        """Return when a minute of the case is measured; live, wait until it has come."""
        if self.speed is None:
            return seat.begun + minute * MIN
        wait = (seat.begun + minute * MIN / self.speed - api.now()).total_seconds()
        if wait > 0:
            await api.sleep(wait)
        return api.now()

    async def _read_back(self, api: Api, seat: Seat, results: Sequence[Result]) -> None:
        """Compare the record with the file: stored rows exactly as charted, all others not there."""
        try:
            entries = await api.items(f"/api/v1/sessions/{seat.id}/entries")
        except (AnswerError, LostServerError) as error:
            self.report.problems.append(f"Case {seat.case.name} could not be read back: {error}")
            return
        held = {entry["id"]: entry.get("values") for entry in entries if entry["kind"] == "reading"}
        for result in results:
            self._compare(result, held.pop(result.entry_id, None))
        extra = [f"Case {seat.case.name}: the record holds {values}, not from the file." for values in held.values()]
        self.report.problems += extra

    def _compare(self, result: Result, held: Json | None) -> None:
        charted = dict(result.row.values) if result.outcome in KEPT else None
        if held != charted:
            where = f"{self.report.chart.name}, line {result.row.line}"
            self.report.problems.append(f"{where}: {result.outcome}, charted {charted}, the record holds {held}.")
        elif charted is not None:
            self.report.read_back += 1


def _result(row: Row, entry_id: str, answer: httpx.Response, confirmed: Mapping[str, str]) -> Result:
    """Return what became of a row.

    Raises:
        AnswerError: the session as such takes no readings any more.
    """
    if answer.status_code in DONE:
        outcome = Outcome.CONFIRMED if confirmed else Outcome.STORED
        why = reason_of(confirmed.values(), row.values) if confirmed else ""
        return Result(row, outcome, why, entry_id)
    if answer.status_code == REFUSED:
        messages = [error["message"] for error in answer.json().get("errors") or ()]
        return Result(row, Outcome.REFUSED, reason_of(messages, row.values), entry_id)
    raise AnswerError(said(answer))


async def free_chairs(api: Api) -> list[Json]:
    """Return the chairs nobody sits in."""
    chairs = await api.items("/api/v1/chairs")
    active = await api.items("/api/v1/sessions", state="active")
    taken = {session["chair"]["id"] for session in active}
    return [chair for chair in chairs if chair["id"] not in taken]


async def _is_free(api: Api, chair: Json) -> bool:
    try:
        return any(free["id"] == chair["id"] for free in await free_chairs(api))
    except (AnswerError, LostServerError):
        return False


async def open_seat(api: Api, case: Case, chair: Json, *, live: bool) -> Seat:
    """Seat the patient of a case.

    Raises:
        AnswerError: the server does not open this session.
    """
    patient = await _patient(api, case)
    begun = api.now() if live else api.now() - case.last_minute * MIN - 2 * AFTER_LAST
    plan = {"dose_mg": DOSE_MG, "duration_min": DURATION_MIN, "rate_mg_h": DOSE_MG * 60 / DURATION_MIN}
    opening = {"chair_id": chair["id"], "patient_id": patient, "weight_kg": WEIGHT_KG, "plan": plan}
    opened = await api.store("/api/v1/sessions", opening | {"id": str(uuid.uuid4()), "arrived_at": iso(begun)})
    return Seat(case, opened["id"], chair["name"], begun)


def _unscreened(role: str) -> Json:
    """Return what lets a start pass unscreened: a clinician overrides, a nurse says that it happened."""
    return {"override": {"reason": WHY}} if role in RIGHTS[Right.OVERRIDE] else {"happened": True, "reason": WHY}


async def _patient(api: Api, case: Case) -> str:
    """Return the id of the patient of a case, added the first time."""
    body = {"mrn": f"REPLAY-{case.name}", "family": "Replay", "given": f"Case {case.name}"}
    answer, _ = await api.send("/api/v1/patients", body | {"birth_date": "1960-01-01", "sex": "unknown"})
    if answer.status_code in DONE:
        return str(answer.json()["id"])
    found = await api.items("/api/v1/patients", query=body["mrn"])
    known = next((patient for patient in found if patient["mrn"] == body["mrn"]), None)
    if known is None:
        raise AnswerError(said(answer))
    return str(known["id"])


def _entry(at: datetime, content: Json) -> Json:
    return {"id": str(uuid.uuid4()), "measured_at": iso(at)} | content
