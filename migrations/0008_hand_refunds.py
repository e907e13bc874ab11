"""Refunds by hand: the guest says where to, a second person agrees, then they are sent and proved."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("hand_refunds", *_columns(), *_constraints())
    op.create_index("ix_hand_refunds_state", "hand_refunds", ["state"], unique=False)
    # What people sent before two had to agree left the keeper that had received it.
    op.execute(
        "INSERT INTO hand_refunds (refund_id, state, version, sent_at, sent_by_id, paid_from, asked_count) "
        "SELECT id, 'earlier', 0, sent_at, sent_by_id, keeper, 0 FROM refunds "
        "WHERE state = 'sent' AND sent_by_id IS NOT NULL"
    )


def _columns() -> list[sa.Column]:
    return [
        sa.Column("refund_id", KEY, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("route", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(length=60), nullable=True),
        sa.Column("number_end", sa.String(length=4), nullable=True),
        sa.Column("number_locked", sa.Text(), nullable=True),
        sa.Column("holder_locked", sa.Text(), nullable=True),
        sa.Column("name_match", sa.String(length=40), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_by_id", KEY, nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", KEY, nullable=True),
        sa.Column("approval_note", sa.String(length=300), nullable=True),
        sa.Column("refused_because", sa.String(length=300), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", KEY, nullable=True),
        sa.Column("paid_from", sa.String(length=60), nullable=True),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("receiver", sa.String(length=120), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_count", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
    ]


CHECKS = {
    "route": "state IN ('asked', 'dropped', 'earlier') OR route IS NOT NULL",
    "account": "state NOT IN ('given', 'approved', 'sent') OR route <> 'transfer' OR number_locked IS NOT NULL",
    "whole": "(number_locked IS NULL) = (holder_locked IS NULL) AND (number_locked IS NULL) = (bank IS NULL)",
    "approved": "state NOT IN ('approved', 'sent', 'confirmed') OR approved_by_id IS NOT NULL",
    "second": (
        "approved_by_id IS NULL OR ((entered_by_id IS NULL OR approved_by_id <> entered_by_id) "
        "AND (sent_by_id IS NULL OR approved_by_id <> sent_by_id))"
    ),
    "sent": (
        "state NOT IN ('sent', 'confirmed') OR (sent_by_id IS NOT NULL AND sent_at IS NOT NULL "
        "AND paid_from IS NOT NULL AND (bank_reference IS NOT NULL OR receiver IS NOT NULL))"
    ),
    "confirmed": "(state = 'confirmed') = (confirmed_at IS NOT NULL)",
    "counts": "asked_count >= 0 AND version >= 0",
}


def _constraints() -> list[sa.Constraint]:
    people = ("entered_by_id", "approved_by_id", "sent_by_id")
    return [
        *(sa.CheckConstraint(text, name=op.f(f"ck_hand_refunds_{name}")) for name, text in CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_hand_refunds_refund_id_refunds")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["users.id"], name=op.f(f"fk_hand_refunds_{name}_users"))
            for name in people
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_hand_refunds")),
    ]


def downgrade() -> None:
    op.drop_table("hand_refunds")
