"""What a browser sends for a Dash callback, judged before Dash reads it: only what one of our pages would send.

Dash takes outputs, ids, properties and triggers from the request as they come. Here each has to be the one that the
callback declared; only the values are the browser's own, and these the callback itself checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_PARTS: Final = frozenset({"output", "outputs", "inputs", "state", "changedPropIds", "parsedChangedPropsIds"})
_SENT: Final = frozenset({"id", "property", "value"})


def is_callback(body: object, known: Mapping[str, Any]) -> bool:
    """Say whether a body is a callback of ours: what it changes, what it hands in, and what set it off."""
    if not isinstance(body, dict) or not set(body) <= _PARTS:
        return False
    output = body.get("output")
    declared = known.get(output) if isinstance(output, str) else None
    if declared is None or "callback" not in declared:  # the browser keeps the others to itself
        return False
    handed_in = all(_is_part(body.get(part, []), declared[part]) for part in ("inputs", "state"))
    return handed_in and body.get("outputs") == _outputs(declared["output"]) and _is_trigger(body, declared)


def _outputs(declared: Any) -> object:  # noqa: ANN401  # Dash's own: one output or a list
    if isinstance(declared, list | tuple):
        return [_outputs(one) for one in declared]
    return {"id": str(declared.component_id), "property": declared.component_property}


def _is_part(sent: object, declared: list[dict[str, Any]]) -> bool:
    """Say whether inputs or states are those declared, in their order, each with a value and nothing else."""
    if not isinstance(sent, list) or len(sent) != len(declared):
        return False
    return all(
        isinstance(one, dict)
        and set(one) <= _SENT
        and (one.get("id"), one.get("property")) == (wanted["id"], wanted["property"])
        for one, wanted in zip(sent, declared, strict=True)
    )


def _is_trigger(body: dict[str, Any], declared: Mapping[str, Any]) -> bool:
    """Say whether what set it off is among its inputs."""
    changed, inputs = body.get("changedPropIds", []), {f"{one['id']}.{one['property']}" for one in declared["inputs"]}
    if not isinstance(changed, list) or len(changed) > len(inputs):
        return False
    return all(isinstance(one, str) and one in inputs for one in changed)
