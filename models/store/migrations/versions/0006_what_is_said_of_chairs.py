"""What people say of a chair (reserved, cleaning, out of use, who has it): a log that is only added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEY = sa.String(36)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the log and guard it."""
    op.create_table(
        "chair_marks",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("chair_id", KEY, sa.ForeignKey("chairs.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("note", sa.String(80), nullable=True),
        sa.UniqueConstraint("chair_id", "kind", "number", name="uq_chair_marks_chair_id_kind_number"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_guards()
    else:
        _postgres_guards()


def _sqlite_guards() -> None:
    refused = "BEGIN SELECT RAISE(ABORT, 'chair_marks are append-only'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER chair_marks_no_{verb.lower()} BEFORE {verb} ON chair_marks {refused}")
    there = "SELECT 1 FROM chair_marks WHERE id = NEW.id OR rowid = NEW.rowid"
    op.execute(f"CREATE TRIGGER chair_marks_no_replace BEFORE INSERT ON chair_marks WHEN EXISTS ({there}) {refused}")


def _postgres_guards() -> None:
    """Use the function that the first migration made."""
    op.execute(
        "CREATE TRIGGER chair_marks_no_change BEFORE UPDATE OR DELETE ON chair_marks "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER chair_marks_no_truncate BEFORE TRUNCATE ON chair_marks "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
