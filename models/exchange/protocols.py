"""JSON of protocols: a version with what was said of it, a draft with its faults, what differs."""

from __future__ import annotations

from typing import Any

from models.moments import iso
from models.protocol_desk import Checked
from models.protocol_draft import Difference
from models.store.protocols import PUBLISHED, SIGNED_OFF, Mark, Version

Json = dict[str, Any]


def version_json(version: Version, *, whole: bool = False) -> Json:
    """Return a version: who published it why, who signed it off, and with ``whole`` everything it says."""
    published = next((mark for mark in version.marks if mark.kind == PUBLISHED), None)
    answer: Json = {
        "id": version.id,
        "name": version.protocol.name,
        "version": version.protocol.version,
        "in_force": version.in_force,
        "created_at": iso(version.created_at),
        "published": None if published is None else _mark(published),
        "signed_off": [_mark(mark) for mark in version.marks if mark.kind == SIGNED_OFF],
    }
    return answer | {"protocol": version.protocol.as_json()} if whole else answer


def _mark(mark: Mark) -> Json:
    return {"by": mark.author, "at": iso(mark.made_at), "reason": mark.reason}


def draft_json(checked: Checked) -> Json:
    """Return a draft with the sentence of every fault and the fields it changes."""
    draft = checked.draft
    return {
        "id": draft.id,
        "from": draft.base_id,
        "revision": draft.revision,
        "author": draft.author,
        "changed_at": iso(draft.changed_at),
        "protocol": draft.body,
        "faults": [{"field": fault.field, "message": fault.message} for fault in checked.faults],
        "changes": [difference_json(one) for one in checked.changes],
    }


def difference_json(one: Difference) -> Json:
    """Return one field that differs."""
    return {"field": one.path, "before": one.before, "after": one.after}
