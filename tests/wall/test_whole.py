"""The hostile record leaves out no field, and leaves the server as text that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import uuid
from typing import Any

import pytest

from dashboard.api_document import entry_schemas, told
from models.exchange.csv import harmless
from tests.served import Client
from tests.wall.hostile import TEXTS
from tests.wall.whole import NOT_FREE, Visit, charted, cut, ended, opening, visit
from tests.wall.world import World

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def free_texts(kind: str, schema: dict[str, Any]) -> set[str]:
    """Return the fields of a kind that hold free text, alone, in a list or by name."""
    return {
        name
        for name, field in schema["properties"].items()
        if '"string"' in str(field).replace("'", '"')
        and name not in NOT_FREE.get(kind, set()) | {"id", "measured_at", "kind"}
    }


def test_the_hostile_record_says_something_in_every_field_that_holds_text() -> None:
    mark = "free text"
    said: dict[str, set[str]] = {"opening": set(opening(lambda _most: mark)), "screening": {"override"}}
    for one in [*charted(lambda _: mark, "a", "e", "n"), *ended(lambda _: mark, "e", lambda: 1)]:
        said.setdefault(one.kind, set()).update(key for key, value in one.fields.items() if mark in str(value))

    seating = told()["POST", "/api/v1/sessions"].body
    assert seating is not None
    for kind, schema in (entry_schemas() | {"opening": seating}).items():
        assert free_texts(kind, schema) <= said.get(kind, set()) | {"replacement"}, kind


@pytest.fixture(scope="module")
def visits(world: World) -> list[Visit]:
    """Chart one whole session for every hostile text."""
    clinician, found = world.client("clinician"), []
    for number, text in enumerate(TEXTS):
        world.served.app.clinic.new_chair(world.served.app.stores.site, f"H{number}")
        found.append(visit(clinician, f"H{number}", cut(text.strip())))
    return found


def test_every_cell_of_every_export_is_one_that_no_spreadsheet_runs(world: World, visits: list[Visit]) -> None:
    reviewer = world.client("reviewer")
    for one in visits:
        one.end()
        rows = list(
            csv.reader(io.StringIO(reviewer.get(f"/api/v1/sessions/{one.session}/record.csv").text, newline=""))
        )

        cells = [cell for row in rows for cell in row]
        assert not [
            cell for cell in cells if cell.startswith(FORMULA) and not cell.lstrip("-").replace(".", "").isdigit()
        ]
        assert any(cell in {one.text(4000), harmless(one.text(4000))} for cell in cells), one.text(40)


def test_what_was_written_is_read_back_as_it_was_written(world: World, visits: list[Visit]) -> None:
    reviewer = world.client("reviewer")
    for one in visits:
        answer = reviewer.get(f"/api/v1/sessions/{one.session}/entries")
        notes = [entry["text"] for entry in answer.json()["items"] if entry["kind"] == "note"]

        assert answer.headers["content-type"] == "application/json"
        assert one.text(4000) in notes


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "\x08", "\ud800"])
def test_a_text_with_control_characters_is_refused(world: World, text: str) -> None:
    client: Client = world.client("nurse")
    content = '{"id": "%s", "kind": "note", "measured_at": "2026-01-01T00:00:00Z", "text": %s}'
    body = (content % (uuid.uuid4(), json.dumps(text))).encode()
    headers = {"X-CSRF-Token": client.csrf, "Content-Type": "application/json"}
    answer = client.http.post(f"/api/v1/sessions/{world.session}/entries", content=body, headers=headers)

    assert answer.status_code in {400, 422}
