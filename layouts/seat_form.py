"""Seating a patient on a free chair: who, how heavy, what is planned, and what was asked before."""

from __future__ import annotations

from typing import Final

from dash import html

from layouts.form_fields import action_button, aria, choice, data, option_button, text_field, time_chips
from layouts.screening_form import screening_questions
from layouts.ticking import marked

SEXES: Final = ("female", "male", "other", "unknown")
BIRTH_HINT: Final = "year-month-day"


def seat_form() -> html.Section:
    """Return the form; the script looks patients up while a record number or a name is typed."""
    return html.Section(
        [
            html.H2("Seat a patient"),
            _patient(),
            _plan(),
            _asked(),
            time_chips("arrived_at", "Arrived", "seat"),
            screening_questions(),
        ],
        className="form-card seat",
        **data(form="seat"),
        **aria(label="Seat a patient"),
    )


def seat_button() -> html.Button:
    """Return the button that seats; the script writes below it whom."""
    words = [html.B("Seat"), html.Span(className="save__part", **data(seat_whom=""))]
    return action_button(words, "seat", "press--strong press--save", "seat-confirm")


def _patient() -> html.Div:
    sexes = [option_button(sex, sex, "chip", f"seat-sex-{sex}") for sex in SEXES]
    return html.Div(
        [
            text_field("mrn", "Record number", "seat-mrn"),
            text_field("given", "Given name", "seat-given"),
            text_field("family", "Family name", "seat-family"),
            text_field("birth_date", "Born", "seat-birth-date", BIRTH_HINT),
            html.Div(className="seat__found", role="status", **data(found=""), **marked("seat-found")),
            html.Div(
                [html.Span("Sex", className="entry__label"), choice("sex", "Sex", sexes, "chips")],
                className="entry",
                **data(field="sex"),
            ),
            text_field("indication", "Treated for", "seat-indication"),
        ],
        className="seat__grid",
    )


def _plan() -> html.Div:
    return html.Div(
        [
            text_field("weight_kg", "Weight, kg", "seat-weight", mode="decimal"),
            text_field("dose_mg", "Planned dose, mg", "seat-dose", mode="decimal"),
            text_field("duration_min", "Over, min", "seat-duration", mode="decimal"),
            html.Div(
                [
                    html.Span("Rate", className="entry__label"),
                    html.Div(className="seat__rate", role="status", **data(seat_rate=""), **marked("seat-rate")),
                ],
                className="entry",
            ),
        ],
        className="seat__grid",
    )


def _asked() -> html.Div:
    """Return what is asked and checked at seating; none of it is needed, and none is answered beforehand."""
    texts = (
        ("allergies", "Allergies"),
        ("medicines", "Takes"),
        ("escort", "Escort home"),
        ("vial_lot", "Vial lot"),
        ("pump", "Pump"),
    )
    checks = (("consent", "Consent"), ("iv_check", "IV checked"))
    return html.Div(
        [
            *(text_field(name, words, f"seat-{name.replace('_', '-')}") for name, words in texts),
            *(_check(name, words) for name, words in checks),
        ],
        className="seat__grid",
    )


def _check(name: str, words: str) -> html.Div:
    answers = [option_button(one, one.title(), "chip", f"seat-{name.replace('_', '-')}-{one}") for one in ("no", "yes")]
    return html.Div(
        [html.Span(words, className="entry__label"), choice(name, words, answers, "chips")],
        className="entry",
        **data(field=name),
    )
