"""The guest's papers: receipts and credit notes, numbered without gaps by issuer and year, never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "receipt_counters",
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_receipt_counters_last")),
        sa.PrimaryKeyConstraint("issuer", "year", name=op.f("pk_receipt_counters")),
    )
    op.create_table(
        "issued_receipts",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("credits_id", KEY, nullable=True),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("tax", KEY, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND tax >= 0 AND tax <= amount", name=op.f("ck_issued_receipts_amounts")
        ),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (credits_id IS NOT NULL)", name=op.f("ck_issued_receipts_credits")
        ),
        sa.CheckConstraint("position > 0", name=op.f("ck_issued_receipts_position")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_issued_receipts_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["credits_id"], ["issued_receipts.id"], name=op.f("fk_issued_receipts_credits_id_issued_receipts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_receipts")),
        sa.UniqueConstraint(
            "issuer", "year", "position", name=op.f("uq_issued_receipts_issuer_year_position")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_issued_receipts_number")),
        sa.UniqueConstraint("source", name=op.f("uq_issued_receipts_source")),
    )
    op.create_index("ix_issued_receipts_booking_id", "issued_receipts", ["booking_id"], unique=False)
    op.create_index("ix_issued_receipts_credits_id", "issued_receipts", ["credits_id"], unique=False)
    _refuse_changes()


def _refuse_changes() -> None:
    """What was given to a guest stays: refused by the same function as changes of the ledger."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER issued_receipts_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON issued_receipts "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER issued_receipts_no_{verb.lower()} BEFORE {verb} ON issued_receipts "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed: issued_receipts'); END"
        )


def downgrade() -> None:
    # Triggers go with their table.
    op.drop_table("issued_receipts")
    op.drop_table("receipt_counters")
