"""Guests are let in to what they booked, once, and it is kept by whom and how."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("line_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", KEY, nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_check_ins_people")),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_check_ins_by_user_id_users")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["booking_lines.id"], name=op.f("fk_check_ins_line_id_booking_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("line_id", name=op.f("uq_check_ins_line_id")),
    )


def downgrade() -> None:
    op.drop_table("check_ins")
