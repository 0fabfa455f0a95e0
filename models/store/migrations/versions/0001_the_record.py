"""The first tables: clinic, people, sessions and the append-only record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.String(36)
DIGEST = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def _site() -> sa.Column[str]:
    return sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False)


def _id() -> sa.Column[str]:
    return sa.Column("id", KEY, primary_key=True)


def upgrade() -> None:
    """Create everything."""
    _clinic()
    _people()
    _record()
    _guards()


def _clinic() -> None:
    op.create_table("sites", _id(), sa.Column("name", sa.String(200), nullable=False))
    op.create_table(
        "chairs",
        _id(),
        _site(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("site_id", "name", name="uq_chairs_site_id_name"),
    )
    op.create_table(
        "patients",
        _id(),
        _site(),
        sa.Column("mrn", sa.String(64), nullable=False),
        sa.Column("family", sa.String(200), nullable=False),
        sa.Column("given", sa.String(200), nullable=False),
        sa.Column("birth_date", sa.Date, nullable=False),
        sa.Column("sex", sa.String(16), nullable=False),
        sa.Column("indication", sa.String(200)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("site_id", "mrn", name="uq_patients_site_id_mrn"),
    )


def _people() -> None:
    op.create_table(
        "accounts",
        _id(),
        _site(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_table(
        "web_sessions",
        sa.Column("token_digest", DIGEST, primary_key=True),
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("csrf_token", DIGEST, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    op.create_table(
        "known_devices",
        sa.Column("device_digest", DIGEST, primary_key=True),
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "device_tokens",
        _id(),
        _site(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("token_digest", DIGEST, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.UniqueConstraint("token_digest", name="uq_device_tokens_token_digest"),
    )


def _record() -> None:
    op.create_table(
        "protocols",
        _id(),
        _site(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("fingerprint", DIGEST, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("site_id", "name", "version", name="uq_protocols_site_id_name_version"),
    )
    op.create_table(
        "sessions",
        _id(),
        _site(),
        sa.Column("protocol_id", KEY, sa.ForeignKey("protocols.id"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "entries",
        _id(),
        _site(),
        sa.Column("session_id", KEY, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("measured_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("device", sa.String(64)),
        sa.Column("corrects", KEY, sa.ForeignKey("entries.id")),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous_hash", DIGEST, nullable=False),
        sa.Column("hash", DIGEST, nullable=False),
        sa.UniqueConstraint("session_id", "seq", name="uq_entries_session_id_seq"),
    )
    op.create_table(
        "session_index",
        sa.Column("session_id", KEY, sa.ForeignKey("sessions.id"), primary_key=True),
        _site(),
        sa.Column("chair_id", KEY, sa.ForeignKey("chairs.id"), nullable=False),
        sa.Column("patient_id", KEY, sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("arrived_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("last_seq", sa.Integer, nullable=False),
    )
    active = sa.text("state = 'active'")
    op.create_index(
        "uq_session_index_active_chair",
        "session_index",
        ["chair_id"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    columns = ["site_id", "state", "arrived_at"]
    op.create_index("ix_session_index_site_state_arrived", "session_index", columns)
    op.create_index("ix_session_index_patient", "session_index", ["patient_id", "arrived_at"])


APPEND_ONLY = {"entries": ("session_id", "seq"), "sessions": ("id",), "protocols": ("site_id", "name", "version")}
"""What a record is made of, and what else is unique in each table: a REPLACE takes the place of whatever equals it."""


def _guards() -> None:
    """Let the database itself refuse what would rewrite a record."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            _sqlite_guards(table)
    else:
        _postgres_guards()


def _sqlite_guards(table: str) -> None:
    said = f"{table} are append-only"
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
    number = " AND ".join(f"{column} = NEW.{column}" for column in APPEND_ONLY[table])
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608  # our own table names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR rowid = NEW.rowid OR ({number})) "
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
    )


def _postgres_guards() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
