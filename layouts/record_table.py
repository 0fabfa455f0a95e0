"""The readings of one session as a table: every value ever charted, what was changed and why, what was not done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.attributes import HIDDEN, labelled
from layouts.record_forms import correct_button
from layouts.record_words import (
    also_asked,
    arrival_texts,
    change_text,
    minute_text,
    moment_text,
    person_initials,
    person_text,
)
from layouts.ticking import marked
from layouts.words import SILENT, arrows, is_low, listed, part_set_text
from models.clock_skew import skew_text
from models.device_readings import is_unvalidated
from models.entries import Reading, Written
from models.moments import clock
from models.people import Person
from models.rules import Flag, Severity, worst
from models.session import Judged, SessionView
from models.versions import Versions, versions
from models.vitals import BY_KEY, PRESSURE, VITALS, Vital, mean_pressure

NOT_DONE: Final = "not done"
NO_READINGS: Final = "No reading was charted."
_HEADS: Final = {"dissociation": "dissoc.", "nausea": "nausea", "sedation": "MOAA/S", "headache": "headache"}
_TWO: Final = 2
_IMPLIED: Final = frozenset({"/10", "/5"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of values: the vitals it shows together, and its head.

    An ``extra`` column stands where the page is wide; where it is not, its values are told among the remarks.
    """

    vitals: tuple[str, ...]
    head: str
    extra: bool = False

    @property
    def key(self) -> str:
        """Return the name of the column for its class."""
        return "bp" if self.vitals == PRESSURE else self.vitals[0]

    @property
    def look(self) -> str:
        """Return its classes."""
        return f"reading-cell reading-cell--{self.key}{' reading-cell--extra' if self.extra else ''}"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a reading in all its versions, and how it was judged (``None`` once struck)."""

    said: Versions
    judged: Judged | None

    @property
    def reading(self) -> Reading:
        """Return what counts now, or what was struck."""
        content = self.said.effective.written.content
        return content if isinstance(content, Reading) else Reading()

    @property
    def earlier(self) -> list[Reading]:
        """Return what was said before, oldest first."""
        before = (written.content for written in self.said.earlier)
        return [content for content in before if isinstance(content, Reading)]

    @property
    def struck(self) -> bool:
        """Say whether the whole reading was entered in error."""
        return self.said.current is None


def record_table(view: SessionView, zone: tzinfo, person: Person) -> Component:
    """Return the table of readings, in order of their moments."""
    found = lines(view)
    if not found:
        return html.P(NO_READINGS, className="record__none")
    shown = columns(found)
    body = [_row(line, shown, view, zone, person) for line in found]
    return html.Div(
        html.Table(
            [
                html.Caption("Readings", className="visually-hidden"),
                html.Thead(html.Tr(_heads(shown))),
                html.Tbody(body),
            ],
            className="record-table",
            **marked("record-table"),
        ),
        className="record-table__box",
        tabIndex="0",
        role="region",
        **labelled("Readings"),
    )


def lines(view: SessionView) -> list[Line]:
    """Return every reading of the record, those entered in error included, in order of their moments."""
    entries = view.record.entries
    readings = (one for one in view.effective if one.kind == Reading.kind)
    judged = {one.entry.id: one for one in view.readings}
    return [Line(versions(one, entries), judged.get(one.entry.id)) for one in readings]


def columns(found: Sequence[Line]) -> list[Column]:
    """Return the columns in the order of the registry: the core, and what else was charted in a third of the readings.

    What was charted more rarely is told among the remarks: a column of dashes would push the words off the page.
    """
    told = Counter(vital for line in found for vital in _mentioned(line))
    named = {vital.key for vital in VITALS if vital.core or vital.computed or 3 * told[vital.key] >= max(3, len(found))}
    chosen = [Column(PRESSURE, "BP mmHg")]
    beyond = 0
    for vital in VITALS:
        if vital.key in named and vital.key not in PRESSURE:
            unit = "" if vital.unit in _IMPLIED or vital.computed else f" {vital.unit}"
            beyond += not (vital.core or vital.computed)
            extra = not (vital.core or vital.computed) and beyond > 1
            chosen.append(Column((vital.key,), f"{_HEADS.get(vital.key, vital.short)}{unit}", extra))
    return chosen


def _mentioned(line: Line) -> set[str]:
    """Return the vitals that any version of a reading has a value for, or a reason why not."""
    return {vital for one in (line.reading, *line.earlier) for vital in (*one.values, *(one.not_done or {}))}


def _heads(shown: Sequence[Column]) -> list[Component]:
    values = [html.Th(column.head, scope="col", className=column.look) for column in shown]
    return [
        html.Th("min", scope="col", className="reading-cell reading-cell--min"),
        html.Th("measured", scope="col", className="reading-cell reading-cell--at"),
        *values,
        html.Th("by", scope="col", className="reading-cell reading-cell--by"),
        html.Th("flag, correction, lateness", scope="col", className="reading-cell reading-cell--remarks"),
    ]


def _row(line: Line, shown: Sequence[Column], view: SessionView, zone: tzinfo, person: Person) -> Component:
    entry = line.said.entry
    severity = line.judged.severity if line.judged else Severity.NORMAL
    look = "reading-line--struck" if line.struck else f"reading-line--{severity.word}"
    return html.Tr(
        [
            html.Td(minute_text(view.minute(line.said.at)), className="reading-cell reading-cell--min"),
            html.Th(_measured(line, view, zone), scope="row", className="reading-cell reading-cell--at"),
            *(_cell(line, column) for column in shown),
            html.Td(
                person_initials(entry.author),
                className="reading-cell reading-cell--by",
                title=person_text(entry.author),
            ),
            html.Td(
                [correct_button(person, view, line.said, zone), *remarks(line, shown, view, zone)],
                className="reading-cell reading-cell--remarks",
            ),
        ],
        className=f"reading-line {look}",
        **(marked("reading-row") | {"data-entry": entry.id, "data-severity": severity.word}),
    )


def _measured(line: Line, view: SessionView, zone: tzinfo) -> list[Component | str]:
    now = moment_text(line.said.at, zone, view.arrived_at)
    if line.struck:
        return [html.Del(now)]
    before = dict.fromkeys(moment_text(one.measured_at, zone, view.arrived_at) for one in line.said.earlier)
    return _with_earlier([text for text in before if text != now], now)


def _cell(line: Line, column: Column) -> html.Td:
    """Return one value with what stood there before; silence is a dash, what was not done says so."""
    text, before = value_in(line.reading, column), _before(line, column)
    flags = _flags_of(line.judged, column)
    severity, low = worst(flags), any(is_low(flag) and flag.severity == worst(flags) for flag in flags)
    look = f"{column.look} reading-cell--{severity.word}"
    if line.struck:
        gone = [text for text in dict.fromkeys([*before, text]) if text != SILENT]
        return html.Td([html.Del(" ".join(gone))] if gone else SILENT, className=f"{column.look} reading-cell--struck")
    if text == NOT_DONE:
        return html.Td(
            _with_earlier(before, text),
            className=f"{column.look} reading-cell--undone",
            title=_why_undone(line, column),
        )
    if text == SILENT:
        return html.Td(_with_earlier(before, text), className=f"{column.look} reading-cell--silent")
    sign = arrows(severity, low=low)
    signs = [html.Span(sign, className="reading-sign", **HIDDEN), _spoken(severity)] if sign else []
    return html.Td([*_with_earlier(before, text), *signs], className=look)


def _spoken(severity: Severity) -> Component:
    return html.Span(f" {severity.word}", className="visually-hidden")


def _with_earlier(before: Sequence[str], now: str) -> list[Component | str]:
    """Return the earlier texts struck through, then what counts in bold; alone, it stays plain."""
    if not before:
        return [now]
    struck: list[Component | str] = []
    for text in before:
        struck += [html.Span("was ", className="visually-hidden"), html.Del(text), " "]
    return [*struck, html.Span("now ", className="visually-hidden"), html.B(now, className="reading-now")]


def _before(line: Line, column: Column) -> list[str]:
    now = value_in(line.reading, column)
    texts = dict.fromkeys(value_in(reading, column) for reading in line.earlier)
    return [text for text in texts if text not in {now, SILENT}]


def value_in(reading: Reading, column: Column) -> str:
    """Return what a reading says in one column: the number, ``not done``, or a dash where it says nothing."""
    texts = [_one_value(reading, vital) for vital in column.vitals]
    if len(texts) == 1 or len(set(texts)) == 1:
        return texts[0]
    return "/".join(texts)


def _one_value(reading: Reading, vital: str) -> str:
    values = reading.values
    if vital == "map":
        return f"{mean_pressure(values['sbp'], values['dbp'])}" if {"sbp", "dbp"} <= values.keys() else SILENT
    if vital in values:
        return f"{values[vital]:g}"
    return NOT_DONE if reading.undone(vital) else SILENT


def _flags_of(judged: Judged | None, column: Column) -> list[Flag]:
    flags = judged.flags if judged else ()
    return [flag for flag in flags if flag.vital in column.vitals]


def _why_undone(line: Line, column: Column) -> str:
    undone = line.reading.not_done or {}
    return listed(undone[vital] for vital in column.vitals if vital in undone) or "seen resting"


def remarks(line: Line, shown: Sequence[Column], view: SessionView, zone: tzinfo) -> list[Component]:
    """Return what there is to say about a reading.

    The worst flag and how many more there are, then corrections, values without a column, lateness, what was left
    out and what was asked.
    """
    said = _flags(_speaking(line.judged))
    said += [_remark(change_text(change, view, zone), "change") for change in line.said.changes]
    said += [_extra(line, vital) for vital in VITALS if vital.key in _without_column(line, shown)]
    said += [_remark(text, "plain") for text in _plain_remarks(line, view, zone)]
    spaced: list[Component] = []
    for number, remark in enumerate(said):
        spaced += [html.Span(" · ", className="remark__dot"), remark] if number else [remark]
    return [*spaced, *_narrow(line, shown, first=not said)]


def _narrow(line: Line, shown: Sequence[Column], *, first: bool) -> list[Component]:
    """Return the values of the extra columns, for a page that has no room for these."""
    found: list[Component] = []
    for column in shown:
        if column.extra and any(column.vitals[0] in one.values for one in (line.reading, *line.earlier)):
            dot = "" if first and not found else " · "
            found.append(html.Span([dot, _extra(line, BY_KEY[column.vitals[0]])], className="remark--narrow"))
    return found


def _without_column(line: Line, shown: Sequence[Column]) -> set[str]:
    with_column = {vital for column in shown for vital in column.vitals}
    return {vital for one in (line.reading, *line.earlier) for vital in one.values} - with_column


def _extra(line: Line, vital: Vital) -> Component:
    """Return a value that has no column of its own, with what stood there before."""
    cell = _cell(line, Column((vital.key,), vital.short))
    children = cell.children if isinstance(cell.children, list) else [cell.children]
    return html.Span([f"{name_in_words(vital)} ", *children], className="remark remark--plain")


def _plain_remarks(line: Line, view: SessionView, zone: tzinfo) -> list[str]:
    entry, reading = line.said.entry, line.reading
    found = [_baseline(line, view, zone), *arrival_texts(line.said, view, zone)]
    if not line.struck:
        part = part_set_text(line.judged)
        found.append(f"{part[:1].lower()}{part[1:]}" or _other_undone(reading))
        found += also_asked(reading)
    if reading.unconfirmed:
        found.append(f"not confirmed: {listed(BY_KEY[vital].short for vital in reading.unconfirmed)}")
    if entry.device:
        found.append(f"from {entry.device}{', not accepted' if is_unvalidated(line.said.effective) else ''}")
    found.append(skew_text(entry.clock_skew_ms) or "")
    return [text for text in found if text]


def _other_undone(reading: Reading) -> str:
    return listed(f"{name_in_words(BY_KEY[vital])} not done: {why}" for vital, why in (reading.not_done or {}).items())


def name_in_words(vital: Vital) -> str:
    """Return the short name of a vital as it stands within a sentence: ``SBP``, ``MOAA/S``, ``nausea``."""
    return vital.short.lower() if vital.short.istitle() else vital.short


def _baseline(line: Line, view: SessionView, zone: tzinfo) -> str:
    if view.baseline is None or view.baseline.entry_id != line.said.entry.id:
        return ""
    return f"baseline, frozen {clock(view.started_at, zone)}" if view.started_at else "baseline so far"


def _speaking(judged: Judged | None) -> list[Flag]:
    """Return one flag for each thing that is flagged, the worst of it, absolute before own; the worst thing first."""
    ordered = sorted(judged.flags, key=lambda flag: (-flag.severity, flag.own)) if judged else []
    things = {(flag.vital, bool(flag.causes)): flag for flag in reversed(ordered)}
    return sorted(things.values(), key=lambda flag: (-flag.severity, flag.own))


def _flags(flags: Sequence[Flag]) -> list[Component]:
    """Return the worst flag and the next one; of more, how many: their values carry the signs, and paper lists all."""
    if len(flags) <= _TWO:
        return [_remark(_flag_text(flag), flag.severity.word) for flag in flags]
    rest = flags[1:]
    severity = worst(rest)
    every = " · ".join(_flag_text(flag) for flag in rest)
    more = html.Span(
        [
            html.Span(f"{arrows(severity)} {len(rest)} more", className="remark__more", title=every),
            html.Span(every, className="remark__all"),
        ],
        className=f"remark remark--{severity.word}",
    )
    return [_remark(_flag_text(flags[0]), flags[0].severity.word), more]


def _flag_text(flag: Flag) -> str:
    return f"{arrows(flag.severity, low=is_low(flag))} {flag.sentence}"


def _remark(text: str, look: str) -> Component:
    return html.Span(text, className=f"remark remark--{look}")


def versions_of(view: SessionView, kind: str) -> list[Versions]:
    """Return every entry of a kind in all its versions, struck ones included, in order of their moments."""
    return [versions(one, view.record.entries) for one in view.effective if one.kind == kind]


def earlier_texts(said: Versions, texts: Sequence[str]) -> list[Component | str]:
    """Return the line of an entry: what it said before struck through, then what counts."""
    if said.current is None:
        return [html.Del(texts[-1])]
    return _with_earlier([text for text in texts[:-1] if text != texts[-1]], texts[-1])


def all_written(said: Versions) -> list[Written]:
    """Return what was said before, and last what counts (or was struck)."""
    return [*said.earlier, said.effective.written] if said.current else [said.effective.written]
