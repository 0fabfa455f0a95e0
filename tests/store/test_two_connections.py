"""Two connections on one record: whatever two nurses and a clinician do to it, it does what a small model says."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models.clinic import Clinic, Stored
from models.corrections import Effective
from models.entries import Reading
from models.errors import ChairsideError, ConflictError, SignedError
from models.moments import MIN
from models.people import Role
from models.session import SessionView
from tests.kept import Kept, at_once
from tests.store.record_model import AGAIN, NEW, STRUCK, Line, Paper

NURSES = ("m.silva", "r.okafor")
DOCTOR = "a.lindqvist"
EVERYBODY = (*NURSES, DOCTOR)

chairs = itertools.count(1)
who = st.sampled_from(EVERYBODY)
where = st.integers(0, 1)
back = st.integers(-1, 12)
pulses = st.integers(60, 99)
any_line = st.integers(0, 60)


@pytest.fixture
def pair(database_url: str) -> Iterator[tuple[Kept, Kept]]:
    """Give one clinic through two sets of stores, as two server processes would have it."""
    one = Kept(database_url)
    two = Kept(database_url, one.clock)
    yield one, two
    two.close()
    one.close()


def body_of(line: Line) -> dict[str, Any]:
    """Return a request as it is posted."""
    body: dict[str, Any] = {"id": line.id, "kind": line.kind, "measured_at": line.at.isoformat()}
    match line.kind:
        case "reading":
            return body | {"values": {"hr": line.said[1]}}
        case "note":
            return body | {"text": line.said[1]}
        case "phase":
            return body | {"to": "cancelled", "reason": "drawn"}
        case "correction":
            body |= {"entry_id": line.target, "reason": "drawn"}
            return body | ({"replacement": replacement_of(line.said)} if line.said else {})
        case _:
            return body


def replacement_of(said: tuple[object, ...]) -> dict[str, Any]:
    kind, value, at = said
    assert isinstance(at, datetime)
    written = {"kind": kind, "measured_at": at.isoformat()}
    match kind:
        case "reading":
            return written | {"values": {"hr": value}}
        case "note":
            return written | {"text": value}
        case _:
            return written | {"to": "cancelled", "reason": "drawn"}


def told(one: Effective) -> object:
    """Return what an entry counts as, in the model's words."""
    if one.struck:
        return STRUCK
    content = one.written.content
    if one.kind == "signature":
        return ()
    value = content.values["hr"] if isinstance(content, Reading) else getattr(content, "text", "drawn")
    return (one.kind, value, one.at)


class Record(RuleBasedStateMachine):
    """One record, written on through two connections in turn."""

    pair: tuple[Kept, Kept]

    @initialize()
    def seat(self) -> None:
        clock = self.pair[0].clock
        self.session = self.pair[0].seat(f"{next(chairs)}")
        self.paper = Paper(clock())
        self.snapshot: dict[str, object] = {}
        clock.pass_minutes(5)

    # What is done

    @rule(minutes=st.integers(1, 9))
    def time_passes(self, minutes: int) -> None:
        self.pair[0].clock.pass_minutes(minutes)

    @rule(side=where, author=who, ago=back, hr=pulses)
    def chart(self, side: int, author: str, ago: int, hr: int) -> None:
        at = self._moment(ago)
        self._post(side, Line(_id(), author, "reading", at, ("reading", hr, at)))

    @rule(side=where, author=who, ago=back)
    def note(self, side: int, author: str, ago: int) -> None:
        at = self._moment(ago)
        self._post(side, Line(_id(), author, "note", at, ("note", "Comfortable.", at)))

    @precondition(lambda self: self.paper.lines)
    @rule(side=where, author=who, number=any_line, ago=back, hr=pulses)
    def correct(self, side: int, author: str, number: int, ago: int, hr: int) -> None:
        target, at = self._line(number), self._moment(ago)
        kind = self.paper.root(target).kind
        value = {"reading": hr, "note": f"{hr}"}.get(kind, "drawn")
        said = ("note", "of another kind", at) if kind == "signature" else (kind, value, at)
        self._post(side, Line(_id(), author, "correction", self._moment(0), said, target.id))

    @precondition(lambda self: self.paper.lines)
    @rule(side=where, author=who, number=any_line, ago=back)
    def correct_late(self, side: int, author: str, number: int, ago: int) -> None:
        target, at = self._line(number), self._moment(ago)
        said = ("reading", 120, at)
        self._post(side, Line(_id(), author, "correction", at, said, target.id))

    @precondition(lambda self: self.paper.lines)
    @rule(side=where, author=who, number=any_line, ago=back)
    def strike(self, side: int, author: str, number: int, ago: int) -> None:
        self._post(side, Line(_id(), author, "correction", self._moment(ago), (), self._line(number).id))

    @rule(side=where, author=who, ago=back)
    def close(self, side: int, author: str, ago: int) -> None:
        at = self._moment(ago)
        self._post(side, Line(_id(), author, "phase", at, ("phase", "drawn", at)))

    @rule(side=where, author=st.sampled_from((DOCTOR, DOCTOR, *NURSES)), behind=st.sampled_from((0, 0, 1, 2)))
    def sign(self, side: int, author: str, behind: int) -> None:
        seen = max(1, len(self.paper.lines) + 1 - behind)
        self._post(side, Line(_id(), author, "signature", self._moment(0)), seen)

    @precondition(lambda self: self.paper.lines)
    @rule(side=where, number=any_line, author=st.sampled_from((None, None, *EVERYBODY)))
    def repeat(self, side: int, number: int, author: str | None) -> None:
        line = self._line(number)
        if line.kind != "signature":
            self._post(side, replace(line, author=author or line.author))

    @precondition(lambda self: self.paper.lines)
    @rule(side=where, number=any_line, author=who, hr=pulses)
    def use_an_id_again(self, side: int, number: int, author: str, hr: int) -> None:
        line = self._line(number)
        if line.kind == "reading":
            self._post(side, replace(line, author=author, said=("reading", hr, line.at)))

    # What holds

    @invariant()
    def both_connections_see_what_the_model_says(self) -> None:
        for kept in self.pair:
            view = self._view(kept)
            seqs = [entry.seq for entry in view.record.entries]
            assert seqs == list(range(1, len(self.paper.lines) + 2))
            assert [entry.id for entry in view.record.entries][1:] == [line.id for line in self.paper.lines]
            counts = {one.entry.id: told(one) for one in view.effective if one.kind != "opening"}
            assert counts == self.paper.counts()
            assert view.closed_at == self.paper.closed_at()

    @invariant()
    def what_was_signed_never_changes(self) -> None:
        view = self._view(self.pair[1])
        found = {one.entry.id: told(one) for one in view.effective}
        assert {entry: found[entry] for entry in self.snapshot} == self.snapshot

    def teardown(self) -> None:
        if hasattr(self, "session"):
            assert self.pair[0].records.first_break(self.session) is None

    # Inside

    def _moment(self, ago: int) -> datetime:
        return self.pair[0].clock() - ago * MIN

    def _line(self, number: int) -> Line:
        return self.paper.lines[number % len(self.paper.lines)]

    def _view(self, kept: Kept) -> SessionView:
        return kept.clinic.session(kept.person(Role.CLINICIAN), self.session)

    def _post(self, side: int, line: Line, seen: int | None = None) -> None:
        kept = self.pair[side]
        boss = line.author == DOCTOR
        person = kept.person(Role.CLINICIAN if boss else Role.NURSE, line.author)
        body = body_of(line) | ({} if seen is None else {"meaning": "read", "last_seq": seen})

        expected = self.paper.answer(line, kept.clock(), boss=boss, seen=seen)

        assert status(kept.clinic, person, self.session, body) == expected
        if line.kind == "signature" and expected == NEW:
            self.snapshot = {one.entry.id: told(one) for one in self._view(kept).effective}


def status(clinic: Clinic, person: Any, session: str, body: dict[str, Any]) -> int:  # noqa: ANN401  # whoever acts
    """Return the status with which the API would answer."""
    try:
        return NEW if clinic.append(person, session, body).created else AGAIN
    except ChairsideError as error:
        return error.status


def _id() -> str:
    return str(uuid.uuid4())


def run_machine(pair: tuple[Kept, Kept], examples: int) -> None:
    machine = type("Drawn", (Record,), {"pair": pair})
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=slow),
    )


def test_a_record_written_through_two_connections_does_what_the_model_says(pair: tuple[Kept, Kept]) -> None:
    run_machine(pair, 50)


@pytest.mark.soak
@pytest.mark.parametrize("_part", range(10))
def test_a_record_written_through_two_connections_does_what_the_model_says_for_long(
    pair: tuple[Kept, Kept], _part: int
) -> None:
    run_machine(pair, 100)


# At the same moment


def reading(kept: Kept, session: str, author: str, hr: int = 70, ago: float = 1) -> Callable[[], Stored]:
    body: dict[str, Any] = {"values": {"hr": hr}, "kind": "reading", "id": _id()}
    body["measured_at"] = (kept.clock() - ago * MIN).isoformat()
    return partial(kept.clinic.append, kept.person(Role.NURSE, author), session, body)


def correction(kept: Kept, session: str, author: str, entry: str, hr: int) -> Callable[[], Stored]:
    at = kept.clock().isoformat()
    new = {"kind": "reading", "measured_at": at, "values": {"hr": hr}}
    body = {"kind": "correction", "entry_id": entry, "reason": "misread", "replacement": new}
    body |= {"id": _id(), "measured_at": at}
    return partial(kept.clinic.append, kept.person(Role.NURSE, author), session, body)


def signature(kept: Kept, session: str, seen: int) -> Callable[[], Stored]:
    body: dict[str, Any] = {"kind": "signature", "id": _id(), "meaning": "read", "last_seq": seen}
    body["measured_at"] = kept.clock().isoformat()
    return partial(kept.clinic.append, kept.person(Role.CLINICIAN, DOCTOR), session, body)


def outcome(one: Stored | Exception) -> str:
    return type(one).__name__


def seqs(kept: Kept, session: str) -> list[int]:
    return [entry.seq for entry in kept.records.record(kept.site, session).entries]


def test_an_edit_against_a_sign_off_ends_as_one_of_the_two_did_first(pair: tuple[Kept, Kept]) -> None:
    one, two = pair
    edit_first, sign_first = ("Stored", "ConflictError"), ("SignedError", "Stored")

    for _ in range(15):
        session = one.seat(f"{next(chairs)}")
        one.clock.pass_minutes(2)
        entry = reading(one, session, NURSES[0])().entry.id
        edit, sign = at_once([correction(one, session, NURSES[0], entry, 90), signature(two, session, 2)])

        assert (outcome(edit), outcome(sign)) in {edit_first, sign_first}
        view = two.clinic.session(two.person(), session)
        edited = isinstance(edit, Stored)
        assert view.latest["hr"].value == (90 if edited else 70)
        assert (view.signed is None) == edited
        assert seqs(one, session) == [1, 2, 3]


def test_a_late_reading_against_a_sign_off_is_kept_in_either_order(pair: tuple[Kept, Kept]) -> None:
    one, two = pair

    for _ in range(15):
        session = one.seat(f"{next(chairs)}")
        one.clock.pass_minutes(2)
        late, sign = at_once([reading(one, session, NURSES[0]), signature(two, session, 1)])

        view = two.clinic.session(two.person(), session)
        assert isinstance(late, Stored)
        if isinstance(sign, Stored):
            assert view.after_signing == {late.entry.id}
            assert (sign.entry.seq, late.entry.seq) == (2, 3)
        else:
            assert isinstance(sign, ConflictError)
            assert view.signed is None


def test_edits_of_one_entry_at_once_are_all_kept_and_both_sides_agree_on_the_last(pair: tuple[Kept, Kept]) -> None:
    one = pair[0]
    session = one.seat(f"{next(chairs)}")
    one.clock.pass_minutes(2)
    entry = reading(one, session, NURSES[0])().entry.id

    edits = [correction(pair[n % 2], session, NURSES[0], entry, 80 + n) for n in range(10)]
    stored = at_once(edits)

    assert [outcome(edit) for edit in stored] == ["Stored"] * 10
    assert seqs(one, session) == list(range(1, 13))
    seen = {kept.clinic.session(kept.person(), session).latest["hr"].value for kept in pair}
    last = max((edit.entry for edit in stored if isinstance(edit, Stored)), key=lambda found: found.id)
    assert seen == {last.content.replacement.content.values["hr"]}  # type: ignore[attr-defined]  # a correction of a reading


def test_two_signatures_at_once_are_one(pair: tuple[Kept, Kept]) -> None:
    session = pair[0].seat(f"{next(chairs)}")
    pair[0].clock.pass_minutes(2)

    stored = at_once([signature(kept, session, 1) for kept in pair * 4])

    assert sorted(outcome(one) for one in stored) == ["SignedError"] * 7 + ["Stored"]
    assert isinstance(next(one for one in stored if not isinstance(one, Stored)), SignedError)
