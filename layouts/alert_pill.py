"""The pill of a chair in the header of the board: an alert that nobody has answered, and the way to acknowledge it.

Every chair has its own pill in the order of the room, hidden while there is nothing to say. So a pill never takes the
place of another one under a finger, and the id of the alert travels with its button.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids, words
from layouts.ticking import NOTHING, Properties, say
from models.alerts import ALL, CLINICIAN, Alert
from models.clinic import ChairNow
from models.moments import clock
from models.session import SessionView

CALLED: Final = {CLINICIAN: "clinician called", ALL: "everybody called"}
"""How far an alert was called out because nobody answered."""


def waiting_alerts(view: SessionView | None) -> list[Alert]:
    """Return the alerts of a session that nobody has answered, the one that waits longest first."""
    alerts = view.alerts if view else ()
    return sorted((one for one in alerts if one.unanswered), key=lambda one: (one.called_at, one.id))


def nobody_text(alert: Alert) -> str:
    """Return that nobody has answered, since when, and who was called: ``Nobody, {min}, clinician called``."""
    said = f"{words.NOBODY}, {words.MINUTES}"
    return f"{said}, {CALLED[alert.escalated]}" if alert.escalated else said


def alert_pills(chairs: list[ChairNow], zone: tzinfo, *, acts: bool) -> list[Component]:
    """Draw the pill of every chair; ``acts`` lets it be tapped."""
    return [_pill(chair, zone, acts=acts) for chair in chairs]


def _pill(chair: ChairNow, zone: tzinfo, *, acts: bool) -> Component:
    name, table = chair.chair.name, pill_properties(chair, zone)
    parts = [
        html.B(f"Chair {name}", className="pill__chair")
        if len(name) <= words.SHORT_NAME
        else html.B(name, className="pill__chair pill__chair--long"),
        *(
            html.Span(id=family.of(name), className=look, **table[family.of(name)])
            for family, look in ((ids.PILL_WHY, "pill__why"), (ids.PILL_WAIT, "pill__wait"))
        ),
    ]
    if acts:
        parts.append(html.Button(words.TAKE, id=ids.PILL_TAKE.of(name), type="button", **table[ids.PILL_TAKE.of(name)]))
    return html.Div(parts, id=ids.PILL.of(name), **{"data-pill": name}, **table[ids.PILL.of(name)])


def pill_properties(chair: ChairNow, zone: tzinfo) -> dict[str, Properties]:
    """Return what the pill of a chair says, by component id."""
    alerts = waiting_alerts(chair.view)
    keys = ids.PILL.of(chair.chair.name), ids.PILL_WHY.of(chair.chair.name), ids.PILL_WAIT.of(chair.chair.name)
    if chair.view is None or not alerts:
        return dict(zip(keys, (_frame([], ""), NOTHING, NOTHING), strict=True)) | _take(chair, None, zone)
    first, more = alerts[0], len(alerts) - 1
    why = f"{_since(first, zone)}{f', {more} more' if more else ''}"
    wait = say(nobody_text(first), first.called_at, was="")
    return dict(zip(keys, (_frame(alerts, chair.view.id), say(why), wait), strict=True)) | _take(chair, first, zone)


def _since(alert: Alert, zone: tzinfo) -> str:
    """Return why and since when; a check that lapsed says its time already."""
    return alert.sentence if alert.entry_id is None else f"{alert.sentence}, {clock(alert.since, zone)}"


def _frame(alerts: list[Alert], session: str) -> Properties:
    """Return the pill itself; ``data-alerts`` is what the sound goes by: an alert that stands again is a new one."""
    escalated = f" pill--{alerts[0].escalated}" if alerts and alerts[0].escalated else ""
    return {
        "className": f"pill{escalated}",
        "hidden": not alerts,
        "data-session": session,
        "data-alerts": " ".join(f"{one.id}@{int(one.called_at.timestamp())}" for one in alerts),
    }


def _take(chair: ChairNow, alert: Alert | None, zone: tzinfo) -> dict[str, Properties]:
    name = chair.chair.name
    said = f"Chair {name}: {_since(alert, zone)}" if alert else ""
    return {
        ids.PILL_TAKE.of(name): {
            "className": "pill__take",
            "data-alert": alert.id if alert else "",
            "data-about": said,
            "aria-label": f"{words.TAKE}. {said}" if alert else words.TAKE,
            "data-testid": "alert-acknowledge" if alert else None,
        }
    }
