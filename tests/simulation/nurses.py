"""What nurses do at their tablets: tap Save, confirm, look at what was refused, sign in and out."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, Final

from tests.simulation.agenda import MINUTE, SECOND
from tests.simulation.clinic_file import SESSIONS
from tests.simulation.tablet import Tab, Tablet
from tests.simulation.tap import MOST, Tap, scores_of
from tests.simulation.ward import Ward

SOON: Final = 20 * SECOND
"""By then whoever tapped Save has been told something, on a slow tablet too."""
SURE: Final = {"confirmed": ["dissociation", "nausea"]}
"""Both scores carry the number of the tap, so they jump."""


class Nurses:
    """The people of a ward."""

    def __init__(self, ward: Ward) -> None:
        self.ward, self.promises = ward, ward.promises

    def tap(self, tablet: Tablet, kind: str, dice: Random) -> None:
        """Let whoever is signed in tap Save."""
        here = [tab for tab in tablet.tabs if tab.person]
        number = len(self.promises.taps)
        if not here or number >= MOST:
            return
        tab, session = dice.choice(here), SESSIONS[dice.random() < 0.3]
        fields = self._fields(kind, number, tab, session, dice)
        tap = Tap(number, tablet.name, tab.person, session, fields, tab.clock())
        self.promises.taps.append(tap)
        self.promises.note(f"{tab.person} taps {fields['kind']} {number} on {tab.name}")
        self._save(tap, tab, {"session": session, **fields}, dice)

    def _save(self, tap: Tap, tab: Tab, entry: dict[str, object], dice: Random) -> None:
        tab.call("send", entry, partial(self._answered, tap, tab, dice))
        self.ward.agenda.after(SOON, partial(self.promises.is_answered, tap, tab, len(tap.said)))

    def _answered(self, tap: Tap, tab: Tab, dice: Random, result: dict[str, Any] | str) -> None:
        if isinstance(result, str):
            self.promises.cannot_keep(tap, tab, result)
            return
        self.promises.answered(tap, tab, result)
        if result["status"] == "refused" and result["confirm"]:
            fields = [one["field"] for one in result["confirm"]]
            again = {"session": tap.session, **result["body"], "confirmed": fields}
            self.ward.agenda.after(dice.uniform(1, 15) * SECOND, partial(self._confirm, tap, tab, again, dice))

    def _confirm(self, tap: Tap, tab: Tab, again: dict[str, object], dice: Random) -> None:
        if tab.alive and tab.person == tap.by:
            tap.said.append("sent again")
            self._save(tap, tab, again, dice)

    # What is charted

    def _fields(self, kind: str, number: int, tab: Tab, session: str, dice: Random) -> dict[str, Any]:
        said = f"Tap {number}."
        mine = [tap for tap in self.promises.taps if tap.can_be_corrected_at(tab.tablet.name, tab.person, session)]
        if kind == "correction" and mine:
            return {"kind": kind, "reason": said} | _correction(dice.choice(mine), dice)
        if kind == "adverse_event":
            onset = moment(tab.clock() - dice.randrange(MINUTE))
            return {
                "kind": kind,
                "event_id": uuid4(dice),
                "term": "nausea",
                "onset_at": onset,
                "grade": 1,
                "note": said,
            }
        if kind == "note":
            return {"kind": kind, "text": said}
        values = {"sbp": dice.randint(110, 150), "dbp": dice.randint(65, 95), "hr": dice.randint(55, 95)}
        sure = SURE if dice.random() < 0.6 else {}
        return {"kind": "reading", "values": values | scores_of(number)} | sure

    # Refused entries

    def look(self, tab: Tab, *, takes: bool = False) -> None:
        """Let whoever is there look at what was refused, and take it out of the queue."""
        tab.call("counts", None, partial(self._looked, tab, takes))

    def _looked(self, tab: Tab, takes: bool, found: dict[str, Any] | str) -> None:  # noqa: FBT001  # bound beforehand
        for envelope in [] if isinstance(found, str) else found["refused"]:
            self.promises.shown_as_refused(tab, envelope)
            if takes:
                tab.tell("takeBack", envelope["id"])

    # Who is there

    def sign_in(self, tab: Tab, nurse: str) -> None:
        """Let somebody sign in, where the server can be reached.

        The cookie is another for all tabs of the browser at once; the other pages learn it later.
        """
        tablet = tab.tablet
        cookie = self.ward.server.sign_in(nurse) if tablet.network.reaches else None
        if cookie is None:
            return
        tablet.cookie, tablet.person = cookie, nurse
        tablet.hear_the_time()
        for page in tablet.tabs:
            wait = 0 if page is tab else tablet.dice.uniform(0, 2) * MINUTE
            self.ward.agenda.after(wait, partial(_learn_who_is_here, page))

    def sign_out(self, tablet: Tablet) -> None:
        """Let whoever is there sign out; without the server only the tablet knows."""
        if tablet.network.reaches:
            self.ward.server.sign_out(tablet.cookie)
        tablet.cookie, tablet.person = None, ""
        for page in tablet.tabs:
            self.ward.agenda.after(tablet.dice.uniform(0, 3) * SECOND, partial(_learn_who_is_here, page))


def _learn_who_is_here(tab: Tab) -> None:
    tab.person = tab.tablet.person
    if tab.person and tab.alive:
        tab.tell("onSignIn")


def _correction(target: Tap, dice: Random) -> dict[str, Any]:
    struck = {"entry_id": target.id}
    if dice.random() < 0.3:
        return struck
    values = target.fields["values"] | {"hr": dice.randint(60, 90)}
    new = {"kind": "reading", "measured_at": moment(target.measured_ms), "values": values} | SURE
    return struck | {"replacement": new}


def uuid4(dice: Random) -> str:
    """Return a UUID as chance has it."""
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def moment(ms: int) -> str:
    """Return milliseconds since 1970 as JSON has it."""
    return datetime.fromtimestamp(ms / SECOND, UTC).isoformat(timespec="milliseconds")
