"""What the walk over a record notes down for the alerts: one step an entry, answers, acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.alerts import Acknowledged, Answer, Step, Watch
from models.corrections import Effective
from models.entries import Acknowledgement, AdverseEvent, Medication
from models.infusion import Action
from models.punctuality import Lapse
from models.rules import MEASURED_BY, Flag, Severity
from models.taken_back import TakenBack


@dataclass(slots=True)
class AlertLog:
    """Grows with the walk, in the order of the moments; put together only where something was ever critical."""

    noted: list[tuple[Effective, Mapping[str, float], tuple[Flag, ...], Iterable[str]] | Step] = field(
        default_factory=list
    )
    critical: bool = False
    answers: list[Answer] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)

    def charted(
        self, one: Effective, values: Mapping[str, float], flags: tuple[Flag, ...], gone: Iterable[str] = ()
    ) -> None:
        """Note what an entry says; ``values`` with the mean pressure, ``gone`` the causes that it takes away."""
        self.noted.append((one, values, flags, gone))
        if flags and not self.critical:
            self.critical = any(flag.severity is Severity.CRITICAL for flag in flags)

    def taken_back(
        self, gone: TakenBack, values: Mapping[str, float], flags: tuple[Flag, ...], causes: Iterable[str]
    ) -> None:
        """Note what a version said that a correction took away."""
        ends = ends_of(values, flags, causes)
        step = Step(gone.entry.id, gone.at, gone.known_at, flags, values, ends, until=gone.until, struck=gone.struck)
        self.noted.append(step)
        self.critical = True

    def pump(self, one: Effective, action: Action) -> None:
        """Note an action of the pump that is an answer to an alert: a pause, a stop, a lower rate."""
        did = action.content.action
        lower = did in {"rate", "resume"} and action.disputed is None and action.rate_after < action.rate_before
        if did in {"pause", "stop"} or lower:
            self._answer(one, {"pause": "paused", "stop": "stopped"}.get(did, f"rate {action.rate_after:g} mg/h"))

    def medication(self, one: Effective, content: Medication) -> None:
        """Note a medicine: it answers an alert."""
        self._answer(one, f"{content.name} {content.dose:g} {content.unit}")

    def event(self, one: Effective, content: AdverseEvent) -> None:
        """Note an adverse event: it answers an alert, other than the one it opens itself."""
        self._answer(one, content.term)

    def acknowledge(self, one: Effective, content: Acknowledgement) -> None:
        """Note that somebody saw an alert."""
        seen = Acknowledged(content.alert_id, one.at, one.known_at, one.entry.author, content.action, content.comment)
        self.acknowledged.append(seen)

    def watch(self, lapses: Iterable[Lapse]) -> Watch:
        """Return what was noted, with the checks that lapsed."""
        steps = tuple(one if isinstance(one, Step) else step_of(*one) for one in self.noted if self.critical)
        return Watch(steps, tuple(self.answers), tuple(self.acknowledged), tuple(lapses))

    def _answer(self, one: Effective, text: str) -> None:
        self.answers.append(Answer(one.entry.id, one.at, one.known_at, one.entry.author, text))


def step_of(one: Effective, values: Mapping[str, float], flags: tuple[Flag, ...], gone: Iterable[str]) -> Step:
    """Return what an entry says about alerts."""
    return Step(one.entry.id, one.at, one.known_at, flags, values, ends_of(values, flags, gone))


def ends_of(values: Mapping[str, float], flags: Iterable[Flag], gone: Iterable[str]) -> frozenset[str]:
    """Return what an entry ends: vitals whose value is not critical, causes it denies, rules it makes milder.

    A missing value ends nothing: a rule is milder only where the value that made it critical was measured again.
    """
    ends = set(values)
    for flag in flags:
        if flag.severity is Severity.CRITICAL and not flag.causes:
            ends.discard(flag.vital)
        elif flag.causes and flag.severity is not Severity.CRITICAL and MEASURED_BY.get(flag.rule) in values:
            ends |= {f"{flag.rule}~{cause}" for cause in flag.causes}
    ends |= {f"~{cause}" for cause in gone}
    return frozenset(ends)
