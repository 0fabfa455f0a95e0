"""What the review is asked for: read from an address, written to one, and what makes no sense."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from models.review_filter import DOSES, MINUTES, NONE, Choices, ReviewFilter, read_filter

CHOICES = Choices(("7", "Bay 2"), ("m.silva",), ("Clinic default, adult, version 1",))
WHOLE = {
    "from": "2026-11-01",
    "to": "2026-11-22",
    "chair": "Bay 2",
    "nurse": "m.silva",
    "term": "nausea",
    "grade": "3",
    "serious": "yes",
    "protocol": "Clinic default, adult, version 1",
    "rule": "SBP_HIGH",
    "look": "critical",
    "dose": "0.5",
    "base": NONE,
    "minute": "before",
}


def test_blank_is_all() -> None:
    assert read_filter(dict.fromkeys(WHOLE, ""), CHOICES) == (ReviewFilter(), ())


def test_a_whole_filter_survives_its_own_address() -> None:
    wanted, ignored = read_filter(WHOLE, CHOICES)

    again = dict(parse_qsl(urlsplit(wanted.query()).query))

    assert ignored == ()
    assert again == WHOLE
    assert read_filter(again, CHOICES) == (wanted, ())


def test_an_address_always_says_from_when() -> None:
    assert ReviewFilter(chair="7").query() == "/review?from=&chair=7"
    assert ReviewFilter(date(2026, 11, 1)).query(look="any") == "/review?from=2026-11-01&look=any"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "yesterday"),
        ("from", "2026-02-30"),
        ("from", "0001-01-01"),
        ("to", "2026-11-22T10:00:00"),
        ("to", 5),
        ("chair", "9"),
        ("nurse", "nobody"),
        ("term", "x" * 121),
        ("term", ["Nausea"]),
        ("grade", "0"),
        ("grade", 3),
        ("serious", "maybe"),
        ("protocol", "mine"),
        ("rule", "SBP"),
        ("look", "nice"),
        ("dose", "0.3"),
        ("base", "125"),
        ("minute", "7"),
    ],
)
def test_what_makes_no_sense_is_named_and_the_rest_still_counts(name: str, value: object) -> None:
    beside = {"look": "any"} if name != "look" else {"chair": "7"}

    found, ignored = read_filter(beside | {name: value}, CHOICES)

    assert [one.partition(":")[0] for one in ignored] == [name]
    assert found == read_filter(beside, CHOICES)[0]


def test_a_filter_that_is_none_is_named_without_repeating_what_was_typed() -> None:
    _, ignored = read_filter({"colour": "red", "<b>Nair</b>": "1"}, CHOICES)

    assert ignored == (
        "colour: there is no such filter, left out.",
        "A filter: there is no such filter, left out.",
    )


def test_bands_are_told_by_where_they_begin_and_end() -> None:
    assert [DOSES.label(key) for key in (*DOSES.keys, NONE)] == [
        "0–0.24",
        "0.25–0.49",
        "0.5–0.74",
        "0.75–0.99",
        "1–1.49",
        "1.5 or more",
        "not known",
    ]
    assert MINUTES.label("15") == "15–29"
