"""The checks hold in an honest world, and each kind of tampering is named by at least one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.queries.checks.counters import counter_checks
from app.bookings.queries.checks.coupons import coupon_checks
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays.inventory import block
from app.homestays.models import Room
from app.users.rules import Role
from tests.bookings.desk import CASH, NOW, TODAY, Desk, book, earn, make_desk, receive

Clock = Callable[[object], None]


@pytest.fixture
def desk(app: Flask, set_clock: Clock) -> Desk:
    """A season in small: slept, late, lapsed, a deposit over two villages in parts, too much, kept for the door."""
    set_clock(NOW)
    desk = make_desk(app)
    treasurer = desk.people[Role.BUMDES_TREASURER]
    slept = book(
        app, desk.here, nights=Nights(TODAY + timedelta(days=2), TODAY + timedelta(days=4)), name="Slept"
    )
    receive(app, slept, treasurer)
    late = book(app, desk.there, name="Late")
    lapsed = book(app, desk.there, name="Lapsed")
    set_clock(NOW + timedelta(days=5))
    earn(app)
    receive(app, late, treasurer, 100)  # too little, too late: goes back
    assert lapsed
    days = Nights(TODAY + timedelta(days=12), TODAY + timedelta(days=15))
    both = book(app, desk.here, desk.there, nights=days, name="Both")
    receive(app, both, treasurer, 1)
    receive(app, both, treasurer)
    receive(app, both, treasurer, 50_000, CASH)
    more = book(
        app, desk.here, name="More", nights=Nights(TODAY + timedelta(days=20), TODAY + timedelta(days=21))
    )
    receive(app, more, treasurer, 201_000)
    book(
        app,
        desk.here,
        method=CASH,
        name="Held",
        nights=Nights(TODAY + timedelta(days=16), TODAY + timedelta(days=18)),
    )
    with app.app_context(), transaction():
        room_id = db.session.scalars(select(Room.id).order_by(Room.id)).first()
        assert room_id is not None
        block([room_id], Nights(TODAY + timedelta(days=40), TODAY + timedelta(days=42)))
    return desk


FIRST = "id = (SELECT min(id) FROM receipts)"


def broken() -> set[str]:
    """Names of the checks that do not hold."""
    return {check.name for check in [*check_books(), *check_inventory()] if not check.holds}


def after(statement: str) -> set[str]:
    """What does not hold once somebody has written past the doors; then it is undone.

    The ledger's triggers are dropped first, foreign keys and checks of single rows stand.
    """
    connection = db.session.connection()
    with connection.begin_nested() as undone:
        for table in ("postings", "journal_entries", "accounts", "issued_receipts"):
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
                connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
            else:
                connection.execute(text(f"DROP TRIGGER {table}_no_change ON {table}"))
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        else:
            connection.execute(text("ALTER TABLE room_nights DROP CONSTRAINT ck_room_nights_holder"))
        assert connection.execute(text(statement)).rowcount > 0, statement
        db.session.expire_all()
        names = broken()
        undone.rollback()
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints = OFF"))
    return names


def test_an_honest_world_holds(app: Flask, desk: Desk) -> None:
    with app.app_context():
        assert broken() == set()


def test_the_world_has_every_kind_of_money(app: Flask, desk: Desk) -> None:
    with app.app_context():
        found = {check.name: check.figure for check in check_books()}
    assert "Rp0" not in found["refund accounts hold what is to be sent"].split(" to send")[0]
    assert not found["nothing waits on earned units"].startswith("Rp0 ")
    assert not found["nothing is payable before it is earned"].startswith("Rp0 ")
    assert not found["money under review came in too much"].startswith("Rp0,")


ALLOCATION = "SELECT p.id FROM postings p JOIN journal_entries e ON e.id = p.entry_id WHERE e.kind = '{kind}'"


def some(kind: str) -> str:
    """One posting of an entry of a kind."""
    return f"(SELECT max(id) FROM ({ALLOCATION.format(kind=kind)}) AS found)"


PAPER = "(SELECT max(id) FROM issued_receipts)"


def unit_of(guest: str) -> str:
    """A unit of a guest's booking."""
    return (
        "(SELECT max(u.id) FROM line_units u JOIN booking_lines l ON l.id = u.line_id "
        f"JOIN bookings b ON b.id = l.booking_id WHERE b.guest_name = '{guest}')"
    )


def line_of(guest: str) -> str:
    """A line of a guest's booking."""
    return (
        "(SELECT max(l.id) FROM booking_lines l JOIN bookings b ON b.id = l.booking_id "
        f"WHERE b.guest_name = '{guest}')"
    )


SURE = ("all accounts sum to 0", "held equals owed")
"""A posting takes from one account what it gives to another, so these cannot break; they are printed for the reader."""

ELSEWHERE = (
    "card money came by a charge",
    "what keepers owe each other sums to 0",
    "every fee is booked once",
    "fees only pass through",
    "exchange differences are what charges say",
    "every payout is booked once",
    "refunds by hand were approved by a second person",
    "refunds by hand left with their proof",
    "guests' accounts are kept no longer than they may",
    "every dispute is booked as written",
    "money away for disputes is what is undecided",
    "disputed shares stand apart",
    "every bank line has its receipt",
    "money by QRIS has its reference and fee",
    "every QRIS settlement is booked once",
    "every handing over of cash is booked once",
    "every bank fee is booked once",
    "decisions moved what was under review",
    "what a closing ended is over",
    "money after the stay was asked for",
    "large sums after the stay were agreed by two",
)
"""Broken, as those of seats and pieces, each in a file of its own: test_…_checks.py, test_fees.py, test_payouts.py,
test_disputes.py.
"""

TAMPERED = {
    "a share grows": f"UPDATE postings SET amount = amount + 1 WHERE id = {some('allocate')}",
    "an earning grows": f"UPDATE postings SET amount = amount + 1 WHERE id = {some('earn')}",
    "a receipt's posting grows": f"UPDATE postings SET amount = amount + 1 WHERE id = {some('receipt')}",
    "a refund's posting shrinks": f"UPDATE postings SET amount = amount - 1 WHERE id = {some('refund')}",
    "a share lies with another keeper": f"UPDATE postings SET keeper = 'cash:sarihayu' WHERE id = {some('allocate')}",
    "an earning lies with another keeper": f"UPDATE postings SET keeper = 'cash:x' WHERE id = {some('earn')}",
    "money lies with another keeper": f"UPDATE postings SET keeper = 'bank:other' WHERE id = {some('receipt')}",
    "a refund lies with another keeper": f"UPDATE postings SET keeper = 'bank:other' WHERE id = {some('refund')}",
    "an earning goes to another party": (
        f"UPDATE postings SET to_account_id = (SELECT min(a.id) FROM accounts a WHERE a.stage = 'payable' "
        f"AND a.id <> postings.to_account_id) WHERE id = {some('earn')}"
    ),
    "a share goes to another party": (
        f"UPDATE postings SET to_account_id = (SELECT min(a.id) FROM accounts a WHERE a.stage = 'pending' "
        f"AND a.id <> postings.to_account_id) WHERE id = {some('allocate')}"
    ),
    "a share is payable at once": (
        "UPDATE postings SET to_account_id = (SELECT max(p.id) FROM accounts p JOIN accounts q ON p.owner = q.owner "
        "WHERE p.stage = 'payable' AND q.stage = 'pending') WHERE id = (SELECT max(p.id) FROM postings p "
        "JOIN accounts a ON a.id = p.to_account_id WHERE a.stage = 'pending' AND a.owner IN "
        "(SELECT owner FROM accounts WHERE stage = 'payable'))"
    ),
    "a share belongs to another unit": (
        f"UPDATE postings SET unit = (SELECT 'unit:' || min(id) FROM line_units) WHERE id = {some('allocate')}"
    ),
    "a share belongs to no unit": f"UPDATE postings SET unit = NULL WHERE id = {some('allocate')}",
    "an entry tells of another booking": (
        "UPDATE journal_entries SET subject = 'booking:XXXXXXX' WHERE id = "
        "(SELECT max(id) FROM journal_entries WHERE kind = 'receipt')"
    ),
    "a posting is gone": f"DELETE FROM postings WHERE id = {some('allocate')}",
    "a receipt grows": f"UPDATE receipts SET amount = amount + 1, applied = applied + 1 WHERE {FIRST}",
    "a receipt grows too much": f"UPDATE receipts SET amount = amount + 1, excess = excess + 1 WHERE {FIRST}",
    "a receipt is another booking's": (
        "UPDATE receipts SET reference = (SELECT 'booking:' || min(code) FROM bookings b "
        "WHERE 'booking:' || b.code <> receipts.reference) WHERE id = (SELECT min(id) FROM receipts)"
    ),
    "a receipt lies elsewhere": f"UPDATE receipts SET keeper = 'bank:tirtomulyo' WHERE {FIRST}",
    "a refund shrinks": "UPDATE refunds SET amount = amount - 1",
    "a refund is called sent": "UPDATE refunds SET state = 'sent'",
    "a refund lies elsewhere": "UPDATE refunds SET keeper = 'bank:other'",
    "a night's price changes": f"UPDATE line_units SET price = price + 1 WHERE id = {unit_of('Slept')}",
    "a line says another number of rooms": f"UPDATE booking_lines SET quantity = 2 WHERE id = {line_of('Slept')}",
    "a line's price changes": f"UPDATE booking_lines SET price = price + 1 WHERE id = {line_of('Slept')}",
    "a total changes": "UPDATE bookings SET total = total + 1 WHERE guest_name = 'Slept'",
    "paid changes": "UPDATE bookings SET paid = paid + 1 WHERE guest_name = 'Slept'",
    "refunded changes": "UPDATE bookings SET refunded = refunded + 1 WHERE guest_name = 'Slept'",
    "an agreement changes": (
        "UPDATE booking_lines SET splits = "
        "(SELECT o.splits FROM booking_lines o WHERE o.village_id <> booking_lines.village_id LIMIT 1) "
        f"WHERE id = {line_of('Slept')}"
    ),
    "a held booking is called certain": "UPDATE bookings SET state = 'confirmed' WHERE guest_name = 'Held'",
    "a certain booking is called expired": "UPDATE bookings SET state = 'expired' WHERE guest_name = 'Both'",
    "a certain booking is called held": (
        "UPDATE bookings SET state = 'held', hold_expires_at = created_at WHERE guest_name = 'More'"
    ),
    "a booking to come is called completed": "UPDATE bookings SET state = 'completed' WHERE guest_name = 'More'",
    "a night is called earned": f"UPDATE line_units SET state = 'earned' WHERE id = {unit_of('More')}",
    "an earned night is called booked": f"UPDATE line_units SET state = 'booked' WHERE id = {unit_of('Slept')}",
    "an earned night is called booked, its time too": (
        f"UPDATE line_units SET state = 'booked', earned_at = NULL WHERE id = {unit_of('Slept')}"
    ),
    "a paid night is called cancelled": f"UPDATE line_units SET state = 'cancelled' WHERE id = {unit_of('More')}",
    "a night is in another unit": (
        f"UPDATE line_units SET unit_id = (SELECT max(id) FROM units WHERE id <> line_units.unit_id) "
        f"WHERE id = {unit_of('Slept')}"
    ),
    "a sold night is gone": f"DELETE FROM room_nights WHERE booking_line_id = {line_of('More')}",
    "a sold night is called held": (
        "UPDATE room_nights SET state = 'held', expires_at = '2030-01-01 00:00:00.000000' "
        f"WHERE booking_line_id = {line_of('More')}"
    ),
    "a sold night is another's": (
        f"UPDATE room_nights SET booking_line_id = {line_of('Held')} WHERE booking_line_id = {line_of('More')}"
    ),
    "a held night is gone": f"DELETE FROM room_nights WHERE booking_line_id = {line_of('Held')}",
    "a held night ends too soon": (
        "UPDATE room_nights SET expires_at = '2027-04-01 00:00:00.000000' "
        f"WHERE booking_line_id = {line_of('Held')}"
    ),
    "a held night is called sold": (
        f"UPDATE room_nights SET state = 'sold', expires_at = NULL WHERE booking_line_id = {line_of('Held')}"
    ),
    "a night is moved": (
        "UPDATE room_nights SET room_id = (SELECT max(id) FROM rooms WHERE id <> room_nights.room_id) "
        f"WHERE booking_line_id = {line_of('More')}"
    ),
    "an entry loses its postings": "DELETE FROM postings WHERE entry_id = (SELECT max(id) FROM journal_entries)",
    "a refund is another receipt's": "UPDATE refunds SET receipt_id = (SELECT max(id) FROM receipts)",
    "too much is under review elsewhere": (
        "UPDATE postings SET to_account_id = (SELECT max(id) FROM accounts WHERE family = 'refund') WHERE id = "
        "(SELECT max(p.id) FROM postings p JOIN accounts a ON a.id = p.to_account_id WHERE a.family = 'review')"
    ),
    "less came in too much": "UPDATE receipts SET excess = 0, applied = applied + excess WHERE excess > 0",
    "a blocked night has a guest": (
        "UPDATE room_nights SET booking_line_id = (SELECT min(id) FROM booking_lines) WHERE state = 'blocked'"
    ),
    "a line is of another room type": (
        "UPDATE booking_lines SET room_type_id = "
        "(SELECT max(id) FROM room_types WHERE id <> booking_lines.room_type_id) "
        f"WHERE id = {line_of('More')}"
    ),
    "a night is earned before its time": (
        f"UPDATE line_units SET earned_at = '2027-04-01 00:00:00.000000' WHERE id = {unit_of('Slept')}"
    ),
    "a receipt says more": f"UPDATE issued_receipts SET amount = amount + 1 WHERE id = {PAPER}",
    "a receipt is gone": f"DELETE FROM issued_receipts WHERE id = {PAPER}",
    "a number is left out": f"UPDATE issued_receipts SET position = position + 1 WHERE id = {PAPER}",
    "the counter runs ahead": "UPDATE receipt_counters SET last = last + 1",
    "a held booking is called cancelled": "UPDATE bookings SET state = 'cancelled' WHERE guest_name = 'Held'",
}


def test_every_tampering_is_named_and_every_check_can_fail(app: Flask, desk: Desk) -> None:
    with app.app_context():
        named = {name: after(statement) for name, statement in TAMPERED.items()}
        every = {check.name for check in [*check_books(), *check_inventory()]}
        every -= {*ELSEWHERE, *(check.name for check in (*counter_checks(), *coupon_checks()))}
        assert broken() == set()
    assert [name for name, found in named.items() if not found] == []
    assert {name for name in every - set().union(*named.values()) if not name.endswith(SURE)} == set()
