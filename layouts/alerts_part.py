"""Alerts and overrides on the record, in words: who took an alert and how fast, who decided against a check and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.alert_banner import CALLED, answer_text
from layouts.record_parts import Shown, card
from layouts.record_words import moment_text, person_text
from layouts.ticking import marked
from models.alerts import Alert
from models.corrections import Effective
from models.entries import BaselineSet, Content, Discharge, Infusion, Limit, Screening
from models.moments import minutes_between

NOBODY: Final = "Nobody took it"
AT_ONCE: Final = "at once"


def alerts_part(shown: Shown) -> html.Section | None:
    """Return every alert in the order in which they began; nothing where there was none."""
    found = sorted(shown.view.alerts, key=lambda one: (one.since, one.id))
    rows = [_row(moment_text(one.since, shown.zone, shown.view.arrived_at), alert_text(one, shown)) for one in found]
    return card("Alerts", alerts_note(found), [html.Ul(rows, className="said-lines")]) if rows else None


def alerts_note(alerts: Iterable[Alert]) -> str:
    """Return how many there were, and how many nobody answered."""
    listed = list(alerts)
    nobody = sum(one.acknowledged is None and one.response is None for one in listed)
    return f"{len(listed)}, {nobody} not taken" if nobody else f"{len(listed)}"


def alert_text(alert: Alert, shown: Shown) -> str:
    """Return one alert: what it was and how it went on, who took it and how fast, how far it was called out."""
    said = [alert.text]
    answer = answer_text(alert, shown.zone)
    said.append(f"{answer} ({speed_text(alert)})" if answer else NOBODY)
    if alert.escalated:
        said.append(CALLED[alert.escalated].capitalize())
    said.append("Still open" if alert.open else "")
    return ". ".join(part for part in said if part)


def speed_text(alert: Alert) -> str:
    """Return how long it took from when the record knew of it to the first answer."""
    answered = [one.known_at for one in (alert.acknowledged, alert.response) if one is not None]
    minutes = int(minutes_between(alert.opened_at, min(answered)))
    return f"after {minutes} min" if minutes > 0 else AT_ONCE


def _row(when: str, words: str) -> html.Li:
    said = html.Div(html.Span(words, className="said-lines__text"), className="said-lines__said")
    parts = [html.Span("", className="said-lines__number"), html.Span(when, className="said-lines__when"), said]
    return html.Li(parts, className="said-lines__line", **marked("record-line"))


def overrides_part(shown: Shown) -> html.Section | None:
    """Return what a clinician decided against a check, each with its reason; nothing where there is none."""
    view = shown.view
    rows: list[Component] = []
    for one in view.effective:
        words = "" if one.struck else override_text(one.written.content)
        if words:
            rows.append(_override_row(one, words, shown))
    return card("Overrides", str(len(rows)), [html.Ul(rows, className="said-lines")]) if rows else None


def _override_row(one: Effective, words: str, shown: Shown) -> html.Li:
    when = moment_text(one.at, shown.zone, shown.view.arrived_at)
    return _row(when, f"{words} {person_text(one.entry.author)}")


def override_text(content: Content) -> str:
    """Return what was decided and why; nothing where an entry overrides nothing."""
    match content:
        case Screening(override=override) if override is not None:
            return f"Screening overridden: {override.reason}."
        case Infusion(override=override) if override is not None:
            return f"Start overridden: {override.reason}."
        case Discharge(override=override) if override is not None:
            return f"Discharge overridden: {override.reason}. What was not met is listed under Going home."
        case Limit() | BaselineSet():
            what = "Limit of this patient" if isinstance(content, Limit) else "Baseline decided"
            return f"{what}: {content.reason}."
        case _:
            return ""
