"""Looking after people: only an admin, at once, and never so that nobody is left who can."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from models.errors import ConflictError, NotAllowedError, NotFoundError, NotSignedInError, RefusedError
from models.people import Person, Role
from tests.desk import RIGHT, STAFF, WRONG, StaffDesk
from tests.kept import at_once

NEW = "violet tram under snow"


def admin(desk: StaffDesk) -> Person:
    return desk.who("admin")


@pytest.mark.parametrize("name", [name for name, role in STAFF if role is not Role.ADMIN])
def test_nobody_but_an_admin_looks_after_people(desk: StaffDesk, name: str) -> None:
    person, other = desk.who(name), desk.who("r.okafor").id
    calls = (
        lambda: desk.people.listed(person),
        lambda: desk.people.one(person, other),
        lambda: desk.people.add(person, {"name": "x", "role": "nurse", "password": NEW}),
        lambda: desk.people.change_role(person, other, {"role": "admin"}),
        lambda: desk.people.disable(person, other),
        lambda: desk.people.enable(person, other),
        lambda: desk.people.reset_password(person, other, {"password": NEW}),
        lambda: desk.people.reset_code(person, other, {"password": NEW}),
        lambda: desk.people.tokens(person),
        lambda: desk.people.add_token(person, {"name": "monitor"}),
        lambda: desk.people.revoke_token(person, "x"),
    )

    for call in calls:
        with pytest.raises(NotAllowedError):
            call()


def test_somebody_new_signs_in_at_once(desk: StaffDesk) -> None:
    added = desk.people.add(admin(desk), {"name": " j.doe ", "role": "nurse", "password": NEW})

    assert (added.person.name, added.person.role, added.disabled) == ("j.doe", Role.NURSE, False)
    assert desk.enter("j.doe", NEW).session.person.id == added.person.id


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name", "role", "password"]),
        ({"name": "", "role": "device", "password": "short"}, ["name", "role", "password"]),
        ({"name": "x" * 65, "role": "nurse", "password": NEW}, ["name"]),
        ({"name": "a\nb", "role": "nurse", "password": NEW}, ["name"]),
        ({"name": "x", "role": "nurse", "password": NEW, "site": "other"}, ["site"]),
        ([], ["body"]),
    ],
)
def test_what_is_missing_or_wrong_is_named(desk: StaffDesk, body: object, fields: list[str]) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.people.add(admin(desk), body)

    assert [error.field for error in refused.value.errors] == fields


def test_a_name_is_taken_once(desk: StaffDesk) -> None:
    with pytest.raises(ConflictError):
        desk.people.add(admin(desk), {"name": "m.silva", "role": "nurse", "password": NEW})


def test_another_role_counts_at_once_and_signs_out(desk: StaffDesk) -> None:
    token = desk.enter().token

    changed = desk.people.change_role(admin(desk), desk.who("m.silva").id, {"role": "reviewer"})

    assert changed.person.role is Role.REVIEWER
    with pytest.raises(NotSignedInError):
        desk.signing.current(token, used=True)
    assert desk.enter().session.person.role is Role.REVIEWER


def test_who_is_disabled_is_out_at_once_and_comes_back_when_enabled(desk: StaffDesk) -> None:
    token, account = desk.enter().token, desk.who("m.silva").id

    disabled = desk.people.disable(admin(desk), account).disabled
    with pytest.raises(NotSignedInError):
        desk.signing.current(token, used=True)
    with pytest.raises(NotSignedInError):
        desk.enter()
    desk.people.enable(admin(desk), account)

    assert disabled
    assert desk.enter().session.person.name == "m.silva"
    with pytest.raises(NotSignedInError):
        desk.signing.current(token, used=True)


def test_a_reset_password_signs_out_and_the_old_one_is_over(desk: StaffDesk) -> None:
    token = desk.enter().token

    desk.people.reset_password(admin(desk), desk.who("m.silva").id, {"password": NEW})

    with pytest.raises(NotSignedInError):
        desk.signing.current(token, used=True)
    with pytest.raises(NotSignedInError):
        desk.enter()
    assert desk.enter(password=NEW).session.person.name == "m.silva"


def test_a_lost_telephone_costs_the_code_and_the_password(desk: StaffDesk) -> None:
    desk.enrol("a.lindqvist")
    account = desk.who("a.lindqvist").id

    has_code = desk.people.reset_code(admin(desk), account, {"password": NEW}).has_code

    assert not has_code
    assert desk.enter("a.lindqvist", NEW).session.person.name == "a.lindqvist"
    with pytest.raises(ConflictError):
        desk.people.reset_code(admin(desk), account, {"password": NEW})


def test_the_last_admin_stays(desk: StaffDesk) -> None:
    me = admin(desk)

    changes: tuple[Callable[[], object], ...] = (
        lambda: desk.people.disable(me, me.id),
        lambda: desk.people.change_role(me, me.id, {"role": "nurse"}),
    )
    for change in changes:
        with pytest.raises(ConflictError, match="last admin"):
            change()

    assert desk.enter("admin").session.person.role is Role.ADMIN


def test_two_admins_who_disable_each_other_at_once_leave_one(desk: StaffDesk) -> None:
    one, two = admin(desk), desk.people.add(admin(desk), {"name": "admin 2", "role": "admin", "password": NEW}).person

    at_once([lambda: desk.people.disable(one, two.id), lambda: desk.people.disable(two, one.id)])

    assert (
        len([found for found in desk.people.listed(one) if found.person.role is Role.ADMIN and not found.disabled]) == 1
    )


def test_people_of_another_site_are_not_there(desk: StaffDesk) -> None:
    stranger = Person(str(uuid.uuid4()), "admin elsewhere", Role.ADMIN, str(uuid.uuid4()))

    assert desk.people.listed(stranger) == []
    with pytest.raises(NotFoundError):
        desk.people.disable(stranger, desk.who("m.silva").id)


def test_a_token_posts_until_it_is_revoked(desk: StaffDesk) -> None:
    made = desk.people.add_token(admin(desk), {"name": "monitor 1"})
    device = desk.signing.device(made.token)
    listed = desk.people.tokens(admin(desk))

    desk.people.revoke_token(admin(desk), listed[0].id)

    assert device.name == "monitor 1"
    assert [(one.name, one.revoked) for one in listed] == [("monitor 1", False)]
    assert [one.revoked for one in desk.people.tokens(admin(desk))] == [True]
    with pytest.raises(NotSignedInError):
        desk.signing.device(made.token)


def test_a_name_has_one_token_at_a_time(desk: StaffDesk) -> None:
    desk.people.add_token(admin(desk), {"name": "monitor 1"})
    with pytest.raises(ConflictError):
        desk.people.add_token(admin(desk), {"name": "monitor 1"})

    desk.people.revoke_token(admin(desk), desk.people.tokens(admin(desk))[0].id)

    assert desk.people.add_token(admin(desk), {"name": "monitor 1"}).name == "monitor 1"


def test_a_token_that_is_not_there_cannot_be_revoked(desk: StaffDesk) -> None:
    with pytest.raises(NotFoundError):
        desk.people.revoke_token(admin(desk), str(uuid.uuid4()))


# The own password


def test_the_own_password_is_changed_with_the_old_one_and_signs_out_the_others(desk: StaffDesk) -> None:
    here, there = desk.enter(), desk.enter()

    desk.account.change_password(desk.who("m.silva"), here.token, {"password": RIGHT, "new_password": NEW})

    assert desk.signing.current(here.token, used=True).person.name == "m.silva"
    with pytest.raises(NotSignedInError):
        desk.signing.current(there.token, used=True)
    assert desk.enter(password=NEW).session.person.name == "m.silva"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": WRONG, "new_password": NEW}, "password"),
        ({"password": RIGHT}, "new_password"),
        ({"new_password": NEW}, "password"),
        ({"password": RIGHT, "new_password": "short"}, "new_password"),
        ({"password": RIGHT, "new_password": RIGHT}, "new_password"),
        ([], "new_password"),
    ],
)
def test_a_change_that_is_refused_says_of_which_field(desk: StaffDesk, body: object, field: str) -> None:
    token = desk.enter().token

    with pytest.raises(RefusedError) as refused:
        desk.account.change_password(desk.who("m.silva"), token, body)

    assert [error.field for error in refused.value.errors] == [field]
    assert desk.enter().session.person.name == "m.silva"


def test_the_password_of_the_wall_is_not_changed_at_the_wall(desk: StaffDesk) -> None:
    token = desk.enter("wall").token

    with pytest.raises(NotAllowedError):
        desk.account.change_password(desk.who("wall"), token, {"password": RIGHT, "new_password": NEW})
