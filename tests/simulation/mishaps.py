"""What goes wrong on a ward, by the name it has in a plan."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from models.moments import iso
from tests.simulation.agenda import MINUTE, SECOND
from tests.simulation.clinic_file import SESSIONS
from tests.simulation.nurses import uuid4
from tests.simulation.tablet import Tablet
from tests.simulation.ward import Ward


def weather(_ward: Ward, tablet: Tablet, text: str, _dice: Random) -> None:
    tablet.network.weather = text


def end(ward: Ward, tablet: Tablet, text: str, dice: Random) -> None:
    """End a tab, or everything on a tablet; the page is opened again later."""
    if not tablet.tabs:
        return
    tab = dice.choice(tablet.tabs)
    if text == "power":
        tablet.cut_power()
    else:
        tablet.shut(tab)
    reopen(ward, tablet, tab.person, dice.uniform(0.2, 2 if text == "reload" else 90) * SECOND)


def reopen(ward: Ward, tablet: Tablet, person: str, ms: float) -> None:
    """Open the page again, for the last known person as long as nobody signed out."""

    def open_again() -> None:
        if len(tablet.tabs) < 2:
            tablet.open(person if tablet.cookie else "")

    ward.agenda.after(ms, open_again)


def second_tab(_ward: Ward, tablet: Tablet, _text: str, _dice: Random) -> None:
    if len(tablet.tabs) == 1:
        tablet.open(tablet.tabs[0].person)


def revoke(ward: Ward, tablet: Tablet, _text: str, _dice: Random) -> None:
    """End a session on the server; the tablet does not learn it."""
    ward.server.sign_out(tablet.cookie)


def crash(ward: Ward, _tablet: Tablet, text: str, dice: Random) -> None:
    """Let the next save meet a crash, and somebody look after the server at intervals."""
    ward.server.database.armed = text
    _look_after(ward, dice.uniform(1, 60) * SECOND)


def _look_after(ward: Ward, ms: float) -> None:
    def look() -> None:
        if not ward.server.up:
            ward.promises.note("the server starts again")
            ward.server.start()
        elif ward.server.database.armed is not None:
            _look_after(ward, ms)

    ward.agenda.after(ms, look)


def storage(ward: Ward, _tablet: Tablet, text: str, dice: Random) -> None:
    """Let the database be locked or gone for a while."""
    database = ward.server.database
    database.trouble_now = text
    ward.agenda.after(dice.uniform(1, 60) * SECOND, database.heal)


def clock(_ward: Ward, tablet: Tablet, _text: str, dice: Random) -> None:
    """Put the clock of a tablet to another time."""
    tablet.set_clock(dice.uniform(-10, 10) * MINUTE)


def full(ward: Ward, tablet: Tablet, _text: str, dice: Random) -> None:
    """Fill the storage of a tablet for a while."""

    def free() -> None:
        tablet.disk.full = False

    tablet.disk.full = True
    ward.agenda.after(dice.uniform(1, 180) * SECOND, free)


def wake(_ward: Ward, tablet: Tablet, text: str, _dice: Random) -> None:
    for tab in tablet.tabs:
        tab.tell(text)


def close(ward: Ward, tablet: Tablet, text: str, dice: Random) -> None:
    """Let the clinician end a session, and sign it as it stands."""
    session = SESSIONS[ward.tablets.index(tablet) % len(SESSIONS)]
    at = iso(ward.agenda.moment())
    cancelled = {"kind": "phase", "to": "cancelled", "reason": "The patient went home."}
    taken = ward.server.chart(session, {"id": uuid4(dice), "measured_at": at, **cancelled})
    if taken and text == "close and sign":
        signature = {"kind": "signature", "meaning": "reviewed", "last_seq": len(ward.server.record(session))}
        taken = ward.server.chart(session, {"id": uuid4(dice), "measured_at": at, **signature})
        ward.met["signed"] += taken


MISHAPS: Final[dict[str, Callable[[Ward, Tablet, str, Random], None]]] = {
    "weather": weather,
    "end": end,
    "second tab": second_tab,
    "revoke": revoke,
    "crash": crash,
    "storage": storage,
    "clock": clock,
    "full": full,
    "wake": wake,
    "close": close,
}
