"""An alert that nobody has answered: its pill in the header, who responds on the card, and the sheet that takes it."""

from __future__ import annotations

from datetime import UTC
from itertools import permutations
from typing import Any

import pytest
from dash.development.base_component import Component

from layouts import ids, words
from layouts.acknowledge_sheet import ACTIONS, acknowledge_sheet
from layouts.alert_pill import alert_pills, pill_properties
from layouts.chair_card import card_properties
from layouts.markup import to_html
from models.clinic import ChairNow
from models.entries import Acknowledgement, Hold, Infusion
from models.moments import MIN, iso
from models.session import Chair, SessionView
from tests.sample_sessions import START, Sheet, core

NAME = "5"


def critical(*lines: tuple[float, Any], minute: float = 12) -> SessionView:
    """Return a session with SBP 184 at minute 10, and what was written after it."""
    return written(*lines).view(minute)


def written(*lines: tuple[float, Any]) -> Sheet:
    sheet = Sheet(chair=NAME)
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(10, core(184, 104, 88, 2, 0))
    for at, content in lines:
        sheet.write(at, content, by="r.okafor")
    return sheet


def calm() -> SessionView:
    sheet = Sheet(chair=NAME)
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    return sheet.view(5)


def answered() -> SessionView:
    """Return the same, a minute later acknowledged as the button says."""
    alerts = str(pill(critical())["take"]["data-alert"]).split()
    return critical(*((11, Acknowledgement(alert, "Rechecking")) for alert in alerts))


def on(view: SessionView | None) -> ChairNow:
    return ChairNow(Chair("c", NAME), view)


def pill(view: SessionView | None) -> dict[str, Any]:
    """Return what the parts of a pill say, as the browser writes it, and the pill and its button themselves."""
    table = pill_properties(on(view), UTC)

    def said(family: ids.Family) -> str:
        part = table[family.of(NAME)]
        at = START if view is None or not view.alerts else view.alerts[0].called_at
        return words.said_at(part["data-say"], at, at if view is None else view.now)

    told = {"why": said(ids.PILL_WHY), "wait": said(ids.PILL_WAIT), "called": said(ids.PILL_CALLED)}
    return told | {"frame": table[ids.PILL.of(NAME)], "take": table[ids.PILL_TAKE.of(NAME)]}


def responder(view: SessionView) -> tuple[str, str]:
    said = card_properties(on(view), UTC)[ids.CARD_RESPONDER.of(NAME)]
    at = view.alerts[0].called_at if view.alerts else view.now
    return words.said_at(said["data-say"], at, view.now), said["className"]


def test_an_alert_nobody_took_says_why_since_when_and_for_how_long() -> None:
    found = pill(critical())

    assert (found["why"], found["wait"], found["called"]) == (
        "SBP 184, limit 180, 14:08",
        "Nobody, 2 min",
        "clinician called",
    )
    assert found["frame"]["hidden"] is False


@pytest.mark.parametrize(
    ("minute", "called", "look"),
    [
        (10, "", "pill"),
        (11.99, "", "pill"),
        (12, "clinician called", "pill pill--clinician"),
        (14.99, "clinician called", "pill pill--clinician"),
        (15, "everybody called", "pill pill--all"),
    ],
)
def test_an_alert_shows_how_far_it_was_called_out(minute: float, called: str, look: str) -> None:
    found = pill(critical(minute=minute))

    assert (found["called"], found["frame"]["className"]) == (called, look)


def test_a_tap_answers_what_one_reading_opened_and_the_button_names_it() -> None:
    view = critical()

    take = pill(view)["take"]

    assert (
        set(take["data-alert"].split())
        == {one.id for one in view.alerts}
        == {one.id for one in view.alerts if one.open}
    )
    assert take["data-testid"] == "alert-acknowledge"
    assert take["data-about"].startswith("Chair 5: ")
    assert all(one.sentence in take["data-about"] for one in view.alerts)
    assert pill(view)["frame"]["data-session"] == view.id


@pytest.mark.parametrize(
    "view",
    [
        None,
        calm(),
        answered(),
        critical((11, Infusion("pause", reason="SBP 184"))),
    ],
    ids=["free", "nothing yet", "acknowledged", "paused in answer"],
)
def test_there_is_no_pill_where_nobody_is_wanted(view: SessionView | None) -> None:
    found = pill(view)

    assert found["frame"]["hidden"] is True
    assert found["frame"]["data-alerts"] == ""
    assert (found["why"], found["wait"], found["take"]["data-alert"]) == ("", "", "")
    assert found["take"]["data-testid"] is None


def test_what_waits_longest_is_answered_first_another_reading_for_itself_and_the_sound_knows_both() -> None:
    view = critical((11, core(186, 104, 158, 2, 0)))
    first = {one.id for one in view.alerts if one.rule != "HR_HIGH"}

    found = pill(view)

    assert set(found["take"]["data-alert"].split()) == first
    assert found["why"].endswith(", 1 more")
    assert len(found["frame"]["data-alerts"].split()) == len([one for one in view.alerts if one.unanswered]) > 1


def test_the_colour_stays_when_an_alert_is_acknowledged() -> None:
    before = critical()
    after = answered()

    states = [card_properties(on(view), UTC)[ids.CARD.of(NAME)]["data-state"] for view in (before, after)]

    assert states == ["critical", "critical"]


def test_the_card_says_who_responds() -> None:
    view = answered()

    assert responder(view)[0] == "R. Okafor, 14:09"
    assert card_properties(on(view), UTC)[ids.CARD_RESPONDER.of(NAME)]["title"] == "Rechecking"


def test_the_card_says_nobody_until_somebody_does_and_who_was_called() -> None:
    said, look = responder(critical(minute=11))
    later, worse = responder(critical(minute=16))

    assert (said, "--nobody" in look) == ("Nobody, 1 min", True)
    assert (later, "--all" in worse) == ("Nobody, 6 min, everybody called", True)


def test_a_chair_in_range_names_nobody() -> None:
    assert responder(calm()) == ("", "card__responder")


def test_a_recheck_that_ended_an_alert_is_told_for_ten_minutes() -> None:
    sheet = written((14, core(158, 96, 84, 2, 0)))
    notes = [
        card_properties(on(sheet.view(minute)), UTC)[ids.CARD_NOTE.of(NAME)]["data-say"] for minute in (15, 24, 24.1)
    ]

    assert notes[:2] == ["Rechecked 4 min later: 158"] * 2
    assert "Rechecked" not in notes[2]


def test_a_hold_says_why_and_that_the_check_stays_due() -> None:
    sheet = Sheet(chair=NAME)
    sheet.write(-8, core(122, 76, 70, 0, 0))
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(8, Hold("washroom"))
    table = card_properties(on(sheet.view(9)), UTC)

    assert table[ids.CARD_TAG.of(NAME)]["data-say"] == "Washroom {min}"
    assert table[ids.CARD_TAG.of(NAME)]["data-was"] == "Washroom 14:06"
    assert table[ids.CARD_WHY.of(NAME)]["data-say"] == "Check still due 14:08"


def test_a_long_reason_of_a_hold_is_cut_on_the_tag_and_whole_below() -> None:
    reason = "talks to her daughter on the phone"
    view = critical((11, Hold(reason)), minute=13)

    assert words.hold_reason(view) == "Talks to her daught…"
    assert words.hold_text(view, UTC) == "Talks to her daughter on the phone. Check still due 14:13"


VIEWS = {"free": None, "calm": calm(), "nobody": critical(), "called": critical(minute=16)}


@pytest.mark.parametrize(("before", "after"), list(permutations(VIEWS, 2)))
def test_a_pill_that_was_updated_is_the_pill_that_is_drawn_afresh(before: str, after: str) -> None:
    drawn = alert_pills([on(VIEWS[before])], UTC, acts=True)
    changes = pill_properties(on(VIEWS[after]), UTC)

    for component in every(drawn):
        for name, value in changes.get(getattr(component, "id", None) or "", {}).items():
            setattr(component, name, value)

    assert to_html(drawn) == to_html(alert_pills([on(VIEWS[after])], UTC, acts=True))


def test_only_who_may_answer_has_a_button() -> None:
    seen = to_html(alert_pills([on(critical())], UTC, acts=False))
    taken = to_html(alert_pills([on(critical())], UTC, acts=True))

    assert "alert-acknowledge" not in seen
    assert taken.count('data-testid="alert-acknowledge"') == 1


def test_the_sheet_offers_every_action_and_a_comment() -> None:
    drawn = to_html(acknowledge_sheet())

    assert all(f'data-answer="{action}"' in drawn for action in ACTIONS)
    assert 'data-answer=""' in drawn
    assert "data-comment" in drawn
    assert words.COLOUR_STAYS in drawn


def test_the_time_an_alert_waits_counts_from_when_it_was_known() -> None:
    sheet = Sheet(chair=NAME)
    sheet.write(0, Infusion("start", 49.4))
    sheet.write(10, core(184, 104, 88, 2, 0), typed=20)
    part = pill_properties(on(sheet.view(21)), UTC)[ids.PILL_WAIT.of(NAME)]

    assert part["data-at"] == iso(START + 20 * MIN)


def every(component: object) -> list[Any]:
    if isinstance(component, Component):
        return [component, *every(getattr(component, "children", None))]
    return [one for part in component for one in every(part)] if isinstance(component, list | tuple) else []
