"""The twelve acceptance cases written down whole: events, medicines, notes, a correction, overrides, a signature."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from models.entries import Entry, Infusion, Limit, Medication, Note, Override, Phase, Reading, Screening, Signature
from models.moments import MIN
from models.session import SessionView
from models.terms import SCREENING
from tests.models.test_fold import CASES, sheet_of
from tests.sample_sessions import Sheet, event

ALL: Final = {case["id"]: case for case in CASES}
_ACTIONS: Final = {0: "unknown", 1: "withdrawn", 2: "reduced", 3: "increased", 4: "not_changed", 9: "not_applicable"}
_OUTCOMES: Final = {0: "unknown", 1: "recovered", 2: "recovering", 3: "not_recovered", 4: "sequelae", 5: "fatal"}
WRONG_HR: Final = 199
TYPING_ERROR: Final = "typing error: HR of the neighbour"
OVERRIDE: Final = "prescriber at the chair, risk weighed"
OWN_LIMIT: Final = "seen at 172 by the cardiologist"


def written(name: str) -> tuple[Sheet, Entry]:
    """Return a case written down whole, and its first reading: wrong in the pulse at first, corrected after."""
    case = ALL[name]
    sheet, readings = sheet_of(case)
    first = readings[0][0]
    _started_by_override(sheet)
    for line in case["timeline"]:
        _beside(sheet, line)
    for said in case.get("adverse_events", ()):
        _event(sheet, said)
    right = first.content
    assert isinstance(right, Reading)
    _as_first_typed(sheet, first, right)
    sheet.correct(98, first, right, TYPING_ERROR)
    sheet.write(-30, Screening(dict.fromkeys(SCREENING, "no") | {"pregnancy": "yes"}, Override(OVERRIDE)), typed=99)
    sheet.write(1, Limit("sbp", {"caution_high": 172}, OWN_LIMIT), by="a.lindqvist")
    sheet.write(130, Phase("closed", "end of the case"))
    sheet.write(135, Signature("Reviewed and agreed", len(sheet.entries)), by="a.lindqvist")
    return sheet, first


def whole(name: str) -> SessionView:
    """Return the view of a case an hour after its signature."""
    return written(name)[0].view(200)


def _started_by_override(sheet: Sheet) -> None:
    for place, entry in enumerate(sheet.entries):
        content = entry.content
        if isinstance(content, Infusion) and content.action == "start":
            start = Infusion("start", content.rate_mg_h, concentration_mg_ml=10, override=Override(OVERRIDE))
            sheet.entries[place] = _with(entry, start)


def _as_first_typed(sheet: Sheet, entry: Entry, right: Reading) -> None:
    wrong = Reading(dict(right.values) | {"hr": WRONG_HR}, right.not_done, right.distress, right.symptoms)
    sheet.entries[sheet.entries.index(entry)] = _with(entry, wrong)


def _with(entry: Entry, content: Any) -> Entry:  # noqa: ANN401  # any content of its kind
    moments = entry.measured_at, entry.recorded_at
    return Entry(entry.id, entry.session, entry.seq, *moments, entry.author, content)


def _beside(sheet: Sheet, line: dict[str, Any]) -> None:
    if line["kind"] == "note":
        sheet.write(line["t_min"], Note(line["text"]))
    if "medication" in line:
        given = line["medication"]
        sheet.write(line["t_min"], Medication(given["name"], given["dose_mg"], "mg", given["route"]))
    if line.get("on_oxygen"):
        sheet.write(line["t_min"], Reading({}, oxygen_l_min=4))


def _event(sheet: Sheet, said: dict[str, Any]) -> None:
    more: dict[str, Any] = {"action_taken": _ACTIONS[said["action_e2b"]], "outcome": _OUTCOMES[said["outcome_e2b"]]}
    if said.get("ctcae_grade"):
        more["grade"] = said["ctcae_grade"]
    if said["serious"] is not None:
        more["serious"] = ["other_important"] if said["serious"] else []
    if "end_min" in said:
        more["resolved_at"] = moment(sheet, said["end_min"]).isoformat()
    if "interventions" in said:
        more["interventions"] = said["interventions"]
    sheet.write(
        said["onset_min"], event(f"{sheet.id} {said['term']}", said["term"], moment(sheet, said["onset_min"]), **more)
    )


def moment(sheet: Sheet, minute: float) -> datetime:
    """Return the moment of a minute from the start."""
    return sheet.start + minute * MIN
