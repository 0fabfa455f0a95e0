"""Adding a vital sign touches the registry, the default protocol and the docs, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("models", "layouts", "callbacks", "dashboard", "assets")

NEW_VITAL = """    Vital(
        key="temp",
        label="Temperature",
        short="Temp",
        unit="°C",
        ucum="Cel",
        accepted=Band(25, 45),
        unusual=Band(34, 40),
        axis=Band(30, 42),
        codes=(Code(LOINC, "8310-5", "Body temperature"),),
        source="an example for this test",
    ),
)

BY_KEY: Final ="""

PROBE = """
import uuid
from datetime import UTC, date, datetime, timedelta

from layouts.panel_figure import panel_figure
from layouts.reading_form import reading_form
from models.entries import Entry, Infusion, Opening, Plan, parse_entry
from models.errors import RefusedError
from models.exchange.csv import record_csv
from models.exchange.fold import fold_json
from models.checks import check_entry
from models.protocol import STANDARD
from models.rules import RULE_NAMES
from models.session import Chair, Patient, Record, fold

start = datetime(2026, 3, 1, 12, tzinfo=UTC)
chair, patient, session = (str(uuid.uuid4()) for _ in range(3))


def record(*entries):
    known = {patient: Patient(patient, "1", "Nair", "Priya", date(1979, 3, 14), "female")}
    return Record(session, entries, STANDARD, known, {chair: Chair(chair, "1")})


def posted(temp):
    body = {"id": str(uuid.uuid4()), "kind": "reading", "measured_at": (start + timedelta(minutes=9)).isoformat()}
    return parse_entry(body | {"values": {"temp": temp}})


def entry(seq, minute, content):
    moment = start + timedelta(minutes=minute)
    return Entry(str(uuid.uuid4()), session, seq, moment, moment, "m.silva", content)


opened = entry(1, -20, Opening(chair, patient, 72, Plan(50, 60, 50)))
started = entry(2, 0, Infusion("start", 50, happened=True))
now = start + timedelta(minutes=10)
before = fold(record(opened, started), now)

for refused in (24, 46):
    try:
        posted(refused)
    except RefusedError as error:
        assert error.errors[0].field == "temp"
    else:
        raise AssertionError("a temperature out of range was accepted")
try:
    check_entry(before, posted(41), now)
except RefusedError as error:
    assert [one.field for one in error.confirm] == ["temp"]
else:
    raise AssertionError("an unusual temperature was not asked for")

view = fold(record(opened, started, entry(3, 9, check_entry(before, posted(39), now))), now)
assert view.latest["temp"].value == 39
assert [(flag.rule, flag.severity.word, flag.limit) for flag in view.flags] == [("TEMP_HIGH", "caution", 38)]
assert "TEMP_HIGH" in RULE_NAMES
assert view.flags[0].text(now) == "Temp 39, limit 38, 1 min ago"
assert fold_json(view)["latest"]["temp"]["severity"] == "caution"
assert ",temp,39,°C,caution," in record_csv(view)
assert "reading-temp" in str(reading_form(view).to_plotly_json())
assert "39" in str(panel_figure(view, UTC))
print("charted, judged, drawn and exported")
"""


def test_a_vital_added_to_the_registry_is_charted_judged_drawn_and_exported(tmp_path: Path) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("vendor", "__pycache__"))
    vitals, protocol = tmp_path / "models" / "vitals.py", tmp_path / "models" / "protocol.py"
    text = vitals.read_text()
    assert text.count(")\n\nBY_KEY: Final =") == 1
    vitals.write_text(text.replace(")\n\nBY_KEY: Final =", NEW_VITAL))
    limits = '        "sedation": Limits(2, 3,'
    assert protocol.read_text().count(limits) == 1
    protocol.write_text(protocol.read_text().replace(limits, '        "temp": Limits(caution_high=38),\n' + limits))

    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "charted, judged, drawn and exported\n", done.stderr
