"""What the screens say: states, arrows, ages and changes, worded once for board, chair and record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from models.moments import age_text, clock, minutes_between
from models.rules import SCHEDULE, Flag, Severity, Stage
from models.session import Judged, SessionView
from models.vitals import BY_KEY

AGE: Final = "{age}"
"""In a sentence that ticks in the browser: "now" or "2 min ago"."""
MINUTES: Final = "{min}"
"""In a sentence that ticks in the browser: "16 min"."""
TO_GO: Final = "{to go}"
"""In a sentence that ticks in the browser: "16 min" to the moment, then "0 min"."""

SILENT: Final = "—"
IN_RANGE: Final = "In range"
NO_READING: Final = "No reading yet"
NO_BASELINE: Final = "no baseline"
NOTHING_DUE: Final = "no check due"
STOP_NOT_CHARTED: Final = "Stop not charted"
RECHECK: Final = "recheck"
LAST_KNOWN: Final = "last known"
DISTRESSED: Final = "distressed"
WITH_SYMPTOM: Final = "symptom"
FREE: Final = "Free"
BOARD: Final = "Board"
DISCLAIMER: Final = (
    "Values are charted by people. This is not a monitor and not an alarm: never rely on it alone to notice a change."
)
CONNECTION: Final = "Connection"
NOT_LIVE: Final = "Not live"
NOT_CONNECTED: Final = "Not connected"
NOTHING_HEARD: Final = "Nothing heard since"
SIGNED_OUT: Final = "Signed out: sign in"
CROWDED: Final = "Too many live pages are open: close some of them. Charting goes on."
NO_CHAIRS: Final = "No chairs yet. An admin adds one with: chairside chair add NAME"
LOOK: Final = "These numbers are old: look at each chair."
GO_ON_CHARTING: Final = "You can go on charting."
ROOM_ORDER: Final = "Room order"
WORST_FIRST: Final = "Worst first"
SOUND_ON: Final = "Sound on"
SOUND_OFF: Final = "Sound is off: tap to switch on"
NOBODY: Final = "Nobody"
NOBODY_YET: Final = "Nobody yet:"
TAKE: Final = "Acknowledge"
COMMENT: Final = "or a comment"
SAVE_COMMENT: Final = "Save comment"
CLOSE_SHEET: Final = "Not now"
COLOUR_STAYS: Final = "Say what is being done. The colour stays until the value changes."
CHECKS_DUE: Final = "Checks due"
NEXT_HALF_HOUR: Final = "Checks of the next 30 minutes"
NO_CHECKS: Final = "No check in the next 30 minutes"
STRIP_STALE: Final = "Checks due: not known while nothing is heard."
NEXT_ONLY: Final = "only the next check of each chair"
CLOSE_TOGETHER: Final = "close together"
NOW: Final = "now"
HOLD_REASON: Final = 20
"""Longer reasons of a hold are cut on the tag."""
SHORT_NAME: Final = 5
"""Up to this length the name of a chair is said with the word before it: "Chair 5"."""
MARK_NAME: Final = 6
"""So many letters of a chair's name fit a mark on the strip."""

STATES: Final = {Severity.NORMAL: IN_RANGE, Severity.CAUTION: "Caution", Severity.CRITICAL: "Critical"}
STAGES: Final = {
    Stage.BEFORE: "Before start",
    Stage.INFUSION: "Infusion",
    Stage.PAUSED: "Paused",
    Stage.RECOVERY: "Recovery",
    Stage.CLOSED: "Closed",
}
_HIGH: Final = {Severity.NORMAL: "", Severity.CAUTION: "high", Severity.CRITICAL: "very high"}
_LOW: Final = {Severity.NORMAL: "", Severity.CAUTION: "low", Severity.CRITICAL: "very low"}


def is_low(flag: Flag) -> bool:
    """Say whether a flag is about a value that is too low."""
    return flag.rule.endswith("_LOW")


def arrows(severity: Severity, *, low: bool = False) -> str:
    """Return the triangles of a severity: one for caution, two for critical, none in range."""
    return ("▼" if low else "▲") * int(severity)


def badge_text(severity: Severity, *, low: bool = False) -> str:
    """Return triangles and word, like ``▲▲ Critical``; nothing in range."""
    return f"{arrows(severity, low=low)} {STATES[severity]}" if severity else ""


def was_text(said: str) -> str:
    """Return a state as it is said of the past: ``In range`` becomes ``Was in range``."""
    return f"Was {said[:1].lower()}{said[1:]}"


def value_text(value: float | None) -> str:
    """Return the number to show; silence is a dash, never 0."""
    return SILENT if value is None else f"{value:g}"


def value_word(vital: str, value: float | None, severity: Severity, *, low: bool = False) -> str:
    """Return the word beside a value: of its scale for a score, else how it lies to its limits."""
    if value is None:
        return ""
    return BY_KEY[vital].word(value) or (_LOW if low else _HIGH)[severity]


def change_text(value: float | None, baseline: float | None, *, percent: bool = False) -> str:
    """Return the change from the patient's own baseline, like ``+62 (+51 %)``; empty where one is unknown."""
    if value is None or baseline is None:
        return ""
    change = value - baseline
    if not percent or not baseline:
        return _signed(change)
    return f"{_signed(change)} ({_signed(change * 100 / baseline)} %)"


def _signed(change: float) -> str:
    """Return a whole number with its sign, halves away from 0; no change has no sign."""
    whole = int(Decimal(str(change)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return f"{'−' if whole < 0 else '+' if whole > 0 else ''}{abs(whole)}"


def minutes_text(since: datetime, now: datetime) -> str:
    """Return whole minutes since a moment, like ``16 min``; never negative."""
    return f"{max(0, int(minutes_between(since, now)))} min"


def said_at(sentence: str, since: datetime | None, now: datetime) -> str:
    """Return a ticking sentence as the browser writes it at ``now``."""
    if since is None:
        return sentence
    return sentence.replace(AGE, age_text(since, now)).replace(MINUTES, minutes_text(since, now))


def at_its_longest(sentence: str) -> str:
    """Return a ticking sentence as it is written an hour later, to see whether it fits."""
    return sentence.replace(AGE, "59 min ago").replace(MINUTES, "59 min").replace(TO_GO, "59 min")


def last_full_set(view: SessionView) -> datetime:
    """Return since when no full set was charted: the last one, else the start, else the arrival."""
    last = view.last_set
    return last.at if last else view.started_at or view.arrived_at


def why_flag(flag: Flag, view: SessionView) -> tuple[str, datetime]:
    """Return the ticking sentence of a flag and the moment it counts from."""
    if flag.vital == SCHEDULE and view.due.at is not None:
        return f"No full set for {MINUTES}, due {clock(view.due.at, view.zone)}", last_full_set(view)
    return f"{flag.sentence}, {AGE}", flag.measured_at


def why_flag_was(flag: Flag, view: SessionView, zone: tzinfo) -> str:
    """Return the sentence of a flag on a screen that is not live: a clock time in place of the age."""
    if flag.vital == SCHEDULE:
        return f"No full set since {clock(last_full_set(view), zone)}"
    return f"{flag.sentence}, at {clock(flag.measured_at, zone)}"


def more_text(flags: Sequence[Flag]) -> str:
    """Return what the first flag leaves unsaid, like ``▲ 3 more``: one for each other thing that is flagged."""
    if not flags:
        return ""
    others: dict[str, Flag] = {}
    for flag in flags[1:]:
        if _about(flag) != _about(flags[0]):
            others.setdefault(_about(flag), flag)
    if not others:
        return ""
    worst = max(flag.severity for flag in others.values())
    return f"{arrows(worst)} {len(others)} more"


def _about(flag: Flag) -> str:
    return flag.vital if flag.vital in BY_KEY and not flag.causes else flag.rule


def part_set_text(reading: Judged | None) -> str:
    """Return what keeps a reading from being a full set, like ``Part set: nausea not done, asleep``."""
    if reading is None or reading.reading is None or reading.complete:
        return ""
    content = reading.reading
    if not content.values.keys() & {"sbp", "hr", "dissociation", "nausea"}:
        return ""
    undone = content.not_done or {}
    said = [f"{_name(vital)} not done, {undone[vital]}" for vital in reading.missing if vital in undone]
    empty = [_name(vital) for vital in reading.missing if vital not in undone]
    return f"Part set: {'; '.join([*said, *([f'{listed(empty)} empty'] if empty else [])])}"


def _name(vital: str) -> str:
    short = BY_KEY[vital].short
    return short if short.isupper() else short.lower()


def listed(names: Iterable[str]) -> str:
    """Return names in a row, separated by commas."""
    return ", ".join(names)


def free_text(since: datetime | None, zone: tzinfo) -> str:
    """Return how long a chair has been free, as a clock time."""
    return FREE if since is None else f"Free since {clock(since, zone)}"


def hold_text(view: SessionView, zone: tzinfo) -> str:
    """Return when a check that waits stays due, beside the tag that says why and since when."""
    if view.hold is None:
        return ""
    if view.due.at is None:
        return f"{capital(view.hold.reason)} {clock(view.hold.since, zone)}"
    whole = f"{capital(view.hold.reason)}. " if len(view.hold.reason) > HOLD_REASON else ""
    return f"{whole}Check still due {clock(view.due.at, zone)}"


def hold_reason(view: SessionView) -> str:
    """Return why a check waits as it fits a tag: a long reason is cut, the sentence below has it whole."""
    reason = capital(view.hold.reason) if view.hold else ""
    return reason if len(reason) <= HOLD_REASON else f"{reason[: HOLD_REASON - 1]}…"


def capital(said: str) -> str:
    """Return a sentence with a capital first."""
    return f"{said[:1].upper()}{said[1:]}"


def paused_text(view: SessionView, zone: tzinfo) -> str:
    """Return since when and why an infusion is paused, and when its check stays due."""
    since = view.pump.paused_since()
    if since is None:
        return ""
    reason = next((a.content.reason for a in reversed(view.pump.actions) if a.content.action == "pause"), None)
    said = f"Paused {clock(since, zone)}{f', {reason}' if reason else ''}."
    return f"{said} Check due {clock(view.due.at, zone)}" if view.due.at else said
