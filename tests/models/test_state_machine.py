"""Sessions driven at random, beside a small model of its own that knows nothing of the fold.

The model keeps what was charted in a plain list, looks at all of it anew each time, and judges by four limits. It says
what is due, which vitals are critical, and since when the record has known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from models.checks import check_entry
from models.entries import Entry, parse_entry
from models.exchange.fold import fold_json
from models.moments import MIN
from models.protocol import STANDARD
from models.session import Record, SessionView, fold
from tests.sample_sessions import START, Sheet, same_id

CORE = ("sbp", "dbp", "hr", "dissociation", "nausea")
FINE: dict[str, list[int]] = {"sbp": [100, 120, 165], "hr": [70, 115], "dissociation": [0, 8], "nausea": [0, 5]}
BAD: dict[str, list[int]] = {"sbp": [185], "hr": [140], "dissociation": [9], "nausea": [7]}
SETS = st.fixed_dictionaries({vital: st.sampled_from(FINE[vital] * 2 + BAD[vital]) for vital in FINE})
PARTS = st.sampled_from([{"hr": 70}, {"hr": 140}, {"dissociation": 9}, {"nausea": 0, "hr": 80}, {"nausea": 7}])
LATE = st.sampled_from([0, 0, 0, 3, 8, 25])


@dataclass
class Line:
    """What counts of one entry, in the model's own words."""

    id: str
    at: datetime
    values: dict[str, int]
    action: str = ""
    rate: float = 0

    @property
    def complete(self) -> bool:
        return set(CORE) <= self.values.keys()

    @property
    def bad(self) -> set[str]:
        return {vital for vital, values in BAD.items() if self.values.get(vital) in values}


class Sessions(RuleBasedStateMachine):
    """One session from its start on: sets and part sets, late ones, pump, corrections, acknowledgements."""

    def __init__(self) -> None:
        super().__init__()
        sheet = Sheet("machine", arrived=-1)
        self.now = START
        self.record = Record(sheet.id, tuple(sheet.entries), STANDARD, sheet.patients, sheet.chairs)
        self.lines: list[Line] = []
        self.known_bad: dict[str, datetime] = {}
        self.answered: dict[str, datetime] = {}
        self.simple = True
        self._pump("start", 50)
        self.now += MIN

    # What is charted

    def _write(self, kind: str, at: datetime, **fields: Any) -> str:  # noqa: ANN401  # the body of an entry
        """Write an entry through the same door as any other; everything asked for is confirmed."""
        body = {
            "id": same_id("machine", len(self.record.entries)),
            "kind": kind,
            "measured_at": at.isoformat(),
        } | fields
        draft = parse_entry(body)
        content = check_entry(self.view, draft, self.now)
        seq = self.record.entries[-1].seq + 1
        entry = Entry(draft.id, self.record.id, seq, draft.measured_at, self.now, "m.silva", content)
        self.record = replace(self.record, entries=(*self.record.entries, entry))
        return entry.id

    @property
    def view(self) -> SessionView:
        view = fold(self.record, self.now)
        assert view is not None
        return view

    def _pump(self, action: str, rate: float | None = None) -> None:
        self.now += timedelta(seconds=1 if self.lines else 0)  # no two actions in one moment
        asked: dict[str, Any] = {} if rate is None else {"rate_mg_h": rate}
        happened = {"happened": True} if action == "start" else {}
        entry = self._write("infusion", self.now, action=action, **asked, **happened)
        self.lines.append(Line(entry, self.now, {}, action, rate or 0))
        self._look()

    def _moment(self, late: int) -> datetime:
        """Return a moment so many minutes back, none before the start; an odd second keeps moments apart."""
        return max(START + timedelta(seconds=1), self.now - late * MIN)

    @rule(minutes=st.integers(1, 9))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MIN + timedelta(seconds=7)

    @rule(values=SETS, late=LATE)
    def a_full_set(self, values: dict[str, int], late: int) -> None:
        self._read(values | {"dbp": 70}, late)

    @rule(values=PARTS, late=LATE)
    def a_part_set(self, values: dict[str, int], late: int) -> None:
        self._read(values, late)

    def _read(self, values: dict[str, int], late: int) -> None:
        self.now += timedelta(seconds=1)  # what was done a moment before is no answer to it
        at = self._moment(late)
        entry = self._write("reading", at, values=values, confirmed=list(CORE))
        self.simple = self.simple and late == 0
        self.lines.append(Line(entry, at, values))
        self._look()

    @precondition(lambda self: self.running)
    @rule(rate=st.sampled_from([20, 50, 60]))
    def the_rate_changes(self, rate: float) -> None:
        lower = rate < self.last_rate
        self._pump("rate", rate)
        if lower:
            self._answer_all()

    @precondition(lambda self: self.running)
    @rule()
    def a_pause(self) -> None:
        self._pump("pause")
        self._answer_all()

    @precondition(lambda self: self.lines[-1].action == "pause")
    @rule()
    def a_resume(self) -> None:
        self._pump("resume", self.last_rate)

    @precondition(lambda self: self.running)
    @rule()
    def a_stop(self) -> None:
        self._pump("stop")
        self._answer_all()

    @rule(name=st.sampled_from(["Ondansetron", "Labetalol"]))
    def a_medicine(self, name: str) -> None:
        self._write("medication", self.now, name=name, dose=4, unit="mg", route="IV")
        self._answer_all()

    @rule(pick=st.integers(0, 50), values=st.none() | SETS)
    def a_correction(self, pick: int, values: dict[str, int] | None) -> None:
        readings = [line for line in self.lines if line.values]
        if not readings:
            return
        line = readings[pick % len(readings)]
        self.now += timedelta(seconds=1)  # of two corrections the later one counts
        asked: dict[str, Any] = {"entry_id": line.id, "reason": "typing error", "confirmed": list(CORE)}
        if values is not None:
            new = {"kind": "reading", "measured_at": line.at.isoformat(), "values": values | {"dbp": 70}}
            asked["replacement"] = new
        self._write("correction", self.now, **asked)
        line.values = {} if values is None else values | {"dbp": 70}
        self.simple = False
        self._look()

    @rule(pick=st.integers(0, 50))
    def an_acknowledgement(self, pick: int) -> None:
        waiting = [alert for alert in self.view.alerts if alert.open]
        if waiting:
            self._write("acknowledgement", self.now, alert_id=waiting[pick % len(waiting)].id, action="seen")
            vital = {"SBP": "sbp", "HR": "hr", "DIS": "dissociation", "NAU": "nausea"}
            rule_name = waiting[pick % len(waiting)].rule
            key = next((one for start, one in vital.items() if rule_name.startswith(start)), "")
            self.answered.setdefault(key, self.now)

    # The small model

    @property
    def in_order(self) -> list[Line]:
        return sorted(self.lines, key=lambda line: (line.at, bool(line.action), line.id))

    @property
    def last_rate(self) -> float:
        return [line.rate for line in self.in_order if line.rate > 0][-1]

    @property
    def running(self) -> bool:
        return [line.action for line in self.in_order if line.action][-1] in {"start", "rate", "resume"}

    @property
    def bad_now(self) -> set[str]:
        """Return the vitals whose newest value is critical."""
        newest: dict[str, set[str]] = {}
        for line in self.in_order:
            newest |= dict.fromkeys(line.values, line.bad)
        return {vital for vital, bad in newest.items() if vital in bad}

    def _look(self) -> None:
        """Note since when the record has known that a vital is critical."""
        self.known_bad = {vital: self.known_bad.get(vital, self.now) for vital in self.bad_now}
        self.answered = {vital: at for vital, at in self.answered.items() if vital in self.known_bad}

    def _answer_all(self) -> None:
        for vital in self.known_bad:
            self.answered.setdefault(vital, self.now)

    def expected_due(self) -> tuple[datetime, timedelta]:
        """Return when the next set is due and the interval that set it."""
        stopped = any(line.action == "stop" for line in self.lines)
        since = max([START, *(line.at for line in self.lines if line.complete)])
        span = (15 if stopped else 10) * MIN
        rates, triggers = [0.0], []
        for line in self.in_order:
            if line.action in {"rate", "resume"} and line.rate > rates[-1]:
                triggers.append(line.at)
            if line.rate > 0:
                rates.append(line.rate)
            if line.bad:
                triggers.append(line.at)
        soon = min((at for at in triggers if at >= since), default=None)
        if soon is not None and soon + 5 * MIN < since + span:
            return soon + 5 * MIN, 5 * MIN
        return since + span, span

    # What must hold

    @invariant()
    def the_next_set_is_due_as_the_model_says(self) -> None:
        due, span = self.expected_due()
        late = self.now - due
        word = "not_due" if late < timedelta() else "critical" if late >= span else "caution"
        word = "due" if timedelta() <= late <= 2 * MIN else word

        assert (self.view.due.at, self.view.due.state.value) == (due, word)

    @invariant()
    def open_alerts_are_what_the_model_finds_critical(self) -> None:
        view = self.view
        late = "OVERDUE" in {alert.rule for alert in view.alerts if alert.open}
        rules = {alert.rule for alert in view.alerts if alert.open} - {"OVERDUE"}

        assert {name.rpartition("_")[0].lower() for name in rules} == self.bad_now
        assert late is (view.due.state.value == "critical")

    @invariant()
    def escalation_counts_from_when_the_record_knew(self) -> None:
        if not self.simple:
            return
        for alert in self.view.alerts:
            vital = alert.rule.rpartition("_")[0].lower()
            if alert.open and vital in self.known_bad:
                waited = self.answered.get(vital, self.now) - self.known_bad[vital]
                expected = "all" if waited >= 5 * MIN else "clinician" if waited >= 2 * MIN else None
                assert (alert.opened_at, alert.escalated) == (self.known_bad[vital], expected)

    @invariant()
    def an_alert_never_closes_before_it_opens_and_everything_can_be_told(self) -> None:
        assert all(one.closed_at is None or one.closed_at > one.opened_at for one in self.view.alerts)
        assert len({one.id for one in self.view.alerts}) == len(self.view.alerts)
        assert fold_json(self.view)["last_seq"] == len(self.record.entries)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)


@pytest.mark.soak
def test_many_long_sessions_hold_what_the_short_ones_do() -> None:
    run_state_machine_as_test(Sessions, settings=settings(max_examples=2000, stateful_step_count=40, deadline=None))
