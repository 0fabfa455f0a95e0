"""What became of each rule in a session: how often it fired, was seen, was acted on, or was corrected away."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from models.alerts import Alert
from models.rules import Severity
from models.session import SessionView


@dataclass(frozen=True, slots=True)
class RuleUse:
    """One rule in one session.

    ``fired`` counts the entries that met it, those corrected since included. ``alerts`` are its critical stretches;
    of these some were ``acknowledged``, some ``acted`` on, each answered one waited ``waits_s`` seconds for the first
    of both. ``corrected`` counts entries that were critical by it until a correction took that away.
    """

    rule: str
    fired: int
    alerts: int
    acknowledged: int
    acted: int
    corrected: int
    waits_s: tuple[float, ...]


def rule_uses(view: SessionView) -> tuple[RuleUse, ...]:
    """Return what became of every rule that fired in a session, by name."""
    standing = Counter(flag.rule for judged in view.judged for flag in judged.flags)
    gone = Counter(_corrected_away(view))
    alerts: dict[str, list[Alert]] = defaultdict(list)
    for alert in view.alerts:
        alerts[alert.rule].append(alert)
    standing["OVERDUE"] = len(alerts["OVERDUE"])
    rules = sorted(rule for rule in {*standing, *gone, *alerts} if standing[rule] or gone[rule] or alerts[rule])
    return tuple(_use(rule, standing[rule], gone[rule], alerts[rule]) for rule in rules)


def _use(rule: str, standing: int, gone: int, alerts: list[Alert]) -> RuleUse:
    return RuleUse(
        rule=rule,
        fired=standing + gone,
        alerts=len(alerts),
        acknowledged=sum(alert.acknowledged is not None for alert in alerts),
        acted=sum(alert.response is not None for alert in alerts),
        corrected=gone,
        waits_s=tuple(wait for alert in alerts if (wait := waited_s(alert)) is not None),
    )


def waited_s(alert: Alert) -> float | None:
    """Return the seconds from when an alert opened to the first answer; ``None`` while there is none."""
    answers = [one.known_at for one in (alert.acknowledged, alert.response) if one is not None]
    return max(0.0, (min(answers) - alert.opened_at).total_seconds()) if answers else None


def _corrected_away(view: SessionView) -> Iterator[str]:
    """Return the rule of each critical flag that an entry had until a correction, and does not have any more."""
    standing = {(judged.entry.id, flag.rule) for judged in view.judged for flag in judged.flags}
    seen = set()
    for step in view.watch.steps:
        for flag in step.flags if step.until is not None else ():
            said = (step.entry_id, flag.rule)
            if flag.severity is Severity.CRITICAL and said not in standing and said not in seen:
                seen.add(said)
                yield flag.rule
