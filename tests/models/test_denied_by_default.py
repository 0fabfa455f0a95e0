"""Nothing of the clinic is done for nobody: every use case is walked by inspection."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from models.acting import ACTING, server
from models.clinic import Clinic
from models.emergency import EmergencyDesk
from models.errors import NotAllowedError, NotSignedInError
from models.people import Role
from models.protocol_desk import ProtocolDesk
from models.trail_desk import TrailDesk
from tests.kept import Kept

NOT_OF_PATIENTS = {
    "Clinic.new_chair": "a command of the server itself; it names no patient",
    "Clinic.sign_in_failed": "nobody is signed in then; it writes a line of the trail and reads nothing",
}
DESKS: dict[type, Callable[[Clinic], Any]] = {
    Clinic: lambda clinic: clinic,
    ProtocolDesk: lambda clinic: clinic.protocols,
    TrailDesk: lambda clinic: clinic.trails,
    EmergencyDesk: lambda clinic: clinic.emergencies,
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Give a clinic with a patient on a chair."""
    with closing(Kept(f"sqlite:///{tmp_path_factory.mktemp('denied') / 'chairside.db'}")) as found:
        found.seat("1")
        yield found


def use_cases() -> list[tuple[type, str]]:
    """Return every public method of the desks."""
    return [
        (desk, name)
        for desk in DESKS
        for name, found in inspect.getmembers(desk, inspect.isfunction)
        if not name.startswith("_") and f"{desk.__name__}.{name}" not in NOT_OF_PATIENTS
    ]


def arguments(method: Callable[..., object], person: object) -> list[object]:
    """Return something for every argument that must be there: who asks, and texts."""
    found = list(inspect.signature(method).parameters.values())
    needed = [one for one in found if one.default is inspect.Parameter.empty]
    return [person, *("x" for _ in needed[1:])]


@pytest.mark.parametrize(("desk", "name"), use_cases(), ids=[f"{one.__name__}.{name}" for one, name in use_cases()])
@pytest.mark.parametrize("nobody", [None, "m.silva", {"role": "clinician"}])
def test_no_use_case_works_without_a_person(kept: Kept, desk: type, name: str, nobody: object) -> None:
    method = getattr(DESKS[desk](kept.clinic), name)
    first = next(iter(inspect.signature(method).parameters))

    assert first in {"person", "server"}, "who asks comes first"
    with pytest.raises(NotSignedInError):
        method(*arguments(method, nobody))


@pytest.mark.parametrize(("desk", "name"), use_cases(), ids=[f"{one.__name__}.{name}" for one, name in use_cases()])
def test_within_a_request_nobody_acts_for_somebody_else(kept: Kept, desk: type, name: str) -> None:
    method = getattr(DESKS[desk](kept.clinic), name)
    marked = ACTING.set(kept.person(Role.NURSE))
    try:
        with pytest.raises(NotAllowedError):
            method(*arguments(method, kept.person(Role.CLINICIAN)))
    finally:
        ACTING.reset(marked)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SERVER])
@pytest.mark.parametrize("name", ["site_board", "running", "chair_of", "visit_before", "handed_out"])
def test_what_the_server_does_for_itself_nobody_else_may(kept: Kept, name: str, role: Role) -> None:
    method = getattr(kept.clinic, name)

    with pytest.raises(NotAllowedError):
        method(*arguments(method, kept.person(role)))


def test_the_server_looks_after_every_chair(kept: Kept) -> None:
    assert [one.chair.name for one in kept.clinic.site_board(server(kept.site))] == ["1"]
    assert len(kept.clinic.running(server(kept.site))) == 1


def test_no_account_can_have_the_role_of_the_server() -> None:
    from dashboard.commands import _ACCOUNT_ROLES  # noqa: PLC0415  # what the command takes

    assert Role.SERVER not in _ACCOUNT_ROLES
    assert Role.DEVICE not in _ACCOUNT_ROLES
