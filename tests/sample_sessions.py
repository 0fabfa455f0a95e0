"""Sessions made by hand for tests of what is read afterwards: whole ones, and sheets to write on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime

from models.entries import (
    AdverseEvent,
    Content,
    Correction,
    Entry,
    Infusion,
    Medication,
    Note,
    Opening,
    Phase,
    Plan,
    Reading,
    Screening,
    Signature,
    Written,
)
from models.moments import MIN
from models.protocol import STANDARD
from models.session import Chair, Patient, Record, SessionView, fold
from models.terms import SCREENING

START = datetime(2026, 11, 22, 13, 58, tzinfo=UTC)
ALL_NO = Screening(dict.fromkeys(SCREENING, "no"))


def same_id(*parts: object) -> str:
    """Return the same UUID for the same parts in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(str(part) for part in parts)))


def core(sbp: int, dbp: int, hr: int, dissociation: int, nausea: int, **more: int) -> Reading:
    """Return a complete set."""
    return Reading({"sbp": sbp, "dbp": dbp, "hr": hr, "dissociation": dissociation, "nausea": nausea} | more)


class Sheet:
    """A record being written: each line says the minute from the start, and what."""

    def __init__(  # noqa: PLR0913  # the header of a sheet of paper
        self,
        name: str = "one",
        *,
        start: datetime = START,
        chair: str = "7",
        given: str = "Priya",
        family: str = "Nair",
        mrn: str = "40-718",
        arrived: float = -20,
    ) -> None:
        self.name, self.start = name, start
        self.id = same_id("session", name)
        born = date(1979, 3, 14)
        who = Patient(same_id("patient", mrn), mrn, family, given, born, "female", "chronic migraine")
        where = Chair(same_id("chair", chair), chair)
        self.patients: Mapping[str, Patient] = {who.id: who}
        self.chairs: Mapping[str, Chair] = {where.id: where}
        self.entries: list[Entry] = []
        self.write(arrived, Opening(where.id, who.id, 72, Plan(49.4, 60, 49.4)))

    def write(self, minute: float, content: Content, *, by: str = "m.silva", typed: float | None = None) -> Entry:
        """Write one line; ``typed`` is the minute at which it was recorded, where that was later."""
        seq = len(self.entries) + 1
        at = self.start + minute * MIN
        recorded = at if typed is None else self.start + typed * MIN
        entry = Entry(same_id(self.name, "entry", seq), self.id, seq, at, recorded, by, content)
        self.entries.append(entry)
        return entry

    def correct(  # noqa: PLR0913  # who, when, what, why
        self,
        minute: float,
        entry: Entry,
        content: Content | None,
        reason: str,
        *,
        by: str = "m.silva",
        at: float | None = None,
    ) -> Entry:
        """Put ``content`` in the place of an entry; without one it was entered in error."""
        moment = entry.measured_at if at is None else self.start + at * MIN
        new = None if content is None else Written(content, moment)
        return self.write(minute, Correction(entry.id, reason, new), by=by)

    def view(self, minute: float = 200) -> SessionView:
        """Return the session as it is seen at a minute from the start."""
        record = Record(self.id, tuple(self.entries), STANDARD, self.patients, self.chairs)
        view = fold(record, self.start + minute * MIN)
        assert view is not None
        return view


def event(name: str, term: str, onset: datetime, **more: object) -> AdverseEvent:
    """Return an adverse event."""
    body = {"event_id": same_id("event", name), "term": term, "onset_at": onset.isoformat()} | more
    return AdverseEvent.restore(body)


def finished(name: str = "one", **header: object) -> Sheet:
    """Return a closed session: one value corrected, one typed late, one not done, two events, a note."""
    sheet = Sheet(name, **header)  # type: ignore[arg-type]  # the header's own names
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0, spo2=98, rr=14, sedation=5, headache=4))
    sheet.write(0, Infusion("start", 36, concentration_mg_ml=10))
    sheet.write(6, core(130, 80, 74, 1, 0, spo2=98))
    wrong = sheet.write(12, core(134, 84, 176, 3, 0, spo2=98))
    sheet.write(12, Infusion("rate", 60))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0, spo2=98), "typing error")
    sheet.write(17, core(143, 88, 80, 4, 1, spo2=98))
    sheet.write(22, event("dizzy", "Dizziness", sheet.start + 22 * MIN, grade=1, action_taken="not_changed"))
    sheet.write(24, core(152, 92, 84, 5, 2, spo2=97))
    sheet.write(30, core(164, 98, 88, 6, 3, spo2=97))
    sheet.write(31, Infusion("rate", 48))
    sheet.write(34, core(158, 94, 86, 5, 3, spo2=97))
    sheet.write(40, core(178, 102, 96, 7, 4, spo2=96))
    sheet.write(40, Infusion("pause", reason="SBP 178"))
    sheet.write(44, core(158, 92, 88, 6, 5, spo2=97), by="a.lindqvist")
    sheet.write(45, Infusion("resume", 36))
    sick = event("sick", "Nausea", sheet.start + 46 * MIN, grade=2, action_taken="not_changed")
    sheet.write(46, sick)
    sheet.write(47, Medication("Ondansetron", 4, "mg", "IV", sick.event_id))
    sheet.write(55, core(148, 88, 82, 4, 3, spo2=98), typed=63)
    sheet.write(65, core(140, 86, 80, 3, 2, spo2=98))
    sheet.write(65, Infusion("stop", reason="end of plan"))
    sheet.write(80, core(132, 82, 76, 1, 1, spo2=98), by="r.okafor")
    part = Reading({"sbp": 128, "dbp": 80, "hr": 74, "spo2": 98, "dissociation": 1}, {"nausea": "asleep"})
    sheet.write(95, part, by="r.okafor")
    for event_name, term, onset, ended in (("dizzy", "Dizziness", 22, 60), ("sick", "Nausea", 46, 64)):
        over = {"outcome": "recovered", "resolved_at": (sheet.start + ended * MIN).isoformat()}
        sheet.write(96, event(event_name, term, sheet.start + onset * MIN, **over))
    sheet.write(110, core(126, 80, 72, 0, 0, spo2=98), by="r.okafor")
    sheet.write(120, Note("Slept for most of it. Wants the lamp off next time."))
    sheet.write(125, core(126, 78, 70, 0, 0, spo2=98, sedation=5, headache=1), by="r.okafor")
    sheet.write(130, Phase("closed"))
    return sheet


def signed(name: str = "one", **header: object) -> Sheet:
    """Return the same session, signed by a clinician."""
    sheet = finished(name, **header)
    sheet.write(135, Signature("Reviewed and agreed", len(sheet.entries)), by="a.lindqvist")
    return sheet
