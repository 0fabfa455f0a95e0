"""Twelve chairs in ten states, charted through the API: what a board has to tell apart at three metres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.served import ALL_NO, Client, Json, Served, values

CHAIRS: Final = tuple(str(number) for number in range(1, 13))
FREE: Final = "8"

Told = Callable[[Client, str], object]


def _charted(nurse: Client, session: str, minutes_ago: float, found: Json, **more: object) -> None:
    """Chart a set, whatever in it is unusual confirmed."""
    nurse.good(nurse.chart(session, "reading", minutes_ago, values=found, confirmed=[*found], **more))


def _in_range(nurse: Client, session: str) -> None:
    _charted(nurse, session, 2, values(126, 78, 109, 5, 0))


def _caution(nurse: Client, session: str) -> None:
    _charted(nurse, session, 1, values(142, 78, 75, 4, 6))


def _critical(nurse: Client, session: str) -> None:
    _charted(nurse, session, 1, values(184, 104, 104, 5, 2))


def _answered(nurse: Client, session: str) -> None:
    _critical(nurse, session)
    for alert in nurse.session(session)["alerts"]:
        nurse.good(nurse.chart(session, "acknowledgement", alert_id=alert["id"], action="rate_reduced"))


def _paused(nurse: Client, session: str) -> None:
    _in_range(nurse, session)
    nurse.good(nurse.chart(session, "infusion", 1, action="pause", reason="washroom"))


def _late(nurse: Client, session: str) -> None:
    """Nothing since the start."""


def _due(nurse: Client, session: str) -> None:
    _charted(nurse, session, 11, values(138, 86, 62, 5, 0))


def _recovery(nurse: Client, session: str) -> None:
    nurse.good(nurse.chart(session, "infusion", 5, action="stop"))
    _charted(nurse, session, 3, values(117, 75, 78))


def _slow(nurse: Client, session: str) -> None:
    _charted(nurse, session, 1, values(114, 69, 49, 2, 0))


def _distressed(nurse: Client, session: str) -> None:
    _charted(nurse, session, 3, values(149, 91, 109, 10, 9), distress=True)


def _symptomatic(nurse: Client, session: str) -> None:
    _charted(nurse, session, 2, values(166, 98, 100, 3, 1), symptoms=["chest_pain", "vision"])


STATES: Final[dict[str, Told]] = {
    "1": _in_range,
    "2": _caution,
    "3": _critical,
    "4": _answered,
    "5": _paused,
    "6": _late,
    "9": _slow,
    "10": _recovery,
    "11": _distressed,
    "12": _symptomatic,
}
"""By chair; besides, one waits before the start, and one is free."""
BEFORE: Final = "7"


def tell(served: Served) -> None:
    """Bring every chair to its state."""
    nurse = served.sign_in("m.silva")
    for chair in CHAIRS:
        if chair != FREE:
            session = _seated(nurse, chair)
            if chair in STATES:
                nurse.good(nurse.chart(session, "infusion", 24, action="start", rate_mg_h=49.4))
                STATES[chair](nurse, session)


def _seated(nurse: Client, chair: str) -> str:
    session = nurse.seat(chair, minutes_ago=34)
    nurse.good(nurse.chart(session, "screening", 33, answers=ALL_NO))
    _charted(nurse, session, 28, values(124, 78))
    return session
