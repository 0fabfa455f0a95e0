"""Emergency access on both databases: one session, a reason, an hour at most, and the trail of both sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from models.errors import ConflictError, NotAllowedError, NotFoundError, RefusedError
from models.people import Person, Role
from models.store.emergencies import Emergency
from models.store.trail import Wanted
from tests.kept import Kept

REASON = "unconscious, no record here"


@dataclass
class Two:
    """A clinic with a patient on chair 1, and a clinician of another site."""

    kept: Kept
    session: str
    clinician: Person
    reviewer: Person

    def begin(self, **more: object) -> Emergency:
        return self.kept.clinic.emergencies.begin(self.clinician, {"session": self.session, "reason": REASON} | more)

    def lines(self, site: str) -> list[tuple[str, str | None, str]]:
        self.kept.clinic.trail.flush()
        found = self.kept.records.trail.find(site, Wanted(person=self.clinician.name))
        return [(one.kind, one.session, one.about) for one in reversed(found)]


@pytest.fixture
def two(database_url: str) -> Iterator[Two]:
    """Give two sites on each database."""
    with closing(Kept(database_url)) as kept:
        north = kept.clinic.sites.add("North", kept.clock())
        clinician = replace(kept.person(Role.CLINICIAN, "a.lindqvist"), site=north.id)
        yield Two(kept, kept.seat("1"), clinician, replace(kept.person(Role.REVIEWER), site=north.id))


def test_a_session_of_another_site_is_read_for_an_hour_and_not_longer(two: Two) -> None:
    clinic = two.kept.clinic
    with pytest.raises(NotFoundError):
        clinic.session(two.clinician, two.session)

    two.begin()
    seen = clinic.session(two.clinician, two.session)
    entries = clinic.entries(two.clinician, two.session)
    two.kept.clock.pass_minutes(60)

    assert seen.id == two.session
    assert len(entries.items) == 1
    assert clinic.emergencies.running(two.clinician) == []
    for ask in (clinic.session, clinic.entries, clinic.record):
        with pytest.raises(NotFoundError):
            ask(two.clinician, two.session)


def test_it_is_opened_by_the_names_of_site_and_chair_and_ended_by_tap(two: Two) -> None:
    opened = two.begin(session=None, site="Clinic", chair="1", minutes=5)

    assert opened.session == two.session
    two.kept.clinic.emergencies.end(two.clinician, opened.id)

    with pytest.raises(NotFoundError):
        two.kept.clinic.session(two.clinician, two.session)
    with pytest.raises(NotFoundError):
        two.kept.clinic.emergencies.end(two.clinician, opened.id)


@pytest.mark.parametrize(
    "body",
    [{"reason": None}, {"reason": "urgent"}, {"minutes": 61}, {"minutes": 0}, {"session": None}, {"more": 1}],
)
def test_without_a_reason_or_for_longer_than_an_hour_nothing_is_opened(two: Two, body: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        two.begin(**body)

    assert two.kept.clinic.emergencies.running(two.clinician) == []


def test_it_reaches_nothing_but_that_session_and_nobody_else(two: Two) -> None:
    other = two.kept.seat("2")
    two.begin()
    clinic = two.kept.clinic

    with pytest.raises(NotFoundError):
        clinic.session(two.clinician, other)
    with pytest.raises(NotFoundError):
        clinic.session(replace(two.clinician, id="somebody else"), two.session)
    with pytest.raises(NotFoundError):
        clinic.append(two.clinician, two.session, {"kind": "note", "text": "x"})
    with pytest.raises(NotFoundError):
        clinic.exported(two.clinician, two.session, "csv")
    assert clinic.sessions(two.clinician).items == []
    assert clinic.patients(two.clinician).items == []
    assert clinic.board(two.clinician) == []
    assert clinic.session(replace(two.clinician), two.session).id == two.session
    with pytest.raises(NotFoundError):
        clinic.session(replace(two.clinician, role=Role.NURSE), two.session)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CLINICIAN])
def test_only_a_clinician_opens_it(two: Two, role: Role) -> None:
    with pytest.raises(NotAllowedError):
        two.kept.clinic.emergencies.begin(replace(two.clinician, role=role), {"session": two.session, "reason": REASON})


def test_who_works_there_acts_there_instead(two: Two) -> None:
    with pytest.raises(ConflictError, match="act at that site"):
        two.kept.clinic.emergencies.begin(
            replace(two.clinician, site=two.kept.site), {"session": two.session, "reason": REASON}
        )


def test_everything_is_in_the_trail_of_both_sites_with_the_reason(two: Two) -> None:
    opened = two.begin()
    two.kept.clinic.session(two.clinician, two.session)
    two.kept.clinic.emergencies.end(two.clinician, opened.id)

    began, ended = ("emergency", two.session, f"began: {REASON}"), ("emergency", two.session, f"ended: {REASON}")
    seen = ("view", two.session, f"emergency: {REASON}")
    assert sorted(two.lines(two.kept.site)) == sorted([began, seen, ended])
    assert two.lines(two.clinician.site) == [began, ended]
    for site in (two.kept.site, two.clinician.site):
        listed = two.kept.clinic.emergencies.listed(replace(two.reviewer, site=site))
        assert [(one.person, one.reason) for one in listed] == [("a.lindqvist", REASON)]
    with pytest.raises(NotAllowedError):
        two.kept.clinic.emergencies.listed(two.clinician)
