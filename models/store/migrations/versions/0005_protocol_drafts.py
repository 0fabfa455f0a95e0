"""Drafts of protocols, which change, and who published or signed off a version, which never does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.String(36)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables and guard the one that is append-only."""
    op.create_table(
        "protocol_drafts",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("base_id", KEY, sa.ForeignKey("protocols.id"), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "protocol_marks",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("protocol_id", KEY, sa.ForeignKey("protocols.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_protocol_marks_protocol", "protocol_marks", ["protocol_id", "made_at"])
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_guards()
    else:
        _postgres_guards()


def _sqlite_guards() -> None:
    refused = "BEGIN SELECT RAISE(ABORT, 'protocol_marks are append-only'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER protocol_marks_no_{verb.lower()} BEFORE {verb} ON protocol_marks {refused}")
    there = "SELECT 1 FROM protocol_marks WHERE id = NEW.id OR rowid = NEW.rowid"
    op.execute(
        f"CREATE TRIGGER protocol_marks_no_replace BEFORE INSERT ON protocol_marks WHEN EXISTS ({there}) {refused}"
    )


def _postgres_guards() -> None:
    """Use the function that the first migration made."""
    op.execute(
        "CREATE TRIGGER protocol_marks_no_change BEFORE UPDATE OR DELETE ON protocol_marks "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER protocol_marks_no_truncate BEFORE TRUNCATE ON protocol_marks "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
