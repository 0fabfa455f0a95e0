"""The PDF of a record: its text read back says what the page says and what the record holds."""

from __future__ import annotations

import io
import re
from datetime import UTC, date
from typing import Any

import pypdf
import pytest

from layouts.record_paper import record_document
from models.entries import AdverseEvent, Note, Reading
from models.exchange.pdf import record_pages, record_pdf
from models.session import Patient, SessionView
from models.terms import GRADES
from tests.sample_sessions import Sheet, finished
from tests.whole_cases import ALL, OVERRIDE, OWN_LIMIT, TYPING_ERROR, WRONG_HR, whole

Json = dict[str, Any]


def pages_of(view: SessionView, broken: str | None = None) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(record_pdf(record_document(view, UTC, broken))))
    return [page.extract_text() for page in reader.pages]


def bare(text: str) -> str:
    """Return a text without white space and hyphens at line ends: how it is broken into lines is not what it says."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    return {name: pages_of(whole(name)) for name in ALL}


def whole_text(texts: dict[str, list[str]], name: str) -> str:
    return bare("".join(texts[name]))


@pytest.mark.parametrize("name", ALL)
def test_every_page_names_the_patient_the_record_and_its_number_of_all(name: str, texts: dict[str, list[str]]) -> None:
    pages = texts[name]

    for number, page in enumerate(pages, 1):
        assert "Priya Nair" in page
        assert "record 40-718" in page
        assert f"page {number} of {len(pages)}" in page


@pytest.mark.parametrize("name", ALL)
def test_every_value_of_every_reading_is_in_the_table(name: str, texts: dict[str, list[str]]) -> None:
    found = whole_text(texts, name)

    for judged in whole(name).readings:
        values = dict(judged.reading.values) if judged.reading else {}
        if "sbp" in values and "dbp" in values:
            assert f"{values['sbp']}/{values['dbp']}" in found
        for vital in {flag.vital for flag in judged.flags}:
            worst = judged.severity_of(vital)
            said = [flag.sentence for flag in judged.flags if flag.vital == vital and flag.severity is worst]
            assert any(bare(sentence) in found for sentence in said)


@pytest.mark.parametrize("name", ALL)
def test_rows_hold_the_values_in_the_order_of_the_columns(name: str) -> None:
    view = whole(name)
    table = next(
        block for part in record_document(view, UTC)["sections"] for block in part["blocks"] if block["kind"] == "table"
    )
    text = bare("".join(pages_of(view)))

    for row in table["rows"]:
        cells = ["".join(run["text"] for run in cell["runs"]) for cell in row]
        assert bare("".join(cells)) in text


@pytest.mark.parametrize("name", ALL)
def test_both_values_of_a_correction_stand_with_who_and_why(name: str, texts: dict[str, list[str]]) -> None:
    right = whole(name).readings[0].reading
    assert right is not None

    assert bare(f"{WRONG_HR} {right.values['hr']}") in whole_text(texts, name)
    assert bare(f"M. Silva: {TYPING_ERROR}") in whole_text(texts, name)


@pytest.mark.parametrize("name", ALL)
def test_overrides_and_own_limits_stand_with_their_reasons(name: str, texts: dict[str, list[str]]) -> None:
    found = whole_text(texts, name)

    assert bare(f"Screening overridden: {OVERRIDE}") in found
    assert bare(OWN_LIMIT) in found
    assert (bare(f"Start overridden: {OVERRIDE}") in found) is (name != "V06")


@pytest.mark.parametrize("name", ALL)
def test_events_notes_medicines_dose_and_signature_are_there(name: str, texts: dict[str, list[str]]) -> None:
    view, found = whole(name), whole_text(texts, name)

    for event in view.events:
        graded = "not graded" if event.grade is None else f"{event.grade} {GRADES[event.grade]}"
        assert bare(event.term) in found
        assert bare(graded) in found
        assert all(bare(one) in found for one in event.interventions)
    for said in (*view.notes, *view.medications):
        content = said.content
        words = content.text if isinstance(content, Note) else f"{getattr(content, 'name', '')}"
        assert bare(words) in found
    assert view.started_at is None or bare(f"{view.delivered_mg:.1f} mg") in found
    assert bare("A. Lindqvist Reviewed and agreed, signed 16:13") in found
    assert bare("the chain holds") in found


def said_on_the_page(document: Json) -> list[str]:
    """Return every text that the page says, in order."""
    found = list(document["head"])
    for part in document["sections"]:
        found += [part["title"], part["note"]]
        for block in part["blocks"]:
            cells = block.get("rows") or [[block["runs"]]]
            found += [
                "".join(run["text"] for run in cell["runs"])
                if isinstance(cell, dict)
                else "".join(run["text"] for run in cell)
                for row in cells
                for cell in row
            ]
    return [text for text in found if text.strip()]


@pytest.mark.parametrize("name", ALL)
def test_the_paper_says_what_the_page_says_in_the_same_order(name: str) -> None:
    view = whole(name)
    text = bare(
        "".join(re.sub(r"^.*page \d+ of \d+$|^As at .*$", "", page, flags=re.MULTILINE) for page in pages_of(view))
    )

    place = 0
    for said in said_on_the_page(record_document(view, UTC)):
        found = text.find(bare(said), place)
        assert found >= 0, said
        place = found


def test_what_was_struck_stays_legible() -> None:
    sheet = finished("struck")
    wrong = sheet.write(70, Reading({"sbp": 211, "dbp": 99}))
    sheet.correct(71, wrong, None, "cuff on the wrong patient")

    found = bare("".join(pages_of(sheet.view())))

    assert "211/99" in found
    assert bare("cuff on the wrong patient") in found


def test_a_record_that_fails_its_chain_check_says_so_first() -> None:
    broken = "session X, entry Y (number 4): its content was changed"

    first = bare(pages_of(finished().view(), broken)[0])

    assert first.index(bare(f"fails its chain check: {broken}")) < first.index(bare("born 14 Mar 1979"))
    assert "thechainholds" not in bare("".join(pages_of(finished().view(), broken)))


@pytest.mark.parametrize(
    "words", ["#panic(1)", "*bold* _x_ $1/0$", "@ref <tag> \\ // /* ", '"]}#sys', "`raw` = == - +"]
)
def test_what_somebody_wrote_is_never_taken_for_markup(words: str) -> None:
    sheet = Sheet("markup", given=words[:20], family="Ünal-Øster")
    sheet.write(-8, Reading({"hr": 70}))
    sheet.write(5, Note(words))
    event = AdverseEvent(event_id=sheet.id, term=words, onset_at=sheet.start.isoformat(), note=words)
    sheet.write(6, event)

    found = bare("".join(pages_of(sheet.view())))

    assert found.count(bare(words)) >= 3


def test_a_session_with_nothing_in_it_makes_a_page() -> None:
    (page,) = pages_of(Sheet("empty").view())

    assert "not started" in page


def test_a_long_record_runs_over_pages_each_with_its_number() -> None:
    sheet = finished("long")
    for minute in range(100):
        sheet.write(1 + minute / 2, Note(f"Line {minute} " + "of what was seen and heard " * 6))

    pages = pages_of(sheet.view())

    assert len(pages) > 4
    assert all(f"page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))
    assert bare("Line 99 of") in bare("".join(pages))


def test_every_font_is_embedded() -> None:
    reader = pypdf.PdfReader(io.BytesIO(record_pdf(record_document(whole("V04"), UTC))))
    pages: list[Any] = list(reader.pages)

    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]

    assert fonts
    for font in fonts:
        (inner,) = [one.get_object() for one in font["/DescendantFonts"]]
        descriptor = inner["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_a_picture_of_each_page_can_be_made() -> None:
    pictures = record_pages(record_document(whole("V04"), UTC), ppi=40)

    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_no_colour_but_grey_is_used() -> None:
    reader = pypdf.PdfReader(io.BytesIO(record_pdf(record_document(whole("V04"), UTC))))

    contents = [page.get_contents() for page in reader.pages]
    content = b"".join(one.get_data() for one in contents if one is not None)

    coloured = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG|sc|SC|scn|SCN)\b", content)
    assert [one for one in coloured if len(set(one)) > 1] == []


def test_an_age_is_that_of_the_day_of_the_session() -> None:
    sheet = Sheet("age")
    who = next(iter(sheet.patients.values()))
    born = Patient(who.id, who.mrn, who.family, who.given, date(1990, 11, 23), who.sex)
    sheet.patients = {who.id: born}

    assert "born 23 Nov 1990 (35)" in pages_of(sheet.view())[0]
