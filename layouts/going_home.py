"""Going home, at the chair: one line that says how far it is, and behind it each criterion and the switches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Final

from dash import html

from layouts import ids
from layouts.discharge_part import ready_text, sign
from layouts.form_fields import action_button, aria, choice, data, error_line, option_button, text_field
from layouts.ticking import NOTHING, marked, say
from layouts.words import TO_GO
from models.discharge import CHECKS, Criterion, GoingHome, going_home
from models.moments import clock
from models.rules import Stage
from models.session import SessionView

Properties = list[tuple[str, dict[str, Any]]]

ADDED: Final = ", overridden by a clinician"


def going_home_card(view: SessionView, zone: tzinfo, *, may_override: bool) -> html.Details:
    """Return the card; hidden until the infusion has stopped, folded until somebody wants it."""
    page, props = ids.ChairPage, dict(going_home_properties(view, zone))
    return html.Details(
        [
            html.Summary(
                [
                    html.B("Going home"),
                    html.Span(id=page.HOME_STATE, **marked("discharge-state"), **props[page.HOME_STATE]),
                    html.Span(id=page.HOME_LEFT, className="home__left", **props[page.HOME_LEFT]),
                ],
                **marked("discharge-open"),
            ),
            html.Ul(id=page.HOME_UNMET, className="home__list", **props[page.HOME_UNMET]),
            html.Details(
                [
                    html.Summary(id=page.HOME_MET_WORDS, **props[page.HOME_MET_WORDS]),
                    html.Ul(id=page.HOME_MET, className="home__list", **props[page.HOME_MET]),
                ],
                className="home__met",
            ),
            html.Div([_switch(name, words) for name, words in CHECKS.items()], className="home__switches"),
            *([_override()] if may_override else []),
            html.Div(
                [
                    action_button("Save the check", "save-discharge", "press--strong", "discharge-save"),
                    action_button("Chart waste", "open-waste", testid="discharge-waste"),
                ],
                className="panel__row",
            ),
        ],
        id=page.HOME,
        **data(form="home"),
        **aria(label="Going home"),
        **props[page.HOME],
    )


def going_home_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return how it stands: not met first, what is met behind one line, how long it takes at least."""
    page = ids.ChairPage
    if view.stage is not Stage.RECOVERY:
        return _nothing()
    found = going_home(view)
    unmet = [one for one in found.criteria if not one.met]
    met = [one for one in found.criteria if one.met]
    lifted = frozenset(found.overridden.lifted) if found.overridden else frozenset()
    keeping = 0 if found.ready else len(unmet)
    return [
        (page.HOME, {"className": "form-card home", "hidden": False, "data-unmet": str(keeping)}),
        (page.HOME_STATE, {"children": ready_text(found, zone)}),
        (page.HOME_LEFT, _left(found)),
        (page.HOME_UNMET, {"children": [_line(one, zone, lifted=one.name in lifted) for one in unmet]}),
        (page.HOME_MET_WORDS, {"children": _met_words(met)}),
        (page.HOME_MET, {"children": [_line(one, zone, lifted=False) for one in met]}),
    ]


def _met_words(met: Sequence[Criterion]) -> str:
    spared = sum(not one.needed for one in met)
    return f"{len(met) - spared} met" + (f", {spared} not needed" if spared else "")


def _nothing() -> Properties:
    page = ids.ChairPage
    return [
        (page.HOME, {"className": "form-card home", "hidden": True, "data-unmet": "0"}),
        (page.HOME_STATE, {"children": ""}),
        (page.HOME_LEFT, NOTHING),
        (page.HOME_UNMET, {"children": []}),
        (page.HOME_MET_WORDS, {"children": ""}),
        (page.HOME_MET, {"children": []}),
    ]


def _left(found: GoingHome) -> dict[str, Any]:
    return say(f"{TO_GO} left", found.earliest, was="") if found.earliest else NOTHING


def criterion_text(one: Criterion, zone: tzinfo, *, lifted: bool) -> str:
    """Return one criterion: what was found, and when; what is overridden stays not met."""
    at = f", {clock(one.measured_at, zone)}" if one.measured_at else ""
    if one.met:
        return f"{one.text}{at}"
    return f"Not met{ADDED if lifted else ''}: {one.text}{at}"


def _line(one: Criterion, zone: tzinfo, *, lifted: bool) -> html.Li:
    before = html.Span(sign(one), className="home__sign", **aria(hidden="true"))
    words = html.Span(criterion_text(one, zone, lifted=lifted))
    return html.Li([before, words], **marked(f"home-{one.name}"))


def _switch(name: str, words: str) -> html.Div:
    answers = [
        option_button("no", "No", testid=f"discharge-{name}-no"),
        option_button("yes", "Yes", testid=f"discharge-{name}-yes"),
    ]
    return html.Div(
        [html.Span(words, className="home__words"), choice(name, words, answers, "screening__answer")],
        className="home__switch",
        **data(field=name),
    )


def _override() -> html.Div:
    label = "Override what is not met, with a reason"
    return html.Div(
        [text_field("override", label, "discharge-override-reason", look="entry--wide"), error_line()],
        className="panel__row",
    )
