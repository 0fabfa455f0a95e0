"""Going home, on the record: each criterion with the reading that met it, what is missing, and from when it is met."""

from __future__ import annotations

from datetime import tzinfo

from dash import html

from layouts.record_forms import add_button, discharge_fields, follow_up_fields, review_fields, waste_fields
from layouts.record_parts import Shown, card, lines_part
from layouts.record_words import moment_text, person_text
from layouts.ticking import marked
from models.discharge import Criterion, GoingHome, going_home
from models.moments import clock
from models.reconciliation import reconciled
from models.rules import Stage
from models.session import SessionView

MET, NOT_MET, NOT_NEEDED = "✓", "✗", "–"


def going_home_part(shown: Shown) -> html.Section | None:
    """Return the discharge criteria; nothing before the infusion has ended."""
    view = shown.view
    charted = lines_part("", "discharge", shown)
    if view.cancelled or (view.stage not in {Stage.RECOVERY, Stage.CLOSED} and charted is None):
        return None
    found = going_home(view)
    listed = html.Ul([_line(one, view, shown.zone) for one in found.criteria], className="said-lines")
    said = charted.children[1] if charted is not None else None
    override = _override(found, view, shown.zone)
    offered = view.stage is Stage.RECOVERY
    button = (
        add_button(shown.person, "discharge", "Check discharge", discharge_fields(shown.person)) if offered else None
    )
    return card("Going home", ready_text(found, shown.zone), [listed, override, said, button])


def ready_text(found: GoingHome, zone: tzinfo) -> str:
    """Return in a few words whether the patient may go."""
    if found.ready and found.overridden and found.unmet:
        return f"overridden, {len(found.unmet)} not met"
    if found.ready:
        return "all met"
    waits = f", {clock(found.earliest, zone)} at the earliest" if found.earliest else ""
    return f"{len(found.unmet)} not met{waits}"


def sign(one: Criterion) -> str:
    """Return the sign before a criterion: a tick only where something was found that meets it."""
    if not one.needed:
        return NOT_NEEDED
    return MET if one.met else NOT_MET


def _line(one: Criterion, view: SessionView, zone: tzinfo) -> html.Li:
    when = "" if one.measured_at is None else moment_text(one.measured_at, zone, view.arrived_at)
    words = one.text if one.met else f"Not met: {one.text}"
    return html.Li(
        [
            html.Span(sign(one), className="said-lines__number"),
            html.Span(when, className="said-lines__when"),
            html.Div(html.Span(words, className="said-lines__text"), className="said-lines__said"),
        ],
        className="said-lines__line",
        **marked(f"discharge-{one.name}"),
    )


def _override(found: GoingHome, view: SessionView, zone: tzinfo) -> html.P | None:
    one = found.overridden
    if one is None:
        return None
    when = moment_text(one.at, zone, view.arrived_at)
    words = (
        f"Overridden {when}, {person_text(one.by)}: {one.reason}. Not met then: {', '.join(one.lifted) or 'nothing'}."
    )
    return html.P(words.replace("_", " "), className="record-part__line")


def waste_part(shown: Shown) -> html.Section | None:
    """Return what was thrown away with its witness, and the button that charts it once the pump has stopped."""
    lines = lines_part("Waste", "waste", shown)
    open_for_it = shown.view.stage is Stage.RECOVERY
    button = add_button(shown.person, "waste", "Chart waste", waste_fields()) if open_for_it else None
    if lines is None and button is None and reconciled(shown.view) is None:
        return None
    told = pump_text(shown.view)
    against = html.P(told, className="record-part__line", **marked("pump-against-record")) if told else None
    return card("Waste", "" if lines else "none charted", [against, lines.children[1] if lines else None, button])


def pump_text(view: SessionView) -> str:
    """Return the volume on the pump against the record; nothing where none was read."""
    found = reconciled(view)
    if found is None:
        return ""
    said = f"Pump {float(found.pump_ml):g} mL at the stop"
    if found.record_ml is None:
        return f"{said}; the record has no concentration to hold it against."
    verdict = "differs, look" if found.differs else "agrees"
    return f"{said}, record {float(found.record_ml):g} mL: {verdict}."


def afterwards_part(shown: Shown) -> html.Section | None:
    """Return reviews and follow-ups, and the buttons that add them once the session has ended."""
    found = [lines_part("", kind, shown) for kind in ("review", "follow_up")]
    lines = [one.children[1] for one in found if one is not None]
    ended = shown.view.stage is Stage.CLOSED
    buttons = [
        add_button(shown.person, "review", "Add review", review_fields(shown.view)),
        add_button(shown.person, "follow_up", "Add follow-up", follow_up_fields()),
    ]
    offered = [one for one in buttons if one is not None] if ended else []
    return card("Afterwards", "", [*lines, *offered]) if lines or offered else None
