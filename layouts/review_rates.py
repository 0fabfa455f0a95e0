"""How much there is, in numbers: each of them opens the sessions behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.words import SILENT
from models.intervals import Interval
from models.review import ReviewSummary
from models.review_facts import Look
from models.review_filter import ReviewFilter
from models.review_table import Rate, RuleCount

LOOKS: Final = {
    Look.OPEN_EVENT: "event open",
    Look.SERIOUS: "serious event",
    Look.CRITICAL: "was critical",
    Look.OVERRIDE: "override",
    Look.DISPUTED: "disputed entry",
    Look.UNCONFIRMED: "value not confirmed",
    Look.LATE: "set late or missing",
    Look.AFTER_SIGNING: "entry after signing",
    Look.UNSIGNED: "not signed",
}
RATE_HEADS: Final = ("", "events", "sessions", "share", "95 % interval")
RULE_HEADS: Final = ("rule", "sessions", "fired", "alerts", "seen", "acted on", "median answer", "corrected away")
_MINUTE_S: Final = 60
Cell = str | Component | list[Component | str]


def counts(summary: ReviewSummary) -> list[Component]:
    """Return how much there is: events and sessions, and the sessions that need a look by reason."""
    wanted, found = summary.filter, summary.with_event
    head = html.Div(
        [
            _count(summary.event_count, "adverse event", _per_session(summary), f"#{EVENTS}"),
            _count(summary.session_count, "session", f"{found.hits} with an event", f"#{SESSIONS}"),
            _count(summary.to_look_at, "need a look", "", wanted.query(look="any"), plural="need a look"),
        ],
        className="record-numbers",
    )
    looks = [
        html.Li([_link(number, wanted.query(look=look.value)), f" {LOOKS[look]}"], className="review__term")
        for look in Look
        if (number := summary.per_look.get(look.value))
    ]
    return [head, html.Ul(looks, className="review__terms")] if looks else [head]


EVENTS: Final = "review-events"
SESSIONS: Final = "review-sessions"


def _count(number: int, noun: str, below: str, href: str, plural: str = "") -> html.Div:
    words = noun if number == 1 else plural or f"{noun}s"
    link = html.A(words, href=href, className="record-numbers__unit")
    shown: list[Component | str] = [html.Span(str(number), className="record-numbers__value"), " ", link]
    return html.Div([html.Div(shown), html.Div(below, className="record-numbers__line")])


def _per_session(summary: ReviewSummary) -> str:
    if not summary.session_count:
        return "no session"
    return f"{summary.event_count / summary.session_count:.2f} per session"


def _link(number: int, href: str) -> html.A:
    return html.A(str(number), href=href, className="review__number")


# Rates.


def rates(summary: ReviewSummary) -> list[Component]:
    """Return the rates with their intervals: how many of how many sessions, by what an event or session was like."""
    wanted = summary.filter
    tables = [
        _rates("Sessions with an event", [summary.with_event], wanted),
        _rates("By term", summary.per_term, wanted),
        _rates("By grade", summary.per_grade, wanted),
        _rates("By dose given, mg/kg", summary.per_dose, wanted),
        _rates("By SBP before the start, mmHg", summary.per_baseline, wanted),
        _rates("By minute of onset", summary.per_minute, wanted),
    ]
    return [
        html.H2("Rates"),
        html.Div([table for table in tables if table is not None], className="review__tables"),
        *_rules(summary.per_rule, wanted),
    ]


def _rates(title: str, found: Sequence[Rate], wanted: ReviewFilter) -> html.Table | None:
    rows = [_rate_row(rate, wanted) for rate in found if rate.events or rate.of]
    return _table(title, RATE_HEADS, rows) if rows else None


def _rate_row(rate: Rate, wanted: ReviewFilter) -> html.Tr:
    href = wanted.query(**{rate.name: rate.key}) if rate.name else wanted.query()
    number: list[Component | str] = [_link(rate.hits, href), f" of {rate.of}"]
    cells: list[Cell] = [str(rate.events), number, share_text(rate), interval_text(rate.interval)]
    return html.Tr([html.Th(rate.label, scope="row"), *(html.Td(cell) for cell in cells)])


def share_text(rate: Rate) -> str:
    """Return a share in percent with one digit; a dash of nothing."""
    return f"{100 * rate.hits / rate.of:.1f} %" if rate.of else SILENT


def interval_text(found: Interval | None) -> str:
    """Return an interval in percent, like ``3.1 to 12.0 %``."""
    return SILENT if found is None else f"{100 * found.low:.1f} to {100 * found.high:.1f} %"


def _table(title: str, heads: Sequence[str], rows: Sequence[html.Tr]) -> html.Table:
    head = html.Thead(html.Tr([html.Th(words, scope="col") if words else html.Td() for words in heads]))
    return html.Table([html.Caption(title), head, html.Tbody(list(rows))], className="review-rates")


# Rules.


def _rules(found: Sequence[RuleCount], wanted: ReviewFilter) -> list[Component]:
    if not found:
        return []
    return [
        html.H2("Rules"),
        html.P(
            "Fired counts entries that met the rule; alerts, its critical stretches; an answer is the first "
            "acknowledgement or action.",
            className="record-part__line",
        ),
        _table("What became of each rule", RULE_HEADS, [_rule_row(one, wanted) for one in found]),
    ]


def _rule_row(one: RuleCount, wanted: ReviewFilter) -> html.Tr:
    cells: list[Cell] = [
        _link(one.sessions, wanted.query(rule=one.rule)),
        str(one.fired),
        str(one.alerts),
        _of(one.acknowledged, one.alerts),
        _of(one.acted, one.alerts),
        wait_text(one.wait_s),
        str(one.corrected),
    ]
    return html.Tr([html.Th(one.rule, scope="row"), *(html.Td(cell) for cell in cells)])


def _of(number: int, of: int) -> str:
    return f"{number} of {of}" if of else SILENT


def wait_text(seconds: float | None) -> str:
    """Return a time to an answer: seconds under a minute, else minutes with one digit."""
    if seconds is None:
        return SILENT
    return f"{seconds:.0f} s" if seconds < _MINUTE_S else f"{seconds / _MINUTE_S:.1f} min"
