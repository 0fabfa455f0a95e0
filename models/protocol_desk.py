"""The use cases of protocols: read, copy, edit, check, compare, publish, sign off; each asks who does it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from models import acting
from models.errors import FieldError, NotFoundError, RefusedError, refuse
from models.fields import Fields
from models.people import Person, Right
from models.protocol_draft import Difference, differences, faults, read_draft
from models.store.protocols import Draft, ProtocolStore, Version
from models.trail import Trace, Trail

_REASON_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft with what is wrong with it, and what it changes against the version it was copied from."""

    draft: Draft
    faults: tuple[FieldError, ...]
    changes: tuple[Difference, ...]


class ProtocolDesk:
    """Protocols of a clinic: everybody clinical reads them, an admin edits and publishes, a clinician signs off."""

    def __init__(self, store: ProtocolStore, clock: Callable[[], datetime], trail: Trail) -> None:
        """Work on this store, noting in ``trail`` what is published and signed off."""
        self.store, self.now, self.trail = store, clock, trail

    def versions(self, person: Person) -> list[Version]:
        """Return every version of every protocol, newest first."""
        acting.allow(person, Right.SEE_PROTOCOLS)
        return self.store.versions(person.site)

    def version(self, person: Person, version: str) -> Version:
        """Return one version.

        Raises:
            NotFoundError: there is none of this id.
        """
        acting.allow(person, Right.SEE_PROTOCOLS)
        return self.store.version(person.site, _id(version))

    def in_force(self, person: Person) -> Version:
        """Return the version under which sessions begin now."""
        acting.allow(person, Right.SEE_PROTOCOLS)
        return self.store.version(person.site, self.store.in_force(person.site))

    def compare(self, person: Person, before: str, after: str) -> list[Difference]:
        """Return what the second version says differently from the first."""
        old, new = self.version(person, before), self.version(person, after)
        return differences(old.protocol.as_json(), new.protocol.as_json())

    def sign_off(self, person: Person, version: str, body: object) -> Version:
        """Keep that a clinician stands for the limits of a version, and as what."""
        acting.allow(person, Right.SIGN_OFF_LIMITS)
        found = self.version(person, version)
        fields = Fields(body)
        meaning = fields.text("meaning", most=_REASON_MOST, required=True)
        fields.finish()
        with self.trail.together(person, Trace.PROTOCOL, f"signed off {found.id}"):
            self.store.sign_off(person.site, found.id, person.name, meaning or "", self.now())
        return self.version(person, version)

    def drafts(self, person: Person) -> list[Checked]:
        """Return the drafts, each with its faults."""
        acting.allow(person, Right.MANAGE_PROTOCOLS)
        return [self._checked(person, draft) for draft in self.store.drafts(person.site)]

    def draft(self, person: Person, draft: str) -> Checked:
        """Return one draft with its faults.

        Raises:
            NotFoundError: there is none of this id.
        """
        acting.allow(person, Right.MANAGE_PROTOCOLS)
        return self._checked(person, self.store.draft(person.site, _id(draft)))

    def copy(self, person: Person, body: object) -> Checked:
        """Begin a draft as a copy of a version; without one named, of the version in force."""
        acting.allow(person, Right.MANAGE_PROTOCOLS)
        fields = Fields(body)
        base = fields.uuid("from")
        fields.finish()
        found = self.version(person, base or self.store.in_force(person.site))
        return self._checked(person, self.store.add_draft(person.site, found, person.name, self.now()))

    def save(self, person: Person, draft: str, body: object) -> Checked:
        """Keep what somebody edited, faults and all: only publishing is refused for them.

        Raises:
            RefusedError: not an object, or no revision.
            ConflictError: somebody else saved the draft since it was read.
        """
        acting.allow(person, Right.MANAGE_PROTOCOLS)
        fields = Fields(body)
        revision = fields.whole("revision", 1, 10**9, required=True)
        protocol = fields.take("protocol")
        fields.finish()
        if not isinstance(protocol, Mapping):
            raise refuse("protocol", "protocol: give an object with the parts of a protocol.")
        kept: dict[str, Any] = {key: value for key, value in protocol.items() if key != "version"}
        saved = self.store.save_draft(person.site, _id(draft), revision or 0, person.name, self.now(), kept)
        return self._checked(person, saved)

    def drop(self, person: Person, draft: str) -> None:
        """Throw a draft away."""
        acting.allow(person, Right.MANAGE_PROTOCOLS)
        with self.trail.together(person, Trace.PROTOCOL, f"draft thrown away {_id(draft)}"):
            self.store.drop_draft(person.site, _id(draft))

    def publish(self, person: Person, draft: str, body: object) -> Version:
        """Make a draft the next version of its name.

        Raises:
            RefusedError: no reason, nothing that differs, or a draft that contradicts itself: with every fault.
        """
        checked = self.draft(person, draft)
        fields = Fields(body)
        reason = fields.text("reason", most=_REASON_MOST, required=True)
        fields.finish()
        if checked.faults:
            raise RefusedError(checked.faults)
        if not checked.changes:
            raise refuse("protocol", "Nothing differs from the version this was copied from. Change something first.")
        protocol = read_draft(checked.draft.body, version=1)
        with self.trail.together(person, Trace.PROTOCOL, f"published from draft {checked.draft.id}"):
            made = self.store.publish(person.site, checked.draft, protocol, person.name, reason or "", self.now())
        return self.store.version(person.site, made)

    def may_manage(self, person: Person) -> None:
        """Let pass who may edit protocols."""
        acting.allow(person, Right.MANAGE_PROTOCOLS)

    def may_sign_off(self, person: Person) -> None:
        """Let pass who may sign off limits."""
        acting.allow(person, Right.SIGN_OFF_LIMITS)

    def _checked(self, person: Person, draft: Draft) -> Checked:
        base = self.store.version(person.site, draft.base_id).protocol.as_json()
        return Checked(draft, tuple(faults(draft.body)), tuple(differences(base, draft.body)))


def _id(text: str) -> str:
    """Return an id in its one spelling; what is none cannot be found."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise NotFoundError("There is no such protocol.") from error
