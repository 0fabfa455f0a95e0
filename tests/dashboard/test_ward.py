"""The demo's ward: a week and a day told through the use cases, then alive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.demo import Stage, set_stage, welcome
from dashboard.scenes import SCENES, invented_people, scenes_for
from dashboard.settings import read
from dashboard.ward import FastClock, SetClock
from models.clinic import ChairNow
from models.moments import MIN
from models.rules import Severity
from models.rules import Stage as Phase
from models.schedule import Lateness
from models.session import SessionView

NOW = datetime(2026, 3, 6, 14, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    staged = staged_in(tmp_path_factory.mktemp("demo"), week=True)
    yield staged
    staged.stores.database.close()


def staged_in(folder: Path, *, week: bool = False) -> Stage:
    return set_stage(read({"CHAIRSIDE_DATA_DIR": str(folder)}), 8, NOW, week=week)


def board(stage: Stage, now: datetime = NOW) -> list[ChairNow]:
    stage.ward.clinic.now = SetClock(now)
    return stage.ward.clinic.board(stage.ward.nurses[0])


def past(stage: Stage) -> list[SessionView]:
    board(stage)
    found = stage.ward.clinic.sessions(stage.ward.nurses[0], limit=100).items
    return [view for view in found if view.stage is Phase.CLOSED]


def test_the_eight_chairs_show_eight_different_states(stage: Stage) -> None:
    chairs = board(stage)
    views = [one.view for one in chairs if one.view is not None]

    assert len(chairs) == 8
    assert [one.chair.name for one in chairs if one.view is None] == ["8"]
    assert {view.stage for view in views} == {Phase.BEFORE, Phase.INFUSION, Phase.PAUSED, Phase.RECOVERY}
    assert {view.severity for view in views} == {Severity.NORMAL, Severity.CAUTION, Severity.CRITICAL}
    assert [view.due.state for view in views].count(Lateness.CRITICAL) == 1
    assert any(flag.rule == "SBP_HIGH" for view in views for flag in view.flags)


def test_today_has_events_a_medicine_and_a_correction(stage: Stage) -> None:
    views = [one.view for one in board(stage) if one.view is not None]

    assert {event.term for view in views for event in view.events} == {"Nausea", "Dizziness"}
    assert sum(len(view.medications) for view in views) == 1
    assert sum(entry.kind == "correction" for view in views for entry in view.record.entries) == 1


def test_the_week_before_is_closed_mostly_signed_and_has_events(stage: Stage) -> None:
    views = past(stage)
    signed = [view for view in views if view.state == "signed"]

    assert 21 <= len(views) <= 29
    assert len(views) > len(signed) > len(views) / 2
    assert len({event.term for view in views for event in view.events}) >= 4
    assert any(event.serious for view in views for event in view.events)
    assert all(not event.open for view in views for event in view.events)
    assert len({view.patient.mrn for view in views}) < len(views)


def test_what_is_told_of_the_past_was_recorded_in_the_past(stage: Stage) -> None:
    for view in past(stage):
        first, last = view.record.entries[0], view.record.entries[-1]

        assert timedelta() <= first.recorded_at - first.measured_at < MIN
        assert last.recorded_at <= NOW


def test_a_finished_session_has_a_plausible_course(stage: Stage) -> None:
    for view in past(stage):
        doses = float(view.mg_per_kg)

        assert not view.cancelled
        assert 0.35 <= doses <= 1.2
        assert len(view.readings) >= 6
        assert view.disputed == {}


def test_the_same_moment_gives_the_same_clinic(stage: Stage, tmp_path: Path) -> None:
    again = staged_in(tmp_path)

    told = [[flag.text(NOW) for flag in one.view.flags] if one.view else None for one in board(stage)]
    told_again = [[flag.text(NOW) for flag in one.view.flags] if one.view else None for one in board(again)]
    again.stores.database.close()

    assert told == told_again


def test_the_clinic_lives_on_for_hours(tmp_path: Path) -> None:
    stage = staged_in(tmp_path)
    seated_before = {one.view.id for one in board(stage) if one.view}
    worst = timedelta()

    for second in range(0, 3 * 3600, 30):
        now = NOW + timedelta(seconds=second)
        chairs = board(stage, now)
        stage.ward.tick(now)
        stage.ward.seat_next(stage.people, now)
        late = [now - one.view.due.at for one in chairs if one.view and one.view.due.at and second > 600]
        worst = max([worst, *late])

    last = board(stage, NOW + timedelta(hours=3))
    entries = [entry for one in last if one.view for entry in one.view.record.entries]
    stage.stores.database.close()
    assert any(one.view is None for one in last)
    assert len([one for one in last if one.view and one.view.id not in seated_before]) >= 3
    assert not stage.ward.again
    assert worst < 10 * MIN
    assert entries


def test_a_session_that_a_person_opened_is_left_to_that_person(tmp_path: Path) -> None:
    stage = staged_in(tmp_path)
    free = next(one.chair for one in board(stage) if one.view is None)
    care = stage.ward.seat(free, stage.people[15], NOW)
    del stage.ward.cares[free.id]

    board(stage, NOW + 20 * MIN)
    stage.ward.tick(NOW + 20 * MIN)
    view = stage.ward.clinic.session(stage.ward.nurses[0], care.session)
    stage.stores.database.close()

    assert view.last_seq == 1


def test_a_session_closed_by_a_person_is_let_go(tmp_path: Path) -> None:
    stage = staged_in(tmp_path)
    taken = next(one for one in board(stage) if one.view is not None)
    assert taken.view is not None
    close = {"id": stage.ward.new_id(), "kind": "phase", "measured_at": NOW.isoformat(), "to": "closed", "reason": "x"}
    stage.ward.clinic.append(stage.ward.nurses[0], taken.view.id, close)

    stage.ward.tick(NOW)
    cares = dict(stage.ward.cares)
    stage.stores.database.close()

    assert taken.chair.id not in cares


@pytest.mark.parametrize("chairs", [1, 2, 3, 5, 8, 12, 24])
def test_any_number_of_chairs_has_its_scenes(chairs: int) -> None:
    scenes = scenes_for(chairs)

    assert len(scenes) == chairs
    assert chairs < 3 or any(scene.minute is None for scene in scenes)
    assert any(scene.minute is not None for scene in scenes)


def test_eight_chairs_have_the_eight_scenes() -> None:
    assert scenes_for(8) == SCENES


def test_the_people_are_invented_and_told_apart() -> None:
    people = invented_people()

    assert len({(one.family, one.given) for one in people}) == len(people)
    assert all(one.mrn.startswith("DEMO-") for one in people)
    assert any(not one.family.isascii() for one in people)
    assert max(len(one.given + one.family) for one in people) > 40


def test_the_welcome_names_address_and_accounts() -> None:
    told = welcome(8, 1, 8050)

    assert "http://127.0.0.1:8050" in told
    assert all(role in told for role in ("nurse", "clinician", "reviewer", "admin", "wall"))
    assert "invented" in told


def test_a_fast_clock_runs_as_many_times_as_fast() -> None:
    real = SetClock(NOW)
    clock = FastClock(60, real)

    real.moment = NOW + timedelta(seconds=5)

    assert clock() == NOW + 5 * MIN
