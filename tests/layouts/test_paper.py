"""The paper form and the grid in which it is typed in: what they say, without a browser."""

from __future__ import annotations

import json
import re
from datetime import UTC
from html import unescape
from typing import Any, cast

from layouts.back_entry import back_entry_page
from layouts.markup import to_html
from layouts.paper import PaperWish, paper_page, sheet
from models.clinic import ChairNow
from models.people import Person, Role
from models.protocol import STANDARD
from models.session import Chair
from tests.sample_sessions import START, Sheet, core, finished, same_id, signed

NURSE = Person(same_id("nurse"), "m.silva", Role.NURSE, same_id("site"))
FREE = ChairNow(Chair(same_id("chair", "3"), "3"), None)


def taken(told: Sheet, minute: float = 200) -> ChairNow:
    view = told.view(minute)
    return ChairNow(view.chair, view)


def text(found: ChairNow, wish: PaperWish | None = None) -> str:
    """Return what a sheet says, without its tags."""
    drawn = to_html(sheet(found, STANDARD, wish or PaperWish(), UTC))
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", drawn)))


def grid(told: Sheet, minute: float = 200) -> str:
    page: Any = cast("Any", back_entry_page(told.view(minute), UTC, NURSE)).to_plotly_json()
    return str(cast("Any", page["props"]["children"][0]).to_plotly_json()["props"]["data-markup"])


def lines(markup: str) -> list[str]:
    return re.findall(r'data-clock="([\d:]+)" data-line="reading" data-testid="back-line"', markup)


def test_a_sheet_for_the_drawer_has_minutes_and_blanks() -> None:
    said = text(FREE)

    assert "Chair 3" in said
    assert all(word in said for word in ("+10", "+60", "+75", "Name", "Record no.", "Screening"))
    assert not re.search(r"\d\d:\d\d", said)


def test_a_sheet_of_a_taken_chair_names_the_patient_and_its_times() -> None:
    said = text(taken(finished()))

    assert all(word in said for word in ("Priya Nair", "40-718", "14 Mar 1979", "72", "13:43", "14:08", "14:58"))
    assert "Screening" not in said, "it was screened already"


def test_a_blank_sheet_of_a_taken_chair_names_nobody() -> None:
    said = text(taken(finished()), PaperWish(blank=True))

    assert "Nair" not in said
    assert "40-718" not in said


def test_a_sheet_tells_the_scales_in_words_and_when_to_call() -> None:
    said = text(FREE)

    assert "Dissociation: 0 none, 1–3 mild, 4–6 moderate, 7–8 strong, 9–10 overwhelming" in said
    assert "SBP ≤ 90 or ≥ 180" in said
    assert "before the start SBP ≥ 160 or DBP ≥ 100" in said


def test_a_start_that_is_wished_for_times_every_line() -> None:
    said = text(FREE, PaperWish(start=START, minutes=40))

    assert all(clock in said for clock in ("13:43", "14:08", "14:38", "14:53"))
    assert "14:48" not in said


def test_the_page_leads_to_typing_in_and_to_seating() -> None:
    told = finished()
    drawn = str(paper_page([taken(told), FREE], STANDARD, PaperWish(), UTC))

    assert f"/back-entry/{told.id}" in drawn
    assert "/chair/3" in drawn


def test_the_grid_begins_at_the_arrival_where_no_start_is_charted_and_ends_now() -> None:
    assert lines(grid(Sheet(), minute=0)) == ["13:38", "13:48"]


def test_the_grid_leaves_out_what_was_charted_within_two_minutes() -> None:
    told = finished()

    assert lines(grid(told, minute=30)) == ["13:43", "13:53", "14:18"]
    assert "SBP 134" in grid(told, minute=30), "what is in the record stands between, so that nobody types it twice"


def test_a_reading_typed_in_after_the_signature_stands_in_the_grid_as_charted() -> None:
    sheet = signed()
    wanted = lines(grid(sheet))
    hours, minutes = wanted[-1].split(":")
    minute = int(hours) * 60 + int(minutes) - START.hour * 60 - START.minute
    sheet.write(minute, core(192, 101, 70, 0, 0), typed=140)

    assert "SBP 192" in grid(sheet)
    assert lines(grid(sheet)) == wanted[:-1]


def test_the_grid_says_whose_record_it_is_and_binds_it_to_who_types() -> None:
    props = cast("Any", back_entry_page(finished().view(), UTC, NURSE)).to_plotly_json()["props"]

    assert (props["data-person"], props["data-back-entry"]) == ("m.silva", finished().id)
    assert [one["key"] for one in json.loads(props["data-columns"])][:3] == ["sbp", "dbp", "hr"]
    assert all(word in grid(finished()) for word in ("Priya Nair", "40-718", "14 Mar 1979"))


def test_a_signed_record_says_that_what_is_typed_in_stands_outside() -> None:
    assert "stands outside what was signed" in grid(signed())
    assert "stands outside what was signed" not in grid(finished())
