"""Kinds of rooms know their village and lowest price, so that a search by price reads only what it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0003"
down_revision = "0002"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LOWEST = "lowest_price <= weekday_price AND lowest_price <= saturday_price AND lowest_price <= holiday_price"
FILL = """
    UPDATE room_types SET
        village_id = (SELECT village_id FROM homestays WHERE homestays.id = room_types.homestay_id),
        lowest_price = CASE
            WHEN weekday_price <= saturday_price AND weekday_price <= holiday_price THEN weekday_price
            WHEN saturday_price <= holiday_price THEN saturday_price
            ELSE holiday_price END
"""


def upgrade() -> None:
    with _tables_may_be_made_anew():
        _upgrade()


def _upgrade() -> None:
    op.add_column("room_types", sa.Column("village_id", KEY, nullable=True))
    op.add_column("room_types", sa.Column("lowest_price", KEY, nullable=True))
    op.execute(FILL)
    with op.batch_alter_table("room_types") as batch_op:
        batch_op.alter_column("village_id", existing_type=KEY, nullable=False)
        batch_op.alter_column("lowest_price", existing_type=KEY, nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_room_types_village_id_villages"), "villages", ["village_id"], ["id"]
        )
        batch_op.create_check_constraint(batch_op.f("ck_room_types_lowest_price"), LOWEST)
        batch_op.create_index(
            "ix_room_types_village_id_lowest_price", ["village_id", "lowest_price"], unique=False
        )
        batch_op.create_index("ix_room_types_lowest_price", ["lowest_price"], unique=False)
    op.create_index("ix_room_nights_night_room_id", "room_nights", ["night", "room_id"], unique=False)
    op.drop_index("ix_room_nights_night", table_name="room_nights")


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
    op.create_index("ix_room_nights_night", "room_nights", ["night"], unique=False)
    op.drop_index("ix_room_nights_night_room_id", table_name="room_nights")
    with op.batch_alter_table("room_types") as batch_op:
        batch_op.drop_index("ix_room_types_lowest_price")
        batch_op.drop_index("ix_room_types_village_id_lowest_price")
        batch_op.drop_constraint(batch_op.f("ck_room_types_lowest_price"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_room_types_village_id_villages"), type_="foreignkey")
        batch_op.drop_column("lowest_price")
        batch_op.drop_column("village_id")
