"""Guests let in by a list without network, as the phones tell it afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "offline_scans",
        sa.Column("by_user_id", KEY, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("obstacle", sa.String(length=40), nullable=True),
        sa.Column("line_id", KEY, nullable=True),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("first_at", INSTANT, nullable=True),
        sa.Column("device_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("skew_seconds", sa.Integer(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("(outcome = 'refused') = (line_id IS NULL)", name=op.f("ck_offline_scans_line")),
        sa.CheckConstraint(
            "outcome <> 'refused' OR obstacle IS NOT NULL", name=op.f("ck_offline_scans_refused")
        ),
        sa.CheckConstraint(
            "(outcome = 'double') = (first_at IS NOT NULL)", name=op.f("ck_offline_scans_double")
        ),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_offline_scans_by_user_id_users")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["booking_lines.id"], name=op.f("fk_offline_scans_line_id_booking_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_scans")),
        sa.UniqueConstraint("by_user_id", "key", name=op.f("uq_offline_scans_by_user_id_key")),
    )
    op.create_index("ix_offline_scans_line_id", "offline_scans", ["line_id"], unique=False)
    op.create_index("ix_offline_scans_received_at", "offline_scans", ["received_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_offline_scans_received_at", table_name="offline_scans")
    op.drop_index("ix_offline_scans_line_id", table_name="offline_scans")
    op.drop_table("offline_scans")
