"""Trying a draft through its use case: who may, on what, and that nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from models.errors import NotAllowedError, RefusedError
from models.people import Role
from models.protocol import STANDARD
from tests.kept import COMPLETE, Kept


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    with closing(Kept(database_url)) as found:
        session = found.seat("1")
        found.chart(session, "reading", values=COMPLETE | {"hr": 104})
        found.chart(session, "phase", to="cancelled", reason="went home")
        found.seat("2")
        yield found


def drafted(kept: Kept, **hr: Any) -> str:  # noqa: ANN401  # parts of a protocol
    """Copy the version in force, change the limits of the heart rate, and return the id of the draft."""
    admin, desk = kept.person(Role.ADMIN), kept.clinic.protocols
    draft = desk.copy(admin, {}).draft
    limits = draft.body["limits"] | {"hr": draft.body["limits"]["hr"] | hr}
    desk.save(admin, draft.id, {"revision": draft.revision, "protocol": draft.body | {"limits": limits}})
    return draft.id


def test_sessions_that_have_ended_are_tried_and_nothing_is_written(kept: Kept) -> None:
    draft = drafted(kept, caution_high=100)
    before = kept.clinic.reviews.store.stamp(kept.site)

    trial = kept.clinic.try_draft(kept.person(Role.ADMIN), draft)

    assert len(trial.sessions) == 1
    assert (trial.sessions[0].before.caution, trial.sessions[0].after.caution) == (0, 1)
    assert kept.clinic.reviews.store.stamp(kept.site) == before
    assert kept.clinic.protocols.in_force(kept.person(Role.ADMIN)).protocol == STANDARD


def test_a_draft_with_faults_cannot_be_tried(kept: Kept) -> None:
    with pytest.raises(RefusedError):
        kept.clinic.try_draft(kept.person(Role.ADMIN), drafted(kept, caution_high=500))


@pytest.mark.parametrize("role", [Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.WALL])
def test_only_who_edits_protocols_tries_one(kept: Kept, role: Role) -> None:
    draft = drafted(kept, caution_high=100)

    with pytest.raises(NotAllowedError):
        kept.clinic.try_draft(kept.person(role), draft)
