"""The documents of the pages: that of a chair comes whole, with the scripts of every page and nothing of Dash."""

from __future__ import annotations

import re

import pytest

from dashboard.pages import files
from tests.served import Client, values


def scripts(page: str) -> list[str]:
    return re.findall(r'<script src="([^"]+)"', page)


def test_the_page_of_a_chair_comes_with_the_patient_and_the_form(nurse: Client) -> None:
    session = nurse.seat("1")
    nurse.good(nurse.chart(session, "reading", 5, values=values(184, 98)))

    answer = nurse.get("/chair/1")

    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "<title>Chair 1 · Chairside</title>" in answer.text
    assert "Priya Nair" in answer.text
    assert "was 184" in answer.text
    assert 'data-testid="reading-sbp"' in answer.text


def test_the_page_of_a_free_chair_comes_with_the_seat_form(nurse: Client) -> None:
    assert 'data-testid="seat-confirm"' in nurse.get("/chair/1").text


@pytest.mark.parametrize("path", ["/", "/chair/1"])
def test_board_and_chair_load_our_scripts_and_nothing_of_dash(nurse: Client, path: str) -> None:
    plain, paper = nurse.get(path).text, nurse.get("/paper").text

    assert "_dash" in paper
    assert "_dash" not in plain
    assert sorted(scripts(plain)) == sorted(one for one in scripts(paper) if one.startswith("/assets/"))
    assert all(nurse.get(one).status_code == 200 for one in scripts(plain))


def test_the_words_of_every_card_come_with_the_board(nurse: Client) -> None:
    assert nurse.get("/").text.count('data-testid="card-why"') == len(nurse.get("/api/v1/chairs").json()["items"])


def test_of_the_document_of_dash_only_our_own_files_are_taken() -> None:
    index = (
        '<link rel="stylesheet" href="/assets/base.css?m=1">\n'
        '<script src="/_dash-component-suites/dash/deps/react.js"></script>\n'
        '<script src="/assets/live.js?m=2"></script>\n<script id="_dash-renderer">new DashRenderer();</script>'
    )

    assert files(index).styles == ("/assets/base.css?m=1",)
    assert files(index).scripts == ("/assets/live.js?m=2",)
