"""One patient over many infusions: the series as a table, the courses on one panel, what was heard afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes, labelled
from layouts.record_words import day_text, person_text, profile_texts
from layouts.theme import dim
from layouts.ticking import marked
from layouts.words import SILENT
from models.last_time import Worst
from models.series import FIRST_SERIES, RESPONSES, FollowUpLine, InfusionLine, Series
from models.session import SessionView

HEADS: Final = (
    "infusion",
    "day",
    "dose",
    "time",
    "peak SBP",
    "dissociation",
    "nausea",
    "headache before",
    "after",
    "next",
    "relief",
    "events",
    "medicines",
    "left after",
)
NONE_YET: Final = "No infusion was started yet."
NOBODY_HEARD: Final = "Nothing was heard after a visit yet. A follow-up is added on the page of its session."
NOT_ASKED: Final = "Nobody asked yet. It is said with the line of the arrival on the page of a session."
NO_ADVICE: Final = "What was charted before. It recommends nothing."
_HEIGHT: Final = 420
Figure = dict[str, Any]


def patient_page(series: Series, now: datetime, zone: tzinfo) -> Component:
    """Return what is known of a patient's infusions."""
    patient = series.patient
    born = patient.born
    age = patient.age_on(now.astimezone(zone).date())
    words = [f"born {born.day} {born:%b %Y} ({age})", f"record {patient.mrn}", patient.indication or ""]
    return html.Main(
        [
            html.Header(
                [html.H1(patient.name), html.P(" · ".join(one for one in words if one), className="record__sub")],
                className="record__who",
            ),
            _part("Before the next infusion", [html.P(NO_ADVICE, className="record-part__line"), _facts(series)]),
            _part("Migraine", [html.P(profile_text(series, zone), className="record-part__line")]),
            _part("Series", [html.P(series_text(series), className="record-part__line"), *_table(series, zone)]),
            _part("Courses from minute 0", [_panel(series, zone)] if series.infusions else []),
            _part("Heard afterwards", _heard(series, zone)),
        ],
        className="record patient",
        **attributes({"data-patient": patient.id}),
    )


def _part(title: str, children: Sequence[Component]) -> html.Section:
    return html.Section([html.H2(title), *children], className="record-part", **labelled(title))


def profile_text(series: Series, zone: tzinfo) -> str:
    """Return what is known of the migraine, and from which visit."""
    found = series.profile
    if found is None:
        return NOT_ASKED
    return f"{'; '.join(profile_texts(found.opening))} (visit of {day_text(found.at, zone)})"


def series_text(series: Series) -> str:
    """Return where the series stands, and after how many infusions the headache was relieved by how much."""
    number = len(series.infusions)
    if not number:
        return NONE_YET
    said = [f"{number} infusions" if number > 1 else "1 infusion"]
    said += [f"the next is {next_position(series)}"]
    for percent in RESPONSES:
        hits, known = series.responders(percent)
        said += [f"relief of {percent} % or more after {hits} of {known}"] if known else []
    if series.not_started:
        said.append(f"{series.not_started} visits without a start")
    return " · ".join(said)


def next_position(series: Series) -> str:
    """Return which infusion the next one is: ``4 of 6``, or ``maintenance 1``."""
    number = len(series.infusions) + 1
    over = number - FIRST_SERIES
    return f"maintenance {over}" if over > 0 else f"{number} of {FIRST_SERIES}"


# Facts for the next infusion.


def _facts(series: Series) -> html.Ul:
    return html.Ul([html.Li(words) for words in facts_texts(series)], className="said-lines", **marked("next-facts"))


def facts_texts(series: Series) -> list[str]:
    """Return what was charted before that the next infusion may want to know, in plain sentences."""
    lines = series.infusions
    if not lines:
        return [NONE_YET]
    last = lines[-1]
    said = [f"Last time: {dose_text(last)} in {_minutes(last.duration_min)}."]
    for what, found in (
        ("Highest systolic pressure", [(one, one.facts.peak_sbp) for one in lines]),
        ("Strongest dissociation", [(one, one.facts.worst.get("dissociation")) for one in lines]),
        ("Worst nausea", [(one, one.facts.worst.get("nausea")) for one in lines]),
    ):
        said += _worst_text(what, found)
    said += _often("Event", (one.facts.events for one in lines), len(lines))
    said += _often("Given", (tuple(dict.fromkeys(one.facts.medications)) for one in lines), len(lines))
    distressed = sum(one.facts.distress for one in lines)
    return [*said, f"Distress in {distressed} of {len(lines)} infusions."] if distressed else said


def _worst_text(what: str, found: Iterable[tuple[InfusionLine, Worst | None]]) -> list[str]:
    known = [(one, worst) for one, worst in found if worst is not None]
    if not known:
        return []
    line, worst = max(known, key=lambda pair: pair[1].value)
    return [f"{what}: {worst.value:g} at minute {int(worst.minute)}, infusion {line.position}."]


def _often(what: str, named: Iterable[Sequence[str]], of: int) -> list[str]:
    counted: dict[str, int] = {}
    for names in named:
        for name in names:
            counted[name] = counted.get(name, 0) + 1
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [f"{what}: {name}, in {number} of {of} infusions." for name, number in ordered]


# The table.


def _table(series: Series, zone: tzinfo) -> list[Component]:
    if not series.infusions:
        return []
    head = html.Thead(html.Tr([html.Th(words, scope="col") for words in HEADS]))
    rows = [_row(one, zone) for one in series.infusions]
    return [html.Div(html.Table([head, html.Tbody(rows)], className="review-rates"), className="review__rates")]


def _row(one: InfusionLine, zone: tzinfo) -> html.Tr:
    headache = one.headache
    day = html.A(day_text(one.facts.started_at, zone), href=f"/session/{one.view.id}", className="review-list__link")
    cells: tuple[str | Component, ...] = (
        one.position,
        day,
        dose_text(one),
        _minutes(one.duration_min),
        peak_text(one),
        worst_text(one.facts.worst.get("dissociation")),
        worst_text(one.facts.worst.get("nausea")),
        *(_score(value) for value in (headache.before, headache.after, headache.next_day)),
        relief_text(one),
        ", ".join(one.facts.events) or SILENT,
        ", ".join(one.facts.medications) or SILENT,
        _minutes(one.facts.discharged_minute),
    )
    named = zip(cells, HEADS, strict=True)
    return html.Tr([html.Td(cell, **attributes({"data-head": head})) for cell, head in named], **marked("series-row"))


def dose_text(one: InfusionLine) -> str:
    """Return the dose of an infusion, per body weight too."""
    return f"{one.facts.delivered_mg:.1f} mg ({one.facts.mg_per_kg:.2f} mg/kg)"


def peak_text(one: InfusionLine) -> str:
    """Return the peak pressure of an infusion and its rise over the baseline, like ``178 (+54) at 40 min``."""
    peak = one.facts.peak_sbp
    if peak is None:
        return SILENT
    rise = "no baseline" if one.rise is None else f"{'−' if one.rise < 0 else '+'}{abs(one.rise):g}"
    return f"{peak.value:g} ({rise}) at {int(peak.minute)} min"


def worst_text(worst: Worst | None) -> str:
    """Return a worst score and its minute; a dash where none was charted."""
    return SILENT if worst is None else f"{worst.value:g} at {int(worst.minute)} min"


def relief_text(one: InfusionLine) -> str:
    """Return the relief in percent, and what it counts as."""
    relief = one.headache.relief
    if relief is None:
        return SILENT
    reached = [percent for percent in RESPONSES if relief >= percent]
    return f"{relief:.0f} %" + (f", {reached[-1]} % responder" if reached else "")


def _score(value: float | None) -> str:
    return SILENT if value is None else f"{value:g}"


def _minutes(value: float | None) -> str:
    return SILENT if value is None else f"{int(value)} min"


# The panel.


def _panel(series: Series, zone: tzinfo) -> dcc.Graph:
    return dcc.Graph(
        id=ids.PatientPage.PANEL,
        figure=courses(series, zone),
        config={"displayModeBar": False, "responsive": True, "doubleClick": False},
        className="patient__panel",
    )


def courses(series: Series, zone: tzinfo) -> Figure:
    """Return all infusions from minute 0 on one panel: systolic above, dissociation below; the last one stands out."""
    lines = series.infusions
    data = []
    for one in lines:
        last = one is lines[-1]
        data += [_course(one, vital, last=last, zone=zone) for vital in ("sbp", "dissociation")]
    axis = {"zeroline": False, "gridcolor": dim("line"), "tickfont": {"size": 12, "color": dim("text-3")}}
    minute = {"text": "minute of the infusion", "font": {"size": 12, "color": dim("text-3")}}
    return {
        "data": data,
        "layout": {
            "height": _HEIGHT,
            "margin": {"l": 44, "r": 10, "t": 10, "b": 44},
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "font": {"family": "Inter, sans-serif", "color": dim("text-2")},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "dragmode": False,
            "xaxis": axis | {"title": minute, "anchor": "y2", "fixedrange": True},
            "yaxis": axis | {"domain": [0.38, 1], "title": {"text": "SBP, mmHg"}, "fixedrange": True},
            "yaxis2": axis
            | {"domain": [0, 0.3], "range": [-0.5, 10.5], "title": {"text": "dissociation"}, "fixedrange": True},
        },
    }


def _course(one: InfusionLine, vital: str, *, last: bool, zone: tzinfo) -> Figure:
    points = values_of(one.view, vital)
    colour, upper = dim("text" if last else "ghost"), vital == "sbp"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"{one.position}, {day_text(one.facts.started_at, zone)}",
        "legendgroup": one.view.id,
        "showlegend": upper,
        "x": [minute for minute, _ in points],
        "y": [value for _, value in points],
        "line": {"color": colour, "width": 3 if last else 1.5, "dash": "solid" if last else "dot"},
        "marker": {"color": colour, "size": 6 if last else 4},
        "hovertemplate": "minute %{x:.0f}: %{y}<extra>%{fullData.name}</extra>",
        "xaxis": "x",
        "yaxis": "y" if upper else "y2",
    }


def values_of(view: SessionView, vital: str) -> list[tuple[float, float]]:
    """Return the values of a vital with their minutes from the start, those before it included."""
    return [
        (one.minute, one.reading.values[vital])
        for one in view.readings
        if one.minute is not None and one.reading is not None and vital in one.reading.values
    ]


# Afterwards.


def _heard(series: Series, zone: tzinfo) -> list[Component]:
    if not series.follow_ups:
        return [html.P(NOBODY_HEARD, className="record__none")]
    return [html.Ul([html.Li(_heard_text(one, zone)) for one in series.follow_ups], className="said-lines")]


def _heard_text(one: FollowUpLine, zone: tzinfo) -> list[Component | str]:
    said = [f"headache {one.headache}" if one.headache is not None else "", one.text or ""]
    words = ". ".join(text for text in said if text)
    session = html.A("session", href=f"/session/{one.session}", className="review-list__link")
    return [f"{day_text(one.at, zone)}, {person_text(one.author)}: {words} ", session]
