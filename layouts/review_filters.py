"""The filters of the review: what can be chosen, with what is chosen in it, and what else narrows the lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.record_words import grade_text, person_text
from layouts.review_rates import LOOKS
from layouts.ticking import marked
from models.review import ReviewSummary
from models.review_filter import BASELINES, BEFORE, DOSES, MINUTES, NONE, ReviewFilter
from models.rules import RULES
from models.terms import GRADES, TERMS

ANY: Final = "any"
TYPING: Final = 400
"""Milliseconds of rest after which the lists follow what was typed."""
NEEDS: Final = "needs a look"
SERIOUS: Final = {"yes": "serious", "no": "not serious", "unsaid": "not said"}
Options = Iterable[tuple[str, str]]


def filters(summary: ReviewSummary) -> html.Div:
    """Return the filters with what was asked for in them."""
    wanted, choices = summary.filter, summary.choices
    terms = html.Datalist([html.Option(value=term.label) for term in TERMS], id=ids.Review.TERMS)
    grades = [*((str(one), grade_text(one)) for one in GRADES), (NONE, "not graded")]
    looks = [(ANY_LOOK, NEEDS), *((look.value, words) for look, words in LOOKS.items())]
    return html.Div(
        [
            _filter("From", _day_input(ids.Review.FROM, wanted.since)),
            _filter("To", _day_input(ids.Review.UNTIL, wanted.until)),
            _filter("Show", _select(ids.Review.LOOK, looks, wanted.look)),
            _filter("Chair", _select(ids.Review.CHAIR, _same(choices.chairs), wanted.chair)),
            _filter("Nurse", _select(ids.Review.NURSE, _people(choices.nurses), wanted.nurse)),
            _filter("Term", _term_input(wanted.term)),
            _filter("Severity", _select(ids.Review.GRADE, grades, wanted.grade)),
            _filter("Serious", _select(ids.Review.SERIOUS, SERIOUS.items(), wanted.serious)),
            _filter("Rule", _select(ids.Review.RULE, _same(rule.name for rule in RULES), wanted.rule)),
            _filter("Protocol", _select(ids.Review.PROTOCOL, _same(choices.protocols), wanted.protocol)),
            terms,
            *_narrowed(wanted),
        ],
        className="review__filters",
        role="search",
    )


ANY_LOOK: Final = "any"
"""The value of ``look`` that asks for sessions with any reason; nothing chosen is all sessions."""
ALL: Final = "all"


def _same(names: Iterable[str]) -> Options:
    return ((name, name) for name in names)


def _people(names: Iterable[str]) -> Options:
    return ((name, person_text(name)) for name in names)


def _filter(label: str, control: Component) -> html.Label:
    name = html.Span(label, className="review__label")
    return html.Label([name, html.Div(control, **marked(prop_id(control)))], className="review__filter")


def prop_id(control: Component) -> str:
    """Return the id of a control, which is its test id as well."""
    return str(getattr(control, "id", ""))


def _day_input(name: str, day: date | datetime | None) -> dbc.Input:
    said = None if day is None else (day.date() if isinstance(day, datetime) else day).isoformat()
    return dbc.Input(id=name, type="date", value=said, debounce=TYPING, className="record-input")


def _term_input(term: str | None) -> dbc.Input:
    more = {"list": ids.Review.TERMS}
    return dbc.Input(
        id=ids.Review.TERM,
        type="text",
        value=term or "",
        placeholder=ANY,
        autocomplete="off",
        maxlength=120,
        debounce=TYPING,
        className="record-input",
        **more,
    )


def _select(name: str, options: Options, chosen: str | None) -> dbc.Select:
    found = [{"label": ANY if name != ids.Review.LOOK else "all sessions", "value": ALL}]
    found += [{"label": words, "value": value} for value, words in options]
    return dbc.Select(id=name, options=found, value=ALL if chosen is None else chosen, className="record-input")


def _narrowed(wanted: ReviewFilter) -> list[Component]:
    """Return what a bar or a number narrowed the review to, each with the way back."""
    said = {
        "dose": (wanted.dose, f"dose {DOSES.label(wanted.dose)} {DOSES.unit}" if wanted.dose else ""),
        "base": (wanted.base, f"SBP before {BASELINES.label(wanted.base)} {BASELINES.unit}" if wanted.base else ""),
        "minute": (wanted.minute, f"began {_minute(wanted.minute)}" if wanted.minute else ""),
    }
    return [
        html.A(f"{words} ×", href=wanted.query(**{name: None}), className="review__narrowed", title="Take away")
        for name, (value, words) in said.items()
        if value is not None
    ]


def _minute(key: str) -> str:
    return "before the start" if key == BEFORE else f"min {MINUTES.label(key)}"
