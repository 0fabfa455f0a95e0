"""Components as HTML text: what is written, what is escaped, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from dash import dcc, html

from layouts.markup import Input, to_html


def test_an_element_keeps_its_attributes_and_what_is_in_it() -> None:
    data: dict[str, Any] = {"data-chair": "7", "aria-label": "Chair 7"}
    part = html.Div(["BP ", html.Small("mmHg"), None, 124], id="card--7", className="card", tabIndex=-1, **data)

    assert to_html(part) == (
        '<div aria-label="Chair 7" class="card" data-chair="7" id="card--7" tabindex="-1">'
        "BP <small>mmHg</small>124</div>"
    )


def test_a_text_stays_a_text() -> None:
    hostile = "<img src=x onerror=alert(1)>&\"'"
    data: dict[str, Any] = {"data-say": hostile}

    written = to_html(html.B(hostile, title=hostile, **data))

    assert "<img" not in written
    assert written.count("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#x27;") == 3


def test_flags_are_written_only_when_they_are_set() -> None:
    assert to_html([html.P("a", hidden=True), html.P("b", hidden=False)]) == "<p hidden>a</p><p>b</p>"


def test_an_input_and_a_line_break_hold_nothing_and_have_no_end() -> None:
    typed = Input(id="sbp", type="text", value='1"2', inputMode="numeric", autoComplete="off", spellCheck="false")

    assert to_html(["a", html.Br(), typed]) == (
        'a<br><input autocomplete="off" id="sbp" inputmode="numeric" spellcheck="false" type="text" value="1&quot;2">'
    )


def test_a_button_and_a_place_for_some_lines_keep_what_makes_them_work() -> None:
    parts = [html.Button("Save", type="button"), html.Textarea(rows="3", autoComplete="off")]

    assert to_html(parts) == '<button type="button">Save</button><textarea autocomplete="off" rows="3"></textarea>'


@pytest.mark.parametrize(
    "part",
    [
        dcc.Graph(id="x"),
        dcc.Input(id="x"),
        html.Script("alert(1)"),
        html.Iframe(),
        html.P("a", style={"color": "red"}),
        html.P("a", n_clicks=1),
        html.P("a", dir="rtl"),
        html.Button("a", formAction="/elsewhere"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_is_not_plain_is_refused(part: object) -> None:
    with pytest.raises(TypeError):
        to_html(part)


def test_a_link_keeps_its_address() -> None:
    assert to_html(html.A("7", href="/chair/Room%207")) == '<a href="/chair/Room%207">7</a>'
