"""The tables. Entries are written once; ``session_index`` is a projection that can be dropped and rebuilt."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; naive ones are refused at the door."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "A moment without a time zone cannot be stored."
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:  # noqa: ANN401  # set by the base class
        """Give the moment back as aware UTC."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = Annotated[str, mapped_column(String(36), primary_key=True)]
Site = Annotated[str, mapped_column(String(36), ForeignKey("sites.id"), nullable=False)]
Moment = Annotated[datetime, mapped_column(UtcDateTime, nullable=False)]
MaybeMoment = Annotated[datetime | None, mapped_column(UtcDateTime, nullable=True)]
Name = Annotated[str, mapped_column(String(200), nullable=False)]
Digest = Annotated[str, mapped_column(String(64), nullable=False)]


class Base(DeclarativeBase):
    """All tables, with named constraints so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SiteRow(Base):
    """A clinic."""

    __tablename__ = "sites"
    id: Mapped[Key]
    name: Mapped[Name]
    added_at: Mapped[MaybeMoment]


class ChairRow(Base):
    """A recliner."""

    __tablename__ = "chairs"
    __table_args__ = (UniqueConstraint("site_id", "name"),)
    id: Mapped[Key]
    site_id: Mapped[Site]
    name: Mapped[Name]
    created_at: Mapped[Moment]


class ChairMarkRow(Base):
    """One line of what was said of a chair, numbered within its kind; never changed once written."""

    __tablename__ = "chair_marks"
    __table_args__ = (UniqueConstraint("chair_id", "kind", "number"),)
    id: Mapped[Key]
    site_id: Mapped[Site]
    chair_id: Mapped[str] = mapped_column(String(36), ForeignKey("chairs.id"))
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[int] = mapped_column(Integer)
    value: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Moment]
    note: Mapped[str | None] = mapped_column(String(80))


class PatientRow(Base):
    """A patient's identity."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("site_id", "mrn"),)
    id: Mapped[Key]
    site_id: Mapped[Site]
    mrn: Mapped[str] = mapped_column(String(64))
    family: Mapped[Name]
    given: Mapped[Name]
    birth_date: Mapped[date] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(16))
    indication: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[Moment]


class AccountRow(Base):
    """Somebody who may sign in."""

    __tablename__ = "accounts"
    id: Mapped[Key]
    site_id: Mapped[Site]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]
    disabled_at: Mapped[MaybeMoment]


class WebSessionRow(Base):
    """A browser that is signed in, known by the digest of its cookie."""

    __tablename__ = "web_sessions"
    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    csrf_token: Mapped[Digest]
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]
    site_id: Mapped[str | None] = mapped_column(String(36))


class KnownDeviceRow(Base):
    """A browser that somebody signed in on before: it has a budget of wrong passwords of its own."""

    __tablename__ = "known_devices"
    device_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    created_at: Mapped[Moment]
    password_at: Mapped[MaybeMoment]


class SecondFactorRow(Base):
    """The second factor of an account: its secret sealed, and the last step whose code was taken."""

    __tablename__ = "second_factors"
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[Moment]
    confirmed_at: Mapped[MaybeMoment]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """A code that stands in for a second factor once; kept as a digest."""

    __tablename__ = "recovery_codes"
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[MaybeMoment]


class DevicePinRow(Base):
    """The PIN of one person on one tablet, for the rest of a working day."""

    __tablename__ = "device_pins"
    device_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[Moment]
    wrong: Mapped[int] = mapped_column(Integer)


class SignInTryRow(Base):
    """One check of a password that was not right, charged to an account, an address or a device by its digest."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (
        Index("ix_sign_in_tries_charged_to", "charged_to", "tried_at"),
        Index("ix_sign_in_tries_tried_at", "tried_at"),
    )
    id: Mapped[Key]
    charged_to: Mapped[str] = mapped_column(String(64), primary_key=True)
    tried_at: Mapped[Moment]


class WallPrivacyRow(Base):
    """How patients' names show on the wall of a site."""

    __tablename__ = "wall_privacy"
    site_id: Mapped[str] = mapped_column(String(36), ForeignKey("sites.id"), primary_key=True)
    names: Mapped[str] = mapped_column(String(16))


class DeviceTokenRow(Base):
    """A device gateway that may post readings."""

    __tablename__ = "device_tokens"
    id: Mapped[Key]
    site_id: Mapped[Site]
    name: Mapped[Name]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Moment]
    disabled_at: Mapped[MaybeMoment]


class ProtocolRow(Base):
    """One version of the limits and intervals; never changed once written."""

    __tablename__ = "protocols"
    __table_args__ = (UniqueConstraint("site_id", "name", "version"),)
    id: Mapped[Key]
    site_id: Mapped[Site]
    name: Mapped[Name]
    version: Mapped[int] = mapped_column(Integer)
    fingerprint: Mapped[Digest]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]


class ProtocolDraftRow(Base):
    """A protocol that somebody edits; ``revision`` counts the saves, so that nobody overwrites another's unseen."""

    __tablename__ = "protocol_drafts"
    id: Mapped[Key]
    site_id: Mapped[Site]
    base_id: Mapped[str] = mapped_column(String(36), ForeignKey("protocols.id"))
    revision: Mapped[int] = mapped_column(Integer)
    author: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[Moment]
    body: Mapped[str] = mapped_column(Text)


class ProtocolMarkRow(Base):
    """Who published or signed off a version, when and why; never changed once written."""

    __tablename__ = "protocol_marks"
    __table_args__ = (Index("ix_protocol_marks_protocol", "protocol_id", "made_at"),)
    id: Mapped[Key]
    site_id: Mapped[Site]
    protocol_id: Mapped[str] = mapped_column(String(36), ForeignKey("protocols.id"))
    kind: Mapped[str] = mapped_column(String(16))
    author: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Moment]
    reason: Mapped[str] = mapped_column(Text)


class SessionRow(Base):
    """What never changes about a session; who, where and how are in its entries."""

    __tablename__ = "sessions"
    id: Mapped[Key]
    site_id: Mapped[Site]
    protocol_id: Mapped[str] = mapped_column(String(36), ForeignKey("protocols.id"))
    created_at: Mapped[Moment]


class EntryRow(Base):
    """One line of a record: numbered, chained to the one before, and refused to UPDATE and DELETE by triggers."""

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("session_id", "seq"),)
    id: Mapped[Key]
    site_id: Mapped[Site]
    session_id: Mapped[str] = mapped_column(String(36), ForeignKey("sessions.id"))
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    measured_at: Mapped[Moment]
    recorded_at: Mapped[Moment]
    author: Mapped[str] = mapped_column(String(64))
    device: Mapped[str | None] = mapped_column(String(64))
    corrects: Mapped[str | None] = mapped_column(String(36), ForeignKey("entries.id"))
    body: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]
    clock_skew_ms: Mapped[int | None] = mapped_column(BigInteger)


class CallRow(Base):
    """Something that was called out, or is about to be by the process that holds it."""

    __tablename__ = "calls"
    session_id: Mapped[str] = mapped_column(String(36), ForeignKey("sessions.id"), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), primary_key=True)
    site_id: Mapped[Site]
    holder: Mapped[str] = mapped_column(String(36))
    held_until: Mapped[Moment]
    called_at: Mapped[MaybeMoment]


class SessionIndexRow(Base):
    """Where each session stands, for lists and for one active session per chair; computed from the entries."""

    __tablename__ = "session_index"
    __table_args__ = (
        Index(
            "uq_session_index_active_chair",
            "chair_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_session_index_site_state_arrived", "site_id", "state", "arrived_at"),
        Index("ix_session_index_patient", "patient_id", "arrived_at"),
        Index("ix_session_index_chair_ended", "chair_id", "ended_at"),
    )
    session_id: Mapped[str] = mapped_column(String(36), ForeignKey("sessions.id"), primary_key=True)
    site_id: Mapped[Site]
    chair_id: Mapped[str] = mapped_column(String(36), ForeignKey("chairs.id"))
    patient_id: Mapped[str] = mapped_column(String(36), ForeignKey("patients.id"))
    state: Mapped[str] = mapped_column(String(16))
    arrived_at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]
    last_seq: Mapped[int] = mapped_column(Integer)


class ReviewFactsRow(Base):
    """What the review asks of a session that has ended; computed from its entries, and dropped without loss."""

    __tablename__ = "review_facts"
    __table_args__ = (Index("ix_review_facts_site", "site_id"),)
    session_id: Mapped[str] = mapped_column(String(36), ForeignKey("sessions.id"), primary_key=True)
    site_id: Mapped[Site]
    last_seq: Mapped[int] = mapped_column(Integer)
    form: Mapped[int] = mapped_column(Integer)
    line: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


class RestorationRow(Base):
    """One time that a backup was put back, and where every record stood then; written once, signed and chained."""

    __tablename__ = "restorations"
    id: Mapped[Key]
    site_id: Mapped[Site]
    number: Mapped[int] = mapped_column(Integer, unique=True)
    restored_at: Mapped[Moment]
    body: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]


class AnchorMarkRow(Base):
    """How far each anchor file was written, so that lines taken off its end show."""

    __tablename__ = "anchor_marks"
    id: Mapped[Key]
    lines: Mapped[int] = mapped_column(Integer)
    mac: Mapped[Digest]
    written_at: Mapped[Moment]


class MembershipRow(Base):
    """A site at which somebody works beside the one that the account belongs to."""

    __tablename__ = "memberships"
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(String(36), ForeignKey("sites.id"), primary_key=True)
    added_at: Mapped[Moment]


class EmergencyRow(Base):
    """A clinician looks at a patient of another site for a while, and why; only its end is written later."""

    __tablename__ = "emergencies"
    id: Mapped[Key]
    site_id: Mapped[Site]
    session_id: Mapped[str] = mapped_column(String(36), ForeignKey("sessions.id"))
    account_id: Mapped[str] = mapped_column(String(36))
    person: Mapped[str] = mapped_column(String(64))
    home_site: Mapped[str] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text)
    began_at: Mapped[Moment]
    until: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]


class TrailRow(Base):
    """One line of the trail: who did or saw what, when and from where; numbered, chained and written once."""

    __tablename__ = "trail"
    __table_args__ = (
        Index("ix_trail_site_at", "site_id", "at"),
        Index("ix_trail_session", "session_id"),
        Index("ix_trail_patient", "patient_id"),
    )
    id: Mapped[Key]
    number: Mapped[int] = mapped_column(Integer, unique=True)
    site_id: Mapped[Site]
    at: Mapped[Moment]
    kind: Mapped[str] = mapped_column(String(32))
    person: Mapped[str | None] = mapped_column(String(64))
    role: Mapped[str | None] = mapped_column(String(16))
    address: Mapped[str | None] = mapped_column(String(64))
    device: Mapped[str | None] = mapped_column(String(64))
    session_id: Mapped[str | None] = mapped_column(String(36))
    patient_id: Mapped[str | None] = mapped_column(String(36))
    about: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]
