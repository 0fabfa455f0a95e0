"""The charts of the review, as one figure of four: each bar and point carries the address of what is behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from layouts.theme import dim
from models.review import ReviewSummary
from models.review_filter import ReviewFilter
from models.review_table import Rate

_HEIGHT: Final = 210
_FEW: Final = 5
_SEVERE: Final = "severe or worse"
_OTHER: Final = "milder or not graded"
_DOMAINS: Final = ((0, 0.33), (0.385, 0.545), (0.61, 0.785), (0.85, 1))
_TITLES: Final = ("events by minute", "events by grade", "sessions with event, by mg/kg", "by SBP before")
Figure = dict[str, Any]


def chart(summary: ReviewSummary) -> Figure:
    """Return events by minute and by grade, and the share of sessions with an event by dose and by pressure before.

    The severe ones are hatched as well as red; a share carries its 95 % interval. ``layout.meta`` is the address of
    what is shown.
    """
    wanted = summary.filter
    return {
        "data": [
            *_minutes(summary.per_minute, summary.severe_per_minute, wanted),
            _bars(summary.per_grade, [one.events for one in summary.per_grade], wanted, "grade", "2"),
            _shares(summary.per_dose, wanted, "3"),
            _shares(summary.per_baseline, wanted, "4"),
        ],
        "layout": _layout(summary),
    }


def _minutes(found: Sequence[Rate], severe: Mapping[str, int], wanted: ReviewFilter) -> list[Figure]:
    bad = [severe.get(one.key, 0) for one in found]
    rest = [one.events - number for one, number in zip(found, bad, strict=True)]
    hatched = {"color": dim("critical"), "pattern": {"shape": "/", "solidity": 0.4}}
    return [
        _bars(found, bad, wanted, _SEVERE, "") | {"marker": hatched},
        _bars(found, rest, wanted, _OTHER, ""),
    ]


def _bars(found: Sequence[Rate], values: Sequence[int], wanted: ReviewFilter, name: str, axis: str) -> Figure:
    return {
        "type": "bar",
        "name": name,
        "x": [one.key if one.name == "grade" else one.label for one in found],
        "y": list(values),
        "customdata": _addresses(found, wanted),
        "marker": {"color": dim("text-3")},
        "hoverinfo": "none",
        "showlegend": axis == "",
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
    }


def _addresses(found: Sequence[Rate], wanted: ReviewFilter) -> list[str]:
    return [wanted.query(**{one.name: one.key}) for one in found]


def _shares(found: Sequence[Rate], wanted: ReviewFilter, axis: str) -> Figure:
    known = [(one, interval) for one in found if (interval := one.interval) is not None]
    share = [100 * one.hits / one.of for one, _ in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [one.label for one, _ in known],
        "y": share,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [100 * interval.high - value for (_, interval), value in zip(known, share, strict=True)],
            "arrayminus": [value - 100 * interval.low for (_, interval), value in zip(known, share, strict=True)],
            "color": dim("text-3"),
            "thickness": 1.5,
        },
        "customdata": _addresses([one for one, _ in known], wanted),
        "marker": {"color": dim("text"), "size": 9},
        "hoverinfo": "none",
        "showlegend": False,
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
    }


def _layout(summary: ReviewSummary) -> Figure:
    most = max((one.events for one in (*summary.per_minute, *summary.per_grade)), default=0)
    whole = {"dtick": 1} if most <= _FEW else {"nticks": 5}
    percent = {"range": [0, 106], "tickvals": [0, 50, 100], "ticksuffix": " %"}
    axes: Figure = {}
    for place, (domain, title) in enumerate(zip(_DOMAINS, _TITLES, strict=True), 1):
        number = "" if place == 1 else str(place)
        axes[f"xaxis{number}"] = _axis() | {
            "type": "category",
            "domain": list(domain),
            "anchor": f"y{number}",
            "showgrid": False,
            "title": {"text": title, "font": {"size": 12, "color": dim("text-3")}, "standoff": 4},
        }
        vertical = {"anchor": f"x{number}", "gridcolor": dim("line"), "rangemode": "tozero"}
        axes[f"yaxis{number}"] = _axis() | vertical | (whole if place <= len("xy") else percent)
    return {
        "barmode": "stack",
        "bargap": 0.25,
        "height": _HEIGHT,
        "margin": {"l": 34, "r": 8, "t": 24, "b": 52},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "font": {"family": "Inter, sans-serif", "color": dim("text-2")},
        "showlegend": any(summary.severe_per_minute.values()),
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        "hovermode": "closest",
        "dragmode": False,
        "annotations": [] if summary.event_count else [_nothing()],
        "meta": summary.filter.query(),
        **axes,
    }


def _axis() -> Figure:
    return {"fixedrange": True, "tickfont": {"size": 11, "color": dim("text-3")}, "zeroline": False}


def _nothing() -> Figure:
    font = {"size": 13, "color": dim("text-3")}
    where = {"xref": "paper", "yref": "paper", "x": 0.15, "y": 0.5}
    return {"text": "no event", "showarrow": False, "font": font} | where
