"""What was called out: each overdue check and escalation once, whichever server process sees it first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, and the index that finds when a chair was left without reading every old session."""
    op.create_table(
        "calls",
        sa.Column("session_id", sa.String(36), sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("call", sa.String(160), primary_key=True),
        sa.Column("site_id", sa.String(36), sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("holder", sa.String(36), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_session_index_chair_ended", "session_index", ["chair_id", "ended_at"])
