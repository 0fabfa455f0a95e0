"""What was charted is what is read back, from CSV and from FHIR, in sessions drawn at random."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from models.entries import Reading, Written
from models.exchange.csv import record_csv
from models.exchange.fhir import fhir_bundle
from models.exchange.frames import read_record
from models.session import SessionView
from models.versions import replaced_by
from models.vitals import BY_KEY, CHARTED
from tests.fhir_validator import validate
from tests.generated_sessions import generated
from tests.sample_sessions import Sheet

Json = dict[str, Any]
FEW, MANY, VALIDATED = 100, 1_000, 20
KEYS = {vital.codes[0].code: vital.key for vital in CHARTED}
Value = tuple[datetime, str, float | str]
"""When, which vital, and the value, or the reason why there is none."""


def values(reading: Reading, at: datetime) -> Iterator[Value]:
    for vital, value in reading.values.items():
        yield at, vital, value
    for vital, why in (reading.not_done or {}).items():
        yield at, vital, why


def written(sheet: Sheet) -> dict[int, set[Value]]:
    """Return every value that was ever written, by the number of its entry: plain Python over the entries."""
    found: dict[int, set[Value]] = {}
    for entry in sheet.entries:
        said = replaced_by(entry) if entry.kind == "correction" else Written(entry.content, entry.measured_at)
        if said is not None and isinstance(said.content, Reading):
            found[entry.seq] = set(values(said.content, said.measured_at))
    return found


def from_csv(frame: pd.DataFrame) -> dict[int, set[Value]]:
    found: dict[int, set[Value]] = {}
    values = frame[frame["vital"].isin(list(BY_KEY)) & frame["kind"].isin(["reading", "correction"])]
    for row in values.to_dict("records"):
        told: float | str = str(row["reason"]) if pd.isna(row["value"]) else float(row["value"])
        found.setdefault(int(row["seq"]), set()).add((row["measured_at"].to_pydatetime(), str(row["vital"]), told))
    return found


def without_reasons(found: dict[int, set[Value]]) -> dict[int, set[tuple[datetime, str, float | None]]]:
    """Leave out why something was not done: beside a correction its own reason stands in the same cell."""
    return {
        seq: {(at, vital, None if isinstance(told, str) else float(told)) for at, vital, told in listed}
        for seq, listed in found.items()
        if listed
    }


def from_fhir(bundle: Json) -> Iterator[tuple[str, Value]]:
    """Read every value back with its status."""
    for resource in (one["resource"] for one in bundle["entry"]):
        if resource["resourceType"] != "Observation":
            continue
        at = datetime.fromisoformat(resource["effectiveDateTime"])
        for part in resource.get("component", [resource]):
            key = KEYS.get(part["code"].get("coding", [{}])[0].get("code"))
            if key is not None and "valueQuantity" in part:
                yield resource["status"], (at, key, part["valueQuantity"]["value"])
            elif key is not None and "text" in part["dataAbsentReason"]:
                yield resource["status"], (at, key, part["dataAbsentReason"]["text"])


def counted(view: SessionView) -> Counter[Value]:
    found: Counter[Value] = Counter()
    for judged in view.readings:
        assert judged.reading is not None
        found.update(values(judged.reading, judged.at))
    return found


def check(seed: int) -> Json:
    """Send one session through both forms; return its bundle."""
    sheet = generated(seed)
    view = sheet.view(300)
    frame = read_record(record_csv(view))
    bundle = fhir_bundle(view)

    assert without_reasons(from_csv(frame)) == without_reasons(written(sheet))
    first = {entry.seq: found for entry in sheet.entries if (found := written(sheet).get(entry.seq))}
    originals = {seq for seq, _ in first.items() if sheet.entries[seq - 1].kind == "reading"}
    assert {seq: from_csv(frame)[seq] for seq in originals} == {seq: first[seq] for seq in originals}
    said = list(from_fhir(bundle))
    assert Counter(value for status, value in said if status in {"final", "corrected"}) == counted(view)
    ever = {value for listed in written(sheet).values() for value in listed}
    assert {value for _, value in said} <= ever
    _check_doses_and_words(view, frame, bundle)
    return bundle


def _check_doses_and_words(view: SessionView, frame: pd.DataFrame, bundle: Json) -> None:
    given = [
        one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "MedicationAdministration"
    ]
    ketamine = [one for one in given if one["medicationCodeableConcept"]["text"] == "Ketamine"]
    assert math.isclose(
        sum(one["dosage"]["dose"]["value"] for one in ketamine),
        float(view.delivered_mg),
        abs_tol=0.01 * max(1, len(ketamine)),
    )
    notes = frame[(frame["kind"] == "note") & (frame["vital"] == "text")]
    assert sorted(notes["text"]) == sorted(
        getattr(entry.content, "text", "") for entry in view.record.entries if entry.kind == "note"
    )
    events = {one["resource"]["event"]["text"] for one in bundle["entry"] if "event" in one["resource"]}
    assert events == {event.term for event in view.events}


def test_what_was_charted_is_what_is_read_back() -> None:
    bundles = [check(seed) for seed in range(FEW)]

    assert [errors for errors in validate(bundles[:VALIDATED]) if errors] == []


def test_the_sessions_that_are_drawn_have_what_files_stumble_on() -> None:
    kinds = Counter(entry.kind for seed in range(FEW) for entry in generated(seed).entries)
    struck = sum(one.struck for seed in range(FEW) for one in generated(seed).view(300).effective)

    assert kinds["correction"] > FEW
    assert kinds["note"] > FEW / 2
    assert struck > FEW / 10


def test_a_value_that_is_lost_on_the_way_is_missed() -> None:
    sheet = generated(1)
    frame = read_record(record_csv(sheet.view(300)))

    lost = frame.drop(frame[frame["value"].notna() & (frame["kind"] == "reading")].index[0])

    assert without_reasons(from_csv(lost)) != without_reasons(written(sheet))


@pytest.mark.soak
def test_a_thousand_sessions_come_back_as_they_were_charted() -> None:
    for since in range(0, MANY, VALIDATED):
        bundles = [check(seed) for seed in range(since, since + VALIDATED)]

        assert [errors for errors in validate(bundles) if errors] == []
