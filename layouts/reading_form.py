"""The form of a set of readings: every field comes from the registry, every limit from the protocol, none is preset."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.form_fields import (
    action_button,
    aria,
    choice,
    data,
    error_line,
    option_button,
    text_field,
    text_input,
    time_chips,
)
from layouts.ticking import marked
from layouts.verdicts import Verdict, verdicts
from models.rules import Severity
from models.session import SessionView
from models.terms import NOT_DONE_REASONS, SYMPTOMS
from models.vitals import CHARTED, PRESSURE, Vital

Properties = list[tuple[str, dict[str, Any]]]

QUICK_HINT: Final = "142/88 96 d3 n0"
QUICK_LETTERS: Final = {"dissociation": "d", "nausea": "n", "headache": "h", "sedation": "s", "spo2": "o", "rr": "r"}
CORRECTION_REASONS: Final = ("typing error", "wrong time")
_LOOKS: Final = {Severity.NORMAL: "", Severity.CAUTION: "caution", Severity.CRITICAL: "critical"}


@dataclass(frozen=True, slots=True)
class Bracket:
    """A stretch of a score that has one word and one verdict."""

    low: int
    high: int
    word: str
    verdict: Verdict

    @property
    def digits(self) -> str:
        """Return the digits it spans: ``7–8``."""
        return f"{self.low}" if self.low == self.high else f"{self.low}–{self.high}"


def brackets(vital: Vital, judged: Sequence[Verdict]) -> tuple[Bracket, ...]:
    """Return the brackets of a score: a new one begins where the word or the verdict changes."""

    def of(digit: int) -> tuple[str, Verdict]:
        return vital.word(digit), next(one for one in judged if one.low <= digit <= one.high)

    found = []
    for (word, verdict), run in groupby(vital.digits, key=of):
        digits = list(run)
        found.append(Bracket(digits[0], digits[-1], word, verdict))
    return tuple(found)


def reading_form(view: SessionView, vitals: Sequence[Vital] = CHARTED) -> html.Section:
    """Return the form: when, the fields asked for now, symptoms, and whatever else can be charted below."""
    props = dict(reading_properties(view, vitals))
    return html.Section(
        [
            _correcting_bar(view),
            _first_row(),
            _not_done_panel(vitals),
            html.Div(
                [
                    *(_number_field(vital, props) for vital in vitals if not vital.is_score),
                    *(_score_row(vital, props) for vital in vitals if vital.is_score),
                    _symptoms(view),
                    html.H2("More, where wanted", className="fields__more"),
                ],
                className="fields",
            ),
        ],
        id=ids.ChairPage.READING,
        className="form-card reading",
        **aria(label="New reading"),
        **data(
            form="reading",
            quick=json.dumps({QUICK_LETTERS[v.key]: v.key for v in vitals if v.key in QUICK_LETTERS}),
        ),
    )


def reading_properties(view: SessionView, vitals: Sequence[Vital] = CHARTED) -> Properties:
    """Return what a new entry changes in the form: what is asked for, values before, limits. Never what is typed."""
    asked = view.protocol.sets.get(view.due.asked, ())
    found: Properties = []
    for vital in vitals:
        judged = verdicts(view, vital)
        found += [
            (ids.READING_FIELD.of(vital.key), _field_properties(view, vital, judged, is_asked=vital.key in asked)),
            (ids.READING_WAS.of(vital.key), {"children": was_text(view, vital)}),
        ]
        if vital.is_score:
            found.append((ids.READING_BRACKETS.of(vital.key), {"children": _bracket_line(vital, judged)}))
    return found


def was_text(view: SessionView, vital: Vital) -> str:
    """Return the value before: ``was 164``; nothing where there is none."""
    latest = view.latest.get(vital.key)
    return f"was {latest.value:g}" if latest else ""


def _field_properties(view: SessionView, vital: Vital, judged: Sequence[Verdict], *, is_asked: bool) -> dict[str, Any]:
    latest = view.latest.get(vital.key)
    base = view.baseline.values.get(vital.key) if view.baseline else None
    kind = "score" if vital.is_score else "number"
    return {
        "className": f"vital vital--{kind} {'vital--asked' if is_asked else 'vital--extra'}",
        "data-was": f"{latest.value:g}" if latest else "",
        "data-baseline": f"{base:g}" if base is not None else "",
        "data-verdicts": json.dumps([[one.low, one.high, int(one.severity), one.triangles] for one in judged]),
    }


def _fixed_attributes(vital: Vital) -> dict[str, Any]:
    """Return what the registry says of a vital, for the script: it asks before it keeps an unusual value."""
    unusual = vital.unusual or vital.accepted
    return {
        "data-field": vital.key,
        "data-vital": vital.key,
        "data-short": vital.short,
        "data-core": "yes" if vital.core else "no",
        "data-least": f"{vital.accepted.low:g}",
        "data-most": f"{vital.accepted.high:g}",
        "data-unusual": json.dumps([unusual.low, unusual.high]),
        "data-step": f"{vital.step or ''}",
    }


def _number_field(vital: Vital, props: dict[str, dict[str, Any]]) -> html.Div:
    field_id = ids.READING_FIELD.of(vital.key)
    testid = f"reading-{vital.key}"
    return html.Div(
        [
            html.Label(
                [html.B(vital.short), html.Span(vital.unit, className="vital__unit")],
                htmlFor=ids.FORM_INPUT.of(testid),
                className="vital__label",
            ),
            text_input(testid, mode="numeric"),
            html.Div(
                [
                    html.Span(id=ids.READING_WAS.of(vital.key), **props[ids.READING_WAS.of(vital.key)]),
                    html.Span(className="vital__change", **data(change="")),
                ],
                className="vital__before",
            ),
            error_line(),
        ],
        id=field_id,
        **_fixed_attributes(vital),
        **props[field_id],
    )


def _score_row(vital: Vital, props: dict[str, dict[str, Any]]) -> html.Div:
    field_id, bracket_id = ids.READING_FIELD.of(vital.key), ids.READING_BRACKETS.of(vital.key)
    buttons = [
        option_button(
            str(digit), str(digit), "score", f"{vital.key}-{digit}", f"{vital.label} {digit}, {vital.word(digit)}"
        )
        for digit in vital.digits
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.B(vital.label),
                    html.Span(
                        id=ids.READING_WAS.of(vital.key), className="vital__was", **props[ids.READING_WAS.of(vital.key)]
                    ),
                    html.Span(className="vital__change", **data(change="")),
                    *([_distress()] if vital.key == "dissociation" else []),
                ],
                className="vital__head",
            ),
            html.Div(
                [
                    choice(vital.key, vital.label, buttons, f"scores scores--{len(buttons)}"),
                    html.Div(
                        id=bracket_id, className=f"brackets scores--{len(buttons)}", **props[bracket_id], **_hidden()
                    ),
                ],
                className="vital__scale",
            ),
            error_line(),
        ],
        id=field_id,
        **_fixed_attributes(vital),
        **props[field_id],
    )


def _hidden() -> dict[str, Any]:
    """Each button says its word already; the line of words is for the eye."""
    return aria(hidden="true")


def _bracket_line(vital: Vital, judged: Sequence[Verdict]) -> list[Component]:
    first = vital.digits[0]
    return [
        html.Span(
            [
                html.Span(f"{one.digits} ", className="bracket__digits"),
                " ".join(part for part in (one.verdict.triangles, one.word) if part),
            ],
            className=(
                f"bracket bracket--from-{one.low - first} bracket--span-{one.high - one.low + 1} "
                f"{_LOOKS[one.verdict.severity]}"
            ).strip(),
        )
        for one in brackets(vital, judged)
    ]


def _distress() -> html.Div:
    yes = option_button("yes", [html.Span("Yes"), html.Span(", distressing", className="wide-only")], "distress")
    return html.Div(
        [
            html.Span("Distressing?", className="distress__label"),
            html.Div(
                choice("distress", "Distressing?", [option_button("no", "No", "distress"), yes]),
                className="distress",
                **marked("reading-distress"),
            ),
        ],
        className="vital__aside",
        **data(field="distress"),
    )


def _symptoms(view: SessionView) -> html.Div:
    """Return the question for symptoms; ``none`` means asked and absent, untouched means not asked."""
    none = option_button("none", "None of these", "chip", "symptom-none")
    chips = [option_button(one.key, one.label, "chip", f"symptom-{one.key}") for one in SYMPTOMS]
    together = view.protocol.together
    return html.Div(
        [
            html.Div(
                [html.B("Symptoms"), html.Span(className="vital__change", **data(change=""))],
                className="vital__head",
            ),
            choice("symptoms", "Symptoms", [none, *chips], "chips", many=True),
            error_line(),
        ],
        id=ids.ChairPage.SYMPTOMS,
        className="vital vital--symptoms",
        **data(
            field="symptoms",
            sbp_from=str(together.symptomatic_sbp),
            dbp_from=str(together.symptomatic_dbp),
        ),
    )


def _first_row() -> html.Div:
    return html.Div(
        [
            html.Div(
                [
                    time_chips("measured_at", "Measured", "measured"),
                    html.P(className="reading__typed", role="status", **data(typed=""), **marked("reading-typed")),
                ]
            ),
            html.Div(
                [
                    action_button("Not done…", "not-done", testid="reading-not-done"),
                    html.Div(
                        [text_input("quick-line", QUICK_HINT), error_line()],
                        className="quick",
                        **data(field="quick"),
                        **aria(label="One line"),
                    ),
                ],
                className="reading__tools",
            ),
        ],
        className="reading__first",
    )


def _not_done_rows(vitals: Sequence[Vital]) -> Iterable[tuple[str, str]]:
    """Name the rows: both pressures share one, since one cuff measures them."""
    known = {vital.key for vital in vitals}
    if set(PRESSURE) <= known:
        yield " ".join(PRESSURE), "Blood pressure"
    for vital in vitals:
        if vital.key not in PRESSURE:
            yield vital.key, vital.label


def _not_done_panel(vitals: Sequence[Vital]) -> html.Div:
    rows = [
        html.Div(
            [
                html.Span(label, className="undone__label"),
                choice(
                    f"undone {keys}",
                    f"{label}: why not done",
                    [option_button(reason, reason, "chip") for reason in NOT_DONE_REASONS],
                    "chips",
                ),
                text_input(f"not-done-{keys.replace(' ', '-')}", "another reason"),
                error_line(),
            ],
            className="undone__row",
            **data(undone=keys),
        )
        for keys, label in _not_done_rows(vitals)
    ]
    return html.Div(
        [
            html.P("Why was it not done? A value typed below counts before a reason.", className="undone__hint"),
            *rows,
        ],
        className="undone",
        **data(panel="not-done"),
    )


def _correcting_bar(view: SessionView) -> html.Div:
    """Return the bar that a correction is made under; the script shows it and fills in what is corrected.

    The wrong chair is no reason here: a correction would leave the reading with the wrong patient. The record moves it.
    """
    return html.Div(
        [
            html.Div(
                [
                    html.B(**data(correcting="")),
                    action_button("Entered in error", "strike"),
                    action_button("Leave as it is", "leave-correction"),
                ],
                className="correcting__head",
            ),
            text_field("reason", "Why is it corrected?", "correct-reason", look="entry--wide"),
            choice(
                "correction_reason", "Usual reasons", [option_button(r, r, "chip") for r in CORRECTION_REASONS], "chips"
            ),
            html.A(
                "Wrong chair? Move it in the record",
                href=f"/session/{view.id}",
                className="correcting__move",
                **marked("correct-wrong-chair"),
            ),
        ],
        className="correcting",
        **data(panel="correcting"),
    )
