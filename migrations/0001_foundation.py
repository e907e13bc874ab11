"""The foundation: villages, people, homestays, bookings, payments, the ledger and its triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("default",)
depends_on = None

WRITTEN_ONCE = ("accounts", "journal_entries", "postings")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("family", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("code", name=op.f("uq_accounts_code")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index("ix_accounts_family_owner_stage", ["family", "owner", "stage"], unique=False)

    op.create_table(
        "bookings",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("guest_name", sa.String(length=120), nullable=False),
        sa.Column("guest_email", sa.String(length=254), nullable=True),
        sa.Column("guest_phone", sa.String(length=20), nullable=True),
        sa.Column("guest_country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("guest_key", sa.String(length=64), nullable=False),
        sa.Column("address_key", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("departure", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("plan", sa.String(length=40), nullable=False),
        sa.Column("total", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_now", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("balance_on", sa.Date(), nullable=True),
        sa.Column("deposit_basis_points", sa.Integer(), nullable=False),
        sa.Column("pay_on_arrival", sa.Boolean(), nullable=False),
        sa.Column("paid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("refunded", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vouched_reason", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state <> 'held' OR hold_expires_at IS NOT NULL", name=op.f("ck_bookings_hold")),
        sa.CheckConstraint(
            "guest_email IS NOT NULL OR guest_phone IS NOT NULL", name=op.f("ck_bookings_reachable")
        ),
        sa.CheckConstraint("paid >= 0 AND refunded >= 0 AND refunded <= paid", name=op.f("ck_bookings_paid")),
        sa.CheckConstraint(
            "total >= 0 AND due_now >= 0 AND due_now <= total", name=op.f("ck_bookings_amounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("code", name=op.f("uq_bookings_code")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_address_key_state", ["address_key", "state"], unique=False)
        batch_op.create_index("ix_bookings_arrival", ["arrival"], unique=False)
        batch_op.create_index("ix_bookings_guest_key_state", ["guest_key", "state"], unique=False)
        batch_op.create_index("ix_bookings_state_hold_expires_at", ["state", "hold_expires_at"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("route", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("route", "key", name=op.f("uq_idempotency_keys_route_key")),
    )
    op.create_table(
        "payments",
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unique_code", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("unique_code BETWEEN 0 AND 499", name=op.f("ck_payments_unique_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index("ix_payments_reference", ["reference"], unique=False)
        batch_op.create_index("ix_payments_state_account", ["state", "account"], unique=False)

    op.create_table(
        "tax_rates",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("tax", sa.String(length=20), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("basis_points >= 0", name=op.f("ck_tax_rates_basis_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("kind", "tax", "from_on", name=op.f("uq_tax_rates_kind_tax_from_on")),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_users_reachable")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
    )
    op.create_table(
        "villages",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("bps_code", sa.String(length=10), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("bumdes", sa.String(length=120), nullable=False),
        sa.Column("bumdes_is_sample", sa.Boolean(), nullable=False),
        sa.Column("sponsor", sa.String(length=120), nullable=True),
        sa.Column("theme_id", sa.Text(), nullable=True),
        sa.Column("theme_en", sa.Text(), nullable=True),
        sa.Column("activities_id", sa.Text(), nullable=True),
        sa.Column("activities_en", sa.Text(), nullable=True),
        sa.Column("products_id", sa.Text(), nullable=True),
        sa.Column("products_en", sa.Text(), nullable=True),
        sa.Column("year_opened", sa.Integer(), nullable=True),
        sa.Column("temple_metres", sa.Integer(), nullable=False),
        sa.Column("temple_minutes", sa.Integer(), nullable=False),
        sa.Column("temple_is_estimate", sa.Boolean(), nullable=False),
        sa.Column("desk_phone", sa.String(length=20), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_villages")),
        sa.UniqueConstraint("bps_code", name=op.f("uq_villages_bps_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_villages_slug")),
    )
    op.create_table(
        "agreements",
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_agreements_version")),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_agreements_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint(
            "village_id", "kind", "in_force_from", name=op.f("uq_agreements_village_id_kind_in_force_from")
        ),
        sa.UniqueConstraint(
            "village_id", "kind", "version", name=op.f("uq_agreements_village_id_kind_version")
        ),
    )
    op.create_table(
        "audit_entries",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entries_subject", ["subject", "id"], unique=False)

    op.create_table(
        "bank_accounts",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("owner_name", sa.String(length=120), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_bank_accounts_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("code", name=op.f("uq_bank_accounts_code")),
    )
    op.create_table(
        "journal_entries",
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["users.id"], name=op.f("fk_journal_entries_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["journal_entries.id"],
            name=op.f("fk_journal_entries_reverses_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint("reference", name=op.f("uq_journal_entries_reference")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journal_entries_reverses_id")),
    )
    with op.batch_alter_table("journal_entries", schema=None) as batch_op:
        batch_op.create_index("ix_journal_entries_booked_on", ["booked_on"], unique=False)
        batch_op.create_index("ix_journal_entries_subject", ["subject"], unique=False)

    op.create_table(
        "messages",
        sa.Column("event_key", sa.String(length=160), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("recipient_name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_messages_attempts")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_messages_sent_by_id_users")),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_messages_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("event_key", name=op.f("uq_messages_event_key")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_reference", ["reference"], unique=False)
        batch_op.create_index("ix_messages_state_next_attempt_at", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index(
            "ix_messages_village_id_channel_state", ["village_id", "channel", "state"], unique=False
        )

    op.create_table(
        "payees",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_payees_village_id_villages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payees")),
    )
    with op.batch_alter_table("payees", schema=None) as batch_op:
        batch_op.create_index("ix_payees_village_id_kind", ["village_id", "kind"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("applied", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("excess", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("keeper", sa.String(length=60), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_receipts_amount")),
        sa.CheckConstraint("applied + code_amount + excess = amount", name=op.f("ck_receipts_sum")),
        sa.CheckConstraint(
            "applied >= 0 AND code_amount >= 0 AND excess >= 0", name=op.f("ck_receipts_parts")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_receipts_payment_id_payments")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["users.id"], name=op.f("fk_receipts_received_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index("ix_receipts_reference", ["reference"], unique=False)

    op.create_table(
        "roads",
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_estimate", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("metres > 0 AND minutes > 0", name=op.f("ck_roads_positive")),
        sa.CheckConstraint("village_id < other_id", name=op.f("ck_roads_order")),
        sa.ForeignKeyConstraint(["other_id"], ["villages.id"], name=op.f("fk_roads_other_id_villages")),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_roads_village_id_villages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roads")),
        sa.UniqueConstraint("village_id", "other_id", name=op.f("uq_roads_village_id_other_id")),
    )
    op.create_table(
        "seasons",
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name_id", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("is_estimate", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_seasons_dates")),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_seasons_village_id_villages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint(
            "village_id", "starts_on", "name_en", name=op.f("uq_seasons_village_id_starts_on_name_en")
        ),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_sign_in_links_made_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_links_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_links_user_id", ["user_id"], unique=False)

    op.create_table(
        "agreement_parts",
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=True),
        sa.Column("fee", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_taker", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(basis_points IS NULL) <> (fee IS NULL)", name=op.f("ck_agreement_parts_percent_or_fee")
        ),
        sa.CheckConstraint("basis_points IS NOT NULL OR NOT is_taker", name=op.f("ck_agreement_parts_taker")),
        sa.CheckConstraint(
            "basis_points IS NULL OR (basis_points > 0 AND basis_points <= 10000)",
            name=op.f("ck_agreement_parts_basis_points"),
        ),
        sa.CheckConstraint("fee IS NULL OR fee > 0", name=op.f("ck_agreement_parts_fee")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_parts_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_agreement_parts_payee_id_payees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_parts")),
        sa.UniqueConstraint(
            "agreement_id", "position", name=op.f("uq_agreement_parts_agreement_id_position")
        ),
    )
    op.create_table(
        "homestays",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("host_payee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("house_kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("drawing", sa.String(length=40), nullable=False),
        sa.Column("host_name", sa.String(length=120), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("story_en", sa.Text(), nullable=False),
        sa.Column("welcome_id", sa.Text(), nullable=False),
        sa.Column("welcome_en", sa.Text(), nullable=False),
        sa.Column("house_rules", sa.JSON(), nullable=False),
        sa.Column("amenities", sa.JSON(), nullable=False),
        sa.Column("terms", sa.String(length=40), nullable=False),
        sa.Column("min_nights", sa.Integer(), nullable=False),
        sa.Column("deposit_basis_points", sa.Integer(), nullable=False),
        sa.Column("pay_on_arrival", sa.Boolean(), nullable=False),
        sa.Column("breakfast", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("deposit_basis_points BETWEEN 1 AND 10000", name=op.f("ck_homestays_deposit")),
        sa.CheckConstraint("min_nights >= 1", name=op.f("ck_homestays_min_nights")),
        sa.ForeignKeyConstraint(
            ["host_payee_id"], ["payees.id"], name=op.f("fk_homestays_host_payee_id_payees")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_homestays_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_homestays")),
        sa.UniqueConstraint("slug", name=op.f("uq_homestays_slug")),
    )
    with op.batch_alter_table("homestays", schema=None) as batch_op:
        batch_op.create_index("ix_homestays_village_id_state", ["village_id", "state"], unique=False)

    op.create_table(
        "offices",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_offices_term")),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_offices_payee_id_payees")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_offices_user_id_users")),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_offices_village_id_villages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
    )
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.create_index("ix_offices_user_id", ["user_id"], unique=False)
        batch_op.create_index("ix_offices_village_id_role", ["village_id", "role"], unique=False)

    op.create_table(
        "postings",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("from_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("keeper", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_postings_amount")),
        sa.CheckConstraint("from_account_id <> to_account_id", name=op.f("ck_postings_moves")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entries.id"], name=op.f("fk_postings_entry_id_journal_entries")
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"], ["accounts.id"], name=op.f("fk_postings_from_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["to_account_id"], ["accounts.id"], name=op.f("fk_postings_to_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("ix_postings_entry_id", ["entry_id"], unique=False)
        batch_op.create_index("ix_postings_from_account_id", ["from_account_id"], unique=False)
        batch_op.create_index("ix_postings_service_on", ["service_on"], unique=False)
        batch_op.create_index("ix_postings_to_account_id", ["to_account_id"], unique=False)
        batch_op.create_index("ix_postings_unit", ["unit"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("receipt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("keeper", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("proof", sa.String(length=200), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_refunds_receipt_id_receipts")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_refunds_sent_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index("ix_refunds_reference", ["reference"], unique=False)

    op.create_table(
        "room_types",
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("homestay_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("beds", sa.String(length=80), nullable=False),
        sa.Column("sleeps", sa.Integer(), nullable=False),
        sa.Column("weekday_price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("saturday_price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("holiday_price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("sleeps > 0", name=op.f("ck_room_types_sleeps")),
        sa.CheckConstraint(
            "weekday_price > 0 AND saturday_price > 0 AND holiday_price > 0",
            name=op.f("ck_room_types_prices"),
        ),
        sa.ForeignKeyConstraint(
            ["homestay_id"], ["homestays.id"], name=op.f("fk_room_types_homestay_id_homestays")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_types")),
        sa.UniqueConstraint("homestay_id", "name", name=op.f("uq_room_types_homestay_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_room_types_public_id")),
    )
    op.create_table(
        "rooms",
        sa.Column("homestay_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("beds", sa.String(length=80), nullable=False),
        sa.Column("sleeps", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("sleeps > 0", name=op.f("ck_rooms_sleeps")),
        sa.ForeignKeyConstraint(
            ["homestay_id"], ["homestays.id"], name=op.f("fk_rooms_homestay_id_homestays")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("homestay_id", "name", name=op.f("uq_rooms_homestay_id_name")),
    )
    op.create_table(
        "booking_lines",
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("village_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("detail", sa.String(length=160), nullable=False),
        sa.Column("homestay_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("room_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("departure", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("adults", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("splits", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("price >= 0 AND tax >= 0 AND tax <= price", name=op.f("ck_booking_lines_price")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_lines_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["homestay_id"], ["homestays.id"], name=op.f("fk_booking_lines_homestay_id_homestays")
        ),
        sa.ForeignKeyConstraint(["payee_id"], ["payees.id"], name=op.f("fk_booking_lines_payee_id_payees")),
        sa.ForeignKeyConstraint(
            ["room_type_id"], ["room_types.id"], name=op.f("fk_booking_lines_room_type_id_room_types")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_booking_lines_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_lines")),
        sa.UniqueConstraint("booking_id", "position", name=op.f("uq_booking_lines_booking_id_position")),
    )
    with op.batch_alter_table("booking_lines", schema=None) as batch_op:
        batch_op.create_index(
            "ix_booking_lines_homestay_id_arrival", ["homestay_id", "arrival"], unique=False
        )
        batch_op.create_index("ix_booking_lines_village_id", ["village_id"], unique=False)

    op.create_table(
        "units",
        sa.Column("room_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_type_id"], ["room_types.id"], name=op.f("fk_units_room_type_id_room_types")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("room_type_id", "name", name=op.f("uq_units_room_type_id_name")),
    )
    op.create_table(
        "line_units",
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("split_index", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_line_units_price")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["booking_lines.id"], name=op.f("fk_line_units_line_id_booking_lines")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_line_units_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_units")),
        sa.UniqueConstraint("line_id", "position", name=op.f("uq_line_units_line_id_position")),
    )
    with op.batch_alter_table("line_units", schema=None) as batch_op:
        batch_op.create_index("ix_line_units_state_on", ["state", "on"], unique=False)

    op.create_table(
        "room_nights",
        sa.Column("room_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booking_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(state = 'blocked') = (booking_line_id IS NULL)", name=op.f("ck_room_nights_holder")
        ),
        sa.CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name=op.f("ck_room_nights_expiry")),
        sa.CheckConstraint("state IN ('held', 'sold', 'blocked')", name=op.f("ck_room_nights_state")),
        sa.ForeignKeyConstraint(
            ["booking_line_id"],
            ["booking_lines.id"],
            name=op.f("fk_room_nights_booking_line_id_booking_lines"),
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_nights_room_id_rooms")),
        sa.PrimaryKeyConstraint("room_id", "night", name=op.f("pk_room_nights")),
    )
    with op.batch_alter_table("room_nights", schema=None) as batch_op:
        batch_op.create_index("ix_room_nights_booking_line_id", ["booking_line_id"], unique=False)
        batch_op.create_index("ix_room_nights_night", ["night"], unique=False)

    op.create_table(
        "unit_rooms",
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_unit_rooms_room_id_rooms")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_rooms_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "room_id", name=op.f("pk_unit_rooms")),
    )
    with op.batch_alter_table("unit_rooms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_rooms_room_id"), ["room_id"], unique=False)
    _refuse_changes()


def _refuse_changes() -> None:
    """What is written in the ledger stays: the database refuses UPDATE, DELETE and, on PostgreSQL, TRUNCATE."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is never changed: %', TG_TABLE_NAME; END $$"
        )
    for table in WRITTEN_ONCE:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is never changed: {table}'); END"
            )


def downgrade() -> None:
    _allow_changes()
    with op.batch_alter_table("unit_rooms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_rooms_room_id"))

    op.drop_table("unit_rooms")
    with op.batch_alter_table("room_nights", schema=None) as batch_op:
        batch_op.drop_index("ix_room_nights_night")
        batch_op.drop_index("ix_room_nights_booking_line_id")

    op.drop_table("room_nights")
    with op.batch_alter_table("line_units", schema=None) as batch_op:
        batch_op.drop_index("ix_line_units_state_on")

    op.drop_table("line_units")
    op.drop_table("units")
    with op.batch_alter_table("booking_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_booking_lines_village_id")
        batch_op.drop_index("ix_booking_lines_homestay_id_arrival")

    op.drop_table("booking_lines")
    op.drop_table("rooms")
    op.drop_table("room_types")
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index("ix_refunds_reference")

    op.drop_table("refunds")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index("ix_postings_unit")
        batch_op.drop_index("ix_postings_to_account_id")
        batch_op.drop_index("ix_postings_service_on")
        batch_op.drop_index("ix_postings_from_account_id")
        batch_op.drop_index("ix_postings_entry_id")

    op.drop_table("postings")
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_index("ix_offices_village_id_role")
        batch_op.drop_index("ix_offices_user_id")

    op.drop_table("offices")
    with op.batch_alter_table("homestays", schema=None) as batch_op:
        batch_op.drop_index("ix_homestays_village_id_state")

    op.drop_table("homestays")
    op.drop_table("agreement_parts")
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_links_user_id")

    op.drop_table("sign_in_links")
    op.drop_table("seasons")
    op.drop_table("roads")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index("ix_receipts_reference")

    op.drop_table("receipts")
    with op.batch_alter_table("payees", schema=None) as batch_op:
        batch_op.drop_index("ix_payees_village_id_kind")

    op.drop_table("payees")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_village_id_channel_state")
        batch_op.drop_index("ix_messages_state_next_attempt_at")
        batch_op.drop_index("ix_messages_reference")

    op.drop_table("messages")
    with op.batch_alter_table("journal_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_entries_subject")
        batch_op.drop_index("ix_journal_entries_booked_on")

    op.drop_table("journal_entries")
    op.drop_table("bank_accounts")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_subject")

    op.drop_table("audit_entries")
    op.drop_table("agreements")
    op.drop_table("villages")
    op.drop_table("users")
    op.drop_table("tax_rates")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index("ix_payments_state_account")
        batch_op.drop_index("ix_payments_reference")

    op.drop_table("payments")
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index("ix_bookings_state_hold_expires_at")
        batch_op.drop_index("ix_bookings_guest_key_state")
        batch_op.drop_index("ix_bookings_arrival")
        batch_op.drop_index("ix_bookings_address_key_state")

    op.drop_table("bookings")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_accounts_family_owner_stage")

    op.drop_table("accounts")


def _allow_changes() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in WRITTEN_ONCE:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
            continue
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}")
    if postgresql:
        op.execute("DROP FUNCTION refuse_change()")
