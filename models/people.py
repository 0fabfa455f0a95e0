"""Who may do what: roles, people, and what each role may write, read and open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.errors import NotAllowedError


class Role(StrEnum):
    """What a person is in the clinic; a device posts readings and nothing else."""

    NURSE = "nurse"
    CLINICIAN = "clinician"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    WALL = "wall"
    DEVICE = "device"
    SERVER = "server"
    """The server itself: its scheduler, its live push and its commands; no account has this role."""


class Right(StrEnum):
    """One thing somebody may do, asked alike by the API, the pages and the live push."""

    SEE_BOARD = "see the board"
    SEE_RECORDS = "read patients' records"
    SEAT = "seat a patient"
    CHART = "chart at a chair"
    SEE_CHAIRS = "see the list of chairs"
    MANAGE_CHAIRS = "manage chairs"
    MARK_CHAIRS = "say what a chair is kept for"
    TAKE_OUT_OF_USE = "take a chair out of use or put it back"
    SEE_REVIEW = "open the review"
    OVERRIDE = "override a check"
    CORRECT_OTHERS = "correct what somebody else wrote"
    SEE_PROTOCOLS = "read the protocols"
    MANAGE_PROTOCOLS = "edit and publish protocols"
    SIGN_OFF_LIMITS = "sign off the limits of a protocol"
    MANAGE_PEOPLE = "manage people"
    OWN_ACCOUNT = "change the own account"
    SECOND_FACTOR = "use a second factor"
    BREAK_GLASS = "open a record of another site in an emergency"
    SEE_TRAIL = "read the trail"
    SERVE = "act for the server itself"


RIGHTS: dict[Right, frozenset[Role]] = {
    Right.SEE_BOARD: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.WALL}),
    Right.SEE_RECORDS: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER}),
    Right.SEAT: frozenset({Role.NURSE, Role.CLINICIAN}),
    Right.CHART: frozenset({Role.NURSE, Role.CLINICIAN}),
    Right.SEE_CHAIRS: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.ADMIN, Role.WALL}),
    Right.MANAGE_CHAIRS: frozenset({Role.ADMIN}),
    Right.MARK_CHAIRS: frozenset({Role.NURSE, Role.CLINICIAN, Role.ADMIN}),
    Right.TAKE_OUT_OF_USE: frozenset({Role.CLINICIAN, Role.ADMIN}),
    Right.SEE_REVIEW: frozenset({Role.CLINICIAN, Role.REVIEWER}),
    Right.OVERRIDE: frozenset({Role.CLINICIAN}),
    Right.CORRECT_OTHERS: frozenset({Role.CLINICIAN}),
    Right.SEE_PROTOCOLS: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.ADMIN}),
    Right.MANAGE_PROTOCOLS: frozenset({Role.ADMIN}),
    Right.SIGN_OFF_LIMITS: frozenset({Role.CLINICIAN}),
    Right.OWN_ACCOUNT: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.ADMIN}),
    Right.MANAGE_PEOPLE: frozenset({Role.ADMIN}),
    Right.SECOND_FACTOR: frozenset({Role.CLINICIAN, Role.ADMIN}),
    Right.BREAK_GLASS: frozenset({Role.CLINICIAN}),
    Right.SEE_TRAIL: frozenset({Role.REVIEWER, Role.ADMIN}),
    Right.SERVE: frozenset({Role.SERVER}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody (or some device) who is known to the server; ``name`` is the account name."""

    id: str
    name: str
    role: Role
    site: str

    def may(self, right: Right) -> bool:
        """Say whether the role of this person includes ``right``."""
        return self.role in RIGHTS[right]

    def require(self, right: Right) -> None:
        """Let pass only who has ``right``.

        Raises:
            NotAllowedError: naming the role and what it lacks.
        """
        if not self.may(right):
            raise NotAllowedError(f"The role {self.role} may not {right}.")
