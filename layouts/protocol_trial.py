"""What a draft of limits would have flagged in past sessions, drawn before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts.attributes import attributes
from models.protocol_trial import MOST, RuleTrial, SessionTrial, Trial

TRY: Final = "Try it on past sessions"
NOTHING: Final = "No session has ended yet."
RULE_HEADS: Final = ("Rule", "Fired", "Would have fired", "")
SESSION_HEADS: Final = ("Session of", "Critical", "would have been", "Caution", "would have been")


def trial_part(trial: Trial) -> html.Section:
    """Return totals, then by rule, then the sessions in which the draft would have flagged otherwise."""
    inner: list[Component] = [html.H2("Tried on past sessions")]
    if not trial.sessions:
        return html.Section([*inner, html.P(NOTHING)], className="settings__part")
    changed = [one for one in trial.sessions if one.differs]
    inner += [
        html.P(total_text(trial), **attributes({"data-testid": "protocol-trial"})),
        html.H3("By rule"),
        _table(RULE_HEADS, [_rule_row(one) for one in trial.rules]),
        html.H3("By session"),
        _table(SESSION_HEADS, [_session_row(one) for one in changed]) if changed else html.P("None differs."),
    ]
    return html.Section(inner, className="settings__part")


def total_text(trial: Trial) -> str:
    """Return what changes over all sessions in a sentence."""
    number = len(trial.sessions)
    which = f"the newest {number} sessions that ended" if number == MOST else f"{number} sessions that ended"
    differ = sum(one.differs for one in trial.sessions)
    before, after = trial.before, trial.after
    counts = f"critical {before.critical} → {after.critical}, caution {before.caution} → {after.caution}"
    return f"Of {which}, {differ} would have been flagged otherwise. Entries flagged: {counts}. Nothing was changed."


def _rule_row(one: RuleTrial) -> html.Tr:
    more = one.after - one.before
    said = f"{'+' if more > 0 else '−'}{abs(more)}" if more else "the same"
    return _row(one.rule, [str(one.before), str(one.after), said])


def _session_row(one: SessionTrial) -> html.Tr:
    before, after = one.before, one.after
    numbers = [str(number) for number in (before.critical, after.critical, before.caution, after.caution)]
    return _row(f"{one.day:%a} {one.day.day} {one.day:%b %Y}", numbers)


def _row(name: str, cells: Sequence[str]) -> html.Tr:
    return html.Tr([html.Th(name, scope="row"), *(html.Td(cell) for cell in cells)])


def _table(heads: Sequence[str], rows: Sequence[Component]) -> html.Div:
    head = html.Thead(html.Tr([html.Th(words, scope="col") for words in heads]))
    return html.Div(html.Table([head, html.Tbody(list(rows))]), className="settings__scroll")
