"""The page of one chair: who sits there, why it needs a look, what is due, the panel, the pump, and the forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.alert_banner import (
    alert_banner,
    alert_properties,
    emergency_button,
    emergency_properties,
    ended_alert_text,
    hold_line,
    hold_properties,
)
from layouts.entry_list import entry_properties, last_entries
from layouts.event_form import event_form
from layouts.form_fields import action_button, aria, data
from layouts.going_home import going_home_card, going_home_properties
from layouts.infusion_form import infusion_bar, infusion_properties
from layouts.more_sheet import more_button, more_properties, more_sheet
from layouts.panel import panel
from layouts.reading_form import reading_form, reading_properties
from layouts.record_words import person_text
from layouts.room_part import chair_text, room_part, room_properties, tab_text
from layouts.seat_form import seat_button, seat_form
from layouts.seat_line import seat_line, seat_line_properties
from layouts.ticking import NOTHING, marked, say, ticking
from layouts.words import (
    AGE,
    IN_RANGE,
    MINUTES,
    NO_BASELINE,
    NO_READING,
    NOT_CONNECTED,
    NOTHING_DUE,
    STATES,
    arrows,
    change_text,
    is_low,
    more_text,
    part_set_text,
    was_text,
    why_flag,
    why_flag_was,
)
from models.clinic import ChairNow
from models.infusion import PumpState
from models.last_time import last_time
from models.moments import clock, iso
from models.people import Person, Right
from models.rules import Flag, Severity, Stage
from models.schedule import Lateness
from models.session import SessionView

Properties = list[tuple[str, dict[str, Any]]]
Drawn = dict[str, dict[str, Any]]

LATE: Final = "Late"
_RUNS_ON: Final = {"data-was": None}
"""Time since the start goes on on a screen that is not live."""
LOOKS: Final = {Severity.NORMAL: "normal", Severity.CAUTION: "caution", Severity.CRITICAL: "critical"}


@dataclass(frozen=True, slots=True)
class Team:
    """Who reads the page, and who else charts here."""

    person: Person
    colleagues: tuple[Person, ...] = ()

    @property
    def clinicians(self) -> list[str]:
        """Return the names of colleagues who may override."""
        return [person_text(one.name) for one in self.colleagues if one.may(Right.OVERRIDE)]


def chair_page(  # noqa: PLR0913, PLR0917  # the page of one chair shows all of these
    chair: ChairNow,
    others: Sequence[ChairNow],
    now: datetime,
    zone: tzinfo,
    person: Person,
    last_time: SessionView | None,
    colleagues: Sequence[Person] = (),
) -> html.Main:
    """Return the page: the seat form while the chair is free, else the whole of the session on it.

    ``colleagues`` are who else charts here: who may take over, witness, or override.
    """
    drawn = dict(chair_properties(chair, others, now, zone))
    view = chair.view
    team = Team(person, tuple(colleagues))
    body: list[Component] = [_free(chair, zone, person)] if view is None else _taken(view, zone, team, last_time, drawn)
    if view is not None and person.may(Right.CHART):
        body += [event_form(), more_sheet(chair, view, others, person, colleagues)]
    everyone = sorted([chair, *others], key=lambda one: room_order(one.chair.name))
    return html.Main(
        [
            _tabs(chair, everyone, drawn),
            *body,
        ],
        id=ids.ChairPage.ROOT,
        className="chair-page",
        **_root_attributes(chair, zone, person),
        **drawn[ids.ChairPage.ROOT],
    )


def chair_properties(
    chair: ChairNow,
    others: Sequence[ChairNow],
    now: datetime,  # noqa: ARG001  # asked for alike of every page; on this one the browser counts from the moments
    zone: tzinfo,
) -> Properties:
    """Return everything on this page that a change updates, and nothing that anybody types in.

    The page draws itself from the same properties, so what is drawn and what is sent cannot differ. When the session on
    the chair changes, ``data-session`` does, and the script loads the page anew.
    """
    view = chair.view
    here = {
        "data-session": view.id if view else "",
        "data-arrived": iso(view.arrived_at) if view else "",
        "data-room": chair.state.value,
    }
    found: Properties = [(ids.ChairPage.ROOT, here), *room_properties(chair, zone)]
    for one in [chair, *others]:
        found += tab_properties(one)
    if view is not None:
        found += [
            *elapsed_properties(view),
            *why_properties(view, zone),
            *due_properties(view, zone),
            *alert_properties(view, zone),
            *emergency_properties(view, zone),
            *hold_properties(view, zone),
            *last_time_properties(view),
            *seat_line_properties(view, chair.marks.nurse_name),
            *infusion_properties(view),
            *going_home_properties(view, zone),
            *more_properties(view, others),
            *reading_properties(view),
            *entry_properties(view, zone),
            (ids.ChairPage.LAST_SET, {"children": last_set_text(view, zone)}),
        ]
    return found


def room_order(name: str) -> list[tuple[bool, int, str]]:
    """Return the key that sorts chairs as the room does: ``2`` before ``10``."""
    return [
        (False, int(part), "") if part.isdecimal() else (True, 0, part) for part in re.split(r"(\d+)", name) if part
    ]


# Own chairs


def tab_properties(chair: ChairNow) -> Properties:
    """Return look and words of one chair in the row of chairs."""
    key = chair.chair.name
    view = chair.view
    look = "free" if view is None else LOOKS[view.severity]
    late = " chairs__tab--late" if view is not None and _late(view) else ""
    words, since = (tab_text(chair), None) if view is None else tab_words(view)
    said = say(words, since, was=was_text(words.replace(f" {MINUTES}", "").replace(MINUTES, "running")).lower())
    sign = "" if view is None or _late(view) else arrows(view.severity)
    return [
        (ids.CHAIR_TAB.of(key), {"className": f"chairs__tab chairs__tab--{look}{late}", "data-sign": sign}),
        (ids.CHAIR_TAB_WORDS.of(key), said),
    ]


def tab_words(view: SessionView) -> tuple[str, datetime | None]:
    """Return what the row of chairs says of a session, and the moment it counts from."""
    if _late(view) and view.due.at:
        return f"late {MINUTES}", view.due.at
    if view.stage is Stage.PAUSED:
        return f"paused {MINUTES}", view.pump.paused_since()
    if view.stage is Stage.INFUSION:
        return MINUTES, view.started_at
    return {Stage.BEFORE: "before start", Stage.RECOVERY: "recovery"}.get(view.stage, "closed"), None


def _late(view: SessionView) -> bool:
    """Say whether lateness is what the chair is coloured for."""
    return bool(view.flags) and view.flags[0].rule == "OVERDUE"


def _tabs(chair: ChairNow, everyone: Sequence[ChairNow], drawn: Drawn) -> html.Nav:
    links = []
    for one in everyone:
        key = one.chair.name
        tab, words = ids.CHAIR_TAB.of(key), ids.CHAIR_TAB_WORDS.of(key)
        here: dict[str, Any] = aria(current="page") if one.chair.id == chair.chair.id else {}
        links.append(
            html.A(
                [html.B(key), html.Span(id=words, **drawn[words])],
                id=tab,
                href=f"/chair/{quote(key)}",
                **here,
                **drawn[tab],
            )
        )
    return html.Nav(links, className="chairs", **aria(label="Chairs"), **data(fades=""))


# Who


def elapsed_properties(view: SessionView) -> Properties:
    """Return how far the infusion is: ``34 min, 26 left``; since arrival before it, since its end after it."""
    return [(ids.ChairPage.ELAPSED, _elapsed(view))]


def _elapsed(view: SessionView) -> dict[str, Any]:
    pump = view.pump
    if pump.state is PumpState.STOPPED and pump.stopped_at:
        return say(f"Recovery, {MINUTES}", pump.stopped_at) | _RUNS_ON | {"data-end": ""}
    if view.started_at is None:
        return say(f"Here {MINUTES}", view.arrived_at) | _RUNS_ON | {"data-end": ""}
    end = iso(view.planned_end) if view.planned_end else ""
    return ticking("elapsed", view.started_at) | _RUNS_ON | {"data-end": end}


def facts_text(view: SessionView) -> str:
    """Return what tells this patient from another: ``born 14 Mar 1979 (47) · record 40-718 · 72 kg``."""
    patient = view.patient
    age = patient.age_on(view.arrived_at.astimezone(view.zone).date())
    born = f"{patient.born.day} {patient.born:%b %Y}"
    return f"born {born} ({age}) · record {patient.mrn} · {view.opening.weight_kg:g} kg"


def peak_text(view: SessionView | None) -> str:
    """Return the peak of the infusion before, or that there was none: what there is room for beside the name."""
    if view is None:
        return "first infusion here"
    found = last_time(view)
    if found is None or found.peak_sbp is None:
        return "last time no pressure charted"
    return f"last time peak SBP {found.peak_sbp.value:g} at {int(found.peak_sbp.minute)} min"


def last_time_properties(view: SessionView) -> Properties:
    """Return whether the infusion before is told in full: until the start of this one."""
    return [(ids.ChairPage.LAST_TIME, {"hidden": view.started_at is not None or view.stage is not Stage.BEFORE})]


def last_time_text(view: SessionView | None) -> str:
    """Return the infusion before in short: ``last time peak SBP 171 at 32 min, nausea 6, ondansetron 4 mg``."""
    if view is None:
        return "first infusion here"
    found = last_time(view)
    if found is None or found.peak_sbp is None:
        return "last time no pressure charted"
    said = [peak_text(view)]
    said += [f"{key} {one.value:g}" for key in ("dissociation", "nausea") if (one := found.worst.get(key))]
    return ", ".join([*said, *(["distressed"] if found.distress else []), *found.medications])


def _identity(
    view: SessionView, zone: tzinfo, person: Person, last_time: SessionView | None, drawn: Drawn
) -> html.Header:
    elapsed = ids.ChairPage.ELAPSED
    return html.Header(
        [
            html.Div(view.chair.name, className="identity__chair", **aria(label=f"Chair {view.chair.name}")),
            html.B(NOT_CONNECTED, className="identity__stale", **aria(hidden="true")),
            html.Div(
                [html.H1(view.patient.name, className="identity__name"), html.Div(facts_text(view), className="quiet")],
                className="identity__who",
            ),
            html.Div(
                [
                    html.Div(id=elapsed, className="identity__elapsed", **drawn[elapsed]),
                    html.Div(peak_text(last_time), className="quiet"),
                ],
                className="identity__when",
            ),
            *([emergency_button(view, zone)] if person.may(Right.CHART) else []),
        ],
        className="identity",
    )


# Why and due


def why_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return the badge, the sentence of the worst flag, the change from the patient's own baseline, and the rest."""
    first = view.flags[0] if view.flags else None
    late = " why--late" if first and first.rule == "OVERDUE" else ""
    more = more_text(view.flags)
    page = ids.ChairPage
    return [
        (page.WHY, {"className": f"why why--{LOOKS[view.severity]}{late}"}),
        (page.BADGE, _badge(view, first)),
        (page.WHY_WORDS, _why_words(view, first, zone)),
        (page.WHY_CHANGE, {"children": why_second_line(view, first)}),
        (page.WHY_MORE, {"className": "why__more" if more else "why__more why__more--none"}),
        (page.WHY_MORE_WORDS, {"children": more}),
        (page.WHY_LIST, {"children": [html.Li(f"{f.sentence}, {clock(f.measured_at, zone)}") for f in view.flags]}),
    ]


def _badge(view: SessionView, first: Flag | None) -> dict[str, Any]:
    if first is None:
        return NOTHING
    if first.rule == "OVERDUE":
        return say(f"{LATE} {MINUTES}", view.due.at, was="Was late")
    triangles = arrows(first.severity, low=is_low(first))
    return say(f"{triangles} {STATES[first.severity]}", was=f"{triangles} {was_text(STATES[first.severity])}")


def _why_words(view: SessionView, first: Flag | None, zone: tzinfo) -> dict[str, Any]:
    if first is not None:
        return say(*why_flag(first, view), was=why_flag_was(first, view, zone))
    if not view.readings:
        return say(NO_READING)
    last = view.readings[-1].at
    return say(f"{IN_RANGE}, {AGE}", last, was=f"{was_text(IN_RANGE)} at {clock(last, zone)}")


def why_second_line(view: SessionView, first: Flag | None) -> str:
    """Return what is said under the reason: the change from baseline, or what the last set lacks."""
    base = view.baseline.values if view.baseline else {}
    parts = []
    if first is not None and first.value is not None and first.vital in base:
        change = change_text(first.value, base[first.vital], percent=first.vital == "sbp")
        parts.append(f"{change} from baseline {base[first.vital]:g}")
    parts.append(part_set_text(view.readings[-1] if view.readings else None))
    parts.append(ended_alert_text(view))
    if view.started_at is not None and view.baseline is None:
        parts.append(f"{NO_BASELINE}: no full set before the start")
    return " · ".join(part for part in parts if part)


def due_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return the countdown to the next check and the line under it."""
    page, due = ids.ChairPage, view.due
    if due.at is None:
        none = say(NOTHING_DUE) | {"data-grace": "0", "data-state": due.state.value}
        return [(page.DUE_COUNTDOWN, none), (page.DUE_AT, NOTHING)]
    at = clock(due.at, zone)
    grace = {"data-grace": f"{view.protocol.intervals.grace}", "data-state": due.state.value}
    words = f"next check {at}" if due.state is Lateness.NOT_DUE else f"check due {at}"
    return [
        (page.DUE_COUNTDOWN, ticking("countdown", due.at, was=at) | grace),
        (page.DUE_AT, say(words, was="check due, last known")),
    ]


def _why(drawn: Drawn) -> html.Section:
    page = ids.ChairPage
    return html.Section(
        [
            html.Div(id=page.BADGE, className="why__badge", **drawn[page.BADGE]),
            html.Div(
                [
                    html.Div(id=page.WHY_WORDS, className="why__words", **drawn[page.WHY_WORDS]),
                    html.Div(id=page.WHY_CHANGE, className="why__change", **drawn[page.WHY_CHANGE]),
                    html.Div(className="why__waits", role="status", **data(why_waits=""), **marked("why-waits")),
                ],
                className="why__said",
            ),
            html.Details(
                [
                    html.Summary(id=page.WHY_MORE_WORDS, **drawn[page.WHY_MORE_WORDS]),
                    html.Ul(id=page.WHY_LIST, **drawn[page.WHY_LIST]),
                ],
                id=page.WHY_MORE,
                **drawn[page.WHY_MORE],
            ),
            html.Div(
                [
                    html.Div(
                        id=page.DUE_COUNTDOWN,
                        className="due__countdown",
                        **marked("due-countdown"),
                        **drawn[page.DUE_COUNTDOWN],
                    ),
                    html.Div(id=page.DUE_AT, className="due__at", **drawn[page.DUE_AT]),
                ],
                className="due",
            ),
        ],
        id=page.WHY,
        **aria(label="Why and what is due"),
        **data(fades=""),
        **drawn[page.WHY],
    )


# The page


def _root_attributes(chair: ChairNow, zone: tzinfo, person: Person) -> dict[str, Any]:
    return data(
        chair=chair.chair.name,
        chair_id=chair.chair.id,
        person=person.name,
        corrects_others="yes" if person.may(Right.CORRECT_OTHERS) else "no",
        zone=str(zone),
        form="page",
    )


def _free(chair: ChairNow, zone: tzinfo, person: Person) -> html.Div:
    return html.Div(
        [
            html.Header(
                [
                    html.Div(chair.chair.name, className="identity__chair"),
                    html.Div(html.H1(chair_text(chair, zone), id=ids.ChairPage.ROOM_WORDS, className="identity__name")),
                ],
                className="identity",
            ),
            room_part(chair, person),
            seat_form(),
            _bottom([seat_button()]),
        ],
        className="chair-page__body chair-page__free",
    )


def _taken(view: SessionView, zone: tzinfo, team: Team, last_time: SessionView | None, drawn: Drawn) -> list[Component]:
    person = team.person
    trend = panel(view, zone, ids.ChairPage.PANEL, last_time=last_time)
    watched: list[Component] = [alert_banner(view, zone), hold_line(view, zone)] if person.may(Right.CHART) else []
    told = ids.ChairPage.LAST_TIME
    before = html.Div(last_time_text(last_time), id=told, className="last-time", **drawn[told])
    columns = [html.Div([_why(drawn), *watched, seat_line(drawn), before, trend], className="chair-page__see")]
    if person.may(Right.CHART):
        columns.append(_chart(view, zone, team, drawn))
    identity = _identity(view, zone, person, last_time, drawn)
    return [html.Div([identity, html.Div(columns, className="chair-page__columns")], className="chair-page__body")]


def _chart(view: SessionView, zone: tzinfo, team: Team, drawn: Drawn) -> html.Div:
    may_override = team.person.may(Right.OVERRIDE)
    last_set = html.Div(id=ids.ChairPage.LAST_SET, **drawn[ids.ChairPage.LAST_SET])
    return html.Div(
        [
            infusion_bar(view, may_override=may_override, clinicians=team.clinicians),
            going_home_card(view, zone, may_override=may_override),
            reading_form(view),
            last_entries(view, zone),
            _bottom(_reading_buttons(team.person.name), last_set),
        ],
        className="chair-page__chart",
    )


def last_set_text(view: SessionView, zone: tzinfo) -> str:
    """Return when the last full set was measured."""
    return f"last full set {clock(view.last_set.at, zone)}" if view.last_set else "no full set yet"


def _reading_buttons(author: str) -> list[html.Button]:
    save = [
        html.B("Save", **data(save_word="")),
        html.Span(f"as {author}", className="save__author", **marked("save-author")),
        html.Span(className="save__part", **data(save_part="")),
    ]
    return [
        html.Button(
            ["Resting, ", html.Br(), "not roused"],
            type="button",
            className="press option press--bar",
            **data(toggle="resting"),
            **aria(pressed="false"),
            **marked("reading-resting"),
        ),
        action_button(["Note ", html.Br(), "an effect"], "open-event", "press--bar", "event-open"),
        more_button(),
        action_button(save, "save-reading", "press--strong press--save", "reading-save"),
    ]


def _bottom(buttons: Sequence[html.Button], beside: Component | None = None) -> html.Footer:
    """Return the bar that never scrolls away: what waits to be sent, what was saved, and the buttons."""
    return html.Footer(
        [
            html.Div(
                [
                    html.P(className="ask__said", **data(said="")),
                    html.Div(
                        [
                            action_button("Yes, as entered", "confirm", "press--strong", "confirm-unusual"),
                            action_button("Change it", "confirm-not", testid="change-unusual"),
                        ],
                        className="panel__row",
                    ),
                ],
                className="ask",
                role="alertdialog",
                **data(panel="ask"),
                **aria(label="Unusual value"),
            ),
            html.Div(className="save-place", role="status", **data(save_place=""), **aria(live="polite")),
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(className="waiting__count", **marked("pending-count"), **data(pending="")),
                            *([beside] if beside else []),
                        ],
                        className="waiting",
                    ),
                    *buttons,
                ],
                className="bottom__row",
            ),
        ],
        className="bottom",
    )
