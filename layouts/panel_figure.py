"""The large panel of one session, in the manner of an anaesthesia chart: one time axis under a lane for each thing."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from layouts.panel_events import checks, dose, numbered
from layouts.panel_limits import limit_words, pressure_bands, rate_bands
from layouts.panel_numbers import numbers
from layouts.panel_scores import digit_lanes, digits, not_done
from layouts.panel_sheet import ABOVE, BELOW, LEFT, RIGHT, Lane, Sheet, lay_out, short_name, word
from layouts.panel_time import time_axis, time_lines, time_traces, time_words
from layouts.panel_values import heart_rate, last_infusion, late, pressures
from layouts.theme import dim
from layouts.trend import Figure
from models.session import SessionView


def panel_figure(
    view: SessionView, zone: tzinfo, *, record: bool = False, last_time: SessionView | None = None
) -> Figure:
    """Draw the panel of a session.

    Args:
        view: the session.
        zone: the clinic's time zone, for the clock under the axis.
        record: the smaller lanes of the record page.
        last_time: the infusion before, drawn as faint dots where there was one.

    Returns:
        A figure as plain data; its x axes are dates in UTC, so that a minute is as wide everywhere.
    """
    sheet = lay_out(view, zone, record=record)
    data = [
        *time_traces(sheet),
        *late(sheet),
        *pressure_bands(sheet),
        *rate_bands(sheet),
        *last_infusion(sheet, last_time),
        *pressures(sheet),
        *heart_rate(sheet),
        *(trace for lane in digit_lanes(sheet) for trace in digits(sheet, lane)),
        *dose(sheet),
        *numbered(sheet),
        *checks(sheet),
    ]
    return {"data": [trace for trace in data if trace["x"]], "layout": _layout(sheet)}


def panel_height(view: SessionView, *, record: bool = False) -> int:
    """Return the height of the figure in pixels."""
    return ABOVE + lay_out(view, view.zone, record=record).height + BELOW


def _layout(sheet: Sheet) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "height": ABOVE + sheet.height + BELOW,
        "margin": {"l": LEFT, "r": RIGHT, "t": ABOVE, "b": BELOW, "pad": 0},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": dim("plot"),
        "showlegend": False,
        "hovermode": False,
        "font": {"family": "Inter, sans-serif", "size": 13, "color": dim("text-2")},
        "template": _TEMPLATE,
        "xaxis": time_axis(sheet),
        "shapes": time_lines(sheet) + not_done(sheet),
        "annotations": [
            *_lane_names(sheet),
            *time_words(sheet),
            *limit_words(sheet),
            *numbers(sheet),
        ],
    }
    for lane in sheet.lanes:
        layout[lane.axis.replace("y", "yaxis")] = _lane_axis(sheet, lane)
    return layout


_TEMPLATE: Final = {
    "layout": {
        "annotationdefaults": {"showarrow": False, "xref": "x", "yref": "paper"},
        "yaxis": {"zeroline": False, "showgrid": False, "showticklabels": False},
    }
}
"""What every word and every lane of the panel has, said once."""


def _lane_axis(sheet: Sheet, lane: Lane) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "range": [lane.low, lane.high],
        "domain": [sheet.share(lane.bottom), sheet.share(lane.top)],
    }
    if lane.key != "bp":
        return axis
    ticks = {"tickvals": [60, 100, 140, 180], "gridcolor": dim("raised")}
    return axis | ticks | {"showgrid": True, "showticklabels": True, "tickcolor": dim("plot")}


def _lane_names(sheet: Sheet) -> list[dict[str, Any]]:
    names = {"hr": "HR", "events": "mg/h"}
    named = [(lane, names.get(lane.key) or short_name(lane.key)) for lane in sheet.lanes[1:-1]]
    gutter = {"xref": "paper", "x": 0, "xanchor": "left", "align": "left", "xshift": -LEFT + 6}
    found = [
        word(name, y=sheet.share(lane.top + lane.height / 2), yanchor="middle", **_fitted(name), **gutter)
        for lane, name in named
    ]
    unit = word("BP mmHg", y=1, yanchor="bottom", yshift=4, **gutter)
    minutes = [] if sheet.view.started_at is None else [word("min", y=0, yanchor="top", yshift=-2, **gutter)]
    return [unit, *found, *minutes]


def _fitted(name: str) -> dict[str, Any]:
    """Return a smaller size for a name that would reach into its lane."""
    return {} if len(name) <= _LONG else {"font": {"size": 12 if len(name) <= _LONGEST else 10}}


_LONG: Final = 7
_LONGEST: Final = 9
