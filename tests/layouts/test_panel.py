"""The panel on its page: legend, graph, and the same facts as a table for those who listen."""

from __future__ import annotations

import json
import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component

from layouts.ids import PANEL_BOX, PANEL_LEGEND, PANEL_TABLE
from layouts.panel import panel, panel_changes, panel_legend, panel_table
from layouts.panel_figure import panel_figure, panel_height
from models.entries import Infusion, Reading
from models.moments import MIN
from tests.sample_sessions import START, Sheet, core, event, finished

CSS = (Path(__file__).parents[2] / "assets" / "trend.css").read_text(encoding="utf-8")


def running() -> Sheet:
    sheet = Sheet()
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 36))
    sheet.write(10, core(130, 80, 74, 1, 0))
    return sheet


def text_of(part: object) -> str:
    """Return what a component says, its parts set apart by spaces."""
    if isinstance(part, Component):
        return text_of(getattr(part, "children", None))
    if isinstance(part, (list, tuple)):
        return " ".join(text_of(one) for one in part)
    return "" if part is None else str(part)


def found(part: object, kind: str) -> list[Any]:
    """Return the components of one kind within another."""
    if isinstance(part, (list, tuple)):
        return [one for child in part for one in found(child, kind)]
    if not isinstance(part, Component):
        return []
    inner = found(getattr(part, "children", None), kind)
    return [part, *inner] if type(part).__name__ == kind else inner


def rows(sheet: Sheet, minute: float = 200) -> list[list[str]]:
    body = found(panel_table(sheet.view(minute), UTC), "Tbody")[0]
    return [[text_of(cell) for cell in row.children] for row in body.children]


def test_a_panel_is_found_by_its_test_id_and_carries_its_figure() -> None:
    drawn = panel(running().view(12), UTC, "p")

    assert getattr(drawn, "data-testid") == "trend-panel"
    (graph,) = [part for part in found(drawn, "Div") if getattr(part, "id", None) == "p"]
    assert json.loads(getattr(graph, "data-figure")) == json.loads(json.dumps(panel_figure(running().view(12), UTC)))


def test_the_legend_names_the_marks_and_tells_the_numbers() -> None:
    sheet = running()
    sheet.write(12, Infusion("rate", 60))
    sheet.write(22, event("dizzy", "Dizzy", START + 22 * MIN, grade=1))

    said = text_of(panel_legend(sheet.view(30), UTC))

    assert "SBP" in said
    assert "baseline" in said
    assert "1 rate 60" in said
    assert "2 dizzy, mild, open" in said


def test_the_legend_speaks_only_of_what_is_drawn() -> None:
    plain = text_of(panel_legend(Sheet().view(-10), UTC, record=True))
    rich = text_of(panel_legend(finished().view(), UTC, record=True))

    for words in ("baseline", "paused", "typed later", "corrected"):
        assert words not in plain
        assert words in rich


def test_an_open_event_stands_out() -> None:
    sheet = running()
    sheet.write(22, event("dizzy", "Dizzy", START + 22 * MIN))

    classes = [span.className for span in found(panel_legend(sheet.view(30), UTC), "Span") if hasattr(span, "title")]

    assert classes == ["trend__mark trend__mark--open"]


def test_at_the_chair_the_legend_tells_the_newest_and_counts_the_rest() -> None:
    sheet = running()
    for n in range(9):
        sheet.write(12 + n, Infusion("rate", 40 + n))

    chair, record = (text_of(panel_legend(sheet.view(30), UTC, record=record)) for record in (False, True))

    assert "3 earlier" in chair
    assert "3 rate 42" not in chair
    assert "9 rate 48" in chair
    assert "1 rate 40" in record


def test_the_table_says_every_reading_with_what_was_wrong_with_it() -> None:
    sheet = running()
    sheet.write(20, core(164, 98, 88, 6, 3, spo2=97))

    last = rows(sheet)[2]

    assert last[:4] == [
        "min 20, 14:18",
        "164/98, caution",
        "88",
        "SpO2 97, Dissociation 6, Nausea 3",
    ]
    assert "▲ SBP 164, limit 160" in last[4]


def test_the_table_says_what_was_not_done_and_why() -> None:
    sheet = running()
    sheet.write(20, Reading({"hr": 70}, {"sbp": "cuff off", "dbp": "cuff off", "nausea": "asleep"}))
    sheet.write(30, Reading({"sbp": 110, "hr": 70}, {"dbp": "palpated"}, resting=True))

    first, second = rows(sheet)[2:4]

    assert first[1:4] == ["not done, cuff off", "70", "Nausea not done, asleep"]
    assert second[1] == "110/not done"
    assert second[3] == "Dissociation not done, resting"


def test_the_table_keeps_both_values_of_a_correction_and_what_was_struck() -> None:
    sheet = running()
    wrong = sheet.write(12, core(134, 84, 176, 3, 0))
    sheet.correct(16, wrong, core(134, 84, 76, 3, 0), "typing error")
    struck = sheet.write(18, core(190, 120, 120, 9, 9))
    sheet.correct(20, struck, None, "wrong chair")

    said = rows(sheet)

    corrected = next(row for row in said if row[0] == "min 12, 14:10")
    assert corrected[2] == "76"
    assert "Corrected 14:14, m.silva: typing error; was SBP 134, DBP 84, HR 176" in corrected[4]
    assert any("struck 14:18, m.silva: wrong chair; was SBP 190" in row[1] for row in said)


def test_the_table_says_what_was_typed_late() -> None:
    assert any("Late entry, typed 15:01" in row[-1] for row in rows(finished()))


def test_the_table_tells_actions_and_events() -> None:
    said = rows(finished())

    assert ["min 12, 14:10", "1, infusion: rate 60"] in said
    assert ["min 22, 14:20", "2, adverse event: dizziness, mild"] in said


def test_minutes_before_the_start_have_a_true_minus() -> None:
    assert rows(running())[0][0] == "min −8, 13:50"


def test_a_change_sets_what_the_page_drew_under_the_same_ids() -> None:
    view = finished().view(140)
    drawn = panel(view, UTC, "p", record=True)
    ids = {part.id: part for part in found(drawn, "Div") if hasattr(part, "id")}

    changes = dict(panel_changes(view, UTC, "p", record=True))

    assert set(changes) == {PANEL_LEGEND.of("p"), PANEL_BOX.of("p"), PANEL_TABLE.of("p")}
    assert set(ids) == {*changes, "p"}
    for name, properties in changes.items():
        for key, value in properties.items():
            assert str(getattr(ids[name], key)) == str(value)


def box_height(class_name: str) -> int:
    """Return the height that the stylesheet gives a box of these classes."""
    kind, more = re.findall(r"trend__box--(chair|record|more-\d+)", class_name)
    rule = re.search(rf"\.trend__box--{kind} {{\s*height: calc\((\d+)px \+ var\(--more\) \* (\d+)px", CSS)
    assert rule is not None
    base, step = rule.groups()
    count = int(more.removeprefix("more-"))
    assert count == 0 or f".trend__box--{more} {{ --more: {count}; }}" in CSS
    return int(base) + count * int(step)


@pytest.mark.parametrize("record", [False, True])
def test_the_stylesheet_gives_the_graph_the_height_it_was_drawn_for(record: bool) -> None:  # noqa: FBT001  # both variants
    more = running()
    more.write(20, core(130, 80, 74, 1, 0, spo2=90, rr=30, sedation=2, headache=9))
    for sheet in (running(), finished(), more):
        view = sheet.view(140)
        drawn = found(panel(view, UTC, "p", record=record), "Div")
        (box,) = [part for part in drawn if getattr(part, "id", None) == PANEL_BOX.of("p")]

        assert box_height(box.className) == panel_height(view, record=record)
        assert panel_figure(view, UTC, record=record)["layout"]["height"] == panel_height(view, record=record)


def test_the_carets_of_the_figure_are_found_by_the_stylesheet() -> None:
    figure = panel_figure(running().view(12), UTC)

    uids = {trace["uid"] for trace in figure["data"] if "uid" in trace}
    assert {"caretsbp", "caretdbp"} <= uids
    assert all(f".trace{uid}" in CSS for uid in ("caretsbp", "caretdbp", "marksevent"))


def test_legend_and_table_stay_small_on_the_wire() -> None:
    changes = panel_changes(finished().view(140), UTC, "p", record=True)

    sent = json.dumps([[name, properties] for name, properties in changes], default=lambda part: part.to_plotly_json())

    assert len(sent) < 20_000
