"""Payments that guests have their bank take back, and refunds that come back after they were sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0010"
down_revision = "0009"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHECKS = {
    "amount": "amount > 0",
    "borne": "borne >= 0 AND borne <= amount",
    "taken": "taken_at IS NULL OR (taken_id IS NOT NULL AND receipt_id IS NOT NULL)",
    "returned": "returned_at IS NULL OR (returned_id IS NOT NULL AND taken_at IS NOT NULL AND settled_at IS NULL)",
    "settled": "settled_at IS NULL OR (state = 'lost' AND taken_at IS NOT NULL)",
}


def upgrade() -> None:
    with _tables_may_be_made_anew():
        _upgrade()


def _upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("provider_id", sa.String(length=76), nullable=False),
        sa.Column("charge", sa.String(length=120), nullable=False),
        sa.Column("receipt_id", KEY, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_id", sa.String(length=120), nullable=True),
        sa.Column("taken_net", KEY, nullable=False),
        sa.Column("taken_fee", KEY, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_payout_id", KEY, nullable=True),
        sa.Column("returned_id", sa.String(length=120), nullable=True),
        sa.Column("returned_net", KEY, nullable=False),
        sa.Column("returned_fee", KEY, nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_payout_id", KEY, nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("borne", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        *(sa.CheckConstraint(text, name=op.f(f"ck_disputes_{name}")) for name, text in CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name=op.f("fk_disputes_receipt_id_receipts")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["provider_payouts.id"], name=op.f(f"fk_disputes_{column}_provider_payouts")
            )
            for column in ("taken_payout_id", "returned_payout_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_disputes_provider_id")),
    )
    for column in ("charge", "receipt_id"):
        op.create_index(f"ix_disputes_{column}", "disputes", [column], unique=False)
    for column in ("taken_id", "returned_id"):
        op.create_index(f"uq_disputes_{column}", "disputes", [column], unique=True)
    with op.batch_alter_table("refunds") as batch_op:
        batch_op.add_column(sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("returned_payout_id", KEY, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_refunds_returned_payout_id_provider_payouts"),
            "provider_payouts",
            ["returned_payout_id"],
            ["id"],
        )


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
    with op.batch_alter_table("refunds") as batch_op:
        name = "fk_refunds_returned_payout_id_provider_payouts"
        batch_op.drop_constraint(batch_op.f(name), type_="foreignkey")
        batch_op.drop_column("returned_payout_id")
        batch_op.drop_column("returned_at")
    op.drop_table("disputes")
