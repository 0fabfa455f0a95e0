"""What is known about restored backups, and how far each anchor file was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.String(36)
DIGEST = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables, and let the database refuse to rewrite a restoration."""
    op.create_table(
        "restorations",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("restored_at", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous_hash", DIGEST, nullable=False),
        sa.Column("hash", DIGEST, nullable=False),
        sa.UniqueConstraint("number", name="uq_restorations_number"),
    )
    op.create_table(
        "anchor_marks",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("mac", DIGEST, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_guards()
    else:
        _postgres_guards()


def _sqlite_guards() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'restorations are append-only'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER restorations_no_{verb.lower()} BEFORE {verb} ON restorations {refuse}")
    same = "id = NEW.id OR rowid = NEW.rowid OR number = NEW.number"
    there = f"EXISTS (SELECT 1 FROM restorations WHERE {same})"  # noqa: S608  # our own column names
    op.execute(f"CREATE TRIGGER restorations_no_replace BEFORE INSERT ON restorations WHEN {there} {refuse}")


def _postgres_guards() -> None:
    for name, when, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER restorations_no_{name} BEFORE {when} ON restorations "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
