"""Card payments, tour packages with departures, products with stock, and what a cancelled unit keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import event

revision = "0002"
down_revision = "0001"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LINE_CHECKS = {
    "ck_booking_lines_item": (
        "(kind = 'stay') = (room_type_id IS NOT NULL) AND (kind = 'stay') = (homestay_id IS NOT NULL) "
        "AND (kind = 'package') = (departure_id IS NOT NULL) AND (kind = 'product') = (stock_id IS NOT NULL)"
    ),
    "ck_booking_lines_quantity": "quantity > 0 AND adults >= 0 AND children >= 0",
    "ck_booking_lines_pickup": "kind = 'product' OR (ready_at IS NULL AND handed_over_at IS NULL)",
}
UNIT_KEPT = "kept IS NULL OR (kept >= 0 AND kept <= price)"
CARD_COLUMNS = {
    "payments": {
        "session_request": sa.JSON(none_as_null=True),
        "session_id": sa.String(length=120),
        "session_url": sa.Text(),
        "session_state": sa.String(length=40),
        "asked_at": sa.DateTime(timezone=True),
    },
    "receipts": {"charge": sa.String(length=120)},
    "refunds": {"provider_id": sa.String(length=120), "asked_at": sa.DateTime(timezone=True)},
}
KNOWN_ONCE = (("payments", "session_id"), ("receipts", "charge"), ("refunds", "provider_id"))


def upgrade() -> None:
    with _tables_may_be_made_anew():
        _upgrade()


def _upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("allowed_over", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "capacity >= 0 AND taken >= 0 AND allowed_over >= 0", name=op.f("ck_counters_amounts")
        ),
        sa.CheckConstraint("taken <= capacity + allowed_over", name=op.f("ck_counters_taken")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counters")),
    )
    op.create_table(
        "claims",
        sa.Column("counter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_claims_quantity")),
        sa.ForeignKeyConstraint(["counter_id"], ["counters.id"], name=op.f("fk_claims_counter_id_counters")),
        sa.PrimaryKeyConstraint("counter_id", "reference", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index("ix_claims_reference", ["reference"], unique=False)

    op.create_table(
        "provider_events",
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_provider_events_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_provider_events_event_id")),
    )
    with op.batch_alter_table("provider_events", schema=None) as batch_op:
        batch_op.create_index("ix_provider_events_outcome", ["outcome"], unique=False)

    op.create_table(
        "makers",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("story_en", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_makers_payee_id_payees")),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_makers_village_id_villages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_makers")),
        sa.UniqueConstraint("payee_id", name=op.f("uq_makers_payee_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_makers_slug")),
    )
    op.create_table(
        "packages",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("name_id", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("guide_name", sa.String(length=120), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("story_en", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.String(length=200), nullable=False),
        sa.Column("meeting_en", sa.String(length=200), nullable=False),
        sa.Column("bring_id", sa.String(length=300), nullable=True),
        sa.Column("bring_en", sa.String(length=300), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_unit", sa.String(length=40), nullable=False),
        sa.Column("unit_size", sa.Integer(), nullable=False),
        sa.Column("min_party", sa.Integer(), nullable=False),
        sa.Column("max_party", sa.Integer(), nullable=False),
        sa.Column("limits_id", sa.String(length=300), nullable=True),
        sa.Column("limits_en", sa.String(length=300), nullable=True),
        sa.Column("takes_children", sa.Boolean(), nullable=False),
        sa.Column("cutoff_hours", sa.Integer(), nullable=False),
        sa.Column("terms", sa.String(length=40), nullable=False),
        sa.Column("price_is_sample", sa.Boolean(), nullable=False),
        sa.Column("price_source", sa.Text(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "unit_size >= 1 AND (price_unit <> 'person' OR unit_size = 1)", name=op.f("ck_packages_unit_size")
        ),
        sa.CheckConstraint("cutoff_hours >= 0", name=op.f("ck_packages_cutoff")),
        sa.CheckConstraint("duration_minutes > 0", name=op.f("ck_packages_duration")),
        sa.CheckConstraint("min_party >= 1 AND max_party >= min_party", name=op.f("ck_packages_party")),
        sa.CheckConstraint("price > 0", name=op.f("ck_packages_price")),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_packages_payee_id_payees")),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_packages_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
        sa.UniqueConstraint("slug", name=op.f("uq_packages_slug")),
    )
    with op.batch_alter_table("packages", schema=None) as batch_op:
        batch_op.create_index("ix_packages_village_id_state", ["village_id", "state"], unique=False)

    op.create_table(
        "departures",
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("package_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bookable_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_departures_times")),
        sa.CheckConstraint("price > 0", name=op.f("ck_departures_price")),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["counters.id"], name=op.f("fk_departures_counter_id_counters")
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["packages.id"], name=op.f("fk_departures_package_id_packages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
        sa.UniqueConstraint("counter_id", name=op.f("uq_departures_counter_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_departures_public_id")),
    )
    with op.batch_alter_table("departures", schema=None) as batch_op:
        batch_op.create_index("ix_departures_on_state", ["on", "state"], unique=False)
        batch_op.create_index("ix_departures_package_id_on", ["package_id", "on"], unique=False)

    op.create_table(
        "products",
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("maker_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("name_id", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("story_en", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.String(length=60), nullable=False),
        sa.Column("pack_en", sa.String(length=60), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.Column("price_is_sample", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_products_price")),
        sa.CheckConstraint(
            "shelf_life_days IS NULL OR shelf_life_days > 0", name=op.f("ck_products_shelf_life")
        ),
        sa.ForeignKeyConstraint(["maker_id"], ["makers.id"], name=op.f("fk_products_maker_id_makers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("public_id", name=op.f("uq_products_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_products_slug")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index("ix_products_maker_id_state", ["maker_id", "state"], unique=False)

    op.create_table(
        "product_stocks",
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["counters.id"], name=op.f("fk_product_stocks_counter_id_counters")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_stocks_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_product_stocks_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_stocks")),
        sa.UniqueConstraint("counter_id", name=op.f("uq_product_stocks_counter_id")),
        sa.UniqueConstraint("product_id", "village_id", name=op.f("uq_product_stocks_product_id_village_id")),
    )
    op.create_table(
        "participants",
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["booking_lines.id"], name=op.f("fk_participants_line_id_booking_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participants")),
        sa.UniqueConstraint("line_id", "position", name=op.f("uq_participants_line_id_position")),
    )
    _lines_sell_three_kinds()
    _units_keep()
    op.add_column("bookings", sa.Column("cancel_reason", sa.Text(), nullable=True))
    for table, columns in CARD_COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index("ix_payments_method_state", "payments", ["method", "state"], unique=False)
    for table, column in KNOWN_ONCE:
        op.create_index(f"uq_{table}_{column}", table, [column], unique=True)


def _lines_sell_three_kinds() -> None:
    """A line is of a room type, a departure or a stock, as its kind says."""
    with op.batch_alter_table("booking_lines") as batch_op:
        batch_op.add_column(sa.Column("departure_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("stock_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_booking_lines_departure_id", ["departure_id"], unique=False)
        batch_op.create_index("ix_booking_lines_stock_id", ["stock_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_booking_lines_departure_id_departures"), "departures", ["departure_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_booking_lines_stock_id_product_stocks"), "product_stocks", ["stock_id"], ["id"]
        )
        for name, condition in LINE_CHECKS.items():
            batch_op.create_check_constraint(batch_op.f(name), condition)


def _units_keep() -> None:
    with op.batch_alter_table("line_units") as batch_op:
        batch_op.add_column(sa.Column("kept", KEY, nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_line_units_kept"), UNIT_KEPT)


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
    for table, column in reversed(KNOWN_ONCE):
        op.drop_index(f"uq_{table}_{column}", table_name=table)
    op.drop_index("ix_payments_method_state", table_name="payments")
    for table, columns in CARD_COLUMNS.items():
        for name in reversed(columns):
            op.drop_column(table, name)
    op.drop_column("bookings", "cancel_reason")
    with op.batch_alter_table("line_units") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_line_units_kept"), type_="check")
        batch_op.drop_column("kept")
    with op.batch_alter_table("booking_lines") as batch_op:
        for name in LINE_CHECKS:
            batch_op.drop_constraint(batch_op.f(name), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_booking_lines_stock_id_product_stocks"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_booking_lines_departure_id_departures"), type_="foreignkey")
        batch_op.drop_index("ix_booking_lines_stock_id")
        batch_op.drop_index("ix_booking_lines_departure_id")
        for name in ("handed_over_at", "ready_at", "stock_id", "departure_id"):
            batch_op.drop_column(name)

    op.drop_table("participants")
    op.drop_table("product_stocks")
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_index("ix_products_maker_id_state")

    op.drop_table("products")
    with op.batch_alter_table("departures", schema=None) as batch_op:
        batch_op.drop_index("ix_departures_package_id_on")
        batch_op.drop_index("ix_departures_on_state")

    op.drop_table("departures")
    with op.batch_alter_table("packages", schema=None) as batch_op:
        batch_op.drop_index("ix_packages_village_id_state")

    op.drop_table("packages")
    op.drop_table("makers")
    with op.batch_alter_table("provider_events", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_events_outcome")

    op.drop_table("provider_events")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_reference")

    op.drop_table("claims")
    op.drop_table("counters")
