"""Facts kept for the review, on both databases: written with the record, followed, rebuilt, equal to the fold."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing

import orjson
import pytest
from sqlalchemy import text

from models.clinic import Clinic
from models.feed import Feed
from models.people import Role
from models.review import ReviewSummary
from models.review_facts import facts_of, read_facts
from tests.kept import COMPLETE, Kept


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    with closing(Kept(database_url)) as found:
        yield found


def review(kept: Kept, **asked: str) -> ReviewSummary:
    return kept.clinic.review(kept.person(Role.REVIEWER), asked)


def ended(kept: Kept, chair: str = "1") -> str:
    """Chart a short session with an event, and end it."""
    session = kept.seat(chair)
    kept.chart(session, "reading", values=COMPLETE)
    kept.chart(
        session, "adverse_event", event_id=str(uuid.uuid4()), term="Nausea", onset_at=kept.clock().isoformat(), grade=2
    )
    kept.clock.pass_minutes(20)
    kept.chart(session, "phase", to="cancelled", reason="went home")
    return session


def rows(kept: Kept) -> int:
    with kept.database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM review_facts")).scalar_one())


def test_facts_are_read_again_as_they_were_kept(kept: Kept) -> None:
    session = ended(kept)
    facts = facts_of(kept.clinic.reviews.folded(kept.site, session))

    assert read_facts(facts.body()) == facts


def test_the_end_of_a_session_keeps_its_facts_with_the_entry(kept: Kept) -> None:
    ended(kept)

    assert rows(kept) == 1
    assert kept.clinic.reviews.store.stale(kept.site) == []


def test_a_running_session_is_reviewed_from_its_fold_and_keeps_nothing(kept: Kept) -> None:
    session = kept.seat("1")
    kept.chart(session, "reading", values=COMPLETE)

    found = review(kept)

    assert [line.facts.session for line in found.sessions] == [session]
    assert rows(kept) == 0


def test_a_review_follows_what_is_charted_after_it(kept: Kept) -> None:
    first = ended(kept)
    before = review(kept)
    kept.clock.pass_minutes(60)
    second = ended(kept)

    after = review(kept)

    assert [line.facts.session for line in before.sessions] == [first]
    assert [line.facts.session for line in after.sessions] == [second, first]
    assert (before.event_count, after.event_count) == (1, 2)


def test_another_process_on_the_same_database_is_followed_too(kept: Kept) -> None:
    other = Clinic(kept.records, kept.places, Feed(), clock=kept.clock)
    person = kept.person(Role.REVIEWER)
    assert other.review(person, {}).session_count == 0

    ended(kept)

    assert other.review(person, {}).session_count == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM review_facts",
        "UPDATE review_facts SET form = 0, body = '{}'",
        "UPDATE review_facts SET last_seq = last_seq - 1, body = '{}'",
    ],
)
def test_facts_that_are_missing_or_outdated_are_computed_when_somebody_asks(kept: Kept, damage: str) -> None:
    session = ended(kept)
    with kept.database.write() as connection:
        connection.execute(text(damage))

    found = review(kept)

    assert [line.facts.session for line in found.sessions] == [session]
    assert found.event_count == 1


def test_rebuilt_facts_are_the_same_and_a_wrong_one_is_named(kept: Kept) -> None:
    session, other = ended(kept, "1"), ended(kept, "2")
    desk = kept.clinic.reviews
    before = sorted(desk.store.bodies(kept.site))

    assert desk.rebuild(kept.site) == 2
    assert sorted(desk.store.bodies(kept.site)) == before
    assert desk.differing(kept.site) == []

    wrong = orjson.dumps(facts_of(kept.clinic.reviews.folded(kept.site, session))).replace(b"Nausea", b"Bliss").decode()
    with kept.database.write() as connection:
        connection.execute(
            text("UPDATE review_facts SET body = :body WHERE session_id = :id"), {"body": wrong, "id": session}
        )

    assert desk.differing(kept.site) == [session]
    assert other != session


def test_facts_carry_no_names(kept: Kept) -> None:
    ended(kept)

    (body,) = kept.clinic.reviews.store.bodies(kept.site)

    assert not [word for word in ("Nair", "Priya", "40-") if word in body]


def test_another_site_sees_nothing_of_it(kept: Kept) -> None:
    ended(kept)

    assert list(kept.clinic.reviews.store.bodies("another")) == []
    assert kept.clinic.reviews.store.stamp("another") == (0, 0)
