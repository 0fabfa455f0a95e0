"""Second factors, PINs on shared tablets, budgets of wrong passwords, and how names show on the wall."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEY = sa.String(36)
DIGEST = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and note from now on when somebody last gave the password on a device."""
    op.add_column("known_devices", sa.Column("password_at", MOMENT))
    op.create_table(
        "second_factors",
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_step", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("digest", DIGEST, primary_key=True),
        sa.Column("used_at", MOMENT),
    )
    op.create_table(
        "device_pins",
        sa.Column("device_digest", DIGEST, primary_key=True),
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("pin_hash", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("charged_to", DIGEST, primary_key=True),
        sa.Column("tried_at", MOMENT, nullable=False),
    )
    op.create_index("ix_sign_in_tries_charged_to", "sign_in_tries", ["charged_to", "tried_at"])
    op.create_index("ix_sign_in_tries_tried_at", "sign_in_tries", ["tried_at"])
    op.create_table(
        "wall_privacy",
        sa.Column("site_id", KEY, sa.ForeignKey("sites.id"), primary_key=True),
        sa.Column("names", sa.String(16), nullable=False),
    )
