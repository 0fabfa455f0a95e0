"""The pill of a chair in the header of the board: an alert that nobody has answered, and the way to acknowledge it.

Every chair has its own pill in the order of the room, hidden while there is nothing to say. So a pill never takes the
place of another one under a finger, and the id of the alert travels with its button.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from layouts import ids, words
from layouts.attributes import attributes
from layouts.ticking import NOTHING, Properties, say
from models.alerts import ALL, CLINICIAN, Alert
from models.clinic import ChairNow
from models.moments import clock
from models.session import SessionView

_PARTS: Final = ((ids.PILL_WHY, "pill__why"), (ids.PILL_WAIT, "pill__wait"), (ids.PILL_CALLED, "pill__called"))
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
        *(html.Span(id=family.of(name), className=look, **table[family.of(name)]) for family, look in (_PARTS)),
    ]
    if acts:
        parts.append(html.Button(words.TAKE, id=ids.PILL_TAKE.of(name), type="button", **table[ids.PILL_TAKE.of(name)]))
    return html.Div(parts, id=ids.PILL.of(name), **(attributes({"data-pill": name}) | table[ids.PILL.of(name)]))


def pill_properties(chair: ChairNow, zone: tzinfo) -> dict[str, Properties]:
    """Return what the pill of a chair says, by component id."""
    name, view = chair.chair.name, chair.view
    alerts = waiting_alerts(view)
    first = alerts[0] if alerts else None
    together = _of_one_entry(alerts)
    said = [_why(first, len(alerts) - len(together), zone), _wait(first), _called(first)]
    return {
        ids.PILL.of(name): _frame(alerts, view.id if view else ""),
        **{family.of(name): shown for (family, _), shown in zip(_PARTS, said, strict=True)},
        ids.PILL_TAKE.of(name): _take(name, together, zone),
    }


def _of_one_entry(alerts: Sequence[Alert]) -> list[Alert]:
    """Return the alert that waits longest, and those that the same reading opened: they are answered together."""
    first = alerts[0] if alerts else None
    return [one for one in alerts if one is first or (first and first.entry_id and one.entry_id == first.entry_id)]


def _why(first: Alert | None, more: int, zone: tzinfo) -> Properties:
    return NOTHING if first is None else say(f"{_since(first, zone)}{f', {more} more' if more else ''}")


def _wait(first: Alert | None) -> Properties:
    return NOTHING if first is None else say(f"{words.NOBODY}, {words.MINUTES}", first.called_at, was="")


def _called(first: Alert | None) -> Properties:
    return say(CALLED[first.escalated]) if first is not None and first.escalated else NOTHING


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


def _take(name: str, together: Sequence[Alert], zone: tzinfo) -> Properties:
    """Return the button, with the ids of what a tap answers and the words of it."""
    if not together:
        return {
            "className": "pill__take",
            "data-alert": "",
            "data-about": "",
            "aria-label": words.TAKE,
            "data-testid": None,
        }
    first, *others = together
    said = f"Chair {name}: {'; '.join([_since(first, zone), *(one.sentence for one in others)])}"
    return {
        "className": "pill__take",
        "data-alert": " ".join(one.id for one in together),
        "data-about": said,
        "aria-label": f"{words.TAKE}. {said}",
        "data-testid": "alert-acknowledge",
    }
