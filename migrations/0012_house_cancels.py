"""What the house, the village and the desk do: nights closed after cancelling, periods closed, money given back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = ()
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("line_units", sa.Column("ended_at", INSTANT, nullable=True))
    with op.batch_alter_table("room_nights", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_for", sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_room_nights_closed_for"), "closed_for IS NULL OR state = 'blocked'"
        )
    _closed_periods()
    _closures()
    _concessions()


def _closed_periods() -> None:
    op.create_table(
        "closed_periods",
        sa.Column("homestay_id", KEY, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("closed_for", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_closed_periods_dates")),
        sa.ForeignKeyConstraint(
            ["homestay_id"], ["homestays.id"], name=op.f("fk_closed_periods_homestay_id_homestays")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_periods")),
    )
    with op.batch_alter_table("closed_periods", schema=None) as batch_op:
        batch_op.create_index("ix_closed_periods_homestay_id", ["homestay_id"], unique=False)


def _closures() -> None:
    op.create_table(
        "closures",
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stays", sa.Boolean(), nullable=False),
        sa.Column("packages", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("drafted_by_id", KEY, nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("reopened_at", INSTANT, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_closures_dates")),
        sa.CheckConstraint("stays OR packages", name=op.f("ck_closures_kinds")),
        sa.CheckConstraint(
            "(state IN ('drafted', 'dropped')) = (decided_at IS NULL) "
            "AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_closures_decided"),
        ),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_closures_done")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_closures_decided_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["users.id"], name=op.f("fk_closures_drafted_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_table(
        "closure_places",
        sa.Column("closure_id", KEY, nullable=False),
        sa.Column("village_id", KEY, nullable=False),
        sa.Column("homestay_id", KEY, nullable=True),
        sa.Column("departure_id", KEY, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closures.id"], name=op.f("fk_closure_places_closure_id_closures")
        ),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departures.id"], name=op.f("fk_closure_places_departure_id_departures")
        ),
        sa.ForeignKeyConstraint(
            ["homestay_id"], ["homestays.id"], name=op.f("fk_closure_places_homestay_id_homestays")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["villages.id"], name=op.f("fk_closure_places_village_id_villages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_places")),
    )
    with op.batch_alter_table("closure_places", schema=None) as batch_op:
        batch_op.create_index("ix_closure_places_closure_id", ["closure_id"], unique=False)
    op.create_table(
        "closure_lines",
        sa.Column("closure_id", KEY, nullable=False),
        sa.Column("line_id", KEY, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("refund", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("refund >= 0", name=op.f("ck_closure_lines_refund")),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closures.id"], name=op.f("fk_closure_lines_closure_id_closures")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["booking_lines.id"], name=op.f("fk_closure_lines_line_id_booking_lines")
        ),
        sa.PrimaryKeyConstraint("closure_id", "line_id", name=op.f("pk_closure_lines")),
    )


def _concessions() -> None:
    op.create_table(
        "concessions",
        sa.Column("line_id", KEY, nullable=False),
        sa.Column("amount", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("agreed_by_id", KEY, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("dropped_at", INSTANT, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_concessions_amount")),
        sa.CheckConstraint(
            "agreed_by_id IS NULL OR agreed_by_id <> asked_by_id", name=op.f("ck_concessions_two_persons")
        ),
        sa.CheckConstraint("done_at IS NULL OR dropped_at IS NULL", name=op.f("ck_concessions_end")),
        sa.ForeignKeyConstraint(
            ["agreed_by_id"], ["users.id"], name=op.f("fk_concessions_agreed_by_id_users")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_concessions_asked_by_id_users")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["booking_lines.id"], name=op.f("fk_concessions_line_id_booking_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concessions")),
    )
    with op.batch_alter_table("concessions", schema=None) as batch_op:
        batch_op.create_index("ix_concessions_line_id", ["line_id"], unique=False)


def downgrade() -> None:
    for table in ("concessions", "closure_lines", "closure_places", "closures", "closed_periods"):
        op.drop_table(table)
    with op.batch_alter_table("room_nights", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_room_nights_closed_for"), type_="check")
        batch_op.drop_column("closed_for")
    op.drop_column("line_units", "ended_at")
