"""Every component id, declared once: a quoted id anywhere else is a bug."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Family:
    """The ids of a component that is drawn several times, one for each chair, event or row."""

    prefix: str

    def of(self, key: str) -> str:
        """Return the id of one member; ``key`` is a chair's or row's id or name, spaces become underscores."""
        return f"{self.prefix}--{key.replace(' ', '_')}"


class Shell(StrEnum):
    """What every page has."""

    LOCATION = "shell-location"
    PAGE = "shell-page"
    THEME = "shell-theme"
    SIGN_OUT = "shell-sign-out"
    SWITCH = "shell-switch"
    STALE_PLACE = "shell-stale-place"
    SITES = "shell-sites"
    EMERGENCY = "shell-emergency"


class Board(StrEnum):
    """The board."""

    ROWS = "board-rows"
    STRIP_LATE = "board-strip-late"
    STRIP_MARKS = "board-strip-marks"
    ORDER = "board-order"
    SOUND = "board-sound"


CARD = Family("card")
CARD_WHO = Family("card-who")
CARD_NURSE = Family("card-nurse")
CARD_ELAPSED = Family("card-elapsed")
CARD_LEFT = Family("card-left")
CARD_BADGE = Family("card-badge")
CARD_RESPONDER = Family("card-responder")
CARD_TAG = Family("card-tag")
CARD_NOTE = Family("card-note")
CARD_WHY = Family("card-why")
CARD_CELL = Family("card-cell")
CARD_NUMBER = Family("card-number")
CARD_MARK = Family("card-mark")
CARD_WORD = Family("card-word")
CARD_CHANGE = Family("card-change")
CARD_TREND = Family("card-trend")
CARD_DUE_NUMBER = Family("card-due-number")
CARD_DUE_UNIT = Family("card-due-unit")
CARD_DUE_NOTE = Family("card-due-note")
PILL = Family("pill")
PILL_WHY = Family("pill-why")
PILL_WAIT = Family("pill-wait")
PILL_CALLED = Family("pill-called")
PILL_TAKE = Family("pill-take")


class ChairPage(StrEnum):
    """The page of one chair."""

    ROOT = "chair-root"
    ELAPSED = "chair-elapsed"
    WHY = "chair-why"
    BADGE = "chair-badge"
    WHY_WORDS = "chair-why-words"
    WHY_CHANGE = "chair-why-change"
    WHY_MORE = "chair-why-more"
    WHY_MORE_WORDS = "chair-why-more-words"
    WHY_LIST = "chair-why-list"
    DUE_COUNTDOWN = "chair-due-countdown"
    DUE_AT = "chair-due-at"
    PANEL = "chair-panel"
    RATE = "chair-rate"
    DOSE = "chair-dose"
    PUMP_NOTE = "chair-pump-note"
    START_BOX = "chair-start-box"
    CHANGE_RATE = "chair-change-rate"
    PAUSE = "chair-pause"
    RESUME = "chair-resume"
    STOP = "chair-stop"
    CLOSE = "chair-close"
    SCREEN = "chair-screen"
    READING = "chair-reading"
    SYMPTOMS = "chair-symptoms"
    OPEN_EVENTS = "chair-open-events"
    LAST_SET = "chair-last-set"
    EFFECTS = "chair-effects"
    ALERT = "chair-alert"
    ALERT_WHO = "chair-alert-who"
    ALERT_WORDS = "chair-alert-words"
    ALERT_DO = "chair-alert-do"
    ALERT_TAKE = "chair-alert-take"
    LAST_TIME = "chair-last-time"
    ROOM_WORDS = "chair-room-words"
    ROOM_NURSE = "chair-room-nurse"
    ROOM_MEANS = "chair-room-means"
    SEAT_LINE = "chair-seat-line"
    EMERGENCY_CALLED = "chair-emergency-called"
    HOLD = "chair-hold"
    HOLD_WORDS = "chair-hold-words"
    HOME = "chair-home"
    HOME_STATE = "chair-home-state"
    HOME_LEFT = "chair-home-left"
    HOME_UNMET = "chair-home-unmet"
    HOME_MET = "chair-home-met"
    HOME_MET_WORDS = "chair-home-met-words"
    MOVE_NOTE = "chair-move-note"
    HANDOVER_DRAFT = "chair-handover-draft"
    LIMITS_NOW = "chair-limits-now"
    TERMS = "chair-terms"


FORM_INPUT = Family("input")
CHAIR_TAB = Family("chair-tab")
CHAIR_TAB_WORDS = Family("chair-tab-words")
MOVE_TO = Family("move-to")
READING_FIELD = Family("reading-field")
READING_WAS = Family("reading-was")
READING_BRACKETS = Family("reading-brackets")
READING_ROW = Family("reading-row")
READING_ROW_WORDS = Family("reading-row-words")
EVENT_ROW = Family("open-event")
EVENT_ROW_WORDS = Family("open-event-words")


PANEL_LEGEND = Family("panel-legend")
PANEL_BOX = Family("panel-box")
PANEL_TABLE = Family("panel-table")


class Review(StrEnum):
    """The review."""

    FROM = "review-from"
    UNTIL = "review-to"
    TERM = "review-term"
    TERMS = "review-terms"
    GRADE = "review-grade"
    CHAIR = "review-chair"
    NURSE = "review-nurse"
    SERIOUS = "review-serious"
    PROTOCOL = "review-protocol"
    RULE = "review-rule"
    LOOK = "review-look"
    SAID = "review-said"
    COUNTS = "review-counts"
    CHART = "review-chart"
    DRAWN = "review-drawn"
    EVENTS = "review-events"
    SESSIONS = "review-sessions"
    RATES = "review-rates"


class SessionPage(StrEnum):
    """The record of one session."""

    PANEL = "record-panel"
    PLAYBACK = "record-playback"


class PatientPage(StrEnum):
    """One patient over many infusions."""

    PANEL = "patient-panel"


class PaperPage(StrEnum):
    """Forms for charting on paper."""

    START = "paper-start"
    MINUTES = "paper-minutes"
    SHEETS = "paper-sheets"


class BackEntry(StrEnum):
    """Typing in what was charted on paper."""

    PAGE = "back-entry-page"


POST_FIELD = Family("post-field")


class SettingsPage(StrEnum):
    """The settings."""

    CHAIRS = "settings-chairs"
    CHAIR_NAME = "settings-chair-name"
    CHAIR_ADD = "settings-chair-add"
    SAID = "settings-said"


class TrailPage(StrEnum):
    """The trail of who did and saw what."""

    PERSON = "trail-person"
    KIND = "trail-kind"
    SESSION = "trail-session"
    PATIENT = "trail-patient"
    FROM = "trail-from"
    UNTIL = "trail-to"
    SAID = "trail-said"
    LINES = "trail-lines"
    OLDER = "trail-older"
    NEXT = "trail-next"


class EmergencyPage(StrEnum):
    """Emergency access to another site."""

    SITE = "emergency-site"
    CHAIR = "emergency-chair"
    SESSION = "emergency-session"
    REASON = "emergency-reason"
    OPEN = "emergency-open"
    SAID = "emergency-said"
