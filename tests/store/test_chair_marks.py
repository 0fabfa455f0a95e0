"""What is said of chairs: an append-only log, who may say what, and what it means for whoever is seated next."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.chair_marks import ChairState
from models.errors import ConflictError, NotAllowedError, NotFoundError, RefusedError
from models.feed import Change
from models.people import Role
from tests.kept import Kept, at_once


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    """Give a clinic with one chair."""
    with closing(Kept(database_url)) as found:
        found.clinic.new_chair(found.site, "1")
        yield found


def chair(kept: Kept, name: str = "1") -> str:
    return next(one.id for one in kept.places.chairs(kept.site) if one.name == name)


def say(kept: Kept, state: str, role: Role = Role.NURSE, note: str | None = None) -> None:
    kept.clock.pass_minutes(1)
    kept.clinic.desk.set_state(kept.person(role), chair(kept), {"state": state, "note": note})


def state(kept: Kept, name: str = "1") -> ChairState:
    return kept.clinic.chair_now(kept.person(), name).state


def lines(kept: Kept) -> list[tuple[str, str, str | None]]:
    return [(one.value, one.author, one.note) for one in kept.clinic.desk.log(kept.person(), chair(kept))]


def close_session(kept: Kept, session: str) -> None:
    kept.chart(session, "phase", to="cancelled", reason="felt unwell")


def test_a_chair_is_free_until_somebody_says_otherwise(kept: Kept) -> None:
    assert state(kept) is ChairState.FREE
    say(kept, "reserved")
    assert state(kept) is ChairState.RESERVED
    say(kept, "free")
    assert state(kept) is ChairState.FREE


def test_the_log_keeps_every_line_with_who_and_why(kept: Kept) -> None:
    say(kept, "cleaning", note="spill")
    say(kept, "out_of_use", Role.CLINICIAN, "pump broken")
    say(kept, "free", Role.ADMIN)

    assert lines(kept) == [
        ("free", "the admin", None),
        ("out_of_use", "the clinician", "pump broken"),
        ("cleaning", "the nurse", "spill"),
    ]


def test_saying_the_same_again_adds_no_line_and_announces_nothing(kept: Kept) -> None:
    say(kept, "cleaning")
    heard: list[Change] = []
    kept.clinic.feed.listen(heard.append)
    say(kept, "cleaning")

    assert (len(lines(kept)), heard) == (1, [])


def test_every_open_board_is_told(kept: Kept) -> None:
    heard: list[Change] = []
    kept.clinic.feed.listen(heard.append)
    say(kept, "cleaning")
    kept.clinic.desk.assign(kept.person(), chair(kept), {"take": True})

    assert heard == [Change(kept.site, chair(kept), None)] * 2


@pytest.mark.parametrize("statement", ["UPDATE chair_marks SET note = ''", "DELETE FROM chair_marks"])
def test_the_log_refuses_to_be_changed(kept: Kept, statement: str) -> None:
    say(kept, "cleaning")

    with pytest.raises(DBAPIError, match="append-only"), kept.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_nurse_neither_takes_a_chair_out_of_use_nor_puts_it_back(kept: Kept) -> None:
    with pytest.raises(NotAllowedError):
        say(kept, "out_of_use")
    say(kept, "out_of_use", Role.ADMIN)

    for other in ("free", "reserved", "cleaning"):
        with pytest.raises(NotAllowedError):
            say(kept, other)
    assert state(kept) is ChairState.OUT_OF_USE


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.WALL, Role.DEVICE])
def test_others_say_nothing_of_a_chair(kept: Kept, role: Role) -> None:
    with pytest.raises(NotAllowedError):
        say(kept, "cleaning", role)
    with pytest.raises(NotAllowedError):
        kept.clinic.desk.assign(kept.person(role), chair(kept), {"take": True})
    with pytest.raises(NotAllowedError):
        kept.clinic.desk.log(kept.person(role), chair(kept))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"state": "running"},
        {"state": "recovery"},
        {"state": ["free"]},
        {"state": "cleaning", "note": "x" * 81},
        {"state": "cleaning", "note": "a\x00b"},
        {"state": "cleaning", "until": "noon"},
        [],
    ],
)
def test_what_is_no_state_is_refused(kept: Kept, body: object) -> None:
    with pytest.raises(RefusedError):
        kept.clinic.desk.set_state(kept.person(), chair(kept), body)


@pytest.mark.parametrize("unknown", ["", "1", "6a0f4d0e-6c53-4f0a-9a3f-3b0f4c6a1d22"])
def test_an_unknown_chair_is_not_found(kept: Kept, unknown: str) -> None:
    with pytest.raises(NotFoundError):
        kept.clinic.desk.set_state(kept.person(), unknown, {"state": "cleaning"})
    with pytest.raises(NotFoundError):
        kept.clinic.desk.assign(kept.person(), unknown, {"take": True})
    with pytest.raises(NotFoundError):
        kept.clinic.desk.log(kept.person(), unknown)


def test_nobody_is_seated_on_a_chair_that_is_out_of_use(kept: Kept) -> None:
    say(kept, "out_of_use", Role.ADMIN, "pump broken")

    with pytest.raises(ConflictError, match=r"out of use: pump broken\. Take another chair"):
        kept.seat("1")
    assert kept.records.standings(kept.site) == []


@pytest.mark.parametrize("said", ["reserved", "cleaning"])
def test_what_a_chair_was_kept_for_is_over_once_somebody_sits_there(kept: Kept, said: str) -> None:
    say(kept, said)
    session = kept.seat("1")
    during = state(kept)
    close_session(kept, session)

    assert (during, state(kept)) == (ChairState.RUNNING, ChairState.FREE)
    assert lines(kept)[0] == ("free", "the nurse", None)


def test_what_is_said_while_somebody_sits_there_counts_afterwards(kept: Kept) -> None:
    session = kept.seat("1")
    say(kept, "cleaning")
    during = state(kept)
    close_session(kept, session)

    assert (during, state(kept)) == (ChairState.RUNNING, ChairState.CLEANING)


def test_the_same_seating_sent_again_does_not_take_away_what_was_said_since(kept: Kept) -> None:
    seating = {"id": str(uuid.uuid4())}
    session = kept.seat("1", **seating)
    say(kept, "cleaning")
    opening = kept.records.record(kept.site, session).entries[0]
    body = opening.content.body() | seating | {"arrived_at": opening.measured_at.isoformat()}
    body.pop("kind", None)
    kept.clinic.open_session(kept.person(), body)
    close_session(kept, session)

    assert state(kept) is ChairState.CLEANING


def test_nobody_is_moved_to_a_chair_that_is_out_of_use(kept: Kept) -> None:
    say(kept, "out_of_use", Role.ADMIN)
    session = kept.seat("2")

    with pytest.raises(ConflictError, match="out of use"):
        kept.chart(session, "move", chair_id=chair(kept))
    assert state(kept, "2") is ChairState.RUNNING


def test_a_move_to_a_reserved_chair_uses_it_up(kept: Kept) -> None:
    say(kept, "reserved")
    session = kept.seat("2")
    kept.chart(session, "move", chair_id=chair(kept))
    close_session(kept, session)

    assert (state(kept), state(kept, "2")) == (ChairState.FREE, ChairState.FREE)


def test_a_nurse_takes_a_chair_another_takes_it_over_and_only_she_gives_it_back(kept: Kept) -> None:
    desk, maria, rose = kept.clinic.desk, kept.person(name="m.silva"), kept.person(name="r.okafor")
    desk.assign(maria, chair(kept), {"take": True})
    desk.assign(rose, chair(kept), {"take": True})
    with pytest.raises(ConflictError, match=r"r\.okafor has this chair"):
        desk.assign(maria, chair(kept), {"take": False})
    held = kept.clinic.chair_now(maria, "1").marks.nurse_name
    desk.assign(rose, chair(kept), {"take": False})

    assert (held, kept.clinic.chair_now(maria, "1").marks.nurse_name) == ("r.okafor", None)
    assert [one[0] for one in lines(kept)] == ["", "r.okafor", "m.silva"]


@pytest.mark.parametrize("body", [{}, {"take": "yes"}, {"take": None}, {"take": True, "nurse": "r.okafor"}])
def test_what_neither_takes_nor_gives_back_is_refused(kept: Kept, body: object) -> None:
    with pytest.raises(RefusedError):
        kept.clinic.desk.assign(kept.person(), chair(kept), body)


def test_many_that_say_something_at_once_are_all_kept_in_one_order(kept: Kept) -> None:
    nurses = [kept.person(name=f"nurse {number}") for number in range(6)]
    asked: list[Callable[[], str]] = [
        partial(kept.clinic.desk.assign, one, chair(kept), {"take": True}) for one in nurses
    ]

    came = at_once(asked)

    assert came == [chair(kept)] * 6
    with kept.database.read() as connection:
        numbers = connection.scalars(text("SELECT number FROM chair_marks ORDER BY number")).all()
    assert numbers == [1, 2, 3, 4, 5, 6]
