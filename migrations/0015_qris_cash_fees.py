"""QRIS sheets and what their provider keeps and sends on, cash that is handed over, and what banks keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0015"
down_revision = "0014"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
IN_FORCE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    with _tables_may_be_made_anew():
        with op.batch_alter_table("receipts") as batch_op:
            batch_op.add_column(sa.Column("qris_reference", sa.String(length=80), nullable=True))
            batch_op.create_check_constraint(
                batch_op.f("ck_receipts_qris_reference"), "(method = 'qris') = (qris_reference IS NOT NULL)"
            )
            batch_op.create_index("uq_receipts_qris_reference", ["keeper", "qris_reference"], unique=True)
        op.add_column("transfer_claims", sa.Column("told_reference", sa.String(length=40), nullable=True))
        _sheets()
        _settlements()
        _handovers()
        _bank_fees()


def _sheets() -> None:
    op.create_table(
        "qris_sheets",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("merchant_name", sa.String(length=60), nullable=False),
        sa.Column("nmid", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by_id", KEY, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by_id", KEY, nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("payload IS NOT NULL OR content IS NOT NULL", name=op.f("ck_qris_sheets_scanned")),
        sa.CheckConstraint("(content IS NULL) = (kind IS NULL)", name=op.f("ck_qris_sheets_picture")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (ended_by_id IS NULL)",
            name=op.f("ck_qris_sheets_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_qris_sheets_account_id_bank_accounts")
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_qris_sheets_added_by_id_users")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_qris_sheets_ended_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qris_sheets")),
    )
    op.create_index(
        "uq_qris_sheets_in_force",
        "qris_sheets",
        ["account_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_table(
        "qris_rates",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("set_by_id", KEY, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("basis_points BETWEEN 0 AND 1000", name=op.f("ck_qris_rates_basis_points")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_qris_rates_account_id_bank_accounts")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name=op.f("fk_qris_rates_set_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qris_rates")),
        sa.UniqueConstraint("account_id", "from_on", name=op.f("uq_qris_rates_account_id_from_on")),
    )


def _settlements() -> None:
    op.create_table(
        "qris_settlements",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("by_user_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_qris_settlements_amount")),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["users.id"], name=op.f("fk_qris_settlements_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qris_settlements")),
        sa.UniqueConstraint("account", "reference", name=op.f("uq_qris_settlements_account_reference")),
    )


def _handovers() -> None:
    op.create_table(
        "cash_handovers",
        sa.Column("giver", sa.String(length=60), nullable=False),
        sa.Column("receiver", sa.String(length=60), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("given_by_id", KEY, nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("counted", KEY, nullable=True),
        sa.Column("difference_reason", sa.Text(), nullable=True),
        sa.Column("confirmed_by_id", KEY, nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("dropped_at", INSTANT, nullable=True),
        sa.Column("drop_reason", sa.Text(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND (counted IS NULL OR counted >= 0)", name=op.f("ck_cash_handovers_amount")
        ),
        sa.CheckConstraint("giver <> receiver", name=op.f("ck_cash_handovers_hands")),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> given_by_id",
            name=op.f("ck_cash_handovers_two_persons"),
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (counted IS NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name=op.f("ck_cash_handovers_confirmed"),
        ),
        sa.CheckConstraint(
            "counted IS NULL OR counted = amount OR difference_reason IS NOT NULL",
            name=op.f("ck_cash_handovers_difference"),
        ),
        sa.CheckConstraint(
            "(dropped_at IS NULL) = (drop_reason IS NULL) AND (dropped_at IS NULL OR confirmed_at IS NULL)",
            name=op.f("ck_cash_handovers_dropped"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_cash_handovers_confirmed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["users.id"], name=op.f("fk_cash_handovers_given_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_handovers")),
    )
    for side in ("giver", "receiver"):
        op.create_index(f"ix_cash_handovers_{side}", "cash_handovers", [side], unique=False)


def _bank_fees() -> None:
    op.create_table(
        "bank_fees",
        sa.Column("keeper", sa.String(length=60), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("payee_id", KEY, nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("by_user_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_fees_amount")),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_bank_fees_by_user_id_users")),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_bank_fees_payee_id_payees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_fees")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bank_fees_fingerprint")),
    )
    op.create_index("ix_bank_fees_keeper_booked_on", "bank_fees", ["keeper", "booked_on"], unique=False)


@contextmanager
def _tables_may_be_made_anew() -> Iterator[None]:
    """SQLite adds a constraint by making the table anew, and refuses to drop one that others point to.

    Foreign keys are switched off for that, outside of the transaction as it wants, and on again when the connection
    goes back; what points nowhere afterwards undoes the migration.
    """
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        yield
        return
    for statement in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        bind.exec_driver_sql(statement)
    event.listen(bind.engine, "checkin", _watch_foreign_keys, once=True)
    yield
    if broken := bind.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise RuntimeError(f"rows point nowhere: {broken[:5]}")


def _watch_foreign_keys(connection: Any, _record: Any) -> None:
    if connection is not None:  # a closed one looks at nothing any more
        connection.execute("PRAGMA foreign_keys=ON")


def downgrade() -> None:
    with _tables_may_be_made_anew():
        for table in ("bank_fees", "cash_handovers", "qris_settlements", "qris_rates", "qris_sheets"):
            op.drop_table(table)
        op.drop_column("transfer_claims", "told_reference")
        with op.batch_alter_table("receipts") as batch_op:
            batch_op.drop_index("uq_receipts_qris_reference")
            batch_op.drop_constraint(batch_op.f("ck_receipts_qris_reference"), type_="check")
            batch_op.drop_column("qris_reference")
