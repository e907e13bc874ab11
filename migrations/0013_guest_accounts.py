"""Guests' accounts: addresses that were proven, and the links that prove them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0013"
down_revision = "0012"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
REACHED = "email IS NOT NULL OR phone IS NOT NULL"


def upgrade() -> None:
    with _tables_may_be_made_anew():
        _upgrade()


def _upgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("is_guest", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_constraint(batch_op.f("ck_users_reachable"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_users_reachable"), f"is_guest OR {REACHED}")
    op.create_table(
        "proven_addresses",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("proven_at", INSTANT, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_proven_addresses_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proven_addresses")),
        sa.UniqueConstraint("address", name=op.f("uq_proven_addresses_address")),
    )
    op.create_index("ix_proven_addresses_user_id", "proven_addresses", ["user_id"], unique=False)
    op.create_table(
        "address_links",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_address_links_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_address_links_token_hash")),
    )
    op.create_index("ix_address_links_address", "address_links", ["address"], unique=False)
    op.create_index("ix_address_links_user_id", "address_links", ["user_id"], unique=False)


@contextmanager
def _tables_may_be_made_anew() -> Iterator[None]:
    """SQLite changes a constraint by making the table anew, and refuses to drop one that others point to.

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
    op.drop_table("address_links")
    op.drop_table("proven_addresses")
    # What guests did stays; their accounts have no place in the older shape.
    op.execute(
        "UPDATE audit_entries SET user_id = NULL WHERE user_id IN (SELECT id FROM users WHERE is_guest)"
    )
    op.execute("DELETE FROM sign_in_links WHERE user_id IN (SELECT id FROM users WHERE is_guest)")
    op.execute("DELETE FROM users WHERE is_guest")
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_users_reachable"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_users_reachable"), REACHED)
        batch_op.drop_column("is_guest")
