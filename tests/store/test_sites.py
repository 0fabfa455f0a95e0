"""Sites on both databases: who works at which, and which one a signed-in browser acts at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from models.errors import ConflictError, NotFoundError
from models.people import Role
from models.signing_in import SignIn, digest_of
from models.store.sites import Site
from tests.kept import NOON, Kept
from tests.served import PASSWORD, password_hash


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    """Give a clinic with a nurse on each database."""
    with closing(Kept(database_url)) as found:
        found.people.add_account(found.site, "m.silva", Role.NURSE, password_hash(), NOON)
        yield found


def north(kept: Kept) -> Site:
    return kept.clinic.sites.add("North", NOON)


def test_the_first_site_stays_the_one_that_commands_mean(kept: Kept) -> None:
    for number in range(8):
        kept.clinic.sites.add(f"House {number}", NOON)

    assert kept.places.default_site() == kept.site
    assert kept.clinic.sites.sites()[0].id == kept.site


def test_a_new_site_has_the_protocol_that_ships_and_a_name_of_its_own(kept: Kept) -> None:
    added = north(kept)

    assert kept.clinic.protocols.in_force(replace(kept.person(), site=added.id)).protocol.version == 1
    with pytest.raises(ConflictError, match="North already"):
        north(kept)


def test_a_browser_acts_at_another_site_until_its_person_leaves_it(kept: Kept) -> None:
    added, door = north(kept), SignIn(kept.people, key=kept.key, clock=kept.clock)
    signed = door.sign_in("m.silva", PASSWORD, "127.0.0.1", None)
    person = signed.session.person
    kept.people.add_account(kept.site, "r.okafor", Role.NURSE, password_hash(), NOON)
    for name in ("m.silva", "r.okafor"):
        kept.clinic.sites.join(name, added.id, NOON)

    kept.clinic.act_at(person, digest_of(signed.token), added.id)
    there = door.current(signed.token, used=False).person
    kept.clinic.sites.leave("m.silva", added.id)
    after = door.current(signed.token, used=False).person

    assert (person.site, there.site, after.site) == (kept.site, added.id, kept.site)


def test_nobody_acts_at_a_site_without_working_there(kept: Kept) -> None:
    added, door = north(kept), SignIn(kept.people, key=kept.key, clock=kept.clock)
    signed = door.sign_in("m.silva", PASSWORD, "127.0.0.1", None)

    with pytest.raises(NotFoundError):
        kept.clinic.act_at(signed.session.person, digest_of(signed.token), added.id)
    with pytest.raises(NotFoundError):
        kept.clinic.sites.act_at(digest_of(signed.token), signed.session.person, added.id)

    assert door.current(signed.token, used=False).person.site == kept.site


def test_who_works_at_two_sites_is_a_colleague_at_both(kept: Kept) -> None:
    added = north(kept)
    kept.clinic.sites.join("m.silva", added.id, NOON)

    here, there = (kept.clinic.colleagues(replace(kept.person(), site=site)) for site in (kept.site, added.id))

    assert [one.name for one in here] == [one.name for one in there] == ["m.silva"]
    assert [one.name for one in kept.clinic.sites.of(here[0])] == ["Clinic", "North"]


def test_joining_twice_or_leaving_what_was_never_joined_is_said(kept: Kept) -> None:
    added = north(kept)
    kept.clinic.sites.join("m.silva", added.id, NOON)

    with pytest.raises(ConflictError, match="already"):
        kept.clinic.sites.join("m.silva", added.id, NOON)
    with pytest.raises(ConflictError, match="already"):
        kept.clinic.sites.join("m.silva", kept.site, NOON)
    with pytest.raises(ConflictError, match="belongs to this site"):
        kept.clinic.sites.leave("m.silva", kept.site)
    with pytest.raises(NotFoundError):
        kept.clinic.sites.join("nobody", added.id, NOON)
