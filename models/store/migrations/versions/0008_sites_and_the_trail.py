"""Who works at which site, emergency access, and the trail of who did and saw what, which is append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KEY = sa.String(36)
DIGEST = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, let a browser act at a site, and guard the trail."""
    op.add_column("sites", sa.Column("added_at", MOMENT))
    op.add_column("web_sessions", sa.Column("site_id", KEY))
    op.create_table(
        "memberships",
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), primary_key=True),
        sa.Column("added_at", MOMENT, nullable=False),
    )
    _emergencies()
    _trail()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_guards()
    else:
        _postgres_guards()


def _emergencies() -> None:
    op.create_table(
        "emergencies",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("session_id", KEY, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("home_site", KEY, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )


def _trail() -> None:
    op.create_table(
        "trail",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("person", sa.String(64)),
        sa.Column("role", sa.String(16)),
        sa.Column("address", sa.String(64)),
        sa.Column("device", sa.String(64)),
        sa.Column("session_id", KEY),
        sa.Column("patient_id", KEY),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("previous_hash", DIGEST, nullable=False),
        sa.Column("hash", DIGEST, nullable=False),
        sa.UniqueConstraint("number", name="uq_trail_number"),
    )
    op.create_index("ix_trail_site_at", "trail", ["site_id", "at"])
    op.create_index("ix_trail_session", "trail", ["session_id"])
    op.create_index("ix_trail_patient", "trail", ["patient_id"])


def _sqlite_guards() -> None:
    refused = "BEGIN SELECT RAISE(ABORT, 'trail are append-only'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER trail_no_{verb.lower()} BEFORE {verb} ON trail {refused}")
    there = "SELECT 1 FROM trail WHERE id = NEW.id OR rowid = NEW.rowid OR number = NEW.number"
    op.execute(f"CREATE TRIGGER trail_no_replace BEFORE INSERT ON trail WHEN EXISTS ({there}) {refused}")


def _postgres_guards() -> None:
    """Use the function that the first migration made."""
    for name, when, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER trail_no_{name} BEFORE {when} ON trail FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
