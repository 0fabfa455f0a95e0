"""The second factor: enrolled with the password, asked for at sign-in, taken once for ever, also by many at once."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from models.errors import ConflictError, NotAllowedError, NotSignedInError, RefusedError, ThrottledError, WrongCodeError
from models.signing_in import PER_ACCOUNT, SignedIn
from tests.desk import RIGHT, WRONG, StaffDesk
from tests.kept import at_once

WHO = "a.lindqvist"


def test_with_a_second_factor_the_password_alone_signs_nobody_in(desk: StaffDesk) -> None:
    desk.enrol()

    with pytest.raises(WrongCodeError) as refused:
        desk.enter(WHO)

    assert refused.value.status == 401
    assert [error.field for error in refused.value.errors] == ["code"]


def test_the_code_of_now_signs_in_and_costs_one_hash(desk: StaffDesk) -> None:
    desk.enrol()
    before = desk.hasher.calls

    signed = desk.enter(WHO, code=desk.code(WHO))

    assert signed.session.person.name == WHO
    assert desk.hasher.calls == before + 1


def test_a_code_is_taken_once(desk: StaffDesk) -> None:
    desk.enrol()
    code = desk.code(WHO)
    desk.enter(WHO, code=code)

    with pytest.raises(WrongCodeError):
        desk.enter(WHO, code=code)


def test_many_at_once_take_a_code_once(desk: StaffDesk) -> None:
    desk.enrol()
    code = desk.code(WHO)

    answers = at_once([lambda: desk.enter(WHO, code=code)] * 8)

    assert sum(isinstance(one, SignedIn) for one in answers) == 1
    assert sum(isinstance(one, WrongCodeError) for one in answers) == 7


def test_an_earlier_step_is_over_once_a_later_one_was_taken(desk: StaffDesk) -> None:
    desk.enrol()
    desk.enter(WHO, code=desk.code(WHO, 1))

    for steps in (-1, 0, 1):
        with pytest.raises(WrongCodeError):
            desk.enter(WHO, code=desk.code(WHO, steps))


def test_the_code_that_confirmed_it_signs_nobody_in(desk: StaffDesk) -> None:
    desk.account.offer(desk.who(WHO), {"password": RIGHT})
    code = desk.code(WHO)
    desk.account.confirm(desk.who(WHO), {"code": code})

    with pytest.raises(WrongCodeError):
        desk.enter(WHO, code=code)


@pytest.mark.parametrize(
    "code",
    [
        "000000",
        "12345",
        "1234567",
        "",
        "\uff21\uff22\uff23",
        123456,
        ["123456"],
        "\u0663\u0663\u0663\u0663\u0663\u0663",
    ],
)
def test_what_is_no_code_of_it_is_refused(desk: StaffDesk, code: object) -> None:
    desk.enrol()

    with pytest.raises(WrongCodeError):
        desk.enter(WHO, code=code)


def test_wrong_codes_are_throttled_like_wrong_passwords_and_asking_for_one_is_not(desk: StaffDesk) -> None:
    desk.enrol()
    for _ in range(PER_ACCOUNT + 5):
        with pytest.raises(WrongCodeError):
            desk.enter(WHO)
    for _ in range(PER_ACCOUNT):
        with pytest.raises(WrongCodeError):
            desk.enter(WHO, code="000000")

    with pytest.raises(ThrottledError):
        desk.enter(WHO, code=desk.code(WHO))


def test_a_wrong_password_says_nothing_of_a_code(desk: StaffDesk) -> None:
    desk.enrol()

    with pytest.raises(NotSignedInError) as refused:
        desk.enter(WHO, WRONG, code=desk.code(WHO))

    assert not isinstance(refused.value, WrongCodeError)


def test_a_recovery_code_signs_in_once_however_it_is_written(desk: StaffDesk) -> None:
    codes = desk.enrol()

    desk.enter(WHO, code=codes[0].lower().replace("-", " "))

    assert len(set(codes)) == 10
    with pytest.raises(WrongCodeError):
        desk.enter(WHO, code=codes[0])
    assert desk.account.own(desk.who(WHO)).codes_left == 9


def test_many_at_once_take_a_recovery_code_once(desk: StaffDesk) -> None:
    code = desk.enrol()[0]

    answers = at_once([lambda: desk.enter(WHO, code=code)] * 8)

    assert sum(isinstance(one, SignedIn) for one in answers) == 1


def test_a_recovery_code_is_of_one_account(desk: StaffDesk) -> None:
    code = desk.enrol("admin")[0]
    desk.enrol(WHO)

    with pytest.raises(WrongCodeError):
        desk.enter(WHO, code=code)


def test_the_database_keeps_neither_secret_nor_recovery_codes(desk: StaffDesk) -> None:
    offer = desk.account.offer(desk.who(WHO), {"password": RIGHT})
    codes = desk.account.confirm(desk.who(WHO), {"code": desk.code(WHO)})

    with desk.kept.database.read() as connection:
        tables = ("second_factors", "recovery_codes")
        kept = str([connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables])  # noqa: S608  # our own tables

    assert WHO not in kept
    assert offer.secret not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_an_unconfirmed_secret_asks_nobody_for_a_code(desk: StaffDesk) -> None:
    desk.account.offer(desk.who(WHO), {"password": RIGHT})

    assert desk.enter(WHO).session.person.name == WHO


def test_a_wrong_first_code_puts_nothing_in_force(desk: StaffDesk) -> None:
    desk.account.offer(desk.who(WHO), {"password": RIGHT})

    with pytest.raises(RefusedError, match="clock of the telephone"):
        desk.account.confirm(desk.who(WHO), {"code": "000000"})

    assert not desk.account.own(desk.who(WHO)).has_code


def test_who_does_not_know_the_password_enrols_nothing(desk: StaffDesk) -> None:
    with pytest.raises(RefusedError, match="not the password"):
        desk.account.offer(desk.who(WHO), {"password": WRONG})
    with pytest.raises(ConflictError, match="Begin again"):
        desk.account.confirm(desk.who(WHO), {"code": "000000"})


@pytest.mark.parametrize("name", ["m.silva", "v.marsh", "wall"])
def test_other_roles_have_no_second_factor(desk: StaffDesk, name: str) -> None:
    with pytest.raises(NotAllowedError):
        desk.account.offer(desk.who(name), {"password": RIGHT})


def test_there_is_no_second_one_beside_the_first(desk: StaffDesk) -> None:
    desk.enrol()

    with pytest.raises(ConflictError, match="already"):
        desk.account.offer(desk.who(WHO), {"password": RIGHT})


def test_it_is_taken_away_with_the_password(desk: StaffDesk) -> None:
    desk.enrol()

    with pytest.raises(RefusedError):
        desk.account.remove(desk.who(WHO), {"password": WRONG})
    desk.account.remove(desk.who(WHO), {"password": RIGHT})

    assert desk.enter(WHO).session.person.name == WHO


def test_beside_a_code_eight_characters_are_enough_and_alone_they_are_not(desk: StaffDesk) -> None:
    short = "vk7-tram"
    token = desk.enter(WHO).token
    with pytest.raises(RefusedError, match="15 to 200"):
        desk.account.change_password(desk.who(WHO), token, {"password": RIGHT, "new_password": short})
    desk.enrol()

    desk.account.change_password(desk.who(WHO), token, {"password": RIGHT, "new_password": short})

    assert desk.enter(WHO, short, code=desk.code(WHO)).session.person.name == WHO
    with pytest.raises(RefusedError, match="Change the password first"):
        desk.account.remove(desk.who(WHO), {"password": short})
