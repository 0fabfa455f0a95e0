"""What leaves the clinic over HTTP: FHIR, PDF and CSV of a session, CSV of events, the extract of serious ones."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from callbacks.threads import Threads, in_thread
from dashboard.requests import acting, answer
from layouts.record_paper import record_document
from models.clinic import Clinic
from models.event_filter import EventFilter
from models.exchange.csv import record_csv
from models.exchange.events_csv import events_csv
from models.exchange.fhir import fhir_bundle
from models.exchange.pdf import record_pdf
from models.exchange.serious import serious_json
from models.people import Person
from models.session import SessionView

_EXPORTING: Final = Threads(1)
"""An export takes its time: it never takes the threads that charting needs, and one is made at a time."""
Proved = tuple[SessionView, str | None]


def add_exchange(routes: APIRouter, clinic: Clinic) -> None:
    """Add every export."""

    async def proved(request: Request, session: str, form: str) -> Proved:
        person = acting(request)
        view = await in_thread(clinic.exported, person, session, form)
        return view, await _EXPORTING.run(clinic.chain_break, person, view.id)

    @routes.get("/sessions/{session}/fhir")
    async def fhir(request: Request, session: str) -> Response:
        view, broken = await proved(request, session, "fhir")
        body = await _EXPORTING.run(_bundle, view, broken)
        return _file(body, f"chairside-{view.id}.fhir.json", "application/fhir+json")

    @routes.get("/sessions/{session}/record.pdf")
    async def pdf(request: Request, session: str) -> Response:
        view, broken = await proved(request, session, "pdf")
        body = await _EXPORTING.run(_pdf, view, broken)
        return _file(body, f"chairside-{view.id}.pdf", "application/pdf")

    @routes.get("/sessions/{session}/record.csv")
    async def csv(request: Request, session: str) -> Response:
        view, broken = await proved(request, session, "csv")
        text = await _EXPORTING.run(record_csv, view, broken)
        return _file(text.encode(), f"chairside-{view.id}.csv", "text/csv; charset=utf-8")

    @routes.get("/sessions/{session}/serious.json")
    async def serious(request: Request, session: str) -> Response:
        return answer(await _EXPORTING.run(serious_json, *await proved(request, session, "serious")))

    @routes.get("/events.csv")
    async def events(request: Request) -> Response:
        person = acting(request)
        clinic.may_read(person)
        wanted = event_filter(request)
        found = await _EXPORTING.run(_events, clinic, person, wanted)
        return _file(found.encode(), "chairside-events.csv", "text/csv; charset=utf-8")


def event_filter(request: Request) -> EventFilter:
    """Return which events an address asks for.

    Raises:
        RefusedError: naming each part that makes no sense.
    """
    return EventFilter.parse({name: request.query_params.get(name) for name in ("from", "to", "term", "grade")})


def _bundle(view: SessionView, broken: str | None) -> bytes:
    return orjson.dumps(fhir_bundle(view, broken))


def _pdf(view: SessionView, broken: str | None) -> bytes:
    return record_pdf(record_document(view, view.zone, broken))


def _events(clinic: Clinic, person: Person, wanted: EventFilter) -> str:
    return events_csv(clinic.exported_events(person, wanted))


def _file(body: bytes, name: str, media_type: str) -> Response:
    """Return a file to keep; its name holds ids that the wall has let through, and nothing of a patient."""
    return Response(body, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, media_type)
