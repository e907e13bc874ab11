"""Vouchers that one party bears, credits of guests, and what a booking has of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0011"
down_revision = "0010"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CREDIT = "credit_amount >= 0 AND (credit_amount = 0 OR credit_id IS NOT NULL)"
OWN = (
    ("bookings", "voucher_id", "vouchers"),
    ("bookings", "credit_id", "credits"),
    ("receipts", "credit_id", "credits"),
    ("refunds", "credit_id", "credits"),
)


def upgrade() -> None:
    with _tables_may_be_made_anew():
        _add_vouchers()
        _add_credits()
        _add_columns()


def _made(name: str) -> list[sa.schema.SchemaItem]:
    """What vouchers and credits have alike: who made it, when, why, and the counter that is the referee."""
    return [
        sa.Column("counter_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", KEY, nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f(f"fk_{name}_village_id_villages")),
        sa.ForeignKeyConstraint(["counter_id"], ["counters.id"], name=op.f(f"fk_{name}_counter_id_counters")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f(f"fk_{name}_created_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("code", name=op.f(f"uq_{name}_code")),
        sa.UniqueConstraint("counter_id", name=op.f(f"uq_{name}_counter_id")),
    ]


def _add_vouchers() -> None:
    op.create_table(
        "vouchers",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("payee_id", KEY, nullable=False),
        sa.Column("amount", KEY, nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=True),
        sa.Column("most", KEY, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("village_id", KEY, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(amount IS NULL) <> (basis_points IS NULL)", name=op.f("ck_vouchers_value")),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name=op.f("ck_vouchers_amount")),
        sa.CheckConstraint(
            "basis_points IS NULL OR (basis_points BETWEEN 1 AND 10000)",
            name=op.f("ck_vouchers_basis_points"),
        ),
        sa.CheckConstraint(
            "most IS NULL OR (most > 0 AND basis_points IS NOT NULL)", name=op.f("ck_vouchers_most")
        ),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_vouchers_days")),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_vouchers_payee_id_payees")),
        *_made("vouchers"),
    )


def _add_credits() -> None:
    op.create_table(
        "credits",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("keeper", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("village_id", KEY, nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000", name=op.f("ck_credits_amount")),
        *_made("credits"),
    )


def _add_columns() -> None:
    with op.batch_alter_table("line_units") as batch_op:
        batch_op.add_column(sa.Column("discount", KEY, nullable=False, server_default="0"))
        batch_op.drop_constraint(batch_op.f("ck_line_units_price"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_line_units_price"), "price >= 0 AND discount >= 0")
    with op.batch_alter_table("bookings") as batch_op:
        batch_op.add_column(sa.Column("credit_amount", KEY, nullable=False, server_default="0"))
    for table, column, other in OWN:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column(column, KEY, nullable=True))
            name = batch_op.f(f"fk_{table}_{column}_{other}")
            batch_op.create_foreign_key(name, other, [column], ["id"])
    with op.batch_alter_table("bookings") as batch_op:
        batch_op.alter_column("credit_amount", server_default=None)
        batch_op.create_check_constraint(batch_op.f("ck_bookings_credit"), CREDIT)
    with op.batch_alter_table("line_units") as batch_op:
        batch_op.alter_column("discount", server_default=None)


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
        _downgrade()


def _downgrade() -> None:
    with op.batch_alter_table("bookings") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_bookings_credit"), type_="check")
        batch_op.drop_column("credit_amount")
    for table, column, other in reversed(OWN):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_{column}_{other}"), type_="foreignkey")
            batch_op.drop_column(column)
    with op.batch_alter_table("line_units") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_line_units_price"), type_="check")
        batch_op.drop_column("discount")
        batch_op.create_check_constraint(batch_op.f("ck_line_units_price"), "price >= 0")
    op.drop_table("credits")
    op.drop_table("vouchers")
