"""The record of a session for paper: read off the page itself, so that both say the same in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from layouts.paper_chart import paper_chart
from layouts.record_words import moment_text
from layouts.session import session_page
from models.people import Person, Role
from models.session import SessionView

Json = dict[str, Any]
Runs = list[Json]

CHAIN_HOLDS: Final = "Every entry of this record is chained to the one before; the chain holds."
_READER: Final = Person("", "", Role.WALL, "")
"""Nobody's page: what can be read, without anything to tap."""
_UNREAD: Final = (html.Button, html.A, html.Select, html.Label, html.Caption, html.Summary)
_HIDDEN: Final = frozenset({"visually-hidden", "remark--narrow", "remark__more"})
_NUMBERS: Final = "record-numbers"
_PANEL: Final = "record-part--panel"
_BLOCKS: Final = (html.Div, html.P, html.Ul, html.Table, html.Section)
_STYLES: Final = {"B": "bold", "Strong": "bold", "Del": "gone", "S": "gone"}
_QUIET: Final = frozenset({"said-lines__by", "events-table__when"})


def record_document(view: SessionView, zone: tzinfo, broken: str | None = None) -> Json:
    """Return everything that stands on the page of a session, as plain data for a typesetter.

    A section has a ``title``, a ``note`` and ``blocks``: ``text``, ``lines`` (number, time, words) and ``table``. Text
    is a list of runs ``{text, style}``. Nothing in it is markup. ``warning`` says what is wrong with the chain.
    """
    page = session_page(view, zone, _READER)
    head, body = _found(page, html.Header), _found(page, html.Div, "record__body")
    return {
        "name": view.patient.name,
        "mrn": view.patient.mrn,
        "session": view.id,
        "head": [_plain(one) for one in _each(head, (html.H1, html.P))],
        "warning": None if broken is None else warning_text(broken),
        "chain": CHAIN_HOLDS if broken is None else warning_text(broken),
        "printed": f"As at {moment_text(view.now, zone, view.arrived_at)}, {view.last_seq} entries. Session {view.id}.",
        "chart": paper_chart(view, zone),
        "sections": list(_sections(body)),
    }


def warning_text(broken: str) -> str:
    """Return what stands first on a record whose chain does not hold."""
    return f"This record fails its chain check: {broken}. Do not rely on it."


def _sections(body: Component) -> Iterator[Json]:
    for section in _each(body, (html.Section,)):
        if _PANEL not in _looks(section):
            yield _section(section)


def _section(section: Component) -> Json:
    named = [_plain(one) for one in _each(section, (html.H2,))] or [
        _text(one) for one in _each(section, (html.Caption,))
    ]
    title = named[0] if named else str(getattr(section, "aria-label", ""))
    note = next((_plain(one) for one in _each(section, (html.Span,)) if "record-part__note" in _looks(one)), "")
    inner = [child for child in _children(section) if "record-part__head" not in _looks(child)]
    blocks = (
        [_number(child) for child in inner]
        if _NUMBERS in _looks(section)
        else [block for child in inner for block in _blocks(child)]
    )
    return {"title": title, "note": note, "blocks": blocks}


def _number(child: Component) -> Json:
    """Return one number of the summary with what it is measured against, on one line."""
    runs = [run if run["text"] != "\n" else {"text": " · ", "style": ""} for run in _runs(child)]
    return {"kind": "text", "runs": runs}


def _blocks(child: Any) -> Iterator[Json]:  # noqa: ANN401  # a component, or a text
    if _is_unread(child):
        return
    if isinstance(child, html.Table):
        yield _table(child)
    elif isinstance(child, html.Ul):
        rows = [_line(one) for one in _children(child)]
        yield {"kind": "lines", "rows": rows}
    elif any(isinstance(one, _BLOCKS) for one in _children(child)):
        for one in _children(child):
            yield from _blocks(one)
    elif runs := _runs(child):
        yield {"kind": "text", "runs": runs}


def _line(item: Component) -> list[Runs]:
    """Return number, time and words of one line of a list."""
    parts = {look: part for part in _children(item) for look in _looks(part)}
    named = [parts.get(f"said-lines__{name}") for name in ("number", "when", "said")]
    return [_runs(part) for part in named] if any(named) else [[], [], _runs(item)]


def _table(table: Component) -> Json:
    rows = list(_each(table, (html.Tr,)))
    head = [row for row in rows if all(isinstance(cell, html.Th) for cell in _children(row))]
    widest = max((sum(_span(cell) for cell in _children(row)) for row in rows), default=0)
    body = [[_cell(cell) for cell in _children(row)] for row in rows if row not in head]
    return {
        "kind": "table",
        "columns": widest,
        "head": [_cell(cell) for row in head for cell in _children(row)],
        "rows": body,
    }


def _cell(cell: Component) -> Json:
    looks = " ".join(_looks(cell))
    severity = next((word for word in ("critical", "caution") if f"--{word}" in looks), "")
    return {"span": _span(cell), "runs": _runs(cell), "severity": severity}


def _span(cell: Component) -> int:
    return int(getattr(cell, "colSpan", None) or 1)


def _runs(part: Any, style: str = "") -> Runs:  # noqa: ANN401  # a component, a text, a list of both, or nothing
    if part is None or _is_unread(part) or (isinstance(part, Component) and _HIDDEN & set(_looks(part))):
        return []
    if not isinstance(part, Component):
        return [{"text": str(part), "style": style}] if str(part) else []
    own = "quiet" if _QUIET & set(_looks(part)) else _STYLES.get(type(part).__name__, style)
    runs: Runs = []
    for child in _children(part):
        inner = _runs(child, own)
        if runs and inner and isinstance(child, Component):
            runs += _between(runs[-1]["text"], inner[0]["text"], child)
        runs += inner
    return runs


def _between(before: str, after: str, child: Component) -> Runs:
    """Return what keeps two parts apart that the page sets apart by their look."""
    if isinstance(child, _BLOCKS):
        return [{"text": "\n", "style": ""}]
    touching = before[-1:].isalnum() and after[:1].isalnum()
    return [{"text": " ", "style": ""}] if touching else []


def _is_unread(part: object) -> bool:
    return isinstance(part, _UNREAD)


def _plain(part: Component) -> str:
    return "".join(run["text"] for run in _runs(part)).strip()


def _text(part: object) -> str:
    return "".join(str(child) for child in _children(part))


def _looks(part: object) -> list[str]:
    return str(getattr(part, "className", "") or "").split()


def _children(part: object) -> list[Any]:
    children = getattr(part, "children", None)
    if children is None:
        return []
    return list(children) if isinstance(children, list | tuple) else [children]


def _each(part: object, kinds: tuple[type, ...]) -> Iterator[Any]:
    """Return every component of some kinds within a part, in order; not those within one another."""
    for child in _flat(_children(part)):
        if isinstance(child, kinds):
            yield child
        else:
            yield from _each(child, kinds)


def _flat(children: Iterable[Any]) -> Iterator[Any]:
    for child in children:
        if isinstance(child, list | tuple):
            yield from _flat(child)
        else:
            yield child


def _found(part: Component, kind: type, look: str | None = None) -> Component:
    """Return the first component of a kind and a look.

    Raises:
        LookupError: the page has none.
    """
    for child in _flat(_children(part)):
        if isinstance(child, Component) and isinstance(child, kind) and (look is None or look in _looks(child)):
            return child
    raise LookupError(f"The page has no {kind.__name__} {look or ''}.")
