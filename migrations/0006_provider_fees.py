"""What the card provider kept of each charge and paid out; why a person must look at an event is a code with facts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0006"
down_revision = "0005"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FEE = "(fee IS NULL) = (net IS NULL) AND (fee IS NULL OR fee >= 0)"


def upgrade() -> None:
    with _tables_may_be_made_anew():
        _upgrade()


def _upgrade() -> None:
    op.create_table(
        "provider_payouts",
        sa.Column("provider_id", sa.String(length=76), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("keeper", sa.String(length=60), nullable=False),
        sa.Column("amount", KEY, nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint(
            "(state = 'booked') = (amount IS NOT NULL)", name=op.f("ck_provider_payouts_amount")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_payouts")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_provider_payouts_provider_id")),
    )
    op.create_index("ix_provider_payouts_state", "provider_payouts", ["state"], unique=False)
    for table in ("receipts", "refunds"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("payout_id", KEY, nullable=True))
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_payout_id_provider_payouts"),
                "provider_payouts",
                ["payout_id"],
                ["id"],
            )
    with op.batch_alter_table("receipts") as batch_op:
        batch_op.add_column(sa.Column("fee", KEY, nullable=True))
        batch_op.add_column(sa.Column("net", KEY, nullable=True))
        batch_op.add_column(sa.Column("fee_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_receipts_fee"), FEE)
        batch_op.create_index("ix_receipts_keeper_fee", ["keeper", "fee"], unique=False)
    op.add_column("provider_events", sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))


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
    with op.batch_alter_table("provider_events") as batch_op:
        batch_op.drop_column("facts")
    with op.batch_alter_table("receipts") as batch_op:
        batch_op.drop_index("ix_receipts_keeper_fee")
        batch_op.drop_constraint(batch_op.f("ck_receipts_fee"), type_="check")
        for name in ("fee_asked_at", "net", "fee"):
            batch_op.drop_column(name)
    for table in ("refunds", "receipts"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_payout_id_provider_payouts"), type_="foreignkey")
            batch_op.drop_column("payout_id")
    op.drop_table("provider_payouts")
