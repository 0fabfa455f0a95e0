"""What nobody has taken yet: why, since when, what to do, and who took it; drawn once, silent, below the reason."""

from __future__ import annotations

import json
from datetime import timedelta, tzinfo
from typing import Any, Final

from dash import html

from layouts import ids
from layouts.form_fields import action_button, aria, data, text_field
from layouts.record_words import person_text
from layouts.ticking import NOTHING, marked, say
from layouts.words import AGE
from models.alerts import ALL, CLINICIAN, Alert
from models.moments import MIN, clock
from models.rules import Flag
from models.session import SessionView

Properties = list[tuple[str, dict[str, Any]]]

TAKEN_AS: Final = ("at the chair", "measuring again", "clinician called", "medicine on its way", "known, watching")
"""What is done about an alert, in one tap; what is done at the pump is charted there, and answers it as well."""
CALLED: Final = {CLINICIAN: "clinician called out", ALL: "called out on every screen"}
NOBODY: Final = "Nobody has taken it"
EMERGENCY: Final = "Emergency"
_ENDED_FOR: Final = 10 * MIN
"""For how long a chair says how its last alert ended."""


def alert_banner(view: SessionView, zone: tzinfo) -> html.Section:
    """Return the banner, and below it the ways to take what it says."""
    page, props = ids.ChairPage, dict(alert_properties(view, zone))
    acknowledge = action_button("Acknowledge", "take-alerts", "press--strong", "alert-acknowledge")
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(id=page.ALERT_WHO, className="chair-alert__who", **props[page.ALERT_WHO]),
                            html.Div(id=page.ALERT_WORDS, **props[page.ALERT_WORDS]),
                            html.Div(id=page.ALERT_DO, className="chair-alert__do", **props[page.ALERT_DO]),
                        ],
                        className="chair-alert__said",
                    ),
                    html.Span(acknowledge, id=page.ALERT_TAKE, **props[page.ALERT_TAKE]),
                ],
                className="chair-alert__bar",
            ),
            _taking(),
        ],
        id=page.ALERT,
        **data(form="alert", fades=""),
        **aria(label="Alert"),
        **marked("alert-banner"),
        **props[page.ALERT],
    )


def alert_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return what the banner shows: what nobody answered first, else what is open and taken; hidden without any."""
    page = ids.ChairPage
    shown = shown_alerts(view)
    look = "" if any(one.unanswered for one in shown) else " chair-alert--taken"
    to_take = [one.id for one in shown if one.acknowledged is None]
    return [
        (page.ALERT, {"className": f"chair-alert{look}", "hidden": not shown, "data-alerts": json.dumps(to_take)}),
        (page.ALERT_WHO, _who(shown[0], zone) if shown else NOTHING),
        (page.ALERT_WORDS, {"children": alert_words(view, shown, zone)}),
        (page.ALERT_DO, {"children": do_this(view, shown)}),
        (page.ALERT_TAKE, {"hidden": not to_take}),
    ]


def shown_alerts(view: SessionView) -> list[Alert]:
    """Return the open alerts that nobody answered, or all open ones where each has its answer."""
    opened = [one for one in view.alerts if one.open]
    return [one for one in opened if one.unanswered] or opened


def alert_words(view: SessionView, shown: list[Alert], zone: tzinfo) -> str:
    """Return what the alerts are about and since when; nothing where the reason above says it already."""
    about: dict[str, str] = {}
    for one in shown:
        flag = alert_flag(view, one)
        about.setdefault(flag.vital if flag and not flag.causes else one.rule, alert_sentence(view, one, zone))
    said = list(dict.fromkeys(about.values()))
    if not said or (len(said) == 1 and view.flags and said[0] == view.flags[0].sentence):
        return ""
    return f"Since {clock(min(one.since for one in shown), zone)}: {'; '.join(said)}"


def alert_flag(view: SessionView, alert: Alert) -> Flag | None:
    """Return the flag that opened an alert, as its entry is judged now."""
    judged = view.judgement(alert.entry_id) if alert.entry_id else None
    return next((flag for flag in judged.flags if flag.rule == alert.rule), None) if judged else None


def alert_sentence(view: SessionView, alert: Alert, zone: tzinfo) -> str:
    """Return the sentence of an alert without its age."""
    if alert.entry_id is None:
        return f"Full set due {clock(alert.since, zone)}"
    flag = alert_flag(view, alert)
    return flag.sentence if flag else alert.text


def do_this(view: SessionView, shown: list[Alert]) -> str:
    """Return what the protocol says to do, each text once."""
    texts = view.protocol.do_this.texts
    return " ".join(dict.fromkeys(texts[one.rule] for one in shown if one.rule in texts))


def _who(alert: Alert, zone: tzinfo) -> dict[str, Any]:
    answer = answer_text(alert, zone)
    if answer:
        return say(answer)
    since = clock(alert.opened_at, zone)
    called = f", {CALLED[alert.escalated]}" if alert.escalated else ""
    return say(f"{NOBODY}, opened {AGE}{called}", alert.opened_at, was=f"{NOBODY}, opened {since}{called}")


def answer_text(alert: Alert, zone: tzinfo) -> str:
    """Return who took an alert, when and how: ``M. Silva 14:31: clinician called``; nothing where nobody has."""
    seen, done = alert.acknowledged, alert.response
    said = []
    if seen is not None:
        words = ", ".join(part for part in (seen.action, seen.comment) if part)
        said.append(f"{person_text(seen.author)} {clock(seen.at, zone)}: {words}")
    if done is not None:
        said.append(f"{person_text(done.author)} {clock(done.at, zone)}: {done.text}")
    return "; ".join(said)


def ended_alert_text(view: SessionView) -> str:
    """Return how the last alert ended, for some minutes: ``SBP 184, limit 180, rechecked 4 min later: 158``."""
    ended = [(one.closed_at, one) for one in view.alerts if one.closed_at is not None and one.entry_id is not None]
    if not ended:
        return ""
    closed_at, last = max(ended, key=lambda one: one[0])
    return last.text if timedelta() <= view.now - closed_at <= _ENDED_FOR else ""


def _taking() -> html.Div:
    """Return what can be said about it: one tap for the usual, or a comment."""
    taps = [
        html.Button(
            words,
            type="button",
            className="press chip",
            **data(act="take-alerts-as", words=words),
            **marked(f"alert-action-{words.split(',', maxsplit=1)[0].replace(' ', '-')}"),
        )
        for words in TAKEN_AS
    ]
    return html.Div(
        [
            html.P(className="panel__said", **data(said="")),
            html.Div(taps, className="chips"),
            html.Div(
                [
                    text_field("comment", "Or in your own words", "alert-comment"),
                    action_button("Save", "take-alerts-commented", "press--strong", "alert-save"),
                    action_button("Leave it", "close-panel"),
                ],
                className="panel__row",
            ),
        ],
        className="panel",
        **data(panel="alert"),
    )


# The one tap


def emergency_button(view: SessionView, zone: tzinfo) -> html.Button:
    """Return the button that stamps the time and calls the board; what it charted is taken back elsewhere."""
    page, props = ids.ChairPage, dict(emergency_properties(view, zone))
    return html.Button(
        [html.B(EMERGENCY), html.Span(id=page.EMERGENCY_CALLED, **props[page.EMERGENCY_CALLED])],
        type="button",
        className="press emergency",
        **data(act="emergency"),
        **marked("emergency"),
    )


def emergency_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return since when an emergency stands."""
    open_ones = [one for one in view.alerts if one.open and one.rule == "EMERGENCY"]
    words = f"called {clock(open_ones[-1].since, zone)}" if open_ones else ""
    return [(ids.ChairPage.EMERGENCY_CALLED, {"children": words})]


# A patient who cannot be checked just now


def hold_line(view: SessionView, zone: tzinfo) -> html.Div:
    """Return the line that says why checks wait, and the tap that ends it."""
    page, props = ids.ChairPage, dict(hold_properties(view, zone))
    return html.Div(
        [
            html.Span(id=page.HOLD_WORDS, **props[page.HOLD_WORDS]),
            action_button("Back at the chair", "hold-over", "press--small", "hold-over"),
        ],
        id=page.HOLD,
        **marked("hold-line"),
        **props[page.HOLD],
    )


def hold_properties(view: SessionView, zone: tzinfo) -> Properties:
    """Return what the line says; hidden while nothing is on hold."""
    page, held = ids.ChairPage, view.hold
    reason = held.reason if held else ""
    return [
        (page.HOLD, {"className": "hold", "hidden": held is None, "data-reason": reason}),
        (page.HOLD_WORDS, {"children": hold_text(view, zone)}),
    ]


def hold_text(view: SessionView, zone: tzinfo) -> str:
    """Return why checks wait, since when, until when, who said so; and that the clock goes on."""
    held = view.hold
    if held is None:
        return ""
    until = f", back by {clock(held.until, zone)}" if held.until else ""
    who = person_text(held.author)
    return f"On hold since {clock(held.since, zone)}: {held.reason}{until}, {who}. The check goes on counting."
