"""How far the clock of the tablet was off that sent an entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; entries from before say nothing there, and their chains hold as they are."""
    op.add_column("entries", sa.Column("clock_skew_ms", sa.BigInteger))
