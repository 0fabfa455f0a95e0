"""Everything ever said in the place of one entry stays, in order, with who changed it and why."""

from __future__ import annotations

from models.entries import Entry, Note
from models.versions import Versions, versions
from tests.sample_sessions import Sheet


def of(sheet: Sheet, entry: Entry) -> Versions:
    view = sheet.view()
    (effective,) = [one for one in view.effective if one.entry.id == entry.id]
    return versions(effective, view.record.entries)


def texts(found: Versions) -> list[str]:
    return [written.content.text for written in found.earlier if isinstance(written.content, Note)]


def test_an_entry_nobody_corrected_has_no_earlier_version() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Note("a"))

    found = of(sheet, entry)

    assert (found.earlier, found.changes) == ((), ())
    assert found.current is not None


def test_a_correction_keeps_what_was_said_before() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Note("a"))
    by = sheet.correct(2, entry, Note("b"), "typing error", by="a.lindqvist")

    found = of(sheet, entry)

    assert texts(found) == ["a"]
    (change,) = found.changes
    assert (change.author, change.reason, change.struck, change.entry_id) == (
        "a.lindqvist",
        "typing error",
        False,
        by.id,
    )


def test_several_corrections_stand_in_the_order_they_were_written() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Note("a"))
    first = sheet.correct(2, entry, Note("b"), "one")
    sheet.correct(3, first, Note("c"), "two")
    sheet.correct(4, entry, Note("d"), "three")

    found = of(sheet, entry)

    assert texts(found) == ["a", "b", "c"]
    assert [change.reason for change in found.changes] == ["one", "two", "three"]


def test_what_was_struck_counts_for_nothing_and_stays() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Note("a"))
    sheet.correct(2, entry, None, "other patient")

    found = of(sheet, entry)

    assert found.current is None
    assert texts(found) == ["a"]
    assert found.changes[0].struck


def test_an_original_that_counts_again_is_not_told_as_earlier() -> None:
    sheet = Sheet()
    entry = sheet.write(1, Note("a"))
    wrong = sheet.correct(2, entry, Note("b"), "typing error")
    sheet.correct(3, wrong, None, "was right")

    found = of(sheet, entry)

    assert texts(found) == ["b"]
    assert found.current is not None
    assert found.current.content == Note("a")
