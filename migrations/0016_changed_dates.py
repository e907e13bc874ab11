"""A line knows in whose place it came when dates were changed; a unit, what of it does not come back any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0016"
down_revision = "0015"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with _tables_may_be_made_anew():
        with op.batch_alter_table("booking_lines") as batch_op:
            batch_op.add_column(sa.Column("replaces_id", KEY, nullable=True))
            batch_op.create_unique_constraint(batch_op.f("uq_booking_lines_replaces_id"), ["replaces_id"])
            name = batch_op.f("fk_booking_lines_replaces_id_booking_lines")
            batch_op.create_foreign_key(name, "booking_lines", ["replaces_id"], ["id"])
        with op.batch_alter_table("line_units") as batch_op:
            batch_op.add_column(sa.Column("least", KEY, nullable=False, server_default="0"))
            batch_op.create_check_constraint(
                batch_op.f("ck_line_units_least"), "least >= 0 AND least <= price"
            )
        with op.batch_alter_table("line_units") as batch_op:
            batch_op.alter_column("least", server_default=None)


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
        with op.batch_alter_table("line_units") as batch_op:
            batch_op.drop_constraint(batch_op.f("ck_line_units_least"), type_="check")
            batch_op.drop_column("least")
        with op.batch_alter_table("booking_lines") as batch_op:
            name = batch_op.f("fk_booking_lines_replaces_id_booking_lines")
            batch_op.drop_constraint(name, type_="foreignkey")
            batch_op.drop_constraint(batch_op.f("uq_booking_lines_replaces_id"), type_="unique")
            batch_op.drop_column("replaces_id")
