"""A page as one document: its title, its files in their order, and nothing that is not a plain element."""

from __future__ import annotations

from typing import Any

import pytest
from dash import dcc, html

from layouts.document import Files, document

FILES = Files(("/assets/base.css?m=1",), ("/assets/clock.js?m=1", "/assets/theme.js?m=1", "/assets/zoom.js?m=1"))
TITLE: dict[str, Any] = {"data-title": "Chair <7>"}


def test_the_page_stands_in_the_document_before_any_script_but_the_one_that_decides_its_colours() -> None:
    written = document(html.Main("SBP 184", **TITLE), FILES)

    order = ["<title>Chair &lt;7&gt;</title>", "/base.css", "/theme.js", "<body>", "SBP 184", "/clock.js", "/zoom.js"]
    assert [written.count(one) for one in order] == [1] * len(order)
    assert sorted(order, key=written.index) == order


def test_what_a_page_says_is_no_element_of_the_document() -> None:
    assert "<script>" not in document(html.Main("</main><script>alert(1)</script>"), FILES)


def test_a_page_with_a_component_of_dash_is_refused() -> None:
    with pytest.raises(TypeError, match="Graph"):
        document(html.Main(dcc.Graph(id="x")), FILES)


@pytest.mark.parametrize("demo", [True, False])
def test_the_demo_says_that_its_patients_are_invented(*, demo: bool) -> None:
    assert ("every patient is invented" in document(html.Main("7"), FILES, demo=demo)) is demo
