"""A desk at which people sign in, on any database, without the price of real hashes."""

from __future__ import annotations

from dataclasses import dataclass

from argon2.exceptions import VerificationError

from models.one_time_code import SECONDS, code_of
from models.own_account import AccountDesk
from models.people import Person, Role
from models.sealed import unseal
from models.signing_in import SignedIn, SignIn
from models.store.pins import PinStore
from models.switching import Switching
from tests.kept import KEY, Kept

RIGHT, WRONG = "four words that do not belong", "five words that do not belong"
HOME = "192.0.2.1"
STAFF = (
    ("m.silva", Role.NURSE),
    ("r.okafor", Role.NURSE),
    ("a.lindqvist", Role.CLINICIAN),
    ("v.marsh", Role.REVIEWER),
    ("admin", Role.ADMIN),
    ("wall", Role.WALL),
)


class FakeHasher:
    """Counts verifications, so that a test need not wait for a real hash."""

    def __init__(self) -> None:
        self.calls = 0

    def hash(self, password: str) -> str:
        return f"digest of {password}"

    def verify(self, kept: str, password: str) -> bool:
        self.calls += 1
        if kept != f"digest of {password}":
            raise VerificationError
        return True


@dataclass
class StaffDesk:
    """The use cases around one sign-in, and everybody who works there."""

    kept: Kept
    hasher: FakeHasher

    def __post_init__(self) -> None:
        self.signing = SignIn(self.kept.people, key=KEY, clock=self.kept.clock)
        self.switching = Switching(
            self.signing, PinStore(self.kept.database), self.kept.clinic.zone, self.kept.clinic.trail
        )
        self.account = AccountDesk(self.signing, self.kept.clinic.trail)
        self.people = self.kept.clinic.people
        for name, role in STAFF:
            self.kept.people.add_account(self.kept.site, name, role, self.hasher.hash(RIGHT), self.kept.clock())

    def who(self, name: str) -> Person:
        """Return the person of an account."""
        found = self.kept.people.account(name)
        assert found is not None
        return found.person

    def enter(
        self, name: str = "m.silva", password: str = RIGHT, device: str | None = None, code: object = None
    ) -> SignedIn:
        """Sign in with the password."""
        return self.signing.sign_in(name, password, HOME, device, code)

    def code(self, name: str, steps: int = 0) -> str:
        """Return what the authenticator of somebody shows, some steps from now."""
        account = self.kept.people.account(name)
        assert account is not None
        sealed = account.sealed or self.signing.second_factor.store.offered(account.person.id)
        assert sealed is not None
        secret = unseal(KEY, sealed, account.person.id)
        return code_of(secret, int(self.kept.clock().timestamp()) // SECONDS + steps)

    def enrol(self, name: str = "a.lindqvist") -> tuple[str, ...]:
        """Put a second factor in force for somebody and return the recovery codes."""
        self.account.offer(self.who(name), {"password": RIGHT})
        codes = self.account.confirm(self.who(name), {"code": self.code(name)})
        self.kept.clock.pass_minutes(1)
        return codes
