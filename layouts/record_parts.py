"""The parts of a record beside its readings: numbers, adverse events, infusion, medicines, notes, signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.attributes import labelled
from layouts.marks import Mark, marks
from layouts.record_forms import correct_button
from layouts.record_table import all_written, earlier_texts, versions_of
from layouts.record_words import (
    NOT_SAID,
    action_text,
    arrival_texts,
    change_text,
    dose_text,
    grade_text,
    minute_text,
    moment_text,
    outcome_text,
    person_text,
    serious_text,
    told,
)
from layouts.ticking import marked
from layouts.unseen import unseen
from layouts.words import SILENT, arrows
from models.clock_skew import skew_text
from models.entries import Infusion, Move
from models.infusion import PumpState
from models.moments import clock
from models.people import Person
from models.reconciliation import Reconciled, reconciled
from models.review import Checks, checks
from models.review_facts import Peak, duration, peak
from models.session import Event, SessionView
from models.versions import Versions, versions

Texts = Sequence[str]

AFTER_TITLE: Final = "Arrived after the signature"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record, the zone whose clock it is told in, and who reads it (which decides what may be corrected)."""

    view: SessionView
    zone: tzinfo
    person: Person


def card(title: str, note: str, children: Iterable[Component | None], look: str = "") -> html.Section:
    """Return one part of the record under its title, with a short note at the right."""
    head = html.Div([html.H2(title), html.Span(note, className="record-part__note")], className="record-part__head")
    shown = [child for child in children if child is not None]
    return html.Section([head, *shown], className=f"record-part {look}".strip(), **labelled(title))


# Numbers.


def numbers(view: SessionView) -> html.Section:
    """Return dose, peak pressure and punctuality, each with what it is measured against."""
    return html.Section(
        [_number(*_dose(view)), _number(*_peak(peak(view))), _number(*_checks(checks(view)))],
        className="record-part record-numbers",
        **labelled("Summary"),
    )


def _number(value: str, unit: str, lines: Texts) -> html.Div:
    head = html.Div(
        [html.Span(value, className="record-numbers__value"), html.Span(f" {unit}", className="record-numbers__unit")]
    )
    return html.Div([head, *(html.Div(line, className="record-numbers__line") for line in lines if line)])


def _dose(view: SessionView) -> tuple[str, str, Texts]:
    minutes = duration(view)
    plan = view.opening.plan.dose_mg
    if minutes is None:
        return SILENT, "mg", ["infusion not started", f"planned {plan:g} mg"]
    running = view.pump.state in {PumpState.RUNNING, PumpState.PAUSED}
    said = [f"{view.mg_per_kg:.2f} mg/kg", f"in {int(minutes)} min{', not stopped' if running else ''}"]
    if view.stop_not_charted:
        said.append("planned dose reached, stop not charted")
    return f"{view.delivered_mg:.1f}", "mg", said


def _peak(found: Peak | None) -> tuple[str, str, Texts]:
    if found is None:
        return SILENT, "mmHg", ["no pressure charted"]
    when = "before the start" if found.minute is None else f"at {minute_text(found.minute)} min"
    return f"{found.value:g}", "mmHg", [f"peak SBP {when}", peak_change(found)]


def peak_change(found: Peak) -> str:
    """Return a peak against the baseline, like ``+54 (+44 %)``."""
    if found.change is None or found.percent is None:
        return "no baseline"
    sign = "−" if found.change < 0 else "+"
    return f"{sign}{abs(found.change):g} ({sign}{abs(found.percent)} %)"


def _checks(found: Checks) -> tuple[str, str, Texts]:
    if found.percent is None:
        return SILENT, "", ["no check was due"]
    return str(found.on_time), f"of {found.all}", ["checks on time", f"({found.percent} %)"]


# Adverse events.


def events_part(shown: Shown) -> html.Section:
    """Return the adverse events in order of their onset, numbered as on the panel."""
    view = shown.view
    found = sorted(view.events, key=lambda event: event.onset_at)
    said = versions_of(view, "adverse_event")
    gone = [one for one in said if one.current is None]
    if not found and not gone:
        return card("Adverse events", "none charted", [])
    numbered = {mark.entry_id: mark for mark in marks(view)}
    by_event: dict[str, list[Versions]] = {}
    for one in said:
        if one.current is not None:
            by_event.setdefault(getattr(one.current.content, "event_id", ""), []).append(one)
    rows = [
        row
        for event in found
        for row in _event_rows(event, by_event.get(event.id, []), numbered.get(event.entry_id), shown)
    ]
    heads = [html.Th(words, scope="col") for words in (unseen("number"), "term", "grade", "action", "outcome")]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="events-table") if rows else None
    struck = [_line(one, shown) for one in gone]
    below = html.Ul(struck, className="said-lines") if struck else None
    return card("Adverse events", _events_note(found), [table, below], "record-part--events")


def _events_note(found: Sequence[Event]) -> str:
    still = sum(event.open for event in found)
    if not found:
        return "none"
    return f"{len(found)}, {still} open" if still else f"{len(found)}, all ended" if len(found) > 1 else "1, ended"


def _event_rows(event: Event, said: Sequence[Versions], mark: Mark | None, shown: Shown) -> list[html.Tr]:
    view, zone = shown.view, shown.zone
    when = ", ".join(text for text in (moment_text(event.onset_at, zone, view.arrived_at), dose_text(event)) if text)
    ended = None if event.resolved_at is None else view.minute(event.resolved_at)
    first = html.Tr(
        [
            html.Td(number(mark)),
            html.Th([event.term, html.Span(when, className="events-table__when")], scope="row"),
            html.Td(grade_text(event.grade), className="events-table__grade"),
            html.Td(action_text(event)),
            html.Td(outcome_text(event, ended) or NOT_SAID),
        ],
        className="events-table__event events-table__event--open" if event.open else "events-table__event",
        **marked("event-row"),
    )
    more = [text for text in (serious_text(event), event.note or "") if text]
    history = [_event_entry(one, place, shown) for place, one in enumerate(said)]
    below = [*(html.Div(text, className="events-table__note") for text in more), html.Div(history)]
    return [first, html.Tr([html.Td(""), html.Td(below, colSpan=4)], className="events-table__more")]


def number(mark: Mark | None) -> Component | str:
    """Return the number of a mark as on the panel: a square for an event, a circle for an action."""
    if mark is None:
        return ""
    return html.B(str(mark.number), className=f"trend__number trend__number--{'event' if mark.event else 'action'}")


def _event_entry(said: Versions, place: int, shown: Shown) -> html.Span:
    view, zone = shown.view, shown.zone
    entry = said.entry
    verb = "updated" if place else "charted"
    words = f"{verb} {moment_text(entry.recorded_at, zone, view.arrived_at)}, {person_text(entry.author)}"
    earlier = [html.Div(html.Del(told(one, zone)), className="events-table__was") for one in said.earlier]
    remarks = [*(change_text(change, view, zone) for change in said.changes), *arrival_texts(said, view, zone)]
    changed = [html.Div(text, className="remark--change") for text in remarks]
    button = correct_button(shown.person, view, said, zone)
    return html.Span([words, " ", button, *earlier, *changed], className="event-said")


# Lines: infusion, medicines, notes, screening, phases.


def infusion_part(shown: Shown) -> html.Section:
    """Return every action at the pump, numbered as on the panel, with what does not fit the record marked."""
    view = shown.view
    numbered = {mark.entry_id: mark for mark in marks(view)}
    rows = [
        _line(one, shown, number(numbered.get(one.entry.id)), remark=_disputed(one, view), more=_rate(one, view))
        for one in versions_of(view, Infusion.kind)
    ]
    volume = view.pump.delivered_ml(view.now)
    note = f"{view.delivered_mg:.1f} mg" + (f", {volume:.1f} mL" if volume is not None else "")
    listed = html.Ul(rows, className="said-lines")
    return card("Infusion", note if rows else "not started", [listed, _on_the_pump(view)] if rows else [])


def _on_the_pump(view: SessionView) -> html.P | None:
    found = reconciled(view)
    if found is None:
        return None
    look = "remark--caution" if found.differs else "record-part__line"
    sign = f"{arrows(view.severity.CAUTION)} " if found.differs else ""
    return html.P(f"{sign}{pump_text(found)}", className=look, **marked("pump-reconciled"))


def pump_text(found: Reconciled) -> str:
    """Return the volume on the pump beside the record's, and how far they are apart."""
    said = f"Pump {found.pump_ml:f} mL"
    if found.record_ml is None or found.difference_ml is None:
        return f"{said}, record in mL not known: no concentration charted"
    sign = "−" if found.difference_ml < 0 else "+"
    return f"{said}, record {found.record_ml:f} mL: {sign}{abs(found.difference_ml):f} mL"


def _rate(said: Versions, view: SessionView) -> str:
    """Return the rate an action led to, where it named none: a start without one runs as planned."""
    action = next((one for one in view.pump.actions if one.entry_id == said.entry.id), None)
    if action is None or action.content.rate_mg_h is not None or action.content.action not in {"start", "resume"}:
        return ""
    return f" ({action.rate_after:g} mg/h)"


def _disputed(said: Versions, view: SessionView) -> str:
    why = view.disputed.get(said.entry.id)
    return f"disputed: {why}" if why else ""


def lines_part(title: str, kind: str, shown: Shown, note: Callable[[int], str] = str) -> html.Section | None:
    """Return the entries of one kind, one line each; nothing where there is none."""
    rows = [_line(one, shown) for one in versions_of(shown.view, kind)]
    return card(title, note(len(rows)), [html.Ul(rows, className="said-lines")]) if rows else None


def _line(said: Versions, shown: Shown, before: Component | str = "", *, remark: str = "", more: str = "") -> html.Li:
    view, zone = shown.view, shown.zone
    entry = said.entry
    texts = [told(written, zone) for written in all_written(said)]
    remarks = [change_text(change, view, zone) for change in said.changes]
    skew = skew_text(entry.clock_skew_ms)
    remarks += [text for text in (*arrival_texts(said, view, zone), skew, remark) if text]
    return html.Li(
        [
            html.Span(before, className="said-lines__number"),
            html.Span(clock(said.at, zone), className="said-lines__when"),
            html.Div(
                [
                    html.Span([*earlier_texts(said, texts), more], className="said-lines__text"),
                    html.Span(f" {person_text(entry.author)}", className="said-lines__by"),
                    *(html.Div(text, className="remark--change") for text in remarks),
                ],
                className="said-lines__said",
            ),
            correct_button(shown.person, view, said, zone),
        ],
        className="said-lines__line said-lines__line--struck" if said.current is None else "said-lines__line",
        **marked(f"{entry.kind}-line"),
    )


def arrived_after_part(shown: Shown) -> html.Section | None:
    """Return what arrived after the signature, whole and one line each; nothing where nothing did."""
    view = shown.view
    said = [versions(one, view.record.entries) for one in view.arrived_after]
    rows = [_line(one, shown, more=_to_chair(one, view)) for one in said]
    note = f"{len(rows)}, outside what was signed"
    return card(AFTER_TITLE, note, [html.Ul(rows, className="said-lines")]) if rows else None


def _to_chair(said: Versions, view: SessionView) -> str:
    content = said.effective.written.content
    return f" to chair {view.record.chairs[content.chair_id].name}" if isinstance(content, Move) else ""


# Signatures.


def signatures(view: SessionView, zone: tzinfo) -> list[Component]:
    """Return who signed when and as what, or that nobody has."""
    if view.signed is None:
        return [html.Div("not signed", className="signature signature--none", **marked("signed-by"))]
    entry = view.signed
    found = next(one for one in view.effective if one.entry.id == entry.id)
    when = moment_text(entry.measured_at, zone, view.arrived_at)
    said: list[Component] = [html.Div(person_text(entry.author), className="signature", **marked("signed-by"))]
    said.append(html.Div(f"{told(found.written, zone)}, signed {when}", className="signature__how"))
    after = len(view.after_signing)
    if after:
        noun = "entry" if after == 1 else "entries"
        words = f"{after} {noun} measured before the signature came after it and stand outside what was signed."
        said.append(html.Div(f"{arrows(view.severity.CAUTION)} {words}", className="remark--caution"))
    return said
