"""Protocols on both databases: a version never changes, a session keeps the one it began with, drafts do change."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.errors import ConflictError, NotAllowedError, NotFoundError, RefusedError
from models.people import Role
from models.protocol import STANDARD
from models.protocol_desk import Checked
from tests.kept import COMPLETE, Kept, at_once


def draft_of(kept: Kept) -> Checked:
    return kept.clinic.protocols.copy(kept.person(Role.ADMIN), {})


def saved(kept: Kept, draft: Checked, **limits: float) -> Checked:
    """Save a draft with other high cautions, by vital."""
    body: dict[str, Any] = dict(draft.draft.body)
    body["limits"] = {
        key: value | ({"caution_high": limits[key]} if key in limits else {}) for key, value in body["limits"].items()
    }
    asked = {"revision": draft.draft.revision, "protocol": body}
    return kept.clinic.protocols.save(kept.person(Role.ADMIN), draft.draft.id, asked)


def published(kept: Kept, **limits: float) -> str:
    draft = saved(kept, draft_of(kept), **limits)
    made = kept.clinic.protocols.publish(kept.person(Role.ADMIN), draft.draft.id, {"reason": "agreed on Monday"})
    return made.id


def state_of(kept: Kept, session: str) -> str:
    return kept.clinic.session(kept.person(), session).severity.word


def test_a_published_draft_is_the_next_version_and_in_force(kept: Kept) -> None:
    made = published(kept, sbp=150)

    newest, first = kept.clinic.protocols.versions(kept.person())
    assert (newest.id, newest.protocol.version, newest.in_force) == (made, 2, True)
    assert (first.protocol, first.in_force) == (STANDARD, False)
    assert [(mark.kind, mark.author, mark.reason) for mark in newest.marks] == [
        ("published", "the admin", "agreed on Monday")
    ]
    assert kept.clinic.protocols.drafts(kept.person(Role.ADMIN)) == []


def test_a_session_keeps_the_version_it_began_with_and_its_verdicts(kept: Kept) -> None:
    old = kept.seat("1")
    kept.chart(old, "reading", values=COMPLETE | {"hr": 105})
    before = state_of(kept, old)

    published(kept, hr=100)
    new = kept.seat("2")
    kept.chart(new, "reading", values=COMPLETE | {"hr": 105})

    assert (before, state_of(kept, old), state_of(kept, new)) == ("normal", "normal", "caution")
    views = [kept.clinic.session(kept.person(), one) for one in (old, new)]
    assert [view.protocol.version for view in views] == [1, 2]


def test_seating_and_starting_again_do_not_undo_what_was_published(kept: Kept) -> None:
    published(kept, hr=100)

    kept.seat("1")
    kept.clinic.protocols.store.seed(kept.site, STANDARD, kept.clock())

    assert [one.protocol.version for one in kept.clinic.protocols.versions(kept.person())] == [2, 1]


def test_another_name_is_another_protocol_and_not_the_default(kept: Kept) -> None:
    kept.clock.pass_minutes(1)
    draft = draft_of(kept)
    body = draft.draft.body | {"name": "Chronic pain, four hours"}
    desk, admin = kept.clinic.protocols, kept.person(Role.ADMIN)
    desk.save(admin, draft.draft.id, {"revision": 1, "protocol": body})
    desk.publish(admin, draft.draft.id, {"reason": "new service"})

    default, named = kept.seat("1"), kept.seat("2", protocol="Chronic pain, four hours")

    names = [kept.clinic.session(kept.person(), one).protocol.name for one in (default, named)]
    assert names == [STANDARD.name, "Chronic pain, four hours"]


def test_a_draft_with_a_fault_is_kept_but_not_published(kept: Kept) -> None:
    draft = saved(kept, draft_of(kept), sbp=185)

    assert [fault.field for fault in draft.faults] == ["limits.sbp.critical_high"]
    with pytest.raises(RefusedError, match="Critical inside caution"):
        kept.clinic.protocols.publish(kept.person(Role.ADMIN), draft.draft.id, {"reason": "because"})
    assert len(kept.clinic.protocols.versions(kept.person())) == 1


def test_a_draft_that_changes_nothing_or_has_no_reason_is_not_published(kept: Kept) -> None:
    desk, admin = kept.clinic.protocols, kept.person(Role.ADMIN)
    same, other = draft_of(kept), saved(kept, draft_of(kept), sbp=150)

    for draft, body in ((same, {"reason": "because"}), (other, {})):
        with pytest.raises(RefusedError):
            desk.publish(admin, draft.draft.id, body)


def test_nobody_overwrites_what_somebody_else_saved(kept: Kept) -> None:
    draft = draft_of(kept)
    saved(kept, draft, sbp=150)

    with pytest.raises(ConflictError, match="saved this draft since"):
        saved(kept, draft, sbp=155)
    kept_body = kept.clinic.protocols.draft(kept.person(Role.ADMIN), draft.draft.id).draft.body
    assert kept_body["limits"]["sbp"]["caution_high"] == 150


def test_two_drafts_published_at_once_are_two_versions(kept: Kept) -> None:
    drafts = [saved(kept, draft_of(kept), sbp=150 + number) for number in range(2)]
    desk, admin = kept.clinic.protocols, kept.person(Role.ADMIN)

    def publish(draft: Checked) -> str:
        return desk.publish(admin, draft.draft.id, {"reason": "agreed"}).id

    answers = at_once([lambda one=one: publish(one) for one in drafts])  # type: ignore[misc]  # bound now

    made = [one.protocol.version for one in desk.versions(admin)]
    stored = sum(isinstance(answer, str) for answer in answers)
    assert sorted(made) == list(range(1, stored + 2))
    assert stored == 2


def test_a_draft_can_be_thrown_away(kept: Kept) -> None:
    draft = draft_of(kept).draft.id
    desk, admin = kept.clinic.protocols, kept.person(Role.ADMIN)
    desk.drop(admin, draft)

    for ask in (desk.draft, desk.drop):
        with pytest.raises(NotFoundError):
            ask(admin, draft)


def test_a_clinician_signs_off_a_version_and_nobody_else_does(kept: Kept) -> None:
    version = published(kept, sbp=150)
    desk = kept.clinic.protocols

    found = desk.sign_off(kept.person(Role.CLINICIAN), version, {"meaning": "limits agreed for use"})

    assert [(mark.kind, mark.author, mark.reason) for mark in found.marks][1:] == [
        ("signed_off", "the clinician", "limits agreed for use")
    ]
    for role in (Role.NURSE, Role.REVIEWER, Role.ADMIN, Role.WALL):
        with pytest.raises(NotAllowedError):
            desk.sign_off(kept.person(role), version, {"meaning": "x"})


@pytest.mark.parametrize("role", [Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.WALL, Role.DEVICE])
def test_only_an_admin_edits_protocols(kept: Kept, role: Role) -> None:
    desk, person, draft = kept.clinic.protocols, kept.person(role), draft_of(kept).draft.id

    for ask in (
        lambda: desk.copy(person, {}),
        lambda: desk.drafts(person),
        lambda: desk.draft(person, draft),
        lambda: desk.save(person, draft, {}),
        lambda: desk.drop(person, draft),
        lambda: desk.publish(person, draft, {}),
    ):
        with pytest.raises(NotAllowedError):
            ask()


@pytest.mark.parametrize("statement", ["UPDATE protocol_marks SET reason = ''", "DELETE FROM protocol_marks"])
def test_the_database_refuses_to_rewrite_who_published_why(kept: Kept, statement: str) -> None:
    published(kept, sbp=150)

    with pytest.raises(DBAPIError, match="append-only"), kept.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_what_is_not_there_is_not_found(kept: Kept) -> None:
    desk, admin = kept.clinic.protocols, kept.person(Role.ADMIN)

    for name in (str(uuid.uuid4()), "drafts", ""):
        with pytest.raises(NotFoundError):
            desk.version(admin, name)
        with pytest.raises(NotFoundError):
            desk.draft(admin, name)
