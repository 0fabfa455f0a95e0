"""Budgets of wrong passwords in the database: as many at once as one after another, whoever counts them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from models.errors import NotSignedInError, ThrottledError
from models.moments import MIN
from models.signing_in import PER_ACCOUNT
from models.store.engine import Database
from models.store.tries import KEPT, Budget, Tried, TryStore
from tests.desk import WRONG, StaffDesk
from tests.kept import NOON, Kept, at_once

QUARTER = 15 * MIN


def test_many_at_once_are_no_more_than_the_budget(kept: Kept) -> None:
    others = [Database(kept.url) for _ in range(2)]
    stores = [TryStore(one) for one in (kept.database, *others)]
    budget = [Budget("account:m.silva", 5, QUARTER), Budget("address:192.0.2.1", 50, QUARTER)]

    answers = at_once([lambda store=store: store.take(budget, NOON) for store in stores * 6])  # type: ignore[misc]  # mypy cannot infer a lambda's default
    for one in others:
        one.close()

    assert sum(isinstance(one, Tried) and one.id is not None for one in answers) == 5


def test_many_wrong_passwords_at_once_cost_no_more_hashes_than_the_budget(desk: StaffDesk) -> None:
    answers = at_once([lambda: desk.enter(password=WRONG)] * 16)

    assert {type(one) for one in answers} == {NotSignedInError, ThrottledError}
    assert desk.hasher.calls == PER_ACCOUNT


def test_one_spent_budget_charges_none_of_the_others(kept: Kept) -> None:
    store, spent, other = TryStore(kept.database), Budget("a", 1, QUARTER), Budget("b", 1, QUARTER)
    store.take([spent], NOON)

    refused = store.take([spent, other], NOON)

    assert refused.wait == QUARTER
    assert store.take([other], NOON).id is not None


def test_a_try_that_was_right_is_given_back(kept: Kept) -> None:
    store, budget = TryStore(kept.database), Budget("a", 1, QUARTER)
    tried = store.take([budget], NOON).id
    assert tried is not None

    store.give_back(tried)

    assert store.take([budget], NOON).id is not None


def test_what_no_budget_looks_back_at_is_forgotten(kept: Kept) -> None:
    store = TryStore(kept.database)
    for number in range(5):
        store.take([Budget(f"old {number}", 1, QUARTER)], NOON)

    store.take([Budget("new", 1, QUARTER)], NOON + KEPT)

    with kept.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM sign_in_tries")) == 1
    assert timedelta(hours=1) == KEPT
