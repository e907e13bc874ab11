"""What guests say of their transfers, bank statements line by line, and what is decided on money under review."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("outcome IS NULL")


def upgrade() -> None:
    _claims()
    _statements()


def _claims() -> None:
    op.create_table(
        "transfer_claims",
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keeps_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by_id", KEY, nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint(
            "(outcome IS NULL) = (looked_at IS NULL)",
            name=op.f("ck_transfer_claims_looked"),
        ),
        sa.CheckConstraint(
            "outcome <> 'not_found' OR reason IS NOT NULL",
            name=op.f("ck_transfer_claims_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_transfer_claims_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_transfer_claims_payment_id_payments")
        ),
        sa.ForeignKeyConstraint(
            ["looked_by_id"], ["users.id"], name=op.f("fk_transfer_claims_looked_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_claims")),
    )
    op.create_index("ix_transfer_claims_booking_id", "transfer_claims", ["booking_id"], unique=False)
    op.create_index(
        "ix_transfer_claims_outcome_claimed_at", "transfer_claims", ["outcome", "claimed_at"], unique=False
    )
    op.create_index(
        "uq_transfer_claims_open",
        "transfer_claims",
        ["payment_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "claim_photos",
        sa.Column("claim_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["transfer_claims.id"], name=op.f("fk_claim_photos_claim_id_transfer_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_photos")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_claim_photos_claim_id")),
    )
    op.create_table(
        "accepted_transfers",
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("by_user_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_accepted_transfers_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["users.id"], name=op.f("fk_accepted_transfers_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_transfers")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_accepted_transfers_booking_id")),
    )


def _statements() -> None:
    op.create_table(
        "bank_files",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("layout", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", KEY, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_bank_files_uploaded_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_files")),
    )
    op.create_index("ix_bank_files_account", "bank_files", ["account"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("file_id", KEY, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("receipt_id", KEY, nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_by_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("amount > 0 AND number > 0", name=op.f("ck_bank_lines_amount")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["bank_files.id"], name=op.f("fk_bank_lines_file_id_bank_files")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name=op.f("fk_bank_lines_receipt_id_receipts")
        ),
        sa.ForeignKeyConstraint(
            ["posted_by_id"], ["users.id"], name=op.f("fk_bank_lines_posted_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bank_lines_fingerprint")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_bank_lines_receipt_id")),
    )
    op.create_index("ix_bank_lines_account_booked_on", "bank_lines", ["account", "booked_on"], unique=False)
    op.create_index("ix_bank_lines_file_id", "bank_lines", ["file_id"], unique=False)
    op.create_table(
        "review_decisions",
        sa.Column("receipt_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("new_receipt_id", KEY, nullable=True),
        sa.Column("refund_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_user_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_review_decisions_amount")),
        sa.CheckConstraint(
            "(kind = 'assigned') = (new_receipt_id IS NOT NULL)",
            name=op.f("ck_review_decisions_assigned"),
        ),
        sa.CheckConstraint(
            "(kind = 'owed_back') = (refund_id IS NOT NULL)",
            name=op.f("ck_review_decisions_owed_back"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name=op.f("fk_review_decisions_receipt_id_receipts")
        ),
        sa.ForeignKeyConstraint(
            ["new_receipt_id"], ["receipts.id"], name=op.f("fk_review_decisions_new_receipt_id_receipts")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_review_decisions_refund_id_refunds")
        ),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["users.id"], name=op.f("fk_review_decisions_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decisions")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_review_decisions_receipt_id")),
        sa.UniqueConstraint("new_receipt_id", name=op.f("uq_review_decisions_new_receipt_id")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_review_decisions_refund_id")),
    )


def downgrade() -> None:
    for table in (
        "review_decisions",
        "bank_lines",
        "bank_files",
        "accepted_transfers",
        "claim_photos",
        "transfer_claims",
    ):
        op.drop_table(table)
