"""The trail: what is asked for decides which lines are listed, newest first, a page at a time."""

from __future__ import annotations

import uuid
from typing import Any, Final

from dash import Dash, Input, Output, State, ctx, no_update

from callbacks.threads import in_thread
from layouts import ids
from layouts.trail import ANY, lines_table
from models import acting
from models.clinic import Clinic
from models.errors import NotAllowedError, RefusedError

Drawn = tuple[Any, Any, Any]
_NAMES: Final = ("person", "kind", "session", "patient", "from", "to", "after")


def asked(*values: object) -> dict[str, object]:
    """Return a search as the clinic takes it; a patient is named by an id or by a record number."""
    found = dict(zip(_NAMES, values, strict=True))
    if found["kind"] == ANY:
        found["kind"] = None
    if isinstance(found["patient"], str) and found["patient"].strip() and not _is_id(found["patient"].strip()):
        found["mrn"] = found.pop("patient")
    return found


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def searched(clinic: Clinic, wanted: dict[str, object]) -> Drawn:
    """Return no complaint, the lines and the cursor of the older ones; or the complaint alone."""
    person = acting.person()
    try:
        lines, cursor = clinic.trails.find(person, wanted)
    except (RefusedError, NotAllowedError) as error:
        clinic.trail.refused(person, error, "trail")
        return str(error), no_update, no_update
    return "", lines_table(lines, person, clinic.zone), cursor


def register(app: Dash, clinic: Clinic) -> None:
    """Let a reviewer or an admin search the trail, and go on to older lines."""

    @app.callback(
        Output(ids.TrailPage.SAID, "children"),
        Output(ids.TrailPage.LINES, "children"),
        Output(ids.TrailPage.NEXT, "data"),
        Input(ids.TrailPage.PERSON, "value"),
        Input(ids.TrailPage.KIND, "value"),
        Input(ids.TrailPage.SESSION, "value"),
        Input(ids.TrailPage.PATIENT, "value"),
        Input(ids.TrailPage.FROM, "value"),
        Input(ids.TrailPage.UNTIL, "value"),
        Input(ids.TrailPage.OLDER, "n_clicks"),
        State(ids.TrailPage.NEXT, "data"),
        prevent_initial_call=True,
    )
    async def search(*given: object) -> Drawn:
        *narrowed, _clicks, cursor = given
        older = ctx.triggered_id == ids.TrailPage.OLDER
        return await in_thread(searched, clinic, asked(*narrowed, cursor if older else None))
