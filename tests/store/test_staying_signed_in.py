"""Somebody works on while nothing can be stored: that is use as well, and no reason to sign anybody out."""

from __future__ import annotations

import pytest

from models.errors import NotSignedInError
from models.passwords import hashed
from models.people import Role
from models.signing_in import SignIn
from tests.kept import KEY, Kept
from tests.stuck import locked

PASSWORD = "four words that do not belong"


def test_who_works_while_nothing_can_be_stored_stays_signed_in(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.store.people._NOTE_PATIENCE", 0.1)
    kept.people.add_account(kept.site, "m.silva", Role.NURSE, hashed(PASSWORD), kept.clock())
    sign_in = SignIn(kept.people, key=KEY, clock=kept.clock)
    token = sign_in.sign_in("m.silva", PASSWORD, "127.0.0.1", None).token

    with locked(kept.url):
        for _ in range(3):
            kept.clock.pass_minutes(10)
            sign_in.current(token, used=True)
    kept.clock.pass_minutes(10)
    person = sign_in.current(token, used=True).person
    kept.clock.pass_minutes(16)

    assert person.name == "m.silva"
    with pytest.raises(NotSignedInError):
        sign_in.current(token, used=True)
