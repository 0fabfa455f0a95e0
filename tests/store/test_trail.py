"""The trail on both databases: numbered, chained, never changed, and in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.errors import ConflictError, NotStoredNowError
from models.people import Person, Role
from models.store.engine import beside
from models.store.tables import TrailRow
from models.store.trail import _CHAINED, Line, TrailStore, Wanted, trail_break, trail_key
from models.trail import WAITING_MOST, Trace, Trail
from tests.kept import KEY, NOON, Kept, at_once
from tests.vault import Vault


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    """Give an empty clinic on each database."""
    with closing(Kept(database_url)) as found:
        yield found


def line(kept: Kept, number: int = 0) -> Line:
    return Line(kept.site, NOON, "view", "m.silva", "nurse", about=f"number {number}")


def stored(kept: Kept) -> list[Line]:
    return kept.records.trail.find(kept.site, Wanted(), 200)


def broken(kept: Kept) -> str:
    with kept.database.read() as connection:
        found = trail_break(connection, trail_key(KEY))
    return found.why if found else ""


def touch(kept: Kept, statement: str) -> None:
    """Change the trail as somebody would who may do anything in the database."""
    off = (
        ["DROP TRIGGER trail_no_update", "DROP TRIGGER trail_no_delete"]
        if kept.database.is_sqlite
        else ["ALTER TABLE trail DISABLE TRIGGER USER"]
    )
    with kept.database.write() as connection:
        for one in (*off, statement):
            connection.execute(text(one))


def test_lines_are_numbered_from_one_and_hold(kept: Kept) -> None:
    kept.records.trail.add([line(kept, 1), line(kept, 2)])
    kept.records.trail.add([line(kept, 3)])

    assert [(one.number, one.about) for one in stored(kept)] == [(3, "number 3"), (2, "number 2"), (1, "number 1")]
    assert broken(kept) == ""


@pytest.mark.parametrize("statement", ["UPDATE trail SET person = 'r.okafor'", "DELETE FROM trail"])
def test_the_database_refuses_to_change_or_delete_a_line(kept: Kept, statement: str) -> None:
    kept.records.trail.add([line(kept)])

    with pytest.raises((DBAPIError, NotStoredNowError, ConflictError)), kept.database.write() as connection:
        connection.execute(text(statement))

    assert [one.person for one in stored(kept)] == ["m.silva"]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE trail SET person = 'r.okafor' WHERE number = 2", "line 2 ("),
        ("UPDATE trail SET about = '' WHERE number = 3", "line 3 ("),
        ("UPDATE trail SET session_id = id WHERE number = 1", "line 1 ("),
        ("DELETE FROM trail WHERE number = 2", "line 2 is missing"),
    ],
)
def test_what_was_touched_is_named(kept: Kept, statement: str, why: str) -> None:
    kept.records.trail.add([line(kept, number) for number in (1, 2, 3)])

    touch(kept, statement)

    assert why in broken(kept)


def test_every_column_of_a_line_is_under_its_digest() -> None:
    columns = {column.name for column in TrailRow.__table__.columns}

    assert columns - set(_CHAINED) == {"at", "previous_hash", "hash"}


def test_a_line_written_without_the_key_shows(kept: Kept) -> None:
    TrailStore(kept.database, b"another key").add([line(kept)])

    assert "written without the key" in broken(kept)


def test_lines_written_at_once_by_two_servers_are_one_chain(kept: Kept) -> None:
    others = [Kept(kept.url) for _ in range(2)]

    came = at_once(
        [lambda store=one.records.trail: [store.add([line(kept)], 5) for _ in range(10)] for one in others]  # type: ignore[misc]  # mypy does not infer the default
    )
    for one in others:
        one.close()

    assert [type(one) for one in came] == [list, list]
    assert [one.number for one in stored(kept)] == list(range(20, 0, -1))
    assert broken(kept) == ""


def test_a_change_that_fails_leaves_no_line_and_a_line_that_fails_no_change(kept: Kept) -> None:
    admin = kept.person(Role.ADMIN)
    kept.clinic.add_chair(admin, "1")

    with pytest.raises(ConflictError):
        kept.clinic.add_chair(admin, "1")
    stranger = replace(admin, site="nowhere")
    with pytest.raises(ConflictError), kept.clinic.trail.together(stranger, Trace.SETTINGS, "chair 2 added"):
        kept.places.add_chair(kept.site, "2", NOON)

    assert [(one.kind, one.about) for one in stored(kept)] == [("settings", "chair 1 added")]
    assert [chair.name for chair in kept.places.chairs(kept.site)] == ["1"]


def test_what_is_to_be_written_beside_a_change_that_never_comes_is_a_fault(kept: Kept) -> None:
    with pytest.raises(RuntimeError, match="Nothing was written"), beside(lambda _connection: None):
        pass

    assert stored(kept) == []


def test_looking_again_within_ten_minutes_is_one_line(kept: Kept) -> None:
    session, nurse = kept.seat("1"), kept.person(name="m.silva")
    for minutes in (0, 4, 5, 2, 9):
        kept.clock.pass_minutes(minutes)
        kept.clinic.session(nurse, session)
        kept.clinic.entries(nurse, session)
    kept.clinic.session(kept.person(name="r.okafor"), session)

    kept.clinic.trail.flush()

    views = [one for one in stored(kept) if one.kind == "view" and one.session == session]
    assert [one.person for one in views] == ["r.okafor", "m.silva", "m.silva"]
    assert {one.patient for one in views} == {kept.clinic.session(nurse, session).patient.id}


def test_the_wall_is_one_line_for_each_time_that_it_signs_in(kept: Kept) -> None:
    wall = kept.person(Role.WALL)
    for _ in range(2):
        kept.clinic.trail.note(wall, Trace.SIGN_IN)
        for _ in range(3):
            kept.clinic.board(wall)
            kept.clock.pass_minutes(60)

    kept.clinic.trail.flush()

    assert [one.kind for one in stored(kept)] == ["board", "sign_in", "board", "sign_in"]


def test_a_full_queue_gives_up_the_newest_and_counts_it(kept: Kept) -> None:
    trail, nurse = kept.clinic.trail, kept.person()
    for number in range(WAITING_MOST + 7):
        trail.view(nurse, Trace.LIST, about=str(number))

    assert trail.waiting == WAITING_MOST
    assert trail.lost == 7


def test_what_waits_is_written_once_storage_takes_it_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = kept.clinic.trail
    trail.note(kept.person(), Trace.SIGN_IN)

    with monkeypatch.context() as patched:
        patched.setattr(trail.store, "add", _refuses)
        assert trail.flush() == 1
    assert trail.flush() == 0

    assert [one.kind for one in stored(kept)] == ["sign_in"]


def _refuses(_lines: object) -> None:
    raise NotStoredNowError("Not now.")


def test_a_line_that_can_never_be_kept_holds_up_no_other(kept: Kept) -> None:
    trail, stranger = kept.clinic.trail, Person("x", "stranger", Role.NURSE, "nowhere")
    trail.note(kept.person(), Trace.SIGN_IN)
    trail.note(stranger, Trace.SIGN_IN)
    trail.note(kept.person(), Trace.SIGN_OUT)

    assert trail.flush() == 0
    assert trail.lost == 1
    assert [one.kind for one in stored(kept)] == ["sign_out", "sign_in"]


def test_a_search_narrows_and_goes_on_page_by_page(kept: Kept) -> None:
    kept.records.trail.add([replace(line(kept, number), person=f"p{number % 2}") for number in range(1, 8)])

    first = kept.records.trail.find(kept.site, Wanted(person="p1"), 2)
    then = kept.records.trail.find(kept.site, Wanted(person="p1", before=first[-1].number), 2)

    assert [one.number for one in (*first, *then)] == [7, 5, 3, 1]
    assert kept.records.trail.find("another site", Wanted()) == []


# With the anchor


@pytest.fixture
def vault(database_url: str, tmp_path: Path) -> Iterator[Vault]:
    """Give a clinic with an anchor."""
    found = Vault(tmp_path, database_url)
    yield found
    found.stop()


def add(vault: Vault, lines: int) -> None:
    vault.kept.records.trail.add([line(vault.kept, number) for number in range(lines)])


def test_lines_cut_off_the_end_are_missed_by_the_anchor(vault: Vault) -> None:
    add(vault, 3)
    vault.keep()

    before = vault.prove()
    touch(vault.kept, "DELETE FROM trail WHERE number = 3")
    after = vault.prove()

    assert before.broken is None
    assert after.broken is not None
    assert after.broken.sentence() == "the trail does not hold: it was cut off: 2 lines are left of 3"


def test_a_restored_trail_holds_and_goes_on(vault: Vault) -> None:
    vault.record("1")
    add(vault, 3)
    file = vault.back_up()
    add(vault, 2)
    vault.keep()
    vault.restore(file)

    add(vault, 1)
    vault.keep("start")
    after = vault.prove()
    touch(vault.kept, "DELETE FROM trail WHERE number = (SELECT MAX(number) FROM trail)")

    assert after.broken is None
    assert vault.prove().broken is not None


def test_one_session_is_proved_without_the_trail(vault: Vault) -> None:
    session = vault.record("1")
    add(vault, 1)
    touch(vault.kept, "UPDATE trail SET person = 'x' WHERE number = 1")

    assert vault.prove(session).broken is None
    assert vault.prove().broken is not None


def test_a_trail_that_does_not_hold_gives_no_backup(vault: Vault) -> None:
    add(vault, 1)
    touch(vault.kept, "UPDATE trail SET person = 'x' WHERE number = 1")

    with pytest.raises(Exception, match="the trail does not hold"):
        vault.back_up()


def test_a_trail_of_a_clinic_without_a_queue_writes_at_once(kept: Kept) -> None:
    Trail(kept.records.trail, kept.clock).write(kept.person(), Trace.EXPORT, about="csv")

    assert [(one.kind, one.about) for one in stored(kept)] == [("export", "csv")]
